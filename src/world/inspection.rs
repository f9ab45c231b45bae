//! Effects that look at secrets without opening them, and what `keyfob explain` may do: it opens no
//! secret, sends nothing and runs no program, because no trait for these is among its own.

use std::path::Path;

use super::cache::{FailureNotes, TokenCache};
use super::files::FileError;
use super::keyring::KeyringError;
use super::{Clock, Diagnosis, Finding, Network, Programs, Reading};
use crate::source::KeyringKind;

/// The names in the OS keyring.
pub trait KeyringNames {
    /// The names of keyfob's entries.
    ///
    /// # Errors
    /// [`KeyringError`]: the keyring cannot be read, or cannot list its entries.
    fn secret_names(&self, kind: KeyringKind) -> Result<Vec<String>, KeyringError>;

    /// The keyring's name for messages.
    fn keyring_name(&self, kind: KeyringKind) -> &'static str;
}

/// Whether files are there.
pub trait FileStatus {
    /// The length of a regular file in bytes, without opening it.
    ///
    /// # Errors
    /// [`FileError`]: it is missing or not a regular file, or the system does not tell.
    fn file_status(&self, path: &Path) -> Result<u64, FileError>;
}

/// Effects for looking at the sources of a spec.
pub trait Inspecting: super::Environment + KeyringNames + FileStatus {}

/// Effects for explaining what would happen.
pub trait Explaining: Finding + Reading + Inspecting + Clock + TokenCache {}

/// Effects for examining the whole installation.
pub trait Examining: Explaining + Diagnosis + FailureNotes + Network + Programs {}

impl<T: Explaining + Diagnosis + FailureNotes + Network + Programs> Examining for T {}
impl<T: super::Environment + KeyringNames + FileStatus> Inspecting for T {}
impl<T: Finding + Reading + Inspecting + Clock + TokenCache> Explaining for T {}
