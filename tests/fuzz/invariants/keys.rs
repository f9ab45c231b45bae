//! A private key in PEM, DER or JWK: what is taken for one makes a JWS of the right shape, and what is said of a bad one is one line.
//!
//! The bytes are the name of an algorithm, a line break, and the key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob::credential::Secret;
use keyfob::source::jwt::{self, Algorithm, KeyType};
use serde_json::{Map, Value, json};

use super::first_line;
use super::readers::assert_sober;

/// Lengths of a signature by each type of key, in bytes.
fn lengths(algorithm: Algorithm) -> std::ops::RangeInclusive<usize> {
    match (KeyType::of(algorithm), algorithm) {
        (KeyType::Rsa, _) => 256..=512,
        (KeyType::P256 | KeyType::Ed25519, _) => 64..=64,
        (KeyType::P384, _) => 96..=96,
        (KeyType::Shared, Algorithm::HS256) => 32..=32,
        (KeyType::Shared, Algorithm::HS384) => 48..=48,
        (KeyType::Shared, _) => 64..=64,
    }
}

/// A private key.
pub fn key(bytes: &[u8]) -> bool {
    let (algorithm, key) = first_line(bytes);
    let thumbprint = jwt::thumbprint_s256(&Secret::new(key.to_vec()));
    assert!(thumbprint.is_none_or(|thumbprint| thumbprint.len() == 43));
    let named = String::from_utf8_lossy(algorithm).into_owned();
    let Ok(algorithm) = serde_json::from_value::<Algorithm>(Value::from(named.as_str())) else {
        return false;
    };
    let claims = json!({"iss": "ci", "aud": "https://id.example.com"});
    let claims = claims.as_object().cloned().unwrap_or_default();
    let jws = match jwt::sign(algorithm, &Secret::new(key.to_vec()), &Map::new(), &claims) {
        Ok(jws) => jws,
        Err(why) => {
            assert_sober(&why.to_string());
            why.hint().into_iter().for_each(assert_sober);
            return false;
        }
    };
    let parts: Vec<Vec<u8>> = jws
        .expose_text()
        .expect("a JWS is ASCII")
        .split('.')
        .map(|part| {
            URL_SAFE_NO_PAD
                .decode(part)
                .expect("base64url without padding")
        })
        .collect();
    let [header, payload, signature] = parts.as_slice() else {
        panic!("a JWS has three parts")
    };
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    assert_eq!(json(header), json!({"alg": named}));
    assert_eq!(json(payload), Value::Object(claims));
    assert!(
        lengths(algorithm).contains(&signature.len()),
        "{}",
        signature.len()
    );
    true
}
