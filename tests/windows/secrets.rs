//! `keyfob secret` over Wine's Credential Manager.

use crate::support::{Output, Windows, run};

fn secret(user: &Windows, words: &[&str], stdin: impl AsRef<[u8]>) -> Output {
    let words = ["secret"].iter().chain(words);
    run(&mut user.keyfob(words), stdin)
}

/// Names of one test: the Credential Manager is that of the whole prefix.
fn names(user: &Windows, start: &str) -> Vec<String> {
    let listed = secret(user, &["list"], "");
    let own = listed
        .answer()
        .lines()
        .filter(|name| name.starts_with(start));
    own.map(str::to_owned).collect()
}

#[test]
fn a_secret_is_set_shown_listed_copied_renamed_and_removed() {
    let Some(user) = Windows::new() else { return };
    assert_eq!(
        secret(&user, &["set", "life"], "s3cret\r\n"),
        Output::success("")
    );
    let shown = "life: 6 bytes, service `keyfob`, user `life`, Windows Credential Manager\n";
    assert_eq!(secret(&user, &["show", "life"], ""), Output::success(shown));
    assert_eq!(secret(&user, &["copy", "life", "life.b"], "").status, 0);
    assert_eq!(names(&user, "life"), ["life", "life.b"]);
    assert_eq!(secret(&user, &["rename", "life.b", "life-c"], "").status, 0);
    assert_eq!(names(&user, "life"), ["life", "life-c"]);
    for name in ["life", "life-c"] {
        assert_eq!(secret(&user, &["remove", name], ""), Output::success(""));
    }
    assert_eq!(names(&user, "life"), [""; 0]);
    let gone = secret(&user, &["remove", "life"], "");
    assert!(gone.stderr.contains("(secret-missing)"), "{gone:?}");
    let doctor = run(&mut user.keyfob(["doctor"]), "");
    assert!(
        doctor
            .stdout
            .contains("ok\tkeyring: Windows Credential Manager"),
        "{doctor:?}"
    );
}

#[test]
fn an_entry_holds_2560_bytes_and_not_one_more() {
    let Some(user) = Windows::new() else { return };
    assert_eq!(secret(&user, &["set", "size"], "x".repeat(2560)).status, 0);
    let more = secret(&user, &["set", "size"], "y".repeat(2561));
    assert_eq!(
        more.stderr,
        "keyfob: error: keyring entry `size`: the keyring holds at most 2560 bytes in an entry, and \
         this is 2561 (secret-too-large)\nkeyfob: hint: keep it in a file that nobody else can read, \
         and give the spec {\"file\": PATH}\n"
    );
    let shown = secret(&user, &["show", "size"], "");
    assert!(shown.answer().starts_with("size: 2560 bytes"), "{shown:?}");
    assert_eq!(secret(&user, &["remove", "size"], "").status, 0);
}

#[test]
fn entries_that_windows_would_take_for_one_are_kept_apart() {
    let Some(user) = Windows::new() else { return };
    assert_eq!(secret(&user, &["set", "Case"], "first").status, 0);
    let other = secret(&user, &["set", "case"], "second");
    assert!(
        other
            .stderr
            .contains("the name is taken by the entry of `Case`"),
        "{other:?}"
    );
    for words in [["show", "case"], ["remove", "case"]] {
        let missing = secret(&user, &words, "");
        assert!(missing.stderr.contains("(secret-missing)"), "{missing:?}");
    }
    let shown = secret(&user, &["show", "Case"], "");
    assert!(shown.answer().starts_with("Case: 5 bytes"), "{shown:?}");
    // The user `dot.x` of keyfob, and the user `dot` of `x.keyfob`.
    assert_eq!(secret(&user, &["set", "dot.x"], "first").status, 0);
    user.spec(
        "foreign",
        r#"{"provider": "static", "token": {"keyring": {"service": "x.keyfob", "user": "dot"}}}"#,
    );
    let foreign = run(&mut user.keyfob(["token", "--spec", "foreign"]), "");
    assert!(foreign.stderr.contains("(secret-missing)"), "{foreign:?}");
    for name in ["Case", "dot.x"] {
        assert_eq!(secret(&user, &["remove", name], "").status, 0);
    }
}
