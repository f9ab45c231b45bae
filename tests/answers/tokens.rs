//! Successes, sound and unsound: where the token lies, what it may be made of, and of which type it is.

use std::time::Duration;

use serde_json::{Value, json};

use super::{nonsense, outcome, outcome_of};
use crate::support::Answer;

fn body(json: &Value) -> Answer {
    Answer::json(200, json.to_string())
}

#[test]
fn any_2xx_that_holds_the_token_counts() {
    for status in [200, 201, 202, 203, 299] {
        let mut answer = Answer::token("t0ken", 60);
        answer.status = status;
        outcome(&answer).gives("t0ken");
    }
}

#[test]
fn members_that_nobody_knows_and_odd_media_types_do_no_harm() {
    let json = r#"{"foo":[{"bar":null}],"access_token":"t0ken","scope":"a b","id_token":"x.y.z","token_type":"Bearer"}"#;
    for kind in [
        "application/json;charset=ISO-8859-1",
        "application/vnd.api+json",
        "text/html",
        "text/plain",
        "nonsense",
    ] {
        outcome(&Answer::json(200, json).header("Content-Type", kind)).gives("t0ken");
        let mut answer = Answer::json(200, format!("\u{feff}{json}\r\n"));
        answer.headers = vec![("Content-Type".into(), kind.into())];
        outcome(&answer).gives("t0ken");
        answer.headers.clear();
        outcome(&answer).gives("t0ken");
    }
}

