//! git's other operations: `store` keeps nothing, `erase` and what nobody knows yet are silent, `capability` needs no spec.

use super::home;
use super::protocol::{ASKED, PASSWORD, git, listed};
use crate::support::{Output, run};

#[test]
fn capabilities_are_told_without_a_spec() {
    let output = git(&home(), "capability", "");
    assert_eq!(
        output.answer(),
        "version 0\ncapability authtype\ncapability state\n"
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn operations_that_nobody_knows_yet_are_ignored_silently() {
    let (home, provider) = listed();
    for operation in ["refresh", "GET", "list", "get-all", ""] {
        let silent = Output {
            status: 0,
            stdout: String::new(),
            stderr: String::new(),
        };
        assert_eq!(git(&home, operation, ASKED), silent, "{operation}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn no_operation_is_a_wrong_call() {
    let output = run(&mut home().keyfob(["git"]), "");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert_ne!(output.stderr, "");
}

#[test]
fn storing_does_nothing_for_any_host() {
    let (home, provider) = listed();
    for asked in [
        "",
        ASKED,
        "protocol=https\nhost=git.example.com\nusername=u\npassword=p\n",
        "nonsense",
    ] {
        let silent = Output {
            status: 0,
            stdout: String::new(),
            stderr: String::new(),
        };
        assert_eq!(git(&home, "store", asked), silent, "{asked}");
    }
    assert_eq!(provider.count(), 0);
    assert_eq!(git(&home, "get", ASKED).answer(), PASSWORD);
}

#[test]
fn erasing_is_silent_where_there_is_nothing_to_erase() {
    let (home, provider) = listed();
    for asked in [ASKED, "protocol=https\nhost=git.example.org\npassword=p\n"] {
        let silent = Output {
            status: 0,
            stdout: String::new(),
            stderr: String::new(),
        };
        assert_eq!(git(&home, "erase", asked), silent, "{asked}");
    }
    assert_eq!(provider.count(), 0);
}
