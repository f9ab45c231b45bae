//! Terraform's and OpenTofu's credentials helper: `get`, `store`, `forget`, each with the host behind it.
//!
//! Ruled by <https://developer.hashicorp.com/terraform/internals/credentials-helpers>: an object without `token` says that there is none for
//! this host, and a failure is told on standard error. Never says so for a failure: `terraform init` would go on without a token.

use std::time::Duration;

use serde::Serialize;

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until};
use crate::code::Code;
use crate::credential::{Credential, Secret};
use crate::target::Target;

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "terraform",
    link: "terraform-credentials-keyfob",
    words: "get|store|forget HOST",
    about: "credentials helper for Terraform and OpenTofu",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    let (verb, host) = match input.words {
        [verb, host] => (verb.as_str(), host.as_str()),
        _ => return usage(),
    };
    match verb {
        "get" => match target(host) {
            Ok(target) => CallerRequest::Credential(Box::new(Host([target]))),
            Err(told) => CallerRequest::Reply(Reply::failure(&told)),
        },
        "forget" => match target(host) {
            Ok(target) => CallerRequest::Erase {
                targets: vec![target],
                user: None,
                presented: None,
                done: Reply::silence(),
            },
            Err(told) => CallerRequest::Reply(Reply::failure(&told)),
        },
        "store" => {
            // To its end, or who writes it breaks off with a broken pipe and shows that in place of these words.
            let _ = (input.stdin)(Until::End);
            CallerRequest::Reply(Reply::failure(&Message {
                code: Code::NotSupported,
                sentence: "keyfob makes its tokens itself and stores none".to_owned(),
                hint: Some("there is no need to log in to a host that a spec lists; for others, write the token into a `credentials` block".to_owned()),
                status: 1,
            }))
        }
        _ => usage(),
    }
}

fn usage() -> CallerRequest {
    CallerRequest::Reply(Reply::failure(&Message::usage(
        "terraform's words are get, store or forget, and then the host",
    )))
}

/// `host[:port]`: the language knows no scheme, and https is the only one that is spoken.
fn target(host: &str) -> Result<Target, Message> {
    let malformed = |why: &dyn std::fmt::Display| {
        Message::malformed(format!(
            "what terraform names is not host or host:port: {why}"
        ))
    };
    if host.contains('/') {
        return Err(malformed(&"it holds a slash"));
    }
    Target::parse(&format!("https://{host}")).map_err(|why| malformed(&why))
}

/// What terraform gets.
#[derive(Serialize)]
struct Response<'a> {
    token: &'a str,
}

/// The host that terraform asks for.
struct Host([Target; 1]);

impl CredentialRequest for Host {
    fn targets(&self) -> &[Target] {
        &self.0
    }

    /// There is no expiry in this language, and a run keeps its first token to the end, however long it waits for an approval.
    fn least_life(&self) -> Duration {
        Duration::from_secs(1800)
    }

    fn give(&self, credential: &Credential) -> Reply {
        let answer = Response {
            token: credential.token.access_token.expose(),
        };
        Reply::answer(Secret::json(&answer, "\n").unwrap_or_else(|| Secret::new(Vec::new())))
    }

    fn not_mine(&self, _: &Message) -> Reply {
        Reply::answer(Secret::from("{}\n".to_owned()))
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}
