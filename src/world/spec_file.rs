//! Writes the file of a spec: complete or not at all, and only its owner can read it.

use std::fs;
use std::path::Path;

use super::files::FileError;
use super::platform::access;
use super::system::System;
use super::{Random as _, SpecFiles as _, output_file};
use crate::credential::Secret;

/// What a spec's file was read as.
pub type FileContent = Result<Vec<u8>, FileError>;

/// The problem of a file that somebody changed after it was read.
pub const CHANGED: &str = "it has changed meanwhile";

/// Spec files that a person has keyfob write.
pub trait SpecWriting {
    /// Writes a spec's file. Its folder is created if it is missing. A file that is there is
    /// replaced only if it reads as `before`; the file behind a symbolic link is replaced, not the
    /// link.
    ///
    /// # Errors
    /// [`FileError`]: the file has changed, or cannot be written.
    fn write_spec(&self, path: &Path, text: &str, before: &FileContent) -> Result<(), FileError>;
}

impl SpecWriting for System {
    fn write_spec(&self, path: &Path, text: &str, before: &FileContent) -> Result<(), FileError> {
        if self.read_config(path) != *before {
            return Err(FileError::Failed(CHANGED.to_owned()));
        }
        if let Some(folder) = path.parent() {
            access::create_private_folder(folder, true)?;
        }
        let (content, unique) = (Secret::joined(&[text]), self.random());
        if *before == Err(FileError::Missing) {
            return output_file::create(path, &content, unique);
        }
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        output_file::replace(&path, &content, unique)
    }
}
