//! `keyfob revoke`: gives the cached token back to the provider, then forgets it.

use super::spec;
use crate::error::Error;
use crate::grant::Grant;
use crate::obtain::{self, kept_token, present, revoke};
use crate::protocol::Reply;
use crate::world::Commanding;

/// Gives back what the cache has for SPEC. Where there is nothing, that is told: a revocation that did not happen
/// must not look like one that did.
///
/// # Errors
/// A value that the token is kept under is missing, so that nobody can tell which token is meant. The provider
/// has no way to take it back, or refuses; the token is then kept.
pub fn run(world: &dyn Commanding, named: Option<&str>) -> Result<Reply, Error> {
    let found = spec(world, named, true)?;
    let admitted = found.spec.admit_by_name();
    let specs = obtain::resolve(world, &found.name, admitted);
    let (provider, key) = (specs.provider()?, specs.key());
    let call = obtain::call(world, &specs)?;
    // Held, so that no renewal lays another token where this one is taken away.
    let _lock = world.lock(key);
    if let Grant::KeptToken(grant) = &provider.grant {
        let given_back = kept_token::revoke(&call, provider, grant);
        world.forget(key.as_str());
        return given_back.map(|was_there| match was_there {
            true => Reply::silence(),
            false => Reply::text(present::nothing(world, "revoke", &found.name)),
        });
    }
    revoke::must_be_possible(provider)?;
    let Some(kept) = world.cached(key).and_then(|entry| entry.kept) else {
        present::values(&call)?;
        return Ok(Reply::text(present::nothing(world, "revoke", &found.name)));
    };
    revoke::revoke(&call, provider, &kept.token.access_token.secret())?;
    let now_there = world.cached(key).and_then(|entry| entry.kept);
    if now_there
        .is_some_and(|there| there.token.access_token.expose() == kept.token.access_token.expose())
    {
        world.forget(key.as_str());
    }
    Ok(Reply::silence())
}
