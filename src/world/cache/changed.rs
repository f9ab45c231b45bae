//! A note of the last change to an entry of the OS keyring: a random number in a file of its own.
//!
//! A process that fetches a token reads the number before it opens the secrets, and again after it
//! has stored the token. If the numbers differ, the token may have been made with an old secret,
//! and its entry is removed.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};

use super::Cache;
use crate::world::platform::access::private;

/// The file's name.
const NAME: &str = "last-secret-change";

impl Cache {
    /// Records that an entry of the OS keyring was changed. Without a cache folder no process needs
    /// the note.
    pub fn record_secret_change(&self, number: [u8; 16]) {
        if !self.is_ours() {
            return;
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        if let Ok(mut file) = private(&mut options).open(self.folder().join(NAME)) {
            let _ = file.write_all(&number);
        }
    }

    /// The number of the last change.
    #[must_use]
    pub fn secret_changes(&self) -> Option<[u8; 16]> {
        let mut number = [0; 16];
        let mut options = OpenOptions::new();
        let file = private(options.read(true)).open(self.folder().join(NAME));
        file.ok()?.read_exact(&mut number).ok()?;
        Some(number)
    }
}
