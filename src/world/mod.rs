//! All effects, behind small traits: one for the clock, the environment, the keyring and so on.
//!
//! A function takes the narrowest trait that it needs, so its signature says which effects it may
//! have. The traits at the end of this file combine those that are needed together. The traits of
//! the cache folder are in `cache`, those of the parent process and the screen in their files.

pub mod cache;
pub mod files;
pub mod folders;
pub mod http;
pub mod inspection;
pub mod keyring;
pub mod log;
mod machine;
pub mod output_file;
pub mod platform;
pub mod process;
pub mod programs;
pub mod prompt;
pub mod screen;
pub mod spec_file;
pub mod specs;
pub mod system;
mod system_cache;
pub mod terminal;
pub mod tool_files;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::credential::Secret;
use crate::http::{Request, Response, Transport};
use crate::source::{Command, KeyringEntry};
use crate::time::Timestamp;
use cache::{Deliveries, FailureNotes, LookupNotes, SecretChanges, TokenCache};
use files::FileError;
use inspection::{Examining, KeyringNames};
use keyring::KeyringError;
use process::ParentProcess;
use programs::ProgramError;
use programs::installed::InstalledProgram;
use prompt::Prompting;
use spec_file::SpecWriting;
pub use specs::{SpecFile, SpecFiles};
pub use terminal::Terminal;

/// Time limits for effects.
pub mod limits {
    use std::time::Duration;

    /// Default limit for the run of a `command` source.
    pub const PROGRAM: Duration = Duration::from_secs(10);
}

/// The clock, and waiting.
pub trait Clock {
    /// The current time of the system's clock.
    fn now(&self) -> Timestamp;

    /// The time since this process started, on a monotonic clock.
    fn elapsed(&self) -> Duration;

    /// The current time in milliseconds since 1970.
    fn now_millis(&self) -> u64 {
        u64::try_from(self.now().unix())
            .unwrap_or_default()
            .saturating_mul(1000)
    }

