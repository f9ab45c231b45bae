//! The cache: one private file per key, written whole or not at all, and a lock beside it that dies with its holder.
//!
//! Folder 0700, files 0600, refused where somebody else owns or can write them; no symlink is followed at the end of a path. Nothing
//! here can fail a login: what cannot be read is absent, what cannot be written is forgotten.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::files;
use crate::credential::{AccessToken, Secret, Token};
use crate::time::Timestamp;

/// What a token is kept under: SHA-256 over everything that changes the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The digest of these parts, each with its length, so that no two lists of parts run together.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hex = String::with_capacity(64);
        for byte in context.finish().as_ref() {
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    /// Sixty-four hexadecimal digits: the entry's file name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The token.
    pub token: Token,
    /// From when on it is renewed, where that can be done.
    pub renew_at: Timestamp,
    /// From when on it is not handed out: its end, or where that is unknown, as long as the spec lets it be kept.
    pub use_until: Timestamp,
}

/// A failure as it is kept: shared briefly, or a cool-down that the provider asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFailure {
    /// When it happened.
    pub at: Timestamp,
    /// Until when nobody asks the provider again.
    pub until: Timestamp,
    /// The error's code.
    pub code: String,
    /// The error's sentence, sanitised.
    pub sentence: String,
    /// Its hint.
    pub hint: Option<String>,
    /// How many came one after the other.
    #[serde(default)]
    pub in_a_row: u32,
}

/// What is known under a key.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The key, repeated.
    pub key: String,
    /// The preset or grant.
    pub provider: String,
    /// The name of the spec for which it was made.
    pub spec: String,
    /// The target for which it was made, if one was named.
    pub target: Option<String>,
    /// Entries of the keyring that went into it: service and user.
    pub secrets: Vec<(String, String)>,
    /// The token.
    pub kept: Option<Kept>,
    /// The last failure since that token.
    pub failure: Option<KeptFailure>,
}

/// An entry's file. Unknown members are ignored: a later version may have written them.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    key: String,
    provider: String,
    spec: String,
    target: Option<String>,
    secrets: Vec<(String, String)>,
    token: Option<WrittenToken>,
    failure: Option<KeptFailure>,
}

#[derive(Serialize, Deserialize)]
struct WrittenToken {
    access_token: String,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    scope: Option<String>,
    renew_at: Timestamp,
    use_until: Timestamp,
}

impl Drop for WrittenToken {
    fn drop(&mut self) {
        self.access_token.zeroize();
    }
}

const VERSION: u32 = 1;

impl Entry {
    /// The file's content.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Secret> {
        let token = self.kept.as_ref().map(|kept| WrittenToken {
            access_token: kept.token.access_token.expose().to_owned(),
            issued_at: kept.token.issued_at,
            expires_at: kept.token.expires_at,
            scope: kept.token.scope.clone(),
            renew_at: kept.renew_at,
            use_until: kept.use_until,
        });
        let written = Written {
            version: VERSION,
            key: self.key.clone(),
            provider: self.provider.clone(),
            spec: self.spec.clone(),
            target: self.target.clone(),
            secrets: self.secrets.clone(),
            token,
            failure: self.failure.clone(),
        };
        serde_json::to_vec(&written).ok().map(Secret::new)
    }

    /// Reads a file's content; `None` for anything that this version did not write whole.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(bytes).ok()?;
        if written.version != VERSION {
            return None;
        }
        let kept = match &written.token {
            None => None,
            Some(token) => Some(Kept {
                token: Token {
                    access_token: AccessToken::parse(&token.access_token).ok()?,
                    issued_at: token.issued_at,
                    expires_at: token.expires_at,
                    scope: token.scope.clone(),
                },
                renew_at: token.renew_at,
                use_until: token.use_until,
            }),
        };
        let Written {
            key,
            provider,
            spec,
            target,
            secrets,
            failure,
            ..
        } = written;
        Some(Self {
            key,
            provider,
            spec,
            target,
            secrets,
            kept,
            failure,
        })
    }
}

