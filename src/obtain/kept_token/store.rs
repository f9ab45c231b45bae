//! The keyring entry in which tokens are kept. An entry that keyfob did not write for this account
//! is neither used nor overwritten.

use super::super::decide;
use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::grant::kept_token::KeptToken;
use crate::grant::kept_token::record::Record;
use crate::source::{KeyringEntry, Source};
use crate::target::Endpoint;
use crate::time::{Timestamp, renewal_margin};
use crate::world::keyring::KeyringError;
use crate::world::{Clock, Keyring, Log, Obtaining};

/// The keyring entry that the spec names.
pub(super) struct RecordStore<'a> {
    pub(super) keyring: &'a dyn Keyring,
    pub(super) log: &'a dyn Log,
    pub(super) grant: &'a KeptToken<Source>,
}

impl<'a> RecordStore<'a> {
    pub(super) fn new(world: &'a dyn Obtaining, grant: &'a KeptToken<Source>) -> Self {
        Self {
            keyring: world,
            log: world,
            grant,
        }
    }

    pub(super) fn entry(&self) -> String {
        Source::Keyring(self.grant.store.clone()).describe()
    }

    fn account(&self) -> String {
        let url = self.grant.revoke.url.written();
        url.map(Endpoint::without_query).unwrap_or_default()
    }

    fn failed(&self, why: &KeyringError) -> Error {
        let error = Error::keyring(&self.entry(), &self.grant.store.user, why);
        match why {
            KeyringError::Locked | KeyringError::Keychain(_) => error,
            _ => error.hint(
                "tokens of this grant are stored in a keyring only, which has to outlive them; \
            the kernel's (KEYFOB_KEYRING=kernel) does for a job that ends with `keyfob revoke`",
            ),
        }
    }

    /// The stored record, or an empty one if the entry does not exist. An entry that keyfob did not
    /// write for this account is an error.
    pub(super) fn read_record(&self) -> Result<Record, Error> {
        let unusable = |why: &str| {
            let sentence = format!("{} {why}", self.entry());
            Error::new(Code::SecretUnreadable, sentence).hint("name another entry in `store`")
        };
        let record = match self.keyring.read_secret(&self.grant.store) {
            Ok(secret) => Record::from_secret(&secret)
                .ok_or_else(|| unusable("does not hold a record of tokens"))?,
            Err(KeyringError::Missing) => Record::default(),
            Err(why) => return Err(self.failed(&why)),
        };
        if !record.is_empty() && record.account != self.account() {
            return Err(unusable("holds the token of another account or provider"));
        }
        Ok(Record {
            account: self.account(),
            ..record
        })
    }

    /// Writes the record, or removes the entry if the record is empty.
    pub(super) fn write_record(&self, record: &Record) -> Result<(), Error> {
        let entry = &self.grant.store;
        let written = match record.to_secret().filter(|_| !record.is_empty()) {
            Some(secret) => self.keyring.write_secret(entry, &secret),
            None => match self.keyring.remove_secret(entry) {
                Err(KeyringError::Missing) => Ok(()),
                other => other,
            },
        };
        written.map_err(|why| self.failed(&why))
    }

    /// Writes the record. A failure is only logged, since the next run repeats the step.
    pub(super) fn try_write_record(&self, record: &Record) {
        if let Err(why) = self.write_record(record) {
            self.log.log(&|| continuing_after(&why));
        }
    }
}

/// The log line for a failure whose step the next run repeats.
pub(super) fn continuing_after(why: &Error) -> String {
    format!("{why}; continuing")
}

/// Marks the kept token as rejected by a caller's server, if it is `rejected`, or in any case if
/// that is `None`: the next run creates another token and revokes this one. Not twice in a minute,
/// since a server may reject every token.
///
/// # Errors
/// The keyring cannot be read or written.
pub fn reject(
    world: &(impl Clock + Log + Keyring + ?Sized),
    entry: &KeyringEntry,
    rejected: Option<&Secret>,
) -> Result<(), Error> {
    change_record(world, entry, |record| {
        record.reject(rejected, world.now(), decide::SUSPICION)
    })
}

/// Marks the kept token as doubtful: the next run hands it out only if the provider says that it
/// exists. Not twice in a minute.
///
/// # Errors
/// The keyring cannot be read or written.
pub fn doubt(
    world: &(impl Clock + Log + Keyring + ?Sized),
    entry: &KeyringEntry,
) -> Result<(), Error> {
    change_record(world, entry, |record| {
        record.doubted = record.current.is_some()
            && !record.was_rejected_recently(world.now(), decide::SUSPICION);
        record.doubted
    })
}

/// Changes a record, and writes it if `change` returns `true`. An entry that keyfob did not write
/// is left as it is.
fn change_record(
    world: &(impl Log + Keyring + ?Sized),
    entry: &KeyringEntry,
    change: impl FnOnce(&mut Record) -> bool,
) -> Result<(), Error> {
    let failed = |why: &KeyringError| {
        let shown = Source::Keyring(entry.clone()).describe();
        Error::keyring(&shown, &entry.user, why)
    };
    let secret = match world.read_secret(entry) {
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
    world.log(&|| "the kept token is marked; it is not handed out again unchecked".to_owned());
    let written = record.to_secret().unwrap_or(secret);
    world
        .write_secret(entry, &written)
        .map_err(|why| failed(&why))
}

/// Whether a new token is due. A quarter earlier than the margin: the cache's renewal is jittered
/// by up to that much, and must then get a new token.
pub(super) fn needs_renewal(grant: &KeptToken<Source>, token: &Token, now: Timestamp) -> bool {
    let ends_soon = token.expires_at.is_some_and(|end| {
        let early = renewal_margin(end.since(token.issued_at)) * 5 / 4;
        end.minus(early) <= now
    });
    ends_soon || !grant.is_complete(token)
}
