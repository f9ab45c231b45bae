//! At most three tries within one budget, and only where a second token cannot be made or does no harm.

use std::time::Duration;

use keyfob::http::NoResponse;
use keyfob::world::Clock as _;
use keyfob::world::http::Failure;

use super::world::{Fake, SPEC, Sent, refuses_connections, says, times_out, token};

fn tries(answer: impl Fn(&Fake) -> Sent + 'static) -> (usize, Duration) {
    let world = Fake::new();
    world.answers(answer);
    assert!(world.obtain().is_err());
    (world.requests(), world.elapsed())
}

#[test]
fn what_never_left_is_tried_three_times() {
    assert_eq!(
        tries(|_| refuses_connections()),
        (3, Duration::from_millis(600))
    );
    let dns = |_: &Fake| {
        let why = NoResponse::Dns("no such name".to_owned());
        Err(Failure { sent: false, why })
    };
    assert_eq!(tries(dns).0, 3);
}

#[test]
fn what_the_provider_could_not_do_is_tried_three_times() {
    for status in [408, 500, 502, 503, 504, 599] {
        assert_eq!(tries(move |_| says(status, &[], "")).0, 3, "{status}");
    }
    let passing = r#"{"error":"temporarily_unavailable"}"#;
    assert_eq!(tries(move |_| says(400, &[], passing)).0, 3);
}

#[test]
fn a_refusal_is_not_repeated() {
    for status in [301, 302, 400, 401, 403, 404, 405, 418, 422, 429] {
        assert_eq!(
            tries(move |_| says(status, &[], "")),
            (1, Duration::ZERO),
            "{status}"
        );
    }
}

#[test]
fn what_broke_after_it_left_is_not_repeated() {
    let broken = |why: fn(String) -> NoResponse| {
        move |_: &Fake| -> Sent {
            let why = why("in the middle".to_owned());
            Err(Failure { sent: true, why })
        }
    };
    for why in [
        NoResponse::Broken,
        NoResponse::TimedOut,
        NoResponse::Connect,
    ] {
        assert_eq!(tries(broken(why)), (1, Duration::ZERO));
    }
    assert_eq!(tries(|_| says(200, &[], "")).0, 1);
    assert_eq!(tries(|_| says(200, &[], r#"{"access"#)).0, 1);
}

#[test]
fn what_cannot_get_better_is_not_repeated() {
    for why in [NoResponse::Tls, NoResponse::Setup, NoResponse::Denied] {
        let answer = move |_: &Fake| -> Sent {
            let why = why("cannot be".to_owned());
            Err(Failure { sent: false, why })
        };
        assert_eq!(tries(answer), (1, Duration::ZERO));
    }
}

#[test]
fn a_later_try_that_succeeds_is_a_success() {
    let world = Fake::new();
    let number = std::cell::Cell::new(0);
    world.answers(move |_| {
        number.set(number.get() + 1);
        match number.get() {
            1 => refuses_connections(),
            2 => says(503, &[], ""),
            _ => token("third", 3600),
        }
    });
    assert_eq!(world.obtain(), Ok("third".to_owned()));
    assert!(world.entry().unwrap().failure.is_none());
    let waits: Vec<String> = world
        .effects()
        .into_iter()
        .filter(|e| e.starts_with("sleep"))
        .collect();
    assert_eq!(waits, ["sleep 200 ms", "sleep 400 ms"]);
}

#[test]
fn a_short_retry_after_is_waited_for_and_a_long_one_is_kept_instead() {
    assert_eq!(
        tries(|_| says(503, &[("retry-after", "1")], "")),
        (3, Duration::from_secs(2))
    );
    assert_eq!(
        tries(|_| says(503, &[("retry-after", "2")], "")),
        (3, Duration::from_secs(4))
    );
    assert_eq!(
        tries(|_| says(503, &[("retry-after", "3")], "")),
        (1, Duration::ZERO)
    );
}

#[test]
fn all_tries_together_stay_within_the_budget() {
    for (timeout, budget) in [
        ("", 9),
        (r#""timeout": 2, "#, 2),
        (r#""timeout": 60, "#, 60),
    ] {
        let spec = SPEC.replacen('{', &format!("{{{timeout}"), 1);
        for millis in (0..12_000).step_by(250) {
            for answer in [refuses_connections, || says(503, &[], "")] {
                let world = Fake::new();
                world.answers(move |world| {
                    world.take(Duration::from_millis(millis));
                    answer()
                });
                assert!(world.obtain_for(&spec, 0).is_err());
                let took = world.elapsed();
                assert!(
                    took <= Duration::from_secs(budget),
                    "{budget} s, tries of {millis} ms: {took:?}"
                );
                assert!(world.requests() <= 3);
            }
        }
    }
}

/// What would be left after the pause is too little for an answer.
#[test]
fn a_pause_that_takes_most_of_what_is_left_is_not_begun() {
    let spec = SPEC.replacen('{', r#"{"timeout": 2, "#, 1);
    for (millis, requests) in [(800, 1), (0, 2)] {
        let world = Fake::new();
        world.answers(move |world| {
            world.take(Duration::from_millis(millis));
            says(503, &[("retry-after", "1")], "")
        });
        assert_eq!(world.obtain_for(&spec, 0), Err("provider-unavailable"));
        assert_eq!(world.requests(), requests, "{millis}");
    }
}

#[test]
fn a_try_that_waits_to_the_end_of_the_budget_is_the_last() {
    let answer = |world: &Fake| {
        world.pass(100);
        times_out()
    };
    assert_eq!(tries(answer), (1, Duration::from_secs(9)));
}
