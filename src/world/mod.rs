//! All effects, behind one small trait: clock, environment, files, programs, keyring, network, cache.
//!
//! The rest of the program is arithmetic on values; a test hands in a world of its own and reads what was asked of it.

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
pub mod terminal;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::credential::Secret;
use crate::http::{Request, Response, Transport};
use crate::protocol::Until;
use crate::source::{Command, KeyringEntry, KeyringKind};
use crate::time::Timestamp;
use cache::{CacheKey, Entry, FailureNote, LockAttempt};
use files::FileError;
use keyring::KeyringError;
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

/// Everything that the program does to, or learns from, the outside.
pub trait World {
    /// The time, from the system's clock.
    fn now(&self) -> Timestamp;

    /// Time since this process began, on a clock that never jumps.
    fn elapsed(&self) -> Duration;

    /// The time in milliseconds since 1970.
    fn now_millis(&self) -> u64 {
        u64::try_from(self.now().unix())
            .unwrap_or_default()
            .saturating_mul(1000)
    }

    /// When this process began, in milliseconds since 1970.
    fn started_at(&self) -> u64 {
        self.now_millis()
            .saturating_sub(u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Waits.
    fn sleep(&self, span: Duration);

    /// Sixteen bytes that nobody can guess.
    fn random(&self) -> [u8; 16];

    /// An environment variable that is set, not empty and UTF-8.
    fn variable(&self, name: &str) -> Option<String>;

    /// An environment variable that is set and not empty, whatever bytes it holds.
    fn secret_variable(&self, name: &str) -> Option<Secret>;

    /// A step, for who asked to be told (`KEYFOB_LOG`); never holds a secret.
    fn log(&self, step: &dyn Fn() -> String);

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

    /// A line from the terminal, not echoed; `None` where there is no terminal.
    ///
    /// # Errors
    /// The terminal's, or the person broke it off.
    fn prompt(&self, prompt: &str) -> Option<Result<Secret, String>>;

    /// Whether a person could be typing into standard input.
    fn is_terminal(&self) -> bool;

    /// A file with a value in it, of at most 1 MiB.
    ///
    /// # Errors
    /// [`FileError`].
    fn read_value(&self, path: &Path) -> Result<Secret, FileError>;

    /// A spec or preset, refused where somebody else could have written it.
    ///
    /// # Errors
    /// [`FileError`].
    fn read_config(&self, path: &Path) -> Result<Vec<u8>, FileError>;

    /// The folder in which this process runs.
    fn working_directory(&self) -> Option<PathBuf>;

    /// The configuration folder, where the environment tells one: an absolute path.
    fn config_folder(&self) -> Option<PathBuf>;

    /// Every spec of the configuration folder, in the order of their names.
    ///
    /// # Errors
    /// The folder is there and cannot be read.
    fn spec_files(&self) -> Result<Vec<SpecFile>, FileError>;

    /// The name of the spec of the configuration folder that was found for this question a moment ago, where reading all of them takes long.
    fn recent_lookup(&self, question: &str) -> Option<String>;

    /// The state of the configuration folder, where it is so large that what is found in it is worth a note.
    fn large_config_state(&self) -> Option<String>;

    /// Notes which spec was found for a question in a configuration folder that was in this state before.
    fn record_lookup(&self, before: &str, question: &str, name: &str);

    /// Names of the presets in the configuration folder's `providers`, in order.
    fn preset_names(&self) -> Vec<String>;

    /// What a program prints that ends within `limit`.
    ///
    /// # Errors
    /// [`ProgramError`].
    fn run(&self, command: &Command, limit: Duration) -> Result<Secret, ProgramError>;

    /// Runs a program to its end with one more variable in its environment; gives its exit status.
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

    /// An entry of the OS keyring.
    ///
    /// # Errors
    /// [`KeyringError`]; missing, locked and unavailable are told apart.
    fn read_secret(&self, place: &KeyringEntry) -> Result<Secret, KeyringError>;

    /// Writes an entry of the OS keyring.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn write_secret(&self, place: &KeyringEntry, secret: &Secret) -> Result<(), KeyringError>;

    /// Removes an entry of the OS keyring.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn remove_secret(&self, place: &KeyringEntry) -> Result<(), KeyringError>;

    /// Names of keyfob's entries in the OS keyring.
    ///
    /// # Errors
    /// [`KeyringError`].
    fn secret_names(&self, store: KeyringKind) -> Result<Vec<String>, KeyringError>;

    /// Which keyring that is, in words.
    fn keyring_name(&self, store: KeyringKind) -> &'static str;

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

    /// What the cache has under this key. A cache that cannot be read has nothing.
    fn cached(&self, key: &CacheKey) -> Option<Entry>;

    /// Keeps an entry, where that can be done.
    fn remember(&self, key: &CacheKey, entry: &Entry);

    /// Drops the entry of this key.
    fn forget(&self, key: &str);

    /// Drops everything, whoever wrote it.
    ///
    /// # Errors
    /// What could not be dropped, and why.
    fn forget_all(&self) -> Result<(), String>;

    /// Every entry of the cache.
    fn entries(&self) -> Vec<Entry>;

    /// Keeps a failure for who asks later what went wrong, where that can be done.
    fn record_failure(&self, failure: &FailureNote);

    /// The last failure of each caller whose words are not seen.
    fn failures(&self) -> Vec<FailureNote>;

    /// The cache's folder.
    ///
    /// # Errors
    /// Why it cannot be used, in words.
    fn cache_folder(&self) -> Result<PathBuf, cache::Unusable>;

    /// A program of that name in the folders of PATH, as far as these are absolute.
    fn find_program(&self, name: &str) -> Option<PathBuf>;

    /// Which roots TLS trusts, in words, and how many; the number is unknown for those built in.
    ///
    /// # Errors
    /// They cannot be used, in words.
    fn trusted_roots(&self) -> Result<(String, Option<usize>), String>;

    /// Notes that the program that called this one is given what lies under this key; tells whether it was
    /// given the very same before for the same thing, which `asker` is a fingerprint of.
    fn given_before(&self, key: &CacheKey, asker: u64) -> bool;

    /// The program that called this one, asking for one thing, which `asker` is a fingerprint of: where
    /// it can be told from every other that runs or ran, and may run this one again after a failure.
    fn caller(&self, asker: u64) -> Option<u64>;

    /// Notes that an entry of the OS keyring was changed.
    fn record_secret_change(&self);

    /// What tells whether an entry of the OS keyring was changed since this was asked before.
    fn secret_changes(&self) -> Option<[u8; 16]>;

    /// Tries to take the lock under which this key's token is asked for; never waits.
    fn lock(&self, key: &CacheKey) -> LockAttempt;
}
