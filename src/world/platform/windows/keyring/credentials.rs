//! A store over the Credential Manager that never takes one entry for another.
//!
//! An entry's name there is `USER.SERVICE`, and Windows ignores its case: `A` and `a` would be one
//! entry, and so would the user `a.b` of `keyfob` and the user `a` of `b.keyfob`. The entry also
//! holds the user's name as it was written. An entry with another user's name is none of this user,
//! and is not replaced.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, CredentialStore, Entry, Error, Result};

/// The store, over that of the crate.
#[derive(Debug)]
pub(super) struct Credentials(pub(super) Arc<CredentialStore>);

/// An entry, and who it is of.
#[derive(Debug)]
struct Owned {
    entry: Entry,
    service: String,
    user: String,
}

impl CredentialStoreApi for Credentials {
    fn vendor(&self) -> String {
        self.0.vendor()
    }

    fn id(&self) -> String {
        self.0.id()
    }

    fn build(
        &self,
        service: &str,
        user: &str,
        modifiers: Option<&HashMap<&str, &str>>,
    ) -> Result<Entry> {
        let owned = Owned {
            entry: self.0.build(service, user, modifiers)?,
            service: service.to_owned(),
            user: user.to_owned(),
        };
        Ok(Entry::new_with_credential(Arc::new(owned)))
    }

    /// The entries of the service that `spec` names.
    fn search(&self, spec: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        let service = spec.get("service").copied().unwrap_or_default();
        let all = self.0.search(&HashMap::new())?.into_iter();
        let users = all.filter_map(|entry| {
            let attributes = entry.get_attributes().ok()?;
            let user = attributes.get("username")?;
            let is_meant = *attributes.get("target_name")? == name(user, service);
            is_meant.then(|| user.clone())
        });
        users.map(|user| self.build(service, &user, None)).collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn name(user: &str, service: &str) -> String {
    format!("{user}.{service}")
}

/// The entries that this process wrote. The Credential Manager may at first deny an entry to a
/// thread other than the one that wrote it, and each call has a thread of its own.
static WRITTEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
const PAUSE: Duration = Duration::from_millis(20);

impl Owned {
    fn is_written(&self) -> bool {
        let written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        written.contains(&name(&self.user, &self.service))
    }

    /// The user's name in the entry.
    ///
    /// # Errors
    /// [`Error::NoEntry`]: there is no entry of this name, whoever it is of.
    fn holder(&self) -> Result<String> {
        for _ in 0..10 {
            match self.entry.get_attributes() {
                Err(Error::NoEntry) if self.is_written() => std::thread::sleep(PAUSE),
                Err(why) => return Err(why),
                Ok(mut attributes) => return Ok(attributes.remove("username").unwrap_or_default()),
            }
        }
        Err(Error::NoEntry)
    }

    /// # Errors
    /// [`Error::NoEntry`]: this user has no entry.
    fn must_be_own(&self) -> Result<()> {
        match self.holder()? == self.user {
            true => Ok(()),
            false => Err(Error::NoEntry),
        }
    }
}

impl CredentialApi for Owned {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        match self.holder() {
            Ok(holder) if holder != self.user => {
                let taken = format!(
                    "is taken by the entry of `{holder}`: the Credential Manager ignores case, and \
                     the name there is `{}`",
                    name(&self.user, &self.service)
                );
                return Err(Error::Invalid("the name".to_owned(), taken));
            }
            Ok(_) | Err(Error::NoEntry) => {}
            Err(why) => return Err(why),
        }
        self.entry.set_secret(secret)?;
        let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        written.insert(name(&self.user, &self.service));
        Ok(())
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        self.must_be_own()?;
        self.entry.get_secret()
    }

    fn delete_credential(&self) -> Result<()> {
        self.must_be_own()?;
        let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        written.remove(&name(&self.user, &self.service));
        self.entry.delete_credential()
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.user.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
