//! What `keyfob setup --undo` needs: for each file, the patches that lead back.
//!
//! A record lies in `setup` in the configuration folder (0600). A line that setup added or that a
//! tool wrote anew is kept as a digest, which is enough to find it again. A line to restore is kept
//! as text, in which a word that is still in the file is replaced by its digest. What setup took
//! out of the file is kept as it was, such as the command line of another helper with a password in
//! it, because nothing else could put it back. The digests are made with a salt of the run. A copy
//! of the whole file would lead back as well, and would be one more place where its secrets lie.

mod patch;
mod words;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use patch::{Patch, next_content};
use words::{Words, pieces};

use super::diff::{self, Hunk};
use super::plan::Edit;
use crate::text::hex;

/// The changes of one file, the newest last.
#[derive(Debug, Serialize, Deserialize)]
pub struct Record {
    /// The file.
    pub path: PathBuf,
    /// The runs of `keyfob setup` that changed it.
    pub runs: Vec<Run>,
}

/// The change of one file by one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Run {
    /// The tool.
    pub tool: String,
    /// How the spec is named; empty if there is none.
    pub spec: String,
    /// What the digests are made with, different for each run.
    #[serde(default)]
    salt: String,
    /// Whether the file is a link to keyfob.
    #[serde(default)]
    pub link: bool,
    /// Whether the file was created.
    pub created: bool,
    /// The folders that were created for it.
    pub folders: Vec<PathBuf>,
    /// The digest of the whole file after the change.
    pub after: String,
    /// The digest of the last line of the file before, if it had no line end and has got one.
    #[serde(default)]
    bare_end: Option<String>,
    /// Whether an earlier run that this one built on was undone: only `keys` are right then.
    #[serde(default)]
    pub is_overtaken: bool,
    /// What was set, as `NAME=VALUE`, for a file whose lines have changed since.
    pub keys: Vec<String>,
    /// The patches in the order of the file.
    pub patches: Vec<Patch>,
}

/// A digest of 128 bits. The end of a line is no part of it, because editors change it.
#[must_use]
pub fn digest(salt: &str, text: &str) -> String {
    let salted = [salt, text.trim_end_matches(['\r', '\n'])].concat();
    let digest = ring::digest::digest(&ring::digest::SHA256, salted.as_bytes());
    hex(digest.as_ref().get(..16).unwrap_or_default())
}

/// Whether a tool's file is YAML or JSON, in which single lines mean nothing by themselves.
#[must_use]
pub fn is_nested(tool: &str) -> bool {
    ["docker", "podman", "kubectl"].contains(&tool)
}

/// The name of a file's record.
#[must_use]
pub fn file_name(path: &Path) -> String {
    format!("{}.json", digest("", &path.to_string_lossy()))
}

impl Run {
    /// The way back from an edit. `unique` is different for each run.
    #[must_use]
    pub fn of(edit: &Edit, tool: &str, spec: &str, keys: Vec<String>, unique: [u8; 16]) -> Self {
        let salt = hex(&unique);
        let before = edit.before.as_deref().unwrap_or_default();
        let after = edit.after.as_deref().unwrap_or_default();
        let has_bare_end = !before.is_empty() && !before.ends_with('\n') && after.ends_with('\n');
        let newline = match after.ends_with("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let ended = [before, if has_bare_end { newline } else { "" }].concat();
        let last = diff::lines(&ended).pop().filter(|_| has_bare_end);
        let lines = diff::lines(after);
        let patch = |hunk: Hunk<'_>| Patch {
            at: hunk.new_at,
            previous: hunk
                .new_at
                .checked_sub(1)
                .and_then(|at| Some(digest(&salt, lines.get(at)?))),
            next: next_content(&lines, hunk.new_at + hunk.added.len())
                .map(|line| digest(&salt, line)),
            added: hunk.added.iter().map(|line| digest(&salt, line)).collect(),
            removed: hunk
                .removed
                .iter()
                .map(|line| pieces(&salt, line, after))
                .collect(),
        };
        Self {
            tool: tool.to_owned(),
            spec: spec.to_owned(),
            link: false,
            created: edit.before.is_none(),
            folders: Vec::new(),
            after: digest(&salt, after),
            bare_end: last.map(|line| digest(&salt, line)),
            is_overtaken: false,
            keys,
            patches: diff::hunks(&ended, after).into_iter().map(patch).collect(),
            salt,
        }
    }

    /// A link that was created.
    #[must_use]
    pub fn of_link(tool: &str, folders: Vec<PathBuf>) -> Self {
        Self {
            tool: tool.to_owned(),
            spec: String::new(),
            salt: String::new(),
            link: true,
            created: true,
            folders,
            after: String::new(),
            bare_end: None,
            is_overtaken: false,
            keys: Vec::new(),
            patches: Vec::new(),
        }
    }

    /// Whether single lines of the file mean nothing by themselves.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        is_nested(&self.tool)
    }

    /// The file without what the run put in. `None` if the file is to be removed. Then the numbers
    /// of the patches that were not found: their lines have changed since and stay.
    #[must_use]
    pub fn reverse(&self, current: &str) -> (Option<String>, Vec<usize>) {
        if self.created && digest(&self.salt, current) == self.after {
            return (None, Vec::new());
        }
        let form = (self.salt.as_str(), self.is_nested());
        let mut not_found = Vec::new();
        let words = Words::of(&self.salt, current);
        let mut lines: Vec<String> = diff::lines(current)
            .into_iter()
            .map(str::to_owned)
            .collect();
        for (number, patch) in self.patches.iter().enumerate().rev() {
            let put_back: Option<Vec<String>> =
                patch.removed.iter().map(|line| words.line(line)).collect();
            let done = put_back.is_some_and(|put_back| {
                patch.reverse(form, &mut lines, &put_back)
                    || (put_back.is_empty()
                        && !self.is_nested()
                        && patch.take_out_apart(&self.salt, &mut lines))
            });
            if !done {
                not_found.push(number);
            }
        }
        self.end_lines(&mut lines, current);
        let text = lines.concat();
        let is_empty = self.created && text.trim().is_empty();
        ((!is_empty).then_some(text), not_found)
    }

    /// The run with these of its patches. Half of a nested file's lines mean nothing, so that such
    /// a run keeps them all.
    #[must_use]
    pub fn with_patches(mut self, numbers: &[usize]) -> Self {
        if self.is_nested() {
            return self;
        }
        let mut number = 0..;
        self.patches
            .retain(|_| number.next().is_some_and(|at| numbers.contains(&at)));
        self
    }

    /// The value of a key that was set, as in `user=me`.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&str> {
        self.keys.iter().find_map(|key| key.strip_prefix(name))
    }

    /// Each line but the last has a line end, and the last one has none if it had none before.
    fn end_lines(&self, lines: &mut [String], current: &str) {
        let newline = match current.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let Some((last, others)) = lines.split_last_mut() else {
            return;
        };
        for line in others.iter_mut().filter(|line| !line.ends_with('\n')) {
            line.push_str(newline);
        }
        if self.bare_end.as_ref() == Some(&digest(&self.salt, last)) {
            last.truncate(last.trim_end_matches(['\r', '\n']).len());
        }
    }
}
