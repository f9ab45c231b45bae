//! The files of specs and presets, in the user's configuration folder and in those of the machine,
//! and the administrator's policy.
//!
//! The folders, the most important first, as the XDG Base Directory Specification orders them
//! (<https://specifications.freedesktop.org/basedir-spec/latest/>): the user's own, the machine's
//! (`/etc/keyfob`, or `keyfob` in Windows' folder ProgramData), then `keyfob` below each absolute
//! folder of `XDG_CONFIG_DIRS`, if it is set. The machine's takes the place of the default
//! `/etc/xdg`. A name in an earlier folder hides it in a later one.

use std::path::{Path, PathBuf};

use super::files::{self, FileError};
use super::folders;
use super::machine::{System, variable};
use super::platform::{access, folders as system, program_data};
use crate::spec::policy::Policy;

/// The folder of the machine's own specs and of its policy.
#[must_use]
pub fn machine() -> &'static str {
    system::machine()
}

/// The policy. It counts in the machine's folder alone.
#[must_use]
pub fn policy_file() -> &'static str {
    system::policy()
}

/// A file in a configuration folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecFile {
    /// The file's name without `.json`.
    pub name: String,
    /// The file's content, or why it cannot be read.
    pub content: Result<Vec<u8>, FileError>,
    /// The file's path.
    pub path: PathBuf,
}

/// The files of specs and presets, and the folders that hold them.
pub trait SpecFiles {
    /// The content of a spec's or preset's file.
    ///
    /// # Errors
    /// [`FileError`]: the file cannot be read, or another user could have written it.
    fn read_config(&self, path: &Path) -> Result<Vec<u8>, FileError>;

    /// The user's configuration folder, an absolute path. `None` if the environment names none.
    fn config_folder(&self) -> Option<PathBuf>;

    /// The configuration folders of the machine, the most important first. They need not exist.
    fn machine_folders(&self) -> Vec<PathBuf>;

    /// Every spec in the configuration folders, sorted by name. Of two with one name, the one in
    /// the more important folder.
    ///
    /// # Errors
    /// [`FileError`]: a folder exists and cannot be read.
    fn spec_files(&self) -> Result<Vec<SpecFile>, FileError>;

    /// The names of the presets in `providers` in the configuration folders, sorted.
    fn preset_names(&self) -> Vec<String>;

    /// The administrator's policy. `None` if there is none.
    ///
    /// # Errors
    /// A clause that says why the policy cannot be used. Then nothing may be done.
    fn policy(&self) -> Result<Option<&Policy>, &str>;
}

/// Whether a folder is the machine's own: the administrator decides what is there. None below it
/// is, because that may be a symbolic link to a user's folder.
#[must_use]
pub fn is_machines(folder: &Path) -> bool {
    folder == Path::new(machine())
}

impl SpecFiles for System {
    fn read_config(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let own = self.config_folder().filter(|own| path.starts_with(own));
        let folder = own.or_else(|| {
            let mut folders = self.machine_folders().into_iter();
            folders.find(|folder| path.starts_with(folder))
        });
        files::read_config(path, folder.as_deref())
    }

    fn config_folder(&self) -> Option<PathBuf> {
        folders::configuration(&variable)
    }

    fn machine_folders(&self) -> Vec<PathBuf> {
        let machine = self.has_machine_folder().then(|| PathBuf::from(machine()));
        let mut folders = Vec::from_iter(machine);
        if let Some(listed) = variable("XDG_CONFIG_DIRS") {
            let listed = std::env::split_paths(&listed).filter(|path| path.is_absolute());
            folders.extend(listed.map(|path| path.join("keyfob")));
        }
        folders
    }

