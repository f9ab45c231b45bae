//! `keyfob revoke`: revokes the cached token at the provider, then drops it from the cache.

use super::{spec, stays};
use crate::error::Error;
use crate::grant::Grant;
use crate::obtain::{self, kept_token, present, revoke};
use crate::protocol::Reply;
use crate::world::Commanding;

/// Revokes SPEC's cached token. If there is none, the reply says so: a revocation that did not
/// happen must not look like one that did.
///
/// # Errors
/// A value that is part of the cache key is missing, so the token cannot be found. The provider
/// cannot revoke tokens, or refuses: the token then stays in the cache.
pub fn run(world: &dyn Commanding, named: Option<&str>) -> Result<Reply, Error> {
    let loaded = spec(world, named, true)?;
    let admitted = loaded.spec.admit_by_name();
    let specs = obtain::resolve(world, &loaded.name, admitted);
    let (provider, key) = (specs.provider()?, specs.key());
    let call = obtain::call(world, &specs)?;
    // Held so that no renewal stores another token while this one is revoked and dropped.
    let _lock = world.lock(key);
    if let Grant::KeptToken(grant) = &provider.grant {
        let revoked = kept_token::revoke(&call, provider, grant);
        let forgotten = world.forget(key.as_str()).map_err(stays);
        let revoked = revoked.map_err(|error| obtain::named(error, &specs));
        let was_there = revoked?;
        forgotten?;
        return Ok(match was_there {
            true => Reply::silence(),
            false => Reply::text(present::nothing_to_do(world, "revoke", &loaded.name)),
        });
    }
    revoke::must_be_possible(provider)?;
    let Some(stored) = world.cached(key).and_then(|entry| entry.stored) else {
        present::check_values(&call)?;
        return Ok(Reply::text(present::nothing_to_do(
            world,
            "revoke",
            &loaded.name,
        )));
    };
    let revoked = stored.token.access_token.secret();
    let done = revoke::revoke(&call, provider, &revoked);
    done.map_err(|error| obtain::named(error, &specs))?;
    let now_there = world.cached(key).and_then(|entry| entry.stored);
    if now_there.is_some_and(|there| there.token.access_token.is(&revoked)) {
        world.forget(key.as_str()).map_err(stays)?;
    }
    Ok(Reply::silence())
}
