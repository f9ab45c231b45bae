//! The OS keyring: where long-lived secrets stay.
//!
//! Through `keyring-core`'s `Entry` on every platform: Secret Service on Linux and the BSDs, Keychain on macOS, Credential
//! Manager on Windows, and the Linux kernel's keyring where the user asks for it. Secrets are bytes (`set_secret`, never
//! `set_password`, which Windows stores as UTF-16 in the same 2,560 bytes). Every call has a deadline, none shows a prompt
//! of ours, and none falls back to another store.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use keyring_core::Entry;

use crate::credential::Secret;
pub use crate::source::{KeyringEntry, KeyringKind};

#[cfg(target_os = "linux")]
mod kernel;
mod platform;

/// Why there is no answer from the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringError {
    /// The keyring answered, and has no such entry.
    Missing,
    /// Only a person can unlock it.
    Locked,
    /// There is no keyring here.
    Unavailable {
        /// What is not there.
        reason: String,
    },
    /// Nothing was stored, since the keyring would not hold all of it.
    TooLarge {
        /// The most it holds, in bytes.
        limit: usize,
        /// What it was asked to hold, in bytes.
        size: usize,
    },
    /// More than one entry has these names.
    Ambiguous,
    /// No answer before the deadline.
    TimedOut,
    /// It cannot be done, here or at all.
    Failed {
        /// Why not.
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
            Self::Ambiguous => f.write_str("more than one entry of the keyring has this name"),
            Self::TimedOut => f.write_str("the keyring did not answer in time"),
            Self::Failed { reason } => write!(f, "the keyring cannot do this: {reason}"),
        }
    }
}

impl std::error::Error for KeyringError {}

impl KeyringError {
    /// What the user can do about it, if there is anything to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing => "store it with: keyfob secret set NAME",
            Self::Locked => {
                "unlock it (log in to the desktop, or open its password manager), then try again"
            }
            Self::Unavailable { .. } => {
                "where no desktop runs, use {\"env\": VAR} or {\"file\": PATH} in the spec, or on Linux the kernel keyring (--store kernel)"
            }
            Self::TooLarge { .. } => {
                "keep it in a file of mode 0600, and give the spec {\"file\": PATH}"
            }
            Self::Ambiguous => "remove all but one of them in the desktop's password manager",
            Self::TimedOut => {
                "the program that holds the keyring may be stuck, or waiting for somebody at a prompt"
            }
            Self::Failed { .. } => return None,
        })
    }

    fn failed(reason: &str) -> Self {
        Self::Failed {
            reason: reason.to_owned(),
        }
    }
}

/// Which keyring that is, in words.
#[must_use]
pub fn name(store: KeyringKind) -> &'static str {
    match store {
        KeyringKind::Kernel => "Linux kernel keyring (memory only, gone at reboot)",
        _ if cfg!(target_os = "macos") => "Keychain",
        _ if cfg!(windows) => "Windows Credential Manager",
        _ => "Secret Service",
    }
}

/// Reads a secret.
///
/// # Errors
/// [`KeyringError`]; `Missing` only where the keyring could be asked.
pub fn get(place: &KeyringEntry, deadline: Duration) -> Result<Secret, KeyringError> {
    with_entry(place, deadline, |entry| entry.get_secret().map(Secret::new))
}

/// Stores a secret, in place of the one that lies there.
///
/// # Errors
/// [`KeyringError`]; what was there before is untouched then, save by `TimedOut`, after which either may be there.
pub fn set(place: &KeyringEntry, secret: &Secret, deadline: Duration) -> Result<(), KeyringError> {
    if secret.is_empty() {
        return Err(KeyringError::failed("an empty secret is not stored"));
    }
    let (size, secret) = (secret.len(), secret.clone());
    let stored = with_entry(place, deadline, move |entry| {
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
/// [`KeyringError`]; `Missing` where there is nothing to remove.
pub fn remove(place: &KeyringEntry, deadline: Duration) -> Result<(), KeyringError> {
    with_entry(place, deadline, Entry::delete_credential)
}

/// The users of a service's entries, in order, each once.
///
/// # Errors
/// [`KeyringError`]; `Failed` where the platform cannot list (Windows; a kernel that hides `/proc/keys`).
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
    place: &KeyringEntry,
    deadline: Duration,
    work: impl FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, KeyringError> {
    check(&[&place.service, &place.user])?;
    let (service, user) = (place.service.clone(), place.user.clone());
    platform::with_store(place.store, deadline, move |store| {
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

/// The keyring that the source, or else `KEYFOB_KEYRING`, names. Another word there is an error: nobody is sent to a keyring not meant.
///
/// # Errors
/// [`KeyringError::Failed`].
pub fn meant(place: &KeyringEntry, setting: Option<&str>) -> Result<KeyringEntry, KeyringError> {
    let store = match (place.store, setting) {
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
        ..place.clone()
    })
}
