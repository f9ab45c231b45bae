//! How long cargo may keep a token: `expires` to the published end, `session` where no end is known, `never` in the last minute.

use serde_json::{Value, json};

use super::{INDEX, LISTED, get, home, spec};
use crate::support::home::keyfob_binary;
use crate::support::{Answer, Home, Provider, need, run};

/// The answer so many seconds from now.
fn after(home: &Home, seconds: u32) -> Value {
    let mut faketime = home.command("faketime");
    faketime.args([
        "-f",
        &format!("+{seconds}s"),
        keyfob_binary(),
        "--cargo-plugin",
    ]);
    let output = run(&mut faketime, format!("{}\n", get(INDEX)));
    let answer = output.answer().lines().nth(1).unwrap();
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    answer["Ok"].take()
}

/// A provider whose first token lives so long, and whose other answers are `then`.
fn first(lives: u64, then: Answer) -> (Home, Provider) {
    let provider = Provider::start(move |request| match request.number {
        1 => Answer::token("token-1", lives),
        _ => then.clone(),
    });
    let home = home();
    home.spec("registry", spec(&provider, &[LISTED]).to_string());
    (home, provider)
}

#[test]
fn a_token_without_a_known_end_is_kept_for_the_session() {
    let body = json!({"access_token": "token-1", "token_type": "Bearer"}).to_string();
    let provider = Provider::start(move |_| Answer::json(200, body.clone()));
    let home = home();
    home.spec("registry", spec(&provider, &[LISTED]).to_string());
    assert_eq!(
        super::answer(&home, &get(INDEX)),
        json!({"Ok": {"kind": "get", "token": "token-1", "cache": "session", "operation_independent": true}})
    );
}

#[test]
fn a_token_in_its_last_two_minutes_is_renewed_since_cargo_asks_each_time_in_the_last() {
    if !need(&["faketime"]) {
        return;
    }
    let (home, _provider) = first(300, Answer::token("token-2", 3600));
    assert_eq!(after(&home, 0)["token"], "token-1");
    assert_eq!(after(&home, 170)["token"], "token-1");
    assert_eq!(after(&home, 190)["token"], "token-2");
}

#[test]
fn a_token_that_cannot_be_renewed_is_for_one_use_in_its_last_minute() {
    if !need(&["faketime"]) {
        return;
    }
    let (home, _provider) = first(300, Answer::empty(503));
    let begun = after(&home, 0);
    assert_eq!(begun["cache"], "expires");
    let later = after(&home, 220);
    assert_eq!(
        (&later["token"], &later["cache"]),
        (&json!("token-1"), &json!("expires"))
    );
    // Between the margin and the end it is the true end that counts.
    let ends = |answer: &Value| answer["expiration"].as_i64().unwrap();
    assert_eq!(ends(&later) - ends(&begun), 30);
    assert_eq!(
        after(&home, 250),
        json!({"kind": "get", "token": "token-1", "cache": "never", "operation_independent": true})
    );
}

#[test]
fn a_token_that_has_ended_is_not_handed_out() {
    if !need(&["faketime"]) {
        return;
    }
    let (home, _provider) = first(300, Answer::empty(503));
    after(&home, 0);
    assert_eq!(after(&home, 301), Value::Null);
}
