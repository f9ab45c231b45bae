//! A server that repeats what it was sent: neither the secret nor a token comes back to the terminal, however it is encoded.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::{SECRET, assert_sober};
use crate::support::{Answer, Home, Output, Provider, Request, run};

/// `keyfob token` against a server whose description is made from the request.
fn reflecting(
    secret: &str,
    method: &str,
    body: &str,
    describe: impl Fn(&Request) -> String + Send + Sync + 'static,
) -> Output {
    let provider = Provider::start(move |request| {
        let error = json!({ "error": "invalid_request", "error_description": describe(request) });
        Answer::json(400, error.to_string())
    });
    let mut home = Home::new();
    let log = format!("debug:{}", home.home().join("log").display());
    home.set("SECRET", secret).set("KEYFOB_LOG", &log);
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "the-client",
        "client_secret": { "env": "SECRET" }, "token_endpoint_auth_method": method, "body": body,
    });
    let output = run(&mut home.keyfob(["token"]), spec.to_string());
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert_sober(&output.stderr);
    assert!(output.stderr.contains(WITHHELD), "{}", output.stderr);
    let log = std::fs::read_to_string(home.home().join("log")).unwrap();
    Output {
        stderr: format!("{}{log}", output.stderr),
        ..output
    }
}

/// What is said in place of words that are not repeated.
const WITHHELD: &str = "words are withheld that may repeat a secret";

/// Eight characters in a row of these: enough to be a leak.
#[track_caller]
fn assert_no_piece_of(secret: &str, said: &str) {
    let characters: Vec<char> = secret.chars().collect();
    for piece in characters.windows(8) {
        let piece: String = piece.iter().collect();
        assert!(!said.contains(&piece), "`{piece}` of the secret in: {said}");
    }
}

fn percent(secret: &str, keep: &str, lower: bool) -> String {
    let encode = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || keep.contains(c) => c.to_string(),
        _ if lower => format!("%{byte:02x}"),
        _ => format!("%{byte:02X}"),
    };
    secret.bytes().map(encode).collect()
}

#[test]
fn the_secret_is_not_repeated_as_it_is_or_in_any_encoding() {
    let html = SECRET.replace('&', "&amp;").replace('"', "&quot;");
    let json = json!(SECRET).to_string();
    let forms = [
        SECRET.to_owned(),
        percent(SECRET, "*-._", false),
        percent(SECRET, "-_.!~*'()", false), // encodeURIComponent
        percent(SECRET, "-._~", true),
        percent(SECRET, "", false),
        BASE64_STANDARD.encode(SECRET),
        BASE64_URL_SAFE_NO_PAD.encode(SECRET),
        json.trim_matches('"').to_owned(),
        html,
    ];
    for form in forms {
        let shown = form.clone();
        let output = reflecting(SECRET, "client_secret_basic", "form", move |_| {
            format!("bad secret '{shown}' given")
        });
        assert_no_piece_of(&form, &output.stderr);
    }
}

#[test]
fn the_authorization_header_is_not_repeated_wherever_the_secret_lies_in_it() {
    // Base64 falls differently with each length of what stands before the secret.
    for id in ["a", "ab", "abc"] {
        let provider = Provider::start(|request| {
            Answer::text(
                400,
                format!("bad {}", request.header("authorization").unwrap()),
            )
        });
        let mut home = Home::new();
        home.set("SECRET", "hunter2-hunter2-hunter2");
        let spec = json!({
            "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": id,
            "client_secret": { "env": "SECRET" },
        });
        let output = run(&mut home.keyfob(["token"]), spec.to_string());
        assert!(
            output.stderr.contains("HTTP 400; words are withheld"),
            "{}",
            output.stderr
        );
        let sent = provider.request();
        let sent = sent.header("authorization").unwrap();
        let of_secret = &sent["Basic ".len() + 4..sent.len() - 4];
        assert_no_piece_of(of_secret, &output.stderr);
    }
}

#[test]
fn the_body_is_not_repeated_either() {
    for body in ["form", "json"] {
        let output = reflecting(SECRET, "client_secret_post", body, |request| {
            format!("cannot read {}", request.text())
        });
        for form in [
            SECRET,
            &percent(SECRET, "*-._", false),
            json!(SECRET).as_str().unwrap(),
        ] {
            assert_no_piece_of(form, &output.stderr);
        }
    }
}

#[test]
fn a_long_secret_that_is_cut_short_is_not_repeated_either() {
    let secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
    let output = reflecting(secret, "client_secret_basic", "form", |_| {
        "bad: 0123456789abcdefghijklmnopqrst…".to_owned()
    });
    assert!(!output.stderr.contains("0123456789abcdefghijk"));
}

#[test]
fn a_token_that_comes_with_a_refusal_is_not_shown() {
    for (status, body) in [
        (
            200,
            json!({ "access_token": "the-t0ken-itself", "error": "no", "error_description": "not for the-t0ken-itself" }),
        ),
        (
            400,
            json!({ "access_token": "the-t0ken-itself", "message": "the-t0ken-itself is not yours" }),
        ),
        (
            200,
            json!({ "access_token": "the-t0ken-itself", "token_type": "the-t0ken-itself" }),
        ),
        (
            200,
            json!({ "access_token": "the-t0ken-itself ", "refresh_token": "x" }),
        ),
    ] {
        let outcome = super::outcome(&Answer::json(status, body.to_string()));
        assert_eq!(
            (outcome.output.status, outcome.output.stdout.as_str()),
            (1, "")
        );
        assert!(
            !outcome.output.stderr.contains("t0ken"),
            "{}",
            outcome.output.stderr
        );
    }
}

#[test]
fn a_failure_that_is_kept_for_others_holds_no_secret_either() {
    let provider = Provider::start(|_| {
        let error =
            json!({ "error": "rate_limited", "error_description": format!("slow down, {SECRET}") });
        Answer::json(429, error.to_string()).header("Retry-After", "60")
    });
    let mut home = Home::new();
    home.set("SECRET", SECRET);
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "c",
        "client_secret": { "env": "SECRET" },
    });
    let token = || run(&mut home.keyfob(["token"]), spec.to_string());
    for output in [token(), token()] {
        assert!(output.stderr.contains(WITHHELD), "{}", output.stderr);
    }
    assert_eq!(provider.count(), 1);
    for file in std::fs::read_dir(home.cache()).unwrap() {
        let text =
            String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()).into_owned();
        assert!(!text.contains("s3cret"), "{text}");
    }
}
