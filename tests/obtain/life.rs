//! A token's life as it is told to others: the end that is published, and the one that nobody knows.

use std::time::Duration;

use keyfob::credential::{AccessToken, Token};
use keyfob::obtain::published_expiry;
use keyfob::world::Clock as _;

use super::world::{BEGIN, Fake, SPEC, says, times_out};

#[test]
fn a_token_of_unknown_life_is_kept_for_max_cache_and_published_without_an_end() {
    for (member, kept) in [("", 300), (r#""max_cache": 100, "#, 100)] {
        let spec = SPEC.replacen('{', &format!("{{{member}"), 1);
        for answer in [
            r#"{"access_token":"old"}"#,
            r#"{"access_token":"old","expires_in":0}"#,
            r#"{"access_token":"old","expires_in":99999999999}"#,
        ] {
            let world = Fake::new();
            world.answers(move |_| says(200, &[], answer));
            let token = world.ask(&spec, 0).unwrap();
            assert_eq!(published_expiry(&token, world.now()), None);
            world.answers(|_| times_out());
            world.effects();
            world.pass(kept / 2);
            assert_eq!(world.obtain_for(&spec, 0), Ok("old".to_owned()));
            assert_eq!(world.effects(), ["look"]);
            world.pass(kept / 2 - 1);
            assert_eq!(world.obtain_for(&spec, 0), Ok("old".to_owned()));
            world.pass(1);
            assert_eq!(
                world.obtain_for(&spec, 0),
                Err("provider-unreachable"),
                "{answer}"
            );
        }
    }
}

#[test]
fn specs_that_keep_tokens_for_another_time_have_a_token_each() {
    let (long, short) = (
        SPEC.replacen('{', r#"{"max_cache": 86400, "#, 1),
        SPEC.replacen('{', r#"{"max_cache": 60, "#, 1),
    );
    let world = Fake::new();
    world.answers(|_| says(200, &[], r#"{"access_token":"old"}"#));
    world.obtain_for(&long, 0).unwrap();
    world.answers(|_| says(200, &[], r#"{"access_token":"new"}"#));
    assert_eq!(world.obtain_for(&short, 0), Ok("new".to_owned()));
    assert_eq!(world.obtain_for(&long, 0), Ok("old".to_owned()));
}

#[test]
fn the_published_end_is_early_and_in_the_last_minute_the_true_one() {
    let published = |life: u64, age: u64| {
        let token = Token {
            access_token: AccessToken::parse("t").unwrap(),
            issued_at: BEGIN,
            expires_at: Some(BEGIN.plus(Duration::from_secs(life))),
            scope: None,
            username: None,
            repeats_secret: false,
        };
        let now = BEGIN.plus(Duration::from_secs(age));
        published_expiry(&token, now).map(|end| end.since(BEGIN).as_secs())
    };
    assert_eq!(published(3600, 0), Some(3300));
    assert_eq!(published(3600, 3239), Some(3300));
    assert_eq!(published(3600, 3240), Some(3600));
    assert_eq!(published(3600, 3539), Some(3600));
    assert_eq!(published(3600, 3540), Some(3600));
    assert_eq!(published(3600, 3599), Some(3600));
    assert_eq!(published(3600, 3600), None);
    assert_eq!(published(3600, 9999), None);
    assert_eq!(published(600, 0), Some(540));
    assert_eq!(published(91, 0), Some(61));
    assert_eq!(published(90, 0), Some(90));
    assert_eq!(published(60, 0), Some(60));
    assert_eq!(published(5, 0), Some(5));
}
