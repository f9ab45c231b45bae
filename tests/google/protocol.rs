//! What the libraries run and read: one JSON object with exit status 0, whatever happened (<https://google.aip.dev/auth/4117>).

use std::thread;

use serde_json::json;

use super::{GOOGLE, ID_TOKEN, ask, fails, home, jwt, numbering, said, spec};
use crate::support::{Answer, Provider, run};

#[test]
fn a_jwt_is_told_with_its_type_and_its_end_as_a_number() {
    let provider = numbering(3600);
    let home = home(&spec(&provider));
    let output = run(&mut home.keyfob(GOOGLE), "");
    let end = said(&output)["expiration_time"].as_i64().unwrap();
    let expected = format!(
        r#"{{"version":1,"success":true,"token_type":"{ID_TOKEN}","id_token":"{}","expiration_time":{end}}}"#,
        jwt(1)
    );
    assert_eq!(output.answer(), format!("{expected}\n"));
    let mut link = home.command_at(&home.link("google-keyfob"));
    let output = run(link.args(["--spec", "my-identity"]), "");
    assert_eq!(output.answer(), format!("{expected}\n"));
    assert_eq!(provider.count(), 1);
}

#[test]
fn the_type_is_the_one_that_the_credential_file_names() {
    let provider = numbering(3600);
    let mut home = home(&spec(&provider));
    for name in ["id_token", "jwt"] {
        let name = format!("urn:ietf:params:oauth:token-type:{name}");
        home.set("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", &name);
        assert_eq!(ask(&home)["token_type"], name);
    }
    for name in ["saml2", "access_token"] {
        let name = format!("urn:ietf:params:oauth:token-type:{name}");
        home.set("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", name);
        fails(&ask(&home), "not-supported", "`subject_token_type` can be");
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_token_that_is_no_jwt_is_a_failure_that_does_not_show_it() {
    for token in [
        "opaque",
        "a.b",
        "eyJh.eyJi.",
        "eyJh.ey+i.c2ln",
        "eyJh.eyJi.c2ln.c2ln",
    ] {
        let provider = Provider::start(move |_| {
            Answer::json(
                200,
                json!({"id_token": token, "expires_in": 3600}).to_string(),
            )
        });
        let answer = ask(&home(&spec(&provider)));
        fails(&answer, "not-supported", "is not a JWT");
        assert!(!answer.to_string().contains(token), "{answer}");
    }
}

#[test]
fn every_failure_is_an_object_with_exit_status_0() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let mut home = home(&spec(&provider));
    fails(
        &ask(&home),
        "provider-refused",
        "refused: HTTP 400, invalid_client",
    );
    home.unset("TEST_CLIENT_SECRET");
    fails(&ask(&home), "secret-missing", "TEST_CLIENT_SECRET");
    for (words, code) in [
        (&["google"][..], "spec-not-found"),
        (&["google", "--spec", "nowhere"], "spec-not-found"),
        (&["google", "--spec", "-"], "usage"),
        (&["google", "--spec", "{}"], "spec-invalid"),
        (&["google", "--spec", "my-identity", "s3cret"], "usage"),
    ] {
        let answer = said(&run(&mut home.keyfob(words), spec(&provider).to_string()));
        fails(&answer, code, "");
        assert!(!answer.to_string().contains("s3cret"), "{answer}");
    }
    assert_eq!(provider.count(), 1);
}

/// Python's and Java's libraries read both streams as one.
#[test]
fn no_step_is_told_on_standard_error_but_a_file_is_told_all() {
    let provider = numbering(3600);
    let mut home = home(&spec(&provider));
    let mut verbose = home.keyfob(["-v"]);
    assert_eq!(said(&run(verbose.args(GOOGLE), ""))["success"], true);
    for setting in ["debug", "debug:/nowhere/log"] {
        home.set("KEYFOB_LOG", setting);
        assert_eq!(ask(&home)["success"], true);
    }
    let log = home.path("log");
    home.set("KEYFOB_LOG", format!("debug:{}", log.display()));
    ask(&home);
    assert!(std::fs::read_to_string(log).unwrap().contains("cache: hit"));
}

#[test]
fn a_revocation_drops_the_cached_token_and_hands_out_none() {
    let provider = numbering(3600);
    let mut home = home(&spec(&provider));
    assert_eq!(ask(&home)["id_token"], jwt(1));
    home.set("GOOGLE_EXTERNAL_ACCOUNT_REVOKE", "1");
    let answer = ask(&home);
    assert_eq!(answer["success"], true);
    assert!(answer.get("id_token").is_none(), "{answer}");
    assert_eq!(provider.count(), 1);
    home.set("GOOGLE_EXTERNAL_ACCOUNT_REVOKE", "0");
    assert_eq!(ask(&home)["id_token"], jwt(2));
}

#[test]
fn many_at_once_ask_once() {
    let provider = numbering(3600);
    let home = home(&spec(&provider));
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| assert_eq!(ask(&home)["id_token"], jwt(1)));
        }
    });
    assert_eq!(provider.count(), 1);
}
