//! The go command's `GOAUTH`. go starts it once without a URL. For each URL that a server answers
//! with a 4xx status, go starts it again with the URL, and with that response on standard input.
//!
//! Specified by `go help goauth` (<https://pkg.go.dev/cmd/go#hdr-GOAUTH_environment_variable>):
//! prefixes, a blank line, headers, a blank line. Lines end with LF. Never names a prefix that no
//! spec lists. Without a URL only a named spec is used: go has not requested anything yet, and
//! sends a header to every prefix that it gets. The header is Basic by default, as with netrc,
//! because every module proxy accepts it. The spec can select Bearer.

use std::time::Duration;

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until,
    authorization,
};
use crate::credential::{Authtype, Credential, Secret};
use crate::target::{Pattern, Target};

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "goauth",
    link: "goauth-keyfob",
    synopsis: "[URL]",
    about: "GOAUTH command of Go 1.24 and later, for module proxies",
    operations: &[],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.arguments {
        // go writes nothing to standard input here. It is not read, because in a terminal that
        // would block.
        [] if input.spec_is_named => CallerRequest::Credential(Box::new(EveryPrefix)),
        [] => CallerRequest::Reply(Reply::silence()),
        [url] => match target(url) {
            Ok((target, url)) => {
                let refused = is_unauthorized(input) && input.spec_is_named;
                CallerRequest::Credential(Box::new(OneUrl {
                    targets: [target],
                    url,
                    refused,
                }))
            }
            Err(message) => CallerRequest::Failure(message),
        },
        _ => CallerRequest::Failure(Message::usage("goauth takes no argument, or one URL")),
    }
}

/// Whether the response on standard input is 401. Standard input is read to its end, because go
/// writes all of the response.
fn is_unauthorized(input: &mut Input<'_>) -> bool {
    let response = (input.stdin)(Until::End).ok();
    let text = response.as_ref().and_then(Secret::expose_text);
    let status = text.and_then(|text| text.split_ascii_whitespace().nth(1));
    status == Some("401")
}

/// Parses the URL as a target, and returns it with the URL itself. The message never quotes the
/// URL, because it may hold a password.
fn target(url: &str) -> Result<(Target, String), Message> {
    let malformed =
        |why: &dyn std::fmt::Display| Message::malformed(format!("go's URL is not valid: {why}"));
    if !url.starts_with("https://") {
        return Err(malformed(&"it does not begin with https://"));
    }
    if url.chars().any(|c| c.is_control() || c == ' ') {
        return Err(malformed(
            &"it holds a blank, a line break or another control character",
        ));
    }
    let target = Target::parse(without_query(url)).map_err(|why| malformed(&why))?;
    Ok((target, url.to_owned()))
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// A request without a URL, for everything that the named spec lists.
struct EveryPrefix;

impl CredentialRequest for EveryPrefix {
    fn targets(&self) -> &[Target] {
        &[]
    }

    fn least_life(&self) -> Duration {
        LEAST_LIFE
    }

    fn asks_again_when_refused(&self) -> Option<&str> {
        Some("")
    }

    fn reply(&self, credential: &Credential) -> Reply {
        let mut prefixes: Vec<String> = Vec::new();
        for prefix in credential.targets.iter().filter_map(Pattern::https_prefix) {
            if !prefixes.contains(&prefix) {
                prefixes.push(prefix);
            }
        }
        block(&prefixes, credential)
    }

    fn not_listed(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}

/// The protocol has no expiry, and a go command uses a token for as long as it runs.
const LEAST_LIFE: Duration = Duration::from_secs(300);

/// A request for a URL that a server answered with a 4xx status.
struct OneUrl {
    targets: [Target; 1],
    url: String,
    refused: bool,
}

impl OneUrl {
    /// The prefix of the URL that the spec lists, spelled as in the URL, because go compares text.
    fn prefixes(&self, credential: &Credential) -> Vec<String> {
        let [target] = &self.targets;
        let listed = credential.targets.iter();
        let Some(closest) = listed.filter_map(|pattern| pattern.matches(target)).max() else {
            return Vec::new();
        };
        let path = without_query(&self.url).trim_end_matches('/');
        // The first three parts are `https:`, an empty string and the host.
        let parts = path.split('/').take(3 + closest.segments());
        let prefix = parts.collect::<Vec<_>>().join("/");
        // go counts a query as part of the last segment: `…/module` is not a prefix of
        // `…/module?go-get=1`.
        let with_query = (prefix == path && self.url.contains('?')).then(|| self.url.clone());
        std::iter::once(prefix).chain(with_query).collect()
    }
}

impl CredentialRequest for OneUrl {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn least_life(&self) -> Duration {
        LEAST_LIFE
    }

    /// If a spec is named, go has already got its token without a URL, and has sent it.
    fn asks_again_when_refused(&self) -> Option<&str> {
        self.refused.then_some("")
    }

    fn reply(&self, credential: &Credential) -> Reply {
        block(&self.prefixes(credential), credential)
    }

    fn not_listed(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}

/// The answer: prefixes, a blank line, the header, a blank line. Empty if there is no prefix.
fn block(prefixes: &[String], credential: &Credential) -> Reply {
    if prefixes.is_empty() {
        return Reply::silence();
    }
    let value = match authorization(credential, Authtype::Basic) {
        Ok(value) => value,
        Err(message) => return Reply::failure(&message),
    };
    let value = value.expose_text().unwrap_or_default();
    let urls = prefixes.join("\n");
    Reply::answer(Secret::joined(&[
        &urls,
        "\n\nAuthorization: ",
        value,
        "\n\n",
    ]))
}
