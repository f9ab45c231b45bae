//! The text of one element of an XML answer.
//!
//! Ruled by XML 1.0 (<https://www.w3.org/TR/xml/>) as far as answers of providers need it: no DTD, no CDATA, no nested elements. An answer that
//! is an HTML page has no elements here.

/// Longest name of a reference, in bytes: that of a character has eight, and may have zeros before it.
const LONGEST: usize = 32;

/// The text right behind the first start tag of this name, whatever its prefix and attributes, with its references undone. Nothing where the
/// element holds others.
#[must_use]
pub fn element(xml: &str, name: &str) -> Option<String> {
    let start = xml.trim_start().get(..14).unwrap_or_default();
    let is_page = start.to_ascii_lowercase();
    if is_page.starts_with("<!doctype") || is_page.starts_with("<html") {
        return None;
    }
    let mut pieces = xml.split('<').peekable();
    while let Some(piece) = pieces.next() {
        let Some((tag, text)) = piece.split_once('>') else {
            continue;
        };
        let tag = tag.split_ascii_whitespace().next().unwrap_or_default();
        if local(tag) != name {
            continue;
        }
        let end = pieces.peek().and_then(|next| next.strip_prefix('/'));
        let closes = end.and_then(|end| end.split_once('>'));
        let closes = closes.is_some_and(|(end, _)| local(end.trim_end()) == name);
        return closes.then(|| without_references(text.trim()));
    }
    None
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// The five references that need no declaration (§4.6), and characters by number (§4.1).
fn without_references(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        // Looked for nearby alone: in a text of nothing but `&` each would be looked for to the end.
        let end = behind.bytes().take(LONGEST).position(|byte| byte == b';');
        let reference = end.and_then(|end| behind.split_at_checked(end));
        let found =
            reference.and_then(|(name, after)| Some((character(name)?, after.strip_prefix(';')?)));
        match found {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
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
