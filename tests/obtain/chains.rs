//! What goes on beside a spec's own entry: secrets that reach it through another spec, and a token that is given back.

use keyfob::command;
use keyfob::command::secret::SecretAction;
use keyfob::source::KeyringKind;

use super::world::{Fake, SPEC, says, token};

/// A spec whose secret is the token of this one.
fn on(inner: &str) -> String {
    SPEC.replace(r#"{"keyring": "ci"}"#, &format!(r#"{{"token": {inner}}}"#))
        .replace(r#""client_id": "ci""#, r#""client_id": "outer""#)
}

#[test]
fn a_secret_that_changes_drops_what_stands_on_it_through_others() {
    let (middle, bystander) = (
        on(SPEC),
        SPEC.replace(r#""keyring": "ci""#, r#""keyring": "x""#),
    );
    let outer = on(&middle).replace("id.example.com", "outer.example.com");
    let world = Fake::new();
    assert_eq!(world.obtain_for(&outer, 0), Ok("token-3".to_owned()));
    assert_eq!(world.obtain_for(&bystander, 0), Ok("token-4".to_owned()));
    world.effects();
    let action = SecretAction::Remove("ci".to_owned());
    command::secret::run(&world, &action, KeyringKind::Default).unwrap();
    assert_eq!(
        world.effects(),
        ["remove ci", "forget", "forget", "forget"],
        "all three legs"
    );
    assert_eq!(world.obtain_for(&bystander, 0), Ok("token-4".to_owned()));
    assert_eq!(world.obtain_for(&outer, 0), Ok("token-7".to_owned()));
}

/// [`SPEC`] with an endpoint at which its token is given back.
fn revocable() -> String {
    SPEC.replacen(
        '{',
        r#"{"revocation_url": "https://id.example.com/revoke", "#,
        1,
    )
}

#[test]
fn a_token_is_given_back_under_its_keys_lock() {
    let world = Fake::new();
    world.obtain_for(&revocable(), 0).unwrap();
    world.effects();
    command::revoke::run(&world, Some(&revocable())).unwrap();
    let effects = world.effects();
    let at = |what: &str| effects.iter().position(|effect| effect == what);
    assert!(at("lock").unwrap() < at("look").unwrap(), "{effects:?}");
    assert!(
        at("send POST https://id.example.com/revoke").unwrap() < at("forget").unwrap(),
        "{effects:?}"
    );
}

#[test]
fn what_was_got_while_a_token_was_given_back_stays() {
    let world = Fake::new();
    let numbered = world.obtain_for(&revocable(), 0);
    assert_eq!(numbered, Ok("token-1".to_owned()));
    world.answers(|world| {
        world.plant_token("theirs", 3600);
        says(200, &[], "")
    });
    world.effects();
    command::revoke::run(&world, Some(&revocable())).unwrap();
    assert!(!world.effects().contains(&"forget".to_owned()));
    assert_eq!(world.obtain_for(&revocable(), 0), Ok("theirs".to_owned()));
}

/// A provider that refuses whatever token it is shown says nothing of that token.
#[test]
fn a_refusal_that_lasts_costs_one_base_token_a_minute() {
    let outer = on(SPEC).replacen("id.example.com", "outer.example.com", 1);
    let base_tokens = |status: u16, calls: u64, pause: u64| {
        let world = Fake::new();
        let number = std::cell::Cell::new(0);
        world.answers(move |world| {
            let sent = world.sent.borrow().clone();
            if sent.1.starts_with("https://outer.example.com/") {
                return says(status, &[], "{}");
            }
            number.set(number.get() + 1);
            token(&format!("base-{}", number.get()), 3600)
        });
        for _ in 0..calls {
            assert!(world.obtain_for(&outer, 0).is_err());
            world.next_process();
            world.pass(pause);
        }
        let base = "send POST https://id.example.com/token";
        world
            .effects()
            .iter()
            .filter(|effect| *effect == base)
            .count()
    };
    for status in [401, 403] {
        assert_eq!(base_tokens(status, 1, 3), 1, "{status}");
        assert_eq!(base_tokens(status, 6, 3), 2, "{status}");
        assert_eq!(base_tokens(status, 4, 60), 4, "{status}");
    }
    for status in [400, 404, 500] {
        assert_eq!(
            base_tokens(status, 4, 60),
            1,
            "{status}: not about the token"
        );
    }
}
