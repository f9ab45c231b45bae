//! Each kind of key in each of its forms signs, and OpenSSL verifies it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob::credential::Secret;
use keyfob::source::jwt::{Algorithm, thumbprint_s256};
use serde_json::json;

use super::{Bench, signed};
use crate::support::need;

const RSA_MEMBERS: [&str; 8] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

#[test]
fn an_rsa_key_signs_in_every_form_and_with_every_rsa_algorithm() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    let public = rsa_key(&bench, 2048);
    for algorithm in [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ] {
        bench.signs(algorithm, bench.file("pkcs1.pem"), public);
        bench.signs(algorithm, rsa_jwk(&bench, &RSA_MEMBERS[..5]), public);
    }
    for form in ["pkcs1.pem", "pkcs8.pem"] {
        for key in disguises(&bench.text(form)) {
            bench.signs(Algorithm::RS256, key, public);
        }
    }
    for form in ["pkcs1.der", "pkcs8.der"] {
        bench.signs(Algorithm::RS256, bench.file(form), public);
    }
    for members in [8, 5, 3] {
        bench.signs(
            Algorithm::RS256,
            rsa_jwk(&bench, &RSA_MEMBERS[..members]),
            public,
        );
    }
}

#[test]
fn rsa_keys_of_3072_and_4096_bits_sign_too() {
    if !need(&["openssl"]) {
        return;
    }
    for bits in [3072, 4096] {
        let bench = Bench::new();
        let public = rsa_key(&bench, bits);
        bench.signs(Algorithm::PS256, bench.file("pkcs8.pem"), public);
        bench.signs(Algorithm::RS256, rsa_jwk(&bench, &RSA_MEMBERS), public);
        bench.signs(Algorithm::RS256, rsa_jwk(&bench, &RSA_MEMBERS[..3]), public);
    }
}

#[test]
fn an_ec_key_signs_in_every_form() {
    if !need(&["openssl"]) {
        return;
    }
    for (algorithm, curve, name) in [
        (Algorithm::ES256, "prime256v1", "P-256"),
        (Algorithm::ES384, "secp384r1", "P-384"),
    ] {
        let bench = Bench::new();
        // With the block EC PARAMETERS before the key, as `ecparam` writes it.
        bench.openssl(&format!("ecparam -genkey -name {curve} -out sec1.pem"));
        bench.openssl("ec -in sec1.pem -pubout -out public.pem");
        bench.openssl("ec -in sec1.pem -outform DER -out sec1.der");
        bench.openssl("pkcs8 -topk8 -nocrypt -in sec1.pem -out pkcs8.pem");
        bench.openssl("pkcs8 -topk8 -nocrypt -in sec1.pem -outform DER -out pkcs8.der");
        for form in ["sec1.pem", "pkcs8.pem"] {
            for key in disguises(&bench.text(form)) {
                bench.signs(algorithm, key, "public.pem");
            }
        }
        for form in ["sec1.der", "pkcs8.der"] {
            bench.signs(algorithm, bench.file(form), "public.pem");
        }
        let text = bench.openssl("ec -in sec1.pem -noout -text");
        let point = hex_block(&text, "pub:");
        let (x, y) = point[1..].split_at(point.len() / 2);
        let jwk = json!({
            "kty": "EC", "crv": name, "alg": format!("{algorithm:?}"),
            "d": base64url(&hex_block(&text, "priv:")), "x": base64url(x), "y": base64url(y),
        });
        bench.signs(algorithm, jwk.to_string(), "public.pem");
    }
}

#[test]
fn an_ed25519_key_signs_in_every_form() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl("genpkey -algorithm ed25519 -out pkcs8.pem");
    bench.openssl("pkey -in pkcs8.pem -outform DER -out pkcs8.der");
    bench.openssl("pkey -in pkcs8.pem -pubout -out public.pem");
    bench.openssl("pkey -in pkcs8.pem -pubout -outform DER -out public.der");
    for key in disguises(&bench.text("pkcs8.pem")) {
        bench.signs(Algorithm::EdDSA, key, "public.pem");
    }
    let (private, public) = (bench.file("pkcs8.der"), bench.file("public.der"));
    bench.signs(Algorithm::EdDSA, &private, "public.pem");
    let (d, x) = (
        base64url(&private[private.len() - 32..]),
        base64url(&public[public.len() - 32..]),
    );
    for jwk in [
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "d": d, "x": x }),
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "d": d }),
    ] {
        bench.signs(Algorithm::EdDSA, jwk.to_string(), "public.pem");
    }
}

