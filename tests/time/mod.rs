//! Moments, spans and the end of a token: every form in which a provider writes one, and every form of nonsense.

mod dates;
mod life;
mod nonsense;
mod rules;
mod spans;
mod weighing;

use keyfob::time::{ExpiryRule, Timestamp, TokenExpiry};
use serde_json::Value;

/// 2026-01-01T00:00:00Z.
pub(crate) const ASKED_AT: Timestamp = Timestamp::from_unix(1_767_225_600);
pub(crate) const IN_AN_HOUR: &str = "2026-01-01T01:00:00Z";
/// `{"alg":"RS256"}`, `{"exp":1767229200,"sub":"ci"}`, no real signature.
pub(crate) const JWT: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3NjcyMjkyMDAsInN1YiI6ImNpIn0.c2lnbmF0dXJl";

/// What [`read`] gives where a value is there and cannot be read: a moment that no answer names.
pub(crate) const UNREADABLE: TokenExpiry = TokenExpiry::Until(Timestamp::from_unix(i64::MIN + 7));

/// The end of a token by these rules.
pub(crate) fn read(
    rules: &[ExpiryRule],
    answer: &Value,
    token: &str,
    requested_at: Timestamp,
) -> TokenExpiry {
    TokenExpiry::from_response(rules, answer, token, requested_at).unwrap_or(UNREADABLE)
}

/// Reads rules and answer as JSON; a text that is no JSON cannot pass for an answer.
pub(crate) fn life_of(rules: &str, answer: &str, token: &str) -> Option<TokenExpiry> {
    let rules: Vec<ExpiryRule> = serde_json::from_str(rules).ok()?;
    let answer = serde_json::from_str(answer).ok()?;
    Some(read(&rules, &answer, token, ASKED_AT))
}

pub(crate) fn life(rules: &str, answer: &str) -> Option<TokenExpiry> {
    life_of(rules, answer, "opaque")
}

pub(crate) fn until(date: &str) -> Option<TokenExpiry> {
    // A slip of the pen in a test is no moment that any answer names.
    Some(TokenExpiry::Until(
        Timestamp::parse_rfc3339(date).unwrap_or(Timestamp::from_unix(i64::MIN)),
    ))
}
