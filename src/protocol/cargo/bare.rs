//! `token-from-stdout`: the index is in a variable, and the answer is one bare line.

use std::time::Duration;

use super::{scheme, target};
use crate::credential::{Credential, Secret};
use crate::protocol::{CallerRequest, CredentialRequest, Input, Message, Reply};
use crate::target::Target;

/// The variable in which cargo names the index to a `token-from-stdout` program.
const INDEX_URL: &str = "CARGO_REGISTRY_INDEX_URL";

/// A request through cargo's built-in provider `cargo:token-from-stdout`, which reads one line and
/// shows standard error.
pub(super) fn request(input: &Input<'_>) -> Result<CallerRequest, Message> {
    let index = (input.variable)(INDEX_URL).ok_or_else(|| Message {
        hint: Some(
            "cargo sets it for credential-provider = \
             \"cargo:token-from-stdout keyfob cargo token-from-stdout\""
                .to_owned(),
        ),
        ..Message::malformed(format!("{INDEX_URL} is not set, so the index is unknown"))
    })?;
    let target = target(&index).ok_or_else(|| {
        Message::malformed(format!(
            "the index in {INDEX_URL} is neither https nor http on this machine"
        ))
    })?;
    Ok(CallerRequest::Credential(Box::new(BareToken(vec![target]))))
}

/// A request whose answer is one bare line. The line cannot hold an expiry, and cargo uses the
/// token for as long as it runs.
struct BareToken(Vec<Target>);

impl CredentialRequest for BareToken {
    fn targets(&self) -> &[Target] {
        &self.0
    }

    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn reply(&self, credential: &Credential) -> Reply {
        Reply::answer(Secret::joined(&[
            scheme(credential),
            credential.token.access_token.expose(),
            "\n",
        ]))
    }

    fn not_listed(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}
