//! The form of a value from any source: one line of UTF-8 text, or PEM or JSON of any number of
//! lines.
//!
//! A byte order mark and trailing newlines are dropped: editors add them. Other characters that no
//! provider can expect are rejected here, so that the error names the source. An error never
//! contains any of the value.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::credential::{Secret, wipe};

/// Why bytes are not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidValue {
    /// A byte order mark of UTF-16.
    Utf16,
    /// A NUL byte, as in UTF-16 without a byte order mark.
    Nul,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// More than one line in a text that is neither PEM nor JSON.
    Lines,
    /// A control character.
    Control,
}

impl InvalidValue {
    /// How to correct it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Utf16 | Self::Nul | Self::NotUtf8 => {
                "save it as UTF-8 text; a binary key becomes PEM with `openssl pkey -inform DER`"
            }
            Self::Lines | Self::Control => {
                "only PEM and JSON have lines; is there more in it than the secret?"
            }
        }
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16 => "it is UTF-16, not UTF-8",
            Self::Nul => "it holds a NUL byte",
            Self::NotUtf8 => "it is not UTF-8 text",
            Self::Lines => "it holds more than one line",
            Self::Control => "it holds a control character",
        })
    }
}

/// Strips the byte order mark and all trailing newlines.
fn trim_bom_and_newlines(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_end_matches(['\r', '\n'])
}

/// Parses a value that is text. Empty if there is nothing but a byte order mark and newlines.
///
/// # Errors
/// [`InvalidValue`]. Its message never contains the value.
pub fn parse_text(bytes: &Secret) -> Result<Secret, InvalidValue> {
    let content = bytes.expose();
    if content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff") {
        return Err(InvalidValue::Utf16);
    }
    if content.contains(&0) {
        return Err(InvalidValue::Nul);
    }
    let text = trim_bom_and_newlines(bytes.expose_text().ok_or(InvalidValue::NotUtf8)?);
    let lines = text.trim_start().starts_with(['{', '[']) || holds_pem(text.as_bytes());
    let mut control = text.chars().filter(|c| c.is_control());
    match control.find(|c| !lines || !matches!(c, '\t' | '\r' | '\n')) {
        Some('\r' | '\n') => Err(InvalidValue::Lines),
        Some(_) => Err(InvalidValue::Control),
        None => Ok(Secret::joined(&[text])),
    }
}

/// Whether a line of PEM begins in it. The search of `str` would leave its last bytes on the stack.
fn holds_pem(text: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN ";
    text.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// Parses a value that is a key: text of any number of lines, stripped like other text, or
/// unchanged bytes (DER, a shared secret).
#[must_use]
pub fn parse_key(bytes: &Secret) -> Secret {
    match bytes.expose_text().filter(|text| !text.contains('\0')) {
        Some(text) => Secret::joined(&[trim_bom_and_newlines(text)]),
        None => bytes.clone(),
    }
}

/// The file that the value of a variable names, or the file of this name in the folder that it
/// names. `None` if the value is not an absolute path.
#[must_use]
pub fn path_from(value: &str, name: Option<&str>) -> Option<PathBuf> {
    let path = Path::new(value);
    let path = name.map_or_else(|| path.to_owned(), |name| path.join(name));
    Some(path).filter(|path| path.is_absolute())
}

/// A JSON document without its byte order mark.
#[must_use]
pub fn strip_bom(bytes: &Secret) -> &[u8] {
    let content = bytes.expose();
    content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content)
}

/// The strings and numbers in a JSON object, if the secret is one. Its names are not secret: a
/// provider's message may contain them.
#[must_use]
pub fn values_of_object(secret: &Secret) -> Option<Vec<Secret>> {
    let text = secret.expose_text()?.trim_start();
    let mut value: Value = serde_json::from_str(text.strip_prefix('{').and(Some(text))?).ok()?;
    let mut values = Vec::new();
    collect_values(&value, &mut values);
    wipe(&mut value);
    Some(values)
}

fn collect_values(value: &Value, values: &mut Vec<Secret>) {
    match value {
        Value::String(text) => values.push(Secret::from(text.clone())),
        Value::Number(number) => values.push(Secret::from(number.to_string())),
        Value::Array(items) => items.iter().for_each(|item| collect_values(item, values)),
        Value::Object(members) => {
            let members = members.values();
            members.for_each(|member| collect_values(member, values));
        }
        Value::Null | Value::Bool(_) => {}
    }
}
