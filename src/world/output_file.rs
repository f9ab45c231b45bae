//! Files that are written in addition to a reply: one that a caller reads before it asks again, and
//! those in which CI runners collect variables.
//!
//! A file is written only if the caller or the runner names it. A replaced file is either complete
//! or unchanged, and only its owner can read it. Folders are never created.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::files::{FileError, check_name};
use super::platform::access;
use super::platform::replace::{remove, rename};
use crate::credential::Secret;

/// Replaces a file atomically. Only its owner can read the new file. `unique` makes the name of the
/// temporary file beside it unique.
///
/// # Errors
/// [`FileError`]: the path is not a regular file, or cannot be written. An existing file then stays
/// as it was, and no temporary file remains.
pub fn replace(path: &Path, content: &Secret, unique: [u8; 16]) -> Result<(), FileError> {
    check_name(path)?;
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(FileError::NotAFile);
    }
    let beside = beside(path, content, unique)?;
    let done = rename(&beside, path);
    if done.is_err() {
        let _ = remove(&beside);
    }
    Ok(done?)
}

/// Creates a file atomically, never over another one. Else as [`replace`].
///
/// # Errors
/// [`FileError`]: the path exists, or cannot be written.
pub fn create(path: &Path, content: &Secret, unique: [u8; 16]) -> Result<(), FileError> {
    check_name(path)?;
    let beside = beside(path, content, unique)?;
    let mut done = fs::hard_link(&beside, path);
    let is_refused = |error: &io::Error| error.kind() != io::ErrorKind::AlreadyExists;
    if done.as_ref().is_err_and(is_refused) {
        // A file system without hard links.
        done = access::create_private(path).and_then(|file| fill(file, path, content));
    }
    let _ = remove(&beside);
    Ok(done?)
}

/// Writes a temporary file beside the path.
fn beside(path: &Path, content: &Secret, unique: [u8; 16]) -> Result<PathBuf, FileError> {
    let name = path.file_name().ok_or(FileError::NotAFile)?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{:032x}.tmp", u128::from_ne_bytes(unique)));
    let beside = path.with_file_name(beside);
    fill(access::create_private(&beside)?, &beside, content)?;
    Ok(beside)
}

/// Writes a new file, or removes it. On Windows nobody can remove it before it is closed.
fn fill(mut file: File, path: &Path, content: &Secret) -> io::Result<()> {
    let done = file.write_all(content.expose());
    drop(file);
    if done.is_err() {
        let _ = remove(path);
    }
    done
}

/// Appends to an existing regular file.
///
/// # Errors
/// [`FileError`]: the file is missing, not a regular file, or cannot be written.
pub fn append(path: &Path, content: &Secret) -> Result<(), FileError> {
    check_name(path)?;
    let mut file = access::unblocked(OpenOptions::new().append(true)).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(FileError::NotAFile);
    }
    Ok(file.write_all(content.expose())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_file_stays_that_cannot_be_written() {
        let name = format!("keyfob-fill-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, "a part of a tok").unwrap();
        // Writing to it fails as on a full disk.
        let file = File::open(&path).unwrap();
        assert!(fill(file, &path, &Secret::from("token".to_owned())).is_err());
        assert!(!path.exists());
    }
}
