//! The claims of a token that is a JWT. They may be shown and never trusted: the signature is not
//! verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

/// The claims that `keyfob check` shows (RFC 7519 §4.1, RFC 8693 §4.3).
pub const SHOWN_CLAIMS: [&str; 5] = ["iss", "sub", "aud", "client_id", "azp"];

/// How many characters of a claim are shown.
pub const MAX_CLAIM_LENGTH: usize = 1000;

/// The claims of a JWT. `None` if the token is not one.
#[must_use]
pub fn unverified_claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload) = (parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
    serde_json::from_slice(&Zeroizing::new(bytes.ok()?)).ok()
}
