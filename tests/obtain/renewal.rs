//! Renewed early, and never handed out too late: the window between a token's renewal and its end.

use keyfob::obtain::published_expiry;
use keyfob::world::Clock as _;
use keyfob::world::keyring::KeyringError;
use std::time::Duration;

use super::world::{BEGIN, Fake, SPEC, Script, refuses_connections, says, times_out, token};

/// A world that holds a token of this life.
fn with_token(life: u64) -> Fake {
    let world = Fake::new();
    world.answers(move |_| token("old", life));
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    world.answers(|_| token("new", 3600));
    world.effects();
    world
}

#[test]
fn an_hour_is_renewed_five_minutes_before_its_end() {
    let world = with_token(3600);
    world.pass(3299);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    assert_eq!(world.effects(), ["look"]);
    world.pass(1);
    assert_eq!(world.obtain(), Ok("new".to_owned()));
}

#[test]
fn renewal_begins_within_the_second_half_and_not_after_the_published_end() {
    for life in [
        1, 2, 3, 5, 59, 60, 61, 90, 100, 119, 120, 121, 299, 300, 600, 3599, 3600, 86_400,
        31_536_000,
    ] {
        for random in [0, 1, 127, 255] {
            let world = Fake::new();
            world.random.set(random);
            world.answers(move |_| token("old", life));
            let fresh = world.ask(SPEC, 0).unwrap();
            let kept = world.entry().unwrap().stored.unwrap();
            let half = BEGIN.plus(Duration::from_secs(life / 2));
            let end = BEGIN.plus(Duration::from_secs(life));
            assert!(
                half <= kept.renew_at && kept.renew_at <= end,
                "{life} {random}"
            );
            assert_eq!(kept.use_until, end);
            let published = published_expiry(&fresh, world.now()).unwrap();
            assert!(kept.renew_at <= published, "{life} {random}");
            assert!(published <= end, "{life}");
            let nearly_past = published.since(BEGIN) <= Duration::from_secs(60);
            assert!(!nearly_past || published == end, "{life}");
        }
    }
}

#[test]
fn a_fleet_does_not_renew_in_the_same_second() {
    let renewed_at = |random| {
        let world = Fake::new();
        world.random.set(random);
        world.obtain().unwrap();
        world.entry().unwrap().stored.unwrap().renew_at.since(BEGIN)
    };
    assert_eq!(renewed_at(0), Duration::from_secs(3300));
    assert_eq!(renewed_at(128), Duration::from_secs(3600 - 337));
    assert_eq!(renewed_at(255), Duration::from_secs(3600 - 373));
}

