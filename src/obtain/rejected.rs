//! Drops a token that a caller's server rejected.

use super::decide;
use super::kept_token;
use super::resolved::Resolved;
use crate::credential::{AccessToken, Secret};
use crate::world::cache::TokenCache;
use crate::world::{Clock, Keyring, Log};

/// Drops what was handed out for a spec, if it is `presented`; whatever it is where nothing is presented.
/// Tells whether there was such a token. Never a failure: nobody could do anything about it.
pub fn drop(
    world: &(impl Clock + Log + Keyring + TokenCache + ?Sized),
    specs: &Resolved<'_>,
    presented: Option<&Secret>,
) -> bool {
    let key = specs.key();
    let mut entry = world.cached(key).unwrap_or_default();
    let kept = entry.kept.take().map(|kept| kept.token.access_token);
    let dropped = kept.filter(|token| presented.is_none_or(|presented| token.is(presented)));
    let rejected = presented
        .cloned()
        .or(dropped.as_ref().map(AccessToken::secret));
    if let Ok(Some(place)) = specs
        .provider()
        .map(|provider| provider.grant.keyring_entry())
        && let Err(why) = kept_token::reject(world, place, rejected.as_ref())
    {
        world.log(&|| format!("the kept token stays: {}", why.sentence));
    }
    if dropped.is_none() {
        return false;
    }
    world.log(&|| "cache: the caller's server refused this token; dropped".to_owned());
    // A provider that wants to be left alone is left alone all the same, and a token that replaced a refused
    // one is not replaced again at once.
    if entry.failure.is_some() || decide::is_replaced_lately(&entry, world.now()) {
        world.remember(key, &entry);
    } else {
        world.forget(key.as_str());
    }
    true
}
