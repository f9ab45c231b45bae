//! Private keys in PEM (RFC 7468) and DER: PKCS#1 (RFC 8017 §A.1.2), PKCS#8 (RFC 5958), SEC1 (RFC
//! 5915); Ed25519 (RFC 8410).
//!
//! Keys pass through dashboards, environment variables and YAML, so the PEM armour is parsed
//! leniently: surrounding text, CRLF, newlines as the two characters `\n` or missing are accepted.
//! The content is parsed strictly. Never decrypts: the passphrase would be stored beside the key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::der::{self, Reader};
use super::key::{KeyError, KeyType, SigningKey};
use super::rsa::RsaNumbers;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];

/// Key types and curves that are recognized and not supported.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "EC P-521"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "EC secp256k1"),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a],
        "RSASSA-PSS",
    ),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "DSA"),
    (&[0x2b, 0x65, 0x6e], "X25519"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
];

/// A PEM block: its label, and its body without the BEGIN and END lines.
struct Block<'a> {
    label: &'a [u8],
    body: &'a [u8],
}

/// Whether the text contains a PEM block.
pub fn is_pem(text: &[u8]) -> bool {
    split_at_mark(text, BEGIN).is_some()
}

/// Parses the first private key in the text. If there is none, the error is that of the first
/// block.
pub fn parse_pem(text: &[u8]) -> Result<SigningKey, KeyError> {
    let mut first_error = None;
    for block in blocks(text) {
        match parse_block(&block) {
            Ok(key) => return Ok(key),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or(KeyError::Malformed("PEM armour")))
}

/// The content of the first CERTIFICATE block.
pub fn first_certificate(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let block = blocks(text).find(|block| block.label == b"CERTIFICATE")?;
    decode_body(block.body).ok()
}

fn blocks(mut text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    std::iter::from_fn(move || {
        let (_, rest) = split_at_mark(text, BEGIN)?;
        let (label, rest) = split_at_mark(rest, DASHES)?;
        let (body, rest) = split_at_mark(rest, END)?;
        text = rest;
        Some(Block { label, body })
    })
}

/// Splits the text at the first `mark`.
fn split_at_mark<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(mark.len()).position(|window| window == mark)?;
    let (before, rest) = text.split_at_checked(place)?;
    Some((before, rest.strip_prefix(mark)?))
}

fn parse_block(block: &Block<'_>) -> Result<SigningKey, KeyError> {
    let parse = match block.label {
        b"PRIVATE KEY" => parse_pkcs8,
        b"RSA PRIVATE KEY" => parse_pkcs1,
        b"EC PRIVATE KEY" => |document: &[u8]| parse_sec1(document, None),
        b"ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
        b"OPENSSH PRIVATE KEY" => return Err(KeyError::OpenSsh),
        b"DSA PRIVATE KEY" => return Err(KeyError::Unsupported("DSA")),
        label if label.ends_with(b"PUBLIC KEY") => return Err(KeyError::PublicOnly),
        label if split_at_mark(label, b"CERTIFICATE").is_some() => {
            return Err(KeyError::Certificate);
        }
        _ => return Err(KeyError::Unrecognized),
    };
    // RFC 1421 §4.6.1.1, OpenSSL's format before PKCS#8: the label does not show that the key is
    // encrypted.
    if split_at_mark(block.body, b"ENCRYPTED").is_some() {
        return Err(KeyError::Encrypted);
    }
    parse(&decode_body(block.body)?)
}

fn decode_body(body: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut escaped = false;
    for byte in body {
        match byte {
            b'\\' => escaped = true,
            b'n' | b'r' | b't' if escaped => escaped = false,
            byte if byte.is_ascii_whitespace() => escaped = false,
            byte => {
                escaped = false;
                text.push(*byte);
            }
        }
    }
    let mut document = Zeroizing::new(vec![0; text.len()]);
    let length = STANDARD
        .decode_slice(&*text, &mut document)
        .map_err(|_| KeyError::Malformed("Base64"))?;
    document.truncate(length);
    Ok(document)
}

