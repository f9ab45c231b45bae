//! A program that runs its plugin again by itself after a failure: it is told the same, for a few seconds.

use std::time::Duration;

use super::world::{Fake, Script, says, times_out, token};

/// A world in which such a program asks a provider that answers so.
fn failing(answer: Script) -> Fake {
    let world = Fake::new();
    world.watched.set(true);
    world.answers(answer);
    world
}

/// The outcome of a further process of the same program, and how many requests it sends.
fn again(world: &Fake, after: u64) -> (Result<String, &'static str>, usize) {
    world.pass(after);
    world.next_process();
    world.effects();
    (world.obtain(), world.requests())
}

fn refused(_: &Fake) -> super::world::Sent {
    says(401, &[], r#"{"error":"invalid_client"}"#)
}

fn hangs(world: &Fake) -> super::world::Sent {
    world.take(Duration::from_secs(60));
    times_out()
}

#[test]
fn a_refusal_and_what_took_long_are_told_to_the_same_program_without_a_request() {
    for (answer, code) in [
        (refused as Script, "provider-refused"),
        (hangs, "provider-unreachable"),
    ] {
        let world = failing(answer);
        assert_eq!(again(&world, 0), (Err(code), 1));
        for _ in 0..4 {
            assert_eq!(again(&world, 1), (Err(code), 0));
        }
        assert_eq!(
            again(&world, 1),
            (Err(code), 1),
            "after five seconds it is asked again"
        );
    }
}

#[test]
fn what_failed_at_once_is_tried_again_at_once() {
    let world = failing(|_| super::world::refuses_connections());
    assert_eq!(again(&world, 0).0, Err("provider-unreachable"));
    world.answers(|_| token("there", 3600));
    assert_eq!(again(&world, 0), (Ok("there".to_owned()), 1));
}

/// Nobody wants to be left alone: the next words are the first ones.
#[test]
fn what_is_told_again_is_told_in_the_same_words() {
    let world = failing(refused);
    let first = world.sentence();
    world.next_process();
    world.pass(1);
    assert_eq!((world.sentence(), world.requests()), (first, 1));
}

#[test]
fn another_program_is_not_told_and_who_does_not_ask_again_by_itself_neither() {
    let world = failing(refused);
    assert_eq!(again(&world, 0).1, 1);
    world.parent.set(2);
    assert_eq!(again(&world, 0).1, 1, "another kubectl");
    world.watched.set(false);
    assert_eq!(again(&world, 0).1, 1, "a person mends it and tries again");
    assert_eq!(again(&world, 0).1, 1);
}

#[test]
fn a_token_that_is_there_since_is_handed_out() {
    let world = failing(refused);
    assert_eq!(again(&world, 0).0, Err("provider-refused"));
    world.plant_token("theirs", 3600);
    assert_eq!(again(&world, 0), (Ok("theirs".to_owned()), 0));
}