#[test]
fn an_answer_in_pieces_is_put_together() {
    let slowly = Answer::token("t0ken", 60).drip(9, Duration::from_millis(5));
    outcome(&slowly).gives("t0ken");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{\"access_token\":\"t0k\r\n4\r\nen\"}\r\n0\r\n\r\n";
    outcome(&Answer::raw(chunked)).gives("t0ken");
}

#[test]
fn the_token_may_lie_elsewhere() {
    let answer = body(&json!({ "data": [{ "a/b": "t0ken" }], "access_token": "wrong" }));
    outcome_of(&answer, json!({ "token_pointer": "/data/0/a~1b" })).gives("t0ken");
    let missing = outcome_of(&answer, json!({ "token_pointer": "/data/1" }));
    missing.told(&nonsense(200, "there is no token at `/data/1`"));
}

#[test]
fn a_success_without_a_token_is_nonsense() {
    let table = [
        ("", "an empty response"),
        (" \n", "the response is not JSON"),
        ("{", "the response is not JSON"),
        (r#"{"access_token":"t0k"#, "the response is not JSON"),
        (r#"{"access_token":"t0ken"} x"#, "the response is not JSON"),
        (
            "access_token=t0ken&token_type=bearer",
            "the response is not JSON",
        ),
        (
            "<!DOCTYPE html><title>Log in</title>",
            "the response is not JSON",
        ),
        ("t0ken", "the response is not JSON"),
        ("[]", "there is no token at `/access_token`"),
        ("null", "there is no token at `/access_token`"),
        ("\"t0ken\"", "there is no token at `/access_token`"),
        ("{}", "there is no token at `/access_token`"),
        (
            r#"{"Access_Token":"t0ken"}"#,
            "there is no token at `/access_token`",
        ),
        (
            r#"{"access_token":null}"#,
            "`/access_token` is not a string",
        ),
        (r#"{"access_token":7}"#, "`/access_token` is not a string"),
        (
            r#"{"access_token":["t0ken"]}"#,
            "`/access_token` is not a string",
        ),
        (
            r#"{"access_token":{"t":"t0ken"}}"#,
            "`/access_token` is not a string",
        ),
        (r#"{"access_token":""}"#, "the token is empty"),
    ];
    for (text, why) in table {
        let outcome = outcome(&Answer::json(200, text));
        outcome.told(&nonsense(200, why));
        assert!(
            !outcome.output.stderr.contains("t0k"),
            "a body is not repeated"
        );
    }
    outcome(&Answer::empty(204)).told(&nonsense(204, "an empty response"));
}

#[test]
fn an_answer_nested_deeply_is_nonsense() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!(
            "{{\"access_token\":\"t0ken\",\"x\":{}1{}}}",
            open.repeat(200),
            close.repeat(200)
        );
        outcome(&Answer::json(200, deep)).told(&nonsense(200, "the response is not JSON"));
    }
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let huge = format!(
        "{{\"access_token\":\"t0ken\",\"x\":\"{}\"}}",
        "x".repeat(2 << 20)
    );
    for status in [200, 400] {
        let outcome = outcome(&Answer::json(status, huge.as_str()));
        let stderr = &outcome.output.stderr;
        assert_eq!((outcome.output.status, outcome.requests), (1, 1));
        assert!(stderr.contains("answer over 1 MiB"), "{stderr}");
        assert!(!stderr.contains("xxx") && !stderr.contains("t0ken"));
    }
}

#[test]
fn an_answer_that_is_cut_short_is_no_answer_and_is_not_asked_for_again() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"t0ken\"}";
    for raw in [
        head,
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-",
        "no HTTP at all\r\n\r\n",
        "",
    ] {
        let outcome = outcome(&Answer::raw(raw));
        assert_eq!(
            (
                outcome.output.status,
                outcome.output.stdout.as_str(),
                outcome.requests
            ),
            (1, "", 1),
            "{raw:?}: a token may have been made: {}",
            outcome.output.stderr
        );
        super::assert_sober(&outcome.output.stderr);
    }
}

#[test]
fn a_token_of_printable_ascii_is_handed_out_as_it_is() {
    let every: String = (0x21..=0x7e_u8).map(char::from).collect();
    for token in [".", every.as_str(), &"x".repeat(64_000)] {
        outcome(&Answer::token(token, 60)).gives(token);
    }
}

#[test]
fn a_token_that_could_break_a_line_or_a_header_is_refused() {
    let unprintable =
        "the token holds a blank, a line break or another character that is not printable ASCII";
    for bad in [
        "t0ken\n",
        "t0ken\r\nX: y",
        "\nt0ken",
        "t0\nken",
        "t0ken ",
        " t0ken",
        "t0 ken",
        "t0ken\t",
        "t0ken\0",
        "t0ken\u{1b}[31m",
        "t0ken\u{7f}",
        "t0k\u{e9}n",
        "t0ken\u{200b}",
        "t0ken\u{2028}",
        "\u{feff}t0ken",
        "t0ken\u{202e}",
        "t0ken\u{85}",
    ] {
        let outcome = outcome(&Answer::token(bad, 60));
        outcome.told(&nonsense(200, unprintable));
        assert!(!outcome.output.stderr.contains("t0k"), "{bad:?}");
    }
    for length in [64_001, 70_000] {
        outcome(&Answer::token(&"x".repeat(length), 60))
            .told(&nonsense(200, "the token is longer than 64 KiB"));
    }
}

#[test]
fn bearer_is_bearer_in_any_case_and_where_nothing_is_said() {
    for kind in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let answer = json!({ "access_token": "t0ken", "token_type": kind });
        outcome(&body(&answer)).gives("t0ken");
    }
    outcome(&body(&json!({ "access_token": "t0ken" }))).gives("t0ken");
    // A member that is null says no more than one that is not there.
    outcome(&body(
        &json!({ "access_token": "t0ken", "token_type": null }),
    ))
    .gives("t0ken");
}

#[test]
fn a_token_of_another_type_is_refused() {
    for kind in [
        "DPoP", "pop", "mac", "N_A", "Basic", "bearer ", "Bearer2", "",
    ] {
        let answer = json!({ "access_token": "t0ken", "token_type": kind });
        let outcome = outcome(&body(&answer));
        outcome.told(&nonsense(
            200,
            &format!(
                "the token's type is `{}`, and only bearer tokens can be handed on",
                kind.trim()
            ),
        ));
    }
    for kind in [json!(7), json!(["Bearer"]), json!({}), json!(false)] {
        let answer = json!({ "access_token": "t0ken", "token_type": kind });
        outcome(&body(&answer)).told(&nonsense(
            200,
            "the token's type is `not a string`, and only bearer tokens can be handed on",
        ));
    }
}

#[test]
fn what_was_refused_is_not_kept_as_a_token() {
    use crate::support::{Home, Provider, run};
    let provider = Provider::start(|request| match request.number {
        1 => Answer::token("t0ken\n", 3600),
        _ => Answer::token("sound", 3600),
    });
    let mut home = Home::new();
    home.set("SECRET", "s3cret");
    let spec = json!({ "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "c", "client_secret": { "env": "SECRET" } });
    let token = || run(&mut home.keyfob(["token"]), spec.to_string());
    assert_eq!(token().status, 1);
    std::thread::sleep(Duration::from_millis(3100));
    assert_eq!(token().json()["access_token"], "sound");
}

#[test]
fn a_bearer_token_by_apigees_name_is_one() {
    let answer = json!({ "access_token": "t0ken", "token_type": "BearerToken" });
    outcome(&body(&answer)).gives("t0ken");
}
