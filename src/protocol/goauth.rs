//! The go command's `GOAUTH`: called once without a URL, then with each URL that was answered 4xx, and that response on standard input.
//!
//! Ruled by `go help goauth` (<https://pkg.go.dev/cmd/go#hdr-GOAUTH_environment_variable>): prefixes, a blank line, headers, a blank line, and LF
//! alone. Never names a prefix that no spec lists; without a URL only those of a spec that was named, for nobody asked for them. A header is
//! Basic, which every module proxy takes since netrc was the only way before, or Bearer where the spec says so.

use std::time::Duration;

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until,
    authorization,
};
use crate::credential::{Authtype, Credential, Secret};
use crate::target::{Pattern, Target};

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "goauth",
    link: "goauth-keyfob",
    words: "[URL]",
    about: "GOAUTH command of Go 1.24 and later, for module proxies",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.words {
        // Nothing comes on standard input here, and who calls it by hand would wait for ever.
        [] if input.named => CallerRequest::Credential(Box::new(Every)),
        [] => CallerRequest::Reply(Reply::silence()),
        [url] => match target(url) {
            Ok((target, url)) => {
                let refused = is_unauthorized(input) && input.named;
                CallerRequest::Credential(Box::new(One {
                    targets: [target],
                    url,
                    refused,
                }))
            }
            Err(told) => CallerRequest::Reply(Reply::failure(&told)),
        },
        _ => CallerRequest::Reply(Reply::failure(&Message::usage(
            "go gives no word, or a URL and nothing else",
        ))),
    }
}

/// Whether the response is 401. Read to its end in any case: go writes all of it.
fn is_unauthorized(input: &mut Input<'_>) -> bool {
    let response = (input.stdin)(Until::End).ok();
    let text = response.as_ref().and_then(Secret::expose_text);
    let status = text.and_then(|text| text.split_ascii_whitespace().nth(1));
    status == Some("401")
}

/// The URL as a target, and as it is written. What is said of it never repeats it: it may carry a password.
fn target(url: &str) -> Result<(Target, String), Message> {
    let malformed =
        |why: &dyn std::fmt::Display| Message::malformed(format!("this is no URL of go's: {why}"));
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

/// No URL: all that the named spec lists.
struct Every;

impl CredentialRequest for Every {
    fn targets(&self) -> &[Target] {
        &[]
    }

    fn least_life(&self) -> Duration {
        LEAST_LIFE
    }

    fn asks_again_when_refused(&self) -> Option<&str> {
        Some("")
    }

    fn give(&self, credential: &Credential) -> Reply {
        let mut prefixes: Vec<String> = Vec::new();
        for prefix in credential.targets.iter().filter_map(Pattern::https_prefix) {
            if !prefixes.contains(&prefix) {
                prefixes.push(prefix);
            }
        }
        block(&prefixes, credential)
    }

    fn not_mine(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}

/// There is no expiry in this language, and a go command keeps what it gets.
const LEAST_LIFE: Duration = Duration::from_secs(300);

/// One URL, which was answered 4xx.
struct One {
    targets: [Target; 1],
    url: String,
    refused: bool,
}

impl One {
    /// The part of the URL that the spec lists, in the URL's own spelling, for go compares letters.
    fn prefixes(&self, credential: &Credential) -> Vec<String> {
        let [target] = &self.targets;
        let listed = credential.targets.iter();
        let Some(closest) = listed.filter_map(|pattern| pattern.fits(target)).max() else {
            return Vec::new();
        };
        let path = without_query(&self.url).trim_end_matches('/');
        // `https:`, nothing, the host.
        let parts = path.split('/').take(3 + closest.segments());
        let prefix = parts.collect::<Vec<_>>().join("/");
        // To go a query belongs to the last segment: `…/module` is no prefix of `…/module?go-get=1`.
        let with_query = (prefix == path && self.url.contains('?')).then(|| self.url.clone());
        std::iter::once(prefix).chain(with_query).collect()
    }
}

impl CredentialRequest for One {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn least_life(&self) -> Duration {
        LEAST_LIFE
    }

    /// Where a spec is named, go was given its token without a URL already, and sent it.
    fn asks_again_when_refused(&self) -> Option<&str> {
        self.refused.then_some("")
    }

    fn give(&self, credential: &Credential) -> Reply {
        block(&self.prefixes(credential), credential)
    }

    fn not_mine(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}

/// Prefixes, a blank line, the header, a blank line; nothing at all where there is no prefix.
fn block(prefixes: &[String], credential: &Credential) -> Reply {
    if prefixes.is_empty() {
        return Reply::silence();
    }
    let value = match authorization(credential, Authtype::Basic) {
        Ok(value) => value,
        Err(told) => return Reply::failure(&told),
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
