//! Files that root alone could have written, or on Windows SYSTEM and Administrators: what an
//! administrator says of this machine.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{FileError, access, content, open};

/// As many symbolic links as Linux follows.
const MOST_LINKS: usize = 40;

/// The content of a file that root alone could have written or replaced. Each folder and each
/// symbolic link on the way to it is examined, from the file's own folder on.
///
/// # Errors
/// [`FileError`]: as for [`read`](super::read), or another user owns the file or a folder on the
/// way, or can write it. [`FileError::Missing`] only if the folder has no entry of this name: a
/// symbolic link to nothing is another error.
pub fn read_systems(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let path = resolve(path)?;
    let file = open(&path)?;
    match access::is_systems_alone(&path, &file.metadata()?, false) {
        true => content(file),
        false => Err(not_alone("it")),
    }
}

/// The path without symbolic links.
fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    let parts = |path: &Path| -> Vec<OsString> {
        let parts = path.components().rev();
        parts.map(|part| part.as_os_str().to_owned()).collect()
    };
    let folder = path.parent().unwrap_or(path);
    let above = folder.parent().unwrap_or(folder);
    let mut at = fs::canonicalize(above).map_err(failed)?;
    let mut left = parts(path.strip_prefix(above).unwrap_or(path));
    let (mut links, mut is_linked) = (0, false);
    while let Some(part) = left.pop() {
        if part == ".." {
            at.pop();
            continue;
        }
        // An absolute path takes the place of the one before.
        let next = at.join(&part);
        let metadata = match fs::symlink_metadata(&next) {
            Err(why) if why.kind() == NotFound => {
                let is_missing = left.is_empty() && !is_linked;
                let nothing = || "it is, or its folder is, a symbolic link to nothing".to_owned();
                return Err(match is_missing {
                    true => FileError::Missing,
                    false => FileError::Failed(nothing()),
                });
            }
            metadata => metadata.map_err(failed)?,
        };
        if metadata.is_symlink() {
            links += 1;
            if links > MOST_LINKS {
                return Err(FileError::Failed(
                    "it has too many symbolic links".to_owned(),
                ));
            }
            if !access::is_systems_alone(&next, &metadata, true) {
                let why = format!("a symbolic link to it is not {}", access::SYSTEMS);
                return Err(FileError::Anothers(why.into()));
            }
            is_linked |= left.is_empty();
            left.extend(parts(&fs::read_link(&next).map_err(failed)?));
            continue;
        }
        if !left.is_empty() && !access::is_systems_alone(&next, &metadata, next != folder) {
            return Err(not_alone("its folder"));
        }
        at = next;
    }
    Ok(at)
}

fn not_alone(what: &str) -> FileError {
    FileError::Anothers(format!("{what} is not {} alone", access::SYSTEMS).into())
}

/// The system's error. That something on the way is missing does not make the file missing.
fn failed(why: std::io::Error) -> FileError {
    FileError::Failed(why.to_string().to_lowercase())
}
