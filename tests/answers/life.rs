//! `expires_in` in every form that servers send, as `keyfob token` publishes it.

use std::time::{SystemTime, UNIX_EPOCH};

use keyfob::time::Timestamp;

use serde_json::{Value, json};

use super::{outcome, outcome_of};
use crate::support::Answer;

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// What `expires_at` says for this `expires_in`, in seconds from now; none where it is null.
#[track_caller]
fn life(expires_in: &str) -> Option<i64> {
    let before = now();
    let json = format!(r#"{{"access_token":"t0ken","expires_in":{expires_in}}}"#);
    let outcome = outcome(&Answer::json(200, json));
    let answer = outcome.gives("t0ken").output.json();
    let end = answer["expires_at"].as_str()?;
    let end = Timestamp::parse_rfc3339(end).unwrap().unix();
    let slack = now() - before;
    // Counted from before the request: the seconds that this test took are not life.
    Some(end - before).map(|life| {
        if slack > 0 {
            life.max(life - slack)
        } else {
            life
        }
    })
}

#[test]
fn seconds_are_a_number_or_a_string_that_holds_one() {
    for (written, seconds) in [
        ("3599", 3599),
        ("\"3599\"", 3599),
        ("\" 3599 \"", 3599),
        ("3599.0", 3599),
        ("3599.9", 3599),
        ("\"3599.5\"", 3599),
        ("3.599e3", 3599),
        ("300000000", 300_000_000),
        ("61", 61),
    ] {
        let life = life(written).unwrap_or_else(|| panic!("{written}: no end"));
        assert!((seconds..=seconds + 2).contains(&life), "{written}: {life}");
    }
}

#[test]
fn what_makes_no_sense_is_an_unknown_end_and_never_a_long_one() {
    for written in [
        "0",
        "\"0\"",
        "null",
        "\"\"",
        "315576001",
        "99999999999",
        "18446744073709551615",
        "1e300",
        "\"1e999\"",
        "1e-300000",
    ] {
        let life = life(written);
        assert!(
            life.is_none_or(|life| written == "1e-300000" && life <= 2),
            "{written}: {life:?}"
        );
    }
}

#[test]
fn a_negative_life_is_a_token_that_has_ended() {
    for written in ["-1", "-3600", "\"-90\"", "-1e300"] {
        let json = format!(r#"{{"access_token":"t0ken","expires_in":{written}}}"#);
        let outcome = outcome(&Answer::json(200, json));
        let stderr = &outcome.output.stderr;
        assert_eq!(outcome.output.stdout, "", "{written}");
        assert!(
            stderr.starts_with("keyfob: error: the provider returned a token that expired ")
                && stderr.contains(" ago (token-expired)\n"),
            "{stderr}"
        );
    }
}

#[test]
fn an_end_that_cannot_be_read_is_told_with_its_place_and_what_stands_there() {
    for (written, shown) in [
        ("\"soon\"", "soon"),
        ("\"NaN\"", "NaN"),
        ("true", "true"),
        ("[3600]", "[3600]"),
        ("\"a\\n##vso[x]\"", "a # #vso[x]"),
        ("\"t0ken is it\"", "(withheld: it may repeat a secret)"),
    ] {
        let json = format!(r#"{{"access_token":"t0ken","expires_in":{written}}}"#);
        outcome(&Answer::json(200, json)).told(&format!(
            "PROVIDER/token answered: the expiry at `/expires_in` cannot be read: `{shown}` (provider-nonsense)"
        ));
    }
    let rule = |zone: Value| json!({ "expires": zone });
    let json = r#"{"access_token":"t0ken","end":"2099-01-01 00:00:00"}"#;
    let answer = Answer::json(200, json.replace("2099", "2030"));
    let without = outcome_of(&answer, rule(json!({ "date": "/end" })));
    assert!(without.output.stderr.contains(r#"hint: a time without a zone is read only where the rule in `expires` says `"zone": "utc"`"#), "{}", without.output.stderr);
    let with = outcome_of(&answer, rule(json!({ "date": "/end", "zone": "utc" })));
    assert_eq!(
        with.gives("t0ken").output.json()["expires_at"],
        "2030-01-01T00:00:00Z"
    );
}

#[test]
fn without_a_word_of_it_the_end_is_unknown() {
    let outcome = outcome(&Answer::json(200, r#"{"access_token":"t0ken"}"#));
    assert_eq!(
        outcome.output.answer(),
        "{\"access_token\":\"t0ken\",\"token_type\":\"Bearer\",\"expires_at\":null}\n"
    );
}

#[test]
fn a_token_that_has_already_ended_is_not_handed_out() {
    use base64::Engine as _;
    let claims =
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{}}}", now() - 90));
    let outcome = outcome(&Answer::token(&format!("e30.{claims}.c2ln"), 3600));
    let stderr = &outcome.output.stderr;
    assert_eq!(
        (outcome.output.status, outcome.output.stdout.as_str()),
        (1, "")
    );
    assert!(
        stderr.starts_with("keyfob: error: the provider returned a token that expired 1 min 3")
            && stderr.contains(" s ago (token-expired)\n"),
        "{stderr}"
    );
}
