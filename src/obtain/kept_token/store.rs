//! The keyring entry in which minted tokens are kept. What keyfob did not write for this account is neither used nor written over.

use super::super::decide;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::grant::kept_token::KeptToken;
use crate::grant::kept_token::record::Record;
use crate::source::{KeyringEntry, Source};
use crate::world::keyring::KeyringError;
use crate::world::{Clock, Keyring, Log, Obtaining};

/// The keyring entry that the spec names.
pub(super) struct KeyringKind<'a> {
    pub(super) keyring: &'a dyn Keyring,
    pub(super) log: &'a dyn Log,
    pub(super) minted: &'a KeptToken<Source>,
}

impl<'a> KeyringKind<'a> {
    pub(super) fn new(world: &'a dyn Obtaining, minted: &'a KeptToken<Source>) -> Self {
        Self {
            keyring: world,
            log: world,
            minted,
        }
    }

    pub(super) fn entry(&self) -> String {
        Source::Keyring(self.minted.store.clone()).describe()
    }

    fn place(&self) -> String {
        self.minted.revoke.url.without_query()
    }

    fn failed(&self, why: &KeyringError) -> Error {
        let error = Error::keyring(&self.entry(), &self.minted.store.user, why);
        match why {
            KeyringError::Locked => error,
            _ => error.hint("a token that is made here is kept in a keyring and nowhere else; on Linux without a desktop KEYFOB_KEYRING=kernel names one"),
        }
    }

    /// What lies there; an empty record where there is nothing. What keyfob did not write for this account is left alone.
    pub(super) fn read(&self) -> Result<Record, Error> {
        let unusable = |why: &str| {
            let sentence = format!("{} {why}", self.entry());
            Error::new(Code::SecretUnreadable, sentence).hint("name another entry in `store`")
        };
        let record = match self.keyring.read_secret(&self.minted.store) {
            Ok(secret) => Record::from_secret(&secret)
                .ok_or_else(|| unusable("holds something else than a record of tokens"))?,
            Err(KeyringError::Missing) => Record::default(),
            Err(why) => return Err(self.failed(&why)),
        };
        if !record.is_empty() && record.place != self.place() {
            return Err(unusable("keeps the token of another account or provider"));
        }
        Ok(Record {
            place: self.place(),
            ..record
        })
    }

    /// Writes it; a record of nothing is removed.
    pub(super) fn write(&self, record: &Record) -> Result<(), Error> {
        let place = &self.minted.store;
        let written = match record.to_secret().filter(|_| !record.is_empty()) {
            Some(secret) => self.keyring.write_secret(place, &secret),
            None => match self.keyring.remove_secret(place) {
                Err(KeyringError::Missing) => Ok(()),
                other => other,
            },
        };
        written.map_err(|why| self.failed(&why))
    }

    /// The same where the next run can make good what cannot be written now.
    pub(super) fn write_if_possible(&self, record: &Record) {
        if let Err(why) = self.write(record) {
            self.log.log(&|| told(&why));
        }
    }
}

/// A failure that the next run makes good.
pub(super) fn told(why: &Error) -> String {
    format!("{why}; going on")
}

/// Gives the kept token up that somebody's server rejected, or any where none is named: the next run makes
/// another and revokes this one. Not twice in a minute, for a server that rejects everything.
///
/// # Errors
/// The keyring's.
pub fn reject(
    world: &(impl Clock + Log + Keyring + ?Sized),
    place: &KeyringEntry,
    rejected: Option<&Secret>,
) -> Result<(), Error> {
    change(world, place, |record| {
        record.reject(rejected, world.now(), decide::SUSPICION)
    })
}

/// Lets the next run hand out the kept token only if the provider says that it is there. Not twice in a minute.
///
/// # Errors
/// The keyring's.
pub fn doubt(
    world: &(impl Clock + Log + Keyring + ?Sized),
    place: &KeyringEntry,
) -> Result<(), Error> {
    change(world, place, |record| {
        record.doubted = record.current.is_some()
            && !record.was_rejected_recently(world.now(), decide::SUSPICION);
        record.doubted
    })
}

/// Changes a record where `change` says that it did. What keyfob did not write is left alone.
fn change(
    world: &(impl Log + Keyring + ?Sized),
    place: &KeyringEntry,
    change: impl FnOnce(&mut Record) -> bool,
) -> Result<(), Error> {
    let failed = |why: &KeyringError| {
        let entry = Source::Keyring(place.clone()).describe();
        Error::keyring(&entry, &place.user, why)
    };
    let secret = match world.read_secret(place) {
        Ok(secret) => secret,
        Err(KeyringError::Missing) => return Ok(()),
        Err(why) => return Err(failed(&why)),
    };
    let Some(mut record) = Record::from_secret(&secret) else {
        return Ok(());
    };
    if !change(&mut record) {
        return Ok(());
    }
    world.log(&|| "the kept token is not handed out again as it is".to_owned());
    let written = record.to_secret().unwrap_or(secret);
    world
        .write_secret(place, &written)
        .map_err(|why| failed(&why))
}
