//! A source where plain JSON stands: nobody would open it, and it would be signed or sent as it is written. It is refused with its place.

use serde_json::{Value, json};

use super::Bench;

/// Everything that looks like a source.
fn sources() -> Vec<Value> {
    vec![
        json!({ "env": "ACCOUNT" }),
        json!({ "file": "/etc/account" }),
        json!({ "file": "/etc/account", "pointer": "/id" }),
        json!({ "keyring": "account" }),
        json!({ "keyring": { "service": "s", "user": "u" } }),
        json!({ "command": ["account"] }),
        json!({ "command": ["account"], "variables": ["A"] }),
        json!({ "token": "other" }),
        json!({ "token": { "provider": "static", "token": { "env": "A" } } }),
        json!({ "jwt": { "alg": "HS256", "key": { "env": "A" } } }),
        json!({ "issued": true }),
    ]
}

fn signing(bench: &Bench, header: Value, claims: Value) -> String {
    bench.text(json!({
        "client_secret": "ABSENT",
        "client_assertion": { "jwt": { "alg": "HS256", "key": { "command": ["open-secret"] }, "header": header, "claims": claims } },
    }))
}

fn sending(bench: &Bench, member: &str, value: Value) -> String {
    json!({ "provider": "http", "url": bench.provider.at("/token"), "method": "POST", member: value })
        .to_string()
}

#[test]
fn a_source_among_the_claims_is_refused_with_its_place() {
    let bench = Bench::new();
    const AT: &str = "/client_assertion/jwt";
    for source in sources() {
        for (header, claims, at) in [
            (json!({}), json!({ "sub": source }), "/claims/sub"),
            (
                json!({}),
                json!({ "a": [{ "b": source }] }),
                "/claims/a/0/b",
            ),
            (json!({}), source.clone(), "/claims"),
            (json!({ "kid": source }), json!({}), "/header/kid"),
        ] {
            let told = format!(
                "`{AT}{at}`: this is written like a source, and no source is opened here (spec-invalid)\n"
            );
            bench.refuses(signing(&bench, header, claims), &told);
        }
    }
    for (claims, at) in [
        (json!({ "sub": { "secret": { "env": "A" } } }), "/sub"),
        (json!({ "sub": { "secret": "text" } }), "/sub"),
    ] {
        let told = format!("`{AT}/claims{at}");
        bench.refuses(signing(&bench, json!({}), claims), &told);
    }
}

#[test]
fn a_source_in_a_body_that_is_not_marked_as_a_secret_is_refused_with_its_place() {
    let bench = Bench::new();
    for source in sources() {
        for (body, at) in [
            (json!({ "account": source }), "/json/account"),
            (json!({ "a": [1, source] }), "/json/a/1"),
            (json!([source]), "/json/0"),
            (source.clone(), "/json"),
            (
                json!({ "a": { "secret": source, "more": 1 } }),
                "/json/a/secret",
            ),
        ] {
            let told = format!("`{at}`: this is written like a source, and no source is opened");
            let output = bench.token(sending(&bench, "json", body));
            assert!(output.stderr.contains(&told), "{}", output.stderr);
            assert!(output.stderr.contains("(spec-invalid)\nkeyfob: hint: {\"secret\": SOURCE} opens it; {\"literal\": …} sends it as it is written\n"), "{}", output.stderr);
        }
        // Where only text can stand, a variable is one.
        let members: &[&str] = if source.get("env").is_some() {
            &[]
        } else {
            &["form", "headers"]
        };
        for member in members {
            let told = format!("`/{member}/x-account`: a text is wanted here, or {{\"secret\": ");
            let output = bench.token(sending(&bench, member, json!({ "x-account": source })));
            assert!(output.stderr.contains(&told), "{}", output.stderr);
        }
        let parameters = json!({ "parameters": { "account": source } });
        let told = "`/parameters/account`: a string is wanted here, not an object";
        bench.refuses(bench.text(parameters), told);
    }
    bench.assert_untouched("a source in a body");
}

#[test]
fn what_only_shares_a_name_with_a_source_is_sent_as_it_is_written() {
    let bench = Bench::new();
    for body in [
        json!({ "labels": { "env": "prod", "team": "a" } }),
        json!({ "env": ["prod"] }),
        json!({ "file": 1 }),
        json!({ "file": "a.txt", "mode": "0600" }),
        json!({ "token": { "name": "x" } }),
        json!({ "token": "a", "command": ["b"] }),
        json!({ "keyring": true }),
        json!({ "jwt": "x" }),
        json!({ "issued": false }),
        json!({ "literal": 1, "more": 2 }),
    ] {
        let output = bench.token(sending(&bench, "json", body.clone()));
        assert_eq!(output.stderr, "", "{body}");
        let request = bench.provider.requests().pop().unwrap();
        assert_eq!(request.json(), body);
    }
}

#[test]
fn a_literal_is_sent_and_signed_as_it_is_written() {
    let bench = Bench::new();
    for literal in [
        json!({ "env": "prod" }),
        json!({ "file": "a.txt" }),
        json!({ "now": 5 }),
        json!({ "literal": 1 }),
        json!([{ "secret": "x" }]),
        json!(null),
    ] {
        let body = json!({ "labels": { "literal": literal }, "n": 1 });
        let output = bench.token(sending(&bench, "json", body));
        assert_eq!(output.stderr, "", "{literal}");
        let request = bench.provider.requests().pop().unwrap();
        assert_eq!(request.json(), json!({ "labels": literal, "n": 1 }));
        let claims = json!({ "labels": { "literal": literal }, "n": 1 });
        let output = bench.token(signing(&bench, json!({}), claims));
        assert_eq!(output.stderr, "", "{literal}");
        let request = bench.provider.requests().pop().unwrap();
        let assertion = request.parameter("client_assertion").unwrap();
        let claims = assertion.split('.').nth(1).unwrap();
        use base64::Engine as _;
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(claims)
            .unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims, json!({ "labels": literal, "n": 1 }));
    }
}
