//! The desktop's keyring, at hand and unlocked, and shared with other clients.

use super::desktop::Desktop;
use super::{code, error};

#[test]
fn a_secret_that_is_set_is_listed_shown_and_removed() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    assert_eq!(
        desktop
            .keyfob(&["secret", "set", "atlas-ci"], "s3cret\n")
            .answer(),
        ""
    );
    assert_eq!(
        desktop
            .keyfob(&["secret", "set", "talend"], "other")
            .answer(),
        ""
    );
    assert_eq!(
        desktop.keyfob(&["secret", "list"], "").answer(),
        "atlas-ci\ntalend\n"
    );
    let shown = desktop.keyfob(&["secret", "show", "atlas-ci"], "");
    assert_eq!(
        shown.answer(),
        "atlas-ci: 6 bytes, service `keyfob`, user `atlas-ci`, Secret Service\n"
    );
    assert_eq!(desktop.secret(r#""atlas-ci""#), "s3cret");
    assert_eq!(
        desktop
            .keyfob(&["secret", "remove", "atlas-ci"], "")
            .answer(),
        ""
    );
    assert_eq!(desktop.keyfob(&["secret", "list"], "").answer(), "talend\n");
    assert_eq!(
        code(&desktop.keyfob(&["secret", "remove", "atlas-ci"], "")),
        "secret-missing"
    );
}

#[test]
fn a_secret_that_is_set_again_takes_the_place_of_the_first() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "first")
        .answer();
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "second")
        .answer();
    assert_eq!(
        desktop.keyfob(&["secret", "list"], "").answer(),
        "atlas-ci\n"
    );
    assert_eq!(desktop.secret(r#""atlas-ci""#), "second");
}

#[test]
fn a_secret_of_20_kib_comes_back_whole() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    for letters in ["abcd", "efgh"] {
        let long = letters.repeat(5120);
        desktop.keyfob(&["secret", "set", "long"], &long).answer();
        let back = desktop.secret(r#""long""#);
        assert!(back == long, "{} bytes came back", back.len());
    }
}

#[test]
fn what_keyfob_stores_secret_tool_reads() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "sésame\n")
        .answer();
    let lookup = desktop.secret_tool(&["lookup", "service", "keyfob", "username", "atlas-ci"], "");
    assert_eq!(lookup.answer(), "sésame");
}

#[test]
fn what_secret_tool_stores_keyfob_reads_and_replaces_in_place() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let names = [
        "service",
        "backup",
        "username",
        "nightly",
        "host",
        "example.com",
    ];
    let store = [&["store", "--label=Backup"], &names[..]].concat();
    desktop.secret_tool(&store, "theirs").answer();
    let entry = r#"{"service":"backup","user":"nightly"}"#;
    assert_eq!(desktop.secret(entry), "theirs");

    let store = [
        &["store", "--label=Ours"],
        &["service", "keyfob", "username", "a", "host", "example.com"][..],
    ]
    .concat();
    desktop.secret_tool(&store, "theirs").answer();
    desktop.keyfob(&["secret", "set", "a"], "ours").answer();
    let lookup = desktop.secret_tool(&["lookup", "service", "keyfob", "host", "example.com"], "");
    assert_eq!(lookup.answer(), "ours");
    assert_eq!(desktop.secret(r#""a""#), "ours");
    desktop.keyfob(&["secret", "remove", "a"], "").answer();
    assert_eq!(
        desktop
            .secret_tool(&["lookup", "service", "keyfob", "username", "a"], "")
            .stdout,
        ""
    );
}

#[test]
fn an_entry_of_another_program_is_not_listed_as_ours() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    desktop
        .secret_tool(
            &[
                "store",
                "--label=x",
                "service",
                "backup",
                "username",
                "nightly",
            ],
            "theirs",
        )
        .answer();
    assert_eq!(desktop.keyfob(&["secret", "list"], "").answer(), "");
    assert_eq!(code(&desktop.refusal(r#""nightly""#)), "secret-missing");
}

#[test]
fn two_entries_of_one_name_are_never_guessed_between() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    for host in ["one", "two"] {
        let names = ["service", "keyfob", "username", "twice", "host", host];
        desktop
            .secret_tool(&[&["store", "--label=x"], &names[..]].concat(), host)
            .answer();
    }
    for (arguments, stdin) in [
        (["secret", "show", "twice"], ""),
        (["secret", "set", "twice"], "three"),
        (["secret", "remove", "twice"], ""),
    ] {
        let refused = desktop.keyfob(&arguments, stdin);
        assert!(
            error(&refused).contains("more than one entry"),
            "{refused:?}"
        );
    }
    for host in ["one", "two"] {
        let lookup = desktop.secret_tool(&["lookup", "service", "keyfob", "host", host], "");
        assert_eq!(lookup.answer(), host);
    }
}

#[test]
fn an_empty_secret_is_refused_and_leaves_the_old_one() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    desktop
        .keyfob(&["secret", "set", "atlas-ci"], "first")
        .answer();
    for nothing in ["", "\n"] {
        let refused = desktop.keyfob(&["secret", "set", "atlas-ci"], nothing);
        assert!(error(&refused).contains("empty"), "{refused:?}");
    }
    assert_eq!(desktop.secret(r#""atlas-ci""#), "first");
}