#[test]
fn a_shared_secret_signs_as_bytes_and_as_a_jwk() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    for (algorithm, bits) in [
        (Algorithm::HS256, 256),
        (Algorithm::HS384, 384),
        (Algorithm::HS512, 512),
    ] {
        let jwk = json!({ "kty": "oct", "k": base64url(b"kf-test-secret-0001") }).to_string();
        for key in ["kf-test-secret-0001", &jwk] {
            let jwt = signed(algorithm, key).unwrap();
            let (message, signature) = jwt.rsplit_once('.').unwrap();
            bench.write("message", message.as_bytes());
            let words = format!(
                "dgst -sha{bits} -mac HMAC -macopt key:kf-test-secret-0001 -binary -out mac message"
            );
            bench.openssl(&words);
            assert_eq!(signature, base64url(&bench.file("mac")), "{algorithm:?}");
        }
    }
}

#[test]
fn the_thumbprint_is_the_one_that_openssl_finds() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl(
        "req -x509 -newkey ed25519 -nodes -subj /CN=test -keyout key.pem -out certificate.pem",
    );
    let fingerprint = bench.openssl("x509 -in certificate.pem -noout -fingerprint -sha256");
    let digest = hex(fingerprint.split_once('=').unwrap().1);
    let both = bench.text("key.pem") + &bench.text("certificate.pem");
    assert_eq!(
        thumbprint_s256(&Secret::from(both)),
        Some(base64url(&digest))
    );
    assert_eq!(thumbprint_s256(&Secret::new(bench.file("key.pem"))), None);
    bench.openssl("pkey -in key.pem -pubout -out public.pem");
    let both = bench.text("certificate.pem") + &bench.text("key.pem");
    bench.signs(Algorithm::EdDSA, both, "public.pem");
}

/// What becomes of a PEM file on its way through editors, YAML, dashboards and environment variables.
fn disguises(pem: &str) -> Vec<String> {
    vec![
        pem.to_owned(),
        pem.trim_end().to_owned(),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', "\\n"),
        pem.replace('\n', "\\r\\n"),
        pem.replace('\n', " "),
        pem.replace('\n', "\n    "),
        format!("\"{}\"\n", pem.replace('\n', "\\n")),
        format!("'{pem}'"),
        format!("\u{feff}{pem}"),
        format!("Bag Attributes\n    friendlyName: a key\n{pem}\nand nothing more\n"),
    ]
}

/// A fresh key in `pkcs1.pem` and the rest; its public key's file.
fn rsa_key(bench: &Bench, bits: usize) -> &'static str {
    bench.openssl(&format!("genrsa -out made.pem {bits}"));
    bench.openssl("rsa -in made.pem -traditional -out pkcs1.pem");
    bench.openssl("rsa -in made.pem -traditional -outform DER -out pkcs1.der");
    bench.openssl("pkcs8 -topk8 -nocrypt -in made.pem -out pkcs8.pem");
    bench.openssl("pkcs8 -topk8 -nocrypt -in made.pem -outform DER -out pkcs8.der");
    bench.openssl("rsa -in made.pem -pubout -out public.pem");
    "public.pem"
}

/// The key in `pkcs1.pem` as a JWK with these of its numbers.
fn rsa_jwk(bench: &Bench, members: &[&str]) -> String {
    let mut jwk = json!({ "kty": "RSA", "kid": "1", "use": "sig" });
    let listing = bench.openssl("asn1parse -in pkcs1.pem");
    let numbers = listing
        .lines()
        .filter_map(|line| line.split_once("INTEGER").map(|(_, rest)| rest));
    for (number, name) in numbers.skip(1).zip(RSA_MEMBERS) {
        if members.contains(&name) {
            jwk[name] = json!(base64url(&hex(number.trim_start_matches([' ', ':']))));
        }
    }
    jwk.to_string()
}

/// The bytes after a label of `openssl ec -text`, up to the next label.
fn hex_block(text: &str, label: &str) -> Vec<u8> {
    let after = text.split_once(label).unwrap().1;
    let lines = after
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with(' '));
    hex(&lines.collect::<String>())
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
