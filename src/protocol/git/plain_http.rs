//! A request over plain http to another machine, which never gets a credential.

use crate::credential::Credential;
use crate::protocol::{CredentialRequest, Message, Reply};
use crate::target::Target;

/// The request, with the target of the same request over https.
pub(super) struct PlainHttp(pub(super) [Target; 1]);

impl CredentialRequest for PlainHttp {
    fn targets(&self) -> &[Target] {
        &self.0
    }

    fn reply(&self, _: &Credential) -> Reply {
        Reply::silence()
    }

    fn not_listed(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn failure(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn shows_stderr(&self) -> bool {
        true
    }
}
