//! `uv auth helper --protocol=bazel get`, another helper of the same protocol: asked the same, it answers the same.

use serde_json::{Value, json};

use super::{ask, home, reader};
use crate::support::tools::tool_folder;
use crate::support::{Home, Output, need, run};

const UV: &str = "python-clients/uv/bin/uv";

fn uv(home: &Home, words: &[&str], stdin: &str) -> Output {
    let mut uv = home.command_at(&tool_folder().join(UV));
    run(uv.arg("--no-cache").args(words), stdin)
}

fn uv_helper(home: &Home, stdin: &str) -> Output {
    let words = ["auth", "helper", "--preview-features", "auth-helper"];
    let words = [&words[..], &["--protocol=bazel", "get"]].concat();
    uv(home, &words, stdin)
}

/// Both hold `token-1` for the user `__token__` at `cache.example.com`.
fn both() -> Option<Home> {
    if !need(&[UV]) {
        return None;
    }
    let mut home = home();
    home.set("TEST_TOKEN", "token-1");
    let stored = json!({
        "provider": "static",
        "token": {"env": "TEST_TOKEN"},
        "targets": ["cache.example.com"],
        "username": "__token__",
        "authtype": "basic",
    });
    home.spec("build", stored.to_string());
    let login = [
        "auth",
        "login",
        "https://cache.example.com",
        "--token",
        "token-1",
    ];
    assert_eq!(uv(&home, &login, "").status, 0);
    Some(home)
}

#[test]
fn what_is_listed_has_the_same_header() {
    let Some(home) = both() else { return };
    for uri in [
        "https://cache.example.com",
        "https://cache.example.com/a/b.zip?c=d",
        "https://cache.example.com:443/a",
    ] {
        let theirs = uv_helper(&home, &json!({"uri": uri, "more": 1}).to_string());
        let ours = ask(&home, uri);
        let theirs = reader::read(theirs.answer()).unwrap();
        assert_eq!(
            reader::read(ours.answer()).unwrap().headers,
            theirs.headers,
            "{uri}"
        );
        // __token__:token-1
        let value = "Basic X190b2tlbl9fOnRva2VuLTE=".to_owned();
        assert_eq!(theirs.headers, [("Authorization".to_owned(), vec![value])]);
    }
}

#[test]
fn what_is_not_listed_has_no_header() {
    let Some(home) = both() else { return };
    for uri in [
        "https://cache.example.org/",
        "https://cache.example.com:8443/",
        "http://cache.example.com/",
    ] {
        let theirs = uv_helper(&home, &json!({ "uri": uri }).to_string());
        let ours = ask(&home, uri);
        assert_eq!(
            reader::read(ours.answer()),
            reader::read(theirs.answer()),
            "{uri}"
        );
        assert_eq!(ours.json(), Value::Object(serde_json::Map::new()));
    }
}

#[test]
fn a_request_that_makes_no_sense_fails_at_both() {
    let Some(home) = both() else { return };
    for request in [
        "",
        "{}",
        "[1]",
        r#"{"uri":1}"#,
        r#"{"uri":""}"#,
        r#"{"uri":"a"}"#,
    ] {
        let theirs = uv_helper(&home, request);
        let ours = super::helper(&home, request);
        for output in [theirs, ours] {
            assert_ne!(output.status, 0, "{request}: {output:?}");
            assert_eq!(output.stdout, "", "{request}");
            assert_ne!(output.stderr, "", "{request}");
        }
    }
}
