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
    let mut parts: Vec<Secret> = vec![
        Secret::from("keyfob 2".to_owned()),
        Secret::from(identity.to_owned()),
        Secret::new(preset.to_le_bytes().to_vec()),
        Secret::from(world.variable("KEYFOB_KEYRING").unwrap_or_default()),
    ];
    for source in &admitted.spec().sources {
        parts.push(match source {
            Source::Env(name) => world.secret_variable(name).unwrap_or_else(nothing),
            Source::File { path, .. } => world.read(path).unwrap_or_else(|_| nothing()),
            Source::Token(nested) if depth < DEEPEST => chain::nested(world, nested)
                .map(|found| key_at(world, found.spec.admit_by_name(), depth + 1))
                .map_or_else(|_| nothing(), |key| Secret::from(key.as_str().to_owned())),
            _ => continue,
        });
    }
    let parts: Vec<&[u8]> = parts.iter().map(Secret::expose).collect();
    Key::of(&parts)
}
