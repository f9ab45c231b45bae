//! The last failure of each caller that does not show keyfob's messages: a small private file per
//! caller, for `keyfob doctor`.

use std::fs;

use serde::{Deserialize, Serialize};

use super::temporary::Temporary;
use super::{Cache, CacheKey};
use crate::code::Code;
use crate::time::Timestamp;
use crate::world::platform::access::{check, private};

/// A failure that its caller may not have shown to its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureNote {
    /// The caller's name.
    pub caller: String,
    /// When the failure occurred.
    pub at: Timestamp,
    /// The error's code.
    pub code: Code,
    /// The error's sentence, sanitised.
    pub sentence: String,
    /// The error's hint.
    pub hint: Option<String>,
    /// The target that the caller asked for, if it named one.
    pub target: Option<String>,
}

const BEGINS: &str = "last-failure-";
const ENDS: &str = ".json";
/// Longest file that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// Whether a file of this name stores a failure.
pub(super) fn is_one(name: &str) -> bool {
    let caller = name
        .strip_prefix(BEGINS)
        .and_then(|rest| rest.strip_suffix(ENDS));
    caller.is_some_and(|caller| caller.bytes().all(|b| b.is_ascii_lowercase()))
}

impl Cache {
    /// Stores a failure in place of the caller's last one.
    pub fn record_failure(&self, failure: &FailureNote) {
        let name = format!("{BEGINS}{}{ENDS}", failure.caller);
        let Ok(mut text) = serde_json::to_vec(failure) else {
            return;
        };
        text.push(b'\n');
        if !is_one(&name) || self.make().is_err() {
            return;
        }
        let key = CacheKey::of(&[name.as_bytes()]);
        let _ = Temporary::create(&self.0, &key)
            .and_then(|temporary| temporary.write_and_rename(&self.0.join(name), &text));
    }

    /// The last failure of every caller, the latest first.
    #[must_use]
    pub fn failures(&self) -> Vec<FailureNote> {
        if !self.is_ours() {
            return Vec::new();
        }
        let Ok(folder) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let read = |item: fs::DirEntry| {
            use std::io::Read as _;
            item.file_name().to_str().filter(|name| is_one(name))?;
            let path = item.path();
            let file = private(fs::OpenOptions::new().read(true))
                .open(&path)
                .ok()?;
            check(&path, Some(&file), &file.metadata().ok()?).ok()?;
            let mut text = Vec::new();
            file.take(LONGEST).read_to_end(&mut text).ok()?;
            serde_json::from_slice::<FailureNote>(&text).ok()
        };
        // Failures are inserted in order: there are as few as callers, and a sort adds kilobytes to
        // the program for each type.
        let mut failures: Vec<FailureNote> = Vec::new();
        for failure in folder.filter_map(Result::ok).filter_map(read) {
            let position = failures.partition_point(|other| other.at >= failure.at);
            failures.insert(position, failure);
        }
        failures
    }
}