/// What came of trying to take a lock.
#[derive(Debug)]
pub enum Locking {
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

/// The folder with one file per key.
#[derive(Debug, Clone)]
pub struct Cache(PathBuf);

/// How old a temporary file must be to be a dead process's.
const ABANDONED: Duration = Duration::from_secs(60);
/// How long after its end an entry may lie about.
const STALE: Duration = Duration::from_secs(24 * 3600);

impl Cache {
    /// The cache in this folder, which need not be there yet.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Whether the folder is a real one, ours alone.
    fn is_ours(&self) -> bool {
        fs::symlink_metadata(&self.0)
            .is_ok_and(|metadata| metadata.is_dir() && files::ours(&metadata).is_ok())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.0.join(format!("{}.json", key.as_str()))
    }

    /// What lies under the key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Entry> {
        if !self.is_ours() {
            return None;
        }
        read_entry(&self.path(key)).filter(|entry| entry.key == key.as_str())
    }

    /// Writes the entry beside its place and moves it there.
    ///
    /// # Errors
    /// The system's; the entry is then as it was before.
    pub fn put(&self, key: &Key, entry: &Entry) -> std::io::Result<()> {
        self.make()?;
        let bytes = entry
            .to_bytes()
            .ok_or_else(|| std::io::Error::other("the entry cannot be written as JSON"))?;
        let temporary = self
            .0
            .join(format!("{}.{}.tmp", key.as_str(), std::process::id()));
        let written = write_private(&temporary, bytes.expose())
            .and_then(|()| fs::rename(&temporary, self.path(key)));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        self.sweep();
        written
    }

    /// Removes what lies under the key.
    pub fn remove(&self, key: &str) {
        if self.is_ours() && is_key(key) {
            let _ = fs::remove_file(self.0.join(format!("{key}.json")));
        }
    }

    /// Every entry that can be read.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        if !self.is_ours() {
            return Vec::new();
        }
        let Ok(folder) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let paths = folder.filter_map(Result::ok).map(|item| item.path());
        paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .filter_map(|path| read_entry(&path))
            .collect()
    }

    /// Tries to take the key's lock: flock(2) on a file of its own, which the kernel gives back when its holder dies.
    #[must_use]
    pub fn lock(&self, key: &Key) -> Locking {
        if self.make().is_err() {
            return Locking::Unusable;
        }
        let path = self.0.join(format!("{}.lock", key.as_str()));
        let Ok(file) =
            private(OpenOptions::new().create(true).truncate(false).write(true)).open(path)
        else {
            return Locking::Unusable;
        };
        match file.try_lock() {
            Ok(()) => Locking::Held(Lock(Some(file))),
            Err(fs::TryLockError::WouldBlock) => Locking::Busy,
            Err(fs::TryLockError::Error(_)) => Locking::Unusable,
        }
    }

    fn make(&self) -> std::io::Result<()> {
        if !self.0.exists() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&self.0)?;
        }
        if self.is_ours() {
            Ok(())
        } else {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
    }

    /// Removes what dead processes and dead tokens left behind. Runs after a mint, never on a hit.
    fn sweep(&self) {
        let Ok(folder) = fs::read_dir(&self.0) else {
            return;
        };
        let now = SystemTime::now();
        for item in folder.filter_map(Result::ok) {
            let path = item.path();
            let ending = path
                .extension()
                .and_then(|ending| ending.to_str())
                .unwrap_or_default();
            let limit = match ending {
                "tmp" => ABANDONED,
                "json" => STALE,
                _ => continue,
            };
            let age = item
                .metadata()
                .and_then(|metadata| metadata.modified())
                .ok()
                .and_then(|then| now.duration_since(then).ok());
            if age.is_none_or(|age| age < limit) {
                continue;
            }
            let today = now
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |span| span.as_secs());
            let today = Timestamp::from_unix(i64::try_from(today).unwrap_or(i64::MAX));
            let in_use = ending == "json"
                && read_entry(&path)
                    .is_some_and(|entry| entry.kept.is_some_and(|kept| kept.use_until > today));
            if !in_use {
                let _ = fs::remove_file(path);
            }
        }
    }
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

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let _ = fs::remove_file(path);
    private(OpenOptions::new().create_new(true).write(true))
        .open(path)?
        .write_all(bytes)
}
