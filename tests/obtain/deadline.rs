//! One deadline for a whole call: every step, every spec below, every command. Who waits does not outlast it.

use std::time::Duration;

use keyfob::world::Clock as _;
use keyfob::world::cache::{Lock, LockAttempt};

use super::world::{Fake, SPEC, says, token};

/// [`SPEC`] with a member, and its secret from elsewhere.
fn spec(member: &str, secret: &str) -> String {
    SPEC.replacen('{', &format!("{{{member}"), 1)
        .replace(r#"{"keyring": "ci"}"#, secret)
}

/// A chain of three, the outermost with a `timeout` of its own.
fn chain(timeout: &str) -> String {
    let base = format!(r#"{{"token": {}}}"#, spec("", r#"{"keyring": "ci"}"#));
    let middle = format!(r#"{{"token": {}}}"#, spec(r#""scope": "middle", "#, &base));
    spec(&format!(r#""scope": "outer", {timeout}"#), &middle)
}

/// A provider that takes so many milliseconds for an answer.
fn slow(world: &Fake, millis: u64) {
    world.answers(move |world| {
        world.take(Duration::from_millis(millis));
        token("slow", 3600)
    });
}

fn took(world: &Fake, spec: &str) -> (Result<String, &'static str>, u128) {
    let before = world.elapsed();
    let answer = world.obtain_for(spec, 0);
    (answer, (world.elapsed() - before).as_millis())
}

#[test]
fn the_timeout_of_the_outermost_spec_bounds_the_whole_chain() {
    for (timeout, millis, bound) in [
        (r#""timeout": 3, "#, 2500, 3000),
        (r#""timeout": 3, "#, 900, 2700), // in time
        ("", 8800, 9000),
        ("", 5000, 9000),
        (r#""timeout": 30, "#, 8800, 26_400), // in time, each leg within its own nine seconds
    ] {
        let world = Fake::new();
        slow(&world, millis);
        let (answer, took) = took(&world, &chain(timeout));
        assert_eq!(
            answer.is_ok(),
            3 * u128::from(millis) <= bound,
            "{timeout} {millis}: {answer:?}"
        );
        assert!(took <= bound, "{timeout} {millis}: {took}");
    }
}

#[test]
fn a_leg_that_has_its_token_keeps_it_although_the_call_was_too_slow() {
    let world = Fake::new();
    slow(&world, 5000);
    assert_eq!(took(&world, &chain("")).0, Err("provider-unreachable"));
    world.next_process();
    assert_eq!(took(&world, &chain("")).0, Err("provider-unreachable"));
    world.next_process();
    // The base's token was there for the second call, and the middle's for the third.
    assert_eq!(took(&world, &chain("")).0, Ok("slow".to_owned()));
}

#[test]
fn a_command_has_the_time_that_the_spec_allows() {
    let command = r#"{"command": ["pass"]}"#;
    for (timeout, program, answer, bound) in [
        (r#""timeout": 3, "#, 60_000, 100, 3000),
        (r#""timeout": 3, "#, 2000, 100, 2100),
        (r#""timeout": 3, "#, 2000, 5000, 3000),
        ("", 60_000, 100, 10_000),
        ("", 9900, 8900, 18_800), // what a command may take comes on top of the nine seconds
    ] {
        let world = Fake::new();
        world.program_takes.set(Duration::from_millis(program));
        slow(&world, answer);
        let (got, took) = took(&world, &spec(timeout, command));
        assert_eq!(
            got.is_ok(),
            u128::from(program + answer) <= bound,
            "{timeout} {program} {answer}: {got:?}"
        );
        assert!(took <= bound, "{timeout} {program} {answer}: {took}");
    }
}

/// A spec below that says how long it may take is not given the whole call's time.
#[test]
fn the_timeout_of_a_spec_below_bounds_that_spec() {
    for (timeout, bound) in [
        (r#""timeout": 2, "#, 2000),
        (r#""timeout": 60, "#, 5000), // the call's own
        ("", 5000),
    ] {
        let world = Fake::new();
        world.program_takes.set(Duration::from_secs(90));
        let below = spec(timeout, r#"{"command": ["pass"]}"#);
        let outer = spec(
            r#""scope": "outer", "timeout": 5, "#,
            &format!(r#"{{"token": {below}}}"#),
        );
        let (answer, took) = took(&world, &outer);
        assert!(answer.is_err(), "{answer:?}");
        assert_eq!(took, bound, "{timeout}");
    }
}

#[test]
fn nothing_is_sent_and_no_secret_opened_where_no_time_is_left() {
    let world = Fake::new();
    world.keyring_takes.set(Duration::from_secs(3));
    let spec = spec(
        r#""timeout": 3, "client_certificate": {"certificate": {"keyring": "a"}, "key": {"keyring": "b"}}, "#,
        r#"{"keyring": "c"}"#,
    );
    assert_eq!(world.obtain_for(&spec, 0), Err("provider-unreachable"));
    let effects = world.effects();
    assert!(effects.contains(&"keyring a".to_owned()), "{effects:?}");
    let late = |effect: &&String| effect.starts_with("send") || *effect == "keyring b";
    assert_eq!(effects.iter().filter(late).count(), 0, "{effects:?}");
}

#[test]
fn who_needs_a_token_below_waits_for_it_within_the_time_of_the_call() {
    // Everybody's lock is free, but the one of the base, whose holder was stopped.
    let world = Fake::new();
    let locks = std::cell::Cell::new(0);
    world.locks(move |_| {
        locks.set(locks.get() + 1);
        match locks.get() {
            1 | 2 => LockAttempt::Held(Lock::of_nothing()),
            _ => LockAttempt::Busy,
        }
    });
    let (answer, took) = took(&world, &chain(""));
    assert_eq!(answer, Ok("token-3".to_owned()));
    assert!((6750..9000).contains(&took), "{took}");
}

#[test]
fn the_last_try_ends_with_the_call() {
    let world = Fake::new();
    world.answers(|world| {
        world.take(Duration::from_millis(1400));
        says(503, &[], "")
    });
    let (answer, took) = took(&world, &spec(r#""timeout": 3, "#, r#"{"keyring": "ci"}"#));
    assert_eq!(answer, Err("provider-unavailable"));
    assert!(took <= 3000, "{took}");
}
