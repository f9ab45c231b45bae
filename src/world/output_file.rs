//! Files that are written in addition to a reply: one that a caller reads before it asks again, and
//! those in which CI runners collect variables.
//!
//! A file is written only if the caller or the runner names it. A replaced file is either complete
//! or unchanged, and only its owner can read it. Folders are never created.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::files::{FileError, check_name};
use super::platform::access;
use super::platform::replace::rename;
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
        let _ = fs::remove_file(&beside);
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
    let is_refused = |error: &std::io::Error| error.kind() != std::io::ErrorKind::AlreadyExists;
    if done.as_ref().is_err_and(is_refused) {
        // A file system without hard links.
        done = access::create_private(path).and_then(|mut file| file.write_all(content.expose()));
    }
    let _ = fs::remove_file(&beside);
    Ok(done?)
}

/// Writes a temporary file beside the path.
fn beside(path: &Path, content: &Secret, unique: [u8; 16]) -> Result<PathBuf, FileError> {
    let name = path.file_name().ok_or(FileError::NotAFile)?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{:032x}.tmp", u128::from_ne_bytes(unique)));
    let beside = path.with_file_name(beside);
    let mut file = access::create_private(&beside)?;
    let done = file.write_all(content.expose());
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done?;
    Ok(beside)
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
