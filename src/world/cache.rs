//! The cache: one private file per key, written whole or not at all, and a lock beside it that dies with its holder.
//!
//! Files 0600, refused where somebody else owns or can write them; no symlink is followed at the end of a path. Nothing
//! here can fail a login: what cannot be read is absent, what cannot be written is forgotten.

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
pub use delivery::Delivery;
pub use effects::{Deliveries, FailureNotes, LookupNotes, SecretChanges, TokenCache};
pub use entry::{Entry, StoredFailure, StoredToken};
pub use failed::FailureNote;
pub use folder::Unusable;
pub(super) use folder::privately;
pub use lately::state;
use temporary::Temporary;

/// What a token is kept under: SHA-256 over everything that changes the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey(String);

impl CacheKey {
    /// The digest of these parts, each with its length, so that no two lists of parts run together.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let digit = |number: u8| match number {
            0..=9 => char::from(b'0' + number),
            _ => char::from(b'a' + number - 10),
        };
        let mut hex = String::with_capacity(64);
        for byte in context.finish().as_ref() {
            hex.push(digit(byte >> 4));
            hex.push(digit(byte & 15));
        }
        Self(hex)
    }

    /// Sixty-four hexadecimal digits: the entry's file name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What came of trying to take a lock.
#[derive(Debug)]
pub enum LockAttempt {
    /// Ours until it is dropped, or this process ends in any way.
    Held(Lock),
    /// Somebody else's.
    Busy,
    /// There can be no lock here: nobody else can have one either.
    Unusable,
}

/// A lock that is held while this value lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "dropping it gives the lock back")] Option<File>);

impl Lock {
    /// A lock that locks nothing, for worlds without files.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self(None)
    }
}

/// The folder with one file per key, and whether the user named it.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf, bool);

impl Cache {
    fn path(&self, key: &CacheKey) -> PathBuf {
        self.0.join(format!("{}.json", key.as_str()))
    }

    /// What lies under the key.
    #[must_use]
    pub fn get(&self, key: &CacheKey) -> Option<Entry> {
        if !self.is_ours() {
            return None;
        }
        read_entry(&self.path(key)).filter(|entry| entry.key == key.as_str())
    }

    /// Writes the entry beside its place and moves it there.
    ///
    /// # Errors
    /// The system's; the entry is then as it was before.
    pub fn put(&self, key: &CacheKey, entry: &Entry) -> std::io::Result<()> {
        self.make()?;
        let bytes = entry
            .to_bytes()
            .ok_or_else(|| std::io::Error::other("the entry cannot be written as JSON"))?;
        let written = Temporary::create(&self.0, key)
            .and_then(|temporary| temporary.become_entry(&self.path(key), bytes.expose()));
        sweep::sweep(&self.0, &["tmp", "json", "lock"]);
        written
    }

    /// Removes what lies under the key.
    pub fn remove(&self, key: &str) {
        if self.is_ours() && is_key(key) {
            let _ = fs::remove_file(self.0.join(format!("{key}.json")));
        }
    }

    /// Removes every entry, readable or not, and what dead processes left.
    ///
    /// # Errors
    /// The folder is not ours alone, or a file stays.
    pub fn clear(&self) -> Result<(), String> {
        let shown = self.0.display();
        if !self.0.exists() {
            return Ok(());
        }
        if !self.is_ours() {
            return Err(format!(
                "{shown} is no folder of this user alone; nothing in it is used, and nothing was removed"
            ));
        }
        let items = fs::read_dir(&self.0).map_err(|why| format!("{shown}: {why}"))?;
        let mut stays = Ok(());
        for path in items.filter_map(Result::ok).map(|item| item.path()) {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let ours = failed::is_one(name)
                || name.split_once('.').is_some_and(|(key, rest)| {
                    is_key(key)
                        && ["json", "tmp", "found"]
                            .iter()
                            .any(|end| rest.ends_with(end))
                });
            if !ours {
                continue;
            }
            match fs::remove_file(&path) {
                Ok(()) => {}
                // Swept or forgotten by another process meanwhile.
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
                Err(why) => stays = Err(format!("{}: {why}", path.display())),
            }
        }
        stays
    }

    /// Every entry that can be read. What processes left that died while they wrote one is removed.
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

    /// Tries to take the key's lock: flock(2) on a file of its own, which the kernel gives back when its holder dies.
    #[must_use]
    pub fn lock(&self, key: &CacheKey) -> LockAttempt {
        if self.make().is_err() {
            return LockAttempt::Unusable;
        }
        let path = self.0.join(format!("{}.lock", key.as_str()));
        let open = || {
            let mut options = OpenOptions::new();
            privately(|| private(options.create(true).truncate(false).write(true)).open(&path))
        };
        let Ok(file) = open().or_else(|why| folder::reclaim(&path, why).and_then(|()| open()))
        else {
            return LockAttempt::Unusable;
        };
        match file.try_lock() {
            // Swept away meanwhile, by whom we waited for: the next try makes a new one.
            Ok(()) if !names(&path, &file) => LockAttempt::Busy,
            Ok(()) => LockAttempt::Held(Lock(Some(file))),
            Err(fs::TryLockError::WouldBlock) => LockAttempt::Busy,
            Err(fs::TryLockError::Error(_)) => LockAttempt::Unusable,
        }
    }
}

/// Whether the path still names the open file.
#[cfg(unix)]
fn names(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(named), Ok(open)) => (named.dev(), named.ino()) == (open.dev(), open.ino()),
        _ => false,
    }
}

/// An open file cannot be removed here.
#[cfg(not(unix))]
fn names(_: &Path, _: &File) -> bool {
    true
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let no_follow =
            i32::try_from((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits())
                .unwrap_or_default();
        options.mode(0o600).custom_flags(no_follow);
    }
    options
}

fn read_entry(path: &Path) -> Option<Entry> {
    use std::io::Read as _;
    let file = private(OpenOptions::new().read(true)).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > files::LARGEST || files::ours(&metadata).is_err() {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(metadata.len()).unwrap_or_default() + 1,
    ));
    (&file).take(files::LARGEST).read_to_end(&mut bytes).ok()?;
    Entry::from_bytes(&bytes)
}
