//! Who was given the token: a row of slots behind an entry's JSON, written in place.
//!
//! client-go asks its plugin again only when a token ended or a server refused it, and never says which
//! (KEP-541: nothing but `cluster` and `interactive` is told). So the same program asking twice for one
//! cluster, while the token is still good, has had it refused. A slot holds a fingerprint of the program and
//! of what it asks for. It is lost when two of them share a slot or the entry is replaced: then a refusal is
//! noticed one command later, and never where there was none.

use std::fs::{File, OpenOptions};
use std::io::Read as _;

use super::{Cache, CacheKey, files, private};

/// Slots behind an entry.
const SLOTS: u64 = 64;
/// Bytes of a slot.
const SLOT: u64 = 8;

impl Cache {
    /// Notes that this one is given what lies under the key; tells whether it was given the very same before.
    #[must_use]
    pub fn give(&self, key: &CacheKey, receiver: u64) -> bool {
        use std::os::unix::fs::FileExt as _;
        let Some((file, row)) = self.row(key) else {
            return false;
        };
        let place = row + (receiver % SLOTS) * SLOT;
        let mut slot = [0; 8];
        let before =
            file.read_exact_at(&mut slot, place).is_ok() && u64::from_le_bytes(slot) == receiver;
        if !before {
            let _ = file.write_all_at(&receiver.to_le_bytes(), place);
        }
        before
    }

    /// The entry's file, and where its row of slots begins.
    fn row(&self, key: &CacheKey) -> Option<(File, u64)> {
        if !self.is_ours() {
            return None;
        }
        let file = private(OpenOptions::new().read(true).write(true))
            .open(self.path(key))
            .ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || files::ours(&metadata).is_err() {
            return None;
        }
        let row = end_of_json(&file)?;
        Some((file, row))
    }
}

/// Where the line with the JSON ends.
fn end_of_json(mut file: &File) -> Option<u64> {
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(4096));
    file.by_ref()
        .take(files::LARGEST)
        .read_to_end(&mut bytes)
        .ok()?;
    let at = bytes.iter().position(|byte| *byte == b'\n')?;
    u64::try_from(at + 1).ok()
}
