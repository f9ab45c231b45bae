//! Files: specs, presets and values, and the folders that hold them.
//!
//! A file is opened without blocking, because a FIFO would block, and is read up to a limit. A file
//! that decides about credentials is refused if another user could have written it. `~` is never
//! expanded, and a folder is never read as a file.

mod roots;

use std::borrow::Cow;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

pub use roots::read_systems;
use zeroize::Zeroizing;

use super::platform::access;
use super::platform::rights::Flaw;

/// Largest file that is read, in bytes.
pub const LARGEST: u64 = 1 << 20;

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// The file does not exist.
    Missing,
    /// It is not a regular file.
    NotAFile,
    /// It is larger than [`LARGEST`].
    TooLarge,
    /// Other users can write it. This user owns it and can change that.
    NotOurs(Cow<'static, str>),
    /// Another user owns it, or root owns it and other users can write it.
    Anothers(Cow<'static, str>),
    /// The system's error.
    Failed(String),
}

impl std::error::Error for FileError {}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such file"),
            Self::NotAFile => f.write_str("it is not a regular file"),
            Self::TooLarge => f.write_str("it is larger than 1 MiB"),
            Self::NotOurs(why) | Self::Anothers(why) => f.write_str(why),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl From<Flaw> for FileError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::NotOurs(why) => Self::NotOurs(why),
            Flaw::Anothers(why) => Self::Anothers(why),
        }
    }
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Self::Missing,
            // The text of a system error may repeat a path, but never a file's content.
            _ => Self::Failed(error.to_string().to_lowercase()),
        }
    }
}

/// Checks that a path is that of a file, whatever may be there.
///
/// # Errors
/// [`FileError::Failed`]: the system would take it for something else.
pub(super) fn check_name(path: &Path) -> Result<(), FileError> {
    access::check_name(path).map_err(|why| FileError::Failed(why.to_owned()))
}

fn open(path: &Path) -> Result<File, FileError> {
    check_name(path)?;
    Ok(access::unblocked(OpenOptions::new().read(true)).open(path)?)
}

/// The content of a regular file, at most [`LARGEST`] bytes. It is wiped when dropped.
///
/// # Errors
/// [`FileError`]: the file is missing, not a regular file, too large or unreadable.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    content(open(path)?)
}

/// The length of a regular file in bytes. It is not opened.
///
/// # Errors
/// [`FileError`]: the file is missing or not a regular file, or its folder cannot be searched.
pub fn status(path: &Path) -> Result<u64, FileError> {
    check_name(path)?;
    let metadata = std::fs::metadata(path)?;
    let length = metadata.is_file().then_some(metadata.len());
    length.ok_or(FileError::NotAFile)
}

/// The content of a spec or preset. In the configuration folder, the folders up to it are checked
/// as well as the file: a user who can replace a file there need not write it.
///
/// # Errors
/// [`FileError`]: as for [`read`], or another user owns the file, can write it or can replace it.
pub fn read_config(path: &Path, configuration: Option<&Path>) -> Result<Vec<u8>, FileError> {
    let file = open(path)?;
    access::check(path, Some(&file), &file.metadata()?)?;
    let mut bytes = content(file)?;
    if let Some(Ok(below)) = configuration.map(|folder| path.strip_prefix(folder)) {
        // The folders from that of the file up to the configuration folder.
        let mut folders = path.ancestors().skip(1).take(below.components().count());
        folders.try_for_each(|folder| -> Result<(), FileError> {
            Ok(access::check_folder(folder, &std::fs::metadata(folder)?)?)
        })?;
    }
    // A spec or preset holds no secret, so it need not be wiped.
    Ok(std::mem::take(&mut *bytes))
}

fn content(file: File) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile);
    }
    if metadata.len() > LARGEST {
        return Err(FileError::TooLarge);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(metadata.len()).unwrap_or_default() + 1,
    ));
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        Err(FileError::TooLarge)
    } else {
        Ok(bytes)
    }
}

/// The names without `.json` and the paths of a folder's JSON files, sorted by name. Hidden files
/// are left out. A folder that does not exist has no files.
///
/// # Errors
/// [`FileError`]: the folder exists and cannot be read, which must not pass for an empty folder.
pub fn json_files(folder: &Path) -> Result<Vec<(String, PathBuf)>, FileError> {
    let named = |item: std::fs::DirEntry| {
        let path = item.path();
        let name = path
            .file_name()?
            .to_str()?
            .strip_suffix(".json")
            .filter(|name| !name.starts_with('.'))?
            .to_owned();
        Some((name, path))
    };
    let items = match std::fs::read_dir(folder).map_err(FileError::from) {
        Err(FileError::Missing) => return Ok(Vec::new()),
        items => items?.collect::<Result<Vec<_>, _>>()?,
    };
    let mut files: Vec<(String, PathBuf)> = items.into_iter().filter_map(named).collect();
    files.sort();
    Ok(files)
}
