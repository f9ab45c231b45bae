//! Files that root alone could have written: what an administrator says of this machine.

use std::path::Path;

use zeroize::Zeroizing;

use super::{FileError, content, open};

/// The content of a file that root alone could have written or replaced.
///
/// # Errors
/// [`FileError`]: as for [`read`], or another user owns the file or its folder, or can write it.
pub fn read_roots(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    if let Some(folder) = path.parent() {
        roots(
            &std::fs::metadata(folder)?,
            "its folder is not root's alone",
        )?;
    }
    let file = open(path)?;
    roots(&file.metadata()?, "it is not root's alone")?;
    content(file)
}

#[cfg(unix)]
fn roots(metadata: &std::fs::Metadata, why: &'static str) -> Result<(), FileError> {
    use std::os::unix::fs::MetadataExt as _;
    match metadata.uid() == 0 && metadata.mode() & 0o022 == 0 {
        true => Ok(()),
        false => Err(FileError::Anothers(why)),
    }
}

/// There is no such file on this system.
#[cfg(not(unix))]
fn roots(_: &std::fs::Metadata, _: &'static str) -> Result<(), FileError> {
    Err(FileError::Missing)
}
