//! Each kind of key in each of its forms signs, and OpenSSL verifies it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob::credential::Secret;
use keyfob::source::jwt::{Algorithm, KeyError, fingerprint, thumbprint_s256, thumbprint_sha1};
use serde_json::{Value, json};

use super::{Bench, decoded, signed};
use crate::support::{Home, need, run};

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
    let found = |digest: &str| {
        let words = format!("x509 -in certificate.pem -noout -fingerprint -{digest}");
        let fingerprint = bench.openssl(&words);
        Some(base64url(&hex(fingerprint.split_once('=').unwrap().1)))
    };
    let both = Secret::from(bench.text("key.pem") + &bench.text("certificate.pem"));
    assert_eq!(thumbprint_s256(&both), found("sha256"));
    assert_eq!(thumbprint_sha1(&both), found("sha1"));
    let key = Secret::new(bench.file("key.pem"));
    assert_eq!((thumbprint_s256(&key), thumbprint_sha1(&key)), (None, None));
    bench.openssl("pkey -in key.pem -pubout -out public.pem");
    let both = bench.text("certificate.pem") + &bench.text("key.pem");
    bench.signs(Algorithm::EdDSA, both, "public.pem");
}

#[test]
fn the_fingerprint_of_a_key_is_the_one_that_openssl_finds() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    for (algorithm, made) in [
        (Algorithm::RS256, "rsa -pkeyopt rsa_keygen_bits:2048"),
        (Algorithm::PS512, "rsa -pkeyopt rsa_keygen_bits:4096"),
        (Algorithm::ES256, "ec -pkeyopt ec_paramgen_curve:P-256"),
        (Algorithm::ES384, "ec -pkeyopt ec_paramgen_curve:P-384"),
        (Algorithm::EdDSA, "ed25519"),
    ] {
        bench.openssl(&format!("genpkey -algorithm {made} -out key.pem"));
        // As Snowflake's page has it: https://docs.snowflake.com/en/user-guide/key-pair-auth
        bench.openssl("pkey -in key.pem -pubout -outform DER -out public.der");
        bench.openssl("dgst -sha256 -binary -out digest public.der");
        let found = bench.openssl("enc -base64 -in digest");
        for form in ["PEM", "DER"] {
            bench.openssl(&format!("pkey -in key.pem -outform {form} -out key"));
            let ours = fingerprint(algorithm, &Secret::new(bench.file("key")));
            assert_eq!(ours, Ok(found.trim().to_owned()), "{algorithm:?} {form}");
        }
    }
    let shared = Secret::from("kf-test-secret-0001".to_owned());
    assert_eq!(
        fingerprint(Algorithm::HS256, &shared),
        Err(KeyError::NoPublicKey)
    );
}

#[test]
fn a_jwt_names_its_key_and_its_certificate_as_openssl_does() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl("req -x509 -newkey rsa:2048 -nodes -subj /CN=t -keyout key.pem -out cert.pem");
    bench.openssl("pkey -in key.pem -pubout -outform DER -out public.der");
    bench.openssl("dgst -sha256 -binary -out digest public.der");
    let print = bench.openssl("enc -base64 -in digest");
    let sha1 = bench.openssl("x509 -in cert.pem -noout -fingerprint -sha1");
    let path = |name: &str| bench.0.home().join(name);
    let spec = |more: Value| {
        let mut jwt = json!({
            "alg": "RS256", "key": { "file": path("key.pem") }, "certificate": { "file": path("cert.pem") },
            "claims": {
                "iss": { "fingerprint": true, "prefix": "ACCOUNT.USER.SHA256:" },
                "sub": "ACCOUNT.USER", "exp": { "now": 3600 },
            },
        });
        for (name, value) in more.as_object().unwrap() {
            jwt[name] = value.clone();
        }
        json!({ "provider": "static", "token": { "jwt": jwt } }).to_string()
    };
    let token = |more: Value| run(&mut bench.0.keyfob(["token", "--spec", "-"]), spec(more));
    let parts = |more: Value| {
        let jwt = token(more).json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut segments = jwt.split('.').map(str::to_owned);
        [segments.next().unwrap(), segments.next().unwrap()].map(|segment| decoded(&segment))
    };
    let [header, claims] = parts(json!({}));
    assert_eq!(
        claims["iss"],
        format!("ACCOUNT.USER.SHA256:{}", print.trim())
    );
    assert_eq!(header["x5t"], Value::Null);
    let [with, _] = parts(json!({ "x5t": true }));
    assert_eq!(
        with["x5t"],
        base64url(&hex(sha1.split_once('=').unwrap().1))
    );
    assert_eq!(with["x5t#S256"], header["x5t#S256"]);
}

#[test]
fn a_fingerprint_needs_a_public_key_and_x5t_a_certificate() {
    let home = Home::new();
    let told = |jwt: Value| {
        let spec = json!({ "provider": "static", "token": { "jwt": jwt } });
        let output = run(&mut home.keyfob(["token", "--spec", "-"]), spec.to_string());
        assert_eq!(output.stdout, "");
        output.stderr
    };
    let key = home.write("shared", "kf-test-secret-0001");
    let shared =
        |iss: Value| json!({ "alg": "HS256", "key": { "file": key }, "claims": { "iss": iss } });
    let stderr = told(shared(json!({ "fingerprint": true })));
    assert!(
        stderr.contains(": the key is a shared secret, which has no fingerprint (key-invalid)"),
        "{stderr}"
    );
    let stderr = told(shared(json!({ "fingerprint": "SHA256:" })));
    assert!(
        stderr.contains(
            "a claim's fingerprint is not written as {\"fingerprint\": true, \"prefix\": TEXT} \
             (spec-invalid)"
        ),
        "{stderr}"
    );
    let mut jwt = shared(json!("ci"));
    jwt["x5t"] = json!(true);
    let stderr = told(jwt);
    assert!(
        stderr.contains("`/token/jwt`: `x5t` is a thumbprint of `certificate`"),
        "{stderr}"
    );
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
