//! A request over plain http to another machine, which never gets a credential.

use super::{CallerRequest, CredentialRequest, Message, Reply};
use crate::credential::Credential;
use crate::target::Target;

/// The request, with the target of the same request over https.
struct PlainHttp {
    targets: [Target; 1],
    reply: fn() -> Reply,
    shows_stderr: bool,
}

/// The request for an `http` URL, with the caller's reply without a credential, and whether it
/// shows standard error. `None` if it has no target over https either.
pub(super) fn request(
    url: &str,
    reply: fn() -> Reply,
    shows_stderr: bool,
) -> Option<CallerRequest> {
    let (scheme, rest) = url.split_once("://")?;
    let target = Target::parse_or_origin(&format!("https://{rest}")).ok()?;
    let is_http = scheme.eq_ignore_ascii_case("http");
    is_http.then(|| of_target(target, reply, shows_stderr))
}

/// The same for a target over https.
pub(super) fn of_target(target: Target, reply: fn() -> Reply, shows_stderr: bool) -> CallerRequest {
    CallerRequest::OtherScheme(Box::new(PlainHttp {
        targets: [target],
        reply,
        shows_stderr,
    }))
}

impl CredentialRequest for PlainHttp {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn reply(&self, _: &Credential) -> Reply {
        (self.reply)()
    }

    fn not_listed(&self, _: &Message) -> Reply {
        (self.reply)()
    }

    fn failure(&self, _: &Message) -> Reply {
        (self.reply)()
    }

    fn shows_stderr(&self) -> bool {
        self.shows_stderr
    }
}
