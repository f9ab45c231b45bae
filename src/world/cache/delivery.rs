//! Who was given the token: a row of slots behind an entry's JSON, written in place.
//!
//! client-go asks its plugin again only when a token ended or a server rejected it, and never says which
//! (KEP-541: nothing but `cluster` and `interactive` is passed). So the same program asking twice for one
//! cluster, while the token is still good, has had it rejected. A slot holds a fingerprint of the program and
//! of what it asks for. It is lost when two of them share a slot or the entry is replaced: then a rejection is
//! noticed one command later, and never where there was none.

use std::fs::File;

/// Slots behind an entry.
#[cfg(unix)]
const SLOTS: u64 = 64;
/// Bytes of a slot.
#[cfg(unix)]
const SLOT: u64 = 8;

/// One delivery of an entry's token.
#[derive(Debug)]
pub struct Delivery {
    /// A fingerprint of who receives it.
    pub receiver: u64,
    /// Whether it was given the very same token before.
    pub repeated: bool,
    /// Where it is still to be recorded.
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

#[cfg(unix)]
mod row {
    use std::fs::{File, OpenOptions};
    use std::io::Read as _;
    use std::os::unix::fs::FileExt as _;

    use super::super::{Cache, CacheKey, files, private};
    use super::{Delivery, SLOT, SLOTS};

    impl Cache {
        /// The delivery of what is under the key. The entry's file stays open for [`Delivery::record`].
        #[must_use]
        pub fn delivery(&self, key: &CacheKey, receiver: u64) -> Option<Delivery> {
            let (file, row) = self.row(key)?;
            let place = row + (receiver % SLOTS) * SLOT;
            let mut slot = [0; 8];
            let repeated = file.read_exact_at(&mut slot, place).is_ok()
                && u64::from_le_bytes(slot) == receiver;
            Some(Delivery {
                receiver,
                repeated,
                slot: (!repeated).then_some((file, place)),
            })
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

    impl Delivery {
        /// Writes it down, unless it is a repeated one. Without an answer: nothing depends on it.
        pub fn record(&self) {
            if let Some((file, place)) = &self.slot {
                let _ = file.write_all_at(&self.receiver.to_le_bytes(), *place);
            }
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
}

#[cfg(not(unix))]
mod row {
    use super::super::{Cache, CacheKey};
    use super::Delivery;

    impl Cache {
        /// None here: no program that calls this one can be told from others.
        #[must_use]
        pub fn delivery(&self, _: &CacheKey, _: u64) -> Option<Delivery> {
            None
        }
    }

    impl Delivery {
        /// Nothing to write.
        pub fn record(&self) {
            let _ = &self.slot;
        }
    }
}
