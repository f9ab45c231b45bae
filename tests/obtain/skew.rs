//! Assertions under a clock that differs from the provider's: signed once more where that explains the refusal, and never for another year.

use keyfob::obtain::clock::{Correction, correction};
use keyfob::time::Timestamp;
use keyfob::world::Clock as _;
use serde_json::{Map, Value, json};

use super::world::{Fake, says, token};

fn claims(value: Value) -> Vec<Map<String, Value>> {
    match value {
        Value::Object(claims) => vec![claims],
        _ => Vec::new(),
    }
}

#[test]
fn a_difference_is_corrected_where_it_explains_the_refusal() {
    const NOW: i64 = 1_000_000;
    let issued_now = json!({"iat": NOW, "exp": NOW + 240});
    let back_dated = json!({"iat": NOW - 20, "exp": NOW + 240});
    let short = json!({"exp": NOW + 10});
    let (again, none, far) = (Correction::SignAgain, Correction::None, Correction::TooFar);
    for (skew, claims_of, expected) in [
        (0, &issued_now, none),
        // Ours is ahead: the assertion begins in what is the future for the provider.
        (-1, &issued_now, again(-1)),
        (-30, &issued_now, again(-30)),
        (-19, &back_dated, none),
        (-20, &back_dated, none),
        (-21, &back_dated, again(-21)),
        (-5, &json!({"nbf": NOW}), again(-5)),
        (-5, &short, none),
        // Ours is behind: the assertion has ended before it arrives.
        (9, &short, none),
        (10, &short, again(10)),
        (30, &issued_now, none),
        // So much explains everything.
        (31, &issued_now, again(31)),
        (-31, &short, again(-31)),
        (3600, &issued_now, again(3600)),
        (-3600, &issued_now, again(-3600)),
        // And so much is believed of nobody.
        (3601, &issued_now, far(3601)),
        (-3601, &issued_now, far(-3601)),
        (i64::MAX, &issued_now, far(i64::MAX)),
        (i64::MIN, &issued_now, far(i64::MIN)),
        // Nothing was signed.
        (600, &json!(null), none),
    ] {
        let claims = claims(claims_of.clone());
        assert_eq!(
            correction(skew, NOW, &claims),
            expected,
            "{skew} {claims_of}"
        );
    }
}

/// A spec that signs with HS256, with these claims.
fn spec(claims: &str) -> String {
    format!(
        r#"{{
        "provider": "client_credentials", "token_url": "https://id.example.com/token", "client_id": "ci",
        "client_assertion": {{"jwt": {{"alg": "HS256", "key": {{"keyring": "key"}}, "claims": {claims}}}}}
    }}"#
    )
}

const NOW: &str = r#"{"iss": "ci", "iat": {"now": 0}, "exp": {"now": 240}}"#;

/// An HTTP date in 2026 or 2099 for a moment of this test.
fn http_date(moment: Timestamp) -> String {
    let text = moment.rfc3339();
    let month = if &text[5..7] == "01" { "Jan" } else { "Dec" };
    format!(
        "Thu, {} {month} {} {} GMT",
        &text[8..10],
        &text[..4],
        &text[11..19]
    )
}

