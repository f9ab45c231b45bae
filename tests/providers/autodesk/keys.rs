//! The account's key in every form in which it may have been stored, and what is said of one that cannot sign.

use serde_json::json;

use super::super::assertion::{large, openssl, small};
use super::super::token;
use super::{autodesk, home, signs, spec, with};
use crate::support::Home;

#[test]
fn the_key_signs_as_the_vendor_shows_it_and_in_every_disguise() {
    let pair = small();
    let (pkcs1, pkcs8) = (&pair.pkcs1, &pair.pkcs8);
    for key in [
        pkcs8.clone(),
        pkcs1.trim_end().to_owned(),
        pkcs1.replace('\n', "\\n"),
        pkcs8.replace('\n', "\\n"),
        format!("\"{}\"", pkcs1.replace('\n', "\\n")),
        pkcs1.replace('\n', "\r\n"),
        pkcs1.replace('\n', "\\r\\n"),
        format!("\u{feff}{pkcs1}"),
        format!("  \n{pkcs1}\n\n"),
        pair.jwk(true).to_string(),
        pair.jwk(false).to_string(),
    ] {
        signs(pair, &key);
    }
    signs(large(), &large().pkcs1);
}

#[test]
fn the_key_is_taken_out_of_the_vendors_own_answer() {
    let autodesk = autodesk();
    let spec = with(
        &autodesk.url(),
        "private_key",
        json!({ "file": "~/key.json", "pointer": "/privateKey" }),
    );
    let home = home(&spec);
    let answer = json!({ "kid": "1", "privateKey": small().pkcs1 });
    home.write("home/key.json", answer.to_string());
    token(&home).answer();
    small().verify(&autodesk.request());
}

#[test]
fn a_key_that_cannot_sign_is_called_by_its_name_and_nobody_is_asked() {
    let bench = Home::new();
    let made = |words: &str| openssl(&bench, words);
    let p256 = made("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    let ed25519 = made("genpkey -algorithm ED25519");
    let tiny = made("genrsa -traditional 1024");
    bench.write("home/key", &small().pkcs1);
    let encrypted = made("pkcs8 -topk8 -in key -passout pass:open-sesame");
    let certificate = made("req -x509 -new -key key -subj /CN=ssa -days 1");
    let mut public = small().jwk(true);
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        public.as_object_mut().unwrap().remove(member);
    }
    let cut = &small().pkcs1[..small().pkcs1.len() / 2];
    let table = [
        (
            p256.as_str(),
            "the key is an EC P-256 key, and RS256 signs with an RSA key",
        ),
        (
            ed25519.as_str(),
            "the key is an Ed25519 key, and RS256 signs with an RSA key",
        ),
        (
            tiny.as_str(),
            "the RSA key is too small: 1024 bits, and 2048 are the least",
        ),
        (
            encrypted.as_str(),
            "the private key is encrypted with a passphrase",
        ),
        (
            certificate.as_str(),
            "the key is a certificate, not a private key",
        ),
        (
            small().public.as_str(),
            "the key is a public key, and only its private half can sign",
        ),
        (
            &public.to_string(),
            "the key is a public key, and only its private half can sign",
        ),
        (
            "6BNJQT7RR7GTJ5QY",
            "the key is neither PEM nor DER nor a JWK",
        ),
        (cut, "the key is malformed: "),
    ];
    let autodesk = autodesk();
    let mut home = home(&spec(&autodesk.url()));
    for (key, words) in table {
        home.set("PRIVATE_KEY", key);
        let output = token(&home);
        let start = format!("keyfob: error: spec `ci`: environment variable PRIVATE_KEY: {words}");
        assert!(output.stderr.starts_with(&start), "{}", output.stderr);
        assert!(
            output.stderr.contains(" (key-invalid)\n"),
            "{}",
            output.stderr
        );
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(!output.stderr.contains("MII"), "{}", output.stderr);
    }
    home.unset("PRIVATE_KEY");
    let output = token(&home);
    assert_eq!(output.status, 1);
    assert!(
        output.stderr.contains("(secret-missing)\n"),
        "{}",
        output.stderr
    );
    assert_eq!(autodesk.connections(), 0, "nobody was asked");
}
