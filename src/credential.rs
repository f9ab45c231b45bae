//! What is kept and what is handed out: `Secret`, `AccessToken`, `Token`, `Credential`.
//!
//! A `Secret` has no `Display`, `Serialize` or `PartialEq`, says `[redacted]` when debugged, and is wiped on drop
//! (through `zeroize`). An `AccessToken` is printable ASCII (RFC 6750 §2.1 is narrower still), so it cannot start a
//! new line or header in any protocol that it is printed in.

mod graphic;

use std::fmt;
use std::ops::Deref;

use serde::Serialize;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use crate::target::Pattern;
use crate::time::Timestamp;
use graphic::is_graphic;

/// Bytes that must never be seen: a client secret, a private key, a token on its way out.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the bytes; they are wiped when this value is dropped.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// These parts one after the other, in room that is taken once: text that grows leaves copies of itself behind.
    #[must_use]
    pub fn joined(parts: &[&str]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts
            .iter()
            .for_each(|part| bytes.extend_from_slice(part.as_bytes()));
        Self::new(bytes)
    }

    /// A value as JSON with `end` behind it, in room that is taken once: it is written twice, first only to be measured. `None` where the
    /// value cannot be written as JSON.
    #[must_use]
    pub fn json(value: &(impl Serialize + ?Sized), end: &str) -> Option<Self> {
        let mut length = Length(end.len());
        serde_json::to_writer(&mut length, value).ok()?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *bytes, value).ok()?;
        bytes.extend_from_slice(end.as_bytes());
        Some(Self(bytes))
    }

    /// The bytes themselves. Every call is listed in the house rules' test.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text, where they are UTF-8.
    #[must_use]
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Length in bytes: safe to tell.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing in it.
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

/// Measures what is written to it.
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

/// Why a text is no access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    /// Nothing in it.
    Empty,
    /// A byte outside printable ASCII without blanks (0x21–0x7e): it could inject a line or a header.
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
            Self::Unprintable => "the token holds a blank, a line break or another character that is not printable ASCII",
            Self::Pem => "it is PEM, a key or a certificate, and no token",
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
    /// Longest token that is accepted, in bytes (git reads lines of at most 65,535).
    pub const MAX: usize = 64_000;

    /// Parses; the only way to make one.
    ///
    /// # Errors
    /// [`InvalidToken`] says what is wrong with the text, without repeating it.
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

    /// The token as it stands between the quotes of a JSON string. It is printable ASCII: only `"` and `\` need a backslash (RFC 8259 §7).
    #[must_use]
    pub fn in_json(&self) -> InJson<'_> {
        let text = self.expose();
        if !text.contains('"') && !text.contains('\\') {
            return InJson::AsItIs(text);
        }
        // The room is taken once: text that grows leaves copies of itself behind.
        let mut escaped = Zeroizing::new(String::with_capacity(2 * text.len()));
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        InJson::Escaped(escaped)
    }

    /// The token's text. Every call is listed in the house rules' test.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose_text().unwrap_or_default()
    }
}

impl AccessToken {
    /// A number that tells one token from another and that no token can be told from. It is the same only in
    /// programs of one build.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        self.expose().hash(&mut hasher);
        hasher.finish()
    }

    /// Whether this is the secret.
    #[must_use]
    pub fn is(&self, secret: &Secret) -> bool {
        self.secret.expose() == secret.expose()
    }

    /// The same as a secret, for a request that is about it.
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

/// A token's text between the quotes of a JSON string.
pub enum InJson<'a> {
    /// As nearly every token: nothing in it needs a backslash.
    AsItIs(&'a str),
    /// A copy with backslashes.
    Escaped(Zeroizing<String>),
}

impl Deref for InJson<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::AsItIs(text) => text,
            Self::Escaped(text) => text,
        }
    }
}

/// A token and what is known of its life.
#[derive(Debug, Clone)]
pub struct Token {
    /// The bearer token.
    pub access_token: AccessToken,
    /// When it was asked for: the moment before the request was sent.
    pub issued_at: Timestamp,
    /// When it ends, where the provider told; never a guess.
    pub expires_at: Option<Timestamp>,
    /// The scope that the provider says it granted (RFC 6749 §5.1), where it said so.
    pub scope: Option<String>,
    /// Whether its claims may hold a part of a secret that was sent for it. Known only of a token that was just made.
    pub repeats_secret: bool,
}

/// How git and go are to send the token (`authtype` of `git credential`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authtype {
    /// User name and password.
    Basic,
    /// `Authorization: Bearer`.
    Bearer,
}

/// What a caller gets: a token and the user name that goes with it.
#[derive(Debug, Clone)]
pub struct Credential {
    /// User name for callers that want one (Basic authentication).
    pub username: String,
    /// Whether the user name is written in the spec, and no default.
    pub username_is_written: bool,
    /// How git is to send it, where the spec says so.
    pub authtype: Option<Authtype>,
    /// What the spec lists, for callers that are told more than they asked for.
    pub targets: Vec<Pattern>,
    /// The token, used as password or bearer.
    pub token: Token,
    /// The end that is published to the caller: earlier than the true one, and never past or nearly so.
    pub published_end: Option<Timestamp>,
    /// When it is given, for callers that are told how long it lasts and not until when.
    pub given_at: Timestamp,
}

impl Credential {
    /// The user name that is sent where the caller's request names one: the spec's if it is written
    /// there, else the request's.
    #[must_use]
    pub fn username_beside<'a>(&'a self, requested: Option<&'a str>) -> &'a str {
        requested
            .filter(|_| !self.username_is_written)
            .unwrap_or(&self.username)
    }
}
