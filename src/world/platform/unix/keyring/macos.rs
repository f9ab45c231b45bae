//! The Keychain of macOS.
//!
//! It asks the user before it unlocks itself, and before it hands an entry to a program that did
//! not store it. keyfob's identity changes with each version that is not signed by Apple's rules.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use apple_native_keyring_store::keychain::Store;
use keyring_core::{CredentialStore, Error, Result};
use security_framework::os::macos::keychain::{KeychainUserInteractionLock, SecKeychain};

use super::open_kernel;
use crate::source::KeyringKind;
use crate::world::platform::keychain;
use crate::world::platform::keyring_error::KeyringError;

/// The keyring's name for messages.
pub const NAME: &str = "Keychain";
/// A policy's word for it.
pub const WORD: &str = "keychain";
/// Whether it is reached over the session bus.
pub const NEEDS_SESSION_BUS: bool = false;
/// Whether it may show a dialog and wait for the user.
pub const SHOWS_DIALOGS: bool = true;

/// Holds the dialogs of this process back until it ends. `None` if they cannot be held back.
static QUIET: OnceLock<Option<KeychainUserInteractionLock>> = OnceLock::new();

/// Opens a keyring.
pub fn open(kind: KeyringKind, _: Duration, dialogs: bool) -> Result<Arc<CredentialStore>> {
    match kind {
        KeyringKind::Default => {
            if !dialogs {
                let quiet = QUIET.get_or_init(|| SecKeychain::disable_user_interaction().ok());
                let why = "its dialogs cannot be held back";
                quiet
                    .as_ref()
                    .ok_or_else(|| Error::NoStorageAccess(why.into()))?;
            }
            Ok(Store::new()?)
        }
        KeyringKind::SecretService => {
            let why = "the secret service is not this platform's keyring";
            Err(Error::NoStorageAccess(why.into()))
        }
        KeyringKind::Kernel => open_kernel(),
    }
}

/// Whether a keyring keeps the deadline with which it is opened.
pub fn keeps_deadline(_: KeyringKind) -> bool {
    false
}

/// What an error of the store means, if it is one of those that the user can do something about.
pub fn meaning(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<KeyringError> {
    let error: &security_framework::base::Error = error.downcast_ref()?;
    keychain::refusal(error.code()).map(KeyringError::Keychain)
}
