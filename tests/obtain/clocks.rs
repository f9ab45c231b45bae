//! Clocks that jump: a token from the future, an end that was passed by, a cool-down that seems to last for ever.

use super::world::{Fake, says, times_out};

const HOURS: i64 = 5 * 3600;

#[test]
fn after_a_jump_forward_the_token_has_ended() {
    let world = Fake::new();
    world.obtain().unwrap();
    world.set_clock(HOURS);
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
    world.answers(|_| times_out());
    world.set_clock(HOURS);
    assert_eq!(world.obtain(), Err("provider-unreachable"));
}

#[test]
fn after_a_jump_back_a_token_from_the_future_is_replaced() {
    let world = Fake::new();
    world.obtain().unwrap();
    world.set_clock(-HOURS);
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
    world.effects();
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
    assert_eq!(world.effects(), ["look"]);
}

#[test]
fn a_token_from_the_future_is_not_handed_out_where_it_cannot_be_replaced() {
    let world = Fake::new();
    world.obtain().unwrap();
    world.set_clock(-HOURS);
    world.answers(|_| times_out());
    assert_eq!(world.obtain(), Err("provider-unreachable"));
}

#[test]
fn a_clock_that_is_put_right_by_a_few_seconds_changes_nothing() {
    let world = Fake::new();
    world.obtain().unwrap();
    for by in [-60, 30, 30] {
        world.set_clock(by);
        assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    }
    world.set_clock(-61);
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
}

#[test]
fn a_cool_down_from_the_future_holds_nobody() {
    let world = Fake::new();
    world.answers(|_| says(429, &[("retry-after", "3600")], ""));
    assert_eq!(world.obtain(), Err("rate-limited"));
    world.set_clock(-HOURS);
    world.effects();
    assert_eq!(world.obtain(), Err("rate-limited"));
    assert_eq!(world.requests(), 1, "asked again");
    world.set_clock(-30);
    assert_eq!(world.obtain(), Err("rate-limited"));
    assert_eq!(world.requests(), 0, "thirty seconds are no jump");
}

#[test]
fn a_cool_down_that_a_jump_has_passed_by_is_over() {
    let world = Fake::new();
    world.answers(|_| says(429, &[("retry-after", "3600")], ""));
    assert_eq!(world.obtain(), Err("rate-limited"));
    world.set_clock(HOURS);
    world.effects();
    assert_eq!(world.obtain(), Err("rate-limited"));
    assert_eq!(world.requests(), 1);
}

#[test]
fn a_jump_while_the_provider_is_asked_does_not_make_a_dead_token() {
    let world = Fake::new();
    world.answers(|world| {
        world.set_clock(HOURS);
        super::world::token("t", 3600)
    });
    assert_eq!(world.obtain(), Err("token-expired"));
    let world = Fake::new();
    world.answers(|world| {
        world.set_clock(-HOURS);
        super::world::token("t", 3600)
    });
    assert_eq!(world.obtain(), Ok("t".to_owned()));
}
