//! A token for one use, as `check` and `run` want it: the cache neither gives nor keeps it, and a cool-down holds.

use std::time::Duration;

use keyfob::world::Clock as _;
use keyfob::world::cache::LockAttempt;
use keyfob::{find, obtain};

use super::world::{Fake, SPEC, Script, says};

fn uncached(world: &Fake) -> Result<String, &'static str> {
    let found = find::named(world, SPEC, None).unwrap();
    let specs = obtain::resolve(world, &found.name, found.spec.admit_by_name());
    let call = obtain::call(world, &specs).unwrap();
    obtain::uncached(&call)
        .map(|token| token.access_token.expose().to_owned())
        .map_err(|error| error.code.as_str())
}

#[test]
fn it_is_made_anew_each_time_and_not_kept() {
    let world = Fake::new();
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(uncached(&world), Ok("token-2".to_owned()));
    assert_eq!(uncached(&world), Ok("token-3".to_owned()));
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
}

#[test]
fn a_provider_that_wants_to_be_left_alone_is_left_alone_by_all() {
    let limited: [(&str, Script, u64); 3] = [
        ("rate-limited", |_| says(429, &[], ""), 10),
        (
            "rate-limited",
            |_| says(429, &[("retry-after", "30")], ""),
            30,
        ),
        (
            "provider-unavailable",
            |_| says(503, &[("retry-after", "30")], ""),
            30,
        ),
    ];
    for (code, script, seconds) in limited {
        let world = Fake::new();
        world.answers(script);
        assert_eq!(uncached(&world), Err(code));
        world.next_process();
        world.effects();
        world.pass(seconds - 1);
        assert_eq!(uncached(&world), Err(code));
        assert_eq!(world.obtain(), Err(code));
        assert_eq!(world.requests(), 0, "{code} {seconds}");
        world.pass(1);
        assert_eq!(uncached(&world), Err(code));
        assert_eq!(world.requests(), 1, "{code} {seconds}");
    }
}

#[test]
fn a_failure_that_names_no_time_is_kept_for_nobody() {
    let failures: [(&str, Script); 3] = [
        ("provider-refused", |_| says(401, &[], "")),
        ("provider-unavailable", |_| says(500, &[], "")),
        ("provider-nonsense", |_| says(200, &[], "")),
    ];
    for (code, script) in failures {
        let world = Fake::new();
        world.answers(script);
        assert_eq!(uncached(&world), Err(code));
        assert!(world.entry().is_none(), "{code}");
    }
}

/// Its token is nobody else's.
#[test]
fn it_waits_for_no_lock() {
    let world = Fake::new();
    world.locks(|_| LockAttempt::Busy);
    assert_eq!(uncached(&world), Ok("token-1".to_owned()));
    assert_eq!(world.elapsed(), Duration::ZERO);
}
