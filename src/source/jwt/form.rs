//! The form of a private key, told by the text itself: PEM (RFC 7468) or bare DER, a JWK (RFC 7517), or else a secret for
//! HS256 to HS512, byte for byte.

use jsonwebtoken::Algorithm;
use zeroize::Zeroizing;

use super::key::{KeyError, KeyType, SigningKey};
use super::{jwk, pem};

/// Reads a key for an algorithm. A byte order mark, blanks and quotes around it are forgiven.
///
/// # Errors
/// [`KeyError`] for all that cannot sign with this algorithm.
pub(super) fn read(bytes: &[u8], algorithm: Algorithm) -> Result<SigningKey, KeyError> {
    let text = without_wrapping(bytes);
    let shared = KeyType::of(algorithm) == KeyType::Shared;
    let key = if text.is_empty() {
        return Err(KeyError::Empty);
    } else if pem::is_pem(text) {
        pem::read(text)?
    } else if text.starts_with(b"{") && (jwk::is_jwk(text) || !shared) {
        jwk::read(text, algorithm)?
    } else if shared {
        // A shared secret is taken as it is: a blank at its end may belong to it.
        SigningKey {
            key_type: KeyType::Shared,
            material: Zeroizing::new(bytes.to_vec()),
        }
    } else {
        pem::read_der(bytes)?
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
