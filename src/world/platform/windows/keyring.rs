//! The Credential Manager of Windows.

mod credentials;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use credentials::Credentials;
use keyring_core::{CredentialStore, Error, Result};

use crate::source::KeyringKind;
use crate::world::platform::keyring_error::KeyringError;

/// The keyring's name for messages.
pub const NAME: &str = "Windows Credential Manager";
/// A policy's word for it.
pub const WORD: &str = "credential-manager";
/// Whether it is reached over the session bus.
pub const NEEDS_SESSION_BUS: bool = false;
/// Whether it may show a dialog and wait for the user.
pub const SHOWS_DIALOGS: bool = false;
/// Whether the platform has a keyring in the kernel.
pub const HAS_KERNEL_KEYRING: bool = false;

/// Opens a keyring.
pub fn open(kind: KeyringKind, _: Duration, _: bool) -> Result<Arc<CredentialStore>> {
    match kind {
        KeyringKind::Default => {
            let store = windows_native_keyring_store::Store::new()?;
            Ok(Arc::new(Credentials(store)))
        }
        KeyringKind::SecretService => {
            let why = "the secret service is not this platform's keyring";
            Err(Error::NoStorageAccess(why.into()))
        }
        KeyringKind::Kernel => open_kernel(),
    }
}

/// Fails.
pub fn open_kernel() -> Result<Arc<CredentialStore>> {
    Err(Error::NoStorageAccess(
        "only linux has a kernel keyring".into(),
    ))
}

/// Whether a keyring keeps the deadline with which it is opened.
pub fn keeps_deadline(_: KeyringKind) -> bool {
    false
}

/// What an error of the store means, if it is one of those that the user can do something about.
pub fn meaning(_: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<KeyringError> {
    None
}

/// Modifiers for a new entry whose defaults in the store do not fit. By default Windows copies the
/// entry to every machine of a roaming profile.
pub fn modifiers() -> Option<HashMap<&'static str, &'static str>> {
    Some(HashMap::from([("persistence", "Local")]))
}
