//! A token that is made with another spec's: which refusals speak against that one, how often it is replaced, and when the child ends.

use std::time::Duration;

use keyfob::error::{Code, Error};
use keyfob::obtain::decide::doubts_bases;
use keyfob::world::Clock as _;
use keyfob::world::cache::SecretChanges as _;

use super::world::{BEGIN, Fake, SPEC, says, token};

const BASE: &str = r#"{"provider": "client_credentials", "token_url": "https://base.example.com/token", "client_id": "base", "client_secret": {"keyring": "base"}}"#;

/// A spec whose secret is the base's token.
fn child(member: &str) -> String {
    let spec = SPEC.replace(r#"{"keyring": "ci"}"#, &format!(r#"{{"token": {BASE}}}"#));
    spec.replacen('{', &format!("{{{member}"), 1)
}

/// A base that numbers its tokens, and a child's provider that answers so.
fn world(base_life: u64, status: u16, child: &'static str) -> Fake {
    let world = Fake::new();
    let number = std::cell::Cell::new(0);
    world.answers(move |world| {
        if world.sent.borrow().1.contains("base.example.com") {
            number.set(number.get() + 1);
            return token(&format!("base-{}", number.get()), base_life);
        }
        says(status, &[], child)
    });
    world
}

/// How often the base and the child were asked since the last time.
fn asked(world: &Fake) -> (usize, usize) {
    let effects = world.effects();
    let to = |host: &str| {
        effects
            .iter()
            .filter(|effect| effect.contains(host))
            .count()
    };
    (to("//base.example.com/token"), to("//id.example.com/token"))
}

#[test]
fn only_a_401_or_403_speaks_against_the_token_of_another_spec() {
    for (status, doubted) in [
        (400, false),
        (401, true),
        (402, false),
        (403, true),
        (404, false),
        (405, false),
        (422, false),
    ] {
        let world = world(3600, status, r#"{"error":"invalid_request"}"#);
        world.obtain_for(BASE, 0).unwrap();
        assert_eq!(asked(&world), (1, 0));
        assert_eq!(world.obtain_for(&child(""), 0), Err("provider-refused"));
        let expected = if doubted { (1, 2) } else { (0, 1) };
        assert_eq!(asked(&world), expected, "{status}");
    }
    let error = |code, status| Error {
        status_of_refusal: status,
        ..Error::new(code, "no")
    };
    assert!(!doubts_bases(&error(Code::RateLimited, Some(403)), true));
    assert!(!doubts_bases(&error(Code::ProviderRefused, None), true));
}

#[test]
fn a_base_that_was_just_made_is_not_doubted() {
    let world = world(3600, 401, "");
    assert_eq!(world.obtain_for(&child(""), 0), Err("provider-refused"));
    assert_eq!(asked(&world), (1, 1));
}

#[test]
fn a_doubted_token_is_dropped_and_the_one_that_replaces_it_is_kept() {
    let world = world(3600, 401, "");
    assert_eq!(world.obtain_for(BASE, 0), Ok("base-1".to_owned()));
    world.obtain_for(&child(""), 0).unwrap_err();
    assert_eq!(world.obtain_for(BASE, 0), Ok("base-2".to_owned()));
    assert!(!world.cache_text().contains("base-1"));
}

#[test]
fn a_child_that_is_refused_again_and_again_costs_one_base_a_minute() {
    let world = world(3600, 403, "");
    world.obtain_for(BASE, 0).unwrap();
    asked(&world);
    let mut bases = 0;
    for _ in 0..60 {
        world.next_process();
        world.obtain_for(&child(""), 0).unwrap_err();
        bases += asked(&world).0;
        world.pass(1);
    }
    assert_eq!(bases, 1);
    world.next_process();
    world.obtain_for(&child(""), 0).unwrap_err();
    assert_eq!(asked(&world).0, 1);
}

#[test]
fn by_the_rule_sources_a_child_ends_with_its_base() {
    let rules = r#""expires": [{"seconds": "/expires_in"}, {"sources": true}], "#;
    let alone = r#""expires": {"sources": true}, "#;
    let hour = r#"{"access_token":"child","expires_in":3600}"#;
    let minute = r#"{"access_token":"child","expires_in":60}"#;
    let unknown = r#"{"access_token":"child"}"#;
    for (member, base_life, answer, expected) in [
        (rules, 600, hour, Some(600)),
        (rules, 7200, hour, Some(3600)),
        (rules, 600, minute, Some(60)),
        (rules, 600, unknown, Some(600)),
        (alone, 600, hour, Some(600)),
        ("", 600, hour, Some(3600)), // not asked for
    ] {
        let world = world(base_life, 200, answer);
        let token = world.ask(&child(member), 0).unwrap();
        let end = token.expires_at.map(|end| end.since(BEGIN).as_secs());
        assert_eq!(end, expected, "{member} {base_life} {answer}");
    }
}

#[test]
fn a_child_of_a_base_that_was_there_before_ends_with_it_too() {
    let world = world(600, 200, r#"{"access_token":"child","expires_in":3600}"#);
    world.obtain_for(BASE, 0).unwrap();
    world.pass(300);
    let child = child(r#""expires": [{"seconds": "/expires_in"}, {"sources": true}], "#);
    let token = world.ask(&child, 0).unwrap();
    assert_eq!(token.expires_at, Some(BEGIN.plus(Duration::from_secs(600))));
    world.pass(299);
    world.answers(|_| super::world::times_out());
    assert_eq!(world.obtain_for(&child, 0), Ok("child".to_owned()));
    world.pass(1);
    assert_eq!(world.obtain_for(&child, 0), Err("provider-unreachable"));
    assert_eq!(
        world.now(),
        BEGIN.plus(Duration::from_secs(600 + 9)).min(world.now())
    );
}

/// A secret that is changed while a token is fetched.
#[test]
fn a_token_that_was_made_with_a_secret_that_was_changed_meanwhile_is_not_kept() {
    let world = Fake::new();
    let number = std::cell::Cell::new(0);
    world.answers(move |world| {
        number.set(number.get() + 1);
        if number.get() == 1 {
            let action = keyfob::command::secret::SecretAction::Remove("ci".to_owned());
            keyfob::command::secret::run(world, &action, keyfob::source::KeyringKind::Default)
                .unwrap();
        }
        token(&format!("token-{}", number.get()), 3600)
    });
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert!(world.entry().is_none(), "it is handed out and not kept");
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
    assert_eq!(world.obtain(), Ok("token-2".to_owned()));
}

#[test]
fn a_token_that_no_entry_of_the_keyring_went_into_is_kept_whatever_is_changed() {
    let spec = SPEC.replace(r#"{"keyring": "ci"}"#, r#"{"env": "SECRET"}"#);
    let world = Fake::new();
    world
        .variables
        .borrow_mut()
        .insert("SECRET".to_owned(), "s3cret".to_owned());
    world.answers(|world| {
        world.record_secret_change();
        token("token", 3600)
    });
    world.obtain_for(&spec, 0).unwrap();
    world.answers(|_| super::world::times_out());
    assert_eq!(world.obtain_for(&spec, 0), Ok("token".to_owned()));
}
