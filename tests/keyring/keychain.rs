//! The Keychain of macOS when it refuses: played, since no test runs on a Mac.

use keyfob::code::Code;
use keyfob::command::secret::{SecretAction, run};
use keyfob::source::KeyringKind;
use keyfob::world::keyring::{KeyringError, Refusal};

use crate::obtain::world::{Fake, SPEC};

fn refusing(refusal: Refusal) -> Fake {
    let world = Fake::new();
    *world.keyring.borrow_mut() = Err(KeyringError::Keychain(refusal));
    *world.writing.borrow_mut() = Err(KeyringError::Keychain(refusal));
    world
}

fn times_opened(effects: &[String]) -> usize {
    let opened = |effect: &&String| effect.starts_with("keyring ");
    effects.iter().filter(opened).count()
}

#[test]
fn a_tool_is_told_at_once_what_the_user_can_do() {
    for (refusal, code, hint) in [
        (
            Refusal::WouldAsk,
            Code::KeyringLocked,
            "`keyfob secret show ci`",
        ),
        (Refusal::Cancelled, Code::KeyringLocked, "Always Allow"),
        (
            Refusal::NotOurs,
            Code::KeyringLocked,
            "`keyfob secret remove ci`",
        ),
        (
            Refusal::NoDefault,
            Code::KeyringUnavailable,
            "default-keychain",
        ),
    ] {
        let world = refusing(refusal);
        let error = world.ask(SPEC, 0).unwrap_err();
        assert_eq!(error.code, code, "{error:?}");
        assert!(error.hint.as_deref().unwrap().contains(hint), "{error:?}");
        assert_eq!((times_opened(&world.effects()), world.requests()), (1, 0));
    }
}

/// A refusal is not an entry that is missing: what the user means to use may be there.
#[test]
fn another_place_is_not_tried_where_the_keychain_refuses() {
    let spec = SPEC.replace(
        r#"{"keyring": "ci"}"#,
        r#"[{"keyring": "ci"}, {"env": "SECRET"}]"#,
    );
    let world = refusing(Refusal::WouldAsk);
    let variable = ("SECRET".to_owned(), "s3cret".to_owned());
    world.variables.borrow_mut().extend([variable]);
    let error = world.ask(&spec, 0).unwrap_err();
    assert_eq!(error.code, Code::KeyringLocked);
    assert_eq!(world.requests(), 0);
}

#[test]
fn who_refuses_at_a_terminal_sees_no_second_dialog_and_types_nothing() {
    for refusal in [Refusal::WouldAsk, Refusal::Cancelled, Refusal::NoDefault] {
        let world = refusing(refusal);
        world.terminal.set(true);
        let action = SecretAction::Set {
            name: "ci".to_owned(),
            yes: false,
        };
        let error = run(&world, &action, KeyringKind::Default).unwrap_err();
        assert!(error.hint.is_some(), "{error:?}");
        assert_eq!(world.effects(), ["keyring ci"], "{refusal:?}");
    }
}

#[test]
fn an_entry_of_another_program_is_removed_without_reading_it() {
    let world = refusing(Refusal::WouldAsk);
    *world.writing.borrow_mut() = Ok(());
    let action = SecretAction::Remove("ci".to_owned());
    run(&world, &action, KeyringKind::Default).unwrap();
    assert_eq!(times_opened(&world.effects()), 0);
}
