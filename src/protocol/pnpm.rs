//! pnpm's `tokenHelper`: a program that prints what pnpm sends as `Authorization`.
//!
//! Ruled by <https://pnpm.io/npmrc#urltokenhelper>. pnpm runs it once for each registry of a process, names nothing, and drops what it says
//! on standard error; so it serves only where SPEC is named. Never prints anything but the header's value.

use std::time::Duration;

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, authorization,
};
use crate::credential::{Authtype, Credential, Secret};
use crate::target::Target;

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "pnpm",
    link: "pnpm-keyfob",
    words: "",
    about: "pnpm's tokenHelper, for a spec that is named",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.words {
        [] => CallerRequest::Credential(Box::new(Header)),
        // Not repeated: it could be a secret in the wrong place.
        _ => CallerRequest::Reply(Reply::failure(&Message::usage(
            "pnpm's tokenHelper takes no argument but --spec",
        ))),
    }
}

/// The value of a header.
struct Header;

impl CredentialRequest for Header {
    fn targets(&self) -> &[Target] {
        &[]
    }

    /// There is no end in this language, and pnpm keeps what it gets for as long as it runs.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    /// With its scheme: pnpm puts `Bearer` before a text that has none.
    fn give(&self, credential: &Credential) -> Reply {
        match authorization(credential, Authtype::Bearer) {
            Ok(value) => Reply::answer(Secret::joined(&[
                value.expose_text().unwrap_or_default(),
                "\n",
            ])),
            Err(told) => Reply::failure(&told),
        }
    }

    fn not_mine(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}
