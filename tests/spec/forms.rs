//! The forms of SPEC: inline, standard input, a file, a name, `KEYFOB_SPEC`, none at all.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::json;

use super::{Bench, assert_told};
use crate::support::{Output, run};

/// A spec without a command, which would run beside its file: then the same text in another folder is another spec.
fn text(bench: &Bench) -> String {
    let secret = bench.home.write("secret", "s3cret");
    bench.text(json!({ "client_secret": { "file": secret } }))
}

fn token(bench: &Bench, words: &[&str], stdin: &str) -> Output {
    let words = std::iter::once("token").chain(words.iter().copied());
    run(&mut bench.home.keyfob(words), stdin)
}

#[test]
fn every_form_names_the_same_spec() {
    let bench = Bench::new();
    let text = text(&bench);
    let path = bench.home.spec("by-name", &text);
    let path = path.to_str().unwrap();
    fs::copy(path, bench.home.home().join("here.json")).unwrap();
    let inline = format!(" \n{text}");
    for spec in [&inline, path, "by-name", "here.json", "./here.json"] {
        let output = token(&bench, &["--spec", spec], "");
        assert_eq!(output.json()["access_token"], "token-1", "{spec}");
        let joined = format!("--spec={spec}");
        assert_eq!(token(&bench, &[&joined], ""), output);
    }
    let piped = token(&bench, &["--spec", "-"], &text);
    assert_eq!(piped.json()["access_token"], "token-1");
    assert_eq!(token(&bench, &[], &text), piped, "no SPEC: standard input");
    assert_eq!(bench.provider.count(), 1, "one spec, one token");
}

#[test]
fn the_variable_takes_every_form_and_the_option_wins_over_it() {
    let mut bench = Bench::new();
    let text = text(&bench);
    let path = bench.home.spec("by-name", &text);
    for spec in [&text, path.to_str().unwrap(), "by-name", "-"] {
        bench.home.set("KEYFOB_SPEC", spec);
        let output = token(&bench, &[], &text);
        assert_eq!(output.json()["access_token"], "token-1", "{spec}");
    }
    bench.home.set("KEYFOB_SPEC", "nowhere");
    let output = token(&bench, &["--spec", "by-name"], "");
    assert_eq!(output.json()["access_token"], "token-1");
    bench.home.set("KEYFOB_SPEC", "");
    assert_eq!(token(&bench, &[], &text).json()["access_token"], "token-1");
}

