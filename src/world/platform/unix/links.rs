//! Further names of this program: symbolic links.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whether a file is this program or a link to it.
#[must_use]
pub fn is_this(file: &Path, program: &Path) -> bool {
    fs::canonicalize(file).is_ok_and(|real| real == program)
}

/// The target of a link that leads to nothing, or the program that such a link was made of.
#[must_use]
pub fn dangling(link: &Path) -> Option<PathBuf> {
    let is_link = fs::symlink_metadata(link).is_ok_and(|metadata| metadata.is_symlink());
    let leads = fs::canonicalize(link).is_ok();
    fs::read_link(link).ok().filter(|_| is_link && !leads)
}

/// Whether a file that is this program is a link, not the program itself.
#[must_use]
pub fn is_link(link: &Path, _: &Path) -> bool {
    fs::symlink_metadata(link).is_ok_and(|metadata| metadata.is_symlink())
}

/// Creates a link. One beside the program stays right if the folder is moved.
///
/// # Errors
/// The system's error.
pub fn create(link: &Path, program: &Path) -> io::Result<()> {
    let beside = program.parent() == link.parent();
    let target = match program.file_name().filter(|_| beside) {
        Some(name) => Path::new(name),
        None => program,
    };
    std::os::unix::fs::symlink(target, link)
}
