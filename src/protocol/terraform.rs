//! The credentials helper of Terraform and OpenTofu: `get`, `store`, `forget`, each followed by a
//! host.
//!
//! Specified by <https://developer.hashicorp.com/terraform/internals/credentials-helpers>: an empty
//! object means that there is no token for this host, and a failure is a message on standard error.
//! The answer for a failure is never an empty object, because `terraform init` would continue
//! without a token.

use std::time::Duration;

use serde::Serialize;

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until};
use crate::credential::{Credential, Secret};
use crate::target::Target;

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "terraform",
    link: "terraform-credentials-keyfob",
    synopsis: "get|store|forget HOST",
    about: "credentials helper for Terraform and OpenTofu",
    operations: &["get", "store", "forget"],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    let (verb, host) = match input.arguments {
        [verb, host] => (verb.as_str(), host.as_str()),
        _ => return usage(),
    };
    match verb {
        "get" => match target(host) {
            Ok(target) => CallerRequest::Credential(Box::new(Host([target]))),
            Err(message) => CallerRequest::Failure(message),
        },
        "forget" => match target(host) {
            Ok(target) => CallerRequest::erase(vec![target]),
            Err(message) => CallerRequest::Failure(message),
        },
        "store" => {
            // Standard input is read to its end. Otherwise terraform would report a broken pipe
            // instead of this message.
            let _ = (input.stdin)(Until::End);
            CallerRequest::Reply(Reply::failure(&Message::stores_nothing(
                "there is no need to log in to a host that a spec lists; for others, write the \
                 token into a `credentials` block",
            )))
        }
        _ => usage(),
    }
}

fn usage() -> CallerRequest {
    CallerRequest::Failure(Message::usage(
        "terraform takes get, store or forget, and then a host",
    ))
}

/// Parses `host[:port]` as a target. terraform speaks only https, and names no scheme.
fn target(host: &str) -> Result<Target, Message> {
    let malformed = |why: &dyn std::fmt::Display| {
        Message::malformed(format!(
            "terraform's argument is not host or host:port: {why}"
        ))
    };
    if host.contains('/') {
        return Err(malformed(&"it holds a slash"));
    }
    Target::parse(&format!("https://{host}")).map_err(|why| malformed(&why))
}

/// The answer.
#[derive(Serialize)]
struct Response<'a> {
    token: &'a str,
}

/// A request for the token of a host.
struct Host([Target; 1]);

impl CredentialRequest for Host {
    fn targets(&self) -> &[Target] {
        &self.0
    }

    /// The protocol has no expiry, and a run uses its first token until it ends, even after a long
    /// wait for an approval.
    fn least_life(&self) -> Duration {
        Duration::from_secs(1800)
    }

    fn reply(&self, credential: &Credential) -> Reply {
        let answer = Response {
            token: credential.token.access_token.expose(),
        };
        Reply::answer(Secret::json(&answer, "\n").unwrap_or_else(|| Secret::new(Vec::new())))
    }

    fn not_listed(&self, _: &Message) -> Reply {
        Reply::answer(Secret::from("{}\n".to_owned()))
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }

    fn never_names_a_path(&self) -> bool {
        true
    }
}
