//! The Secret Service on the session bus.

use std::sync::Arc;
use std::time::Duration;

use keyring_core::{CredentialStore, Result};

use super::open_kernel;
use super::secret_service::{BusError, SecretService, ServiceError};
use crate::source::KeyringKind;
use crate::world::platform::keyring_error::KeyringError;

/// The keyring's name for messages.
pub const NAME: &str = "Secret Service";
/// A policy's word for it.
pub const WORD: &str = "secret-service";
/// Whether it is reached over the session bus.
pub const NEEDS_SESSION_BUS: bool = true;
/// Whether it may show a dialog and wait for the user.
pub const SHOWS_DIALOGS: bool = false;

/// Opens a keyring.
pub fn open(kind: KeyringKind, deadline: Duration, _: bool) -> Result<Arc<CredentialStore>> {
    match kind {
        KeyringKind::Default | KeyringKind::SecretService => Ok(SecretService::connect(deadline)?),
        KeyringKind::Kernel => open_kernel(),
    }
}

/// Whether a keyring keeps the deadline with which it is opened.
pub fn keeps_deadline(kind: KeyringKind) -> bool {
    kind != KeyringKind::Kernel
}

/// What an error of the store means, if it is one of those that the user can do something about.
pub fn meaning(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<KeyringError> {
    match error.downcast_ref()? {
        ServiceError::Locked => Some(KeyringError::Locked),
        ServiceError::Bus(BusError::TimedOut) => Some(KeyringError::TimedOut),
        _ => None,
    }
}
