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
fn a_jwk_of_another_kind_is_called_by_its_name() {
    let unsupported = |name| Unsupported(name);
    let other = "a crv that its kty does not have";
    for (key, error) in [
        (
            EC.replace("P-256", "secp256k1"),
            unsupported("EC secp256k1"),
        ),
        (EC.replace("P-256", "Ed25519"), unsupported(other)),
        (EC.replace("crv", "Crv"), MissingMember("crv")),
        (
            EC.replace("\"EC\"", "\"ec\""),
            unsupported("an unknown kty"),
        ),
        (ED25519.replace("Ed25519", "Ed448"), unsupported("Ed448")),
        (ED25519.replace("Ed25519", "X25519"), unsupported("X25519")),
        (ED25519.replace("Ed25519", "P-256"), unsupported(other)),
        (ED25519.replace("crv", "Crv"), MissingMember("crv")),
    ] {
        assert_eq!(refusal(Algorithm::EdDSA, &key), error, "{key}");
    }
}

#[test]
fn an_okp_key_signs_under_either_name_of_its_algorithm_and_under_no_other() {
    let named = |alg: &str| {
        let key = ED25519.replacen('{', &format!(r#"{{"alg":"{alg}","#), 1);
        signed(Algorithm::EdDSA, &key).map(|_| ())
    };
    assert_eq!(named("EdDSA"), Ok(()));
    assert_eq!(named("Ed25519"), Ok(()));
    for alg in ["ES256", "HS256", "ed25519", ""] {
        assert_eq!(named(alg), Err(OtherAlgorithm(Algorithm::EdDSA)), "{alg}");
    }
    let rsa = rsa(&["d"]).replace("\"RS256\"", "\"Ed25519\"");
    assert_eq!(
        refusal(Algorithm::RS256, &rsa),
        OtherAlgorithm(Algorithm::RS256)
    );
}

/// ring forgives a modulus a few bits short; this one belongs to no key.
#[test]
fn a_modulus_a_few_bits_short_is_of_the_same_size() {
    let short = rsa(&["d"]).replace("\"ofgW", "\"IfgW");
    assert_eq!(refusal(Algorithm::RS256, &short), Inconsistent);
}

#[test]
fn each_thing_that_is_no_key_has_its_advice() {
    let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----");
    let der = |bytes: &[u8]| {
        let key = Secret::new(bytes.to_vec());
        sign(Algorithm::RS256, &key, &Map::new(), &Map::new()).unwrap_err()
    };
    for (error, meant, advice) in [
        (
            refusal(Algorithm::RS256, &block("DSA PRIVATE KEY")),
            Unsupported("DSA"),
            None,
        ),
        (
            refusal(Algorithm::RS256, &block("PGP PRIVATE KEY BLOCK")),
            Unrecognized,
            Some("accepted are PEM"),
        ),
        (
            refusal(Algorithm::RS256, &block("TRUSTED CERTIFICATE")),
            Certificate,
            Some("store the private key"),
        ),
        (
            refusal(Algorithm::RS256, &block("RSA PUBLIC KEY")),
            PublicOnly,
            Some("store the private key"),
        ),
        // SEQUENCE { INTEGER 3, … } is PKCS#12; an INTEGER and a UTF8String are nothing.
        (
            der(&[0x30, 5, 2, 1, 3, 5, 0]),
            Pkcs12,
            Some("extract the key: openssl pkcs12"),
        ),
        (
            der(&[0x30, 6, 2, 1, 0, 0x0c, 1, 0xff]),
            Unrecognized,
            Some("accepted are PEM"),
        ),
    ] {
        assert_eq!(error, meant);
        let hint = error.hint();
        let starts = hint
            .zip(advice)
            .is_some_and(|(hint, advice)| hint.starts_with(advice));
        assert!(
            starts || (hint, advice) == (None, None),
            "{error:?}: {hint:?}"
        );
    }
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
