//! `keyfob add` takes care: of an edit that somebody makes meanwhile, of a misspelt member, of a target that another spec has, and of a secret where
//! there is no keyring.

use std::fs;

use serde_json::json;

use crate::keyring::desktop::Desktop;
use crate::support::{Home, Output, Typist, run};

const STATIC: [&str; 6] = [
    "add",
    "ci",
    "--no-check",
    "--provider",
    "static",
    "token=env:T",
];

fn words<'a>(more: &[&'a str]) -> Vec<&'a str> {
    STATIC.iter().chain(more).copied().collect()
}

fn add(home: &Home, more: &[&str]) -> Output {
    run(&mut home.keyfob(words(more)), "")
}

#[test]
fn an_edit_that_is_made_while_the_questions_are_asked_is_not_lost() {
    for is_there in [true, false] {
        let home = Home::new();
        let file = home.config().join("ci.json");
        if is_there {
            add(&home, &[]).answer();
        }
        let mut typist = Typist::start(&home.keyfob(words(&["--target", "git.example.com"])));
        if is_there {
            typist.answers("Replace it? [y/N] ", "y");
        }
        typist.sees("Write it? [Y/n] ");
        home.spec("ci", "edited");
        typist.types("y\r");
        let (status, screen) = typist.ends();
        assert_eq!(status, 1, "{screen}");
        let says = "ci.json: it has changed meanwhile; nothing was written or stored";
        assert!(screen.contains(says), "{screen}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "edited");
    }
}

#[test]
fn a_member_that_there_is_not_is_told_before_any_question() {
    let home = Home::new();
    for (provider, member, meant) in [
        ("mongodb-atlas", "clientid=abc", "did you mean `client_id`?"),
        ("client_credentials", "scop=a", "did you mean `scope`?"),
        ("static", "targts=a", "did you mean `targets`?"),
        ("github-app", "zzz=a", "known here: "),
    ] {
        let line = ["add", "foo", "--provider", provider, member];
        let name = member.split('=').next().unwrap();
        let (status, screen) = Typist::start(&home.keyfob(line)).ends();
        assert_eq!(status, 2, "{screen}");
        let says = format!("not known as a member: `{name}` (usage)\nkeyfob: hint: {meant}");
        assert!(screen.contains(&says), "{screen}");
        assert!(!screen.contains("): "), "{screen}");
        let output = run(&mut home.keyfob(line), "");
        let says = format!("not known as a member: `{name}`; members are missing: ");
        assert!(output.stderr.contains(&says), "{}", output.stderr);
        assert!(output.stderr.contains(meant), "{}", output.stderr);
    }
    let output = add(&home, &["hunter2Hunter2="]);
    assert_eq!(output.status, 2);
    assert!(!output.stderr.contains("unter2"), "{}", output.stderr);
    // What every spec may have is no mistake.
    for known in ["timeout=5", "max_cache=60", "username=x", "description=x"] {
        add(&home, &["--yes", known]).answer();
    }
}

#[test]
fn a_target_that_another_spec_lists_as_closely_is_told_before_the_spec_is_written() {
    let home = Home::new();
    let other = json!({"provider": "static", "token": {"env": "T"}, "callers": ["git", "docker"],
        "targets": ["https://git.example.com/", "registry.example.com"]});
    home.spec("other", other.to_string());
    let target = ["--target", "https://git.example.com"];
    let says = "warning: spec `other` lists https://git.example.com equally closely, for git";
    let mut typist = Typist::start(&home.keyfob(words(&target)));
    typist.sees(says).answers("Write it? [Y/n] ", "n");
    assert_eq!(typist.ends().0, 1);
    let told = |more: &[&str]| {
        let all: Vec<&str> = ["--yes"].iter().chain(more).copied().collect();
        add(&home, &all).answer().contains("warning: spec `other`")
    };
    assert!(add(&home, &target).answer().contains(says));
    assert!(told(&[
        "--target",
        "registry.example.com",
        "--caller",
        "docker"
    ]));
    for more in [
        &["--target", "https://git.example.com", "--caller", "cargo"][..],
        &["--target", "https://git.example.com/team"],
        &[],
    ] {
        assert!(!told(more), "{more:?}");
    }
}

#[test]
fn without_a_keyring_no_secret_stands_on_the_screen_and_none_is_asked_for_in_vain() {
    let mut home = Home::new();
    home.set("SECRET", "hunter2");
    let line = [
        "add",
        "ci",
        "--no-check",
        "--provider",
        "talend",
        "env=eu",
        "client_id=x",
    ];
    let mut typist = Typist::start(&home.keyfob(line));
    typist.sees("--store kernel keeps secrets until the next reboot");
    for answer in [
        "hunter2",
        "{\"kty\": \"oct\", \"k\": \"hunter2\"}",
        "keyring:hunter2",
    ] {
        typist.sees("where is client_secret (");
        typist.sees("not shown)? env:VAR, file:PATH or spec:NAME: ");
        assert!(!typist.is_echoing());
        typist.types(answer).types("\r");
        if answer != "keyring:hunter2" {
            typist.sees("this is no place");
        }
    }
    let (status, screen) = typist.ends();
    assert_eq!(status, 1, "{screen}");
    assert!(!screen.contains("hunter2"), "{screen}");
    let mut typist = Typist::start(&home.keyfob(line));
    typist.answers("spec:NAME: ", "env:SECRET");
    typist
        .answers("targets (", "")
        .answers("Write it? [Y/n] ", "");
    assert_eq!(typist.ends().0, 0);

    let piped: Vec<&str> = line
        .iter()
        .chain(&["client_secret=-", "--yes"])
        .copied()
        .collect();
    let output = run(&mut home.keyfob(piped), "hunter2");
    let hint = "name its place in place of `-`: env:VAR, file:PATH or spec:NAME; --store kernel";
    assert!(output.stderr.contains(hint), "{}", output.stderr);
    let (status, screen) = Typist::start(&home.keyfob(["secret", "set", "ci"])).ends();
    assert_eq!(status, 1, "{screen}");
    assert!(screen.contains("(keyring-unavailable)"), "{screen}");
    let hint =
        "keyfob secret set --store kernel ci, and {\"keyring\": {\"user\": \"ci\", \"store\"";
    assert!(screen.contains(hint), "{screen}");
    assert!(!screen.contains("secret `ci`: "), "{screen}");
}

#[test]
fn the_commands_to_run_next_fit_the_targets() {
    let home = Home::new();
    for (more, tools) in [
        (&[][..], &["kubectl"][..]),
        (
            &["--target", "https://10.0.0.1:6443"],
            &["kubectl", "git", "docker"],
        ),
        (&["--target", "https://git.example.com/team"], &["git"]),
        (&["--target", "registry.example.com"], &["git", "docker"]),
        (
            &[
                "--target",
                "https://git.example.com/team",
                "--target",
                "r.example.com",
            ],
            &["git", "docker"],
        ),
        (
            &["--target", "https://10.0.0.1:6443", "--caller", "git"],
            &["git"],
        ),
    ] {
        let all: Vec<&str> = ["--yes"].iter().chain(more).copied().collect();
        let output = add(&home, &all);
        let setups: Vec<&str> = output
            .answer()
            .lines()
            .filter_map(|line| line.strip_prefix("  keyfob setup ")?.split(' ').next())
            .collect();
        assert_eq!(setups, tools, "{more:?}");
    }
}

#[test]
fn enter_takes_the_first_of_several_choices_and_the_question_says_so() {
    let mut home = Home::new();
    home.set("SECRET", "hunter2");
    let line = [
        "add",
        "ci",
        "--provider",
        "client_credentials",
        "token_url=https://a.example.com/t",
        "client_id=x",
    ];
    let mut typist = Typist::start(&home.keyfob(line));
    typist.answers("which? [1-2, Enter for 1] ", "");
    typist.sees("where is client_secret (").types("\x04");
    assert_eq!(typist.ends().0, 1);
}

#[test]
fn a_secret_that_is_stored_while_the_questions_are_asked_is_not_lost() {
    let Some(desktop) = Desktop::unlocked() else {
        return;
    };
    let line = ["add", "ci", "--no-check", "--provider", "static"];
    let mut typist = Typist::start(&desktop.home.keyfob(line));
    typist
        .answers("targets (", "")
        .answers("token (", "mine")
        .sees("Write it? [Y/n] ");
    desktop
        .keyfob(&["secret", "set", "ci-token"], "theirs")
        .answer();
    typist.types("y\r");
    let (status, screen) = typist.ends();
    assert_eq!(status, 1, "{screen}");
    let says = "keyring entry `ci-token` was stored meanwhile, and stays as it is (output-failed)";
    assert!(screen.contains(says), "{screen}");
    assert_eq!(desktop.secret("\"ci-token\""), "theirs");
    assert!(!desktop.home.config().join("ci.json").exists());
}
