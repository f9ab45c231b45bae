//! What people type and what callers run, one file each: effects and words in, `Reply` out.

pub mod check;
pub mod doctor;
pub mod forget;
pub mod providers;
pub mod revoke;
pub mod run;
pub mod secret;
pub mod serve;
pub mod status;
pub mod token;

use std::time::Duration;

use crate::credential::{Credential, Token};
use crate::error::{Code, Error, TargetMatch};
use crate::find::{self, LoadedSpec, Lookup};
use crate::obtain::{self, Context, Needs};
use crate::protocol::Until;
use crate::spec::Admitted;
use crate::target::Target;
use crate::world::{Clock, Commanding, Environment, Obtaining};

/// How long the spec may take to come from standard input, where `-` names it.
const PIPED: Duration = Duration::from_secs(60);
/// The same where nothing names a spec, and standard input may be open by accident.
const UNNAMED: Duration = Duration::from_secs(10);

/// SPEC as given: by `--spec`, else by `KEYFOB_SPEC`.
#[must_use]
pub fn given(world: &dyn Environment, spec: Option<&str>) -> Option<String> {
    spec.map(str::to_owned)
        .or_else(|| world.variable("KEYFOB_SPEC"))
}

/// The spec for a command whose standard input is its own: SPEC, else where `or_standard_input` says so the spec that is piped in.
///
/// # Errors
/// No spec, or one that is not valid.
pub fn spec(
    world: &dyn Commanding,
    spec: Option<&str>,
    or_standard_input: bool,
) -> Result<LoadedSpec, Error> {
    let given = given(world, spec);
    let named = given.is_some();
    let spec = match given {
        Some(spec) => spec,
        None if or_standard_input && !world.is_terminal() => "-".to_owned(),
        None => return Err(no_spec()),
    };
    if spec != "-" {
        return find::named(world, &spec, None);
    }
    let limit = if named { PIPED } else { UNNAMED };
    let piped = world
        .read_stdin(Until::EndWithin(limit))
        .map_err(|why| {
            let error = Error::new(Code::SpecInvalid, format!("the spec: {why}"));
            match named {
                true => error,
                false => error.hint("no spec is named, so one is read from standard input; name it with --spec or KEYFOB_SPEC"),
            }
        })?;
    find::named(world, &spec, Some(piped.expose()))
}

/// Nothing says which spec.
#[must_use]
pub fn no_spec() -> Error {
    Error::new(Code::SpecNotFound, "no spec is named")
        .hint("name one with --spec or KEYFOB_SPEC, or pipe one in with --spec -")
}

/// The spec's grant, if it lists one of the targets for this caller.
///
/// # Errors
/// It does not.
pub fn admit<'a>(found: &'a LoadedSpec, wanted: Lookup<'_>) -> Result<Admitted<'a>, Error> {
    let admitted = found.spec.admit(wanted.caller, wanted.targets);
    admitted.ok_or_else(|| {
        // Where `targets` is misspelt, that is what is wrong.
        if let Err(invalid) = find::validate(&found.spec) {
            return invalid.whose(TargetMatch::Unknown);
        }
        if !found.spec.callers.include(wanted.caller) {
            let sentence = format!("spec `{}` is not for {}", found.name, wanted.caller);
            return Error::new(Code::TargetNotListed, sentence)
                .hint("add it to the spec's `callers`");
        }
        let shown = wanted.targets.first().map(Target::to_string);
        let shown = shown.unwrap_or_default();
        let sentence = format!("spec `{}` does not list {shown}", found.name);
        let error =
            Error::new(Code::TargetNotListed, sentence).hint("add it to the spec's `targets`");
        find::nearly(error, found, wanted)
    })
}

/// The token for a caller, if the spec lists one of its targets.
///
/// # Errors
/// Not listed, or whatever kept it from being obtained.
pub fn token(
    world: &dyn Obtaining,
    found: &LoadedSpec,
    wanted: Lookup<'_>,
    wish: Needs,
) -> Result<Token, Error> {
    let target = wanted.targets.first();
    obtained(world, found, admit(found, wanted)?, target, wish)
}

/// The token of a spec that was named, for a person or a job.
///
/// # Errors
/// Whatever kept it from being obtained.
pub fn token_by_name(
    world: &dyn Obtaining,
    found: &LoadedSpec,
    wish: Needs,
) -> Result<Token, Error> {
    obtained(world, found, found.spec.admit_by_name(), None, wish)
}

fn obtained(
    world: &dyn Obtaining,
    found: &LoadedSpec,
    admitted: Admitted<'_>,
    target: Option<&Target>,
    wish: Needs,
) -> Result<Token, Error> {
    obtain::obtain(
        world,
        admitted,
        Context {
            spec: &found.name,
            target,
            wish,
        },
    )
}

/// The token as a credential: with its user name and the end that is published.
#[must_use]
pub fn credential(world: &dyn Clock, found: LoadedSpec, token: Token) -> Credential {
    let delivered_at = world.now();
    let published_expiry = obtain::published_expiry(&token, delivered_at);
    Credential {
        username: found.spec.username,
        username_is_explicit: found.spec.username_is_explicit,
        authtype: found.spec.authtype,
        targets: found.spec.targets,
        token,
        published_expiry,
        delivered_at,
    }
}
