//! The desktop's keyring when it is locked, absent or stuck: told apart, in time, and without a window popping up.

use std::time::Duration;

use keyfob::source::{KeyringEntry, KeyringKind};
use keyfob::world::keyring::{self, KeyringError, Patience};

use super::desktop::Desktop;
use super::{ask, code, error, hint};
use crate::support::{Home, Output, need, run, run_within};

/// Far above the few seconds that keyfob waits, and far below any time-out of D-Bus itself.
const SOON: Duration = Duration::from_secs(8);

#[test]
fn a_locked_keyring_is_an_error_at_once_and_its_prompt_is_sent_away_unseen() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    if !need(&["dbus-monitor"]) {
        return;
    }
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "s3cret")
        .answer();
    desktop.lock();
    let mut monitor = desktop.listen();
    let locked = desktop.refusal(r#""atlas-ci""#);
    assert_eq!(code(&locked), "keyring-locked");
    assert!(hint(&locked).starts_with("unlock it"), "{locked:?}");
    monitor.wait_until("told of the end of the prompt", |log| {
        log.contains("member=Dismiss").then_some(())
    });
    assert!(
        !monitor.log().contains("member=Prompt\n"),
        "{}",
        monitor.log()
    );

    for (arguments, stdin) in [
        (&["secret", "set", "atlas-ci"][..], "new"),
        (&["secret", "set", "not-yet"], "new"),
        (&["secret", "remove", "atlas-ci"], ""),
        (&["secret", "list"], ""),
    ] {
        assert_eq!(
            code(&desktop.keyfob(arguments, stdin)),
            "keyring-locked",
            "{arguments:?}"
        );
    }
}

