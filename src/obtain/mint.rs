//! Opens the secrets and asks the provider; a spec that stands on another obtains that one's token first, from its own cache entry.

use std::time::Duration;

use super::call::Call;
use super::minted;
use super::opener::Opener;
use super::send;
use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::grant::{Grant, encode};
use crate::source::Source;
use crate::spec::Provider;
use crate::time::human;
use crate::world::cache::Key;

/// A new token. An assertion that was refused under a clock that differs from the provider's is signed once more under the provider's; a
/// request that stands on another spec's cached token, and was refused, is made once more with a new one.
///
/// # Errors
/// Why there is none.
pub fn mint(call: &Call<'_>, provider: &Provider) -> Result<Token, Error> {
    let world = call.world;
    let below = cached_below(call);
    let result = attempt(call, provider, 0).or_else(|error| {
        let doubted = error.code == Code::ProviderRefused
            && matches!(error.status_of_refusal, Some(401 | 403));
        if !doubted || below.is_empty() {
            return Err(error);
        }
        world.tell(&|| {
            "refused with a cached token of another spec; asking again with a new one".to_owned()
        });
        below.iter().for_each(|key| world.forget(key.as_str()));
        attempt(call, provider, 0)
    });
    let result = result.or_else(|error| under_their_clock(call, provider, error));
    with_check_hint(provider, result)
}

/// The keys of the specs that this one stands on, where the cache has a token under them.
fn cached_below(call: &Call<'_>) -> Vec<Key> {
    let bases = call.specs.bases();
    let keys = bases.iter().map(|base| base.key().clone());
    let has_token = |key: &Key| {
        let entry = call.world.cached(key);
        entry.is_some_and(|entry| entry.kept.is_some())
    };
    keys.filter(has_token).collect()
}

/// Signs once more with the provider's time, where the clocks differ and the spec signs; else the error says that they differ.
fn under_their_clock(call: &Call<'_>, provider: &Provider, error: Error) -> Result<Token, Error> {
    let mut signs = false;
    provider.walk_sources(&mut |source| signs |= matches!(source, Source::Jwt(_)));
    let Some(skew) = error
        .skew
        .filter(|_| signs && error.code == Code::ProviderRefused)
    else {
        return Err(error);
    };
    call.world.tell(&|| {
        format!("clock-skew: the provider's clock is {skew} s ahead of ours; signing once more")
    });
    attempt(call, provider, skew).map_err(|again| {
        if again.code != Code::ProviderRefused {
            return again;
        }
        let by = human(Duration::from_secs(skew.unsigned_abs()));
        let direction = if skew > 0 { "behind" } else { "ahead of" };
        let again = Error { code: Code::ClockSkew, ..again };
        again.hint(format!("this machine's clock is {by} {direction} the provider's (clock-skew); set it right, then try again"))
    })
}

/// A refusal says little; where the provider can be asked about the account behind the spec, the user is told how.
fn with_check_hint(provider: &Provider, result: Result<Token, Error>) -> Result<Token, Error> {
    result.map_err(|error| match error.code {
        Code::ProviderRefused
            if provider.check.is_some() && !names_check(error.hint.as_deref()) =>
        {
            let also = error
                .hint
                .as_deref()
                .map(|hint| format!("; {hint}"))
                .unwrap_or_default();
            error.hint(format!(
                "`keyfob check` with this spec asks the provider about the account{also}"
            ))
        }
        _ => error,
    })
}

fn names_check(hint: Option<&str>) -> bool {
    hint.is_some_and(|hint| hint.contains("`keyfob check`"))
}

fn attempt(call: &Call<'_>, provider: &Provider, skew: i64) -> Result<Token, Error> {
    if let Grant::Minted(grant) = &provider.grant {
        return minted::obtain(call, provider, grant);
    }
    let world = call.world;
    let mut keys = Opener::new(*call).ahead_by(skew);
    let transport = keys.transport(&provider.connection)?;
    let grant: Grant<Secret> = provider.grant.open(&mut |source| keys.open(source))?;
    let unsendable = |why: encode::NotText| Error::new(Code::SecretUnreadable, why.to_string());
    let now = world.now();
    match grant.request(now).map_err(unsendable)? {
        Some(request) => send::send(
            world,
            &request,
            &transport,
            &keys.opened,
            &|answer, asked_at| grant.read(Some(answer), asked_at, &keys.opened),
        ),
        None => grant
            .read(None, now, &keys.opened)
            .map_err(|why| Error::no_token("the spec", &why)),
    }
}
