//! Who was given the token: a row of slots behind an entry's JSON, written in place, each with a process and a moment.
//!
//! client-go asks its plugin again only when a token ended or a server refused it, and never says which (KEP-541: nothing but `cluster` and
//! `interactive` is told). So the same process asking twice for a token that is still good has had it refused. A slot is lost when two
//! processes share it or the entry is replaced: then a refusal is noticed one command later, and never where there was none.

use std::fs::{File, OpenOptions};
use std::io::Read as _;

use super::{Cache, Key, files, private};
use crate::time::Timestamp;

/// Slots behind an entry.
const SLOTS: u64 = 64;
/// Bytes of a slot: a process id and Unix seconds, both little-endian.
const SLOT: usize = 8;

impl Cache {
    /// Notes that this process is given what lies under the key; tells when it was given the very same before.
    #[must_use]
    pub fn give(&self, key: &Key, process: u32, now: Timestamp) -> Option<Timestamp> {
        use std::os::unix::fs::FileExt as _;
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
        let place = end_of_json(&file)? + (u64::from(process) % SLOTS) * SLOT as u64;
        let mut slot = [0_u8; SLOT];
        let before = file.read_exact_at(&mut slot, place).ok().and_then(|()| {
            let ([who @ .., _, _, _, _], [_, _, _, _, when @ ..]) = (&slot, &slot);
            (u32::from_le_bytes(*who) == process)
                .then(|| Timestamp::from_unix(i64::from(u32::from_le_bytes(*when))))
        });
        if before.is_none() {
            let [a, b, c, d] = process.to_le_bytes();
            let [e, f, g, h] = u32::try_from(now.unix()).unwrap_or_default().to_le_bytes();
            let _ = file.write_all_at(&[a, b, c, d, e, f, g, h], place);
        }
        before
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
