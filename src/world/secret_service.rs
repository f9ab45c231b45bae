//! The desktop's keyring (GNOME Keyring, KWallet, KeePassXC, …) as a credential store for
//! `keyring-core`.
//!
//! Ruled by the [Secret Service
//! API](https://specifications.freedesktop.org/secret-service-spec/latest/). Entries carry the
//! attributes `service` and `username`, as those of the `keyring` crates, Python's `keyring` and
//! `secret-tool store … service S username U` do, so each reads what another wrote. Secrets cross
//! the user's own bus plain: who can read that bus can ask for the secret too.
//!
//! It uses nothing of keyfob but one function that decodes text, and could be a crate. It is a
//! module, since it has one user, which needs all of it, and a second package in this repository
//! would repeat the lints, the licences and the checks of the first.
//!
//! Synchronous, without threads, and never past its deadline. Never shows a prompt: what is locked
//! and cannot be unlocked silently is an error at once. KWallet keeps UTF-8 only; bytes that are
//! not text do not survive there.

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

/// Longest secret that is stored, in bytes. The specification has no limit; ours keeps a mistake
/// out of the keyring.
pub const LONGEST_SECRET: u32 = 1 << 20;

/// The Secret Service of this session, for as long as its budget lasts.
pub struct SecretService(Arc<Mutex<Session>>);

impl SecretService {
    /// Connects; this and every later call together take no longer than `budget`.
    ///
    /// # Errors
    /// `NoStorageAccess` with a [`ServiceError`]: no bus, no provider, or no answer in time.
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

    /// The entries that carry these attributes, and a `service` and a `username`.
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

/// An entry: looked for by its names each time, or (`path`) one that was found.
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

    /// The one item behind the entry.
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
            // Another client may have written it with attributes beside ours, which `CreateItem`
            // would not replace.
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
