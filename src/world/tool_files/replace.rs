//! Replaces a file atomically, through symbolic links and with its mode.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::super::files::{self, FileError};

/// Checks that a file can be replaced or created.
pub(super) fn obstacle(path: &Path, folders: bool) -> Result<(), FileError> {
    let failed = |why: String| Err(FileError::Failed(why));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let Some(folder) = path.parent() else {
                return Err(FileError::NotAFile);
            };
            let there = folder.ancestors().find(|folder| folder.exists());
            return match there {
                Some(there) if there != folder && !folders => {
                    failed(format!("there is no folder {}", folder.display()))
                }
                Some(there) if !there.is_dir() => {
                    failed(format!("{} is not a folder", there.display()))
                }
                Some(there) if is_anothers(there) => Err(ANOTHERS_FOLDER),
                Some(there) if !files::writable(there) => {
                    failed(format!("the folder {} cannot be written", there.display()))
                }
                _ => Ok(()),
            };
        }
        Err(error) => return Err(error.into()),
    };
    if !metadata.is_file() {
        return Err(FileError::NotAFile);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err(FileError::Anothers("another user owns it"));
        }
        if metadata.mode() & 0o200 == 0 {
            return failed("it is read-only (chmod u+w changes that)".to_owned());
        }
    }
    #[cfg(not(unix))]
    if metadata.permissions().readonly() {
        return failed("it is read-only".to_owned());
    }
    let real = fs::canonicalize(path)?;
    match real.parent() {
        Some(folder) if is_anothers(folder) => Err(ANOTHERS_FOLDER),
        Some(folder) if !files::writable(folder) => {
            failed(format!("its folder {} cannot be written", folder.display()))
        }
        _ => Ok(()),
    }
}

const ANOTHERS_FOLDER: FileError =
    FileError::Anothers("its folder is another user's, as with `sudo -E`: run it as that user");

/// Whether a folder is neither this user's nor root's.
#[cfg(unix)]
fn is_anothers(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = fs::metadata(folder).map_or(0, |metadata| metadata.uid());
    owner != 0 && owner != rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_anothers(_: &Path) -> bool {
    false
}

/// Creates the missing folders above a file, and returns them from the outermost to the innermost.
pub(super) fn create_folders(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let above = path.ancestors().skip(1);
    let missing: Vec<&Path> = above.take_while(|folder| !folder.exists()).collect();
    let mut created = Vec::new();
    for folder in missing.into_iter().rev() {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        created.push(folder.to_owned());
    }
    Ok(created)
}

/// Writes a file beside `path` and renames it to `path`, with the mode and group of the old file.
pub(super) fn write(path: &Path, content: &str, unique: [u8; 16]) -> Result<(), FileError> {
    let name = path.file_name().ok_or(FileError::NotAFile)?;
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
        .write_all(content.as_bytes())
        .and_then(|()| like(&file, path))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(done?)
}

/// Gives a new file the group and the mode of the file that it replaces, if there is one.
fn like(file: &File, path: &Path) -> std::io::Result<()> {
    let Ok(old) = fs::metadata(path) else {
        return Ok(());
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let group = rustix::fs::Gid::from_raw(old.gid());
        // A user may be no member of the group any more.
        let _ = rustix::fs::fchown(file, None, Some(group));
    }
    file.set_permissions(old.permissions())
}
