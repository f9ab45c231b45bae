//! A JWT signed here: the source `{"jwt": {"alg", "key", "header", "claims"}}` (RFC 7519, signed as RFC 7515 §7.1 says).
//!
//! It carries client assertions (RFC 7523 §2.2), JWT profile grants (RFC 7523 §2.1) and the App JWTs of forges. The
//! header is sent as it is written, after `alg`; the claims' two special values are told in `claims`.
//!
//! It never verifies a JWT, and reads no clock; ring alone asks the system for the randomness of its signatures.

mod claims;
mod der;
mod form;
mod jwk;
mod key;
mod pem;
mod rsa;
mod signer;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use serde_json::{Map, Value};

use crate::credential::Secret;

pub use claims::{ClaimError, jti, resolve_claims};
/// The `alg` of a JWS (RFC 7518 §3.1, RFC 8037 §3.1): RS256 to RS512, PS256 to PS512, ES256, ES384, EdDSA, HS256 to HS512.
pub use jsonwebtoken::Algorithm;
pub use key::{KeyError, KeyType};

/// Signs claims: a compact JWS. The claims are final (see [`resolve_claims`]); of the header all but `alg`.
///
/// The key is PEM, DER or a JWK, and for HS256 to HS512 also any bytes at all.
///
/// # Errors
/// [`KeyError`] says what is wrong with the key, or that the header names `alg` a second time.
pub fn sign(
    algorithm: Algorithm,
    key: &Secret,
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
) -> Result<Secret, KeyError> {
    if header.contains_key("alg") {
        return Err(KeyError::Header);
    }
    let key = form::read(key.expose(), algorithm)?;
    let mut jose = Header::new(algorithm);
    jose.typ = None;
    for (name, value) in header {
        // Not into jsonwebtoken's own fields, which would change what they do not know.
        jose.extras.insert(name.as_str(), value);
    }
    // Whatever the readers let pass, ring refuses here: a point off its curve, primes of another modulus.
    let jwt = jsonwebtoken::encode(&jose, claims, &signer::encoding_key(&key))
        .map_err(|_| KeyError::Inconsistent)?;
    Ok(Secret::from(jwt))
}

/// `x5t#S256` (RFC 7515 §4.1.8): the SHA-256 of the first certificate in the text, or none where it holds none.
#[must_use]
pub fn thumbprint_s256(certificate_pem: &[u8]) -> Option<String> {
    let certificate = pem::certificate(certificate_pem)?;
    Some(URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, &certificate)))
}

#[cfg(test)]
mod tests;
