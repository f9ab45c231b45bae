//! The store of the platform, within a deadline, and the meaning of its errors.
//!
//! Specified by the documentation of [keyring-core](https://docs.rs/keyring-core) and of the
//! stores. Our Secret Service keeps its own deadline. Every other store may block, so it runs on a
//! thread that is left behind at the deadline. The text of an error that carries a secret
//! (`BadEncoding`, `BadDataFormat`) is never repeated.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Error};

use super::facts;
use super::{KeyringError, KeyringKind, Patience};

/// An error of a platform's store.
type PlatformError = dyn std::error::Error + Send + Sync + 'static;

/// Runs `work` with a store, and returns before the deadline.
///
/// # Errors
/// [`KeyringError`]: there is no such store, it does not answer in time, or `work` fails.
pub fn with_store<T: Send + 'static>(
    kind: KeyringKind,
    patience: Patience,
    work: impl FnOnce(&CredentialStore) -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    let Patience { deadline, dialogs } = patience;
    let work = move || work(&*facts::open(kind, deadline, dialogs)?);
    match facts::keeps_deadline(kind) {
        true => work().map_err(meaning),
        false => on_a_thread(deadline, work),
    }
}

fn on_a_thread<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, KeyringError> {
    let (answer, wait) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || answer.send(work().map_err(meaning)))
        .map_err(|error| KeyringError::failed(&error.to_string()))?;
    match wait.recv_timeout(deadline) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(KeyringError::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(KeyringError::failed("it gave no answer")),
    }
}

fn meaning(error: Error) -> KeyringError {
    explained(error, facts::meaning)
}

/// The meaning of a store's error. `known` says what the platform's own errors mean.
fn explained(error: Error, known: fn(&PlatformError) -> Option<KeyringError>) -> KeyringError {
    match error {
        Error::NoEntry => KeyringError::Missing,
        Error::Ambiguous(_) => KeyringError::Ambiguous,
        Error::TooLong(what, limit) if what == "secret" => KeyringError::TooLarge {
            limit: limit as usize,
            size: 0,
        },
        Error::TooLong(what, limit) => {
            KeyringError::failed(&format!("{what} is longer than {limit} characters"))
        }
        Error::Invalid(what, reason) => KeyringError::failed(&format!("{what} {reason}")),
        Error::NotSupportedByStore(reason) => KeyringError::failed(&reason),
        Error::NoStorageAccess(error) => {
            let reason = error.to_string();
            known(&*error).unwrap_or_else(|| KeyringError::unavailable(&reason))
        }
        Error::PlatformFailure(error) => {
            let reason = error.to_string();
            known(&*error).unwrap_or_else(|| KeyringError::failed(&reason))
        }
        _ => KeyringError::failed("the entry cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use keyring_core::Entry;
    use keyring_core::api::{CredentialApi, CredentialStoreApi};

    use super::*;
    use crate::world::platform::keychain::{self, Refusal};

    /// A store of one entry, which answers each call with the next of its statuses.
    #[derive(Debug, Clone)]
    struct Fake(Arc<Mutex<Vec<Option<i32>>>>);

    #[derive(Debug)]
    struct Status(i32);

    impl std::fmt::Display for Status {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "error code {}", self.0)
        }
    }

    impl std::error::Error for Status {}

    impl Fake {
        fn call<T>(&self, answer: T) -> Result<T, Error> {
            match self.0.lock().unwrap().pop().unwrap() {
                None => Ok(answer),
                Some(-25_300) => Err(Error::NoEntry),
                Some(status) => Err(Error::PlatformFailure(Box::new(Status(status)))),
            }
        }
    }

    impl CredentialApi for Fake {
        fn set_secret(&self, _: &[u8]) -> Result<(), Error> {
            self.call(())
        }

        fn get_secret(&self) -> Result<Vec<u8>, Error> {
            self.call(b"s3cret".to_vec())
        }

        fn delete_credential(&self) -> Result<(), Error> {
            self.call(())
        }

        fn get_credential(&self) -> Result<Option<Arc<keyring_core::Credential>>, Error> {
            Ok(None)
        }

        fn get_specifiers(&self) -> Option<(String, String)> {
            None
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    impl CredentialStoreApi for Fake {
        fn vendor(&self) -> String {
            String::new()
        }

        fn id(&self) -> String {
            String::new()
        }

        fn build(&self, _: &str, _: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry, Error> {
            Ok(Entry::new_with_credential(Arc::new(self.clone())))
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    /// What a store's status becomes where the platform knows the statuses of the Keychain.
    fn of_keychain(error: Error) -> KeyringError {
        explained(error, |error| {
            let Status(status) = error.downcast_ref()?;
            keychain::refusal(*status).map(KeyringError::Keychain)
        })
    }

    #[test]
    fn a_keychain_that_would_ask_is_asked_once_and_its_refusal_is_told() {
        for (status, told) in [
            (-25_308, KeyringError::Keychain(Refusal::WouldAsk)),
            (-25_307, KeyringError::Keychain(Refusal::NoDefault)),
            (-25_300, KeyringError::Missing),
            (-25_291, KeyringError::failed("error code -25291")),
        ] {
            // The second answer is what a repeated call would get.
            let fake = Fake(Arc::new(Mutex::new(vec![None, Some(status)])));
            let entry = fake.build("keyfob", "ci", None).unwrap();
            assert_eq!(
                entry.get_secret().map_err(of_keychain),
                Err(told),
                "{status}"
            );
            assert_eq!(fake.0.lock().unwrap().len(), 1, "{status}");
        }
    }

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
