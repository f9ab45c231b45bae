//! The configuration folders: where the word of `--spec`, or a preset's name, is looked for.

use std::path::{Path, PathBuf};

use super::permission::own_counts;
use crate::error::{Code, Error};
use crate::spec::Origin;
use crate::spec::expand::OwnPreset;
use crate::text::nearest;
use crate::world::files::FileError;
use crate::world::folders::no_configuration;
use crate::world::specs::is_machines;
use crate::world::{Environment, Loading, SpecFiles};

/// The user's own file of this name.
pub(super) fn in_configuration(world: &dyn Loading, word: &str) -> Result<PathBuf, Error> {
    check_name(word)?;
    let folder = world.config_folder().ok_or_else(|| no_folder(world))?;
    Ok(folder.join(format!("{word}.json")))
}

/// Every file of this name that may be meant, the most important first.
pub(super) fn paths_of_name(world: &dyn Loading, word: &str) -> Result<Vec<PathBuf>, Error> {
    check_name(word)?;
    Ok(folders(world)
        .map(|folder| folder.join(format!("{word}.json")))
        .collect())
}

/// The user's own folder, then the machine's.
fn folders<W: SpecFiles + ?Sized>(world: &W) -> impl Iterator<Item = PathBuf> {
    let own = world.config_folder().into_iter();
    own.chain(world.machine_folders())
}

fn check_name(word: &str) -> Result<(), Error> {
    let plain = !word.is_empty()
        && !word.starts_with('.')
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.@+".contains(c));
    match plain {
        true => Ok(()),
        false => Err(Error::new(Code::Usage, "the spec's name is not valid")
            .hint("letters, digits and -_.@+; or a path with a slash in it")),
    }
}

pub(super) fn no_folder(world: &dyn Environment) -> Error {
    let why = no_configuration(&|name| world.variable(name));
    let sentence = format!("there is no configuration folder: {why}");
    let hint = match world.variable("KEYFOB_CONFIG_DIR") {
        Some(_) => "write an absolute path: a caller may run in any folder",
        None => "set KEYFOB_CONFIG_DIR, or name the spec's file with --spec",
    };
    Error::new(Code::SpecNotFound, sentence).hint(hint)
}

/// The error for a spec's file that cannot be read.
pub(super) fn unusable(path: &Path, why: &FileError) -> Error {
    let error = Error::spec_file(&Origin::File(path.to_owned()).to_string(), why);
    match why {
        FileError::Missing => error.hint(
            "a word names a file NAME.json in the configuration folder; a path holds a slash or \
             ends in .json",
        ),
        _ => error,
    }
}

/// The path and the content of the first file of this name: the user's own, then the machine's.
pub(super) fn read_named(world: &dyn Loading, word: &str) -> Result<(PathBuf, Vec<u8>), Error> {
    check_name(word)?;
    let file = format!("{word}.json");
    let own = world.config_folder().map(|folder| folder.join(&file));
    // Where the user's own specs do not count, they hide none of the machine's.
    let (first, last) = match own_counts(world) {
        true => (own.clone(), None),
        false => (None, own.clone()),
    };
    let machines = || {
        let folders = world.machine_folders().into_iter();
        folders.map(|folder| folder.join(&file)).chain(last)
    };
    for path in first
        .into_iter()
        .chain(std::iter::once_with(machines).flatten())
    {
        match world.read_config(&path) {
            Ok(bytes) => return Ok((path, bytes)),
            Err(FileError::Missing) => {}
            Err(why) => return Err(unusable(&path, &why)),
        }
    }
    Err(match own {
        Some(path) => {
            let error = unusable(&path, &FileError::Missing);
            let specs = world.spec_files().unwrap_or_default();
            match nearest(word, specs.iter().map(|spec| &*spec.name)) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error,
            }
        }
        None => no_folder(world),
    })
}

/// A preset of the user or of the machine: `providers/NAME.json` in a configuration folder.
///
/// # Errors
/// The file exists, but cannot be read or is not UTF-8.
pub fn own_preset(world: &dyn SpecFiles, name: &str) -> OwnPreset {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if name.is_empty() || !name.bytes().all(plain) {
        return Ok(None);
    }
    let own_counts = own_counts(world);
    for folder in folders(world).filter(|folder| own_counts || is_machines(folder)) {
        let path = folder.join("providers").join(format!("{name}.json"));
        let unusable = |why: &dyn std::fmt::Display| {
            format!("the preset {} cannot be used: {why}", path.display())
        };
        match world.read_config(&path) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes);
                return text.map(Some).map_err(|_| unusable(&"it is not UTF-8"));
            }
            Err(FileError::Missing) => {}
            Err(why) => return Err(unusable(&why)),
        }
    }
    Ok(None)
}
