//! Which programs received an entry's token: a row of slots after the entry's JSON, written in
//! place.
//!
//! client-go runs its plugin again only after a token's expiry or a server's rejection, and never
//! says which (KEP-541: only `cluster` and `interactive` are passed). A program that asks twice for
//! one cluster before the token's expiry has therefore had the token rejected.
//!
//! A slot holds a fingerprint of the program and of what it asks for. The fingerprint is lost if
//! two of them share a slot or the entry is replaced. A rejection is then noticed one command
//! later. No rejection is assumed where there was none.

use std::fs::{File, OpenOptions};
use std::io::Read as _;

use super::{Cache, CacheKey, files, private};
use crate::world::platform::{access, positioned};

/// Number of slots after an entry.
const SLOTS: u64 = 64;
/// Size of a slot, in bytes.
const SLOT: u64 = 8;

/// One delivery of an entry's token.
#[derive(Debug)]
pub struct Delivery {
    /// A fingerprint of the receiver.
    pub receiver: u64,
    /// Whether the receiver had the same token before.
    pub repeated: bool,
    /// The file and the position in it, if the delivery is still to be recorded.
    slot: Option<(File, u64)>,
}

impl Delivery {
    /// A delivery that is recorded in no file, for worlds without files.
    #[must_use]
    pub fn of_nothing(receiver: u64, repeated: bool) -> Self {
        Self {
            receiver,
            repeated,
            slot: None,
        }
    }
}

impl Cache {
    /// The delivery of the token that is stored under the key. The entry's file stays open for
    /// [`Delivery::record`].
    #[must_use]
    pub fn delivery(&self, key: &CacheKey, receiver: u64) -> Option<Delivery> {
        let (file, row) = self.row(key)?;
        let position = row + (receiver % SLOTS) * SLOT;
        let mut slot = [0; 8];
        let repeated = positioned::read_exact_at(&file, &mut slot, position).is_ok()
            && u64::from_le_bytes(slot) == receiver;
        Some(Delivery {
            receiver,
            repeated,
            slot: (!repeated).then_some((file, position)),
        })
    }

    /// The entry's file, and the position of its slots.
    fn row(&self, key: &CacheKey) -> Option<(File, u64)> {
        if !self.is_ours() {
            return None;
        }
        let path = self.path(key);
        let file = private(OpenOptions::new().read(true).write(true))
            .open(&path)
            .ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || access::check(&path, Some(&file), &metadata).is_err() {
            return None;
        }
        let row = end_of_json(&file)?;
        Some((file, row))
    }
}

impl Delivery {
    /// Records the delivery unless it is a repeated one. A failed write is ignored.
    pub fn record(&self) {
        if let Some((file, position)) = &self.slot {
            let _ = positioned::write_all_at(file, &self.receiver.to_le_bytes(), *position);
        }
    }
}

/// The position after the line of JSON.
fn end_of_json(mut file: &File) -> Option<u64> {
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(4096));
    file.by_ref()
        .take(files::LARGEST)
        .read_to_end(&mut bytes)
        .ok()?;
    let at = bytes.iter().position(|byte| *byte == b'\n')?;
    u64::try_from(at + 1).ok()
}