#[test]
fn where_standard_input_is_the_callers_it_cannot_be_the_spec() {
    let bench = Bench::new();
    let told = "keyfob: error: `--spec -` cannot be used here: standard input belongs to the caller (usage)\nkeyfob: hint: name a file or a spec of the configuration folder\n";
    let git = run(
        &mut bench.home.keyfob(["git", "--spec", "-", "get"]),
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert_eq!(
        (git.status, git.stdout.as_str(), git.stderr.as_str()),
        (2, "quit=1\n", told)
    );
    let docker = run(
        &mut bench.home.keyfob(["docker", "--spec", "-", "get"]),
        "git.example.com",
    );
    assert_eq!(
        (
            docker.status,
            docker.stdout.as_str(),
            docker.stderr.as_str()
        ),
        (1, told, "")
    );
    bench.assert_untouched("--spec -");
}

#[test]
fn kubectl_and_run_take_it_from_standard_input() {
    let bench = Bench::new();
    let text = bench.text(json!({}));
    let kubectl = run(&mut bench.home.keyfob(["kubectl", "--spec", "-"]), &text);
    assert_eq!(kubectl.json()["status"]["token"], "token-1");
    let words = ["run", "--spec", "-", "--", "sh", "-c", "echo $KEYFOB_TOKEN"];
    let output = run(&mut bench.home.keyfob(words), &text);
    assert_eq!(output.answer(), "token-1\n");
}

#[test]
fn without_a_spec_those_that_name_no_target_say_so() {
    let bench = Bench::new();
    for words in [vec!["kubectl"], vec!["run", "--", "true"]] {
        let output = run(&mut bench.home.keyfob(words), bench.text(json!({})));
        assert_told(
            &output,
            2,
            "no spec is named (spec-not-found)\nkeyfob: hint: name one with --spec or KEYFOB_SPEC",
        );
    }
    bench.assert_untouched("no spec");
}

#[test]
fn a_spec_that_is_not_there_is_told_with_the_path_that_was_looked_at() {
    let bench = Bench::new();
    let config = bench.home.config();
    let config = config.display();
    for (spec, path) in [
        ("nowhere", format!("{config}/nowhere.json")),
        ("a+b@c_d.e", format!("{config}/a+b@c_d.e.json")),
        ("nowhere.json", "nowhere.json".to_owned()),
        ("./nowhere", "./nowhere".to_owned()),
        ("/nowhere/x.json", "/nowhere/x.json".to_owned()),
        ("~/x", "~/x".to_owned()),
        ("..json", "..json".to_owned()),
    ] {
        let told = format!(
            "spec {path} cannot be used: there is no such file (spec-not-found)\nkeyfob: hint: "
        );
        assert_told(&token(&bench, &["--spec", spec], ""), 2, &told);
    }
}

#[test]
fn a_name_that_is_no_word_leads_nowhere() {
    let bench = Bench::new();
    bench.home.write("secret.json", bench.text(json!({})));
    bench.home.spec(".hidden", bench.text(json!({})));
    for name in [
        "..", ".", ".hidden", "", "a b", "a\\b", "a\nb", "a:b", "$HOME", "*", "a%2fb",
    ] {
        let output = token(&bench, &["--spec", name], "");
        assert_told(
            &output,
            2,
            "the spec's name is not valid (usage)\nkeyfob: hint: letters, digits and -_.@+",
        );
    }
    // With a slash it is a path from where one stands, never one below the configuration folder.
    let output = token(&bench, &["--spec", "../secret"], "");
    assert_told(
        &output,
        2,
        "spec ../secret cannot be used: there is no such file (spec-not-found)",
    );
    bench.assert_untouched("no word");
}

#[test]
fn a_spec_that_others_can_write_is_refused() {
    let bench = Bench::new();
    let targets = json!({ "targets": ["git.example.com"] });
    let path = bench.home.spec("open", bench.text(targets));
    for mode in [0o602, 0o620, 0o666, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        for spec in ["open", path.to_str().unwrap()] {
            let told = format!(
                "spec {} cannot be used: other users can write it (chmod go-w fixes that) (spec-unsafe)\n",
                path.display()
            );
            assert_told(&token(&bench, &["--spec", spec], ""), 2, &told);
        }
        // Found by its target it does not count either.
        let request = "protocol=https\nhost=git.example.com\n\n";
        let git = run(&mut bench.home.keyfob(["git", "get"]), request);
        assert!(!git.stdout.contains("password"), "{mode:o}");
    }
    bench.assert_untouched("others can write it");
    for mode in [0o600, 0o644, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(token(&bench, &["--spec", "open"], "").status, 0, "{mode:o}");
    }
}

#[test]
fn a_link_to_a_spec_that_others_can_write_is_refused() {
    let bench = Bench::new();
    let path = bench.home.write("elsewhere.json", bench.text(json!({})));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    symlink(&path, bench.home.config().join("linked.json")).unwrap();
    let output = token(&bench, &["--spec", "linked"], "");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(
        output.stderr.contains(" (spec-unsafe)\n"),
        "{}",
        output.stderr
    );
    bench.assert_untouched("linked");
}

#[test]
fn a_spec_that_is_somebody_elses_is_refused() {
    let bench = Bench::new();
    let path = bench.home.spec("theirs", bench.text(json!({})));
    if std::os::unix::fs::chown(&path, Some(65_534), None).is_err() {
        return; // only root can give a file away
    }
    let told = format!(
        "spec {} cannot be used: another user owns it (spec-unsafe)\n",
        path.display()
    );
    let output = token(&bench, &["--spec", "theirs"], "");
    assert_told(&output, 2, &told);
    assert!(
        output
            .stderr
            .contains("\nkeyfob: hint: in a pod or a CI job, "),
        "{output:?}"
    );
    bench.assert_untouched("theirs");
}

#[test]
fn a_folder_is_no_spec() {
    let bench = Bench::new();
    let folder = bench.home.config();
    let output = token(&bench, &["--spec", folder.to_str().unwrap()], "");
    let told = format!(
        "spec {} cannot be used: it is not a regular file (spec-invalid)\n",
        folder.display()
    );
    assert_told(&output, 2, &told);
}

#[test]
fn a_command_line_that_makes_no_sense_is_told_in_one_line_and_repeats_nothing() {
    let bench = Bench::new();
    for words in [
        &["--spec"][..],
        &["--spec", "{}", "--spec", "{}"],
        &["--format", "yaml"],
        &["--format"],
        &["--sepc", "hunter2-hunter2"],
        &["hunter2-hunter2"],
        &["--env", "hunter2-hunter2", "--spec", "x"],
        &["--", "hunter2-hunter2"],
    ] {
        let output = token(&bench, words, &bench.text(json!({})));
        assert_told(&output, 2, "");
        assert!(output.stderr.contains(" (usage)\n"), "{}", output.stderr);
        assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    }
    bench.assert_untouched("usage");
}