    /// The time at which this process started, in milliseconds since 1970.
    fn started_at(&self) -> u64 {
        self.now_millis()
            .saturating_sub(u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Waits for this long.
    fn sleep(&self, span: Duration);
}

/// Random numbers.
pub trait Random {
    /// Sixteen unpredictable bytes.
    fn random(&self) -> [u8; 16];
}

/// The log that `KEYFOB_LOG` and `-v` switch on.
pub trait Log {
    /// Logs a step. `step` is called only if the log is on, and its text never holds a secret.
    fn log(&self, step: &dyn Fn() -> String);
}

/// The environment in which this process was started.
pub trait Environment {
    /// An environment variable that is set, not empty and valid UTF-8.
    fn variable(&self, name: &str) -> Option<String>;

    /// An environment variable that is set and not empty, whatever bytes it holds.
    fn secret_variable(&self, name: &str) -> Option<Secret>;

    /// The working directory of this process.
    fn working_directory(&self) -> Option<PathBuf>;

    /// The first program of this name in the absolute folders of PATH.
    fn find_program(&self, name: &str) -> Option<PathBuf>;
}

/// Files that a spec names.
pub trait Files {
    /// The content of a file that holds a value, at most 1 MiB.
    ///
    /// # Errors
    /// [`FileError`]: the file is missing, not a regular file, too large or unreadable.
    fn read_value(&self, path: &Path) -> Result<Secret, FileError>;
}

/// Files that are written in addition to the reply.
pub trait OutputFiles {
    /// Replaces a file atomically. Only its owner can read the new file.
    ///
    /// # Errors
    /// [`FileError`]: the file cannot be written. An existing file then stays as it was.
    fn replace_file(&self, path: &Path, content: &Secret) -> Result<(), FileError>;

    /// Appends to an existing file.
    ///
    /// # Errors
    /// [`FileError`]: the file is missing, not a regular file, or cannot be written.
    fn append_to_file(&self, path: &Path, content: &Secret) -> Result<(), FileError>;
}

/// Other programs.
pub trait Programs {
    /// Runs a command and returns its standard output.
    ///
    /// # Errors
    /// [`ProgramError`]: it cannot be started, fails, prints too much or exceeds `limit`.
    fn run(&self, command: &Command, limit: Duration) -> Result<Secret, ProgramError>;

    /// Runs a program with one more environment variable, and returns its exit status.
    ///
    /// # Errors
    /// [`ProgramError`]: it cannot be started.
    fn run_with_variable(
        &self,
        program: &OsString,
        arguments: &[OsString],
        variable: &str,
        value: &Secret,
    ) -> Result<i32, ProgramError>;
}

/// The OS keyring. Its errors distinguish missing, locked and unavailable.
pub trait Keyring: KeyringNames {
    /// Reads an entry.
    ///
    /// # Errors
    /// [`KeyringError`]: there is no such entry, or the keyring cannot be read.
    fn read_secret(&self, entry: &KeyringEntry) -> Result<Secret, KeyringError>;

    /// Stores an entry.
    ///
    /// # Errors
    /// [`KeyringError`]: the keyring cannot be written, or the secret is too large for it.
    fn write_secret(&self, entry: &KeyringEntry, secret: &Secret) -> Result<(), KeyringError>;

    /// Removes an entry.
    ///
    /// # Errors
    /// [`KeyringError`]: there is no such entry, or the keyring cannot be written.
    fn remove_secret(&self, entry: &KeyringEntry) -> Result<(), KeyringError>;
}

/// The network.
pub trait Network {
    /// Sends a request once.
    ///
    /// # Errors
    /// [`http::Failure`]: there is no response. It says whether the request may have arrived.
    fn send(
        &self,
        request: &Request,
        transport: &Transport,
        budget: Duration,
    ) -> Result<Response, http::Failure>;
}

/// What only `keyfob doctor` inspects.
pub trait Diagnosis {
    /// The cache folder.
    ///
    /// # Errors
    /// [`cache::Unusable`]: no token can be stored there.
    fn cache_folder(&self) -> Result<PathBuf, cache::Unusable>;

    /// The files of the configuration folders that would be specs if their names were UTF-8.
    fn misnamed_specs(&self) -> Vec<PathBuf>;

    /// The folder in the place of the machine's, if it does not count because an ordinary user can
    /// have made it.
    fn planted_folder(&self) -> Option<&'static str>;

    /// The trusted TLS roots for messages, and their number; `None` for the built-in roots.
    ///
    /// # Errors
    /// A sentence that says why the roots cannot be used.
    fn trusted_roots(&self, transport: &Transport) -> Result<(String, Option<usize>), String>;

    /// What mends it, if users other than its owner and group can read a file.
    fn others_can_read(&self, path: &Path) -> Option<String>;

    /// The programs of this name in the absolute folders of PATH, in their order, each file once.
    fn installed_programs(&self, name: &str) -> Vec<InstalledProgram>;

    /// The first line that a program prints for `--version`; `None` if it fails or takes longer
    /// than two seconds.
    fn version_of(&self, program: &Path) -> Option<String>;
}

/// Effects for loading a named spec.
pub trait Loading: Environment + SpecFiles {}

/// Effects for loading a spec with those below it, and for making their cache keys.
pub trait Resolving: Loading + Files {}

/// Effects for finding the spec that lists a caller's target.
pub trait Finding: Resolving + LookupNotes + Log {}

/// Effects for opening a source.
pub trait Opening: Environment + Files + Keyring + Programs + Random + Log {}

/// Effects for obtaining a token, from the cache or from the provider.
pub trait Obtaining:
    Resolving + Opening + Clock + Network + TokenCache + SecretChanges + Deliveries + ParentProcess
{
}

/// Effects for loading the spec that a person names, which may be on standard input.
pub trait Reading: Loading + Terminal {}

/// Effects for the commands that a person types.
pub trait Commanding: Obtaining + Reading + Prompting + OutputFiles + SpecWriting {}

/// Every effect of the program.
pub trait World:
    Commanding
    + Finding
    + FailureNotes
    + Diagnosis
    + screen::Listing
    + Examining
    + tool_files::Configuring
{
}

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
impl<T: Loading + Terminal> Reading for T {}
impl<T: Obtaining + Reading + Prompting + OutputFiles + SpecWriting> Commanding for T {}
impl<T> World for T where
    T: Commanding
        + Finding
        + FailureNotes
        + Diagnosis
        + screen::Listing
        + Examining
        + tool_files::Configuring
{
}
