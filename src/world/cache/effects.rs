//! The traits through which the rest of the program uses the cache folder.
//!
//! They cannot fail a login: an unreadable file counts as absent, and a failed write is ignored.

use super::{CacheKey, Delivery, Entry, FailureNote, LockAttempt};

/// Tokens, each under a key, and a lock for each key. A store that several machines share can
/// implement this trait as well: its users do not know where an entry is stored.
pub trait TokenCache {
    /// The entry that is stored under the key. `None` if the cache cannot be read.
    fn cached(&self, key: &CacheKey) -> Option<Entry>;

    /// Stores an entry. A failure is ignored.
    fn remember(&self, key: &CacheKey, entry: &Entry);

    /// Removes the entry that is stored under the key.
    ///
    /// # Errors
    /// A sentence that says why it cannot be removed. It is logged.
    fn forget(&self, key: &str) -> Result<(), String>;

    /// Removes every entry, readable or not.
    ///
    /// # Errors
    /// A sentence that says what cannot be removed, and why.
    fn forget_all(&self) -> Result<(), String>;

    /// Every entry that can be read.
    fn entries(&self) -> Vec<Entry>;

    /// Tries to take the key's lock, which is held while its token is fetched. Never waits.
    fn lock(&self, key: &CacheKey) -> LockAttempt;
}

/// Which program received which token. A program that asks again for a token that has not expired
/// has had it rejected.
pub trait Deliveries {
    /// The delivery of the key's token to a receiver, which says whether the receiver had the token
    /// before. `None` if deliveries cannot be recorded.
    fn delivery(&self, key: &CacheKey, receiver: u64) -> Option<Delivery>;

    /// Records that the token is delivered.
    fn record_delivery(&self, delivery: &Delivery);
}

/// Which spec was found for a target a moment ago, if reading all specs takes long.
pub trait LookupNotes {
    /// The state of the configuration folder, if the folder is so large that lookups are stored.
    fn large_config_state(&self) -> Option<String>;

    /// The name of the spec that was found for this question a moment ago.
    fn recent_lookup(&self, question: &str) -> Option<String>;

    /// Stores which spec was found for a question, if the folder is still in the state `before`.
    fn record_lookup(&self, before: &str, question: &str, name: &str);
}

/// Failures that a caller may not have shown to its user.
pub trait FailureNotes {
    /// Stores a failure in place of the caller's last one. A failed write is ignored.
    fn record_failure(&self, failure: &FailureNote);

    /// The last failure of each caller.
    fn failures(&self) -> Vec<FailureNote>;
}

/// Changes to entries of the OS keyring, which a process that fetches a token has to notice.
pub trait SecretChanges {
    /// Records that an entry was changed.
    fn record_secret_change(&self);

    /// A number that changes with every change to an entry.
    fn secret_changes(&self) -> Option<[u8; 16]>;
}
