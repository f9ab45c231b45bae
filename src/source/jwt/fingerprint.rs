//! The fingerprint of a public key: the SHA-256 of its SubjectPublicKeyInfo in DER (RFC 5280
//! §4.1.2.7), by which Snowflake and others name a key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::der::{self, Reader};
use super::key::{KeyError, KeyType, SigningKey};

/// AlgorithmIdentifiers in DER: rsaEncryption (RFC 3279 §2.3.1), id-ecPublicKey with secp256r1 and
/// with secp384r1 (RFC 5480 §2.1.1), id-Ed25519 (RFC 8410 §3).
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\0";
const P256: &[u8] =
    b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";
const ED25519: &[u8] = b"\x30\x05\x06\x03\x2b\x65\x70";

/// The fingerprint in Base64 with padding (RFC 4648 §4).
///
/// # Errors
/// [`KeyError::NoPublicKey`] for a shared secret, [`KeyError::Inconsistent`] for a key that ring
/// rejects.
pub(super) fn fingerprint(key: &SigningKey) -> Result<String, KeyError> {
    let material = key.material.as_slice();
    let public = match key.key_type {
        KeyType::Rsa => rsa_public_key(material),
        KeyType::P256 => material.get(32..).map(<[u8]>::to_vec),
        KeyType::P384 => material.get(48..).map(<[u8]>::to_vec),
        KeyType::Ed25519 => {
            let pair = material.get(..32).map(Ed25519KeyPair::from_seed_unchecked);
            pair.and_then(Result::ok)
                .map(|pair| pair.public_key().as_ref().to_vec())
        }
        KeyType::Shared => return Err(KeyError::NoPublicKey),
    };
    let public = public.ok_or(KeyError::Inconsistent)?;
    let algorithm = match key.key_type {
        KeyType::P256 => P256,
        KeyType::P384 => P384,
        KeyType::Ed25519 => ED25519,
        KeyType::Rsa | KeyType::Shared => RSA,
    };
    let mut body = algorithm.to_vec();
    der::write_header(der::BIT_STRING, public.len() + 1, &mut body);
    body.push(0); // no unused bits
    body.extend(public);
    let mut info = Vec::new();
    der::write_header(der::SEQUENCE, body.len(), &mut info);
    info.extend(body);
    Ok(STANDARD.encode(digest(&SHA256, &info)))
}

/// `RSAPublicKey` of an `RSAPrivateKey` (RFC 8017 §A.1.1).
fn rsa_public_key(private_key: &[u8]) -> Option<Vec<u8>> {
    let mut numbers = Reader::new(Reader::new(private_key).read(der::SEQUENCE)?);
    let [_version, n, e] = [numbers.integer()?, numbers.integer()?, numbers.integer()?];
    Some(der::integers(&mut [n, e].into_iter()).to_vec())
}
