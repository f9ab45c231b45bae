//! What `keyfob setup --undo` needs: for each file, the patches that lead back.
//!
//! A record lies in `setup` in the configuration folder (0600). It repeats no secret of the file: a
//! line that setup added or that a tool wrote anew is kept as a digest, which is enough to find it
//! again, and a line to restore is kept as text in which every word that is still in the file is
//! replaced by its digest. Only what setup replaced, such as the command line of another helper, is
//! kept as it was. A copy of the whole file would lead back as well, and would be one more
//! place where its secrets lie.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::diff::{self, Hunk};
use super::plan::Edit;
use super::redact;
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
    /// Whether the file is a link to keyfob.
    #[serde(default)]
    pub link: bool,
    /// Whether the file was created.
    pub created: bool,
    /// The folders that were created for it.
    pub folders: Vec<PathBuf>,
    /// The digest of the whole file after the change.
    pub after: String,
    /// What was set, as `NAME=VALUE`, for a file whose lines have changed since.
    pub keys: Vec<String>,
    /// The patches in the order of the file.
    pub patches: Vec<Patch>,
}

/// A run of lines that changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Patch {
    /// The number of lines before it in the changed file.
    at: usize,
    /// The digest of the line before it.
    previous: Option<String>,
    /// The digests of the lines that are to be taken out.
    added: Vec<String>,
    /// The lines that are to be put back.
    removed: Vec<Vec<Piece>>,
}

/// A part of a line.
#[derive(Debug, Serialize, Deserialize)]
enum Piece {
    /// This text.
    #[serde(rename = "text")]
    Text(String),
    /// The word of the file with this digest.
    #[serde(rename = "word")]
    Word(String),
}

/// The shortest word that a record does not repeat, unless its line names a secret.
const WORD: usize = 8;

/// A digest of 128 bits.
#[must_use]
pub fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    hex(digest.as_ref().get(..16).unwrap_or_default())
}

/// The name of a file's record.
#[must_use]
pub fn file_name(path: &Path) -> String {
    format!("{}.json", digest(&path.to_string_lossy()))
}

impl Run {
    /// The way back from an edit.
    #[must_use]
    pub fn of(edit: &Edit, tool: &str, spec: &str, keys: Vec<String>) -> Self {
        let before = edit.before.as_deref().unwrap_or_default();
        let after = edit.after.as_deref().unwrap_or_default();
        let lines = diff::lines(after);
        let patch = |hunk: Hunk<'_>| Patch {
            at: hunk.new_at,
            previous: hunk
                .new_at
                .checked_sub(1)
                .and_then(|at| Some(digest(lines.get(at)?))),
            added: hunk.added.iter().map(|line| digest(line)).collect(),
            removed: hunk
                .removed
                .iter()
                .map(|line| pieces(line, after))
                .collect(),
        };
        Self {
            tool: tool.to_owned(),
            spec: spec.to_owned(),
            link: false,
            created: edit.before.is_none(),
            folders: Vec::new(),
            after: digest(after),
            keys,
            patches: diff::hunks(before, after).into_iter().map(patch).collect(),
        }
    }

    /// A link that was created.
    #[must_use]
    pub fn of_link(tool: &str) -> Self {
        Self {
            tool: tool.to_owned(),
            spec: String::new(),
            link: true,
            created: true,
            folders: Vec::new(),
            after: String::new(),
            keys: Vec::new(),
            patches: Vec::new(),
        }
    }

    /// Whether single lines of the file mean nothing by themselves.
    fn is_nested(&self) -> bool {
        ["docker", "podman", "kubectl"].contains(&self.tool.as_str())
    }

    /// The file without what the run put in. `None` if the file is to be removed. The flag says
    /// whether every patch was found; what was not found has changed since and stays.
    #[must_use]
    pub fn reverse(&self, current: &str) -> (Option<String>, bool) {
        let is_as_written = digest(current) == self.after;
        if self.created && is_as_written {
            return (None, true);
        }
        let words = Words::of(current);
        let mut lines: Vec<String> = diff::lines(current)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut is_whole = true;
        for patch in self.patches.iter().rev() {
            let put_back: Option<Vec<String>> =
                patch.removed.iter().map(|line| words.line(line)).collect();
            let done = put_back.is_some_and(|put_back| {
                patch.reverse(&mut lines, &put_back)
                    || (put_back.is_empty()
                        && !self.is_nested()
                        && patch.take_out_apart(&mut lines))
            });
            is_whole &= done;
        }
        let text = lines.concat();
        let is_empty = self.created && text.trim().is_empty();
        ((!is_empty).then_some(text), is_whole)
    }
}

