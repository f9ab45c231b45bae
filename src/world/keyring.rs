//! The OS keyring, which stores long-lived secrets.
//!
//! Every platform is used through `Entry` of `keyring-core`: Secret Service on Linux and the BSDs,
//! Keychain on macOS, Credential Manager on Windows, and the Linux kernel's keyring if the user
//! asks for it. Secrets are bytes. They are stored with `set_secret`, never with `set_password`,
//! for which Windows uses UTF-16 in the same 2,560 bytes.
//!
//! Every call has a deadline. No call shows a prompt of ours or falls back to another store.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use keyring_core::Entry;

use crate::credential::Secret;
pub use crate::source::{KeyringEntry, KeyringKind};

#[cfg(target_os = "linux")]
mod kernel;
mod platform;

/// Why the keyring returned nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringError {
    /// The keyring answered and has no such entry.
    Missing,
    /// Only a person can unlock the keyring.
    Locked,
    /// No keyring can be reached.
    Unavailable {
        /// What is missing.
        reason: String,
    },
    /// Nothing was stored, because the keyring cannot hold the whole secret.
    TooLarge {
        /// The most that the keyring can hold, in bytes.
        limit: usize,
        /// The size of the secret, in bytes.
        size: usize,
    },
    /// The administrator's policy forbids the keyring.
    Forbidden {
        /// What forbids it.
        reason: String,
    },
    /// More than one entry has these names.
    Ambiguous,
    /// The keyring did not answer before the deadline.
    TimedOut,
    /// The keyring cannot do this, on this machine or at all.
    Failed {
        /// The reason.
        reason: String,
    },
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the keyring has no such entry"),
            Self::Locked => f.write_str("the keyring is locked"),
            Self::Unavailable { reason } => write!(f, "no keyring can be reached: {reason}"),
            Self::TooLarge { limit, size } => {
                write!(
                    f,
                    "the keyring holds at most {limit} bytes in an entry, and this is {size}"
                )
            }
            Self::Forbidden { reason } => f.write_str(reason),
            Self::Ambiguous => f.write_str("more than one entry of the keyring has this name"),
            Self::TimedOut => f.write_str("the keyring did not answer in time"),
            Self::Failed { reason } => write!(f, "the keyring cannot do this: {reason}"),
        }
    }
}

impl std::error::Error for KeyringError {}

impl KeyringError {
    /// What the user can do, if there is a remedy.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing => "store it with: keyfob secret set NAME",
            Self::Locked => {
                "unlock it (log in to the desktop, or open its password manager), then try again"
            }
            Self::Unavailable { .. } => {
                "where no desktop runs, use {\"env\": VAR} or {\"file\": PATH} in the spec, or on \
                 Linux the kernel keyring: keyfob secret set --store kernel NAME, and \
                 {\"keyring\": {\"user\": \"NAME\", \"store\": \"kernel\"}} in the spec"
            }
            Self::TooLarge { .. } => {
                "keep it in a file of mode 0600, and give the spec {\"file\": PATH}"
            }
            Self::Ambiguous => "remove all but one of them in the desktop's password manager",
            Self::TimedOut => {
                "the program that holds the keyring may be stuck, or waiting for somebody at a \
                 prompt"
            }
            Self::Forbidden { .. } | Self::Failed { .. } => return None,
        })
    }

    fn failed(reason: &str) -> Self {
        Self::Failed {
            reason: reason.to_owned(),
        }
    }
}

/// The keyring's name for messages.
#[must_use]
pub fn name(store: KeyringKind) -> &'static str {
    match store {
        KeyringKind::Kernel => "Linux kernel keyring (memory only, gone at reboot)",
        _ if cfg!(target_os = "macos") => "Keychain",
        _ if cfg!(windows) => "Windows Credential Manager",
        _ => "Secret Service",
    }
}

/// A policy's word for the keyring that was selected.
#[must_use]
pub fn word(store: KeyringKind) -> &'static str {
    match store {
        KeyringKind::Kernel => "kernel",
        _ if cfg!(target_os = "macos") => "keychain",
        _ if cfg!(windows) => "credential-manager",
        _ => "secret-service",
    }
}

/// Reads a secret.
///
/// # Errors
/// [`KeyringError::Missing`] if the keyring answered and has no such entry, else why the keyring
/// cannot be read.
pub fn get(location: &KeyringEntry, deadline: Duration) -> Result<Secret, KeyringError> {
    with_entry(location, deadline, |entry| {
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
    deadline: Duration,
) -> Result<(), KeyringError> {
    if secret.is_empty() {
        return Err(KeyringError::failed("an empty secret is not stored"));
    }
    let (size, secret) = (secret.len(), secret.clone());
    let stored = with_entry(location, deadline, move |entry| {
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
pub fn remove(location: &KeyringEntry, deadline: Duration) -> Result<(), KeyringError> {
    with_entry(location, deadline, Entry::delete_credential)
}

/// The users of a service's entries, sorted and without duplicates.
///
/// # Errors
/// [`KeyringError::Failed`] if the platform cannot list entries (Windows; a kernel that hides
/// `/proc/keys`), else why the keyring cannot be read.
pub fn list(
    service: &str,
    store: KeyringKind,
    deadline: Duration,
) -> Result<Vec<String>, KeyringError> {
    check(&[service])?;
    let service = service.to_owned();
    let mut users = platform::with_store(store, deadline, move |store| {
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
    deadline: Duration,
    work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, KeyringError> {
    check(&[&location.service, &location.user])?;
    let (service, user) = (location.service.clone(), location.user.clone());
    platform::with_store(location.store, deadline, move |store| {
        work(&store.build(&service, &user, platform::modifiers().as_ref())?)
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
