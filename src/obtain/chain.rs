//! Specs that stand on one another: which they are, that they come to an end, and what the cache has under them.

use std::time::Duration;

use super::DEEPEST;
use crate::error::{Code, Error};
use crate::find::{self, Found};
use crate::http::Transport;
use crate::obtain;
use crate::source::{Nested, Source};
use crate::spec::Admitted;
use crate::world::cache::Key;
use crate::world::{World, http, limits};

/// The spec that another one names or holds.
///
/// # Errors
/// There is none, or it is not valid.
pub fn nested(world: &dyn World, nested: &Nested) -> Result<Found, Error> {
    match nested {
        Nested::Named(name) => find::named(world, name, None),
        Nested::Inline(text) => find::named(world, text, None),
    }
}

/// Whether specs stand on one another without end, or nearly: asked before any lock is waited for, since in a circle it would be our own.
///
/// # Errors
/// [`Code::SpecInvalid`] where they do.
pub(super) fn has_an_end(
    world: &dyn World,
    admitted: Admitted<'_>,
    depth: u8,
) -> Result<(), Error> {
    if depth > DEEPEST {
        return Err(Error::new(
            Code::SpecInvalid,
            "more than five specs stand on one another, or they stand in a circle",
        ));
    }
    let mut end = Ok(());
    admitted.provider().walk_sources(&mut |source| {
        if let (Ok(()), Source::Token(spec)) = (&end, source)
            && let Ok(found) = nested(world, spec)
        {
            end = has_an_end(world, found.provider.admit_by_name(), depth + 1);
        }
    });
    end
}

/// The keys of the specs that this one stands on, where the cache has something under them.
pub(super) fn cached_below(world: &dyn World, admitted: Admitted<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    admitted.provider().walk_sources(&mut |source| {
        if let Source::Token(spec) = source
            && let Ok(found) = nested(world, spec)
        {
            let key = obtain::key(world, found.provider.admit_by_name());
            if world.cached(&key).is_some_and(|entry| entry.kept.is_some()) {
                keys.push(key);
            }
        }
    });
    keys
}

/// Entries of the keyring, by service and user, that go into the token: this spec's, and those of the specs that it stands on.
pub(super) fn secrets_of(
    world: &dyn World,
    admitted: Admitted<'_>,
    depth: u8,
) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    admitted
        .provider()
        .walk_sources(&mut |source| match source {
            Source::Keyring(place) => secrets.push((place.service.clone(), place.user.clone())),
            Source::Token(spec) if depth < DEEPEST => {
                if let Ok(found) = nested(world, spec) {
                    secrets.extend(secrets_of(world, found.provider.admit_by_name(), depth + 1));
                }
            }
            _ => {}
        });
    secrets
}

/// The longest that asking for the token may take: the call, and what has to be opened for it.
pub(super) fn longest(world: &dyn World, admitted: Admitted<'_>, depth: u8) -> Duration {
    let timeout = admitted.provider().connection.timeout;
    let mut longest = http::budget(&Transport {
        timeout,
        ..Transport::default()
    });
    admitted
        .provider()
        .walk_sources(&mut |source| match source {
            Source::Keyring(_) => longest += limits::KEYRING,
            Source::Command(_) => longest += limits::PROGRAM,
            Source::Token(spec) if depth < DEEPEST => {
                if let Ok(found) = nested(world, spec) {
                    longest += self::longest(world, found.provider.admit_by_name(), depth + 1);
                }
            }
            _ => {}
        });
    longest
}
