//! A provider that wants to be left alone (429 and 503 with `Retry-After`, RFC 9110 §10.2.3) is left alone by every process,
//! shown with MongoDB Atlas, which takes ten requests a minute.

use super::mongodb_atlas::{SECRET, TOKEN, refusal, spec};
use super::{NAME, home, http_date, now, token, unix};
use crate::support::{Answer, Home, Provider, run};

/// A first run that is sent away, and a second one that must not ask.
fn sent_away(answer: impl Fn() -> Answer, code: &str, least: i64, most: i64) -> Home {
    let scripted = answer();
    let atlas = Provider::start(move |_| scripted.clone());
    let home = home(&spec(&atlas.url()), SECRET);
    let before = now();
    let first = token(&home);
    let after = now();
    assert_eq!((first.status, first.stdout.as_str()), (1, ""));
    assert!(
        first.stderr.contains(&format!(" ({code})\n")),
        "{}",
        first.stderr
    );
    assert_eq!(atlas.count(), 1, "{}", first.stderr);
    let second = token(&home);
    assert_eq!((second.status, second.stdout.as_str()), (1, ""));
    assert_eq!(atlas.connections(), 1, "the second run asks nobody");
    assert!(
        second.stderr.contains(&format!(" ({code})\n")),
        "{}",
        second.stderr
    );
    let (_, until) = second
        .stderr
        .split_once("no request is sent until ")
        .unwrap_or_else(|| panic!("no word of the end: {}", second.stderr));
    let until = unix(until.split(' ').next().unwrap());
    assert!(
        (before + least..=after + most).contains(&until),
        "{until} is not {least}…{most} s after {before}: {}",
        second.stderr
    );
    home
}

#[test]
fn a_rate_limit_in_seconds_holds_across_processes() {
    let limited =
        || refusal(429, "rate_limited", "10 requests in 1 minute").header("Retry-After", "120");
    let home = sent_away(limited, "rate-limited", 120, 120);
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    assert_eq!((kubectl.status, kubectl.stdout.as_str()), (1, ""));
    assert!(kubectl.stderr.contains("10 requests in 1 minute"));
    let status = run(&mut home.keyfob(["status"]), "");
    assert!(status.answer().contains("rate-limited until "));
    let forget = run(&mut home.keyfob(["forget", "--all"]), "");
    assert_eq!(forget.answer(), "");
    let status = run(&mut home.keyfob(["status"]), "");
    assert!(status.answer().contains("\tnone\t"), "{status:?}");
}

#[test]
fn a_rate_limit_as_a_date_holds_across_processes() {
    let limited =
        || refusal(429, "rate_limited", "slow down").header("Retry-After", &http_date(now() + 90));
    sent_away(limited, "rate-limited", 88, 91);
}

#[test]
fn a_rate_limit_without_a_time_is_kept_for_a_moment() {
    sent_away(
        || refusal(429, "rate_limited", "slow down"),
        "rate-limited",
        10,
        10,
    );
}

#[test]
fn an_outage_with_a_time_holds_across_processes() {
    sent_away(
        || Answer::empty(503).header("Retry-After", "60"),
        "provider-unavailable",
        60,
        60,
    );
}

#[test]
fn only_a_time_that_was_told_is_promised_to_be_kept() {
    let limited = || refusal(429, "rate_limited", "slow down");
    let kept = "try again later; no token is requested before that";
    for (answer, hint) in [
        (limited().header("Retry-After", "120"), kept),
        (Answer::empty(503).header("Retry-After", "60"), kept),
        (limited(), "try again later"),
        (Answer::empty(503), "try again later"),
    ] {
        let atlas = Provider::start(move |_| answer.clone());
        let output = token(&home(&spec(&atlas.url()), SECRET));
        let told = output.stderr.lines().last().unwrap();
        assert_eq!(told, format!("keyfob: hint: {hint}"), "{output:?}");
    }
}

#[test]
fn after_the_cool_down_it_is_asked_again() {
    let atlas = Provider::start(|request| match request.number {
        1 => refusal(429, "rate_limited", "slow down").header("Retry-After", "1"),
        _ => Answer::token(TOKEN, 3600),
    });
    let home = home(&spec(&atlas.url()), SECRET);
    assert_eq!(token(&home).status, 1);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!(token(&home).json()["access_token"], TOKEN);
    assert_eq!(atlas.count(), 2);
}