#[test]
fn an_entry_that_is_absent_from_a_locked_keyring_is_not_said_to_be_missing() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    desktop.lock();
    assert_eq!(code(&desktop.refusal(r#""atlas-ci""#)), "keyring-locked");
}

#[test]
fn a_wrong_password_at_log_in_leaves_the_keyring_locked_and_the_right_one_opens_it() {
    let Some(mut desktop) = Desktop::unlocked() else {
        return;
    };
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "s3cret")
        .answer();
    desktop.log_out();
    desktop.log_in("battery staple");
    assert_eq!(code(&desktop.refusal(r#""atlas-ci""#)), "keyring-locked");
    desktop.log_out();
    desktop.log_in("correct horse");
    assert_eq!(desktop.secret(r#""atlas-ci""#), "s3cret");
}

#[test]
fn without_a_session_bus_the_keyring_is_unavailable_and_nothing_is_started() {
    let home = Home::new();
    let absent = run(&mut home.keyfob(["secret", "show", "atlas-ci"]), "");
    assert_eq!(code(&absent), "keyring-unavailable");
    assert!(
        error(&absent).contains("there is no session bus"),
        "{absent:?}"
    );
    assert!(hint(&absent).contains(r#"{"env""#), "{absent:?}");
    for address in [
        "autolaunch:",
        "unix:path=/nonexistent/bus",
        "tcp:host=127.0.0.1,port=1",
        "nonsense",
    ] {
        let mut keyfob = home.keyfob(["secret", "show", "atlas-ci"]);
        let absent = run(keyfob.env("DBUS_SESSION_BUS_ADDRESS", address), "");
        assert_eq!(code(&absent), "keyring-unavailable", "{address}");
    }
}

#[test]
fn a_bus_on_which_nobody_keeps_secrets_is_unavailable() {
    let Some(desktop) = Desktop::without_keyring() else {
        return;
    };
    let absent = desktop.refusal(r#""atlas-ci""#);
    assert_eq!(code(&absent), "keyring-unavailable");
    assert!(
        error(&absent).contains("no program on the session bus keeps secrets"),
        "{absent:?}"
    );
}

#[test]
fn the_bus_of_the_runtime_folder_is_found_without_its_variable() {
    let Some(mut desktop) = Desktop::unlocked() else {
        return;
    };
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "s3cret")
        .answer();
    desktop.home.unset("DBUS_SESSION_BUS_ADDRESS");
    assert_eq!(desktop.secret(r#""atlas-ci""#), "s3cret");
}

#[test]
fn a_keyring_that_is_frozen_does_not_freeze_keyfob() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "s3cret")
        .answer();
    desktop.freeze_keyring();
    for (arguments, stdin) in [
        (&["secret", "show", "atlas-ci"][..], ""),
        (&["secret", "set", "atlas-ci"], "new"),
    ] {
        let late = run_within(&mut desktop.home.keyfob(arguments), stdin, SOON);
        assert_eq!(code(&late), "keyring-failed", "{late:?}");
        assert!(error(&late).contains("did not answer in time"), "{late:?}");
    }
}

#[test]
fn a_bus_that_is_frozen_does_not_freeze_keyfob() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    desktop.freeze_bus();
    let late = run_within(
        &mut desktop.home.keyfob(["secret", "show", "atlas-ci"]),
        "",
        SOON,
    );
    assert_eq!(code(&late), "keyring-failed", "{late:?}");
    assert!(error(&late).contains("did not answer in time"), "{late:?}");
}

#[test]
fn a_word_that_names_no_keyring_is_an_error_and_never_another_keyring() {
    let mut home = Home::new();
    for word in ["Kernel", "kernel ", "secret_service", "desktop", "none"] {
        home.set("KEYFOB_KEYRING", word);
        let told = |output: &Output| {
            assert_eq!(code(output), "keyring-failed", "{word}");
            let names = "KEYFOB_KEYRING names no keyring: kernel or secret-service";
            assert!(error(output).contains(names), "{output:?}");
        };
        for (arguments, stdin) in [
            (&["secret", "set", "word"][..], "s3cret"),
            (&["secret", "show", "word"], ""),
            (&["secret", "remove", "word"], ""),
            (&["secret", "list"], ""),
        ] {
            told(&run(&mut home.keyfob(arguments), stdin));
        }
        told(&ask(&home, r#""word""#).unwrap_err());
    }
}

#[test]
fn the_desktops_keyring_may_be_named_where_it_is_the_default() {
    let mut home = Home::new();
    home.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    for word in ["", "secret-service"] {
        home.set("KEYFOB_KEYRING", word);
        let output = ask(&home, r#""word""#).unwrap_err();
        assert_eq!(code(&output), "keyring-unavailable", "{word}");
    }
}

#[test]
fn a_secrets_name_has_255_characters_at_most_and_no_control_character() {
    let home = Home::new();
    let longest = "n".repeat(255);
    for (name, expected) in [
        ("n", "keyring-unavailable"),
        (longest.as_str(), "keyring-unavailable"),
        (&format!("{longest}n"), "usage"),
        ("a\nb", "usage"),
        ("\u{7f}", "usage"),
        ("", "usage"),
    ] {
        for (verb, stdin) in [("show", ""), ("set", "s3cret"), ("remove", "")] {
            let output = run(&mut home.keyfob(["secret", verb, name]), stdin);
            assert_eq!(code(&output), expected, "{verb} {name:?}");
        }
    }
}

#[test]
fn a_name_that_no_keyring_could_hold_is_refused_before_any_is_asked() {
    let ask = |service: &str, user: &str| {
        let entry = KeyringEntry {
            service: service.to_owned(),
            user: user.to_owned(),
            store: KeyringKind::Kernel,
        };
        keyring::get(&entry, Patience::FOR_A_TOOL).map(|secret| secret.len())
    };
    for (service, user, reason) in [
        ("", "u", "a name is empty"),
        ("keyfob", "", "a name is empty"),
        ("keyfob", "a\0b", "a name holds a NUL character"),
    ] {
        let reason = reason.to_owned();
        let refused = Err(KeyringError::Failed { reason });
        assert_eq!(ask(service, user), refused, "{service:?} {user:?}");
    }
    if cfg!(target_os = "linux") {
        for (service, user, reason) in [
            (
                "key\nfob",
                "u",
                "name may not hold control characters in the kernel keyring",
            ),
            (
                "keyfob",
                "a\tb",
                "name may not hold control characters in the kernel keyring",
            ),
            (
                "key@fob",
                "u",
                "service may not hold \"@\" in the kernel keyring",
            ),
        ] {
            let reason = reason.to_owned();
            let refused = Err(KeyringError::Failed { reason });
            assert_eq!(ask(service, user), refused, "{service:?} {user:?}");
        }
    }
}

#[test]
fn a_secret_is_asked_for_at_the_terminal_and_never_shown_there() {
    if !need(&["script"]) {
        return;
    }
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    // Where there is no keyring, that is told in place of a question.
    for (home, asks) in [(&desktop.home, true), (&Home::new(), false)] {
        let mut command = home.command("script");
        command.args(["-qec", "keyfob secret set atlas-ci", "/dev/null"]);
        let output = run(&mut command, "s3cret\n");
        let asked = output.stdout.contains("secret `atlas-ci`: ");
        assert_eq!(asked, asks, "{output:?}");
    }
}
