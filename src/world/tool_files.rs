//! The configuration files of tools, for `keyfob setup`.
//!
//! A file is replaced atomically, through symbolic links and with its mode. Nothing is written to a
//! file that another user owns, that is read-only, or that has changed since it was read. The tool
//! itself edits a private copy of the file, which is removed afterwards.

mod copies;
mod guard;
mod links;
mod replace;

use std::fs;
use std::path::{Component, Path, PathBuf};

use replace::{create_folders, obstacle, write};

use super::files::{self, FileError};
use super::programs::ProgramError;
use super::prompt::Prompting;
use super::system::System;
use super::{Loading, Random, Terminal};

/// Steps of a tool on private copies of its configuration files. `{root}` in a value or a word is
/// replaced with the folder of the copies: the copy of `/home/you/file` is
/// `{root}/home/you/file`, so that relative paths in the file keep their meaning.
#[derive(Debug, Default, Clone)]
pub struct Rehearsal {
    /// The files, by absolute path, with their content; `None` for a file that does not exist.
    pub files: Vec<(PathBuf, Option<String>)>,
    /// Environment variables that differ from this process's; an empty value unsets the variable.
    pub variables: Vec<(String, String)>,
    /// The command lines, run one after another whatever their exit status.
    pub steps: Vec<Vec<String>>,
}

/// What the steps of a [`Rehearsal`] did.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// The content of each file afterwards. It may hold secrets.
    pub files: Vec<Option<String>>,
    /// The standard output of each step. It may hold secrets.
    pub outputs: Vec<Result<String, ProgramError>>,
}

impl Rehearsed {
    /// Why the first step that failed did.
    #[must_use]
    pub fn failure(&self) -> Option<&ProgramError> {
        self.outputs.iter().find_map(|output| output.as_ref().err())
    }
}

/// What the file of a program ends in.
pub const PROGRAM_ENDING: &str = std::env::consts::EXE_SUFFIX;

/// The place of a file's copy below the folder of the copies: its absolute path, with a folder for
/// the drive or the share.
#[must_use]
pub fn below(path: &Path) -> PathBuf {
    let mut below = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Prefix(drive) => below.push(folder_of(&drive.as_os_str().to_string_lossy())),
            Component::RootDir => {}
            part => below.push(part),
        }
    }
    below
}

