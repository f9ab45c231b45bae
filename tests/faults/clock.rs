//! A clock that jumps between two runs, under faketime: no token is kept too long, and none that has ended is handed out.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::callers::{ALL, Caller};
use super::{content, each, entry, home, numbered, spec};
use crate::support::{Answer, Home, Provider, Request, need, run};

/// The caller under a clock that is so many seconds off. What it waits by goes on as ever.
fn at(home: &Home, caller: Caller, seconds: i64) -> Command {
    home.keyfob_at(seconds, caller.arguments())
}

/// A provider of tokens that live an hour, until it is told to fail.
fn failing_later() -> (Provider, Arc<AtomicBool>) {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = Arc::clone(&down);
    let provider = Provider::start(move |request| match is_down.load(Ordering::SeqCst) {
        false => numbered(request),
        true => Answer::empty(500),
    });
    (provider, down)
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

const HOUR: i64 = 3600;

#[test]
fn a_token_is_used_for_its_hour_and_not_a_second_longer_under_any_clock() {
    if !need(&["faketime"]) {
        return;
    }
    let cases = ALL.map(|caller| (format!("{caller:?}"), caller));
    each(2, cases, |caller| {
        // Where the clock stands, and which token is handed out while the provider is there.
        let walk = [
            (0, 1),
            // Terraform wants half an hour.
            (HOUR / 2 - 60, 1),
            (HOUR + 60, 2),
            (HOUR + 70, 2),
            // Back again: that token was made in what is now the future.
            (0, 3),
            (-3 * HOUR, 4),
            (-3 * HOUR + 600, 4),
            (0, 5),
            (48 * HOUR, 6),
            (-48 * HOUR, 7),
        ];
        let (provider, _) = failing_later();
        let home = home(&spec(&provider.at("/token")));
        for (clock, number) in walk {
            let output = run(&mut at(&home, caller, clock), caller.stdin());
            let token = caller.token(&output);
            assert_eq!(token, format!("token-{number}"), "at {clock}");
            let kept = content(&entry(&home).unwrap());
            let end = kept["token"]["use_until"].as_i64().unwrap();
            let there = now() + clock;
            assert!((there..=there + HOUR + 5).contains(&end), "at {clock}");
            if caller == Caller::Kubectl {
                let published = output.json()["status"]["expirationTimestamp"].clone();
                let published = published.as_str().unwrap().to_owned();
                let published = keyfob::time::Timestamp::parse_rfc3339(&published).unwrap();
                assert!(published.unix() > there && published.unix() <= end);
            }
        }
    });
}

#[test]
fn a_token_that_has_ended_is_not_handed_out_while_the_provider_fails() {
    if !need(&["faketime"]) {
        return;
    }
    let cases = ALL.map(|caller| (format!("{caller:?}"), caller));
    each(2, cases, |caller| {
        let (provider, down) = failing_later();
        let home = home(&spec(&provider.at("/token")));
        let ask = |clock| run(&mut at(&home, caller, clock), caller.stdin());
        assert_eq!(caller.token(&ask(0)), "token-1");
        down.store(true, Ordering::SeqCst);
        // Due for renewal, and good.
        assert_eq!(caller.token(&ask(HOUR - 120)), "token-1");
        for clock in [HOUR + 5, 2 * HOUR, 1000 * HOUR, -2 * HOUR] {
            assert_eq!(caller.error(&ask(clock)), "provider-unavailable", "{clock}");
        }
        down.store(false, Ordering::SeqCst);
        assert!(caller.token(&ask(3 * HOUR)).starts_with("token-"));
    });
}

#[test]
fn a_limit_is_not_kept_for_ever_by_a_clock_that_goes_back() {
    if !need(&["faketime"]) {
        return;
    }
    let provider = Provider::start(|request| match request.number {
        1 => Answer::empty(429).header("Retry-After", "600"),
        _ => numbered(request),
    });
    let home = home(&spec(&provider.at("/token")));
    let caller = Caller::Script;
    let ask = |clock| run(&mut at(&home, caller, clock), "");
    assert_eq!(caller.error(&ask(0)), "rate-limited");
    assert_eq!(caller.error(&ask(300)), "rate-limited");
    assert_eq!(provider.count(), 1);
    assert_eq!(caller.token(&ask(-HOUR)), "token-2");
}

/// The claims of the assertion in this form.
fn claims(request: &Request) -> Value {
    let assertion = request.parameter("assertion").unwrap();
    let claims = assertion.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[test]
fn an_assertion_of_a_clock_that_is_an_hour_off_is_signed_once_more_under_the_providers() {
    if !need(&["faketime"]) {
        return;
    }
    let cases = [HOUR, -HOUR].map(|off| (format!("{off:+}"), off));
    each(2, cases, |off| {
        let provider = Provider::start(|request| {
            let (now, end) = (now(), claims(request)["exp"].as_i64().unwrap());
            let date = right_date();
            match (now..=now + 600).contains(&end) {
                true => numbered(request),
                false => Answer::error("invalid_grant"),
            }
            .header("Date", &date)
        });
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let mut spec = spec(&provider.at("/token"));
        for name in ["client_secret", "client_id"] {
            spec.as_object_mut().unwrap().remove(name);
        }
        spec["provider"] = "jwt_bearer".into();
        spec["assertion"] = json!({"jwt": {
            "alg": "ES256", "key": {"file": "~/key"},
            "claims": {"iss": "ci", "iat": {"now": 0}, "exp": {"now": 240}},
        }});
        let home = home(&spec);
        home.write("home/key", key);
        let output = run(&mut at(&home, Caller::Script, off), "");
        assert_eq!(Caller::Script.token(&output), "token-2");
        let ends: Vec<i64> = provider
            .requests()
            .iter()
            .map(|request| claims(request)["exp"].as_i64().unwrap() - now())
            .collect();
        assert_eq!(ends.len(), 2, "signed once more, and no third time");
        let near = |end: i64, clock: i64| (end - clock - 240).abs() < 60;
        assert!(near(ends[0], off) && near(ends[1], 0), "{ends:?}");

        // The life of what it got is told by the clock of who asks.
        let output = run(&mut at(&home, Caller::Script, off + 60), "");
        assert_eq!(Caller::Script.token(&output), "token-2");
        assert_eq!(provider.count(), 2);
    });
}

/// The right time, as a server says it (RFC 9110 §5.6.7).
fn right_date() -> String {
    let output = Command::new("date")
        .args(["-u", "+%a, %d %b %Y %H:%M:%S GMT"])
        .output();
    let date = String::from_utf8(output.unwrap().stdout).unwrap();
    date.trim_end().to_owned()
}
