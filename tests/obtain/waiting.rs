//! One asks, the others wait, take its answer or its failure, and go on by themselves where none comes.

use std::cell::Cell;
use std::time::Duration;

use keyfob::error::Code;
use keyfob::world::Clock as _;
use keyfob::world::cache::{Lock, LockAttempt, StoredFailure};

use super::world::{Fake, SPEC, says, times_out, token};

/// The lock is somebody else's for so many milliseconds; then `meanwhile` has happened, and it is free.
fn busy_for(world: &Fake, millis: u64, meanwhile: impl Fn(&Fake) + 'static) {
    let (begun, free) = (world.elapsed(), Cell::new(false));
    world.locks(move |world| {
        if !free.get() && world.elapsed() - begun < Duration::from_millis(millis) {
            return LockAttempt::Busy;
        }
        if !free.replace(true) {
            meanwhile(world);
        }
        LockAttempt::Held(Lock::of_nothing())
    });
}

fn asked(world: &Fake) -> Vec<String> {
    let mut effects = world.effects();
    effects.retain(|effect| effect.starts_with("keyring") || effect.starts_with("send"));
    effects
}

fn failure(world: &Fake, seconds: u64) -> StoredFailure {
    StoredFailure {
        at: world.now(),
        at_millis: u64::MAX,
        until: world.now().plus(Duration::from_secs(seconds)),
        code: Code::ProviderRefused,
        sentence: "it said no".to_owned(),
        hint: None,
        in_a_row: 1,
        caller: None,
    }
}

#[test]
fn who_waited_takes_the_answer_and_opens_nothing() {
    let world = Fake::new();
    busy_for(&world, 700, |world| world.plant_token("theirs", 3600));
    assert_eq!(world.obtain(), Ok("theirs".to_owned()));
    assert_eq!(asked(&world), Vec::<String>::new());
    assert!(world.elapsed() < Duration::from_millis(800));
}

#[test]
fn who_waits_takes_the_answer_even_before_the_lock() {
    let world = Fake::new();
    world.locks(|world| {
        if world.elapsed() > Duration::from_millis(300) {
            world.plant_token("theirs", 3600);
        }
        LockAttempt::Busy
    });
    assert_eq!(world.obtain(), Ok("theirs".to_owned()));
    assert!(world.elapsed() < Duration::from_millis(400));
}

#[test]
fn who_waited_takes_the_failure_too() {
    for lock in [true, false] {
        let world = Fake::new();
        world.locks(move |world| {
            if world.elapsed() < Duration::from_secs(5) {
                return LockAttempt::Busy;
            }
            if world.entry().is_none() {
                world.plant(None, Some(failure(world, 2)));
            }
            match lock {
                true => LockAttempt::Held(Lock::of_nothing()),
                false => LockAttempt::Busy,
            }
        });
        assert_eq!(world.obtain(), Err("provider-refused"));
        assert_eq!(asked(&world), Vec::<String>::new());
        assert!(world.elapsed() < Duration::from_millis(5100));
    }
}

#[test]
fn where_the_holder_dies_without_an_answer_the_next_one_asks() {
    let world = Fake::new();
    busy_for(&world, 700, |_| {});
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(world.requests(), 1);
}

