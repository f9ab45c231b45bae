//! pnpm's `tokenHelper`: a program that prints the value of `Authorization`.
//!
//! Specified by <https://pnpm.io/npmrc#urltokenhelper>. pnpm runs the program once per registry,
//! passes nothing to it, and drops its standard error. So the user has to name a spec. Never prints
//! anything but the value.

use std::time::Duration;

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, authorization,
};
use crate::credential::{Authtype, Credential, Secret};
use crate::target::Target;

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "pnpm",
    link: "pnpm-keyfob",
    synopsis: "",
    about: "pnpm's tokenHelper, for a spec that is named",
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
        [] => CallerRequest::Credential(Box::new(Header)),
        // The message does not quote the argument, because it could be a secret in the wrong place.
        _ => CallerRequest::Failure(Message::no_argument(
            "pnpm",
            "pnpm's tokenHelper takes no argument but --spec",
        )),
    }
}

/// A request for the value of `Authorization`.
struct Header;

impl CredentialRequest for Header {
    fn targets(&self) -> &[Target] {
        &[]
    }

    /// The protocol has no expiry, and pnpm uses a token for as long as it runs.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    /// The value includes its scheme, because pnpm adds `Bearer` to a value without one.
    fn reply(&self, credential: &Credential) -> Reply {
        match authorization(credential, Authtype::Bearer) {
            Ok(value) => Reply::answer(Secret::joined(&[
                value.expose_text().unwrap_or_default(),
                "\n",
            ])),
            Err(message) => Reply::failure(&message),
        }
    }

    fn not_listed(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}
