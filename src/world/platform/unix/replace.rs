//! Locks, and files that are replaced as a whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::access::private;

/// Renames a file to the place of another one.
///
/// # Errors
/// The system's error; both files then stay.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Removes a file.
///
/// # Errors
/// The system's error.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Opens a lock file, which is created if it does not exist.
///
/// # Errors
/// The system's error.
pub fn open_lock(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().create(true).truncate(false).write(true)).open(path)
}

/// Whether a file cannot be opened because another process has it open.
#[must_use]
pub fn is_in_use(_: &io::Error) -> bool {
    false
}

/// Whether the path still refers to the open file: a lock on a removed file excludes nobody.
#[must_use]
pub fn refers_to(path: &Path, file: &File) -> bool {
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(named), Ok(open)) => (named.dev(), named.ino()) == (open.dev(), open.ino()),
        _ => false,
    }
}

/// Claims a temporary file: whether no other process will remove it as a dead writer's. Where locks
/// do not work, a file is removed only when it is old.
#[must_use]
pub fn claim(path: &Path, file: &File) -> bool {
    match file.try_lock() {
        Ok(()) => refers_to(path, file),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => true,
    }
}

/// Removes a file that no process has locked, while holding its lock: a process that has it open
/// notices that it is gone. Where locks do not work, removes it only if it is old.
pub fn remove_unused(path: &Path, is_old: bool) {
    let Ok(file) = private(OpenOptions::new().write(true)).open(path) else {
        return;
    };
    let abandoned = match file.try_lock() {
        Ok(()) => refers_to(path, &file),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => is_old,
    };
    if abandoned {
        let _ = fs::remove_file(path);
    }
}

/// The state of a folder of more than `large` bytes. It changes when a file is added, removed or
/// renamed. `None` for a smaller folder.
#[must_use]
pub fn folder_state(folder: &Path, large: u64) -> Option<String> {
    let metadata = fs::metadata(folder).ok()?;
    let (device, inode) = (metadata.dev(), metadata.ino());
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    (metadata.len() > large).then(|| format!("{device} {inode} {changed:?}"))
}