/// The claims of the assertion that was sent last.
fn sent(world: &Fake) -> Value {
    let body = world.sent.borrow().2.clone();
    let assertion = body.split("client_assertion=").nth(1).unwrap();
    let claims = assertion.split('.').nth(1).unwrap().to_owned();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = base64::Engine::decode(&engine, claims).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// A provider whose clock is so many seconds ahead, and which refuses assertions of its future.
fn strict(world: &Fake, skew: i64) {
    world.answers(move |world| {
        let theirs = Timestamp::from_unix(world.now().unix() + skew);
        let claims = sent(world);
        let early = claims["iat"]
            .as_i64()
            .is_some_and(|iat| iat > theirs.unix());
        let late = claims["exp"]
            .as_i64()
            .is_some_and(|exp| exp <= theirs.unix());
        if early || late {
            let date = http_date(theirs);
            return says(401, &[("date", &date)], r#"{"error":"invalid_client"}"#);
        }
        token("signed", 3600)
    });
}

#[test]
fn a_clock_that_is_seconds_ahead_is_corrected() {
    for ahead in [1, 5, 30, 300] {
        let world = Fake::new();
        world.set_clock(86_400);
        strict(&world, -ahead);
        assert_eq!(
            world.obtain_for(&spec(NOW), 0),
            Ok("signed".to_owned()),
            "{ahead}"
        );
        assert_eq!(world.requests(), 2);
    }
}

/// AWS refuses a signature whose date is more than five minutes from its own.
#[test]
fn a_signature_of_aws_is_made_anew_under_the_clock_of_aws() {
    let spec = r#"{
        "provider": "http", "url": "https://sts.example.com/", "form": {"Action": "AssumeRole"},
        "aws": {"service": "sts", "region": "r", "keys": {"id": {"keyring": "id"}, "secret": {"keyring": "key"}}},
        "token_pointer": "/access_token"
    }"#;
    let far = Ok("signed".to_owned());
    for (ahead, granted, requests) in [
        (0, Err("provider-refused"), 1),
        (-300, Err("provider-refused"), 1),
        (300, Err("provider-refused"), 1),
        (-301, far.clone(), 2),
        (301, far.clone(), 2),
        (3600, far.clone(), 2),
        (3601, Err("clock-skew"), 1),
    ] {
        let world = Fake::new();
        world.set_clock(86_400);
        world.answers(move |world| {
            let theirs = Timestamp::from_unix(world.now().unix() + ahead);
            let written = theirs.rfc3339();
            let digits: String = written.chars().filter(|c| !"-:".contains(*c)).collect();
            let headers = world.headers.borrow();
            let is_theirs =
                |(name, value): &(String, String)| name == "x-amz-date" && *value == digits;
            if ahead != 0 && headers.iter().any(is_theirs) {
                return token("signed", 3600);
            }
            let refusal = r#"{"Error":{"Code":"SignatureDoesNotMatch"}}"#;
            says(403, &[("date", &http_date(theirs))], refusal)
        });
        assert_eq!(world.obtain_for(spec, 0), granted, "{ahead}");
        assert_eq!(world.requests(), requests, "{ahead}");
    }
}

#[test]
fn a_wrong_key_is_refused_once_where_the_clocks_agree_or_explain_nothing() {
    for skew in [0, 20] {
        let world = Fake::new();
        world.answers(move |world| {
            let date = http_date(Timestamp::from_unix(world.now().unix() + skew));
            says(401, &[("date", &date)], r#"{"error":"invalid_client"}"#)
        });
        let error = world.ask(&spec(NOW), 0).unwrap_err();
        assert_eq!(error.code.as_str(), "provider-refused");
        let hint = error.hint.unwrap();
        assert!(
            hint.contains("the client's assertion") && !hint.contains("client secret"),
            "{hint}"
        );
        assert_eq!(world.requests(), 1, "{skew}");
    }
}

#[test]
fn a_few_seconds_are_not_blamed_where_signing_again_did_not_help() {
    let world = Fake::new();
    world.set_clock(86_400);
    world.answers(|world| {
        let date = http_date(Timestamp::from_unix(world.now().unix() - 3));
        says(401, &[("date", &date)], r#"{"error":"invalid_client"}"#)
    });
    assert_eq!(world.obtain_for(&spec(NOW), 0), Err("provider-refused"));
    assert_eq!(world.requests(), 2);
}

#[test]
fn nothing_is_signed_for_another_year() {
    for date in [
        "Thu, 01 Jan 2099 00:00:00 GMT",
        "Thu, 01 Jan 2026 01:00:01 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
    ] {
        let world = Fake::new();
        world.answers(move |_| says(401, &[("date", date)], r#"{"error":"invalid_client"}"#));
        let error = world.ask(&spec(NOW), 0).unwrap_err();
        assert_eq!(error.code.as_str(), "clock-skew", "{date}");
        assert!(error.hint.unwrap().contains("this machine's clock is"));
        assert_eq!(world.requests(), 1, "{date}");
    }
}

#[test]
fn retry_after_as_a_date_is_read_against_the_answers_own_clock() {
    for ahead in [-7200, 0, 7200] {
        let world = Fake::new();
        world.set_clock(86_400);
        world.answers(move |world| {
            let theirs = world.now().unix() + ahead;
            let (date, until) = (
                http_date(Timestamp::from_unix(theirs)),
                http_date(Timestamp::from_unix(theirs + 120)),
            );
            says(429, &[("date", &date), ("retry-after", &until)], "")
        });
        let error = world.ask(super::world::SPEC, 0).unwrap_err();
        assert_eq!(error.wait.map(|wait| wait.as_secs()), Some(120), "{ahead}");
    }
}
