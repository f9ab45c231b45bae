//! A spec that a person is writing: its file, its text before it is there, and its provider.

use std::path::{Path, PathBuf};

use super::{LoadedSpec, in_configuration, parse};
use crate::error::Error;
use crate::spec::expand::GRANTS;
use crate::spec::{Origin, preset};
use crate::text::nearest;
use crate::world::{Loading, SpecFiles};

/// The file of the spec of this name in the configuration folder.
///
/// # Errors
/// The name is not valid, or there is no configuration folder.
pub fn path_of_name(world: &dyn Loading, name: &str) -> Result<PathBuf, Error> {
    in_configuration(world, name)
}

/// The spec with this text as it would be loaded from the file.
///
/// # Errors
/// As for [`super::named`].
pub fn as_file(world: &dyn Loading, path: &Path, text: &[u8]) -> Result<LoadedSpec, Error> {
    let name = path.file_stem().and_then(|stem| stem.to_str());
    let name = name.unwrap_or("spec");
    let origin = Origin::Named(name.to_owned());
    parse(world, origin, name, text, path.parent())
}

/// The preset or grant whose name a misspelt one was meant to be.
#[must_use]
pub fn nearest_provider(world: &dyn SpecFiles, written: &str) -> Option<String> {
    let own = world.preset_names();
    let mut known: Vec<&str> = preset::names().collect();
    known.extend(GRANTS);
    known.extend(own.iter().map(String::as_str));
    nearest(written, known.into_iter()).map(str::to_owned)
}
