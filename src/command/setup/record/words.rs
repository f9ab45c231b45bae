//! A line that was removed, without repeating those of its words that are still in the file.

use serde::{Deserialize, Serialize};

use super::digest;
use crate::tool::redact;

/// A part of a line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Piece {
    /// This text.
    #[serde(rename = "text")]
    Text(String),
    /// The word of the file with this digest.
    #[serde(rename = "word")]
    Word(String),
}

/// The shortest word that a record does not repeat, unless its line names a secret.
const WORD: usize = 8;

/// The words of a text by their digests.
pub(super) struct Words<'a>(Vec<(String, &'a str)>);

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=_-.~".contains(c)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

impl<'a> Words<'a> {
    pub(super) fn of(salt: &str, text: &'a str) -> Self {
        Self(
            words_of(text)
                .map(|word| (digest(salt, word), word))
                .collect(),
        )
    }

    pub(super) fn line(&self, pieces: &[Piece]) -> Option<String> {
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
pub(super) fn pieces(salt: &str, line: &str, after: &str) -> Vec<Piece> {
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
            (true, _) => pieces.push(Piece::Word(digest(salt, part))),
            (false, Some(Piece::Text(text))) => text.push_str(part),
            (false, _) => pieces.push(Piece::Text(part.to_owned())),
        }
    }
    pieces
}
