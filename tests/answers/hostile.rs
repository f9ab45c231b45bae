//! Words of a server that wants more than to be read: at the terminal, in a CI log, in the next tool.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{outcome, outcome_of};
use crate::support::{Answer, Home, Provider, run};

/// What is said of an error with these words; asserts that it is one sober line.
#[track_caller]
fn said(words: &str) -> String {
    let error = json!({ "error": "invalid_request", "error_description": words });
    let by_description = outcome(&Answer::json(400, error.to_string()));
    let by_code = outcome(&Answer::json(400, json!({ "error": words }).to_string()));
    let plain = outcome(&Answer::text(400, words));
    for outcome in [&by_description, &by_code, &plain] {
        assert_eq!(
            (outcome.output.status, outcome.output.stdout.as_str()),
            (1, "")
        );
        super::assert_sober(&outcome.output.stderr);
    }
    let stderr = &by_description.output.stderr;
    let (_, rest) = stderr.split_once("invalid_request").unwrap();
    let (words, _) = rest.split_once(" (provider-refused)").unwrap();
    words.strip_prefix(": ").unwrap_or_default().to_owned()
}

#[test]
fn words_stay_on_their_line() {
    for end in [
        "\n", "\r\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\n\n \t",
    ] {
        assert_eq!(said(&format!("one{end}two{end}")), "one two", "{end:?}");
    }
    assert_eq!(said("\n::add-mask::x"), "::add-mask::x");
    assert_eq!(
        said("x\n::set-output name=a::b\n"),
        "x ::set-output name=a::b"
    );
    assert_eq!(
        said("\nkeyfob: error: all is well (none)"),
        "keyfob: error: all is well (none)"
    );
}

#[test]
fn no_runner_finds_a_command_in_them() {
    // Azure Pipelines looks for `##vso[` and GitHub's runner for `##[` anywhere in a line; TeamCity for `##teamcity[`.
    for (words, shown) in [
        (
            "##vso[task.setvariable variable=PATH]/tmp",
            "# #vso[task.setvariable variable=PATH]/tmp",
        ),
        ("x ##[add-mask]x", "x # #[add-mask]x"),
        ("a###vso[x]", "a# # #vso[x]"),
        ("####vso[x]", "# # # #vso[x]"),
        ("#\u{0}#vso[x]", "# #vso[x]"),
        ("#\u{200e}#vso[x]", "# #vso[x]"),
        ("##teamcity[buildStop]", "# #teamcity[buildStop]"),
        ("issue #7 stays", "issue #7 stays"),
    ] {
        assert_eq!(said(words), shown);
    }
}

#[test]
fn nothing_reaches_the_terminal_but_text() {
    for (words, shown) in [
        ("\u{1b}[2J\u{1b}[31mred\u{1b}[0m", "[2J [31mred [0m"),
        ("\u{1b}]0;title\u{7}x", "]0;title x"),
        ("\u{1b}]52;c;aGk=\u{1b}\\x", "]52;c;aGk= \\x"),
        ("\u{9b}31mred", "31mred"),
        ("back\u{8}\u{8}space", "back space"),
        ("nul\u{0}nul", "nul nul"),
        ("\u{202e}txet sdrawkcab\u{202c}", "txet sdrawkcab"),
        ("\u{2066}isolated\u{2069}", "isolated"),
        ("a\u{200f}b\u{200e}c\u{61c}d", "a b c d"),
        ("\u{feff}mark", "mark"),
        (
            "accents stay: \u{e9}\u{4e2d}",
            "accents stay: \u{e9}\u{4e2d}",
        ),
    ] {
        assert_eq!(said(words), shown, "{words:?}");
    }
}

#[test]
fn words_without_end_are_cut() {
    let shown = said(&"long ".repeat(2000));
    assert_eq!(shown.chars().count(), 301);
    assert!(shown.ends_with('…'), "{shown}");
    let long = outcome(&Answer::text(400, "z".repeat(5000)));
    assert!(
        !long.output.stderr.contains("zzz"),
        "{}",
        long.output.stderr
    );
}

#[test]
fn the_type_of_a_token_is_no_way_in_either() {
    let answer = json!({ "access_token": "t0ken", "token_type": "x\n##vso[y]\u{1b}[31m\u{202e}" });
    outcome(&Answer::json(200, answer.to_string())).told(&super::nonsense(
        200,
        "the token's type is `x # #vso[y] [31m`, and only bearer tokens can be handed on",
    ));
}

#[test]
fn git_and_docker_hear_no_line_of_a_server_as_their_own() {
    let provider = Provider::start(|_| {
        let words = "x\nusername=evil\npassword=evil\n\nquit=0";
        let error = json!({ "error": "invalid_request", "error_description": words });
        Answer::json(400, error.to_string())
    });
    let mut home = Home::new();
    home.set("SECRET", "s3cret");
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "c",
        "client_secret": { "env": "SECRET" }, "targets": ["git.example.com"],
    });
    home.spec("team", spec.to_string());
    let request = "protocol=https\nhost=git.example.com\n\n";
    let git = run(&mut home.keyfob(["git", "get"]), request);
    assert_eq!((git.status, git.stdout.as_str()), (1, "quit=1\n"));
    super::assert_sober(&git.stderr);
    let docker = run(&mut home.keyfob(["docker", "get"]), "git.example.com");
    assert_eq!((docker.status, docker.stderr.as_str()), (1, ""));
    super::assert_sober(&docker.stdout);
}

/// An answer that is as large as one may be takes no longer than a call.
#[test]
fn a_large_answer_is_read_in_no_time() {
    let token: String = (0..100_000).map(|n| format!("{n:010}")).collect();
    let refusal = json!({ "error": "invalid_grant", "error_description": "no", "token": token });
    let xml = format!("<R><Token>{}</Token></R>", "&".repeat(1_000_000));
    let many: Vec<String> = (1000..26_000).map(|n| n.to_string()).collect();
    let many = json!({ "error": "invalid_grant", "error_description": "no", "Token": many });
    let of_xml = json!({ "token_pointer": { "element": "Token" } });
    for (answer, more, told) in [
        (
            Answer::json(400, refusal.to_string()),
            json!({}),
            "invalid_grant; words are withheld that may repeat a secret",
        ),
        (
            Answer::json(400, many.to_string()),
            of_xml.clone(),
            "invalid_grant; words are withheld that may repeat a secret",
        ),
        (
            Answer::text(200, xml),
            of_xml,
            "the token is longer than 64 KiB",
        ),
    ] {
        let begun = Instant::now();
        let outcome = outcome_of(&answer, more);
        let stderr = &outcome.output.stderr;
        assert!(stderr.contains(told), "{stderr}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}
