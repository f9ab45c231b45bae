//! What the caller would ask: read by the caller's own module from what its tool would write.

use super::facts::Explanation;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::find::{self, Lookup};
use crate::protocol::sample::{NoSample, sample};
use crate::protocol::{Caller, CallerRequest, CredentialRequest, Input, Message};
use crate::target::Target;
use crate::tool::git_config::GitConfig;
use crate::world::inspection::Explaining;

/// A caller's request for a target.
pub(super) enum Asked {
    /// It asks for a credential.
    Credential(Request),
    /// It gets none, whatever the specs say: why.
    Nothing(Message),
}

/// A request for a credential.
pub(super) struct Request {
    /// The request.
    pub(super) request: Box<dyn CredentialRequest>,
    /// Whether it is over plain http. Its targets are those over https.
    pub(super) is_plain_http: bool,
    /// The same request with the path of the URL, if the caller leaves it out.
    pub(super) with_path: Option<Box<dyn CredentialRequest>>,
    /// What of git's configuration is not read, and may make it send the path.
    pub(super) unread: Option<String>,
}

impl Request {
    /// The look-up of this request.
    pub(super) fn lookup(&self, caller: &'static Caller) -> Lookup<'_> {
        lookup(caller, &*self.request)
    }
}

fn lookup<'r>(caller: &'static Caller, request: &'r dyn CredentialRequest) -> Lookup<'r> {
    Lookup {
        caller: caller.name,
        user: request.user(),
        targets: request.targets(),
    }
}

/// Reads the request of a caller for a target, as its tool spells it.
///
/// # Errors
/// [`Code::Usage`] if the caller needs a target, or names none.
pub(super) fn read(
    world: &dyn Explaining,
    caller: &'static Caller,
    target: Option<&str>,
    spec_is_named: bool,
) -> Result<Asked, Error> {
    let name = caller.name;
    let usage = |sentence: String, hint: String| Error::new(Code::Usage, sentence).hint(hint);
    let ask = |with_path: bool| match sample(name, target, with_path) {
        Ok(sample) => {
            let mut stdin = |_| Ok(Secret::from(sample.stdin.clone()));
            let own = |variable: &str| {
                let mut variables = sample.variables.iter();
                variables
                    .find(|(name, _)| *name == variable)
                    .map(|(_, value)| value.clone())
            };
            Ok((caller.read)(&mut Input {
                arguments: &sample.arguments,
                spec_is_named,
                stdin: &mut stdin,
                variable: &own,
            }))
        }
        Err(NoSample::Needed) => Err(usage(
            format!("{name} names a target, and none is given"),
            format!("keyfob explain {name} TARGET; or keyfob explain --spec SPEC for a spec alone"),
        )),
        Err(NoSample::NoTarget) => Err(usage(
            format!("{name} names no target"),
            format!("keyfob explain {name} --spec SPEC"),
        )),
        Err(NoSample::NeverAsks(why)) => Ok(CallerRequest::Failure(Message {
            code: Code::TargetNotListed,
            hint: Some("write the URL with https://".to_owned()),
            ..Message::malformed(why)
        })),
    };
    let (request, is_plain_http) = match ask(false)? {
        CallerRequest::Credential(request) => (request, false),
        CallerRequest::OtherScheme(request) => (request, true),
        CallerRequest::Failure(why) | CallerRequest::FailureWith(why, _) => {
            return Ok(Asked::Nothing(why));
        }
        _ => {
            let sentence = format!("no spec can list this target, so {name} gets no credential");
            let error = Error::new(Code::TargetNotListed, sentence);
            let hint = "a target is https, or http on this machine";
            return Ok(Asked::Nothing(error.hint(hint).message()));
        }
    };
    let with_path = match ask(true)? {
        CallerRequest::Credential(other) | CallerRequest::OtherScheme(other) => other,
        _ => {
            return Ok(Asked::Credential(Request {
                request,
                is_plain_http,
                with_path: None,
                unread: None,
            }));
        }
    };
    if with_path.targets() == request.targets() {
        let with_path = None;
        return Ok(Asked::Credential(Request {
            request,
            is_plain_http,
            with_path,
            unread: None,
        }));
    }
    let target = with_path.targets().first();
    let config = GitConfig::read(world);
    let sends_path = target.is_some_and(|target| config.sends_path(target, with_path.user()));
    Ok(Asked::Credential(match sends_path {
        true => Request {
            request: with_path,
            is_plain_http,
            with_path: None,
            unread: None,
        },
        false => Request {
            request,
            is_plain_http,
            with_path: Some(with_path),
            unread: config.unread,
        },
    }))
}

/// The targets as they are shown.
pub(super) fn shown(request: &Request) -> Vec<String> {
    let targets = request.request.targets().iter().map(Target::to_string);
    let shown = targets.map(|target| match request.is_plain_http {
        true => target.replacen("https", "http", 1),
        false => target,
    });
    shown.collect()
}

/// Adds what would be different if the caller passed the path on.
pub(super) fn add_path_note(
    world: &dyn Explaining,
    caller: &'static Caller,
    spec: Option<&str>,
    request: &Request,
    explanation: &mut Explanation,
) {
    let Some(with_path) = &request.with_path else {
        return;
    };
    let found = find::for_request(world, spec, lookup(caller, &**with_path)).ok();
    let other = found.map(|loaded| loaded.name);
    let chosen = explanation.chain.first().map(|link| link.spec.clone());
    let other = other.filter(|other| Some(other) != chosen.as_ref());
    let other = other.map(|other| format!("; with it, spec `{other}` would be chosen"));
    let unread = request.unread.as_ref();
    let unread = unread.map(|unread| format!(", unless {unread} says otherwise"));
    explanation.note = Some(format!(
        "{} leaves the path of the URL out{}{}",
        caller.name,
        unread.unwrap_or_default(),
        other.unwrap_or_default()
    ));
}
