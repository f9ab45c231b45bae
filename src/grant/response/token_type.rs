//! The type of an issued token. A client must not use a token of a type that it does not know (RFC
//! 6749 §7.1), and callers of keyfob send every token as a bearer token.

use serde_json::Value;

/// Whether a response's `token_type` is bearer or one of `others`. Types are case-insensitive.
/// Apigee sends `BearerToken`.
pub(super) fn is_accepted(token_type: &Value, others: &[String]) -> bool {
    token_type.as_str().is_some_and(|token_type| {
        let is_one = |accepted: &str| token_type.eq_ignore_ascii_case(accepted);
        ["bearer", "bearertoken"].into_iter().any(is_one)
            || others.iter().any(|other| is_one(other))
    })
}

/// Whether tokens of this type can only be used with a proof of their key (RFC 9449, RFC 7800).
#[must_use]
pub fn needs_proof(token_type: &str) -> bool {
    let is_one = |bound: &str| bound.eq_ignore_ascii_case(token_type);
    ["DPoP", "PoP", "mac"].into_iter().any(is_one)
}

/// Whether it is `N_A`, the type of a token that is not an access token (RFC 8693 §2.2.1).
#[must_use]
pub fn is_not_applicable(token_type: &str) -> bool {
    token_type.eq_ignore_ascii_case("N_A")
}
