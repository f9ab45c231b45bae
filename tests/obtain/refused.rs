//! A caller that asks again for a token that is still good: its server refused it, and there is no other way to learn of it.

use super::world::{Fake, says, times_out};

/// A world in which such a caller has its first token.
fn given_one() -> Fake {
    let world = Fake::new();
    world.watched.set(true);
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    world.effects();
    world
}

#[test]
fn who_asks_again_is_given_another_token() {
    let world = given_one();
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
}

#[test]
fn whoever_else_asks_again_is_given_the_same() {
    let world = given_one();
    world.watched.set(false);
    for _ in 0..3 {
        assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    }
    assert_eq!(world.requests(), 0);
}

#[test]
fn a_server_that_refuses_everything_costs_one_token_a_minute() {
    let world = given_one();
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
    world.pass(59);
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
    assert_eq!(world.requests(), 1);
    world.pass(1);
    assert_eq!(world.obtain(), Ok("token-3".to_owned()));
}

#[test]
fn while_another_cannot_be_had_the_token_is_handed_out_and_the_cool_down_kept() {
    let world = given_one();
    world.answers(|_| says(429, &[("retry-after", "120")], ""));
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(world.requests(), 1);
    world.pass(119);
    for _ in 0..3 {
        assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    }
    assert_eq!(world.requests(), 0, "nobody asks until then");
    world.pass(1);
    world.obtain().unwrap();
    assert_eq!(world.requests(), 1);
}

#[test]
fn what_another_process_got_meanwhile_is_taken() {
    let world = given_one();
    world.answers(|world| {
        world.plant_token("theirs", 3600);
        times_out()
    });
    assert_eq!(world.obtain(), Ok("theirs".to_owned()));
}