/// Every way in which a renewal fails.
fn failures() -> Vec<(&'static str, Script)> {
    vec![
        ("rate-limited", |_| says(429, &[("retry-after", "30")], "")),
        ("provider-unavailable", |_| {
            says(503, &[("retry-after", "30")], "")
        }),
        ("provider-unavailable", |_| says(500, &[], "<html>")),
        ("provider-unreachable", |_| times_out()),
        ("provider-unreachable", |_| refuses_connections()),
        ("provider-refused", |_| {
            says(401, &[], r#"{"error":"invalid_client"}"#)
        }),
        ("provider-nonsense", |_| says(200, &[], "{}")),
    ]
}

#[test]
fn while_renewal_fails_the_token_is_handed_out_up_to_its_end_and_not_longer() {
    for (code, failure) in failures() {
        let world = with_token(3600);
        world.answers(failure);
        world.pass(3300);
        assert_eq!(world.obtain(), Ok("old".to_owned()), "{code}");
        assert!(world.requests() > 0, "{code}: nobody tried");
        assert_eq!(world.obtain(), Ok("old".to_owned()), "{code}");
        assert_eq!(world.requests(), 0, "{code}: asked again at once");
        // Three tries take a second.
        world.set_clock(BEGIN.unix() + 3598 - world.now().unix());
        assert_eq!(world.obtain(), Ok("old".to_owned()), "{code}");
        world.set_clock(BEGIN.unix() + 3600 - world.now().unix());
        assert_eq!(world.obtain(), Err(code));
        world.pass(86_400);
        assert_eq!(world.obtain(), Err(code));
    }
}

#[test]
fn while_the_keyring_is_locked_the_token_is_handed_out_up_to_its_end() {
    let world = with_token(3600);
    *world.keyring.borrow_mut() = Err(KeyringError::Locked);
    world.pass(3300);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    assert_eq!(world.requests(), 0);
    world.pass(300);
    assert_eq!(world.obtain(), Err("keyring-locked"));
}

#[test]
fn a_keyring_that_hangs_is_not_asked_by_every_call() {
    let world = with_token(3600);
    *world.keyring.borrow_mut() = Err(KeyringError::TimedOut);
    world.keyring_takes.set(Duration::from_secs(3));
    world.pass(3300);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    world.effects();
    world.pass(5);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    assert_eq!(world.effects(), ["look"]);
}

#[test]
fn where_renewal_failed_for_no_told_reason_it_is_tried_again_after_ten_seconds() {
    let world = with_token(3600);
    world.answers(|_| times_out());
    world.pass(3300);
    world.obtain().unwrap();
    world.effects();
    world.pass(9);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    assert_eq!(world.effects(), ["look"]);
    world.answers(|_| token("new", 3600));
    world.pass(1);
    assert_eq!(world.obtain(), Ok("new".to_owned()));
}

#[test]
fn a_token_that_ends_while_its_renewal_fails_is_not_handed_out() {
    let world = with_token(3600);
    world.pass(3595);
    world.answers(|world| {
        world.pass(8);
        times_out()
    });
    assert_eq!(world.obtain(), Err("provider-unreachable"));
    assert!(world.entry().unwrap().stored.is_none());
}

/// `{"alg":"none"}` and `{"exp":1000000000}`, which was in 2001.
const ENDED: &str =
    r#"{"access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDAwMDAwMDB9.c2ln","expires_in":3600}"#;

#[test]
fn a_renewal_that_brings_an_ended_token_leaves_the_good_one() {
    let world = with_token(3600);
    world.answers(|_| says(200, &[], ENDED));
    world.pass(3300);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    world.pass(300);
    assert_eq!(world.obtain(), Err("token-expired"));
}

#[test]
fn a_token_that_had_ended_before_it_arrived_is_a_failure_that_is_shared() {
    let world = Fake::new();
    world.answers(|_| says(200, &[], ENDED));
    assert_eq!(world.obtain(), Err("token-expired"));
    assert_eq!(world.requests(), 1);
    assert_eq!(world.obtain(), Err("token-expired"));
    assert_eq!(world.requests(), 0);
}

#[test]
fn a_token_of_five_seconds_is_used_for_three() {
    let world = with_token(5);
    world.pass(2);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    world.pass(1);
    assert_eq!(world.obtain(), Ok("new".to_owned()));
    let world = with_token(5);
    world.answers(|_| times_out());
    world.pass(4);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
    world.pass(1);
    assert_eq!(world.obtain(), Err("provider-unreachable"));
}

#[test]
fn the_time_that_the_answer_took_counts_against_its_life() {
    let world = Fake::new();
    world.answers(|world| {
        world.pass(6);
        token("slow", 5)
    });
    assert_eq!(world.obtain(), Err("token-expired"));
}

#[test]
fn who_needs_five_minutes_of_life_gets_them_where_a_new_token_has_them() {
    let docker = |life: u64, after: u64| {
        let world = with_token(life);
        world.pass(after);
        world.obtain_for(SPEC, 300).unwrap()
    };
    // A tenth of 1000 s is the margin; docker wants more.
    assert_eq!(docker(1000, 700), "old");
    assert_eq!(docker(1000, 701), "new");
    assert_eq!(docker(600, 300), "old");
    assert_eq!(docker(600, 301), "new");
    assert_eq!(docker(400, 100), "old");
    assert_eq!(docker(400, 101), "new");
    // One that is new is not replaced by another that has hardly more.
    assert_eq!(docker(300, 9), "old");
    assert_eq!(docker(300, 10), "new");
    // 300 s of 299 cannot be had: half is enough.
    assert_eq!(docker(299, 149), "old");
    assert_eq!(docker(299, 150), "new");
    // Nobody else is hurried by it.
    let world = with_token(1000);
    world.pass(701);
    assert_eq!(world.obtain(), Ok("old".to_owned()));
}

#[test]
fn who_needs_more_life_than_can_be_had_gets_what_there_is() {
    let world = with_token(1000);
    world.answers(|_| times_out());
    world.pass(900);
    assert_eq!(world.obtain_for(SPEC, 300), Ok("old".to_owned()));
}

#[test]
fn a_provider_that_hands_out_the_same_token_again_is_not_asked_with_every_call() {
    // Its tokens live ten minutes, and it gives the one that there is: what is left of it is all that can be had.
    let world = Fake::new();
    world.answers(|world| {
        let age = world.now().since(BEGIN).as_secs();
        token("the-one", 600 - age)
    });
    let mut requests = 0;
    for _ in 0..500 {
        assert_eq!(world.obtain_for(SPEC, 300), Ok("the-one".to_owned()));
        requests += world.requests();
        world.pass(1);
    }
    assert!(requests <= 5, "{requests} requests in 500 s");
}
