//! The entry that is stored under a key, and the file that holds it. An incomplete file, or one of
//! another version, counts as no entry.

use std::fmt;
use std::io::BufRead as _;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::code::Code;
use crate::credential::{AccessToken, Secret, Token};
use crate::source::KeyringEntry;
use crate::time::Timestamp;

/// A token as it is stored.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The token.
    pub token: Token,
    /// The time from which the token is renewed, if that is possible.
    pub renew_at: Timestamp,
    /// The time from which the token is no longer used: its expiry, or a time that follows from
    /// `max_cache` if the expiry is unknown or the token is static.
    pub use_until: Timestamp,
}

/// A failure as it is stored: shared for a short time, or a cool-down that the provider asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFailure {
    /// When the failure occurred.
    pub at: Timestamp,
    /// Until when no process asks the provider again.
    pub until: Timestamp,
    /// The error's code.
    pub code: Code,
    /// The error's sentence, sanitised.
    pub sentence: String,
    /// The error's hint.
    pub hint: Option<String>,
    /// The latest start of a process that reports the failure, in milliseconds since 1970: the time
    /// of the failure, or `u64::MAX` for a cool-down.
    #[serde(default)]
    pub at_millis: u64,
    /// The number of failures in a row.
    #[serde(default)]
    pub in_a_row: u32,
    /// The calling program that met the failure, if it calls again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<u64>,
}

/// What is stored under a key.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The key, repeated in the file.
    pub key: String,
    /// The name of the preset or grant.
    pub provider: String,
    /// The name of the spec for which the token was issued.
    pub spec: String,
    /// The absolute path of the spec's file, if the spec was named by a path.
    pub file: Option<String>,
    /// The target for which the token was issued, if one was named.
    pub target: Option<String>,
    /// The keyring entries from which the token was made: service and user.
    pub secrets: Vec<(String, String)>,
    /// The keyring entry that also stores the token, if the token is an object at the provider.
    pub store: Option<KeyringEntry>,
    /// The token.
    pub stored: Option<StoredToken>,
    /// The last failure since that token was issued.
    pub failure: Option<StoredFailure>,
    /// When the token was last replaced because a server seemed to have rejected it.
    pub replaced_at: Option<Timestamp>,
}

/// The content of an entry's file. Unknown members are ignored: a later version may have written
/// them.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    key: String,
    provider: String,
    spec: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    target: Option<String>,
    secrets: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    store: Option<KeyringEntry>,
    token: Option<WrittenToken>,
    #[serde(deserialize_with = "known_failure")]
    failure: Option<StoredFailure>,
    #[serde(default)]
    replaced_at: Option<Timestamp>,
}

/// Reads a failure. One in the format of another version counts as none, and the entry's token is
/// still used.
fn known_failure<'de, D>(deserializer: D) -> Result<Option<StoredFailure>, D::Error>
where
    D: Deserializer<'de>,
{
    let written = Option::<Value>::deserialize(deserializer)?;
    Ok(written.and_then(|failure| serde_json::from_value(failure).ok()))
}

#[derive(Serialize, Deserialize)]
struct WrittenToken {
    access_token: Text,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    renew_at: Timestamp,
    use_until: Timestamp,
}

/// The token as a JSON string. Reading it makes no other copy than the token.
struct Text(AccessToken);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Printable;
        impl Visitor<'_> for Printable {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a token")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                AccessToken::parse(text).map(Text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Printable)
    }
}

const VERSION: u32 = 1;

impl Entry {
    /// The content of the entry's file. `None` if it cannot be written as JSON.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Secret> {
        let token = self.stored.as_ref().map(|stored| WrittenToken {
            access_token: Text(stored.token.access_token.clone()),
            issued_at: stored.token.issued_at,
            expires_at: stored.token.expires_at,
            scope: stored.token.scope.clone(),
            username: stored.token.username.clone(),
            renew_at: stored.renew_at,
            use_until: stored.use_until,
        });
        let written = Written {
            version: VERSION,
            key: self.key.clone(),
            provider: self.provider.clone(),
            spec: self.spec.clone(),
            file: self.file.clone(),
            target: self.target.clone(),
            secrets: self.secrets.clone(),
            store: self.store.clone(),
            token,
            failure: self.failure.clone(),
            replaced_at: self.replaced_at,
        };
        Secret::json(&written, "\n")
    }

    /// Reads the first line of a file. `None` if the line is incomplete or of another version.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        // `delivery` writes after the first newline, wherever it is. JSON over several lines is
        // therefore refused.
        let length = (&*bytes).skip_until(b'\n').ok()?;
        let line = bytes.get(..length)?;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let written: Written = serde_json::from_str(std::str::from_utf8(line).ok()?).ok()?;
        if line.last()?.is_ascii_whitespace() || written.version != VERSION {
            return None;
        }
        let stored = written.token.map(|token| StoredToken {
            token: Token {
                access_token: token.access_token.0,
                issued_at: token.issued_at,
                expires_at: token.expires_at,
                scope: token.scope,
                username: token.username,
                repeats_secret: false,
            },
            renew_at: token.renew_at,
            use_until: token.use_until,
        });
        let Written {
            key,
            provider,
            spec,
            file,
            target,
            secrets,
            store,
            failure,
            replaced_at,
            ..
        } = written;
        Some(Self {
            key,
            provider,
            spec,
            file,
            target,
            secrets,
            store,
            stored,
            failure,
            replaced_at,
        })
    }
}
