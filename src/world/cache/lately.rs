//! Stored lookups: which spec was found for a target a moment ago. They save time in a
//! configuration folder with so many specs that reading them all takes long.
//!
//! A stored lookup is used for ten seconds, the length of a burst of calls, and only while no file
//! is added or removed. A spec that is edited in place does not change the folder, but may now list
//! the target more closely. Code that uses a stored lookup therefore still reads the spec and
//! checks that it lists the target.

use std::fs;
use std::path::Path;

use super::temporary::Temporary;
use super::{Cache, CacheKey, sweep};
use crate::time::Timestamp;
use crate::world::platform::access::{check, private};
use crate::world::platform::replace::folder_state;

/// How long a stored lookup is used, in seconds.
const COUNTS: u64 = 10;
/// A folder larger than this, in bytes, holds a hundred files or more on most file systems. On the
/// others, all specs are always read.
const LARGE: u64 = 8192;

/// The state of a large folder. It changes when a file is added, removed or renamed. `None` for a
/// small folder, and on a system where the folder does not tell.
#[must_use]
pub fn state(folder: &Path) -> Option<String> {
    folder_state(folder, LARGE)
}

/// The key of a question in a folder.
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
        let file = private(fs::OpenOptions::new().read(true))
            .open(&path)
            .ok()?;
        check(&path, Some(&file), &file.metadata().ok()?).ok()?;
        let mut text = String::new();
        file.take(4096).read_to_string(&mut text).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (at, then, asked, name) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        let at = Timestamp::from_unix(at.parse().ok()?);
        let counts = at <= now && now.since(at).as_secs() <= COUNTS;
        let same = then == state && asked == question && lines.next().is_none();
        (counts && same).then(|| name.to_owned())
    }

    /// Stores the `result`, a question and the name of the spec that was found for it. Stores
    /// nothing if the folder is no longer in the state `before` that it had before it was read. A
    /// name or question with a line break is never read back.
    pub fn record_lookup(&self, folder: &Path, before: &str, result: (&str, &str), now: Timestamp) {
        let (question, name) = result;
        let Some(state) = state(folder).filter(|state| state == before) else {
            return;
        };
        if self.make().is_err() {
            return;
        }
        let key = key(folder, question);
        let text = format!("{}\n{state}\n{question}\n{name}\n", now.unix());
        let path = self.0.join(format!("{}.found", key.as_str()));
        let _ = Temporary::create(&self.0, &key)
            .and_then(|temporary| temporary.write_and_rename(&path, text.as_bytes()));
        sweep::sweep(&self.0, &["found"]);
    }
}
