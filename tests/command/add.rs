//! `keyfob add` where something is missing, wrong, there already or broken off. What each preset asks for is in `providers`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::keyring::desktop::Desktop;
use crate::support::{Answer, Home, Output, Provider, Typist, run};

const TALEND: &[&str] = &["add", "ci", "--provider", "talend"];

fn add(home: &Home, words: &[&str], input: &str) -> Output {
    let all: Vec<&str> = TALEND.iter().chain(words).copied().collect();
    run(&mut home.keyfob(all), input)
}

fn written(home: &Home) -> Value {
    serde_json::from_str(&std::fs::read_to_string(home.config().join("ci.json")).unwrap()).unwrap()
}

#[track_caller]
fn assert_nothing(desktop: &Desktop) {
    assert!(!desktop.home.config().join("ci.json").exists());
    assert_eq!(desktop.keyfob(&["secret", "list"], "").answer(), "");
}

#[test]
fn without_a_terminal_all_that_is_missing_is_named_at_once_and_no_secret_is_an_argument() {
    let home = Home::new();
    let output = add(&home, &[], "");
    assert_eq!((output.status, &*output.stdout), (2, ""));
    for member in ["client_id (", "env (", "client_secret ("] {
        assert!(
            output.stderr.contains(member),
            "{member}: {}",
            output.stderr
        );
    }
    for (words, sentence) in [
        (
            &["client_secret=hunter2"][..],
            "`client_secret` is a secret",
        ),
        (
            &["client_secret=env:hunter2-x"],
            "`client_secret` is a secret",
        ),
        (&["client_secret="], "`client_secret` is a secret"),
        (&["hunter2"], "an argument is not MEMBER=VALUE"),
        (&["env=eu", "env=us"], "member `env` is given twice"),
        (&["env={hunter2"], "the value of `env` is not valid JSON"),
        (&["provider=x"], "the provider is named by --provider"),
    ] {
        let output = add(&home, words, "");
        assert_eq!((output.status, &*output.stdout), (2, ""), "{words:?}");
        let told = format!("keyfob: error: {sentence}");
        assert!(output.stderr.starts_with(&told), "{}", output.stderr);
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    }
    assert!(!home.config().join("ci.json").exists());
}

#[test]
fn a_secret_on_standard_input_goes_into_the_keyring_and_the_provider_is_asked_with_it() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let provider = Provider::start(|_| Answer::token("t0ken", 1800));
    let base_url = format!("base_url={}", provider.url());
    let words = [
        "env=eu",
        "client_id=ci",
        "client_secret=-",
        &base_url,
        "--target",
        "git.example.com",
    ];
    let output = add(&desktop.home, &words, "\u{feff}hunter2\r\n");
    let said = output.answer();
    assert!(
        said.contains(
            "stored keyring entry `ci-client_secret` (Secret Service)\nci (talend): usable\n"
        ),
        "{said}"
    );
    assert!(said.ends_with("next:\n  keyfob setup git --spec ci\n  keyfob setup docker --spec ci\n  keyfob token --spec ci\n"), "{said}");
    assert_eq!(provider.count(), 1);
    assert_eq!(desktop.secret("\"ci-client_secret\""), "hunter2");
    let file = desktop.home.config().join("ci.json");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let wanted = json!({"provider": "talend", "env": "eu", "client_id": "ci", "base_url": provider.url(),
        "client_secret": {"keyring": "ci-client_secret"}, "targets": ["git.example.com"]});
    assert_eq!(written(&desktop.home), wanted);

    // Neither the spec nor the secret is replaced unasked.
    let output = add(&desktop.home, &words, "other");
    assert!(
        output
            .stderr
            .starts_with("keyfob: error: spec `ci` exists: "),
        "{}",
        output.stderr
    );
    std::fs::remove_file(&file).unwrap();
    let output = add(&desktop.home, &words, "other");
    assert!(
        output
            .stderr
            .starts_with("keyfob: error: keyring entry `ci-client_secret` exists (usage)\n"),
        "{}",
        output.stderr
    );
    assert_eq!(desktop.secret("\"ci-client_secret\""), "hunter2");
    let all: Vec<&str> = words.iter().copied().chain(["--yes"]).collect();
    add(&desktop.home, &all, "other").answer();
    assert_eq!(desktop.secret("\"ci-client_secret\""), "other");
}

