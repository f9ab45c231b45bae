//! Files that go with a reply: one that a caller reads before it asks again, and those in which CI runners collect variables.
//!
//! Written only where the caller's own words name the file. A replaced file is there whole or as before and its owner's alone; no folder is made.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::files::FileError;
use crate::credential::Secret;

/// Puts a file in place whole, readable by its owner alone.
///
/// # Errors
/// [`FileError`]; what was there before is as it was, and nothing is left beside it.
pub fn replace(path: &Path, content: &Secret, unique: [u8; 16]) -> Result<(), FileError> {
    let name = path.file_name().ok_or(FileError::NotAFile)?;
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(FileError::NotAFile);
    }
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{:032x}.tmp", u128::from_ne_bytes(unique)));
    let beside = path.with_file_name(beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let done = file
        .write_all(content.expose())
        .and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(done?)
}

/// Adds to the end of a regular file that is there, in one piece.
///
/// # Errors
/// [`FileError`].
pub fn append(path: &Path, content: &Secret) -> Result<(), FileError> {
    let mut file = at_its_end(path)?;
    if !file.metadata()?.is_file() {
        return Err(FileError::NotAFile);
    }
    Ok(file.write_all(content.expose())?)
}

#[cfg(unix)]
fn at_its_end(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    // A FIFO without a reader would make it wait.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new()
        .append(true)
        .custom_flags(flags)
        .open(path)
}

#[cfg(not(unix))]
fn at_its_end(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().append(true).open(path)
}
