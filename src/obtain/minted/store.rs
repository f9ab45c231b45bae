//! The keyring entry in which minted tokens are kept. What keyfob did not write for this account is neither used nor written over.

use crate::error::{Code, Error};
use crate::grant::minted::Minted;
use crate::grant::minted::record::Record;
use crate::source::Source;
use crate::world::World;
use crate::world::keyring::KeyringError;

/// The keyring entry that the spec names.
pub(super) struct Store<'a> {
    pub(super) world: &'a dyn World,
    pub(super) minted: &'a Minted<Source>,
}

impl Store<'_> {
    pub(super) fn entry(&self) -> String {
        Source::Keyring(self.minted.store.clone()).describe()
    }

    fn place(&self) -> String {
        self.minted.revoke.url.shown()
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
        let record = match self.world.secret(&self.minted.store) {
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
            Some(secret) => self.world.keep_secret(place, &secret),
            None => match self.world.remove_secret(place) {
                Err(KeyringError::Missing) => Ok(()),
                other => other,
            },
        };
        written.map_err(|why| self.failed(&why))
    }

    /// The same where the next run can make good what cannot be written now.
    pub(super) fn write_if_possible(&self, record: &Record) {
        if let Err(why) = self.write(record) {
            self.world.tell(&|| told(&why));
        }
    }
}

/// A failure that the next run makes good.
pub(super) fn told(why: &Error) -> String {
    format!("{} ({}); going on", why.sentence, why.code.as_str())
}
