//! The formats in the hands of those who read them: sh, bash, dotenv readers, Python's netrc, curl.

use super::{Bench, NASTY};
use crate::support::{need, run};

/// Tokens that one reader or another takes for something else.
pub(super) const TOKENS: &[&str] = &[
    "plain",
    NASTY,
    "~root",
    "a:~root",
    "=ls",
    "#comment",
    "-n",
    "%s%n",
    "$HOME",
    "${HOME}",
    "$(id)",
    "`id`",
    "'",
    "''",
    "'\\''",
    "\"",
    "\"x\"",
    "\\",
    "\\\\",
    "\\n",
    "x\\",
    "it's`id`$HOME\"\\",
    "*",
    "a=b",
    "!x",
    "{a,b}",
    "a;b",
    "a&b",
    "a|b",
    "<a>",
    "a#b",
    "'`id`'",
    "@file",
    "export",
];

#[test]
fn a_shell_that_evaluates_env_has_the_very_token() {
    for token in TOKENS {
        let bench = Bench::new(token);
        for shell in ["sh", "bash"] {
            if !need(&[shell]) {
                continue;
            }
            let script = "set -eu; set -- $(cd /; echo *); eval \"$(keyfob token --spec ci --format env --env T)\"; printf %s \"$T\"";
            let output = run(bench.home.command(shell).args(["-c", script]), "");
            assert_eq!(
                (output.answer(), output.stderr.as_str()),
                (*token, ""),
                "{shell}"
            );
        }
    }
}

#[test]
fn a_shell_that_evaluates_export_hands_the_very_token_to_its_children() {
    for token in TOKENS {
        let bench = Bench::new(token);
        for shell in ["dash", "bash"] {
            if !need(&[shell]) {
                continue;
            }
            let script = "set -eu; cd /; eval \"$(keyfob token --spec ci --format export --env T)\"; printenv T";
            let output = run(bench.home.command(shell).args(["-c", script]), "");
            let wanted = format!("{token}\n");
            assert_eq!(
                (output.answer(), output.stderr.as_str()),
                (wanted.as_str(), ""),
                "{shell}"
            );
            let script = "keyfob token --spec ci --format export >file; . ./file; printf %s \"$KEYFOB_TOKEN\"";
            assert_eq!(bench.sh(script), *token);
        }
    }
}

#[test]
fn a_plain_token_needs_no_quotes_and_another_gets_them() {
    for (token, wanted) in [
        ("abc-._~+/=", "T=abc-._~+/=\n"),
        ("~abc", "T='~abc'\n"),
        ("a$b", "T='a$b'\n"),
        ("a'b", "T='a'\\''b'\n"),
    ] {
        let output = Bench::new(token).token(&["--format", "env", "--env", "T"]);
        assert_eq!(output.answer(), wanted);
    }
}

/// A reader of dotenv files as most of them are: quotes are taken off, in double quotes a backslash makes the next character itself.
fn read_dotenv(line: &str) -> (String, String) {
    let (name, value) = line.strip_suffix('\n').unwrap().split_once('=').unwrap();
    let value = match value.chars().next() {
        Some('\'') => value
            .strip_prefix('\'')
            .unwrap()
            .strip_suffix('\'')
            .unwrap()
            .to_owned(),
        Some('"') => {
            let inner = value.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
            let mut out = String::new();
            let mut characters = inner.chars();
            while let Some(c) = characters.next() {
                assert!(c != '"' && c != '$' && c != '`', "a bare {c} in {inner}");
                out.push(if c == '\\' {
                    characters.next().unwrap()
                } else {
                    c
                });
            }
            out
        }
        _ => {
            assert!(!value.contains(['#', ' ', '$']), "{value} needs quotes");
            value.to_owned()
        }
    };
    (name.to_owned(), value)
}

#[test]
fn a_dotenv_file_holds_the_very_token() {
    for token in TOKENS {
        let bench = Bench::new(token);
        let output = bench.token(&["--format", "dotenv"]);
        assert_eq!(
            read_dotenv(output.answer()),
            ("KEYFOB_TOKEN".to_owned(), (*token).to_owned()),
            "{}",
            output.stdout
        );
        // A shell that sources it finds the same, and runs nothing.
        let script =
            "keyfob token --spec ci --format dotenv >file; . ./file; printf %s \"$KEYFOB_TOKEN\"";
        assert_eq!(bench.sh(script), *token);
    }
}

