//! One value of a JSON document.

use serde_json::Value;

use super::value;
use crate::credential::{Secret, wipe};

/// Why a document has no value at a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoValue {
    /// The document is not JSON.
    NotJson,
    /// No value, null or an empty string is at the pointer: absent.
    Absent,
    /// The value is an array, a boolean, or a number that is not an integer of 64 bits.
    NotText,
}

/// The value at a JSON pointer (RFC 6901) of a JSON document: a string, an integer or an object.
///
/// # Errors
/// [`NoValue`] if the document is not JSON, or has no such value.
pub fn at_pointer(document: &Secret, pointer: &str) -> Result<Secret, NoValue> {
    in_document(document, |value| value_at(value, pointer)).ok_or(NoValue::NotJson)?
}

/// What `read` finds in a JSON document, which is wiped afterwards. `None` if it is not JSON.
pub(super) fn in_document<T>(document: &Secret, read: impl FnOnce(&Value) -> T) -> Option<T> {
    let mut value: Value = serde_json::from_slice(value::strip_bom(document)).ok()?;
    let found = read(&value);
    wipe(&mut value);
    Some(found)
}

/// The value at a pointer.
///
/// # Errors
/// As for [`at_pointer`].
pub(super) fn value_at(value: &Value, pointer: &str) -> Result<Secret, NoValue> {
    match value.pointer(pointer) {
        None | Some(Value::Null) => Err(NoValue::Absent),
        Some(Value::String(text)) if text.is_empty() => Err(NoValue::Absent),
        Some(Value::String(text)) => Ok(Secret::from(text.clone())),
        Some(value) if has_fraction(value) => Err(NoValue::NotText),
        Some(Value::Number(number)) => Ok(Secret::from(number.to_string())),
        // A JWK inside a file.
        Some(object @ Value::Object(_)) => Secret::json(object, "").ok_or(NoValue::NotText),
        Some(_) => Err(NoValue::NotText),
    }
}

/// Whether a value contains a number that is not an integer of 64 bits: only such a number can have
/// lost digits when it was parsed.
#[must_use]
pub fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