    fn spec_files(&self) -> Result<Vec<SpecFile>, FileError> {
        let mut specs: Vec<SpecFile> = Vec::new();
        for folder in self.folders() {
            let before = specs.len();
            for (name, path) in files::json_files(&folder)? {
                let mut earlier = specs.iter().take(before);
                if path != Path::new(policy_file()) && !earlier.any(|spec| spec.name == name) {
                    specs.push(SpecFile {
                        name,
                        content: files::read_config(&path, Some(&folder)),
                        path,
                    });
                }
            }
        }
        specs.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(specs)
    }

    fn preset_names(&self) -> Vec<String> {
        let below = |folder: PathBuf| files::json_files(&folder.join("providers"));
        let files = self
            .folders()
            .into_iter()
            .filter_map(|folder| below(folder).ok());
        let mut names: Vec<String> = files.flatten().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        names
    }

    fn policy(&self) -> Result<Option<&Policy>, &str> {
        let policy = self.policy.get_or_init(|| match self.has_machine_folder() {
            false => Ok(None),
            true => read_policy(),
        });
        policy.as_ref().map(Option::as_ref).map_err(String::as_str)
    }
}

impl System {
    /// The JSON files whose names are not UTF-8: no name can mean them.
    pub(super) fn misnamed(&self) -> Vec<PathBuf> {
        let paths = |folder: PathBuf| {
            let items = std::fs::read_dir(folder).into_iter().flatten();
            items.filter_map(|item| Some(item.ok()?.path()))
        };
        let is_misnamed = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default();
            name.to_str().is_none() && name.as_encoded_bytes().ends_with(b".json")
        };
        let all = self.folders().into_iter().flat_map(paths);
        all.filter(is_misnamed).collect()
    }

    /// Looked up once. A folder that cannot be examined is there: its policy counts. So is a
    /// symbolic link to nothing. Where ordinary users can make the folder, one that is not an
    /// administrator's counts no more than one that is missing.
    fn has_machine_folder(&self) -> bool {
        *self
            .has_machine_folder
            .get_or_init(|| match std::fs::symlink_metadata(machine()) {
                Err(why) => why.kind() != std::io::ErrorKind::NotFound,
                Ok(metadata) => !system::users_make_machine() || !is_planted(&metadata),
            })
    }

    /// The folder that stands in the place of the machine's, if an ordinary user can have made it.
    pub(super) fn planted(&self) -> Option<&'static str> {
        let metadata = std::fs::symlink_metadata(machine()).ok();
        let is_planted = |it| system::users_make_machine() && is_planted(&it);
        metadata.is_some_and(is_planted).then(machine)
    }

    /// Every folder, the most important first. Where the user's own specs do not count, they come
    /// last: they hide nothing, and are refused when they are used.
    fn folders(&self) -> Vec<PathBuf> {
        let own = self.config_folder();
        let machine = self.machine_folders();
        let machine = machine
            .into_iter()
            .filter(|folder| own.as_ref() != Some(folder));
        let mut folders: Vec<PathBuf> = own.iter().cloned().chain(machine).collect();
        if self
            .policy()
            .is_ok_and(|it| it.is_some_and(|it| !it.user_specs))
        {
            folders.sort_by_key(|folder| !is_machines(folder));
        }
        folders
    }
}

/// Whether an ordinary user has put something in the place of the machine's folder. A link, as a
/// junction is one, is judged by itself.
fn is_planted(folder: &std::fs::Metadata) -> bool {
    let owner = access::owner(Path::new(machine()), folder);
    program_data::is_planted(owner, folder.is_symlink(), || {
        let policy = Path::new(policy_file());
        let metadata = std::fs::symlink_metadata(policy).ok()?;
        Some(access::owner(policy, &metadata))
    })
}

fn read_policy() -> Result<Option<Policy>, String> {
    let bytes = match files::read_systems(Path::new(policy_file())) {
        Ok(bytes) => bytes,
        Err(FileError::Missing) => return Ok(None),
        Err(why) => return Err(why.to_string()),
    };
    Policy::parse(&bytes)
        .map(Some)
        .map_err(|why| why.to_string())
}