/// Parses a key without PEM armour. The value after the version number decides the format.
pub fn parse_der(document: &[u8]) -> Result<SigningKey, KeyError> {
    let inside = Reader::new(document)
        .read(der::SEQUENCE)
        .ok_or_else(|| not_a_key(document))?;
    let mut inside = Reader::new(inside);
    match inside.integer() {
        Some([3]) => Err(KeyError::Pkcs12),
        Some(_) if inside.read(der::SEQUENCE).is_some() => parse_pkcs8(document),
        Some(_) if inside.read(der::OCTET_STRING).is_some() => parse_sec1(document, None),
        Some(_) if inside.integer().is_some() => parse_pkcs1(document),
        // A certificate, a SubjectPublicKeyInfo and an encrypted PKCS#8 key begin with a SEQUENCE.
        _ => Err(KeyError::Unrecognized),
    }
}

fn not_a_key(text: &[u8]) -> KeyError {
    let public = [&b"ssh-"[..], b"ecdsa-sha2-"]
        .into_iter()
        .any(|start| text.starts_with(start));
    if public {
        KeyError::PublicOnly
    } else {
        KeyError::Unrecognized
    }
}

fn parse_pkcs1(document: &[u8]) -> Result<SigningKey, KeyError> {
    let numbers = RsaNumbers::from_pkcs1(document).ok_or(KeyError::Malformed("PKCS#1 document"))?;
    Ok(SigningKey {
        key_type: KeyType::Rsa,
        material: numbers.into_pkcs1()?,
    })
}

fn parse_pkcs8(document: &[u8]) -> Result<SigningKey, KeyError> {
    const MALFORMED: KeyError = KeyError::Malformed("PKCS#8 document");
    let mut info = Reader::new(Reader::new(document).read(der::SEQUENCE).ok_or(MALFORMED)?);
    info.integer().ok_or(MALFORMED)?;
    let mut algorithm = Reader::new(info.read(der::SEQUENCE).ok_or(MALFORMED)?);
    let inside = info.read(der::OCTET_STRING).ok_or(MALFORMED)?;
    match algorithm.read(der::OBJECT_IDENTIFIER).ok_or(MALFORMED)? {
        RSA => parse_pkcs1(inside),
        EC => parse_sec1(
            inside,
            Some(
                algorithm
                    .read(der::OBJECT_IDENTIFIER)
                    .ok_or(KeyError::Unsupported("EC without a named curve"))?,
            ),
        ),
        ED25519 => {
            let seed = Reader::new(inside)
                .read(der::OCTET_STRING)
                .ok_or(MALFORMED)?;
            SigningKey::ed25519(seed, &[]).ok_or(MALFORMED)
        }
        other => Err(unsupported(other)),
    }
}

/// Parses `ECPrivateKey`. Its curve is in the document, or in the PKCS#8 document around it.
fn parse_sec1(document: &[u8], curve: Option<&[u8]>) -> Result<SigningKey, KeyError> {
    const MALFORMED: KeyError = KeyError::Malformed("SEC1 document");
    let mut body = Reader::new(Reader::new(document).read(der::SEQUENCE).ok_or(MALFORMED)?);
    body.integer().ok_or(MALFORMED)?;
    let scalar = body.read(der::OCTET_STRING).ok_or(MALFORMED)?;
    let parameters = body.read(der::MEMBER_0);
    let inner_curve =
        parameters.and_then(|inside| Reader::new(inside).read(der::OBJECT_IDENTIFIER));
    let (key_type, size) = match curve.or(inner_curve) {
        Some(P256) => (KeyType::P256, 32),
        Some(P384) => (KeyType::P384, 48),
        Some(other) => return Err(unsupported(other)),
        None => return Err(KeyError::Unsupported("EC without a named curve")),
    };
    let point = body
        .read(der::MEMBER_1)
        .and_then(|inside| Reader::new(inside).read(der::BIT_STRING))
        .and_then(|bits| bits.strip_prefix(&[0, 4])) // no unused bits; not compressed
        .filter(|point| point.len() == 2 * size)
        .ok_or(KeyError::NoPoint)?;
    let (x, y) = point.split_at_checked(size).ok_or(KeyError::NoPoint)?;
    SigningKey::ec(key_type, scalar, x, y).ok_or(MALFORMED)
}

fn unsupported(identifier: &[u8]) -> KeyError {
    let name = UNSUPPORTED
        .iter()
        .find(|(known, _)| *known == identifier)
        .map_or("an unknown algorithm or curve", |(_, name)| name);
    KeyError::Unsupported(name)
}
