//! The claims of a JWT as a spec writes them (RFC 7519 §4).
//!
//! They are JSON, and an object with one of these members and no other is replaced, at any depth:
//! `{"now": 240}` by the time in 240 seconds, which may be negative (NumericDate, RFC 7519 §2);
//! `{"jti": true}` by a unique identifier (RFC 7519 §4.1.7); `{"fingerprint": true}`, also with the
//! member `prefix`, by that prefix and the fingerprint of the key that signs; `{"literal": VALUE}`
//! by VALUE unchanged. Another value of `now`, `jti` or `fingerprint` is an error, so that a
//! mistake never reaches a provider as a claim.
//!
//! Never reads a clock: the time and the identifier are parameters.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::key::KeyError;
use crate::time::Timestamp;

/// Why a claim cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimError {
    /// A `now` that is not a whole number of seconds.
    Now,
    /// A `jti` that is not `true`.
    Jti,
    /// A `fingerprint` that is not `true`, or whose `prefix` is not a string.
    Fingerprint,
    /// A time outside the range of 64 bits.
    Overflow,
    /// The key has no fingerprint.
    Key(KeyError),
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now => "a claim's time is not written as {\"now\": SECONDS} with a whole number",
            Self::Jti => "a claim's unique identifier is not written as {\"jti\": true}",
            Self::Fingerprint => {
                "a claim's fingerprint is not written as {\"fingerprint\": true, \"prefix\": TEXT}"
            }
            Self::Key(why) => return why.fmt(f),
            Self::Overflow => "a claim's time lies too far from now",
        })
    }
}

impl std::error::Error for ClaimError {}

/// Computes the fingerprint of the key that signs.
pub type Fingerprint<'a> = &'a dyn Fn() -> Result<String, KeyError>;

/// Replaces the special objects, and copies everything else.
///
/// # Errors
/// [`ClaimError`] if a special object has an invalid value, or the key has no fingerprint.
pub fn resolve_claims(
    template: &Map<String, Value>,
    now: Timestamp,
    jti: &str,
    fingerprint: Fingerprint<'_>,
) -> Result<Map<String, Value>, ClaimError> {
    template
        .iter()
        .map(|(name, value)| Ok((name.clone(), resolve(value, now, jti, fingerprint)?)))
        .collect()
}

/// The prefix of a fingerprint, if the object stands for one.
fn fingerprint_prefix(members: &Map<String, Value>) -> Option<Result<&str, ClaimError>> {
    let mark = members.get("fingerprint")?;
    let prefix = match members.get("prefix") {
        _ if members
            .keys()
            .any(|name| name != "fingerprint" && name != "prefix") =>
        {
            return None;
        }
        None => Some(""),
        Some(prefix) => prefix.as_str(),
    };
    let prefix = prefix.filter(|_| mark.as_bool() == Some(true));
    Some(prefix.ok_or(ClaimError::Fingerprint))
}

fn resolve(
    value: &Value,
    now: Timestamp,
    jti: &str,
    fingerprint: Fingerprint<'_>,
) -> Result<Value, ClaimError> {
    match value {
        Value::Object(members) => {
            if let Some(prefix) = fingerprint_prefix(members) {
                let prefix = prefix?;
                let fingerprint = fingerprint().map_err(ClaimError::Key)?;
                return Ok(Value::from(format!("{prefix}{fingerprint}")));
            }
            let mut names = members.iter();
            match (names.next(), names.next()) {
                (Some((name, seconds)), None) if name == "now" => {
                    let seconds = seconds.as_i64().ok_or(ClaimError::Now)?;
                    now.unix()
                        .checked_add(seconds)
                        .map(Value::from)
                        .ok_or(ClaimError::Overflow)
                }
                (Some((name, mark)), None) if name == "jti" => {
                    mark.as_bool().filter(|mark| *mark).ok_or(ClaimError::Jti)?;
                    Ok(Value::from(jti))
                }
                (Some((name, literal)), None) if name == "literal" => Ok(literal.clone()),
                _ => resolve_claims(members, now, jti, fingerprint).map(Value::Object),
            }
        }
        Value::Array(items) => items
            .iter()
            .map(|item| resolve(item, now, jti, fingerprint))
            .collect(),
        plain => Ok(plain.clone()),
    }
}

/// A `jti` (RFC 7519 §4.1.7) of 16 random bytes, in 22 characters.
#[must_use]
pub fn jti(random: [u8; 16]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn times_and_identifiers_are_put_in_anywhere_and_all_else_is_literal() {
        let now = Timestamp::from_unix(1000);
        let template = json!({
            "iat": {"now": -60}, "nbf": {"now": 0}, "jti": {"jti": true},
            "events": [{"at": {"now": 5}}], "n": 1, "b": false,
            "act": {"jti": true, "sub": "x"}, "when": {"now": "tomorrow", "or": "later"},
            "none": null, "empty": {}, "iss": {"fingerprint": true, "prefix": "A.B.SHA256:"},
            "kid": [{"fingerprint": true}], "device": {"fingerprint": true, "os": "x"},
        });
        let resolved = json!({
            "iat": 940, "nbf": 1000, "jti": "ID", "events": [{"at": 1005}], "n": 1, "b": false,
            "act": {"jti": true, "sub": "x"}, "when": {"now": "tomorrow", "or": "later"},
            "none": null, "empty": {}, "iss": "A.B.SHA256:PRINT", "kid": ["PRINT"],
            "device": {"fingerprint": true, "os": "x"},
        });
        let resolved_by = |template, fingerprint: Fingerprint<'_>| {
            resolve_claims(&object(template), now, "ID", fingerprint)
        };
        let print = || Ok("PRINT".to_owned());
        assert_eq!(resolved_by(template, &print), Ok(object(resolved)));
        assert_eq!(
            resolved_by(json!({"iss": {"fingerprint": true}}), &|| Err(
                KeyError::NoPublicKey
            )),
            Err(ClaimError::Key(KeyError::NoPublicKey))
        );
        for (slip, error) in [
            (json!({"exp": {"now": "240"}}), ClaimError::Now),
            (json!({"exp": {"now": 1.5}}), ClaimError::Now),
            (json!({"a": [{"jti": false}]}), ClaimError::Jti),
            (json!({"jti": {"jti": 16}}), ClaimError::Jti),
            (json!({"exp": {"now": i64::MAX}}), ClaimError::Overflow),
            (
                json!({"iss": {"fingerprint": "SHA256:"}}),
                ClaimError::Fingerprint,
            ),
            (
                json!({"iss": {"fingerprint": true, "prefix": 1}}),
                ClaimError::Fingerprint,
            ),
        ] {
            assert_eq!(resolved_by(slip, &print), Err(error));
        }
        assert_eq!(
            ClaimError::Overflow.to_string(),
            "a claim's time lies too far from now"
        );
        assert_eq!(jti(*b"0123456789abcdef"), "MDEyMzQ1Njc4OWFiY2RlZg");
    }
}
