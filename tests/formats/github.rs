//! `--format github`, read as the runner of GitHub Actions reads it: its commands on standard output (`ActionCommand`), its files of variables
//! and outputs (`FileCommandManager`). Whatever it would ignore or stumble over fails here.

use std::fs;

use super::readers::TOKENS;
use super::{Bench, NASTY};
use crate::support::Output;

/// The values that are masked; nothing else may be said.
#[track_caller]
pub(crate) fn masks(stdout: &str) -> Vec<String> {
    let mask = |line: &str| {
        let value = line
            .strip_prefix("::add-mask::")
            .unwrap_or_else(|| panic!("{line}: is no mask"));
        // `ActionCommand.UnescapeData`, in its order.
        value
            .replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    assert!(stdout.is_empty() || stdout.ends_with('\n'), "{stdout}");
    stdout.lines().map(mask).collect()
}

/// The pairs of a file; a line of `=` before `<<` is `NAME=VALUE`, else what follows `<<` ends the value.
#[track_caller]
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "the next line would be taken for this one's"
    );
    let mut lines = text.lines();
    let mut pairs = Vec::new();
    while let Some(line) = lines.next() {
        let equals = line.find('=');
        let heredoc = line.find("<<");
        match (equals, heredoc) {
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                let (name, value) = line.split_once('=').unwrap();
                pairs.push((name.to_owned(), value.to_owned()));
            }
            (_, Some(_)) => {
                let (name, delimiter) = line.split_once("<<").unwrap();
                assert!(!name.is_empty() && !delimiter.is_empty(), "{line}");
                let mut value = Vec::new();
                loop {
                    let line = lines.next().expect("Matching delimiter not found");
                    if line == delimiter {
                        break;
                    }
                    value.push(line);
                }
                pairs.push((name.to_owned(), value.join("\n")));
            }
            _ => panic!("Invalid format '{line}'"),
        }
    }
    assert!(
        pairs.iter().all(|(name, _)| name != "NODE_OPTIONS"),
        "the runner refuses it"
    );
    pairs
}

/// A step of a job: both files are there, and empty unless something is said.
fn step(token: &str) -> Bench {
    let mut bench = Bench::new(token);
    for (variable, file) in [("GITHUB_ENV", "env"), ("GITHUB_OUTPUT", "output")] {
        let path = bench.home.write(&format!("tmp/{file}"), "");
        bench.home.set(variable, path);
    }
    bench
}

#[track_caller]
fn file(bench: &Bench, name: &str) -> String {
    fs::read_to_string(bench.home.path("tmp").join(name)).unwrap()
}

fn github(bench: &Bench, words: &[&str]) -> Output {
    let words: Vec<&str> = ["--format", "github"]
        .iter()
        .chain(words)
        .copied()
        .collect();
    bench.token(&words)
}

#[test]
fn the_token_is_masked_and_becomes_a_variable_of_the_later_steps() {
    for token in TOKENS
        .iter()
        .chain(&["%", "%25", "100%0A", "EOF", "::add-mask::x"])
    {
        let bench = step(token);
        let output = github(&bench, &[]);
        assert_eq!(output.stderr, "");
        assert_eq!(masks(output.answer()), [*token]);
        let wanted = ("KEYFOB_TOKEN".to_owned(), (*token).to_owned());
        assert_eq!(pairs(&file(&bench, "env")), [wanted]);
        assert_eq!(file(&bench, "output"), "", "nobody asked for it");
    }
}

#[test]
fn to_says_which_file_and_env_says_the_name() {
    for (to, files) in [
        ("env", &["env"][..]),
        ("output", &["output"]),
        ("both", &["env", "output"]),
    ] {
        let bench = step(NASTY);
        let output = github(&bench, &["--to", to, "--env", "API_2"]);
        assert_eq!(masks(output.answer()), [NASTY]);
        for name in ["env", "output"] {
            let found = pairs(&file(&bench, name));
            if files.contains(&name) {
                assert_eq!(found, [("API_2".to_owned(), NASTY.to_owned())], "{to}");
            } else {
                assert_eq!(found, [], "{to}");
            }
        }
    }
}

#[test]
fn what_the_file_held_is_kept_and_no_delimiter_is_used_twice() {
    let bench = step("t0ken");
    bench.home.write("tmp/env", "BEFORE=1\n");
    for name in ["A", "B"] {
        github(&bench, &["--env", name]).answer();
    }
    let text = file(&bench, "env");
    let names: Vec<String> = pairs(&text).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["BEFORE", "A", "B"]);
    let delimiters: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once("<<"))
        .map(|(_, delimiter)| delimiter)
        .collect();
    assert_ne!(delimiters[0], delimiters[1]);
    assert!(delimiters.iter().all(|delimiter| delimiter.len() >= 32));
    assert_eq!(bench.provider.count(), 1);
}

#[test]
fn what_cannot_be_masked_is_not_written() {
    let bench = step("t0ken");
    let script = "keyfob token --spec ci --format github --to both >/dev/full";
    let output = crate::support::run(bench.home.command("sh").args(["-c", script]), "");
    assert_eq!(
        (output.status, output.stderr.as_str()),
        (
            1,
            "keyfob: error: the answer cannot be written: no storage space (output-failed)\n"
        )
    );
    assert_eq!(file(&bench, "env") + &file(&bench, "output"), "");
}

#[test]
fn outside_of_a_step_nobody_is_asked() {
    for (to, variable) in [
        ("env", "GITHUB_ENV"),
        ("output", "GITHUB_OUTPUT"),
        ("both", "GITHUB_OUTPUT"),
    ] {
        let mut bench = step("t0ken");
        bench.home.unset(variable);
        let output = github(&bench, &["--to", to]);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert_eq!(
            output.stderr,
            format!(
                "keyfob: error: {variable} is not set (usage)\n\
                 keyfob: hint: --format github is for steps of GitHub Actions; elsewhere use --format export\n"
            )
        );
        assert_eq!(bench.provider.connections(), 0);
    }
}

#[test]
fn a_file_that_is_not_there_is_not_made_and_nobody_is_asked() {
    let mut bench = step("t0ken");
    for (path, why) in [
        (bench.home.path("tmp/none"), "there is no such file"),
        (bench.home.path("tmp"), "is a directory"),
        ("/dev/null".into(), "it is not a regular file"),
    ] {
        bench.home.set("GITHUB_ENV", &path);
        let output = github(&bench, &[]);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        let start = "keyfob: error: the file that GITHUB_ENV names: ";
        assert!(
            output.stderr.starts_with(start) && output.stderr.contains(why),
            "{}",
            output.stderr
        );
        assert!(output.stderr.ends_with(" (output-failed)\n"));
    }
    assert!(!bench.home.path("tmp/none").exists());
    assert_eq!(bench.provider.connections(), 0);
}
