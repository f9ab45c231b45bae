//! The desktop's keyring (GNOME Keyring, KWallet, KeePassXC, …) as a credential store for
//! `keyring-core`.
//!
//! Specified by the [Secret Service
//! API](https://specifications.freedesktop.org/secret-service-spec/latest/). Entries have the
//! attributes `service` and `username`, like those of the `keyring` crates, Python's `keyring` and
//! `secret-tool store … service S username U`, so each of them can read what another one stored.
//! Secrets cross the user's own bus unencrypted: a program that can read that bus can ask for the
//! secret too.
//!
//! The module uses nothing of keyfob but one function that decodes text, and could be a crate. It
//! is a module because it has one user, which needs all of it. A second package in this repository
//! would repeat the lints, the licences and the checks of the first.
//!
//! It is synchronous, starts no threads and never exceeds its deadline. It never shows a prompt: an
//! item that is locked and cannot be unlocked without one is an error at once. KWallet stores only
//! UTF-8, so a secret that is not text does not survive there.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, Entry, Error, Result};

pub use self::error::{BusError, ServiceError};
use self::session::Session;

mod address;
mod error;
mod message;
mod session;
mod session_bus;

/// Longest secret that is stored, in bytes. The specification has no limit. Ours keeps a mistake
/// out of the keyring.
pub const LONGEST_SECRET: u32 = 1 << 20;

/// A connection to the Secret Service, which can be used until its budget is spent.
pub struct SecretService(Arc<Mutex<Session>>);

impl SecretService {
    /// Connects to the Secret Service. This call and all later ones together take at most `budget`.
    ///
    /// # Errors
    /// `NoStorageAccess` with a [`ServiceError`] if there is no bus, no provider or no answer in
    /// time. `PlatformFailure` if the bus or the provider answers with another error.
    pub fn connect(budget: Duration) -> Result<Arc<Self>> {
        let session = Session::open(Instant::now() + budget)?;
        Ok(Arc::new(Self(Arc::new(Mutex::new(session)))))
    }
}

impl CredentialStoreApi for SecretService {
    fn vendor(&self) -> String {
        "Secret Service, https://specifications.freedesktop.org/secret-service-spec/".to_owned()
    }

    fn id(&self) -> String {
        "org.freedesktop.secrets".to_owned()
    }

    fn build(
        &self,
        service: &str,
        user: &str,
        modifiers: Option<&HashMap<&str, &str>>,
    ) -> Result<Entry> {
        if let Some(name) = modifiers.and_then(|modifiers| modifiers.keys().next()) {
            let reason = "the secret service store takes no modifiers".to_owned();
            return Err(Error::Invalid((*name).to_owned(), reason));
        }
        Ok(Entry::new_with_credential(Arc::new(Item {
            session: Arc::clone(&self.0),
            service: service.to_owned(),
            user: user.to_owned(),
            path: None,
        })))
    }

    /// The entries with these attributes and with a `service` and a `username`.
    fn search(&self, spec: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        let mut session = lock(&self.0);
        let mut entries = Vec::new();
        for path in session.find(spec)? {
            let mut attributes = session.attributes(&path)?;
            if let (Some(service), Some(user)) =
                (attributes.remove("service"), attributes.remove("username"))
            {
                entries.push(wrap(&self.0, &service, &user, path));
            }
        }
        Ok(entries)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// An entry. It is searched for by its names each time, unless a search has found its `path`.
struct Item {
    session: Arc<Mutex<Session>>,
    service: String,
    user: String,
    path: Option<String>,
}

impl Item {
    fn names(&self) -> HashMap<&str, &str> {
        HashMap::from([
            ("service", self.service.as_str()),
            ("username", self.user.as_str()),
        ])
    }

    /// The path of the one item of the entry.
    fn path(&self, session: &mut Session) -> Result<String> {
        if let Some(path) = &self.path {
            return Ok(path.clone());
        }
        let mut found = session.find(&self.names())?;
        match (found.pop(), found.is_empty()) {
            (None, _) => Err(Error::NoEntry),
            (Some(path), true) => Ok(path),
            (Some(path), false) => {
                found.push(path);
                let entry = |path| wrap(&self.session, &self.service, &self.user, path);
                Err(Error::Ambiguous(found.into_iter().map(entry).collect()))
            }
        }
    }
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        if secret.len() > LONGEST_SECRET as usize {
            return Err(Error::TooLong("secret".to_owned(), LONGEST_SECRET));
        }
        let mut session = lock(&self.session);
        match self.path(&mut session) {
            // Another client may have stored it with more attributes than ours, and `CreateItem`
            // would not replace such an item.
            Ok(path) => session.replace(&path, secret),
            Err(Error::NoEntry) => {
                let label = format!("{}: {}", self.service, self.user);
                session.create(&label, &self.names(), secret)
            }
            Err(error) => Err(error),
        }
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        let mut session = lock(&self.session);
        let path = self.path(&mut session)?;
        session.secret(&path)
    }

    fn delete_credential(&self) -> Result<()> {
        let mut session = lock(&self.session);
        let path = self.path(&mut session)?;
        session.delete(&path)
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        if self.path.is_some() {
            return Ok(None);
        }
        let path = self.path(&mut lock(&self.session))?;
        Ok(Some(Arc::new(Self {
            session: Arc::clone(&self.session),
            service: self.service.clone(),
            user: self.user.clone(),
            path: Some(path),
        })))
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.user.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn wrap(session: &Arc<Mutex<Session>>, service: &str, user: &str, path: String) -> Entry {
    Entry::new_with_credential(Arc::new(Item {
        session: Arc::clone(session),
        service: service.to_owned(),
        user: user.to_owned(),
        path: Some(path),
    }))
}

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}
