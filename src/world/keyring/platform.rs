//! The store of each platform, and the meaning of its errors.
//!
//! Specified by the documentation of [keyring-core](https://docs.rs/keyring-core) and of the
//! stores. Our Secret Service keeps its own deadline. Every other store may block, so it runs on a
//! thread that is left behind at the deadline. The text of an error that carries a secret
//! (`BadEncoding`, `BadDataFormat`) is never repeated.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Error};

use super::{KeyringError, KeyringKind};
use crate::text::excerpt;
#[cfg(all(unix, not(target_os = "macos")))]
use crate::world::secret_service::{BusError, SecretService, ServiceError};

/// Longest excerpt of a store's reason in a message, in characters.
const LONGEST_REASON: usize = 200;

/// Runs `work` with a store, and returns before the deadline.
///
/// # Errors
/// [`KeyringError`]: there is no such store, it does not answer in time, or `work` fails.
pub fn with_store<T: Send + 'static>(
    store: KeyringKind,
    deadline: Duration,
    work: impl FnOnce(&CredentialStore) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    match store {
        KeyringKind::Default => with_default(deadline, work),
        KeyringKind::SecretService => with_secret_service(deadline, work),
        KeyringKind::Kernel => with_kernel(deadline, work),
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
use self::with_secret_service as with_default;

#[cfg(all(unix, not(target_os = "macos")))]
fn with_secret_service<T>(
    deadline: Duration,
    work: impl FnOnce(&CredentialStore) -> Result<T, Error>,
) -> Result<T, KeyringError> {
    SecretService::connect(deadline)
        .and_then(|store| work(&*store))
        .map_err(meaning)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn with_secret_service<T>(
    _: Duration,
    _: impl FnOnce(&CredentialStore) -> Result<T, Error>,
) -> Result<T, KeyringError> {
    Err(absent("the secret service is not this platform's keyring"))
}

#[cfg(target_os = "macos")]
fn with_default<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce(&CredentialStore) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    on_a_thread(deadline, || {
        work(&*apple_native_keyring_store::keychain::Store::new()?)
    })
}

#[cfg(windows)]
fn with_default<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce(&CredentialStore) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    on_a_thread(deadline, || {
        work(&*windows_native_keyring_store::Store::new()?)
    })
}

#[cfg(target_os = "linux")]
fn with_kernel<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce(&CredentialStore) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    on_a_thread(deadline, || work(&super::kernel::KernelKeyring))
}

#[cfg(not(target_os = "linux"))]
fn with_kernel<T>(
    _: Duration,
    _: impl FnOnce(&CredentialStore) -> Result<T, Error>,
) -> Result<T, KeyringError> {
    Err(absent("only linux has a kernel keyring"))
}

/// Modifiers for a new entry whose defaults in the store do not fit.
pub fn modifiers() -> Option<HashMap<&'static str, &'static str>> {
    // By default Windows copies the entry to every machine of a roaming profile.
    cfg!(windows).then(|| HashMap::from([("persistence", "Local")]))
}

#[cfg(any(target_os = "linux", target_os = "macos", windows))]
fn on_a_thread<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    let (answer, wait) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || answer.send(work().map_err(meaning)))
        .map_err(|error| failed(&error.to_string()))?;
    match wait.recv_timeout(deadline) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(KeyringError::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(failed("it gave no answer")),
    }
}

fn meaning(error: Error) -> KeyringError {
    match error {
        Error::NoEntry => KeyringError::Missing,
        Error::Ambiguous(_) => KeyringError::Ambiguous,
        Error::TooLong(what, limit) if what == "secret" => KeyringError::TooLarge {
            limit: limit as usize,
            size: 0,
        },
        Error::TooLong(what, limit) => failed(&format!("{what} is longer than {limit} characters")),
        Error::Invalid(what, reason) => failed(&format!("{what} {reason}")),
        Error::NotSupportedByStore(reason) => failed(&reason),
        Error::NoStorageAccess(error) => {
            #[cfg(all(unix, not(target_os = "macos")))]
            match error.downcast_ref() {
                Some(ServiceError::Locked) => return KeyringError::Locked,
                Some(ServiceError::Bus(BusError::TimedOut)) => return KeyringError::TimedOut,
                _ => {}
            }
            KeyringError::Unavailable {
                reason: excerpt(&error.to_string(), LONGEST_REASON),
            }
        }
        // macOS returns errSecInteractionNotAllowed or errSecAuthFailed, for example over ssh. The
        // store has no variants for them.
        #[cfg(target_os = "macos")]
        Error::PlatformFailure(error)
            if ["-25308", "-25293"]
                .iter()
                .any(|code| format!("{error:?}").contains(code)) =>
        {
            KeyringError::Locked
        }
        Error::PlatformFailure(error) => failed(&error.to_string()),
        _ => failed("the entry cannot be read"),
    }
}

#[cfg(not(target_os = "linux"))]
fn absent(reason: &str) -> KeyringError {
    KeyringError::Unavailable {
        reason: reason.to_owned(),
    }
}

fn failed(reason: &str) -> KeyringError {
    KeyringError::Failed {
        reason: excerpt(reason, LONGEST_REASON),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_blocks_is_left_behind_at_the_deadline() {
        let asked = std::time::Instant::now();
        let answer = on_a_thread(Duration::from_millis(50), || {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        });
        assert_eq!(answer, Err(KeyringError::TimedOut));
        assert!(asked.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn an_error_that_carries_the_secret_does_not_tell_it() {
        let secret = b"s3cret\xff".to_vec();
        for error in [
            Error::BadEncoding(secret.clone()),
            Error::BadDataFormat(secret.clone(), "s3cret".into()),
            Error::BadStoreFormat("s3cret".to_owned()),
        ] {
            let said = meaning(error);
            assert_eq!(
                said.to_string(),
                "the keyring cannot do this: the entry cannot be read"
            );
        }
    }

    #[test]
    fn what_a_platform_says_stays_on_one_line() {
        let said = meaning(Error::PlatformFailure("a\n::error::b\u{1b}[1m".into()));
        assert_eq!(
            said.to_string(),
            "the keyring cannot do this: a ::error::b [1m"
        );
    }

    #[test]
    fn what_a_store_refuses_is_told_with_its_reason() {
        let text = str::to_owned;
        for (error, reason) in [
            (
                Error::TooLong(text("user"), 64),
                "user is longer than 64 characters",
            ),
            (
                Error::Invalid(text("service"), text("is odd")),
                "service is odd",
            ),
            (Error::NotSupportedByStore(text("no list")), "no list"),
            (
                Error::PlatformFailure("out of order".into()),
                "out of order",
            ),
        ] {
            assert_eq!(meaning(error), KeyringError::failed(reason));
        }
        let too_large = KeyringError::TooLarge { limit: 64, size: 0 };
        assert_eq!(meaning(Error::TooLong(text("secret"), 64)), too_large);
    }
}
