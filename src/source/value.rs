//! What a value may look like, wherever it comes from: one line of UTF-8 text, or PEM or JSON with its lines.
//!
//! A byte order mark and trailing newlines are an editor's, and dropped. Everything else that no provider could mean is refused where
//! the value enters, so that the place can be named. It never repeats any of the value.

use std::fmt;

use crate::credential::Secret;

/// Why some bytes are no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidValue {
    /// They begin with the byte order mark of UTF-16.
    Utf16,
    /// There is a NUL among them, as in UTF-16 without a mark.
    Nul,
    /// They are not UTF-8.
    NotUtf8,
    /// More than one line, and neither PEM nor JSON.
    Lines,
    /// Another control character.
    Control,
}

impl InvalidValue {
    /// What to do about it.
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

/// The text less its byte order mark and all trailing newlines.
fn trimmed(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_end_matches(['\r', '\n'])
}

/// The value as text; empty where there is nothing but a byte order mark and newlines.
///
/// # Errors
/// [`InvalidValue`].
pub fn text(bytes: &Secret) -> Result<Secret, InvalidValue> {
    let written = bytes.expose();
    if written.starts_with(b"\xff\xfe") || written.starts_with(b"\xfe\xff") {
        return Err(InvalidValue::Utf16);
    }
    if written.contains(&0) {
        return Err(InvalidValue::Nul);
    }
    let text = trimmed(bytes.expose_text().ok_or(InvalidValue::NotUtf8)?);
    let lines = text.trim_start().starts_with(['{', '[']) || text.contains("-----BEGIN ");
    let mut control = text.chars().filter(|c| c.is_control());
    match control.find(|c| !lines || !matches!(c, '\t' | '\r' | '\n')) {
        Some('\r' | '\n') => Err(InvalidValue::Lines),
        Some(_) => Err(InvalidValue::Control),
        None => Ok(Secret::joined(&[text])),
    }
}

/// The value as a key: text as above but of any number of lines, or, where it is no text, its bytes as they are (DER, a shared secret).
#[must_use]
pub fn key(bytes: &Secret) -> Secret {
    match bytes.expose_text().filter(|text| !text.contains('\0')) {
        Some(text) => Secret::joined(&[trimmed(text)]),
        None => bytes.clone(),
    }
}

/// A JSON document less the byte order mark before it.
#[must_use]
pub fn document(bytes: &Secret) -> &[u8] {
    let written = bytes.expose();
    written.strip_prefix(b"\xef\xbb\xbf").unwrap_or(written)
}
