//! What is said of a JWK that cannot sign.

use super::*;

#[test]
fn a_jwk_that_cannot_sign_says_why() {
    let public = refusal(Algorithm::RS256, &rsa(&[]));
    assert_eq!(
        (
            public,
            refusal(Algorithm::ES256, &EC.replace("\"d\"", "\"D\""))
        ),
        (PublicOnly, PublicOnly)
    );
    assert_eq!(
        refusal(Algorithm::EdDSA, &ED25519.replace("\"d\"", "\"D\"")),
        PublicOnly
    );
    assert_eq!(
        refusal(Algorithm::RS256, EC),
        WrongType {
            found: KeyType::P256,
            algorithm: Algorithm::RS256
        }
    );
    assert_eq!(
        refusal(Algorithm::ES384, EC),
        WrongType {
            found: KeyType::P256,
            algorithm: Algorithm::ES384
        }
    );
    assert_eq!(
        refusal(Algorithm::HS256, EC),
        WrongType {
            found: KeyType::P256,
            algorithm: Algorithm::HS256
        }
    );
    assert_eq!(
        refusal(Algorithm::RS256, SHARED),
        WrongType {
            found: KeyType::Shared,
            algorithm: Algorithm::RS256
        }
    );
    assert_eq!(
        refusal(Algorithm::PS256, &rsa(&["d"])),
        OtherAlgorithm(Algorithm::PS256)
    );
    assert_eq!(
        refusal(Algorithm::ES256, &EC.replace("P-256", "P-521")),
        Unsupported("EC P-521")
    );
    assert_eq!(
        refusal(Algorithm::ES256, &EC.replace("\"y\"", "\"Y\"")),
        MissingMember("y")
    );
    assert_eq!(
        refusal(Algorithm::ES256, &EC.replace("E9LI", "E9L!")),
        MalformedMember("d")
    );
    assert_eq!(
        refusal(Algorithm::ES256, &EC.replace("\"jps", "\"jqs")),
        Inconsistent
    );
    assert_eq!(
        refusal(Algorithm::EdDSA, &ED25519.replace("\"11q", "\"12q")),
        Inconsistent
    );
    assert_eq!(
        refusal(Algorithm::RS256, &rsa(&["d"]).replace("\"Eq5", "\"Er5")),
        Inconsistent
    );
    assert_eq!(
        refusal(Algorithm::RS256, &rsa(&["d"]).replace("AQAB", "Aw")),
        Exponent
    );
    assert_eq!(
        refusal(Algorithm::RS256, &rsa(&["d"]).replace("\"ofgWCuLj", "\"")),
        Size { bits: 2000 }
    );
    assert_eq!(
        refusal(Algorithm::RS256, r#"{"kty":"RSA","d":["secret"]}"#),
        Malformed("JSON")
    );
    assert_eq!(
        (
            refusal(Algorithm::RS256, " \n"),
            refusal(Algorithm::RS256, "hunter2")
        ),
        (Empty, Unrecognized)
    );
    assert_eq!(refusal(Algorithm::RS256, "ssh-ed25519 AAAA"), PublicOnly);
}

#[test]
fn an_error_names_both_sides_and_no_key_material() {
    assert_eq!(
        refusal(Algorithm::RS256, EC).to_string(),
        "the key is an EC P-256 key, and RS256 signs with an RSA key"
    );
    assert_eq!(
        refusal(Algorithm::RS256, r#"{"kty":"RSA","d":["hunter2"]}"#).to_string(),
        "the key is malformed: its JSON cannot be read"
    );
}
