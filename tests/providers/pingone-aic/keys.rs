//! The account's JWK as the vendor makes it and as other tools write it, and what is said of one that cannot sign.

use serde_json::{Value, json};

use super::super::assertion::{large, small};
use super::super::token;
use super::{home, pingone, spec};

#[test]
fn the_key_signs_in_every_form() {
    let crlf = |text: String| text.replace('\n', "\r\n");
    let pretty = |jwk: Value| serde_json::to_string_pretty(&jwk).unwrap() + "\n";
    let mut with_operations = small().jwk(true);
    with_operations["key_ops"] = json!(["sign"]);
    let mut bare = small().jwk(false);
    for member in ["alg", "kid", "use"] {
        bare.as_object_mut().unwrap().remove(member);
    }
    let table = [
        (small(), small().jwk(false).to_string()),
        (small(), format!("\u{feff}{}", small().jwk(true))),
        (small(), crlf(pretty(small().jwk(true)))),
        (small(), with_operations.to_string()),
        (small(), bare.to_string()),
        (small(), small().pkcs8.clone()),
        (large(), large().jwk(true).to_string()),
        (large(), large().jwk(false).to_string()),
    ];
    for (pair, key) in table {
        let pingone = pingone();
        let home = home(&spec(&pingone.url()));
        home.write("home/key.jwk", &key);
        token(&home).answer();
        pair.verify(&pingone.request());
    }
}

#[test]
fn a_key_that_cannot_sign_is_called_by_its_name_and_nobody_is_asked() {
    let mut public = small().jwk(false);
    public.as_object_mut().unwrap().remove("d");
    let mut elliptic = small().jwk(false);
    elliptic["kty"] = json!("EC");
    elliptic["crv"] = json!("P-256");
    elliptic["x"] = json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    elliptic["y"] = json!("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    elliptic["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    elliptic.as_object_mut().unwrap().remove("alg");
    let mut other = small().jwk(true);
    other["alg"] = json!("RS512");
    let mut broken = small().jwk(true);
    broken["p"] = broken["q"].clone();
    let table = [
        (
            public,
            "the key is a public key, and only its private half can sign",
        ),
        (
            elliptic,
            "the key is an EC P-256 key, and RS256 signs with an RSA key",
        ),
        (other, "the JWK's alg names another algorithm than RS256"),
        (broken, "the parts of the key do not belong together"),
        (
            json!({ "kty": "RSA", "d": "AQAB" }),
            "the JWK lacks the member ",
        ),
    ];
    let pingone = pingone();
    let home = home(&spec(&pingone.url()));
    for (key, words) in table {
        home.write("home/key.jwk", key.to_string());
        let output = token(&home);
        let start = format!(
            "keyfob: error: spec `ci`: file {}: {words}",
            home.home().join("key.jwk").display()
        );
        assert!(output.stderr.starts_with(&start), "{}", output.stderr);
        assert!(output.stderr.contains(" (key-invalid)\n"));
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    }
    assert_eq!(pingone.connections(), 0, "nobody was asked");
}
