//! `keyfob secret` as a person uses it: at a terminal, with short words, from one name or keyring to another.

use serde_json::json;

use crate::keyring::desktop::Desktop;
use crate::support::{Home, Typist, run};

/// A private key in PEM, as it lies in a file.
fn pem(home: &Home) -> String {
    run(home.command("openssl").args(["genrsa", "2048"]), "")
        .answer()
        .to_owned()
}

#[test]
fn a_terminal_is_told_what_was_done_and_asked_before_a_secret_is_replaced() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let set = || Typist::start(&desktop.home.keyfob(["secret", "set", "ci"]));
    let mut typist = set();
    typist.sees("secret `ci`: ");
    assert!(!typist.is_echoing());
    typist.types("hunter3\x7f2\r");
    let (status, screen) = typist.ends();
    assert_eq!(status, 0);
    assert!(
        screen.ends_with("stored `ci`: 7 bytes, Secret Service\n"),
        "{screen}"
    );
    assert!(!screen.contains("hunter"), "{screen}");
    assert_eq!(desktop.secret("\"ci\""), "hunter2");

    for answer in ["", "n", "\x04"] {
        let mut typist = set();
        typist.sees("Replace it? [y/N] ").types(answer);
        if answer != "\x04" {
            typist.types("\r");
        }
        let (status, screen) = typist.ends();
        assert_eq!(status, 1, "{screen}");
        assert!(screen.ends_with("the secret stays as it was\n"), "{screen}");
    }
    let mut typist = set();
    typist.answers("Replace it? [y/N] ", "y");
    typist.answers("secret `ci`: ", "other");
    assert_eq!(typist.ends().0, 0);
    assert_eq!(desktop.secret("\"ci\""), "other");
    // A script is neither asked nor told.
    let output = desktop.keyfob(&["secret", "set", "ci"], "third\n");
    assert_eq!(
        (output.status, &*output.stdout, &*output.stderr),
        (0, "", "")
    );
}

#[test]
fn a_pasted_key_arrives_whole_however_its_lines_end_and_however_long_they_are() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let key = pem(&desktop.home);
    let json = json!({"kty": "oct", "k": "a".repeat(9000), "note": "} not the end"});
    let paste = |text: &str| {
        let mut typist = Typist::start(&desktop.home.keyfob(["secret", "set", "--yes", "key"]));
        typist.sees("secret `key`: ").types(text);
        let (status, screen) = typist.ends();
        assert_eq!(status, 0, "{screen}");
        let lookup = ["lookup", "service", "keyfob", "username", "key"];
        desktop.secret_tool(&lookup, "").answer().to_owned()
    };
    assert_eq!(paste(&key), key.trim_end());
    assert_eq!(paste(&key.replace('\n', "\r")), key.trim_end());
    assert_eq!(paste(&key.replace('\n', "\r\n")), key.trim_end());
    // Two blocks, with a blank line between them and after them.
    let two = format!("{key}\n{key}\n\n");
    assert_eq!(paste(&two), format!("{key}{}", key.trim_end()));
    assert_eq!(paste(&format!("{json}\n")), json.to_string());
    assert_eq!(paste(&format!("{json:#}\n")), format!("{json:#}"));
    assert_eq!(paste("{hunter2\n"), "{hunter2");
}

#[test]
fn ctrl_c_and_ctrl_d_store_nothing_and_bring_the_echo_back_and_a_second_line_is_no_secret() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    for (typed, why) in [
        ("hunter2\x03", "interrupted"),
        ("\x04", "the input ended"),
        ("one\ntwo\n", "more than one line was pasted"),
        ("\r", "the secret is empty"),
    ] {
        let mut typist = Typist::start(&desktop.home.keyfob(["secret", "set", "ci"]));
        typist.sees("secret `ci`: ").types(typed).sees(why);
        assert!(typist.is_echoing(), "{typed:?}");
        let (status, screen) = typist.ends();
        assert_eq!(status, 1, "{screen}");
    }
    assert_eq!(desktop.keyfob(&["secret", "ls"], "").answer(), "");
}

#[test]
fn a_secret_goes_to_another_name_and_never_over_another_secret() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let keyfob = |words: &[&str], input: &str| desktop.keyfob(words, input);
    keyfob(&["secret", "set", "one"], "1").answer();
    keyfob(&["secret", "set", "two"], "2").answer();
    let spec = json!({"provider": "static", "token": {"keyring": "one"}});
    desktop.home.spec("ci", spec.to_string());
    for words in [
        &["secret", "mv", "one", "two"][..],
        &["secret", "cp", "one", "two"],
    ] {
        let output = keyfob(words, "");
        let told = "keyfob: error: keyring entry `two` exists (usage)\nkeyfob: hint: add --yes to replace it\n";
        assert_eq!((output.status, &*output.stderr), (2, told));
    }
    let copied = keyfob(
        &["secret", "--store", "secret-service", "cp", "one", "three"],
        "",
    );
    assert_eq!(
        copied.answer(),
        "copied `one` to `three` (Secret Service)\n"
    );
    let renamed = keyfob(&["secret", "rename", "one", "four"], "");
    assert_eq!(
        renamed.answer(),
        "renamed `one` to `four`\nspec `ci` still names `one`\n"
    );
    assert_eq!(keyfob(&["secret", "ls"], "").answer(), "four\nthree\ntwo\n");
    assert_eq!(desktop.secret("\"four\""), "1");
    keyfob(&["secret", "rename", "--yes", "four", "two"], "").answer();
    assert_eq!(desktop.secret("\"two\""), "1");
    let output = keyfob(&["secret", "rm", "thre"], "");
    assert!(
        output
            .stderr
            .ends_with("keyfob: hint: did you mean `three`?\n"),
        "{}",
        output.stderr
    );
    keyfob(&["secret", "rm", "three"], "").answer();
    assert_eq!(keyfob(&["secret", "list"], "").answer(), "two\n");
}

#[test]
fn an_entry_is_not_copied_to_itself_and_a_name_that_there_is_not_is_told_with_the_list() {
    let Some(mut desktop) = Desktop::unlocked() else {
        return;
    };
    desktop.home.set("KEYFOB_KEYRING", "secret-service");
    desktop.keyfob(&["secret", "set", "ci"], "1").answer();
    let output = desktop.keyfob(&["secret", "cp", "ci", "--to", "secret-service"], "");
    let told = "keyfob: error: `ci` in Secret Service is this entry itself (usage)\n";
    assert!(output.stderr.starts_with(told), "{}", output.stderr);
    let output = desktop.keyfob(&["secret", "rm", "nope"], "");
    let hint = "keyfob: hint: `keyfob secret list` shows the names\n";
    assert!(output.stderr.ends_with(hint), "{}", output.stderr);
}
