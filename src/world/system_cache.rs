//! The traits of the cache folder and of the parent process for this machine.

use super::cache::{
    self, Cache, CacheKey, Deliveries, Delivery, Entry, FailureNote, FailureNotes, LockAttempt,
    LookupNotes, SecretChanges, TokenCache,
};
use super::machine::System;
use super::process::{Parent, ParentProcess};
use super::{Clock as _, Diagnosis as _, Log as _, Random as _, SpecFiles as _};

impl TokenCache for System {
    fn cached(&self, key: &CacheKey) -> Option<Entry> {
        self.cache.as_ref()?.get(key)
    }

    fn remember(&self, key: &CacheKey, entry: &Entry) {
        let stored = self.cache.as_ref().map(|cache| cache.put(key, entry));
        if !matches!(stored, Some(Ok(()))) {
            self.log(&|| match (self.cache_folder(), &stored) {
                (Err(unusable), _) => format!("cache: {}; {}", unusable.why, unusable.hint),
                (Ok(_), Some(Err(error))) => format!("cache: the token is not kept: {error}"),
                (Ok(_), _) => "cache: the token is not kept".to_owned(),
            });
        }
    }

    fn forget(&self, key: &str) -> Result<(), String> {
        let removed = self.cache.as_ref().map_or(Ok(()), |it| it.remove(key));
        removed.inspect_err(|why| self.log(&|| format!("cache: an entry stays: {why}")))
    }

    fn forget_all(&self) -> Result<(), String> {
        self.cache.as_ref().map_or(Ok(()), Cache::clear)
    }

    fn entries(&self) -> Vec<Entry> {
        self.cache.as_ref().map(Cache::entries).unwrap_or_default()
    }

    fn lock(&self, key: &CacheKey) -> LockAttempt {
        self.cache
            .as_ref()
            .map_or(LockAttempt::Unusable, |cache| cache.lock(key))
    }
}

impl Deliveries for System {
    fn delivery(&self, key: &CacheKey, receiver: u64) -> Option<Delivery> {
        self.cache.as_ref()?.delivery(key, receiver)
    }

    fn record_delivery(&self, delivery: &Delivery) {
        delivery.record();
    }
}

impl LookupNotes for System {
    fn large_config_state(&self) -> Option<String> {
        cache::state(&self.config_folder()?)
    }

    fn recent_lookup(&self, question: &str) -> Option<String> {
        let (cache, folder) = (self.cache.as_ref()?, self.config_folder()?);
        cache.recent_lookup(&folder, question, self.now())
    }

    fn record_lookup(&self, before: &str, question: &str, name: &str) {
        if let (Some(cache), Some(folder)) = (&self.cache, self.config_folder()) {
            cache.record_lookup(&folder, before, (question, name), self.now());
        }
    }
}

impl FailureNotes for System {
    fn record_failure(&self, failure: &FailureNote) {
        if let Some(cache) = &self.cache {
            cache.record_failure(failure);
        }
    }

    fn failures(&self) -> Vec<FailureNote> {
        self.cache.as_ref().map(Cache::failures).unwrap_or_default()
    }
}

impl SecretChanges for System {
    fn record_secret_change(&self) {
        let number = self.random();
        let _ = self
            .cache
            .as_ref()
            .map(|cache| cache.record_secret_change(number));
    }

    fn secret_changes(&self) -> Option<[u8; 16]> {
        self.cache.as_ref()?.secret_changes()
    }
}

impl ParentProcess for System {
    fn caller(&self, asker: u64) -> Option<u64> {
        self.parent().map(|parent| parent.asking(asker))
    }

    fn caller_retries(&self) -> bool {
        self.parent().is_some_and(Parent::is_go)
    }
}

impl System {
    fn parent(&self) -> Option<&Parent> {
        self.parent.get_or_init(Parent::find).as_ref()
    }
}
