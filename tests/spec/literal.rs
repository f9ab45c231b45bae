//! A secret that is written out, in its own member or in a wrong one: refused, and never repeated in what is said.

use serde_json::json;

use super::Bench;

#[test]
fn a_secret_that_is_written_out_is_refused_and_not_repeated() {
    const LITERAL: &str = "hunter2-hunter2-hunter2";
    let signed = |key: &str| json!({ "jwt": { "alg": "HS256", "key": key } });
    let table = [
        (json!({ "client_secret": LITERAL }), "/client_secret"),
        (
            json!({ "client_secret": [{ "env": "A" }, LITERAL] }),
            "/client_secret/1",
        ),
        (
            json!({ "client_secret": "ABSENT", "client_assertion": LITERAL }),
            "/client_assertion",
        ),
        (
            json!({ "client_secret": "ABSENT", "client_assertion": signed(LITERAL) }),
            "/client_assertion/jwt/key",
        ),
        (
            json!({ "client_certificate": { "certificate": { "env": "A" }, "key": LITERAL } }),
            "/client_certificate/key",
        ),
    ];
    for (more, place) in table {
        let bench = Bench::new();
        let text = bench.text(more);
        let output = bench.token(&text);
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
        let told = format!(
            "`{place}`: a secret is never written in a spec (spec-invalid)\nkeyfob: hint: put it in the keyring with `keyfob secret set NAME` and write {{\"keyring\": \"NAME\"}} here; "
        );
        bench.refuses(&text, &told);
    }
}

#[test]
fn a_secret_that_is_written_out_for_a_preset_is_refused_too() {
    for provider in ["mongodb-atlas", "talend"] {
        let bench = Bench::new();
        let spec = json!({
            "provider": provider, "env": "eu", "client_id": "id", "client_secret": "hunter2-hunter2",
            "base_url": bench.provider.url(),
        });
        bench.refuses(
            spec.to_string(),
            "`/client_secret`: a secret is never written in a spec (spec-invalid)\n",
        );
    }
}

#[test]
fn a_secret_in_the_wrong_member_is_not_repeated_either() {
    for more in [
        json!({ "client_sercet": "hunter2-hunter2" }),
        json!({ "password": "hunter2-hunter2" }),
        json!({ "client_secret": { "vaule": "hunter2-hunter2" } }),
        json!({ "proxy": "http://user:hunter2-hunter2@proxy:8080" }),
        json!({ "token_url": "https://user:hunter2-hunter2@example.com/" }),
    ] {
        let bench = Bench::new();
        let output = bench.token(bench.text(more));
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
        bench.assert_untouched("a secret in the wrong member");
    }
}
