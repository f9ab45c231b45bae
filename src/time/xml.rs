//! The text of one element of an XML response.
//!
//! Specified by XML 1.0 (<https://www.w3.org/TR/xml/>) as far as providers use it: no DTD, no
//! CDATA, no nested elements. Finds no element in an HTML page.

/// The longest reference, in bytes. A character reference needs eight, but may have leading zeros.
const MAX_REFERENCE_LENGTH: usize = 32;

/// The text of the first element of this name, whatever its namespace prefix and attributes, with
/// references resolved. `None` if the element has child elements.
#[must_use]
pub fn element_text(xml: &str, name: &str) -> Option<String> {
    let start = xml.trim_start().get(..14).unwrap_or_default();
    let start = start.to_ascii_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        return None;
    }
    let mut pieces = xml.split('<').peekable();
    while let Some(piece) = pieces.next() {
        let Some((tag, text)) = piece.split_once('>') else {
            continue;
        };
        let tag = tag.split_ascii_whitespace().next().unwrap_or_default();
        if local_name(tag) != name {
            continue;
        }
        let end = pieces.peek().and_then(|next| next.strip_prefix('/'));
        let closes = end.and_then(|end| end.split_once('>'));
        let closes = closes.is_some_and(|(end, _)| local_name(end.trim_end()) == name);
        return closes.then(|| resolve_references(text.trim()));
    }
    None
}

/// Strips the namespace prefix.
fn local_name(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Resolves the five predefined entities (§4.6) and character references (§4.1).
fn resolve_references(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        resolved.push_str(before);
        // The search for `;` is bounded: in a text of many `&` an unbounded one would take
        // quadratic time.
        let end = after
            .bytes()
            .take(MAX_REFERENCE_LENGTH)
            .position(|byte| byte == b';');
        let reference = end.and_then(|end| after.split_at_checked(end));
        let replaced = reference
            .and_then(|(name, after)| Some((resolve_reference(name)?, after.strip_prefix(';')?)));
        match replaced {
            Some((c, after)) => {
                resolved.push(c);
                rest = after;
            }
            None => {
                resolved.push('&');
                rest = after;
            }
        }
    }
    resolved.push_str(rest);
    resolved
}

fn resolve_reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let value = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(value)
        }
    }
}
