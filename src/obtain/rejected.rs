//! Drops a token that a caller's server rejected.

use super::decide;
use super::kept_token;
use super::resolved::Resolved;
use crate::credential::{AccessToken, Secret};
use crate::world::cache::TokenCache;
use crate::world::{Clock, Keyring, Log};

/// Drops a spec's cached token if it is the `presented` one, or in any case if none is presented.
/// Returns whether it dropped one. It never fails: the caller could do nothing about it.
pub fn drop(
    world: &(impl Clock + Log + Keyring + TokenCache + ?Sized),
    specs: &Resolved<'_>,
    presented: Option<&Secret>,
) -> bool {
    let key = specs.key();
    let mut entry = world.cached(key).unwrap_or_default();
    let stored = entry.stored.take().map(|stored| stored.token.access_token);
    let dropped = stored.filter(|token| presented.is_none_or(|presented| token.is(presented)));
    let rejected = presented
        .cloned()
        .or(dropped.as_ref().map(AccessToken::secret));
    if let Ok(Some(kept_in)) = specs
        .provider()
        .map(|provider| provider.grant.keyring_entry())
        && let Err(why) = kept_token::reject(world, kept_in, rejected.as_ref())
    {
        world.log(&|| format!("the kept token is not rejected: {}", why.sentence));
    }
    if dropped.is_none() {
        return false;
    }
    world.log(&|| "cache: dropped the token that the caller's server rejected".to_owned());
    // The entry keeps a cool-down, and the time of the last replacement: a token that just replaced
    // a rejected one is not replaced again at once.
    if entry.failure.is_some() || decide::is_replaced_lately(&entry, world.now()) {
        world.remember(key, &entry);
    } else {
        // A failure is logged.
        let _ = world.forget(key.as_str());
    }
    true
}
