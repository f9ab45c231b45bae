//! The claims of a JWT as a spec writes them (RFC 7519 §4).
//!
//! They are JSON, and an object with one of these members and no other is replaced, at any depth:
//! `{"now": 240}` by the time in 240 seconds, which may be negative (NumericDate, RFC 7519 §2);
//! `{"jti": true}` by a unique identifier (RFC 7519 §4.1.7); `{"literal": VALUE}` by VALUE
//! unchanged. Another value of `now` or `jti` is an error, so that a mistake never reaches a
//! provider as a claim.
//!
//! Never reads a clock: the time and the identifier are parameters.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::time::Timestamp;

/// Why a claim cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimError {
    /// A `now` that is not a whole number of seconds.
    Now,
    /// A `jti` that is not `true`.
    Jti,
    /// A time outside the range of 64 bits.
    Overflow,
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now => "a claim's time is not written as {\"now\": SECONDS} with a whole number",
            Self::Jti => "a claim's unique identifier is not written as {\"jti\": true}",
            Self::Overflow => "a claim's time lies too far from now",
        })
    }
}

impl std::error::Error for ClaimError {}

/// Replaces the special objects, and copies everything else.
///
/// # Errors
/// [`ClaimError`] if a `now` or `jti` has an invalid value.
pub fn resolve_claims(
    template: &Map<String, Value>,
    now: Timestamp,
    jti: &str,
) -> Result<Map<String, Value>, ClaimError> {
    template
        .iter()
        .map(|(name, value)| Ok((name.clone(), resolve(value, now, jti)?)))
        .collect()
}

fn resolve(value: &Value, now: Timestamp, jti: &str) -> Result<Value, ClaimError> {
    match value {
        Value::Object(members) => {
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
                _ => resolve_claims(members, now, jti).map(Value::Object),
            }
        }
        Value::Array(items) => items.iter().map(|item| resolve(item, now, jti)).collect(),
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
            "none": null, "empty": {},
        });
        let resolved = json!({
            "iat": 940, "nbf": 1000, "jti": "ID", "events": [{"at": 1005}], "n": 1, "b": false,
            "act": {"jti": true, "sub": "x"}, "when": {"now": "tomorrow", "or": "later"},
            "none": null, "empty": {},
        });
        assert_eq!(
            resolve_claims(&object(template), now, "ID"),
            Ok(object(resolved))
        );
        for (slip, error) in [
            (json!({"exp": {"now": "240"}}), ClaimError::Now),
            (json!({"exp": {"now": 1.5}}), ClaimError::Now),
            (json!({"a": [{"jti": false}]}), ClaimError::Jti),
            (json!({"jti": {"jti": 16}}), ClaimError::Jti),
            (json!({"exp": {"now": i64::MAX}}), ClaimError::Overflow),
        ] {
            assert_eq!(resolve_claims(&object(slip), now, "ID"), Err(error));
        }
        assert_eq!(
            ClaimError::Overflow.to_string(),
            "a claim's time lies too far from now"
        );
        assert_eq!(jti(*b"0123456789abcdef"), "MDEyMzQ1Njc4OWFiY2RlZg");
    }
}