#[test]
fn a_lock_that_is_never_given_back_delays_nobody_for_ever() {
    for (timeout, bound) in [("", 12), (r#""timeout": 2, "#, 5)] {
        let spec = SPEC.replacen('{', &format!("{{{timeout}"), 1);
        let world = Fake::new();
        world.locks(|_| LockAttempt::Busy);
        assert_eq!(world.obtain_for(&spec, 0), Ok("token-1".to_owned()));
        assert_eq!(world.requests(), 1);
        let (waited, bound) = (world.elapsed(), Duration::from_secs(bound));
        assert!(
            bound <= waited && waited < bound + Duration::from_millis(60),
            "{waited:?}"
        );
        assert_eq!(
            world.obtain_for(&spec, 0),
            Ok("token-1".to_owned()),
            "and it is kept"
        );
    }
}

#[test]
fn the_wait_is_as_long_as_its_holder_may_take_and_three_seconds_more() {
    let spec = |secret: &str| SPEC.replace(r#"{"keyring": "ci"}"#, secret);
    let nested = |secret: &str| format!(r#"{{"token": {}}}"#, spec(secret));
    for (secret, bound) in [
        (r#"{"env": "SECRET"}"#.to_owned(), 9 + 3),
        (r#"{"keyring": "ci"}"#.to_owned(), 9 + 3),
        (r#"{"command": ["pass"]}"#.to_owned(), 9 + 10 + 3),
        (
            r#"[{"env": "NONE"}, {"keyring": "ci"}, {"command": ["pass"]}]"#.to_owned(),
            9 + 10 + 3,
        ),
        (nested(r#"{"keyring": "ci"}"#), 9 + 3),
        (nested(r#"{"command": ["pass"]}"#), 9 + 10 + 3),
        (nested(&nested(r#"{"env": "SECRET"}"#)), 9 + 3),
    ] {
        let world = Fake::new();
        world
            .variables
            .borrow_mut()
            .insert("SECRET".to_owned(), "s3cret".to_owned());
        world.locks(|_| LockAttempt::Busy);
        world.obtain_for(&spec(&secret), 0).unwrap();
        let waited = first_wait(&world.effects());
        let bound = Duration::from_secs(bound);
        assert!(
            bound <= waited && waited < bound + Duration::from_millis(60),
            "{secret}: {waited:?}"
        );
    }
}

/// How long was slept for the first lock. Each wait begins with the shortest pause; a spec that stands on another waits for that one's too.
fn first_wait(effects: &[String]) -> Duration {
    let pauses = effects.iter().filter_map(|effect| {
        let pause = effect.strip_prefix("sleep ")?.strip_suffix(" ms")?;
        pause.parse::<u64>().ok()
    });
    let first: u64 = pauses.skip(1).take_while(|pause| *pause != 5).sum();
    Duration::from_millis(5 + first)
}

#[test]
fn waiting_is_measured_by_a_clock_that_never_jumps() {
    for jump in [-7200, 7200] {
        let world = Fake::new();
        let jumped = Cell::new(false);
        world.locks(move |world| {
            if !jumped.replace(true) {
                world.set_clock(jump);
            }
            LockAttempt::Busy
        });
        assert_eq!(world.obtain(), Ok("token-1".to_owned()));
        let waited = world.elapsed();
        assert!((12_000..12_060).contains(&waited.as_millis()), "{waited:?}");
    }
}

#[test]
fn nobody_waits_for_a_renewal_while_the_token_outlives_the_wait() {
    let world = Fake::new();
    world.plant_token("old", 3600);
    world.locks(|_| LockAttempt::Busy);
    world.pass(3400);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    assert_eq!(world.effects(), ["look", "lock", "look"]);
    // Nine seconds for the call and three more are the wait's bound.
    world.pass(187);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    assert_eq!(world.effects(), ["look", "lock", "look"]);
    world.pass(1);
    busy_for(&world, 500, |world| world.plant_token("new", 3600));
    assert_eq!(world.obtain(), Ok("new".to_owned()));
}

#[test]
fn who_needs_more_life_waits_for_the_renewal() {
    let world = Fake::new();
    world.plant_token("old", 1000);
    world.pass(800);
    busy_for(&world, 500, |world| world.plant_token("new", 1000));
    assert_eq!(world.obtain_for(SPEC, 300), Ok("new".to_owned()));
}

#[test]
fn whose_own_asking_fails_does_not_write_over_what_others_got() {
    let world = Fake::new();
    world.locks(|_| LockAttempt::Unusable);
    world.answers(|world| {
        world.pass(5);
        world.plant_token("theirs", 3600);
        times_out()
    });
    assert_eq!(world.obtain(), Ok("theirs".to_owned()));
    let entry = world.entry().unwrap();
    assert!(entry.stored.is_some() && entry.failure.is_none());
    assert!(!world.effects().contains(&"remember".to_owned()));
}

#[test]
fn a_cool_down_that_another_was_told_holds_for_those_who_waited() {
    let world = Fake::new();
    world.answers(|_| says(429, &[("retry-after", "60")], ""));
    assert_eq!(world.obtain(), Err("rate-limited"));
    let told = world.entry().unwrap().failure;
    let world = Fake::new();
    world.answers(|_| token("t", 3600));
    busy_for(&world, 300, move |world| world.plant(None, told.clone()));
    assert_eq!(world.obtain(), Err("rate-limited"));
    assert_eq!(world.requests(), 0);
}
