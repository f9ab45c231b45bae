//! The commands that people type and callers run, one file each: arguments in, `Reply` out.

pub mod add;
pub mod check;
pub mod complete;
pub mod doctor;
pub mod explain;
pub mod forget;
pub mod providers;
pub mod revoke;
pub mod run;
pub mod schema;
pub mod secret;
pub mod serve;
pub mod setup;
pub mod status;
pub mod token;

use std::time::Duration;

use crate::credential::{Credential, Secret, Token};
use crate::error::{Code, Error, TargetMatch};
use crate::find::{self, LoadedSpec, Lookup};
use crate::obtain::{self, Context, Needs};
use crate::protocol::Until;
use crate::source::{KeyringEntry, Source};
use crate::spec::Admitted;
use crate::target::{NearMiss, Target};
use crate::world::cache::{Entry, SecretChanges, TokenCache};
use crate::world::{Clock, Environment, Obtaining, Reading};

/// How long the spec may take to arrive on standard input if SPEC is `-`.
const PIPED: Duration = Duration::from_secs(60);
/// The same if no spec is named: standard input may be open by accident.
const UNNAMED: Duration = Duration::from_secs(10);

const UNNAMED_HINT: &str =
    "no spec is named, so one is read from standard input; name it with --spec or KEYFOB_SPEC";

/// SPEC: the value of `--spec`, else of `KEYFOB_SPEC`.
#[must_use]
pub fn selected_spec(world: &dyn Environment, spec: Option<&str>) -> Option<String> {
    spec.map(str::to_owned)
        .or_else(|| world.variable("KEYFOB_SPEC"))
}

/// Loads SPEC for a command that people type. If no spec is named and `or_standard_input` is set,
/// the spec is read from standard input.
///
/// # Errors
/// No spec is named, or it does not exist, cannot be read or is not valid.
pub fn spec(
    world: &dyn Reading,
    spec: Option<&str>,
    or_standard_input: bool,
) -> Result<LoadedSpec, Error> {
    let given = selected_spec(world, spec);
    let named = given.is_some();
    let spec = match given {
        Some(spec) => spec,
        None if or_standard_input && !world.is_terminal() => "-".to_owned(),
        None => return Err(find::no_spec()),
    };
    if spec != "-" {
        return find::named(world, &spec, None);
    }
    let limit = if named { PIPED } else { UNNAMED };
    let hinted = |error: Error| match named {
        true => error,
        false => error.hint(UNNAMED_HINT),
    };
    let piped = world
        .read_stdin(Until::EndWithin(limit))
        .map_err(|why| hinted(Error::new(Code::SpecInvalid, format!("the spec: {why}"))))?;
    let is_blank = piped.expose().iter().all(u8::is_ascii_whitespace);
    match is_blank && !named {
        true => Err(find::no_spec()),
        false => find::named(world, &spec, Some(piped.expose())),
    }
}

/// Admits the caller to the spec's grant, if the spec lists one of the targets for it.
///
/// # Errors
/// [`Code::TargetNotListed`] if the spec does not, or the spec's own error if it is invalid.
pub fn admit<'a>(loaded: &'a LoadedSpec, lookup: Lookup<'_>) -> Result<Admitted<'a>, Error> {
    let admitted = loaded.spec.admit(lookup.caller, lookup.targets);
    admitted.ok_or_else(|| {
        // `targets` may be misspelt: then that is the error to report.
        if let Err(invalid) = find::validate(&loaded.spec) {
            return invalid.whose(TargetMatch::Unknown);
        }
        if !loaded.spec.callers.include(lookup.caller) {
            let sentence = format!("spec `{}` is not for {}", loaded.name, lookup.caller);
            return Error::new(Code::TargetNotListed, sentence)
                .hint("add it to the spec's `callers`");
        }
        let shown = lookup.targets.first().map(Target::to_string);
        let shown = shown.unwrap_or_default();
        let sentence = format!("spec `{}` does not list {shown}", loaded.name);
        let error =
            Error::new(Code::TargetNotListed, sentence).hint("add it to the spec's `targets`");
        find::with_near_miss(error, loaded, lookup)
    })
}

