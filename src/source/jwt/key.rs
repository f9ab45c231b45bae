//! A private key in the form that ring takes, and why a text is not one. An error names the format
//! found and never contains any of the key.

use std::fmt;

use jsonwebtoken::{Algorithm, AlgorithmFamily};
use zeroize::Zeroizing;

use super::der::without_zeros;

/// The type of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// RSA, two primes: RS256 to RS512, PS256 to PS512.
    Rsa,
    /// EC on P-256: ES256.
    P256,
    /// EC on P-384: ES384.
    P384,
    /// Ed25519: EdDSA.
    Ed25519,
    /// A shared secret: HS256 to HS512.
    Shared,
}

impl KeyType {
    /// The key type of an algorithm (RFC 7518 §3.1, RFC 8037 §3.1).
    pub fn of(algorithm: Algorithm) -> Self {
        match (algorithm.family(), algorithm) {
            (AlgorithmFamily::Rsa, _) => Self::Rsa,
            (AlgorithmFamily::Ec, Algorithm::ES384) => Self::P384,
            (AlgorithmFamily::Ec, _) => Self::P256,
            (AlgorithmFamily::Ed, _) => Self::Ed25519,
            (AlgorithmFamily::Hmac, _) => Self::Shared,
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa => "an RSA key",
            Self::P256 => "an EC P-256 key",
            Self::P384 => "an EC P-384 key",
            Self::Ed25519 => "an Ed25519 key",
            Self::Shared => "a shared secret",
        })
    }
}

/// A key and its type.
pub struct SigningKey {
    /// Which algorithms it signs with.
    pub key_type: KeyType,
    /// RSA: `RSAPrivateKey` in DER. EC: the scalar, then the uncompressed point. Ed25519: the seed,
    /// then the public key if known. Shared: the secret.
    pub material: Zeroizing<Vec<u8>>,
}

impl SigningKey {
    /// An EC key. `None` if a number is longer than those of its curve.
    pub fn ec(key_type: KeyType, scalar: &[u8], x: &[u8], y: &[u8]) -> Option<Self> {
        let size = if key_type == KeyType::P384 { 48 } else { 32 };
        let mut material = Zeroizing::new(Vec::with_capacity(3 * size + 1));
        pad(scalar, size, &mut material)?;
        material.push(4); // uncompressed: SEC 1 §2.3.3
        pad(x, size, &mut material)?;
        pad(y, size, &mut material)?;
        Some(Self { key_type, material })
    }

    /// An Ed25519 key. `public` may be empty.
    pub fn ed25519(seed: &[u8], public: &[u8]) -> Option<Self> {
        let material = Zeroizing::new([seed, public].concat());
        (seed.len() == 32).then_some(Self {
            key_type: KeyType::Ed25519,
            material,
        })
    }
}

fn pad(number: &[u8], size: usize, out: &mut Vec<u8>) -> Option<()> {
    let number = without_zeros(number);
    out.resize(out.len() + size.checked_sub(number.len())?, 0);
    out.extend_from_slice(number);
    Some(())
}

