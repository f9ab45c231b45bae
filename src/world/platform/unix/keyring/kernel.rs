//! The Linux kernel's keyring as a credential store for `keyring-core`: keys of type `user` in the
//! user keyring (`@u`).
//!
//! Specified by [keyrings(7)](https://man7.org/linux/man-pages/man7/keyrings.7.html) and
//! [user-keyring(7)](https://man7.org/linux/man-pages/man7/user-keyring.7.html). A key is called
//! `keyring:USER@SERVICE`, as in the `keyring` crates.
//!
//! `@u` belongs to the user and not to a login, so cron, CI and `keyctl session` see the same
//! entries. It is gone after a reboot. The session keyring is never used, because a process without
//! a login cannot search it.

use std::any::Any;
use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use keyring_core::api::{CredentialApi, CredentialPersistence, CredentialStoreApi};
use keyring_core::{Credential, CredentialStore, Entry, Error, Result};
use linux_keyutils::{Key, KeyError, KeyRing, KeyRingIdentifier};

/// Longest payload of a key of type `user`, in bytes (keyrings(7), "user").
pub const LONGEST_SECRET: u32 = 32_767;

/// Whether the platform has a keyring in the kernel.
pub const HAS_KERNEL_KEYRING: bool = true;

/// Opens the kernel's keyring.
pub fn open_kernel() -> Result<Arc<CredentialStore>> {
    Ok(Arc::new(KernelKeyring))
}

/// The keys of this user, whatever session the process is in.
#[derive(Debug, Clone, Copy)]
pub struct KernelKeyring;

impl CredentialStoreApi for KernelKeyring {
    fn vendor(&self) -> String {
        "Linux kernel keyring, https://man7.org/linux/man-pages/man7/keyrings.7.html".to_owned()
    }

    fn id(&self) -> String {
        "@u".to_owned()
    }

    fn build(
        &self,
        service: &str,
        user: &str,
        modifiers: Option<&HashMap<&str, &str>>,
    ) -> Result<Entry> {
        if let Some(name) = modifiers.and_then(|modifiers| modifiers.keys().next()) {
            return Err(invalid(name, "the kernel keyring takes no modifiers"));
        }
        // The last "@" in a key's name ends the user, which may be an e-mail address.
        if service.contains('@') {
            return Err(invalid(
                "service",
                "may not hold \"@\" in the kernel keyring",
            ));
        }
        if service.contains(char::is_control) || user.contains(char::is_control) {
            return Err(invalid(
                "name",
                "may not hold control characters in the kernel keyring",
            ));
        }
        Ok(Entry::new_with_credential(Arc::new(Item {
            service: service.to_owned(),
            user: user.to_owned(),
        })))
    }

    /// The entries of one `service`.
    fn search(&self, spec: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        let service = match spec.get("service") {
            Some(service) if spec.len() == 1 => *service,
            _ => {
                return Err(invalid(
                    "spec",
                    "the kernel keyring is searched by service alone",
                ));
            }
        };
        let ring = user_keyring()?;
        // `KEYCTL_READ` returns only the keys' numbers, and a buffer limits the length of their
        // descriptions. This list has the complete names.
        let keys = fs::read("/proc/keys").unwrap_or_default();
        if keys.is_empty() {
            let reason = "the kernel's list of keys (/proc/keys) is hidden here";
            return Err(Error::NotSupportedByStore(reason.to_owned()));
        }
        let keys = String::from_utf8_lossy(&keys);
        let users = keys.lines().filter_map(|key| user_of(key, service));
        let mut users: Vec<String> = users.map(str::to_owned).collect();
        users.sort();
        users.dedup();
        users
            .iter()
            // The list has all keys that this user may see, including those of other keyrings.
            .filter(|user| ring.search(&description(service, user)).is_ok())
            .map(|user| self.build(service, user, None))
            .collect()
    }

