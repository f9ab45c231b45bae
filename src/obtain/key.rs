//! What a token is kept under: everything that changes it.

use super::{DEEPEST, chain};
use crate::credential::Secret;
use crate::source::Source;
use crate::spec::Admitted;
use crate::world::World;
use crate::world::cache::Key;

/// The key under which the spec's token lies: its identity, the fingerprint of secrets that are cheap to read, and the keys of the
/// specs that it stands on.
#[must_use]
pub fn key(world: &dyn World, admitted: Admitted<'_>) -> Key {
    key_at(world, admitted, 0)
}

/// An absent secret's part.
fn nothing() -> Secret {
    Secret::new(Vec::new())
}

fn key_at(world: &dyn World, admitted: Admitted<'_>, depth: u8) -> Key {
    let (identity, preset) = admitted.spec().identity();
    let preset = preset.to_le_bytes();
    let keyring = world.variable("KEYFOB_KEYRING").unwrap_or_default();
    let values: Vec<Secret> = admitted
        .spec()
        .sources
        .iter()
        .filter_map(|source| value(world, source, depth))
        .collect();
    let written: [&[u8]; 4] = [
        b"keyfob 2",
        identity.as_bytes(),
        &preset,
        keyring.as_bytes(),
    ];
    let values = values.iter().map(Secret::expose);
    let parts: Vec<&[u8]> = written.into_iter().chain(values).collect();
    Key::of(&parts)
}

/// What a hit can tell of a source's value.
fn value(world: &dyn World, source: &Source, depth: u8) -> Option<Secret> {
    match source {
        Source::Env(name) => Some(world.secret_variable(name).unwrap_or_else(nothing)),
        Source::File { path, .. } => Some(world.read(path).unwrap_or_else(|_| nothing())),
        Source::Token(nested) if depth < DEEPEST => Some(
            chain::nested(world, nested)
                .map(|found| key_at(world, found.spec.admit_by_name(), depth + 1))
                .map_or_else(|_| nothing(), |key| Secret::from(key.as_str().to_owned())),
        ),
        _ => None,
    }
}
