//! A temporary file for a new entry, which is renamed once it is complete.
//!
//! Its writer holds a lock on it. A temporary file that can be locked was therefore left by a dead
//! process, and may be removed. It is created under an unused name, so that two writers never share
//! a file.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use super::CacheKey;
use crate::world::platform::access::{private, privately};
use crate::world::platform::replace::{claim, rename};

/// Names to try before giving up. Containers that share the folder may have equal process ids.
const NAMES: u32 = 16;

/// The file, and its path until it is renamed.
pub(super) struct Temporary(PathBuf, File);

impl Temporary {
    /// Creates an empty file and locks it.
    ///
    /// # Errors
    /// The file cannot be created.
    pub(super) fn create(folder: &Path, key: &CacheKey) -> Result<Self> {
        let (key, process) = (key.as_str(), std::process::id());
        for number in 0..NAMES {
            let path = folder.join(format!("{key}.{process}-{number}.tmp"));
            let mut options = OpenOptions::new();
            let made = privately(|| private(options.create_new(true).write(true)).open(&path));
            match made {
                Ok(file) if claim(&path, &file) => return Ok(Self(path, file)),
                // Another process removed it before it was locked: try another name.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Writes the content, and renames the file to its final path.
    ///
    /// # Errors
    /// The file cannot be written or renamed. The old entry then stays, and the temporary file is
    /// removed.
    pub(super) fn write_and_rename(mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let done = self.1.write_all(bytes);
        let done = done.and_then(|()| rename(&self.0, path));
        if done.is_err() {
            let _ = fs::remove_file(&self.0);
        }
        done
    }
}
