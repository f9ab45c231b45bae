//! The OS keyring, which stores long-lived secrets.
//!
//! Every platform is used through `Entry` of `keyring-core`: Secret Service on Linux and the BSDs,
//! Keychain on macOS, Credential Manager on Windows, and the Linux kernel's keyring if the user
//! asks for it. Secrets are bytes. They are stored with `set_secret`, never with `set_password`,
//! for which Windows uses UTF-16 in the same 2,560 bytes.
//!
//! Every call has a deadline. No call shows a prompt of ours or falls back to another store, and a
//! dialog of the system is shown only to a person who edits the keyring at a terminal.

use std::collections::HashMap;
use std::time::Duration;

use keyring_core::Entry;

pub use super::platform::keychain::Refusal;
use super::platform::keyring as facts;
pub use super::platform::keyring_error::KeyringError;
use crate::credential::Secret;
pub use crate::source::{KeyringEntry, KeyringKind};

mod store;

/// How long a keyring may take, and whether it may ask the user in a dialog of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The longest wait.
    pub deadline: Duration,
    /// Whether the system may show a dialog, as the Keychain of macOS does.
    pub dialogs: bool,
}

impl Patience {
    /// A tool waits for the answer: there is no dialog.
    pub const FOR_A_TOOL: Self = Self {
        deadline: Duration::from_secs(3),
        dialogs: false,
    };
    /// A person edits the keyring at a terminal, and may have to answer a dialog.
    pub const FOR_A_PERSON: Self = Self {
        deadline: match facts::SHOWS_DIALOGS {
            true => Duration::from_secs(60),
            false => Self::FOR_A_TOOL.deadline,
        },
        dialogs: true,
    };
}

/// Whether the platform has a keyring in the kernel.
pub const HAS_KERNEL_KEYRING: bool = facts::HAS_KERNEL_KEYRING;

/// Whether the platform's keyring is reached over the session bus.
pub const NEEDS_SESSION_BUS: bool = facts::NEEDS_SESSION_BUS;

/// The keyring's name for messages.
#[must_use]
pub fn name(store: KeyringKind) -> &'static str {
    match store {
        KeyringKind::Kernel => "Linux kernel keyring (memory only, gone at reboot)",
        _ => facts::NAME,
    }
}

/// A policy's word for the keyring that was selected.
#[must_use]
pub fn word(store: KeyringKind) -> &'static str {
    match store {
        KeyringKind::Kernel => "kernel",
        _ => facts::WORD,
    }
}

/// Reads a secret.
///
/// # Errors
/// [`KeyringError::Missing`] if the keyring answered and has no such entry, else why the keyring
/// cannot be read.
pub fn get(location: &KeyringEntry, patience: Patience) -> Result<Secret, KeyringError> {
    with_entry(location, patience, |entry| {
        entry.get_secret().map(Secret::new)
    })
}

/// Stores a secret and replaces an existing one.
///
/// # Errors
/// [`KeyringError`]: the secret cannot be stored. The old one then stays, except after
/// [`KeyringError::TimedOut`]: either may then be stored.
pub fn set(
    location: &KeyringEntry,
    secret: &Secret,
    patience: Patience,
) -> Result<(), KeyringError> {
    if secret.is_empty() {
        return Err(KeyringError::failed("an empty secret is not stored"));
    }
    let (size, secret) = (secret.len(), secret.clone());
    let stored = with_entry(location, patience, move |entry| {
        entry.set_secret(secret.expose())
    });
    match stored {
        Err(KeyringError::TooLarge { limit, .. }) => Err(KeyringError::TooLarge { limit, size }),
        other => other,
    }
}

/// Removes an entry.
///
/// # Errors
/// [`KeyringError::Missing`] if there is no such entry, else why it cannot be removed.
pub fn remove(location: &KeyringEntry, patience: Patience) -> Result<(), KeyringError> {
    with_entry(location, patience, Entry::delete_credential)
}

/// The users of a service's entries, sorted and without duplicates.
///
/// # Errors
/// [`KeyringError::Failed`] if the platform cannot list entries (a kernel that hides
/// `/proc/keys`), else why the keyring cannot be read.
pub fn list(
    service: &str,
    store: KeyringKind,
    patience: Patience,
) -> Result<Vec<String>, KeyringError> {
    check(&[service])?;
    let service = service.to_owned();
    let mut users = store::with_store(store, patience, move |store| {
        let entries = store.search(&HashMap::from([("service", service.as_str())]))?;
        Ok(entries
            .iter()
            .filter_map(|entry| Some(entry.get_specifiers()?.1))
            .collect::<Vec<_>>())
    })?;
    users.sort();
    users.dedup();
    Ok(users)
}

fn with_entry<T: Send + 'static>(
    location: &KeyringEntry,
    patience: Patience,
    work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, KeyringError> {
    check(&[&location.service, &location.user])?;
    let (service, user) = (location.service.clone(), location.user.clone());
    store::with_store(location.store, patience, move |store| {
        work(&store.build(&service, &user, facts::modifiers().as_ref())?)
    })
}

fn check(names: &[&str]) -> Result<(), KeyringError> {
    if names.iter().any(|name| name.is_empty()) {
        return Err(KeyringError::failed("a name is empty"));
    }
    if names.iter().any(|name| name.contains('\0')) {
        return Err(KeyringError::failed("a name holds a NUL character"));
    }
    Ok(())
}

/// The entry in the keyring that the source names, or else `KEYFOB_KEYRING`.
///
/// # Errors
/// [`KeyringError::Failed`] if the variable has another value: a secret must not be stored in or
/// read from a keyring that the user did not mean.
pub fn in_selected_keyring(
    location: &KeyringEntry,
    setting: Option<&str>,
) -> Result<KeyringEntry, KeyringError> {
    let store = match (location.store, setting) {
        (KeyringKind::Default, Some("kernel")) => KeyringKind::Kernel,
        (KeyringKind::Default, Some("secret-service")) => KeyringKind::SecretService,
        (KeyringKind::Default, Some(_)) => {
            let reason = "KEYFOB_KEYRING names no keyring: kernel or secret-service".to_owned();
            return Err(KeyringError::Failed { reason });
        }
        (store, _) => store,
    };
    Ok(KeyringEntry {
        store,
        ..location.clone()
    })
}
