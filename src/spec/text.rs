//! Parses a text that is no secret.

use super::node::{Node, Read, SpecError};
use crate::source::{Source, Text};

/// Parses a text: the text itself, `{"env": VARIABLE}` or `{"request": POINTER}`.
///
/// # Errors
/// [`SpecError`] if it is none of them.
pub(super) fn parse_text(node: Node<'_>, read: Read<'_>) -> Result<Text<Source>, SpecError> {
    if !node.value().is_object() {
        return node.text().map(|text| Text::Written(text.to_owned()));
    }
    let refused = || {
        let error = node.error("a text is wanted here, and no secret");
        error.hint("a string, {\"env\": VARIABLE} or {\"request\": POINTER}")
    };
    let mut names = ["env", "request", "document"].into_iter();
    if !names.any(|name| node.value().get(name).is_some()) {
        return Err(refused());
    }
    let source = read(node)?;
    match source.is_text() {
        true => Ok(Text::From(source.public())),
        false => Err(refused()),
    }
}
