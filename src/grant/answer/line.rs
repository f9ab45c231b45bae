//! A provider's words made into one sober line: for a terminal, a CI log, and a cache that others read.
//!
//! A server may be hostile. Azure Pipelines looks for `##vso[` and GitHub's runner for `##[` anywhere in a line, so no two `#` ever stand
//! together. Never an error, never longer than asked. Which words may be repeated at all says `withheld`.

use crate::text::visible;

/// Longest excerpt of a provider's words, in characters.
const EXCERPT: usize = 300;

/// The words in one line of at most 300 characters: words separated by one blank each, no two `#` together, without control and
/// bidirectional characters.
#[must_use]
pub fn sober(text: &str) -> String {
    let mut line = String::with_capacity(EXCERPT);
    let (mut before, mut count) = (' ', 0);
    for c in text.chars().map(visible) {
        let c = if c.is_whitespace() { ' ' } else { c };
        match (before, c) {
            (' ', ' ') => continue,
            ('#', '#') => line.push(' '),
            _ => {}
        }
        count += 1 + usize::from((before, c) == ('#', '#'));
        if count > EXCERPT + 1 {
            break;
        }
        line.push(c);
        before = c;
    }
    let line = line.trim_end();
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => line.get(..end).unwrap_or_default().to_owned() + "…",
        None => line.to_owned(),
    }
}