#[test]
fn pythons_netrc_reads_user_and_token() {
    if !need(&["python3"]) {
        return;
    }
    let program = "import netrc,sys; print(*netrc.netrc('file').authenticators('git.example.com'), sep='\\n')";
    for token in TOKENS {
        let bench = Bench::new(token);
        bench.sh("keyfob token --spec ci --format netrc >file; chmod 600 file");
        let output = run(bench.home.command("python3").args(["-c", program]), "");
        let lines: Vec<&str> = output.answer().lines().collect();
        assert_eq!(lines, ["robot", "", token], "{}", output.stderr);
    }
}

#[test]
fn curl_sends_what_netrc_holds() {
    if !need(&["curl"]) {
        return;
    }
    for token in TOKENS {
        let bench = Bench::with(token, &["127.0.0.1"]);
        let url = bench.provider.at("/api");
        let script = format!(
            "keyfob token --spec ci --format netrc >file; curl -sS --noproxy '*' --netrc-file file {url}"
        );
        assert_eq!(bench.sh(&script), "welcome");
        let basic = bench.provider.requests()[1].basic();
        assert_eq!(basic, Some(("robot".to_owned(), (*token).to_owned())));
    }
}

/// curl 7.88 reads lines of at most 4095 bytes, and says nothing of the rest: the request goes out without a password.
#[test]
fn a_line_that_curl_would_pass_over_is_refused_and_the_longest_other_is_read() {
    if !need(&["curl"]) {
        return;
    }
    // "machine 127.0.0.1 login robot password " and the line break
    let longest = "x".repeat(4000 - 40);
    let bench = Bench::with(&longest, &["127.0.0.1"]);
    let url = bench.provider.at("/api");
    bench.sh(&format!(
        "keyfob token --spec ci --format netrc >file; curl -sS --noproxy '*' --netrc-file file {url}"
    ));
    let basic = bench.provider.requests()[1].basic();
    assert_eq!(basic, Some(("robot".to_owned(), longest.clone())));

    let quoted = format!("{}\"", "x".repeat(4000 - 42));
    for token in [format!("{longest}x"), quoted] {
        let output = Bench::with(&token, &["127.0.0.1"]).token(&["--format", "netrc"]);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert_eq!(
            output.stderr,
            "keyfob: error: the token is too long for netrc: curl passes over lines of more than 4000 bytes (not-supported)\n\
             keyfob: hint: use --format curl, or --format header with `curl --header @-`\n"
        );
    }
}

#[test]
fn curl_sends_the_header_of_its_configuration() {
    if !need(&["curl"]) {
        return;
    }
    for token in TOKENS {
        let bench = Bench::new(token);
        let url = bench.provider.at("/api");
        let script = format!(
            "keyfob token --spec ci --format curl | curl -sS --noproxy '*' --config - {url}"
        );
        assert_eq!(bench.sh(&script), "welcome");
        let requests = bench.provider.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[1].bearer(), Some(*token));
    }
}

#[test]
fn curl_takes_the_header_from_standard_input_too() {
    if !need(&["curl"]) {
        return;
    }
    let bench = Bench::new(NASTY);
    let url = bench.provider.at("/api");
    let script = format!(
        "keyfob token --spec ci --format header | curl -sS --noproxy '*' --header @- {url}"
    );
    assert_eq!(bench.sh(&script), "welcome");
    assert_eq!(bench.provider.requests()[1].bearer(), Some(NASTY));
    let script = format!(
        "printf 'Authorization: ' >head; keyfob token --spec ci --format header-value >>head; curl -sS --noproxy '*' --header @head {url}"
    );
    assert_eq!(bench.sh(&script), "welcome");
    assert_eq!(bench.provider.requests()[2].bearer(), Some(NASTY));
}

#[test]
fn a_json_reader_finds_one_header() {
    if !need(&["python3"]) {
        return;
    }
    let program = "import json,sys; [(name, value)] = json.load(sys.stdin).items(); print(name, value, sep='|', end='')";
    for token in TOKENS {
        let bench = Bench::new(token);
        let script =
            format!("keyfob token --spec ci --format headers-json | python3 -c \"{program}\"");
        assert_eq!(bench.sh(&script), format!("Authorization|Bearer {token}"));
    }
}
