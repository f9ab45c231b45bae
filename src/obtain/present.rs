//! Checks that the values that a cache key is made from exist. Without them the key would be
//! another one, and so would the token.

use super::call::Call;
use super::opener::Opener;
use super::resolved::Resolved;
use crate::error::{Code, Error};
use crate::source::Source;
use crate::world::cache::TokenCache;

/// Reads the variables and files of a spec and of the specs below. Opens no keyring, runs no
/// program and obtains no token.
///
/// # Errors
/// A variable or file is missing or cannot be read, or a spec is not valid.
pub fn check_values(call: &Call<'_>) -> Result<(), Error> {
    check_spec(call, call.specs)
}

fn check_spec(call: &Call<'_>, specs: &Resolved<'_>) -> Result<(), Error> {
    let provider = specs.provider()?;
    let mut checked = Ok(());
    provider.grant.walk(&mut |source| {
        if checked.is_ok() {
            checked = check_source(call, specs, source);
        }
    });
    checked
}

fn check_source(call: &Call<'_>, specs: &Resolved<'_>, source: &Source) -> Result<(), Error> {
    match source {
        Source::Env(_) | Source::File(_) | Source::FileFrom { .. } | Source::Request(_) => {
            Opener::new(*call).open(source).map(|_| ())
        }
        Source::Jwt(jwt) => {
            check_source(call, specs, &jwt.key)?;
            let texts = jwt.texts.iter().map(|text| &text.source);
            let mut others = jwt.certificate.iter().chain(texts);
            others.try_for_each(|source| check_source(call, specs, source))
        }
        Source::Presigned(presigned) => {
            let mut sources = presigned.sources();
            sources.try_for_each(|source| check_source(call, specs, source))
        }
        Source::Base64Url { of, .. } | Source::Pointer { of, .. } | Source::Public(of) => {
            check_source(call, specs, of)
        }
        Source::Token(nested) => check_spec(call, &*specs.below(call.world, nested)?),
        Source::FirstOf(sources) => {
            let mut values = sources
                .iter()
                .map(|source| check_source(call, specs, source));
            let present =
                values.find(|value| !matches!(value, Err(why) if why.code == Code::SecretMissing));
            present.unwrap_or_else(|| Opener::new(*call).open(source).map(|_| ()))
        }
        _ => Ok(()),
    }
}

/// The message of a command that found no cached token: it tells whether there is one for other
/// values.
#[must_use]
pub fn nothing_to_do(world: &dyn TokenCache, to_do: &str, spec: &str) -> String {
    let others = world
        .entries()
        .iter()
        .any(|entry| entry.spec == spec && entry.stored.is_some());
    if others {
        format!(
            "nothing to {to_do}: no token is cached for the current values of spec `{spec}`, but \
            one is for other values\n"
        )
    } else {
        format!("nothing to {to_do}: no token of spec `{spec}` is cached\n")
    }
}