impl Patch {
    /// Takes the added lines out and puts the removed lines back. Returns whether they were found.
    fn reverse(&self, lines: &mut Vec<String>, put_back: &[String]) -> bool {
        let digests: Vec<String> = lines.iter().map(|line| digest(line)).collect();
        let count = self.added.len();
        let starts = 0..=digests.len().saturating_sub(count);
        let place = match count {
            0 => starts
                .filter(|at| {
                    self.previous.as_ref() == at.checked_sub(1).and_then(|at| digests.get(at))
                })
                .min_by_key(|at| at.abs_diff(self.at)),
            _ => starts
                .filter(|at| digests.get(*at..at + count) == Some(&self.added[..]))
                .min_by_key(|at| at.abs_diff(self.at)),
        };
        if let Some(at) = place {
            lines.splice(at..at + count, put_back.iter().cloned());
            return true;
        }
        false
    }

    /// Takes out lines between which the user has put others. The head of a section stays, because
    /// it is now that of the user's lines.
    fn take_out_apart(&self, lines: &mut Vec<String>) -> bool {
        let digests: Vec<String> = lines.iter().map(|line| digest(line)).collect();
        let mut found = Vec::new();
        let mut from = 0;
        // The occurrence of the first line that is nearest to where it was.
        let first = self.added.first();
        let starts = (0..digests.len()).filter(|at| digests.get(*at) == first);
        let Some(start) = starts.min_by_key(|at| at.abs_diff(self.at)) else {
            return false;
        };
        from += start;
        for line in &self.added {
            let rest = digests
                .iter()
                .enumerate()
                .skip(from)
                .take(GAP + self.added.len());
            let Some((at, _)) = rest.into_iter().find(|(_, digest)| *digest == line) else {
                return false;
            };
            found.push(at);
            from = at + 1;
        }
        for at in found.into_iter().rev() {
            let is_head = lines.get(at).is_some_and(|line| {
                let line = line.trim();
                line.starts_with('[') || line.ends_with(['{', ':'])
            });
            if !is_head {
                lines.remove(at);
            }
        }
        true
    }
}

/// How many lines of the user may lie between the lines of setup.
const GAP: usize = 50;

/// The words of a text by their digests.
struct Words<'a>(Vec<(String, &'a str)>);

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=_-.~".contains(c)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        Self(words_of(text).map(|word| (digest(word), word)).collect())
    }

    fn line(&self, pieces: &[Piece]) -> Option<String> {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Word(digest) => {
                let found = self.0.iter().find(|(known, _)| known == digest);
                found.map(|(_, word)| (*word).to_owned())
            }
        };
        pieces.iter().map(text).collect()
    }
}

/// The pieces of a line that was removed: its words that are still in the file are not repeated.
fn pieces(line: &str, after: &str) -> Vec<Piece> {
    let names_secret = line.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    let names_secret = names_secret.into_iter().any(redact::is_secret);
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|other| is_word(other) != is_word(c));
        let (part, after_part) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after_part;
        let is_kept = (part.len() >= WORD || names_secret)
            && is_word(c)
            && words_of(after).any(|word| word == part);
        match (is_kept, pieces.last_mut()) {
            (true, _) => pieces.push(Piece::Word(digest(part))),
            (false, Some(Piece::Text(text))) => text.push_str(part),
            (false, _) => pieces.push(Piece::Text(part.to_owned())),
        }
    }
    pieces
}
