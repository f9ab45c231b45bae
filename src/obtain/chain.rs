//! Specs that stand on one another: which they are, that they come to an end, and what the cache has under them.

use std::time::Duration;

use super::DEEPEST;
use crate::error::{Code, Error};
use crate::find::{self, Found};
use crate::http::Transport;
use crate::obtain;
use crate::source::{Nested, Source};
use crate::spec::Provider;
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

/// The specs that this one stands on, as far as they can be read.
fn below(world: &dyn World, provider: &Provider) -> Vec<(Found, Provider)> {
    let mut below = Vec::new();
    provider.walk_sources(&mut |source| {
        if let Source::Token(spec) = source
            && let Ok(found) = nested(world, spec)
            && let Ok(provider) = found.spec.admit_by_name().read()
        {
            below.push((found, provider));
        }
    });
    below
}

/// Whether specs stand on one another without end, or nearly: asked before any lock is waited for, since in a circle it would be our own.
///
/// # Errors
/// [`Code::SpecInvalid`] where they do.
pub(super) fn has_an_end(world: &dyn World, provider: &Provider, depth: u8) -> Result<(), Error> {
    if depth > DEEPEST {
        return Err(Error::new(
            Code::SpecInvalid,
            "more than five specs stand on one another, or they stand in a circle",
        ));
    }
    below(world, provider)
        .iter()
        .try_for_each(|(_, provider)| has_an_end(world, provider, depth + 1))
}

/// The keys of the specs that this one stands on, where the cache has something under them.
pub(super) fn cached_below(world: &dyn World, provider: &Provider) -> Vec<Key> {
    let below = below(world, provider);
    let keys = below
        .iter()
        .map(|(found, _)| obtain::key(world, found.spec.admit_by_name()));
    keys.filter(|key| world.cached(key).is_some_and(|entry| entry.kept.is_some()))
        .collect()
}

/// Entries of the keyring, by service and user, that go into the token: this spec's, and those of the specs that it stands on.
pub(super) fn secrets_of(
    world: &dyn World,
    provider: &Provider,
    depth: u8,
) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    provider.walk_sources(&mut |source| {
        if let Source::Keyring(place) = source {
            secrets.push((place.service.clone(), place.user.clone()));
        }
    });
    if depth < DEEPEST {
        for (_, provider) in below(world, provider) {
            secrets.extend(secrets_of(world, &provider, depth + 1));
        }
    }
    secrets
}

/// The longest that asking for the token may take: the call, and what has to be opened for it.
pub(super) fn longest(world: &dyn World, provider: &Provider, depth: u8) -> Duration {
    let timeout = provider.connection.timeout;
    let mut longest = http::budget(&Transport {
        timeout,
        ..Transport::default()
    });
    provider.walk_sources(&mut |source| match source {
        Source::Keyring(_) => longest += limits::KEYRING,
        Source::Command(_) => longest += limits::PROGRAM,
        _ => {}
    });
    if depth < DEEPEST {
        for (_, provider) in below(world, provider) {
            longest += self::longest(world, &provider, depth + 1);
        }
    }
    longest
}
