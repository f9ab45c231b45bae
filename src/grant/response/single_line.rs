//! Makes a provider's text one safe line for a terminal, a CI log or the cache.
//!
//! A server may be hostile. Azure Pipelines executes `##vso[` and GitHub's runner `##[` anywhere in
//! a line, so `##` never occurs. `secret_search` decides whether the text may be shown at all.

use crate::text::visible;

/// The maximum length of the line in characters.
const MAX_LENGTH: usize = 300;

/// The text as one line of at most 300 characters: without control and bidirectional characters,
/// without `##`, words separated by single blanks.
#[must_use]
pub fn single_line(text: &str) -> String {
    let mut line = String::with_capacity(MAX_LENGTH);
    let (mut previous, mut count) = (' ', 0);
    for c in text.chars().map(visible) {
        let c = if c.is_whitespace() { ' ' } else { c };
        match (previous, c) {
            (' ', ' ') => continue,
            ('#', '#') => line.push(' '),
            _ => {}
        }
        count += 1 + usize::from((previous, c) == ('#', '#'));
        if count > MAX_LENGTH + 1 {
            break;
        }
        line.push(c);
        previous = c;
    }
    let line = line.trim_end();
    match line.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => line.get(..end).unwrap_or_default().to_owned() + "…",
        None => line.to_owned(),
    }
}