    fn persistence(&self) -> CredentialPersistence {
        CredentialPersistence::UntilReboot
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A key that is found by its name.
struct Item {
    service: String,
    user: String,
}

impl Item {
    fn key(&self) -> Result<(KeyRing, Key)> {
        let ring = user_keyring()?;
        let key = ring.search(&description(&self.service, &self.user));
        Ok((ring, key.map_err(meaning)?))
    }
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        if secret.is_empty() {
            return Err(invalid("secret", "may not be empty in the kernel keyring"));
        }
        if secret.len() > LONGEST_SECRET as usize {
            return Err(Error::TooLong("secret".to_owned(), LONGEST_SECRET));
        }
        let name = description(&self.service, &self.user);
        user_keyring()?.add_key(&name, secret).map_err(meaning)?;
        Ok(())
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        self.key()?.1.read_to_vec().map_err(meaning)
    }

    fn delete_credential(&self) -> Result<()> {
        let (ring, key) = self.key()?;
        // Invalidating the key removes it from every other keyring that holds it too.
        key.invalidate().map_err(meaning)?;
        match ring.unlink_key(key).map_err(meaning) {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        self.key().map(|_| None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.user.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `@u`, with its keys in this thread's possession.
fn user_keyring() -> Result<KeyRing> {
    let ring = KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(meaning)?;
    // A process may not read the keys in `@u` if its session keyring does not lead there
    // (keyrings(7), "Possession"). A keyring of this thread does lead there. It leaves no trace,
    // because it ends with the thread.
    KeyRing::from_special_id(KeyRingIdentifier::Thread, true)
        .and_then(|own| own.link_keyring(ring))
        .map_err(meaning)?;
    Ok(ring)
}

fn description(service: &str, user: &str) -> String {
    format!("keyring:{user}@{service}")
}

/// The user in a line of `/proc/keys`, if the line describes a key of this service.
fn user_of<'a>(line: &'a str, service: &str) -> Option<&'a str> {
    // "0c2f6cd3 I--Q---     1 perm 3f010000  1000  1000 user      keyring:NAME@keyfob: 12"
    let (_, key) = line.split_once(" user ")?;
    let (name, _length) = key.trim_start().rsplit_once(": ")?;
    let user = name.strip_prefix("keyring:")?.strip_suffix(service)?;
    user.strip_suffix('@')
}

fn invalid(what: &str, reason: &str) -> Error {
    Error::Invalid(what.to_owned(), reason.to_owned())
}

fn meaning(error: KeyError) -> Error {
    // `Unknown(38)` is ENOSYS, no such system call: a seccomp filter or the kernel's configuration
    // left it out.
    match error {
        KeyError::KeyDoesNotExist | KeyError::KeyRevoked | KeyError::KeyExpired => Error::NoEntry,
        KeyError::MissingFileOrDirectory => Error::NoEntry,
        KeyError::PermissionDenied | KeyError::AccessDenied | KeyError::OperationNotSupported => {
            Error::NoStorageAccess("the kernel refuses access to its keyring here".into())
        }
        KeyError::Unknown(38) => {
            Error::NoStorageAccess("this kernel has no keyring, or hides it".into())
        }
        KeyError::QuotaExceeded => Error::PlatformFailure(
            "the quota of this user's keys is used up (/proc/key-users)".into(),
        ),
        other => Error::PlatformFailure(format!("the kernel keyring failed: {other:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::user_of;

    #[test]
    fn a_line_of_the_kernels_list_tells_the_user_of_a_key() {
        let line =
            |name| format!("0c2f6cd3 I--Q---     1 perm 3f010000  1000  1000 user      {name}: 12");
        assert_eq!(
            user_of(&line("keyring:atlas-ci@keyfob"), "keyfob"),
            Some("atlas-ci")
        );
        assert_eq!(
            user_of(&line("keyring:a@b.c@keyfob"), "keyfob"),
            Some("a@b.c")
        );
        assert_eq!(
            user_of(&line("keyring:a user : 3@keyfob"), "keyfob"),
            Some("a user : 3")
        );
        assert_eq!(user_of(&line("keyring:atlas-ci@notkeyfob"), "keyfob"), None);
        assert_eq!(user_of(&line("atlas-ci@keyfob"), "keyfob"), None);
        let ring = "1be87435 I--Q---     2 perm 1f3f0000     0 65534 keyring   _uid.0: empty";
        assert_eq!(user_of(ring, "keyfob"), None);
    }
}
