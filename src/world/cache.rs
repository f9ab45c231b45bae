//! The cache: one private file per key, written atomically, and a lock file beside it that the
//! kernel releases when its holder exits.
//!
//! Files have mode 0600. A file that another user owns or can write is refused, and a symlink as
//! the last component of a path is not followed. The cache cannot fail a login: an unreadable entry
//! counts as absent, and a failed write is ignored.

mod changed;
mod delivery;
mod effects;
mod entry;
mod failed;
mod folder;
mod lately;
mod sweep;
mod temporary;

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::files;
use super::platform::access::{self, private, privately};
use super::platform::replace::{is_in_use, open_lock, refers_to, remove};
use crate::credential::Secret;
use crate::text::hex;
pub use delivery::Delivery;
pub use effects::{Deliveries, FailureNotes, LookupNotes, SecretChanges, TokenCache};
pub use entry::{Entry, StoredFailure, StoredToken};
pub use failed::FailureNote;
pub use folder::Unusable;
pub use lately::state;
use temporary::Temporary;

/// The key of an entry: SHA-256 over everything that affects the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey(String);

impl CacheKey {
    /// The digest of these parts, each with its length, so that no two lists of parts run together.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        // In one piece: it costs less than many updates of a digest.
        let length = parts.iter().map(|part| 8 + part.len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        Self(hex(digest.as_ref()))
    }

    /// The digest of these parts and then of these secrets.
    #[must_use]
    pub fn with_secrets(parts: &[&[u8]], secrets: &[Secret]) -> Self {
        // The digest leaves the last block that it was given on the stack: it is no secret's.
        const LAST: &[u8] = &[0; 64];
        let secrets = secrets.iter().map(Secret::expose).chain([LAST]);
        let parts: Vec<&[u8]> = parts.iter().copied().chain(secrets).collect();
        Self::of(&parts)
    }

    /// Sixty-four hexadecimal digits: the entry's file name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The result of an attempt to take a lock.
#[derive(Debug)]
pub enum LockAttempt {
    /// Held by this process until it drops the lock or exits.
    Held(Lock),
    /// Held by another process.
    Busy,
    /// Locks do not work here, so no other process can hold one either.
    Unusable,
}

/// A lock that is held while this value lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "dropping it releases the lock")] Option<File>);

impl Lock {
    /// A lock without effect, for worlds without files.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(None)
    }
}

/// The cache folder, and whether the user chose it.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf, bool);

impl Cache {
    fn path(&self, key: &CacheKey) -> PathBuf {
        self.0.join(format!("{}.json", key.as_str()))
    }

    /// The entry that is stored under the key.
    #[must_use]
    pub fn get(&self, key: &CacheKey) -> Option<Entry> {
        if !self.is_ours() {
            return None;
        }
        read_entry(&self.path(key)).filter(|entry| entry.key == key.as_str())
    }

    /// Writes the entry to a temporary file and renames that.
    ///
    /// # Errors
    /// The file cannot be written or renamed; the old entry then stays.
    pub fn put(&self, key: &CacheKey, entry: &Entry) -> std::io::Result<()> {
        self.make()?;
        let bytes = entry
            .to_bytes()
            .ok_or_else(|| std::io::Error::other("the entry cannot be written as JSON"))?;
        let written = Temporary::create(&self.0, key)
            .and_then(|temporary| temporary.write_and_rename(&self.path(key), bytes.expose()));
        sweep::sweep(&self.0, &["tmp", "json", "lock"]);
        written
    }

    /// Removes the entry that is stored under the key.
    ///
    /// # Errors
    /// A sentence that says why it cannot be removed.
    pub fn remove(&self, key: &str) -> Result<(), String> {
        match self.is_ours() && is_key(key) {
            true => removed(&self.0.join(format!("{key}.json"))),
            false => Ok(()),
        }
    }

    /// Removes every entry, readable or not, and the files that dead processes left.
    ///
    /// # Errors
    /// The folder belongs to another user or is writable by others, or a file cannot be removed.
    pub fn clear(&self) -> Result<(), String> {
        let shown = self.0.display();
        if !self.0.exists() {
            return Ok(());
        }
        if !self.is_ours() {
            return Err(format!(
                "{shown} is not a folder of this user alone; nothing in it is used, and nothing \
                was removed"
            ));
        }
        let items = fs::read_dir(&self.0).map_err(|why| format!("{shown}: {why}"))?;
        let mut stays = Ok(());
        for path in items.filter_map(Result::ok).map(|item| item.path()) {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let is_ours = failed::is_one(name)
                || name.split_once('.').is_some_and(|(key, rest)| {
                    is_key(key)
                        && ["json", "tmp", "found"]
                            .iter()
                            .any(|end| rest.ends_with(end))
                });
            if !is_ours {
                continue;
            }
            stays = removed(&path).and(stays);
        }
        stays
    }

    /// Every entry that can be read. Removes temporary files of processes that died while writing.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        if !self.is_ours() {
            return Vec::new();
        }
        sweep::sweep(&self.0, &["tmp"]);
        let Ok(folder) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let own = |item: fs::DirEntry| {
            let name = item.file_name();
            let key = name.to_str()?.strip_suffix(".json")?;
            is_key(key).then(|| self.get(&CacheKey(key.to_owned())))?
        };
        folder.filter_map(Result::ok).filter_map(own).collect()
    }

    /// Tries to take the key's lock: flock(2) on a lock file. The kernel releases it when its
    /// holder exits.
    #[must_use]
    pub fn lock(&self, key: &CacheKey) -> LockAttempt {
        if self.make().is_err() {
            return LockAttempt::Unusable;
        }
        let path = self.0.join(format!("{}.lock", key.as_str()));
        let open = || privately(|| open_lock(&path));
        let opened = open().or_else(|why| access::reclaim(&path, why).and_then(|()| open()));
        let file = match opened {
            Ok(file) => file,
            // Another process is removing it.
            Err(why) if is_in_use(&why) => return LockAttempt::Busy,
            Err(_) => return LockAttempt::Unusable,
        };
        match file.try_lock() {
            // The lock file was removed before it was locked: the next attempt creates a new one.
            Ok(()) if !refers_to(&path, &file) => LockAttempt::Busy,
            Ok(()) => LockAttempt::Held(Lock(Some(file))),
            Err(fs::TryLockError::WouldBlock) => LockAttempt::Busy,
            Err(fs::TryLockError::Error(_)) => LockAttempt::Unusable,
        }
    }
}

fn removed(path: &Path) -> Result<(), String> {
    match remove(path) {
        // Another process has removed it meanwhile.
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|why| format!("{}: {why}", path.display())),
    }
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn read_entry(path: &Path) -> Option<Entry> {
    use std::io::Read as _;
    let file = private(OpenOptions::new().read(true)).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > files::LARGEST {
        return None;
    }
    access::check(path, Some(&file), &metadata).ok()?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(metadata.len()).unwrap_or_default() + 1,
    ));
    (&file).take(files::LARGEST).read_to_end(&mut bytes).ok()?;
    Entry::from_bytes(&bytes)
}
