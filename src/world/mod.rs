//! All effects, behind small traits: one for the clock, the environment, the keyring and so on.
//!
//! A function takes the narrowest one that it needs, so its signature says which effects it may have.
//! Where it needs several, the traits at the end of this file name what belongs together. The traits of
//! the cache folder are in `cache`, that of the parent process is in `process`.

pub mod cache;
pub mod files;
pub mod http;
pub mod keyring;
pub mod log;
mod machine;
pub mod output_file;
pub mod process;
pub mod programs;
#[cfg(all(unix, not(target_os = "macos")))]
pub mod secret_service;
pub mod system;
mod system_cache;
pub mod terminal;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::credential::Secret;
use crate::http::{Request, Response, Transport};
use crate::protocol::Until;
use crate::source::{Command, KeyringEntry, KeyringKind};
use crate::time::Timestamp;
use cache::{Deliveries, FailureNotes, LookupNotes, SecretChanges, TokenCache};
use files::FileError;
use keyring::KeyringError;
use process::ParentProcess;
use programs::ProgramError;

/// How long the outside may take.
pub mod limits {
    use std::time::Duration;

    /// Longest wait for a keyring.
    pub const KEYRING: Duration = Duration::from_secs(3);
    /// Longest run of a `command` source, unless the spec says another.
    pub const PROGRAM: Duration = Duration::from_secs(10);
}

/// A file of the configuration folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecFile {
    /// The file's name without `.json`.
    pub name: String,
    /// Its content, or why it cannot be read.
    pub content: Result<Vec<u8>, FileError>,
    /// The file.
    pub path: PathBuf,
}

/// The time.
pub trait Clock {
    /// The time, from the system's clock.
    fn now(&self) -> Timestamp;

    /// Time since this process started, on a clock that never jumps.
    fn elapsed(&self) -> Duration;

    /// The time in milliseconds since 1970.
    fn now_millis(&self) -> u64 {
        u64::try_from(self.now().unix())
            .unwrap_or_default()
            .saturating_mul(1000)
    }

