//! What people type: which command a line means, whatever the program is called, and what `keyfob providers` tells.

mod add;
mod add_care;
mod check;
mod completions;
mod doctor;
mod hints;
mod machine;
mod piped;
mod planted;
mod policy;
mod secret;
mod sentences;
mod status;
mod versions;

use std::os::unix::fs::PermissionsExt as _;

use keyfob::spec::expand::GRANTS;

use crate::support::{Answer, Home, Output, Provider, run};

const LINKS: &[&str] = &[
    "kubectl-keyfob",
    "git-credential-keyfob",
    "docker-credential-keyfob",
    "keyring",
    "bazel-credential-keyfob",
    "cargo-credential-keyfob",
];

#[test]
fn a_command_that_is_written_out_wins_over_the_links_name() {
    let home = Home::new();
    let plain = |words: &[&str]| run(&mut home.keyfob(words), "");
    for link in LINKS {
        let program = home.link(link);
        let linked = |words: &[&str]| run(home.command_at(&program).args(words), "");
        assert_eq!(linked(&["status", "--format", "json"]).answer(), "[]\n");
        for words in [
            &["--version"][..],
            &["-V"],
            &["providers", "talend"],
            &["forget"],
            &["check", "--spec", "none"],
            &["token", "--spec", "none"],
            &["run", "--spec", "none", "--", "true"],
            &["revoke", "--spec", "none"],
            &["secret", "set", ""],
            &["-v", "status", "--format", "json"],
        ] {
            let without_steps = |mut output: Output| {
                output.stderr = output.stderr.replace("keyfob: debug: ", "");
                (output.status, output.stdout, output.stderr.lines().count())
            };
            assert_eq!(
                without_steps(linked(words)),
                without_steps(plain(words)),
                "{link} {words:?}"
            );
        }
    }
}

#[test]
fn a_line_without_a_sense_is_told_in_a_sentence_and_a_plea_for_help_is_none() {
    let home = Home::new();
    let hint = "keyfob: hint: `keyfob --help` lists the commands\n";
    for (words, told) in [
        (&["hunter2"][..], "there is no such command"),
        (&["--hunter2"], "there is no such option"),
    ] {
        let output = run(&mut home.keyfob(words), "");
        assert_eq!((output.status, &*output.stdout), (2, ""), "{words:?}");
        let told = format!("keyfob: error: {told} (usage)\n{hint}");
        assert_eq!(output.stderr, told, "{words:?}");
    }
    let output = run(&mut home.keyfob([""; 0]), "");
    assert_eq!((output.status, &*output.stdout), (2, ""));
    let told = "keyfob: error: no command is given (usage)\nkeyfob: hint: keyfob --help lists the commands\n";
    assert_eq!(output.stderr, told);
    for (words, usage) in [
        (&["--help"][..], "Usage: keyfob [-v] COMMAND"),
        (&["-h"], "Usage: keyfob [-v] COMMAND"),
        (&["token", "--help"], "Usage: keyfob token "),
        (&["git", "--help"], "Usage: keyfob git "),
        (&["help"], "Usage: keyfob [-v] COMMAND"),
        (&["help", "token"], "Usage: keyfob token "),
        (&["help", "git"], "Usage: keyfob git "),
        (&["help", "secret", "set"], "Usage: keyfob secret set "),
        (&["version"], "keyfob "),
        (&["token", "--version"], "keyfob "),
        (&["git", "--version"], "keyfob "),
        (&["secret", "set", "-V"], "keyfob "),
    ] {
        let output = run(&mut home.keyfob(words), "");
        assert!(output.answer().starts_with(usage), "{output:?}");
        assert_eq!(output.stderr, "", "{words:?}");
    }
}

#[test]
fn the_callers_own_words_are_the_links() {
    let home = Home::new();
    for (link, words, answer) in [
        (
            "git-credential-keyfob",
            &["capability"][..],
            "version 0\ncapability authtype\ncapability state\n",
        ),
        ("git-credential-keyfob", &["store"], ""),
        ("docker-credential-keyfob", &["list"], "{}\n"),
        ("docker-credential-keyfob", &["-v", "list"], "{}\n"),
        (
            "terraform-credentials-keyfob",
            &["forget", "registry.example.com"],
            "",
        ),
    ] {
        if !home.bin().join(link).exists() {
            home.link(link);
        }
        let mut command = home.command_at(&home.bin().join(link));
        assert_eq!(run(command.args(words), "").answer(), answer, "{link}");
    }
}

