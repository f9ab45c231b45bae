//! A hit touches nothing; a miss does each thing once, in its order, and stops at the first that fails.

use keyfob::command;
use keyfob::find::{self, Lookup};
use keyfob::obtain::Needs;
use keyfob::target::Target;
use keyfob::world::cache::LockAttempt;
use keyfob::world::keyring::KeyringError;

use super::world::{Fake, SPEC, says};

const MISS: [&str; 6] = [
    "look",
    "lock",
    "look",
    "keyring ci",
    "send POST https://id.example.com/token",
    "remember",
];

#[test]
fn a_miss_locks_looks_again_opens_the_secret_asks_and_remembers() {
    let world = Fake::new();
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(world.effects(), MISS);
}

#[test]
fn a_hit_opens_no_keyring_no_socket_and_takes_no_lock() {
    let world = Fake::new();
    world.obtain().unwrap();
    world.effects();
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(world.effects(), ["look"]);
}

#[test]
fn a_hit_runs_no_program() {
    let spec = SPEC.replace(r#"{"keyring": "ci"}"#, r#"{"command": ["pass", "show"]}"#);
    let world = Fake::new();
    world.obtain_for(&spec, 0).unwrap();
    assert!(world.effects().contains(&"run pass".to_owned()));
    world.obtain_for(&spec, 0).unwrap();
    assert_eq!(world.effects(), ["look"]);
}

#[test]
fn a_hit_reads_no_key_that_has_to_sign() {
    let spec = r#"{
        "provider": "client_credentials", "token_url": "https://id.example.com/token", "client_id": "ci",
        "client_assertion": {"jwt": {"alg": "HS256", "key": {"keyring": "key"}, "claims": {"iss": "ci"}}}
    }"#;
    let world = Fake::new();
    world.obtain_for(spec, 0).unwrap();
    assert!(world.effects().contains(&"keyring key".to_owned()));
    world.obtain_for(spec, 0).unwrap();
    assert_eq!(world.effects(), ["look"]);
}

#[test]
fn without_its_secret_nothing_is_sent_and_nothing_remembered() {
    for (why, code) in [
        (KeyringError::Missing, "secret-missing"),
        (KeyringError::Locked, "keyring-locked"),
        (KeyringError::TimedOut, "keyring-failed"),
        (KeyringError::Ambiguous, "secret-unreadable"),
    ] {
        let world = Fake::new();
        *world.keyring.borrow_mut() = Err(why);
        assert_eq!(world.obtain(), Err(code));
        // The last look is for what somebody else got meanwhile.
        let expected = [&MISS[..4], &["look"]].concat();
        assert_eq!(world.effects(), expected, "{code}");
    }
}

#[test]
fn a_secret_that_appears_is_used_at_once() {
    let world = Fake::new();
    *world.keyring.borrow_mut() = Err(KeyringError::Missing);
    assert_eq!(world.obtain(), Err("secret-missing"));
    *world.keyring.borrow_mut() = Ok("s3cret".to_owned());
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
}

#[test]
fn a_list_of_sources_goes_on_only_where_one_is_absent() {
    let spec = SPEC.replace(
        r#"{"keyring": "ci"}"#,
        r#"[{"env": "CI_SECRET"}, {"keyring": "ci"}, {"command": ["pass"]}]"#,
    );
    let opened = |keyring| {
        let world = Fake::new();
        *world.keyring.borrow_mut() = keyring;
        let answer = world.obtain_for(&spec, 0);
        let mut effects = world.effects();
        effects.retain(|effect| effect.starts_with("keyring") || effect.starts_with("run"));
        (answer, effects.join(", "))
    };
    let got = |text: &str| Ok(text.to_owned());
    assert_eq!(
        opened(got("s3cret").map_err(|()| KeyringError::Locked)),
        (got("token-1").map_err(|()| ""), "keyring ci".to_owned())
    );
    assert_eq!(
        opened(Err(KeyringError::Missing)),
        (
            got("token-1").map_err(|()| ""),
            "keyring ci, run pass".to_owned()
        )
    );
    assert_eq!(
        opened(Err(KeyringError::Locked)),
        (Err("keyring-locked"), "keyring ci".to_owned())
    );
}

#[test]
fn a_target_that_is_not_listed_opens_nothing_and_looks_nowhere() {
    let world = Fake::new();
    let found = find::named(&world, SPEC, None).unwrap();
    for other in [
        "https://git.example.org",
        "https://git.example.com:8443",
        "https://example.com",
    ] {
        let target = Target::parse(other).unwrap();
        let wanted = Lookup::new("git", std::slice::from_ref(&target));
        let error = command::token(&world, &found, wanted, None, Needs::default()).unwrap_err();
        assert_eq!(error.code.as_str(), "target-not-listed");
    }
    assert_eq!(world.effects(), Vec::<String>::new());
    let listed = Target::parse("https://git.example.com/team/repository").unwrap();
    let wanted = Lookup::new("git", std::slice::from_ref(&listed));
    assert!(command::token(&world, &found, wanted, None, Needs::default()).is_ok());
}

#[test]
fn what_is_no_token_is_not_remembered_as_one() {
    let bodies = [
        r#"{"error":"invalid_client"}"#,
        r#"{"access_token":"token-1","error":"server_said_no"}"#,
        r#"{"access_token":"two words"}"#,
        r#"{"access_token":"line\nbreak"}"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":"token-1","token_type":"DPoP"}"#,
        "<html>",
        "",
    ];
    for body in bodies {
        let world = Fake::new();
        world.answers(move |_| says(200, &[], body));
        assert!(world.obtain().is_err(), "{body}");
        assert!(
            world.entry().is_none_or(|entry| entry.stored.is_none()),
            "{body}"
        );
    }
}

#[test]
fn where_no_lock_can_be_had_it_goes_on_without() {
    let world = Fake::new();
    world.locks(|_| LockAttempt::Unusable);
    assert_eq!(world.obtain(), Ok("token-1".to_owned()));
    assert_eq!(world.effects(), MISS);
}

#[test]
fn the_entry_says_what_it_was_made_of_and_holds_no_secret() {
    let world = Fake::new();
    world.obtain().unwrap();
    let entry = world.entry().unwrap();
    assert_eq!(entry.secrets, [("keyfob".to_owned(), "ci".to_owned())]);
    assert_eq!(entry.provider, "client_credentials");
    assert_eq!(entry.key, world.key(SPEC).as_str());
    let text = world.cache_text();
    assert!(
        text.contains("token-1") && !text.contains("s3cret"),
        "{text}"
    );
}
