//! What is known under a key, and the file that says so. A file that this version did not write whole is no entry.

use std::fmt;
use std::io::BufRead as _;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::code::Code;
use crate::credential::{AccessToken, Secret, Token};
use crate::source::KeyringEntry;
use crate::time::Timestamp;

/// A token as it is kept.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The token.
    pub token: Token,
    /// From when on it is renewed, where that can be done.
    pub renew_at: Timestamp,
    /// From when on it is not handed out: its end, or where that is unknown, as long as the spec lets it be kept.
    pub use_until: Timestamp,
}

/// A failure as it is kept: shared briefly, or a cool-down that the provider asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFailure {
    /// When it happened.
    pub at: Timestamp,
    /// Until when nobody asks the provider again.
    pub until: Timestamp,
    /// The error's code.
    pub code: Code,
    /// The error's sentence, sanitised.
    pub sentence: String,
    /// Its hint.
    pub hint: Option<String>,
    /// It is told to processes that began before this moment, in milliseconds since 1970: when it happened, or for ever.
    #[serde(default)]
    pub at_millis: u64,
    /// How many came one after the other.
    #[serde(default)]
    pub in_a_row: u32,
    /// The program that called and was told of it, where it asks again by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<u64>,
}

/// What is known under a key.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The key, repeated.
    pub key: String,
    /// The preset or grant.
    pub provider: String,
    /// The name of the spec for which it was made.
    pub spec: String,
    /// The spec's file by its absolute path, where it was named by one.
    pub file: Option<String>,
    /// The target for which it was made, if one was named.
    pub target: Option<String>,
    /// Entries of the keyring that went into it: service and user.
    pub secrets: Vec<(String, String)>,
    /// The keyring entry in which it is kept besides, where it is an object at the provider.
    pub store: Option<KeyringEntry>,
    /// The token.
    pub stored: Option<StoredToken>,
    /// The last failure since that token.
    pub failure: Option<StoredFailure>,
    /// When its token was last replaced because a caller seemed to have had it refused.
    pub replaced_at: Option<Timestamp>,
}

/// An entry's file. Unknown members are ignored: a later version may have written them.
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

/// A failure that another version wrote in words of its own is none; the entry's token still counts.
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
    renew_at: Timestamp,
    use_until: Timestamp,
}

/// The token as a string, which is nowhere copied but into the token.
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
    /// The file's content.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Secret> {
        let token = self.stored.as_ref().map(|stored| WrittenToken {
            access_token: Text(stored.token.access_token.clone()),
            issued_at: stored.token.issued_at,
            expires_at: stored.token.expires_at,
            scope: stored.token.scope.clone(),
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

    /// Reads a file's content, up to the end of its first line; `None` for anything that this version did not write whole.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        // `given` writes behind the first newline, wherever that is: JSON over several lines is not ours.
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