#[test]
fn cargos_one_word_is_cargos_under_the_programs_own_name_and_its_link() {
    let home = Home::new();
    let keyfob = home.bin().join("keyfob");
    let link = home.link("cargo-credential-keyfob");
    for (program, words) in [
        (&keyfob, &["--cargo-plugin"][..]),
        (&keyfob, &["-v", "--cargo-plugin"]),
        (&keyfob, &["cargo", "--cargo-plugin"]),
        (&link, &["--cargo-plugin"]),
        (&link, &["cargo", "--cargo-plugin"]),
    ] {
        let output = run(home.command_at(program).args(words), "");
        assert_eq!(output.answer(), "{\"v\":[1]}\n", "{words:?}");
    }
    // Another caller's link, or another place, is no cargo.
    let kubectl = home.link("kubectl-keyfob");
    for (program, words) in [
        (&kubectl, &["--cargo-plugin"][..]),
        (&keyfob, &["status", "--cargo-plugin"]),
        (&keyfob, &["--cargo-plugin=1"]),
        (&keyfob, &["--spec", "ci", "--cargo-plugin"]),
    ] {
        let output = run(home.command_at(program).args(words), "");
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{words:?}"
        );
    }
}

/// A home whose spec `ci` works.
fn home(provider: &Provider) -> Home {
    let mut home = Home::new();
    let url = provider.at("/token");
    home.spec(
        "ci",
        format!(
            r#"{{"provider":"client_credentials","token_url":"{url}","client_id":"ci","client_secret":{{"env":"SECRET"}},
                "targets":["git.example.com"]}}"#
        ),
    );
    home.set("SECRET", "s3cret");
    home
}

#[test]
fn steps_are_told_wherever_before_two_dashes_and_a_callers_own_words_they_are_asked_for() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let home = home(&provider);
    let git = "protocol=https\nhost=git.example.com\n\n";
    for (words, stdin) in [
        (&["-v", "token", "--spec", "ci"][..], ""),
        (&["token", "-v", "--spec", "ci"], ""),
        (&["token", "--spec", "ci", "--verbose"], ""),
        (&["--verbose", "git", "get"], git),
        (&["git", "-v", "get"], git),
        (
            &["-v", "git", "--verbose", "--spec", "ci", "-v", "get"],
            git,
        ),
        (&["kubectl", "--spec", "ci", "-v"], ""),
        (&["run", "--spec", "ci", "-v", "--", "true"], ""),
    ] {
        let output = run(&mut home.keyfob(words), stdin);
        assert_eq!(output.status, 0, "{words:?}: {output:?}");
        assert!(
            output.stderr.starts_with("keyfob: debug: ["),
            "{words:?}: {output:?}"
        );
        let kept = !output.stderr.contains("not kept");
        assert!(kept, "{words:?}: {output:?}");
        let quiet: Vec<&str> = words
            .iter()
            .filter(|word| !["-v", "--verbose"].contains(word))
            .copied()
            .collect();
        assert_eq!(run(&mut home.keyfob(quiet), stdin).stderr, "", "{words:?}");
    }
    let words = ["run", "--spec", "ci", "--", "echo", "-v", "--verbose"];
    let output = run(&mut home.keyfob(words), "");
    assert_eq!((output.answer(), &*output.stderr), ("-v --verbose\n", ""));
}

#[test]
fn a_plain_grant_is_told_in_one_line() {
    for grant in GRANTS {
        let output = crate::support::home::keyfob(["providers", grant], "");
        assert_eq!(
            (output.answer(), &*output.stderr),
            (
                format!("{grant}: a plain grant; every member is the spec's own\n").as_str(),
                ""
            )
        );
    }
}

/// A preset without blanks.
const OWN: &str = r#"{"description":"our gateway","documentation":"https://docs.example.com","parameters":{},
    "spec":{"provider":"static","token":{"env":"TOKEN"}}}"#;

#[test]
fn presets_of_ones_own_are_listed_with_the_others() {
    let home = Home::new();
    let list = || run(&mut home.keyfob(["providers"]), "");
    let shipped = list();
    let mut wanted: Vec<String> = shipped.answer().lines().map(str::to_owned).collect();
    for name in ["gateway", "another"] {
        home.write(&format!("config/providers/{name}.json"), OWN);
        wanted.push(format!("{name}\tour gateway (your own)"));
    }
    let output = list();
    let mut lines: Vec<&str> = output.answer().lines().collect();
    lines.sort_unstable();
    wanted.sort();
    assert_eq!(
        (lines, &*output.stderr),
        (wanted.iter().map(String::as_str).collect(), "")
    );
}

#[test]
fn a_preset_of_ones_own_that_cannot_be_used_says_why() {
    let home = Home::new();
    let path = home.write("config/providers/gateway.json", "{}");
    let told = |code: &str, why: &str| {
        for words in [&["providers"][..], &["providers", "gateway"]] {
            let output = run(&mut home.keyfob(words), "");
            assert_eq!((output.status, &*output.stdout), (2, ""), "{output:?}");
            let (line, _) = output.stderr.split_once('\n').unwrap();
            assert!(line.contains("gateway"), "{line}");
            assert!(line.contains(why), "{line}");
            assert!(line.ends_with(&format!(" ({code})")), "{line}");
        }
    };
    told("spec-invalid", "missing field `description`");
    home.write("config/providers/gateway.json", b"\xff");
    told("spec-invalid", "it is not UTF-8");
    home.write("config/providers/gateway.json", OWN);
    let open = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(path, open).unwrap();
    told("spec-invalid", "other users can write it");
}
