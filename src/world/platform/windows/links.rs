//! Further names of this program: copies. A symbolic link takes a privilege on Windows, and no name
//! of a running program can be removed, so that a hard link could not be taken back.
//!
//! An update of the program leaves such a copy behind. `keyfob setup links` makes it anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Larger files are no program of keyfob's.
const LARGEST: u64 = 1 << 26;

/// What every keyfob has in it.
const MARK: &[u8] = b"keyfob: error: ";

fn content(file: &Path) -> Option<Vec<u8>> {
    let metadata = fs::metadata(file).ok()?;
    let may = metadata.is_file() && metadata.len() <= LARGEST;
    may.then(|| fs::read(file).ok())?
}

/// Whether a file is this program, or has its content.
#[must_use]
pub fn is_this(file: &Path, program: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).ok();
    fs::canonicalize(file).is_ok_and(|real| real == program)
        || length(file) == length(program) && {
            let own = content(program);
            own.is_some() && own == content(file)
        }
}

/// The file, if it is a keyfob of another version: a name that an update left behind.
#[must_use]
pub fn dangling(link: &Path) -> Option<PathBuf> {
    let content = content(link)?;
    let is_keyfobs = content.windows(MARK.len()).any(|bytes| bytes == MARK);
    is_keyfobs.then(|| link.to_owned())
}

/// Whether a file that is this program has another name than the program itself.
#[must_use]
pub fn is_link(link: &Path, program: &Path) -> bool {
    let is_symlink = fs::symlink_metadata(link).is_ok_and(|metadata| metadata.is_symlink());
    is_symlink || fs::canonicalize(link).is_ok_and(|real| real != program)
}

/// Creates a copy.
///
/// # Errors
/// The system's error. No part of a copy remains.
pub fn create(link: &Path, program: &Path) -> io::Result<()> {
    let done = fs::copy(program, link).map(drop);
    if done.is_err() {
        let _ = fs::remove_file(link);
    }
    done
}
