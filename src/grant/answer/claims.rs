//! What a token that is a JWT says of itself: to be shown, never to be trusted, for its signature is not verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

/// The claims that a person is shown (RFC 7519 §4.1, RFC 8693 §4.3).
pub const CLAIMS: [&str; 5] = ["iss", "sub", "aud", "client_id", "azp"];

/// Most characters of one claim that are shown.
pub const CLAIM: usize = 1000;

/// The payload of a JWT, not verified; `None` where it is none.
#[must_use]
pub fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload) = (parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
    serde_json::from_slice(&Zeroizing::new(bytes.ok()?)).ok()
}
