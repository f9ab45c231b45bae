//! keyring's other verbs, and calls that are wrong: argparse ends those with exit status 2.

use super::{SERVICE, fails, keyring, listed, says};
use crate::support::run;

/// pip offers it to a person who typed a password, writes the password to standard input, and tells that it could not be saved.
#[test]
fn set_refuses_in_words_and_keeps_nothing() {
    let (home, provider) = listed();
    for service in [SERVICE, "https://pypi.example.org/simple/", "login"] {
        let mut set = home.command_at(&home.bin().join("keyring"));
        let output = run(set.args(["set", service, "alice"]), "p4ssw0rd\n");
        fails(&output, "(not-supported)");
        assert!(!output.stderr.contains("p4ssw0rd"), "{output:?}");
    }
    assert_eq!(std::fs::read_dir(home.cache()).unwrap().count(), 0);
    assert_eq!(provider.count(), 0);
}

#[test]
fn del_drops_the_token_of_what_is_listed_and_is_silent() {
    let (home, provider) = listed();
    let get = || keyring(&home, &["get", SERVICE, "oauth2"]);
    assert_eq!(get(), says(0, "token-1\n"));
    for service in ["https://pypi.example.org/", "login", "https://a@b/", ""] {
        let output = keyring(&home, &["del", service, "oauth2"]);
        assert!(output.status == 0 || service.is_empty(), "{output:?}");
    }
    assert_eq!(get(), says(0, "token-1\n"));
    assert_eq!(keyring(&home, &["del", SERVICE, "oauth2"]), says(0, ""));
    assert_eq!(get(), says(0, "token-2\n"));
    assert_eq!(provider.count(), 2);
}

#[test]
fn a_wrong_call_ends_with_exit_status_2_and_other_words_than_those_of_an_old_keyring() {
    let (home, provider) = listed();
    for words in [
        &[][..],
        &["get"],
        &["get", ""],
        &["get", "", "oauth2"],
        &["del", "", "oauth2"],
        &["set", "", "oauth2"],
        &["get", SERVICE],
        &["get", SERVICE, "--output=json"],
        &["get", SERVICE, "oauth2", "more"],
        &["get", SERVICE, "--mode"],
        &["get", SERVICE, "--mode", "token"],
        &["get", SERVICE, "--mode=creds=creds"],
        &["get", SERVICE, "--output", "yaml", "oauth2"],
        &["get", SERVICE, "oauth2", "--colour"],
        &[
            "-b",
            "keyring.backends.null.Keyring",
            "get",
            SERVICE,
            "oauth2",
        ],
        &["diagnose"],
        &["--list-backends"],
        &["GET", SERVICE, "oauth2"],
        &["set"],
        &["del"],
    ] {
        let output = keyring(&home, words);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{words:?}"
        );
        assert!(output.stderr.contains("(usage)"), "{output:?}");
        assert!(!output.stderr.contains("unrecognized"), "{output:?}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn the_words_for_people_are_keyfobs() {
    let (home, _provider) = listed();
    let version = run(&mut home.keyfob(["--version"]), "").answer().to_owned();
    assert_eq!(keyring(&home, &["--version"]), says(0, &version));
    let help = keyring(&home, &["--help"]);
    assert!(
        help.answer().starts_with("Usage: keyfob keyring "),
        "{help:?}"
    );
}
