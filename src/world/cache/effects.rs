//! What is read and written in the cache folder, as the traits that the rest of the program sees.
//!
//! None of it can fail a login: what cannot be read is absent, what cannot be written is forgotten.

use super::{CacheKey, Delivery, Entry, FailureNote, LockAttempt};

/// Tokens, each under a key, and a lock for each key. A store that several machines share can stand
/// behind this trait as well: above it nothing knows where an entry is.
pub trait TokenCache {
    /// The entry of this key. A cache that cannot be read has none.
    fn cached(&self, key: &CacheKey) -> Option<Entry>;

    /// Stores an entry, where that can be done.
    fn remember(&self, key: &CacheKey, entry: &Entry);

    /// Drops the entry of this key.
    fn forget(&self, key: &str);

    /// Drops everything, whoever wrote it.
    ///
    /// # Errors
    /// What could not be dropped, and why.
    fn forget_all(&self) -> Result<(), String>;

    /// Every entry of the cache.
    fn entries(&self) -> Vec<Entry>;

    /// Tries to take the lock under which this key's token is asked for; never waits.
    fn lock(&self, key: &CacheKey) -> LockAttempt;
}

/// Who was given a token: a program that asks again for one that is still good has had it rejected.
pub trait Deliveries {
    /// The delivery of this key's token to a receiver, and whether it would be the second one.
    /// `None` where no note of it can be kept.
    fn delivery(&self, key: &CacheKey, receiver: u64) -> Option<Delivery>;

    /// Records that the token is delivered.
    fn record_delivery(&self, delivery: &Delivery);
}

/// Which spec was found for a target a moment ago, where reading all of them takes long.
pub trait LookupNotes {
    /// The state of the configuration folder, where it is so large that a lookup is worth a note.
    fn large_config_state(&self) -> Option<String>;

    /// The name of the spec that was found for this question a moment ago.
    fn recent_lookup(&self, question: &str) -> Option<String>;

    /// Records which spec was found for a question, if the folder's state is still the one `before`.
    fn record_lookup(&self, before: &str, question: &str, name: &str);
}

/// Failures that a caller may not have shown.
pub trait FailureNotes {
    /// Records a failure in the place of the caller's last one, where that can be done.
    fn record_failure(&self, failure: &FailureNote);

    /// The last failure of each caller.
    fn failures(&self) -> Vec<FailureNote>;
}

/// Changes to entries of the OS keyring, for processes that fetch a token meanwhile.
pub trait SecretChanges {
    /// Records that an entry was changed.
    fn record_secret_change(&self);

    /// A number that differs once an entry was changed.
    fn secret_changes(&self) -> Option<[u8; 16]>;
}
