//! A file on its way to become an entry: written beside its place and moved there whole.
//!
//! Locked while its writer lives, so that one that can be locked is a dead process's. Never another's: its name is made anew each time.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use super::folder::privately;
use super::{CacheKey, names, private};

/// Names to try: more than there are containers whose processes have the same number.
const NAMES: u32 = 16;

/// The file, and where it is as long as it is no entry.
pub(super) struct Temporary(PathBuf, File);

impl Temporary {
    /// An empty one.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn create(folder: &Path, key: &CacheKey) -> Result<Self> {
        let (key, process) = (key.as_str(), std::process::id());
        for number in 0..NAMES {
            let path = folder.join(format!("{key}.{process}-{number}.tmp"));
            let mut options = OpenOptions::new();
            let made = privately(|| private(options.create_new(true).write(true)).open(&path));
            match made {
                Ok(file) if is_kept(&path, &file) => return Ok(Self(path, file)),
                // Taken for a dead process's before it could be locked.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Writes it and moves it to its place.
    ///
    /// # Errors
    /// The system's; the place is then as it was before, and nothing is left.
    pub(super) fn become_entry(mut self, place: &Path, bytes: &[u8]) -> Result<()> {
        let done = self.1.write_all(bytes);
        let done = done.and_then(|()| fs::rename(&self.0, place));
        if done.is_err() {
            let _ = fs::remove_file(&self.0);
        }
        done
    }
}

/// Whether nobody will take the file for a dead process's. Where there are no locks, nobody takes it before it is old.
fn is_kept(path: &Path, file: &File) -> bool {
    cfg!(not(unix))
        || match file.try_lock() {
            Ok(()) => names(path, file),
            Err(fs::TryLockError::WouldBlock) => false,
            Err(fs::TryLockError::Error(_)) => true,
        }
}
