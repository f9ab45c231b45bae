//! Objects that look like a source, in values that are sent or signed as they are written.

use serde_json::{Map, Value};

use super::node::{Node, SpecError};

/// Whether an object looks like a source: it has the member of a kind with a value of the right
/// type, and only options of that kind.
pub(super) fn looks_like_source(object: &Map<String, Value>) -> bool {
    let holds = |value: &Value, member| value.get(member).is_some();
    let (main, others): (_, &[&str]) = match object.iter().find_map(|(name, value)| {
        let matches = match name.as_str() {
            "env" => value.is_string(),
            "file" => value.is_string() || holds(value, "env"),
            "keyring" => value.is_string() || holds(value, "user"),
            "command" => value.is_array(),
            "token" => value.is_string() || holds(value, "provider"),
            "jwt" => holds(value, "alg"),
            "request" => value
                .as_str()
                .is_some_and(|pointer| pointer.starts_with('/')),
            "issued" => value.as_bool() == Some(true),
            "presigned" => holds(value, "keys"),
            "base64url" => value.as_object().is_some_and(looks_like_source),
            "document" => value.is_array() || value.as_object().is_some_and(looks_like_source),
            _ => false,
        };
        matches.then_some(name.as_str())
    }) {
        None => return false,
        Some("command") => ("command", &["variables", "timeout", "directory"]),
        Some("base64url") => ("base64url", &["prefix"]),
        Some("file") => ("file", &["name"]),
        Some(name) => (name, &[]),
    };
    let known = |name: &str| name == main || name == "pointer" || others.contains(&name);
    object.keys().all(|name| known(name))
}

/// Rejects objects that look like a source, and `{"secret": …}`, in a value that is used literally.
/// `{"literal": …}` is not searched if `may_be_literal`.
///
/// # Errors
/// [`SpecError`] for the first such object.
pub(super) fn reject_sources(node: Node<'_>, may_be_literal: bool) -> Result<(), SpecError> {
    match node.value() {
        Value::Array(_) => {
            let items = node.items()?;
            let mut items = items.iter();
            items.try_for_each(|item| reject_sources(item.node(), may_be_literal))
        }
        Value::Object(object) if may_be_literal && is_alone(object, "literal") => Ok(()),
        Value::Object(object) if is_alone(object, "text") => Ok(()),
        Value::Object(object) if is_alone(object, "secret") || looks_like_source(object) => {
            Err(node.error(NOT_OPENED).hint(match may_be_literal {
                true => "{\"text\": SOURCE} opens it; {\"literal\": …} signs it as it is written",
                false => "{\"text\": SOURCE} opens it",
            }))
        }
        Value::Object(_) => {
            let members = node.members()?.rest();
            let mut members = members.iter();
            members.try_for_each(|(_, value)| reject_sources(value.node(), may_be_literal))
        }
        _ => Ok(()),
    }
}

/// Whether an object has this member and no other.
pub(super) fn is_alone(object: &Map<String, Value>, member: &str) -> bool {
    object.len() == 1 && object.contains_key(member)
}

/// The error for a source in a value that is used literally.
pub(super) const NOT_OPENED: &str = "this is written like a source, and no source is opened here";
