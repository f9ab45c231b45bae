//! Detects the format of a private key: PEM (RFC 7468), DER, a JWK (RFC 7517), or the bytes of a
//! shared secret for HS256 to HS512.

use jsonwebtoken::Algorithm;
use zeroize::Zeroizing;

use super::key::{KeyError, KeyType, SigningKey};
use super::{jwk, pem};

/// Parses a key for an algorithm. A byte order mark, surrounding blanks and quotes are ignored.
///
/// # Errors
/// [`KeyError`] if it cannot sign with this algorithm.
pub(super) fn parse_key(bytes: &[u8], algorithm: Algorithm) -> Result<SigningKey, KeyError> {
    let text = without_wrapping(bytes);
    let shared = KeyType::of(algorithm) == KeyType::Shared;
    let key = if text.is_empty() {
        return Err(KeyError::Empty);
    } else if pem::is_pem(text) {
        pem::parse_pem(text)?
    } else if text.starts_with(b"{") && (jwk::is_jwk(text) || !shared) {
        jwk::parse_jwk(text, algorithm)?
    } else if shared {
        // A shared secret is used unchanged: a trailing blank may be part of it.
        SigningKey {
            key_type: KeyType::Shared,
            material: Zeroizing::new(bytes.to_vec()),
        }
    } else {
        pem::parse_der(bytes)?
    };
    if key.key_type == KeyType::of(algorithm) {
        Ok(key)
    } else {
        Err(KeyError::WrongType {
            found: key.key_type,
            algorithm,
        })
    }
}

fn without_wrapping(bytes: &[u8]) -> &[u8] {
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii();
    for quote in [b"\"", b"'"] {
        if let Some(inside) = text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote))
        {
            return inside.trim_ascii();
        }
    }
    text
}
