//! ring as the backend of jsonwebtoken, so that the program has one crypto library (RFC 7518 §3,
//! RFC 8037 §3.1).
//!
//! jsonwebtoken is built without a backend and would panic without one. Never verifies: keyfob only
//! signs. ring takes the nonces of PS* and ES*, and the blinding of RSA, from the system's random
//! number generator.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use jsonwebtoken::signature::{Error as NotSigned, Signer};
use jsonwebtoken::{Algorithm, EncodingKey};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use ring::{error::KeyRejected, hmac};

use super::key::{KeyType, SigningKey};

static RING: CryptoProvider = CryptoProvider {
    signer_factory: new_signer,
    verifier_factory: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    key_utils: KeyUtils::new_unimplemented(),
};

/// The key as jsonwebtoken takes it. Installs ring as the backend.
pub fn encoding_key(key: &SigningKey) -> EncodingKey {
    // It fails only if a backend is installed already, and this is the only place that installs
    // one.
    let _ = RING.install_default();
    match key.key_type {
        KeyType::Rsa => EncodingKey::from_rsa_der(&key.material),
        KeyType::P256 | KeyType::P384 => EncodingKey::from_ec_der(&key.material),
        KeyType::Ed25519 => EncodingKey::from_ed_der(&key.material),
        KeyType::Shared => EncodingKey::from_secret(&key.material),
    }
}

struct RingSigner {
    algorithm: Algorithm,
    key: RingKey,
}

enum RingKey {
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Hmac(hmac::Key),
}

fn new_signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let material = key.as_bytes();
    let key = match algorithm {
        Algorithm::RS256 => rsa_key(material, &RSA_PKCS1_SHA256),
        Algorithm::RS384 => rsa_key(material, &RSA_PKCS1_SHA384),
        Algorithm::RS512 => rsa_key(material, &RSA_PKCS1_SHA512),
        Algorithm::PS256 => rsa_key(material, &RSA_PSS_SHA256),
        Algorithm::PS384 => rsa_key(material, &RSA_PSS_SHA384),
        Algorithm::PS512 => rsa_key(material, &RSA_PSS_SHA512),
        Algorithm::ES256 => ec_key(material, &ECDSA_P256_SHA256_FIXED_SIGNING, 32),
        Algorithm::ES384 => ec_key(material, &ECDSA_P384_SHA384_FIXED_SIGNING, 48),
        Algorithm::EdDSA => ed25519_key(material),
        Algorithm::HS256 => Ok(RingKey::Hmac(hmac::Key::new(hmac::HMAC_SHA256, material))),
        Algorithm::HS384 => Ok(RingKey::Hmac(hmac::Key::new(hmac::HMAC_SHA384, material))),
        Algorithm::HS512 => Ok(RingKey::Hmac(hmac::Key::new(hmac::HMAC_SHA512, material))),
        _ => return Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    };
    let key = key.map_err(|_| new_error(ErrorKind::InvalidKeyFormat))?;
    Ok(Box::new(RingSigner {
        algorithm: *algorithm,
        key,
    }))
}

type KeyPairResult = std::result::Result<RingKey, KeyRejected>;

fn rsa_key(material: &[u8], encoding: &'static dyn RsaEncoding) -> KeyPairResult {
    Ok(RingKey::Rsa(
        Box::new(RsaKeyPair::from_der(material)?),
        encoding,
    ))
}

fn ec_key(material: &[u8], curve: &'static EcdsaSigningAlgorithm, size: usize) -> KeyPairResult {
    let (scalar, point) = material.split_at_checked(size).unwrap_or_default();
    EcdsaKeyPair::from_private_key_and_public_key(curve, scalar, point, &SystemRandom::new())
        .map(RingKey::Ec)
}

fn ed25519_key(material: &[u8]) -> KeyPairResult {
    let (seed, public) = material.split_at_checked(32).unwrap_or_default();
    let pair = if public.is_empty() {
        Ed25519KeyPair::from_seed_unchecked(seed)
    } else {
        Ed25519KeyPair::from_seed_and_public_key(seed, public)
    };
    pair.map(RingKey::Ed25519)
}

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, NotSigned> {
        let random = SystemRandom::new();
        match &self.key {
            RingKey::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)
                    .map_err(|_| NotSigned::new())?;
                Ok(signature)
            }
            RingKey::Ec(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| NotSigned::new()),
            RingKey::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            RingKey::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
