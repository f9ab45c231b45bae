//! Secrets and tokens: `Secret`, `AccessToken`, `Token`, `Credential`.
//!
//! A `Secret` has no `Display`, `Serialize` or `PartialEq`, has `[redacted]` as its `Debug`, and is
//! wiped on drop (by `zeroize`). An `AccessToken` is printable ASCII (RFC 6750 §2.1 is stricter
//! still), so that it cannot start a new line or header in any protocol.

mod certificate;
mod graphic;
mod in_json;

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use crate::target::Pattern;
use crate::time::Timestamp;
pub use certificate::CertificateAndKey;
use graphic::is_graphic;
pub use in_json::InJson;

/// Bytes that must never be shown: a client secret, a private key, a token.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the bytes; they are wiped when this value is dropped.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Concatenates the parts. The buffer is allocated once: a growing buffer would leave copies in
    /// freed memory.
    #[must_use]
    pub fn joined(parts: &[&str]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts
            .iter()
            .for_each(|part| bytes.extend_from_slice(part.as_bytes()));
        Self::new(bytes)
    }

    /// Serializes a value as JSON followed by `end`. The buffer is allocated once, as in
    /// [`Self::joined`]: a first pass measures the length. `None` if the value cannot be
    /// serialized.
    #[must_use]
    pub fn json(value: &(impl Serialize + ?Sized), end: &str) -> Option<Self> {
        let mut length = Length(end.len());
        serde_json::to_writer(&mut length, value).ok()?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *bytes, value).ok()?;
        bytes.extend_from_slice(end.as_bytes());
        Some(Self(bytes))
    }

    /// The bytes. A test of the house rules lists every file that calls it.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text if they are UTF-8.
    #[must_use]
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Length in bytes. It may be shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the length is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Counts the bytes written to it.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Wipes every string of a JSON value.
pub fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Why a text is not an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    /// The text is empty.
    Empty,
    /// A byte outside 0x21–0x7e: it could inject a line or a header.
    Unprintable,
    /// A key or a certificate.
    Pem,
    /// More than [`AccessToken::MAX`] bytes.
    TooLong,
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the token is empty",
            Self::Unprintable => {
                "the token holds a blank, a line break or another character that is not printable \
                 ASCII"
            }
            Self::Pem => "it is PEM (a key or a certificate), not a token",
            Self::TooLong => "the token is longer than 64 KiB",
        })
    }
}

/// A bearer token: one to [`Self::MAX`] bytes of printable ASCII without blanks.
#[derive(Clone)]
pub struct AccessToken {
    secret: Secret,
}

impl AccessToken {
    /// The maximum length of a token in bytes (git reads lines of at most 65,535).
    pub const MAX: usize = 64_000;

    /// The only constructor.
    ///
    /// # Errors
    /// [`InvalidToken`]. Its message never contains the text.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        if text.is_empty() {
            return Err(InvalidToken::Empty);
        }
        if text.len() > Self::MAX {
            return Err(InvalidToken::TooLong);
        }
        if !is_graphic(text.as_bytes()) {
            if text.trim_start().starts_with("-----BEGIN ") {
                return Err(InvalidToken::Pem);
            }
            return Err(InvalidToken::Unprintable);
        }
        let secret = Secret::new(text.as_bytes().to_vec());
        Ok(Self { secret })
    }

    /// The token as between the quotes of a JSON string. Of printable ASCII only `"` and `\` need a
    /// backslash (RFC 8259 §7).
    #[must_use]
    pub fn in_json(&self) -> InJson<'_> {
        let text = self.expose();
        if !text.contains('"') && !text.contains('\\') {
            return InJson::Unescaped(text);
        }
        // The buffer is allocated once: a growing buffer would leave copies in freed memory.
        let mut escaped = Zeroizing::new(String::with_capacity(2 * text.len()));
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        InJson::Escaped(escaped)
    }

    /// The token. A test of the house rules lists every file that calls it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose_text().unwrap_or_default()
    }

    /// A hash that reveals nothing of the token. Stable within one build of the program only.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        self.expose().hash(&mut hasher);
        hasher.finish()
    }

    /// Whether the token equals the secret.
    #[must_use]
    pub fn is(&self, secret: &Secret) -> bool {
        self.secret.expose() == secret.expose()
    }

    /// The token as a secret, for a request about the token.
    #[must_use]
    pub fn secret(&self) -> Secret {
        self.secret.clone()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A token and its metadata.
#[derive(Debug, Clone)]
pub struct Token {
    /// The bearer token.
    pub access_token: AccessToken,
    /// When it was requested: the moment before the request was sent.
    pub issued_at: Timestamp,
    /// Its expiry, if the provider sent one. Never a guess.
    pub expires_at: Option<Timestamp>,
    /// The granted scope (RFC 6749 §5.1), if the provider sent one.
    pub scope: Option<String>,
    /// The user name that the provider sent with it.
    pub username: Option<String>,
    /// Whether its claims may contain a part of a secret. Known only for a token just issued.
    pub repeats_secret: bool,
}

/// How git and go send the token (`authtype` of `git credential`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authtype {
    /// User name and password.
    Basic,
    /// `Authorization: Bearer`.
    Bearer,
}

/// A token with its user name, as delivered to a caller.
#[derive(Debug, Clone)]
pub struct Credential {
    /// User name for callers that need one (Basic authentication).
    pub username: String,
    /// Whether the user name is from the spec or the provider, not a default.
    pub username_is_explicit: bool,
    /// How git sends the token, if the spec says so.
    pub authtype: Option<Authtype>,
    /// The spec's `targets`, for callers that accept credentials for further targets.
    pub targets: Vec<Pattern>,
    /// Whether the token depends on what the caller's request says besides its target.
    pub depends_on_request: bool,
    /// The token, used as password or bearer.
    pub token: Token,
    /// The expiry that is published to the caller: earlier than the real one, and never past or
    /// about to pass.
    pub published_expiry: Option<Timestamp>,
    /// When it is delivered, for callers that take a lifetime instead of an expiry.
    pub delivered_at: Timestamp,
}

impl Credential {
    /// The user name of the spec or the provider if there is one, else the requested one.
    #[must_use]
    pub fn username_for<'a>(&'a self, requested: Option<&'a str>) -> &'a str {
        requested
            .filter(|_| !self.username_is_explicit)
            .unwrap_or(&self.username)
    }
}
