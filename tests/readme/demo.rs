//! The demo is run, and what the README shows of it is what it prints.

use std::path::{Path, PathBuf};

use super::blocks;
use crate::support::home::keyfob_binary;
use crate::support::{Home, need, run};

/// The example, as `cargo test` builds it beside the program.
fn example() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_keyfob"));
    let path = built.with_file_name("examples").join("demo");
    assert!(
        path.is_file(),
        "the demo is not built: `cargo test` builds it, and so does `cargo build --example demo`"
    );
    path
}

fn demo() -> String {
    let home = Home::new();
    let output = run(home.command_at(&example()).arg(keyfob_binary()), "");
    assert_eq!(output.stderr, "");
    output.answer().to_owned()
}

/// What follows a line that begins with `$ ` and holds `command`, up to the next such line.
fn answer_to<'a>(session: &'a str, command: &str) -> &'a str {
    let answer = session.split("\n$ ").find_map(|part| {
        let (line, answer) = part.split_once('\n')?;
        line.contains(command).then_some(answer)
    });
    answer.unwrap_or_else(|| panic!("nothing was said to {command}:\n{session}"))
}

#[test]
fn the_demo_hands_one_token_to_kubectl_git_and_docker() {
    if !need(&["git"]) {
        return;
    }
    let session = demo();
    let credential: serde_json::Value =
        serde_json::from_str(answer_to(&session, "keyfob kubectl").trim()).unwrap();
    assert_eq!(credential["kind"], "ExecCredential");
    let token = credential["status"]["token"].as_str().unwrap();
    assert!(token.starts_with("eyJ"), "{token}");

    let git = answer_to(&session, "git credential fill");
    assert!(
        git.lines().any(|line| line == "host=git.example.com"),
        "{git}"
    );
    assert!(
        git.lines().any(|line| line == format!("password={token}")),
        "{git}"
    );

    let docker: serde_json::Value =
        serde_json::from_str(answer_to(&session, "docker-credential-keyfob get").trim()).unwrap();
    assert_eq!(docker["ServerURL"], "registry.example.com:5000");
    assert_eq!(docker["Secret"], token);

    assert!(
        session.ends_with("\nrequests at the token server: 1\n"),
        "{session}"
    );
}

/// The session without what differs from run to run: tokens, numbers, and how long is left.
fn same_every_time(session: &str) -> String {
    let mut same = String::new();
    for line in session.trim_end().lines() {
        let line = line.split("\tfresh\t").next().unwrap_or_default();
        let mut parts = line.split("eyJ");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for token in parts {
            text.push_str("TOKEN");
            text.extend(token.find('"').map(|end| &token[end..]));
        }
        let mut last = ' ';
        for character in text.chars() {
            let shown = if character.is_ascii_digit() {
                '0'
            } else {
                character
            };
            if shown != '0' || last != '0' {
                same.push(shown);
            }
            last = shown;
        }
        same.push('\n');
    }
    same
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    if !need(&["git"]) {
        return;
    }
    let shown = blocks("README.md")
        .into_iter()
        .find(|block| block.comment.as_deref() == Some("demo"))
        .expect("the README shows no demo");
    assert_eq!(same_every_time(&shown.text), same_every_time(&demo()));
}

#[test]
fn what_differs_from_run_to_run_is_all_that_does() {
    assert_eq!(
        same_every_time(
            "$ a\n{\"t\":\"eyJ.x-1\",\"n\":17}\npassword=eyJabc\ndemo\t-\tfresh\t2026-11-21T23:48:17Z\n\n"
        ),
        "$ a\n{\"t\":\"TOKEN\",\"n\":0}\npassword=TOKEN\ndemo\t-\n"
    );
}
