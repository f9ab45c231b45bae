//! What a runner has to mask: the token, and each value in it where it holds several.

use serde_json::json;

use super::NASTY;
use super::github::masks;
use crate::support::{Answer, Home, Provider, run};

/// A home whose spec `ci` gets these values as one token.
fn keys(values: &[(&str, &str)]) -> (Home, Provider) {
    let body: serde_json::Map<_, _> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    let body = serde_json::Value::Object(body).to_string();
    let pointers: serde_json::Map<_, _> = values
        .iter()
        .map(|(name, _)| ((*name).to_owned(), format!("/{name}").into()))
        .collect();
    let provider = Provider::start(move |_| Answer::json(200, body.clone()));
    let mut home = Home::new();
    home.set("SECRET", "s3cret");
    let spec = json!({
        "provider": "http",
        "url": provider.at("/keys"),
        "json": {"key": {"secret": {"env": "SECRET"}}},
        "token_pointer": pointers,
        "expires": {"constant": 3600},
    });
    home.spec("ci", spec.to_string());
    (home, provider)
}

const KEYS: [(&str, &str); 3] = [
    ("AccessKeyId", "ASIA0123"),
    ("SecretAccessKey", "se%cr+et/x"),
    ("SessionToken", NASTY),
];

#[test]
fn each_value_of_a_token_of_several_is_masked_and_not_the_whole_alone() {
    let (mut home, _provider) = keys(&KEYS);
    let file = home.write("tmp/env", "");
    home.set("GITHUB_ENV", file);
    let output = run(
        &mut home.keyfob(["token", "--spec", "ci", "--format", "github"]),
        "",
    );
    let masked = masks(output.answer());
    let whole = run(
        &mut home.keyfob(["token", "--spec", "ci", "--format", "token"]),
        "",
    );
    assert_eq!(masked[0], whole.answer().trim_end());
    for (name, value) in KEYS {
        assert!(masked.contains(&value.to_owned()), "{name}: {masked:?}");
    }
    // As it stands in the JSON, which a program may print in another layout.
    let inside = json!(NASTY).to_string();
    let inside = inside[1..inside.len() - 1].to_owned();
    assert!(masked.contains(&inside), "{masked:?}");
    assert_eq!(masked.len(), 5, "no name, and nothing twice: {masked:?}");
}

#[test]
fn the_format_masks_has_the_token_on_its_first_line_and_its_values_behind() {
    let (home, provider) = keys(&KEYS[..2]);
    let output = run(
        &mut home.keyfob(["token", "--spec", "ci", "--format", "masks"]),
        "",
    );
    let whole = r#"{"AccessKeyId":"ASIA0123","SecretAccessKey":"se%cr+et/x"}"#;
    let wanted = format!("{whole}\nASIA0123\nse%cr+et/x\n");
    assert_eq!((output.answer(), output.stderr.as_str()), (&*wanted, ""));
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_stored_document_is_masked_value_by_value_and_line_by_line() {
    let mut home = Home::new();
    let document = json!({
        "type": "x", "nested": {"keys": ["k1", "k1", ""], "number": 7},
        "pem": "-----BEGIN\nAAAA\r\n-----END\n",
    });
    home.set("SECRET", document.to_string());
    let spec = r#"{"provider": "static", "token": {"env": "SECRET"}}"#;
    home.spec("ci", spec);
    let output = run(
        &mut home.keyfob(["token", "--spec", "ci", "--format", "masks"]),
        "",
    );
    let mut lines: Vec<&str> = output.answer().lines().skip(1).collect();
    lines.sort_unstable();
    let escaped = r"-----BEGIN\nAAAA\r\n-----END\n";
    assert_eq!(
        lines,
        ["-----BEGIN", escaped, "-----END", "AAAA", "k1", "x"]
    );
}

#[test]
fn a_token_of_one_value_is_masked_as_it_is() {
    for token in ["eyJh.eyJz_-.c2ln+/==", "[1", "{}", "\"quoted\"", "7", NASTY] {
        let bench = super::Bench::new(token);
        let output = bench.token(&["--format", "masks"]);
        let first = output.answer().lines().next().unwrap();
        assert_eq!(first, token);
        if token != "\"quoted\"" {
            assert_eq!(output.stdout.lines().count(), 1, "{}", output.stdout);
        }
    }
}
