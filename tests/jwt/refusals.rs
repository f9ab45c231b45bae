//! A key that cannot sign is refused with the reason, and the hint that goes with it works.

use keyfob::source::jwt::{Algorithm, KeyError, KeyType};

use super::{Bench, signed};
use crate::support::need;

#[test]
fn each_kind_of_thing_that_is_no_usable_key_is_called_by_its_name() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl("genrsa -out key.pem 2048");
    bench.openssl("rsa -in key.pem -pubout -out public.pem");
    bench.openssl("rsa -in key.pem -RSAPublicKey_out -out rsa-public.pem");
    bench.openssl("pkcs8 -topk8 -in key.pem -passout pass:x -out encrypted.pem");
    bench.openssl("rsa -in key.pem -traditional -aes128 -passout pass:x -out encrypted-rsa.pem");
    bench.openssl("req -x509 -key key.pem -subj /CN=test -out certificate.pem");
    bench.openssl("req -new -key key.pem -subj /CN=test -out request.pem");
    bench.openssl(
        "pkcs12 -export -inkey key.pem -in certificate.pem -passout pass:x -out store.p12",
    );
    bench.openssl("genrsa -out 1024.pem 1024");
    bench.openssl("genrsa -out 2560.pem 2560");
    bench.openssl("genrsa -3 -out exponent.pem 2048");
    bench.openssl("genpkey -algorithm rsa-pss -out rsa-pss.pem");
    bench.openssl("genpkey -algorithm x25519 -out x25519.pem");
    bench.openssl("genpkey -algorithm ed448 -out ed448.pem");
    bench.openssl("ecparam -genkey -noout -name secp521r1 -out p521.pem");
    bench.openssl("ecparam -genkey -noout -name secp256k1 -out secp256k1.pem");
    bench.openssl("ecparam -genkey -noout -name prime256v1 -param_enc explicit -out explicit.pem");
    bench.openssl("pkcs8 -topk8 -nocrypt -in p521.pem -out p521-pkcs8.pem");
    for (name, error) in [
        ("public.pem", KeyError::PublicOnly),
        ("rsa-public.pem", KeyError::PublicOnly),
        ("encrypted.pem", KeyError::Encrypted),
        ("encrypted-rsa.pem", KeyError::Encrypted),
        ("certificate.pem", KeyError::Certificate),
        ("request.pem", KeyError::Certificate),
        ("store.p12", KeyError::Pkcs12),
        ("1024.pem", KeyError::Size { bits: 1024 }),
        ("2560.pem", KeyError::Size { bits: 2560 }),
        ("exponent.pem", KeyError::Exponent),
        ("rsa-pss.pem", KeyError::Unsupported("RSASSA-PSS")),
        ("x25519.pem", KeyError::Unsupported("X25519")),
        ("ed448.pem", KeyError::Unsupported("Ed448")),
        ("p521.pem", KeyError::Unsupported("EC P-521")),
        ("p521-pkcs8.pem", KeyError::Unsupported("EC P-521")),
        ("secp256k1.pem", KeyError::Unsupported("EC secp256k1")),
        (
            "explicit.pem",
            KeyError::Unsupported("EC without a named curve"),
        ),
    ] {
        assert_eq!(
            signed(Algorithm::RS256, bench.file(name)),
            Err(error),
            "{name}"
        );
    }
}

#[test]
fn a_key_of_another_type_than_the_algorithm_is_refused_and_both_are_named() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl("ecparam -genkey -noout -name prime256v1 -out ec.pem");
    for algorithm in [
        Algorithm::RS256,
        Algorithm::ES384,
        Algorithm::EdDSA,
        Algorithm::HS256,
    ] {
        let error = KeyError::WrongType {
            found: KeyType::P256,
            algorithm,
        };
        assert_eq!(signed(algorithm, bench.file("ec.pem")), Err(error));
    }
}

#[test]
fn a_broken_key_is_malformed_and_no_part_of_it_is_said() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl("genrsa -traditional -out key.pem 2048");
    let pem = bench.text("key.pem");
    let lines: Vec<&str> = pem.lines().collect();
    let cut_off = lines[..10].join("\n");
    let without_a_line = [&lines[..10], &lines[11..]].concat().join("\n");
    let with_a_mark = pem.replacen(lines[10], &lines[10].replace(char::is_alphanumeric, "*"), 1);
    let another_prime = pem.replacen(lines[16], &lines[16].chars().rev().collect::<String>(), 1);
    for (key, error) in [
        (
            cut_off,
            "the key is malformed: its PEM armour cannot be read",
        ),
        (
            without_a_line,
            "the key is malformed: its PKCS#1 document cannot be read",
        ),
        (
            with_a_mark,
            "the key is malformed: its Base64 cannot be read",
        ),
        (another_prime, "the parts of the key do not belong together"),
    ] {
        assert_eq!(
            signed(Algorithm::RS256, key).unwrap_err().to_string(),
            error
        );
    }
}

#[test]
fn an_ec_key_without_its_point_signs_after_the_hint_was_followed() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl("ecparam -genkey -noout -name prime256v1 -out whole.pem");
    bench.openssl("ec -in whole.pem -pubout -out public.pem");
    for (option, name) in [
        ("-no_public", "bare.pem"),
        ("-conv_form compressed", "compressed.pem"),
    ] {
        bench.openssl(&format!("ec -in whole.pem {option} -out {name}"));
        let error = signed(Algorithm::ES256, bench.file(name)).unwrap_err();
        assert_eq!(error, KeyError::NoPoint);
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("openssl ec -in KEY -conv_form uncompressed |"),
            "{hint}"
        );
        bench.openssl(&format!(
            "ec -in {name} -conv_form uncompressed -out mended.pem"
        ));
        bench.signs(Algorithm::ES256, bench.file("mended.pem"), "public.pem");
    }
}

#[test]
fn an_encrypted_key_signs_after_the_hint_was_followed() {
    if !need(&["openssl"]) {
        return;
    }
    let bench = Bench::new();
    bench.openssl("genrsa -out key.pem 2048");
    bench.openssl("rsa -in key.pem -pubout -out public.pem");
    bench.openssl("pkcs8 -topk8 -in key.pem -passout pass:x -out encrypted.pem");
    let hint = KeyError::Encrypted.hint().unwrap();
    assert!(hint.contains("openssl pkey -in KEY |"), "{hint}");
    let decrypted = bench.openssl("pkey -in encrypted.pem -passin pass:x");
    bench.signs(Algorithm::RS256, decrypted, "public.pem");
}

#[test]
fn an_openssh_key_signs_after_the_hint_was_followed() {
    if !need(&["openssl", "ssh-keygen"]) {
        return;
    }
    let bench = Bench::new();
    bench.ssh_keygen("-t rsa -b 2048 -C test -f key");
    assert_eq!(
        signed(Algorithm::RS256, bench.file("key")),
        Err(KeyError::OpenSsh)
    );
    assert_eq!(
        signed(Algorithm::RS256, bench.file("key.pub")),
        Err(KeyError::PublicOnly)
    );
    let hint = KeyError::OpenSsh.hint().unwrap();
    assert!(
        hint.contains("ssh-keygen -p -m PKCS8 -N '' -f COPY"),
        "{hint}"
    );
    bench.ssh_keygen("-p -m PKCS8 -f key");
    bench.openssl("pkey -in key -pubout -out public.pem");
    bench.signs(Algorithm::RS256, bench.file("key"), "public.pem");
}