    /// When this process started, in milliseconds since 1970.
    fn started_at(&self) -> u64 {
        self.now_millis()
            .saturating_sub(u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Waits.
    fn sleep(&self, span: Duration);
}

/// Randomness.
pub trait Random {
    /// Sixteen bytes that nobody can guess.
    fn random(&self) -> [u8; 16];
}

/// The log that `KEYFOB_LOG` and `-v` switch on.
pub trait Log {
    /// Logs a step. It never holds a secret, and is worded only where the log is on.
    fn log(&self, step: &dyn Fn() -> String);
}

/// What this process was started with.
pub trait Environment {
    /// An environment variable that is set, not empty and UTF-8.
    fn variable(&self, name: &str) -> Option<String>;

    /// An environment variable that is set and not empty, whatever bytes it holds.
    fn secret_variable(&self, name: &str) -> Option<Secret>;

    /// The folder in which this process runs.
    fn working_directory(&self) -> Option<PathBuf>;

    /// A program of that name in the folders of PATH, as far as these are absolute.
    fn find_program(&self, name: &str) -> Option<PathBuf>;
}

/// Standard input and output, and the person at the terminal.
pub trait Terminal {
    /// Standard input, at most 1 MiB of it.
    ///
    /// # Errors
    /// Too much of it, closed, or a terminal where no person is expected.
    fn read_stdin(&self, until: Until) -> Result<Secret, String>;

    /// Writes to standard output at once, before the reply.
    ///
    /// # Errors
    /// It cannot be written, in words.
    fn write_stdout(&self, bytes: &[u8]) -> Result<(), String>;

    /// A line from the terminal, not echoed; `None` where there is no terminal.
    ///
    /// # Errors
    /// The terminal's, or the person broke it off.
    fn prompt(&self, prompt: &str) -> Option<Result<Secret, String>>;

    /// Whether a person could be typing into standard input.
    fn is_terminal(&self) -> bool;
}

/// Files that a spec names.
pub trait Files {
    /// A file with a value in it, of at most 1 MiB.
    ///
    /// # Errors
    /// [`FileError`].
    fn read_value(&self, path: &Path) -> Result<Secret, FileError>;
}

/// Files that are written beside the reply.
pub trait OutputFiles {
    /// Puts a file in place whole, readable by its owner alone.
    ///
    /// # Errors
    /// [`FileError`]; what was there before is as it was.
    fn replace_file(&self, path: &Path, content: &Secret) -> Result<(), FileError>;

    /// Adds to the end of a file that is there.
    ///
    /// # Errors
    /// [`FileError`].
    fn append_to_file(&self, path: &Path, content: &Secret) -> Result<(), FileError>;
}

/// Specs and presets, wherever they are, and the configuration folder.
pub trait SpecFiles {
    /// A spec or preset, refused where somebody else could have written it.
    ///
    /// # Errors
    /// [`FileError`].
    fn read_config(&self, path: &Path) -> Result<Vec<u8>, FileError>;

    /// The configuration folder, where the environment names one: an absolute path.
    fn config_folder(&self) -> Option<PathBuf>;

    /// Every spec of the configuration folder, in the order of their names.
    ///
    /// # Errors
    /// The folder is there and cannot be read.
    fn spec_files(&self) -> Result<Vec<SpecFile>, FileError>;

    /// Names of the presets in the configuration folder's `providers`, in order.
    fn preset_names(&self) -> Vec<String>;
}

/// Other programs.
pub trait Programs {
    /// What a program prints that ends within `limit`.
    ///
    /// # Errors
    /// [`ProgramError`].
    fn run(&self, command: &Command, limit: Duration) -> Result<Secret, ProgramError>;

    /// Runs a program to its end with one more variable in its environment; returns its exit status.
    ///
    /// # Errors
    /// [`ProgramError`]: it cannot be started.
    fn run_with_variable(
        &self,
        program: &OsString,
        arguments: &[OsString],
        variable: &str,
        value: &Secret,
    ) -> Result<u8, ProgramError>;
}

/// The OS keyring. Missing, locked and unavailable are told apart.
pub trait Keyring {
    /// Reads an entry.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn read_secret(&self, entry: &KeyringEntry) -> Result<Secret, KeyringError>;

    /// Writes an entry.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn write_secret(&self, entry: &KeyringEntry, secret: &Secret) -> Result<(), KeyringError>;

    /// Removes an entry.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn remove_secret(&self, entry: &KeyringEntry) -> Result<(), KeyringError>;

    /// Names of keyfob's entries.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn secret_names(&self, kind: KeyringKind) -> Result<Vec<String>, KeyringError>;

    /// Which keyring that is, in words.
    fn keyring_name(&self, kind: KeyringKind) -> &'static str;
}

/// The network.
pub trait Network {
    /// One try to send a request.
    ///
    /// # Errors
    /// [`http::Failure`], which says whether the request may have arrived.
    fn send(
        &self,
        request: &Request,
        transport: &Transport,
        budget: Duration,
    ) -> Result<Response, http::Failure>;
}

/// What `keyfob doctor` inspects, and nothing else.
pub trait Diagnosis {
    /// The cache's folder.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    fn cache_folder(&self) -> Result<PathBuf, cache::Unusable>;

    /// Which roots TLS trusts, in words, and how many; the number is unknown for those built in.
    ///
    /// # Errors
    /// They cannot be used, in words.
    fn trusted_roots(&self) -> Result<(String, Option<usize>), String>;
}

/// Loads a spec that is named.
pub trait Loading: Environment + SpecFiles {}

/// Loads a spec and those below it, and makes their keys.
pub trait Resolving: Loading + Files {}

/// Finds the spec that lists a caller's target.
pub trait Finding: Resolving + LookupNotes + Log {}

/// Opens a source.
pub trait Opening: Environment + Files + Keyring + Programs + Random + Log {}

/// Obtains a token, from the cache or from the provider.
pub trait Obtaining:
    Resolving + Opening + Clock + Network + TokenCache + SecretChanges + Deliveries + ParentProcess
{
}

/// Does what a person types.
pub trait Commanding: Obtaining + Terminal + OutputFiles {}

/// Everything that the program does to, or learns from, the outside.
pub trait World: Commanding + Finding + FailureNotes + Diagnosis {}

impl<T: Environment + SpecFiles> Loading for T {}
impl<T: Loading + Files> Resolving for T {}
impl<T: Resolving + LookupNotes + Log> Finding for T {}
impl<T: Environment + Files + Keyring + Programs + Random + Log> Opening for T {}
impl<T> Obtaining for T where
    T: Resolving
        + Opening
        + Clock
        + Network
        + TokenCache
        + SecretChanges
        + Deliveries
        + ParentProcess
{
}
impl<T: Obtaining + Terminal + OutputFiles> Commanding for T {}
impl<T: Commanding + Finding + FailureNotes + Diagnosis> World for T {}
