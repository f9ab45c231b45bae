//! Bazel's credential helper: `get`, for a URI on standard input; for other build tools that speak the same.
//!
//! Ruled by <https://github.com/EngFlow/credential-helper-spec> and by Bazel's reader (`GetCredentialsResponse.java`): every header is an array
//! of strings, `expires` has no fraction of a second, and a failure ends the build. What no spec lists is answered `{}`, "no credentials needed",
//! though the text would have an error there: which hosts are asked about at all is said in Bazel's flag. Never says `{}` for a failure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until};
use crate::credential::{Authtype, Credential, Secret};
use crate::grant::encode;
use crate::target::Target;

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "bazel",
    link: "bazel-credential-keyfob",
    words: "get",
    about: "credential helper of Bazel",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

/// What Bazel writes; what else it may come to say is for others.
#[derive(Deserialize)]
struct Request {
    uri: String,
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.words {
        [verb] if verb == "get" => {}
        _ => {
            return CallerRequest::Reply(Reply::failure(&Message::usage(
                "bazel takes one command: get",
            )));
        }
    }
    match targets(input) {
        Ok(Some(targets)) => CallerRequest::Credential(Box::new(Uri { targets })),
        Ok(None) => CallerRequest::Reply(nothing()),
        Err(told) => CallerRequest::Reply(Reply::failure(&told)),
    }
}

/// What the URI names; `None` where no spec can list it.
fn targets(input: &mut Input<'_>) -> Result<Option<Vec<Target>>, Message> {
    let bytes = (input.stdin)(Until::End)?;
    // Not repeated: a URI may carry a password.
    let request: Request = bytes
        .expose_text()
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| Message::malformed("the request is no JSON object with a string `uri`"))?;
    let (scheme, rest) = request
        .uri
        .split_once("://")
        .ok_or_else(|| Message::malformed("the request's `uri` has no scheme"))?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" | "grpcs" => "https",
        "http" | "grpc" => "http",
        _ => return Ok(None),
    };
    // A query asks for something else from the same place.
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    let target = Target::or_its_origin(&format!("{scheme}://{place}"));
    // Who stands in the URI with a name, or on no host at all, needs none of ours.
    Ok(target.ok().map(|target| vec![target]))
}

/// What is asked for.
struct Uri {
    targets: Vec<Target>,
}

/// What Bazel reads.
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

    /// Bazel before 7.1 reads no `expires` and keeps an answer for as long as its flag says; five minutes, in the file that comes with this.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn give(&self, credential: &Credential) -> Reply {
        let token = &credential.token.access_token;
        let header = match credential.authtype {
            Some(Authtype::Basic) => encode::basic(&credential.username, &token.secret(), true),
            Some(Authtype::Bearer) | None => Ok(Secret::joined(&["Bearer ", token.expose()])),
        };
        // Nearly past, the true end is told all the same: without any, Bazel would keep the token for half an hour.
        let end = credential.published_end.or(credential.token.expires_at);
        let answer = header.ok().and_then(|header| {
            let answer = Response {
                headers: Headers {
                    authorization: [header.expose_text()?],
                },
                expires: end.map(|end| end.rfc3339()),
            };
            Secret::json(&answer, "\n")
        });
        match answer {
            Some(answer) => Reply::answer(answer),
            None => Reply::failure(&Message::malformed(
                "this user name and token cannot be said in one header",
            )),
        }
    }

    fn not_mine(&self, _: &Message) -> Reply {
        nothing()
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}

/// No credentials are needed.
fn nothing() -> Reply {
    Reply::answer(Secret::from("{}\n".to_owned()))
}