/// Why a key cannot sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// The text is empty.
    Empty,
    /// Neither PEM nor DER nor a JWK.
    Unrecognized,
    /// A known format that cannot be parsed; the part that is malformed.
    Malformed(&'static str),
    /// A member of a JWK that is not base64url or has the wrong length.
    MalformedMember(&'static str),
    /// A JWK without a member that its `kty` needs.
    MissingMember(&'static str),
    /// The public half of a key pair.
    PublicOnly,
    /// A certificate or a certificate request.
    Certificate,
    /// A private key that is encrypted with a passphrase.
    Encrypted,
    /// The OpenSSH format.
    OpenSsh,
    /// A PKCS#12 store.
    Pkcs12,
    /// An EC key without its public point, or with a compressed one.
    NoPoint,
    /// A curve or key type that is not supported.
    Unsupported(&'static str),
    /// A key of another type than the algorithm's.
    WrongType {
        /// The type of the key.
        found: KeyType,
        /// The algorithm of the spec.
        algorithm: Algorithm,
    },
    /// A JWK whose `alg` names another algorithm.
    OtherAlgorithm(Algorithm),
    /// An RSA modulus of a length that ring rejects.
    Size {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// An RSA public exponent that ring rejects.
    Exponent,
    /// The parts of the key do not match.
    Inconsistent,
    /// A shared secret, which has no public key and so no fingerprint.
    NoPublicKey,
    /// The header of the spec has `alg`.
    Header,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the key is empty"),
            Self::Unrecognized => f.write_str("the key is neither PEM nor DER nor a JWK"),
            Self::Malformed(place) => write!(f, "the key is malformed: its {place} cannot be read"),
            Self::MalformedMember(name) => write!(f, "the JWK's member {name} is malformed"),
            Self::MissingMember(name) => write!(f, "the JWK lacks the member {name}"),
            Self::PublicOnly => {
                f.write_str("the key is a public key, and only its private half can sign")
            }
            Self::Certificate => f.write_str("the key is a certificate, not a private key"),
            Self::Encrypted => f.write_str("the private key is encrypted with a passphrase"),
            Self::OpenSsh => f.write_str("the private key is in OpenSSH's own format"),
            Self::Pkcs12 => f.write_str("the key is a PKCS#12 store"),
            Self::NoPoint => f.write_str("the EC key does not hold its public point in full"),
            Self::Unsupported(kind) => {
                write!(f, "keys of this kind are not supported: {kind}")
            }
            Self::WrongType { found, algorithm } => {
                let needed = KeyType::of(*algorithm);
                write!(
                    f,
                    "the key is {found}, and {algorithm:?} signs with {needed}"
                )
            }
            Self::OtherAlgorithm(algorithm) => {
                write!(
                    f,
                    "the JWK's alg names another algorithm than {algorithm:?}"
                )
            }
            Self::Size {
                bits: bits @ ..2048,
            } => write!(
                f,
                "the RSA key is too small: {bits} bits, and 2048 are the least"
            ),
            Self::Size {
                bits: bits @ 4097..,
            } => write!(
                f,
                "the RSA key is too large: {bits} bits, and 4096 are the most"
            ),
            Self::Size { bits } => write!(
                f,
                "the RSA key has {bits} bits: 2048, 3072 and 4096 are supported"
            ),
            Self::Exponent => {
                f.write_str("the RSA key's public exponent is not between 65537 and 2^33-1")
            }
            Self::Inconsistent => f.write_str("the parts of the key do not belong together"),
            Self::NoPublicKey => {
                f.write_str("the key is a shared secret, which has no fingerprint")
            }
            Self::Header => {
                f.write_str("the JWT's header repeats alg, which is a member beside it")
            }
        }
    }
}

impl std::error::Error for KeyError {}

impl KeyError {
    /// How to correct it, if possible.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::PublicOnly | Self::Certificate => Some(
                "store the private key that belongs to it: PEM with PRIVATE KEY in its first line, \
                 or a JWK with d",
            ),
            Self::Encrypted => {
                Some("decrypt it into the keyring: openssl pkey -in KEY | keyfob secret set NAME")
            }
            Self::OpenSsh => Some(
                "convert a copy: ssh-keygen -p -m PKCS8 -N '' -f COPY (RSA and EC keys; make \
                 Ed25519 keys with openssl)",
            ),
            Self::Pkcs12 => Some(
                "extract the key: openssl pkcs12 -in FILE -nocerts -nodes | keyfob secret set NAME",
            ),
            Self::NoPoint => Some(
                "convert it: openssl ec -in KEY -conv_form uncompressed | keyfob secret set NAME",
            ),
            Self::Unrecognized => {
                Some("accepted are PEM (PKCS#1, PKCS#8, SEC1), the same in DER, and a private JWK")
            }
            _ => None,
        }
    }
}
