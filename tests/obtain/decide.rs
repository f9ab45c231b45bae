//! What an entry means at a moment, as tables: no world, no order of events.

use std::time::Duration;

use keyfob::credential::{AccessToken, Token};
use keyfob::error::{Code, Error};
use keyfob::obtain::decide::{self, Aftermath, FailedAttempt, LookupContext, Verdict};
use keyfob::obtain::life;
use keyfob::time::Timestamp;
use keyfob::world::cache::{Entry, StoredFailure, StoredToken};

use super::world::BEGIN;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(BEGIN.unix() + seconds)
}

/// A process that began at that second, and looks then.
fn moment(seconds: i64) -> LookupContext {
    LookupContext {
        now: at(seconds),
        started_at: u64::try_from(at(seconds).unix()).unwrap() * 1000,
        caller: None,
    }
}

fn token(text: &str, issued_at: i64, life: i64) -> Token {
    Token {
        access_token: AccessToken::parse(text).unwrap(),
        issued_at: at(issued_at),
        expires_at: Some(at(issued_at + life)),
        scope: None,
        username: None,
        repeats_secret: false,
    }
}

/// A token that was made at second 0, lives an hour, and is renewed five minutes before its end.
fn kept() -> StoredToken {
    StoredToken {
        token: token("t", 0, 3600),
        renew_at: at(3300),
        use_until: at(3600),
    }
}

/// A failure at a second, for so many seconds, for those who began before then or for all.
fn failure(happened: i64, lasts: i64, for_all: bool) -> StoredFailure {
    StoredFailure {
        at: at(happened),
        until: at(happened + lasts),
        code: Code::ProviderRefused,
        sentence: "it said no".to_owned(),
        hint: None,
        at_millis: if for_all {
            u64::MAX
        } else {
            moment(happened).started_at
        },
        in_a_row: 1,
        caller: None,
    }
}

fn entry(kept: Option<StoredToken>, failure: Option<StoredFailure>) -> Option<Entry> {
    Some(Entry {
        stored: kept,
        failure,
        ..Entry::default()
    })
}

/// The verdict in a word.
fn verdict(entry: Option<Entry>, moment: LookupContext, least_life: u64) -> String {
    match decide::verdict(entry, moment, Duration::from_secs(least_life)) {
        Verdict::HandOut(token, rest) => {
            assert!(rest.stored.is_none());
            token.access_token.expose().to_owned()
        }
        Verdict::Report(error) => error.code.as_str().to_owned(),
        Verdict::Fetch(_) => "ask".to_owned(),
    }
}

#[test]
fn a_fresh_token_is_handed_out_and_one_that_is_not_is_asked_for() {
    for (second, expected) in [
        (-61, "ask"), // from the future
        (-60, "t"),
        (0, "t"),
        (3299, "t"),
        (3300, "ask"), // to be renewed
        (3599, "ask"),
        (3600, "ask"), // ended
    ] {
        let verdict = verdict(entry(Some(kept()), None), moment(second), 0);
        assert_eq!(verdict, expected, "{second}");
    }
    assert_eq!(verdict(None, moment(0), 0), "ask");
    assert_eq!(verdict(entry(None, None), moment(0), 0), "ask");
}

#[test]
fn while_a_failure_counts_a_good_token_is_handed_out_whoever_began_when() {
    for (second, expected) in [
        (3300, "t"),
        (3329, "t"),
        (3330, "ask"), // the failure is over
    ] {
        for for_all in [true, false] {
            let entry = entry(Some(kept()), Some(failure(3300, 30, for_all)));
            assert_eq!(
                verdict(entry, moment(second), 0),
                expected,
                "{second} {for_all}"
            );
        }
    }
    let ended = entry(Some(kept()), Some(failure(3599, 30, true)));
    assert_eq!(verdict(ended, moment(3600), 0), "provider-refused");
    let of_another_clock = entry(Some(kept()), Some(failure(3400, 30, true)));
    assert_eq!(verdict(of_another_clock, moment(3300), 0), "ask");
}

#[test]
fn without_a_token_a_failure_is_reported_to_those_it_concerns_and_as_long_as_it_counts() {
    for (began, looks, for_all, expected) in [
        (99, 100, false, "provider-refused"),
        (100, 100, false, "provider-refused"),
        (101, 101, false, "ask"), // began after it
        (101, 101, true, "provider-refused"),
        (99, 102, false, "ask"), // over
        (99, 102, true, "ask"),
        (0, 39, true, "ask"), // of another clock
        (0, 40, true, "provider-refused"),
    ] {
        let moment = LookupContext {
            started_at: moment(began).started_at,
            ..moment(looks)
        };
        let verdict = verdict(entry(None, Some(failure(100, 2, for_all))), moment, 0);
        assert_eq!(verdict, expected, "{began} {looks} {for_all}");
    }
}

