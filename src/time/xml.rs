//! Reads an XML response as a JSON value.
//!
//! Specified by XML 1.0 (<https://www.w3.org/TR/xml/>), as far as providers use it. An element with
//! child elements becomes an object, any other one its text. Elements of one name in one element
//! become an array. Namespace prefixes, attributes, comments and processing instructions are
//! dropped. Never reads a DTD, so that no entity is expanded, and never reads an HTML page.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// The longest reference, in bytes. A character reference needs eight, but may have leading zeros.
const MAX_REFERENCE_LENGTH: usize = 32;
/// How deep elements may be nested.
const MAX_DEPTH: usize = 64;

/// An element whose end has not been read.
#[derive(Default)]
struct OpenElement<'a> {
    /// The name with its prefix; empty for the document.
    name: &'a str,
    text: Zeroizing<String>,
    children: Map<String, Value>,
}

/// The document as an object with the root element as its only member. `None` if it is not
/// well-formed, too deep, or HTML, or has a DTD.
#[must_use]
pub fn parse(xml: &str) -> Option<Value> {
    let mut open = vec![OpenElement::default()];
    let mut rest = xml;
    while let Some((text, markup)) = rest.split_once('<') {
        resolve_references(text, &mut open.last_mut()?.text);
        rest = if let Some(comment) = markup.strip_prefix("!--") {
            comment.split_once("-->")?.1
        } else if let Some(data) = markup.strip_prefix("![CDATA[") {
            let (data, after) = data.split_once("]]>")?;
            open.last_mut()?.text.push_str(data);
            after
        } else if let Some(instruction) = markup.strip_prefix('?') {
            instruction.split_once("?>")?.1
        } else if markup.starts_with('!') {
            return None;
        } else if let Some(end) = markup.strip_prefix('/') {
            let (name, after) = end.split_once('>')?;
            close(&mut open, name.trim_ascii_end())?;
            after
        } else {
            let (tag, after) = split_tag(markup)?;
            let name = tag.trim_end_matches('/');
            let name = name.split(|c: char| c.is_ascii_whitespace()).next()?;
            if name.is_empty() || open.len() > MAX_DEPTH {
                return None;
            }
            let element = OpenElement {
                name,
                ..OpenElement::default()
            };
            open.push(element);
            if tag.ends_with('/') {
                close(&mut open, name)?;
            }
            after
        };
    }
    let document = open.pop().filter(|document| document.name.is_empty())?;
    let outside = document.text.trim().is_empty() && rest.trim().is_empty();
    let (name, root) = document.children.iter().next()?;
    let is_page = name.eq_ignore_ascii_case("html");
    let is_one = document.children.len() == 1 && !root.is_array();
    (outside && is_one && !is_page).then_some(Value::Object(document.children))
}

/// The values of all elements of this name, or of all members if the response is JSON.
#[must_use]
pub fn elements<'a>(document: &'a Value, name: &str) -> Vec<&'a Value> {
    fn collect<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
            Value::Object(members) => {
                for (member, value) in members {
                    match value {
                        Value::Array(items) if member == name => found.extend(items),
                        value if member == name => found.push(value),
                        _ => {}
                    }
                    collect(value, name, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(document, name, &mut found);
    found
}

/// Splits a tag from the markup after it. An attribute's value may contain `>`.
fn split_tag(markup: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let end = markup.bytes().position(|byte| {
        match quote {
            None if byte == b'>' => return true,
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            Some(open) if open == byte => quote = None,
            _ => {}
        }
        false
    })?;
    Some((markup.get(..end)?, markup.get(end + 1..)?))
}

/// Ends the innermost element, which must have this name, and adds it to the one around it.
fn close(open: &mut Vec<OpenElement<'_>>, name: &str) -> Option<()> {
    let element = open.pop().filter(|element| element.name == name)?;
    let value = match element.children.is_empty() {
        true => Value::from(element.text.trim()),
        false => Value::Object(element.children),
    };
    let siblings = &mut open.last_mut()?.children;
    let local = name.split_once(':').map_or(name, |(_, local)| local);
    match siblings.get_mut(local) {
        None => drop(siblings.insert(local.to_owned(), value)),
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
    Some(())
}

/// Appends a text with the five predefined entities (§4.6) and character references (§4.1)
/// resolved.
fn resolve_references(text: &str, resolved: &mut String) {
    resolved.reserve(text.len());
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