#[test]
fn a_check_that_fails_leaves_the_spec_and_says_how_to_check_again() {
    let mut home = Home::new();
    home.set("SECRET", "hunter2");
    let provider = Provider::start(|_| Answer::json(401, "{\"error\": \"invalid_client\"}"));
    let base_url = format!("base_url={}", provider.url());
    let words = [
        "env=eu",
        "client_id=ci",
        "client_secret=env:SECRET",
        &base_url,
    ];
    let output = add(&home, &words, "");
    assert_eq!(output.status, 1);
    assert!(output.stdout.starts_with("wrote "), "{}", output.stdout);
    assert!(
        output.stderr.contains("(provider-refused)"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.ends_with("run keyfob check --spec ci\n"),
        "{}",
        output.stderr
    );
    assert_eq!(written(&home)["client_secret"], json!({"env": "SECRET"}));
}

#[test]
fn who_ends_the_input_at_any_question_leaves_nothing_behind() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let answers = [
        ("client_id (", "ci"),
        ("env (", "eu"),
        ("targets (", ""),
        ("client_secret (", "hunter2"),
        ("Write it? [Y/n] ", "y"),
    ];
    for end in ["\x04", "\x03"] {
        for last in 0..answers.len() {
            let all: Vec<&str> = TALEND.iter().copied().chain(["--no-check"]).collect();
            let mut typist = Typist::start(&desktop.home.keyfob(all));
            for (question, answer) in &answers[..last] {
                let asked = typist.question().unwrap();
                assert!(asked.starts_with(question), "{asked}");
                typist.types(answer).types("\r");
            }
            let asked = typist.question().unwrap();
            assert!(asked.starts_with(answers[last].0), "{asked}");
            typist.types(end);
            let (status, screen) = typist.ends();
            // Ctrl-C is a signal, but for a secret.
            let is_signal = end == "\x03" && screen.contains("did not exit normally");
            assert!(status == 1 || is_signal, "{status} {screen}");
            assert_nothing(&desktop);
        }
    }
}

#[test]
fn without_a_keyring_that_is_told_before_a_secret_is_typed_and_a_place_is_asked_for() {
    let mut home = Home::new();
    home.set("SECRET", "hunter2");
    let all: Vec<&str> = TALEND
        .iter()
        .copied()
        .chain(["--no-check", "client_id=ci", "env=eu"])
        .collect();
    let mut typist = Typist::start(&home.keyfob(all));
    typist.sees("secrets cannot be stored: no keyring can be reached");
    typist.answers("where is client_secret (", "hunter2");
    typist
        .sees("one of env:VAR")
        .answers("where is client_secret (", "env:SECRET");
    typist.answers("targets (", "git.example.com/team");
    // What is not valid is asked for once more.
    typist.sees("`/targets/0`: this is not a valid target");
    typist.answers(
        "targets (",
        "https://git.example.com/team, registry.example.com",
    );
    typist.answers("Write it? [Y/n] ", "");
    let (status, screen) = typist.ends();
    assert_eq!(status, 0, "{screen}");
    let wanted = json!({"provider": "talend", "client_id": "ci", "env": "eu", "client_secret": {"env": "SECRET"},
        "targets": ["https://git.example.com/team", "registry.example.com"]});
    assert_eq!(written(&home), wanted);
}

#[test]
fn a_key_that_cannot_sign_is_refused_as_it_is_entered_and_a_pasted_one_is_taken() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let pem = run(desktop.home.command("openssl").args(["genrsa", "2048"]), "");
    let mut typist = Typist::start(&desktop.home.keyfob([
        "add",
        "app",
        "--no-check",
        "--provider",
        "github-app",
        "app_id=1",
        "installation_id=2",
        "repositories=[\"one\"]",
        "--target",
        "github.com",
    ]));
    typist
        .answers("private_key (", "hunter2")
        .sees("it cannot be used: ");
    typist
        .sees("private_key (")
        .types(&pem.answer().replace('\n', "\r\n"));
    typist.answers("Write it? [Y/n] ", "y");
    let (status, screen) = typist.ends();
    assert_eq!(status, 0, "{screen}");
    assert!(
        !screen.contains("hunter2") && !screen.contains("BEGIN"),
        "{screen}"
    );
}

#[test]
fn a_preset_of_the_users_own_and_a_plain_grant_are_asked_for_like_shipped_ones() {
    let mut home = Home::new();
    home.set("SECRET", "hunter2");
    let preset = json!({"description": "ours", "documentation": "https://example.com/",
        "parameters": {"team": {"about": "the team"}, "token": {"about": "the token", "secret": true}},
        "spec": {"provider": "static", "token": "{token}", "username": "{team}"}});
    home.write("config/providers/ours.json", preset.to_string());
    for (provider, words) in [
        ("ours", &["team=red", "token=env:SECRET"][..]),
        ("static", &["token=env:SECRET"]),
        (
            "client_credentials",
            &[
                "token_url=https://example.com/t",
                "client_id=x",
                "client_secret=env:SECRET",
            ],
        ),
    ] {
        let all = ["add", "ci", "--yes", "--no-check", "--provider", provider];
        let bare = run(&mut home.keyfob(all), "");
        assert!(
            bare.stderr.contains("members are missing: "),
            "{}",
            bare.stderr
        );
        let all: Vec<&str> = all.iter().chain(words).copied().collect();
        run(&mut home.keyfob(all), "").answer();
        assert_eq!(written(&home)["provider"], provider);
    }
}
