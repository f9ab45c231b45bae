//! Which spec was found for a target a moment ago, in a configuration folder with so many specs that reading them all takes long.
//!
//! Not to be trusted for long: a spec that is edited in place leaves the folder as it was, and may now list the target more closely. So it counts for
//! ten seconds, the length of a burst of calls, and only as long as no file came or went. Who is told a name reads that spec and asks
//! whether it lists the target.

use std::fs;
use std::path::Path;

use super::temporary::Temporary;
use super::{Cache, CacheKey, private, sweep};
use crate::time::Timestamp;

/// For how many seconds an answer counts.
const COUNTS: u64 = 10;
/// A folder that is larger than this holds a hundred files or more, on most file systems; where its size says nothing, all specs are read.
const LARGE: u64 = 8192;

/// What a folder looks like from outside: it changes when a file comes, goes or is renamed. `None` for a small one.
#[must_use]
#[cfg(unix)]
pub fn state(folder: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(folder).ok()?;
    let (device, inode) = (metadata.dev(), metadata.ino());
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    (metadata.len() > LARGE).then(|| format!("{device} {inode} {changed:?}"))
}

/// Folders are always read here.
#[must_use]
#[cfg(not(unix))]
pub fn state(_: &Path) -> Option<String> {
    None
}

/// The same question in the same folder.
fn key(folder: &Path, question: &str) -> CacheKey {
    let folder = folder.as_os_str().as_encoded_bytes();
    CacheKey::of(&[b"keyfob 1 found", folder, question.as_bytes()])
}

impl Cache {
    /// The name of the spec that this folder had for the question within the last seconds.
    #[must_use]
    pub fn recent_lookup(&self, folder: &Path, question: &str, now: Timestamp) -> Option<String> {
        use std::io::Read as _;
        let state = state(folder)?;
        if !self.is_ours() {
            return None;
        }
        let path = self
            .0
            .join(format!("{}.found", key(folder, question).as_str()));
        let file = private(fs::OpenOptions::new().read(true)).open(path).ok()?;
        super::files::ours(&file.metadata().ok()?).ok()?;
        let mut text = String::new();
        file.take(4096).read_to_string(&mut text).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (at, then, asked, name) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        let at = Timestamp::from_unix(at.parse().ok()?);
        let counts = at <= now && now.since(at).as_secs() <= COUNTS;
        let same = then == state && asked == question && lines.next().is_none();
        (counts && same).then(|| name.to_owned())
    }

    /// Notes which spec was found in a folder that was in this state before it was read, and still is. What has a line break in it is never read
    /// back.
    pub fn record_lookup(&self, folder: &Path, before: &str, found: (&str, &str), now: Timestamp) {
        let (question, name) = found;
        let Some(state) = state(folder).filter(|state| state == before) else {
            return;
        };
        if self.make().is_err() {
            return;
        }
        let key = key(folder, question);
        let text = format!("{}\n{state}\n{question}\n{name}\n", now.unix());
        let place = self.0.join(format!("{}.found", key.as_str()));
        let _ = Temporary::create(&self.0, &key)
            .and_then(|temporary| temporary.become_entry(&place, text.as_bytes()));
        sweep::sweep(&self.0, &["found"]);
    }
}
