//! Writes the file of a spec: complete or not at all, and only its owner can read it.

use std::fs;
use std::path::Path;

use super::files::FileError;
use super::system::System;
use super::{Random as _, output_file};
use crate::credential::Secret;

/// Spec files that a person has keyfob write.
pub trait SpecWriting {
    /// Writes a spec's file. Its folder is created if it is missing. Another file is replaced only
    /// if `replace` is set; the file behind a symbolic link is replaced, not the link.
    ///
    /// # Errors
    /// [`FileError`]: the file exists already, or cannot be written.
    fn write_spec(&self, path: &Path, text: &str, replace: bool) -> Result<(), FileError>;
}

impl SpecWriting for System {
    fn write_spec(&self, path: &Path, text: &str, replace: bool) -> Result<(), FileError> {
        if let Some(folder) = path.parent() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder)?;
        }
        let (content, unique) = (Secret::joined(&[text]), self.random());
        match replace {
            true => {
                let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                output_file::replace(&path, &content, unique)
            }
            false => output_file::create(path, &content, unique),
        }
    }
}
