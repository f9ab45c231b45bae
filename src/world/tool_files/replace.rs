//! Replaces a file atomically, through symbolic links and with its mode.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::super::files::{FileError, check_name};
use crate::world::platform::access;
use crate::world::platform::replace::rename;
use crate::world::platform::rights::Owner;

/// Checks that a file can be replaced or created.
pub(super) fn obstacle(path: &Path, folders: bool) -> Result<(), FileError> {
    let failed = |why: String| Err(FileError::Failed(why));
    check_name(path)?;
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
                Some(there) if is_anothers(there) => {
                    Err(FileError::Anothers(ANOTHERS_FOLDER.into()))
                }
                Some(there) if !access::is_writable(there) => {
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
    if !access::may_replace(access::owner(path, &metadata)) {
        return Err(FileError::Anothers("another user owns it".into()));
    }
    if let Some(why) = access::read_only(&metadata) {
        return failed(why.to_owned());
    }
    let real = fs::canonicalize(path)?;
    match real.parent() {
        Some(folder) if is_anothers(folder) => Err(FileError::Anothers(ANOTHERS_FOLDER.into())),
        Some(folder) if !access::is_writable(folder) => {
            failed(format!("its folder {} cannot be written", folder.display()))
        }
        _ => Ok(()),
    }
}

const ANOTHERS_FOLDER: &str =
    "its folder is another user's, as with `sudo -E`: run it as that user";

/// Whether a folder is neither this user's nor the system's.
fn is_anothers(folder: &Path) -> bool {
    let metadata = fs::metadata(folder);
    metadata.is_ok_and(|metadata| access::owner(folder, &metadata) == Owner::Another)
}

/// Creates the missing folders above a file, and returns them from the outermost to the innermost.
pub(super) fn create_folders(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let above = path.ancestors().skip(1);
    let missing: Vec<&Path> = above.take_while(|folder| !folder.exists()).collect();
    let mut created = Vec::new();
    for folder in missing.into_iter().rev() {
        access::create_private_folder(folder, false)?;
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
    let mut file = access::create_private(&beside)?;
    let done = file
        .write_all(content.as_bytes())
        .and_then(|()| access::resemble(&file, path))
        .and_then(|()| file.sync_all());
    drop(file);
    let done = done.and_then(|()| rename(&beside, path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(done?)
}
