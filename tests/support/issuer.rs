//! Who signs the identities of jobs: JWTs (ES256), and the key set (RFC 7517) by which others verify them.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rcgen::PublicKeyData as _;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};

/// A key of its own, which is called `job`.
pub struct Issuer {
    key: rcgen::KeyPair,
}

impl Issuer {
    /// A fresh key.
    pub fn new() -> Self {
        Self {
            key: rcgen::KeyPair::generate().unwrap(),
        }
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let random = SystemRandom::new();
        let der = self.key.serialize_der();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random);
        let header = json!({"alg": "ES256", "kid": "job", "typ": "JWT"});
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = pair.unwrap().sign(&random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a JWT that this key has signed; none of any other.
    pub fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.der_bytes());
        key.verify(signed.as_bytes(), &decode(signature)?).ok()?;
        serde_json::from_slice(&decode(signed.split('.').nth(1)?)?).ok()
    }

    /// The private key, in PEM.
    pub fn private_key(&self) -> String {
        self.key.serialize_pem()
    }

    /// The key set.
    pub fn keys(&self) -> Value {
        let point = self.key.der_bytes();
        let [x, y] = [&point[1..33], &point[33..65]].map(|n| BASE64_URL_SAFE_NO_PAD.encode(n));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "job", "x": x, "y": y}]})
    }
}
