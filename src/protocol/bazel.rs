//! The credential helper of Bazel, and of build tools with the same protocol: `get`, with a URI on
//! standard input.
//!
//! Specified by <https://github.com/EngFlow/credential-helper-spec> and by Bazel's parser
//! (`GetCredentialsResponse.java`). Every header is an array of strings, `expires` has no fraction
//! of a second, and a failure ends the build. The answer for a target that no spec lists is `{}`,
//! "no credentials needed". The specification requires an error there, but Bazel's own flag already
//! selects the hosts, and a build needs the other hosts without credentials. The answer for a
//! failure is never `{}`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until,
    plain_http,
};
use crate::credential::{Authtype, Credential, Secret};
use crate::grant::encode;
use crate::target::{InvalidTarget, Target};

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "bazel",
    link: "bazel-credential-keyfob",
    synopsis: "get",
    about: "credential helper of Bazel",
    operations: &["get"],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

/// Bazel's request; other members are ignored.
#[derive(Deserialize)]
struct Request {
    uri: String,
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.arguments {
        [verb] if verb == "get" => {}
        _ => {
            return CallerRequest::Failure(Message::usage("bazel takes one command: get"));
        }
    }
    request(input).unwrap_or_else(CallerRequest::Failure)
}

/// The request for the target of the URI. It needs no credential if no spec can list it.
fn request(input: &mut Input<'_>) -> Result<CallerRequest, Message> {
    let none = || CallerRequest::Reply(nothing());
    let bytes = (input.stdin)(Until::End)?;
    // The message does not quote the request, because a URI may hold a password.
    let request: Request = bytes
        .expose_text()
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| {
            Message::malformed("the request is not a JSON object with a string `uri`")
        })?;
    let (scheme, rest) = request
        .uri
        .split_once("://")
        .ok_or_else(|| Message::malformed("the request's `uri` has no scheme"))?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" | "grpcs" => "https",
        "http" | "grpc" => "http",
        _ => return Ok(none()),
    };
    // A target has no query.
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    let url = format!("{scheme}://{place}");
    Ok(match Target::parse_or_origin(&url) {
        Ok(target) => {
            let targets = vec![target];
            CallerRequest::Credential(Box::new(Uri { targets }))
        }
        Err(InvalidTarget::PlainHttp) => {
            plain_http::request(&url, nothing, false).unwrap_or_else(none)
        }
        // A URI that has a user name or lacks a host needs no credential from keyfob.
        Err(_) => none(),
    })
}

/// A request for the credentials of a URI.
struct Uri {
    targets: Vec<Target>,
}

/// The answer.
#[derive(Serialize)]
struct Response<'a> {
    headers: Headers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

#[derive(Serialize)]
struct Headers<'a> {
    #[serde(rename = "Authorization")]
    authorization: [&'a str; 1],
}

impl CredentialRequest for Uri {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Bazel before 7.1 ignores `expires` and caches an answer for as long as its flag says: five
    /// minutes in the shipped configuration.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn reply(&self, credential: &Credential) -> Reply {
        let token = &credential.token.access_token;
        let header = match credential.authtype {
            Some(Authtype::Basic) => encode::basic(&credential.username, &token.secret(), true),
            Some(Authtype::Bearer) | None => Ok(Secret::joined(&["Bearer ", token.expose()])),
        };
        // A token in its last minute is published with its true expiry: without an expiry Bazel
        // would cache it for half an hour.
        let expiry = credential.published_expiry.or(credential.token.expires_at);
        let answer = header.ok().and_then(|header| {
            let answer = Response {
                headers: Headers {
                    authorization: [header.expose_text()?],
                },
                expires: expiry.map(|expiry| expiry.rfc3339()),
            };
            Secret::json(&answer, "\n")
        });
        match answer {
            Some(answer) => Reply::answer(answer),
            None => Reply::failure(&Message::malformed(
                "this user name and token cannot be written as one header",
            )),
        }
    }

    fn not_listed(&self, _: &Message) -> Reply {
        nothing()
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}

/// The answer for "no credentials needed".
fn nothing() -> Reply {
    Reply::answer(Secret::from("{}\n".to_owned()))
}
