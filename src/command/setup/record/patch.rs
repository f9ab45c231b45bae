//! A run of lines that changed: found again in a file that may have changed since, and taken out.

use serde::{Deserialize, Serialize};

use super::digest;
use super::words::Piece;

/// A run of lines that changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Patch {
    /// The number of lines before it in the changed file.
    pub(super) at: usize,
    /// The digest of the line before it.
    pub(super) previous: Option<String>,
    /// The digest of the next line that is neither empty nor a comment.
    #[serde(default)]
    pub(super) next: Option<String>,
    /// The digests of the lines that are to be taken out.
    pub(super) added: Vec<String>,
    /// The lines that are to be put back.
    pub(super) removed: Vec<Vec<Piece>>,
}

/// The first line from `at` on that is neither empty nor a comment.
pub(super) fn next_content<T: AsRef<str>>(lines: &[T], at: usize) -> Option<&str> {
    let lines = lines.iter().skip(at).map(|line| line.as_ref());
    let mut lines = lines.filter(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with(['#', ';'])
    });
    lines.next()
}

/// Whether a line begins a section, or what is indented below it.
fn is_head(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('[') || line.ends_with(['{', ':'])
}

impl Patch {
    /// Takes the added lines out and puts the removed lines back. Returns whether they were found.
    /// The head of a section stays if lines of the user follow in that section.
    pub(super) fn reverse(
        &self,
        (salt, is_nested): (&str, bool),
        lines: &mut Vec<String>,
        put_back: &[String],
    ) -> bool {
        let digests: Vec<String> = lines.iter().map(|line| digest(salt, line)).collect();
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
        let Some(at) = place else {
            return false;
        };
        let added = lines.get(at..at + count).unwrap_or_default();
        let follows = next_content(lines, at + count)
            .filter(|line| self.next.as_ref() != Some(&digest(salt, line)));
        let indent = |line: &str| line.len() - line.trim_start().len();
        if let (true, Some(follows), Some(first)) = (is_nested, follows, added.first())
            && indent(follows) > indent(first)
        {
            // It is a part of what was put in, which the tool itself has to take out.
            return false;
        }
        let is_line = |line: &str| !line.trim_start().starts_with('[');
        let head = added.iter().rfind(|line| !is_line(line));
        let is_used = !is_nested && follows.is_some_and(is_line);
        let kept: Vec<String> = head.filter(|_| is_used).into_iter().cloned().collect();
        let put_back = put_back.iter().cloned().chain(kept);
        lines.splice(at..at + count, put_back.collect::<Vec<_>>());
        true
    }

    /// Takes out lines between which the user has put others. The head of a section stays, because
    /// it is now that of the user's lines.
    pub(super) fn take_out_apart(&self, salt: &str, lines: &mut Vec<String>) -> bool {
        let digests: Vec<String> = lines.iter().map(|line| digest(salt, line)).collect();
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
            if !lines.get(at).is_some_and(|line| is_head(line)) {
                lines.remove(at);
            }
        }
        true
    }
}

/// How many lines of the user may lie between the lines of setup.
const GAP: usize = 50;
