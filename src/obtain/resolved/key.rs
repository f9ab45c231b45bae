//! The cache key of a spec: a digest of its identity, of values that are cheap to read, and of the
//! keys of the specs below.

use crate::credential::Secret;
use crate::source::{self, NestedSpec, Source};
use crate::spec::Spec;
use crate::world::Resolving;
use crate::world::cache::CacheKey;

/// The key of a spec below; `None` if it is too deep.
type KeyBelow<'k> = &'k dyn Fn(&NestedSpec) -> Option<Secret>;

/// A source's contribution to the key; `None` if it is not cheap to read, or is too deep.
fn value(
    world: &dyn Resolving,
    source: &Source,
    said: Option<&Secret>,
    below: KeyBelow<'_>,
) -> Option<Secret> {
    let absent = || Secret::new(Vec::new());
    Some(match source {
        Source::Env(name) => world.secret_variable(name).unwrap_or_else(absent),
        Source::File(path) => world.read_value(path).unwrap_or_else(|_| absent()),
        Source::FileFrom { variable, name } => {
            let value = world.variable(variable).unwrap_or_default();
            let path = source::path_from(&value, name.as_deref());
            let content = path.and_then(|path| world.read_value(&path).ok());
            content.unwrap_or_else(absent)
        }
        Source::Request(pointer) => {
            let value = said.and_then(|said| source::at_pointer(said, pointer).ok());
            value.unwrap_or_else(absent)
        }
        Source::Command(command) => {
            let name = command.argv.first();
            let program = name.and_then(|name| world.find_program(name));
            let path = program.map(|path| path.into_os_string().into_encoded_bytes());
            Secret::new(path.unwrap_or_default())
        }
        Source::Token(nested) => below(nested)?,
        _ => return None,
    })
}

/// The key of a spec: a digest of its identity and of the values that it depends on.
pub(super) fn key(
    world: &dyn Resolving,
    spec: &Spec,
    said: Option<&Secret>,
    below: KeyBelow<'_>,
) -> CacheKey {
    let (identity, preset) = spec.identity();
    let preset = preset.to_le_bytes();
    let keyring = world.variable("KEYFOB_KEYRING").unwrap_or_default();
    let written: [&[u8]; 4] = [
        b"keyfob 2",
        identity.as_bytes(),
        &preset,
        keyring.as_bytes(),
    ];
    let value = |source| value(world, source, said, below);
    let values: Vec<Secret> = spec.sources.iter().filter_map(value).collect();
    CacheKey::with_secrets(&written, &values)
}