#[test]
fn a_token_is_suspected_once_a_minute_and_never_while_the_provider_is_left_alone() {
    let suspect = |replaced_at: Option<i64>, failure, now| {
        let entry = Entry {
            replaced_at: replaced_at.map(at),
            failure,
            ..Entry::default()
        };
        decide::is_suspect(&entry, at(now))
    };
    assert!(suspect(None, None, 100));
    assert!(!suspect(Some(41), None, 100));
    assert!(suspect(Some(40), None, 100));
    assert!(suspect(Some(161), None, 100), "of another clock");
    assert!(!suspect(None, Some(failure(0, 101, true)), 100));
    assert!(suspect(None, Some(failure(0, 100, true)), 100));
}

#[test]
fn an_entry_is_looked_at_without_the_token_that_was_refused() {
    let tokens = |refused: Option<&str>| {
        let refused = refused.map(|text| token(text, 0, 3600));
        let entry = decide::without_token(
            entry(Some(kept()), Some(failure(0, 1, true))),
            refused.as_ref(),
        );
        let entry = entry.unwrap();
        assert!(entry.failure.is_some());
        entry.stored.is_some()
    };
    assert_eq!(
        [tokens(None), tokens(Some("other")), tokens(Some("t"))],
        [true, true, false]
    );
    assert!(decide::without_token(None, None).is_none());
}

#[test]
fn who_waits_for_a_renewal_is_given_a_token_that_outlives_the_wait() {
    let outlives = |second, wait| {
        let entry = entry(Some(kept()), None).unwrap();
        decide::token_outliving_wait(entry, at(second), Duration::from_secs(wait)).is_some()
    };
    assert!(outlives(3584, 15) && !outlives(3585, 15) && !outlives(3600, 0) && !outlives(-61, 0));
}

#[test]
fn after_a_failure_comes_what_others_got_else_what_is_still_good_else_the_error() {
    let refused_by_provider = || Error::new(Code::ProviderRefused, "no");
    let locked = || Error::new(Code::KeyringLocked, "locked");
    let old = || StoredToken {
        renew_at: at(0),
        ..kept()
    };
    let same = token("t", 0, 3600);
    for (latest, error, refused, stored, expected) in [
        (Some(kept()), refused_by_provider(), None, false, "theirs"),
        (
            Some(kept()),
            refused_by_provider(),
            Some(&same),
            false,
            "good, kept",
        ),
        (
            Some(old()),
            refused_by_provider(),
            None,
            false,
            "good, kept",
        ),
        (Some(old()), locked(), None, false, "good, not kept"),
        (
            Some(old()),
            refused_by_provider(),
            None,
            true,
            "failed, kept",
        ),
        (
            Some(old()),
            Error::new(Code::TokenExpired, "over"),
            None,
            true,
            "failed, kept",
        ),
        (Some(old()), locked(), None, true, "good, not kept"),
        (None, refused_by_provider(), None, false, "failed, kept"),
        (None, locked(), None, false, "failed, not kept"),
    ] {
        let attempt = FailedAttempt {
            error,
            took: Duration::ZERO,
            now: at(100),
            at_millis: 0,
            refused,
            before: None,
            is_static: stored,
            least_life: Duration::ZERO,
            caller: None,
        };
        let shown = format!("{latest:?} {attempt:?}");
        let word = |failure: Option<StoredFailure>| failure.map_or("not kept", |_| "kept");
        let aftermath = match decide::after_failure(entry(latest, None), attempt) {
            Aftermath::Theirs(_) => "theirs".to_owned(),
            Aftermath::StillGood(_, failure, _) => format!("good, {}", word(failure)),
            Aftermath::Failed(_, failure) => format!("failed, {}", word(failure)),
        };
        assert_eq!(aftermath, expected, "{shown}");
    }
}

#[test]
fn only_a_cool_down_holds_for_who_wants_a_token_of_its_own() {
    let cool_down = |code: Code, now| {
        let failure = StoredFailure {
            code,
            ..failure(0, 60, true)
        };
        decide::cool_down(&entry(None, Some(failure)).unwrap(), at(now)).is_some()
    };
    assert!(cool_down(Code::RateLimited, 59) && cool_down(Code::ProviderUnavailable, 0));
    assert!(!cool_down(Code::RateLimited, 60) && !cool_down(Code::RateLimited, -61));
    assert!(!cool_down(Code::ProviderRefused, 0));
}

#[test]
fn a_token_is_used_to_its_end_and_a_stored_one_asked_about_again_before_it() {
    let max_cache = Duration::from_secs(300);
    for (expires_in, stored, renewed, used) in [
        (Some(3600), false, 3300, 3600),
        (Some(60), false, 30, 60),
        (None, false, 270, 300),
        (Some(3600), true, 300, 600),
        (Some(400), true, 300, 400),
        (None, true, 270, 300),
    ] {
        let token = Token {
            expires_at: expires_in.map(at),
            ..token("t", 0, 0)
        };
        let kept = life::stored_token(token, stored, max_cache, at(0), 0);
        assert_eq!(
            (kept.renew_at, kept.use_until),
            (at(renewed), at(used)),
            "{expires_in:?} {stored}"
        );
    }
}