/// A folder's name for a drive or a share.
fn folder_of(drive: &str) -> String {
    drive.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What lies at the place of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtLink {
    /// Nothing.
    Nothing,
    /// A link to this program, or the program itself.
    Ours,
    /// A link of keyfob's to a program that does not exist any more.
    Dangling,
    /// Something else.
    Another,
}

/// The configuration files of tools, and the links to this program.
pub trait ToolFiles {
    /// The content of a file; `None` if it does not exist. It may hold secrets.
    ///
    /// # Errors
    /// [`FileError`]: it is not a regular file of at most 1 MiB, not UTF-8, cannot be read, or is a
    /// symbolic link to a file that does not exist.
    fn read_tool_file(&self, path: &Path) -> Result<Option<String>, FileError>;

    /// Why a file cannot be replaced or created, if so. With `folders`, missing folders are no
    /// reason, because they would be created.
    fn obstacle(&self, path: &Path, folders: bool) -> Option<FileError>;

    /// Replaces, creates (0600) or removes a file, and returns the folders that were created for
    /// it (0700).
    ///
    /// # Errors
    /// [`FileError`]: the content is not `before` any more, or the file cannot be written. It then
    /// stays as it was.
    fn replace_tool_file(
        &self,
        path: &Path,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<Vec<PathBuf>, FileError>;

    /// Removes these folders, as far as they are empty.
    fn remove_empty_folders(&self, folders: &[PathBuf]);

    /// The JSON files of a folder with their content. Those that cannot be read are left out, and
    /// so are those that another user could have written.
    fn json_files(&self, folder: &Path) -> Vec<(PathBuf, String)>;

    /// What lies at the place of a link.
    fn at_link(&self, link: &Path) -> AtLink;

    /// Creates a link to this program, or replaces one that dangles. Returns the folders that were
    /// created for it (0700).
    ///
    /// # Errors
    /// [`FileError`]: something else lies there, or the folder cannot be written.
    fn create_link(&self, link: &Path, program: &Path) -> Result<Vec<PathBuf>, FileError>;

    /// Removes a link to this program.
    ///
    /// # Errors
    /// [`FileError`]: it is not a link of ours, or the folder cannot be written.
    fn remove_link(&self, link: &Path) -> Result<(), FileError>;

    /// Runs steps on private copies.
    ///
    /// # Errors
    /// [`FileError`]: the copies cannot be written or read.
    fn rehearse(&self, rehearsal: &Rehearsal) -> Result<Rehearsed, FileError>;

    /// The absolute path under which this program will still be found after an update: its entry on
    /// PATH, else the path under which it was started, else its file.
    fn own_program(&self) -> Option<PathBuf>;
}

/// Effects for setting a tool up.
pub trait Configuring: Loading + Terminal + Prompting + Random + ToolFiles {}

impl<T: Loading + Terminal + Prompting + Random + ToolFiles> Configuring for T {}

/// The error of a file that has another content than the one that was shown.
const CHANGED: &str = "it has changed meanwhile; nothing was written, run the command again";

impl ToolFiles for System {
    fn read_tool_file(&self, path: &Path) -> Result<Option<String>, FileError> {
        read(path)
    }

    fn obstacle(&self, path: &Path, folders: bool) -> Option<FileError> {
        obstacle(path, folders).err()
    }

    fn replace_tool_file(
        &self,
        path: &Path,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<Vec<PathBuf>, FileError> {
        obstacle(path, true)?;
        if read(path)?.as_deref() != before {
            return Err(FileError::Failed(CHANGED.to_owned()));
        }
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let Some(after) = after else {
            fs::remove_file(&real)?;
            return Ok(Vec::new());
        };
        let folders = create_folders(&real)?;
        write(&real, after, self.random())?;
        Ok(folders)
    }

    fn remove_empty_folders(&self, folders: &[PathBuf]) {
        for folder in folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }

    fn json_files(&self, folder: &Path) -> Vec<(PathBuf, String)> {
        let named = files::json_files(folder).unwrap_or_default().into_iter();
        named
            .filter_map(|(_, path)| {
                let bytes = files::read_config(&path, Some(folder)).ok()?;
                Some((path, String::from_utf8(bytes).ok()?))
            })
            .collect()
    }

    fn at_link(&self, link: &Path) -> AtLink {
        links::at(link)
    }

    fn create_link(&self, link: &Path, program: &Path) -> Result<Vec<PathBuf>, FileError> {
        let folders = create_folders(link)?;
        links::create(link, program)?;
        Ok(folders)
    }

    fn remove_link(&self, link: &Path) -> Result<(), FileError> {
        links::remove(link)
    }

    fn rehearse(&self, rehearsal: &Rehearsal) -> Result<Rehearsed, FileError> {
        copies::rehearse(rehearsal, self.random())
    }

    fn own_program(&self) -> Option<PathBuf> {
        links::own_program()
    }
}

fn read(path: &Path) -> Result<Option<String>, FileError> {
    let bytes = match files::read(path) {
        Ok(mut bytes) => std::mem::take(&mut *bytes),
        Err(FileError::Missing) if fs::symlink_metadata(path).is_ok() => {
            let why = "it is a symbolic link to a file that does not exist";
            return Err(FileError::Failed(why.to_owned()));
        }
        Err(FileError::Missing) => return Ok(None),
        Err(why) => return Err(why),
    };
    let text = String::from_utf8(bytes);
    text.map(Some)
        .map_err(|_| FileError::Failed("it is not UTF-8".to_owned()))
}