/// The error for a request over plain http. `loaded` is the spec for the same request over https;
/// if it lists the target, the hint names it.
#[must_use]
pub fn plain_http(loaded: Option<&LoadedSpec>, lookup: Lookup<'_>) -> Error {
    let admits = |loaded: &&LoadedSpec| loaded.spec.admit(lookup.caller, lookup.targets).is_some();
    let shown = lookup.targets.first().map(Target::to_string);
    let shown = shown.unwrap_or_default();
    let error = find::not_listed(&shown.replacen("https", "http", 1));
    match loaded.filter(admits) {
        Some(loaded) => error
            .hint(format!(
                "spec `{}` lists {shown}: no token is sent over plain http",
                loaded.name
            ))
            .whose(TargetMatch::Nearly(NearMiss::Scheme)),
        None => error,
    }
}

/// The token for a caller, if the spec lists one of its targets.
///
/// # Errors
/// [`Code::TargetNotListed`], or as for [`obtain::obtain`].
pub fn token(
    world: &dyn Obtaining,
    loaded: &LoadedSpec,
    lookup: Lookup<'_>,
    said: Option<&Secret>,
    needs: Needs,
) -> Result<Token, Error> {
    let context = Context {
        spec: &loaded.name,
        target: lookup.targets.first(),
        said,
        needs,
    };
    obtain::obtain(world, admit(loaded, lookup)?, context)
}

/// The token of a spec that a person or a job named.
///
/// # Errors
/// As for [`obtain::obtain`].
pub fn token_by_name(
    world: &dyn Obtaining,
    loaded: &LoadedSpec,
    needs: Needs,
) -> Result<Token, Error> {
    let context = Context {
        spec: &loaded.name,
        target: None,
        said: None,
        needs,
    };
    obtain::obtain(world, loaded.spec.admit_by_name(), context)
}

/// The token as a credential, with its user name and the published expiry.
#[must_use]
pub fn credential(world: &dyn Clock, loaded: LoadedSpec, token: Token) -> Credential {
    let delivered_at = world.now();
    let published_expiry = obtain::published_expiry(&token, delivered_at);
    let (username, username_is_explicit) = loaded.spec.username_with(&token);
    let mut sources = loaded.spec.sources.iter();
    let depends_on_request = sources.any(|source| matches!(source, Source::Request(_)));
    Credential {
        username: username.to_owned(),
        username_is_explicit,
        authtype: loaded.spec.authtype,
        targets: loaded.spec.targets,
        depends_on_request,
        token,
        published_expiry,
        delivered_at,
    }
}

/// Drops the cached tokens that were obtained with the old secret.
///
/// # Errors
/// A token stays in the cache.
pub fn drop_made_with(
    world: &(impl SecretChanges + TokenCache + ?Sized),
    secret: &KeyringEntry,
) -> Result<(), Error> {
    // The change is recorded first: a process that is obtaining a token at the moment has no entry
    // yet that could be dropped.
    world.record_secret_change();
    let with = |entry: &Entry| {
        entry
            .secrets
            .iter()
            .any(|(service, user)| *service == secret.service && *user == secret.user)
    };
    forget_each(world, world.entries().iter().filter(|entry| with(entry))).1
}

/// Drops entries. Returns how many there were, and why one of them stays.
fn forget_each<'entry>(
    world: &(impl TokenCache + ?Sized),
    entries: impl Iterator<Item = &'entry Entry>,
) -> (usize, Result<(), Error>) {
    let done: Vec<Result<(), String>> = entries.map(|entry| world.forget(&entry.key)).collect();
    let count = done.len();
    let done: Result<(), String> = done.into_iter().collect();
    (count, done.map_err(stays))
}

/// A token stays in the cache.
fn stays(why: String) -> Error {
    Error::new(Code::CacheUnusable, why)
        .hint("remove the folder, or name another with KEYFOB_CACHE_DIR")
}
