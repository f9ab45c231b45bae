//! Whether the values are there that a token is kept under: without them nobody can tell which token is meant.

use super::call::Call;
use super::opener::Opener;
use super::resolved::Resolved;
use crate::error::{Code, Error};
use crate::source::Source;
use crate::world::cache::TokenCache;

/// Looks for the variables and files of a spec and of those below; opens no keyring, no program and no token.
///
/// # Errors
/// What is missing or unreadable.
pub fn values(call: &Call<'_>) -> Result<(), Error> {
    of(call, call.specs)
}

fn of(call: &Call<'_>, specs: &Resolved<'_>) -> Result<(), Error> {
    let provider = specs.provider()?;
    provider
        .grant
        .open(&mut |source| value(call, specs, source))
        .map(|_| ())
}

fn value(call: &Call<'_>, specs: &Resolved<'_>, source: &Source) -> Result<(), Error> {
    match source {
        Source::Env(_) | Source::File { .. } => Opener::new(*call).open(source).map(|_| ()),
        Source::Jwt(jwt) => {
            value(call, specs, &jwt.key)?;
            let certificate = jwt.certificate.as_ref();
            certificate.map_or(Ok(()), |source| value(call, specs, source))
        }
        Source::Presigned(presigned) => {
            let mut sources = presigned.signature.sources();
            sources.try_for_each(|source| value(call, specs, source))
        }
        Source::Base64Url { of, .. } => value(call, specs, of),
        Source::Token(nested) => of(call, &*specs.below(call.world, nested)?),
        Source::FirstOf(sources) => {
            let mut values = sources.iter().map(|source| value(call, specs, source));
            let present =
                values.find(|value| !matches!(value, Err(why) if why.code == Code::SecretMissing));
            present.unwrap_or_else(|| Opener::new(*call).open(source).map(|_| ()))
        }
        _ => Ok(()),
    }
}

/// What is said where nothing was cached: for the present values, and whether there is something for others.
#[must_use]
pub fn nothing(world: &dyn TokenCache, to_do: &str, spec: &str) -> String {
    let others = world
        .entries()
        .iter()
        .any(|entry| entry.spec == spec && entry.kept.is_some());
    if others {
        format!(
            "nothing to {to_do} for the present values of spec `{spec}`; a token that was made with others is cached\n"
        )
    } else {
        format!("nothing to {to_do}: no token of spec `{spec}` is cached\n")
    }
}
