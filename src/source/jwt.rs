//! A JWT that keyfob signs: the source `{"jwt": {"alg", "key", "header", "claims"}}` (RFC 7519, in
//! the compact form of RFC 7515 §7.1).
//!
//! It serves as a client assertion (RFC 7523 §2.2), as an authorization grant (RFC 7523 §2.1), and
//! as the JWT of a GitHub App. The header is sent as in the spec, after `alg`. `claims` documents
//! the special values of claims.
//!
//! Never verifies a JWT, and never reads a clock. Only ring takes randomness from the system, for
//! its signatures.

mod claims;
mod der;
mod fingerprint;
mod jwk;
mod key;
mod key_format;
mod pem;
mod rsa;
mod signer;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use serde_json::{Map, Value};

use super::{SignedJwt, Source};
use crate::credential::Secret;

pub use claims::{ClaimError, jti, resolve_claims};
/// The `alg` of a JWS (RFC 7518 §3.1, RFC 8037 §3.1): RS256 to RS512, PS256 to PS512, ES256, ES384,
/// EdDSA, HS256 to HS512.
pub use jsonwebtoken::Algorithm;
pub use key::{KeyError, KeyType};

/// Signs claims and returns a compact JWS. `claims` are resolved already (see [`resolve_claims`]);
/// `header` has every member but `alg`.
///
/// The key is PEM, DER or a JWK. For HS256 to HS512 it may be any bytes.
///
/// # Errors
/// [`KeyError`] if the key cannot sign with this algorithm, or if `header` has `alg`.
pub fn sign(
    algorithm: Algorithm,
    key: &Secret,
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
) -> Result<Secret, KeyError> {
    if header.contains_key("alg") {
        return Err(KeyError::Header);
    }
    let key = key_format::parse_key(key.expose(), algorithm)?;
    let mut jose = Header::new(algorithm);
    jose.typ = None;
    for (name, value) in header {
        // jsonwebtoken's own fields would drop members that they do not know.
        jose.extras.insert(name.as_str(), value);
    }
    // ring rejects keys that the parsers accept: a point off its curve, primes of another modulus.
    let jwt = jsonwebtoken::encode(&jose, claims, &signer::encoding_key(&key))
        .map_err(|_| KeyError::Inconsistent)?;
    Ok(Secret::from(jwt))
}

/// The fingerprint of a private key's public key: the SHA-256 of its SubjectPublicKeyInfo, in
/// Base64.
///
/// # Errors
/// [`KeyError`] if the key cannot sign with this algorithm, or if it has no public key.
pub fn fingerprint(algorithm: Algorithm, key: &Secret) -> Result<String, KeyError> {
    fingerprint::fingerprint(&key_format::parse_key(key.expose(), algorithm)?)
}

/// The thumbprints of a certificate: `x5t#S256`, and `x5t` if the header has it.
pub type Thumbprints = (String, Option<String>);

/// The header without `alg`, and the claims, whose special values are not resolved yet.
pub type HeaderAndClaims = (Map<String, Value>, Map<String, Value>);

/// The header and the claims of a JWT with the values of their sources. `open` opens a text.
///
/// # Errors
/// The first error of `open`.
pub fn fill<E>(
    jwt: &SignedJwt,
    thumbprints: Option<Thumbprints>,
    open: &mut dyn FnMut(&Source) -> Result<Secret, E>,
) -> Result<HeaderAndClaims, E> {
    let (mut header, mut claims) = (jwt.header.clone(), jwt.claims.clone());
    if let Some((sha256, sha1)) = thumbprints {
        header.insert("x5t#S256".to_owned(), sha256.into());
        if let Some(sha1) = sha1 {
            header.insert("x5t".to_owned(), sha1.into());
        }
    }
    for text in &jwt.texts {
        let value = open(&text.source)?;
        let object = if text.in_header {
            &mut header
        } else {
            &mut claims
        };
        put_text(object, &text.at, &value);
    }
    Ok((header, claims))
}

/// Puts a text where a JSON pointer leads.
fn put_text(object: &mut Map<String, Value>, pointer: &str, text: &Secret) {
    let mut whole = Value::Object(std::mem::take(object));
    if let Some(place) = whole.pointer_mut(pointer) {
        *place = Value::from(text.expose_text().unwrap_or_default());
    }
    if let Value::Object(changed) = whole {
        *object = changed;
    }
}

/// `x5t#S256` (RFC 7515 §4.1.8): the SHA-256 of the first certificate in a PEM text. `None` if it
/// has none.
#[must_use]
pub fn thumbprint_s256(certificate_pem: &Secret) -> Option<String> {
    thumbprint(certificate_pem, &ring::digest::SHA256)
}

/// `x5t` (RFC 7515 §4.1.7): the SHA-1 of the same certificate.
#[must_use]
pub fn thumbprint_sha1(certificate_pem: &Secret) -> Option<String> {
    thumbprint(certificate_pem, &ring::digest::SHA1_FOR_LEGACY_USE_ONLY)
}

fn thumbprint(
    certificate_pem: &Secret,
    algorithm: &'static ring::digest::Algorithm,
) -> Option<String> {
    let certificate = pem::first_certificate(certificate_pem.expose())?;
    Some(URL_SAFE_NO_PAD.encode(ring::digest::digest(algorithm, &certificate)))
}

#[cfg(test)]
mod tests;
