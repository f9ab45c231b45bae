//! The formats of `keyfob token`, for any token, read by readers that were written from the grammars: POSIX's shell words, dotenv,
//! netrc(5), curl's configuration, header fields. (`tests/formats` has the programs themselves read some.)

use keyfob::command::token::{self, Format, GithubFile, TokenOutput};
use serde_json::json;

use super::invariants::readers;
use super::random::Random;
use crate::obtain::world::{Fake, says};

/// `keyfob token --format …` in a world whose provider gives this token.
fn printed(access_token: &str, username: &str, format: Format) -> String {
    let world = Fake::new();
    let body = json!({"access_token": access_token, "expires_in": 3600}).to_string();
    world.answers(move |_| says(200, &[], &body));
    let spec = json!({
        "provider": "client_credentials", "token_url": "https://id.example.com/token", "client_id": "ci",
        "client_secret": {"keyring": "ci"}, "targets": ["git.example.com", "[::1]:8443", "*.example.com"], "username": username,
    });
    let printing = TokenOutput {
        format,
        variable: Some("T_1".to_owned()),
        to: GithubFile::Env,
        unmasked: false,
    };
    let reply = token::run(&world, Some(&spec.to_string()), &printing).unwrap();
    assert_eq!((reply.status, reply.stderr.as_str()), (0, ""));
    reply.stdout.expose_text().unwrap().to_owned()
}

/// One line, without its end.
#[track_caller]
fn line(text: &str) -> &str {
    let line = text.strip_suffix('\n').expect("a line ends");
    assert!(!line.contains(['\n', '\r']), "{text:?}");
    line
}

/// The value of an assignment (POSIX.1-2024, Shell Command Language §2.2); bare characters that a shell could take for more are refused.
#[track_caller]
fn shell(text: &str) -> String {
    let (name, word) = line(text).split_once('=').unwrap();
    assert_eq!(name, "T_1");
    let mut value = String::new();
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' => {
                let (quoted, behind) = rest.split_once('\'').expect("the quote ends");
                value.push_str(quoted);
                rest = behind;
            }
            '\\' => {
                let escaped = rest.chars().next().expect("something is escaped");
                rest = &rest[escaped.len_utf8()..];
                value.push(escaped);
            }
            '~' => {
                assert!(
                    !value.is_empty() && !value.ends_with(':'),
                    "{word} is expanded"
                );
                value.push(c);
            }
            c => {
                assert!(
                    c.is_ascii_alphanumeric() || "-._+/=:@%,".contains(c),
                    "a bare {c} in {word}"
                );
                value.push(c);
            }
        }
    }
    value
}

/// A dotenv file's value: literal in single quotes, escaped in double quotes, bare where nothing could be misread.
#[track_caller]
fn dotenv(text: &str) -> String {
    let (name, value) = line(text).split_once('=').unwrap();
    assert_eq!(name, "T_1");
    if let Some(quoted) = value.strip_prefix('\'') {
        let inner = quoted.strip_suffix('\'').expect("the quote ends");
        assert!(!inner.contains('\''), "{value}");
        return inner.to_owned();
    }
    match value.strip_prefix('"') {
        Some(quoted) => unescaped(quoted.strip_suffix('"').expect("the quote ends"), "$`"),
        None => {
            assert!(
                !value.contains([' ', '#', '$', '`', '"', '\'', '\\']),
                "{value}"
            );
            value.to_owned()
        }
    }
}

/// What stands in double quotes; `"` and the characters of `special` only behind a backslash.
#[track_caller]
fn unescaped(inner: &str, special: &str) -> String {
    let mut out = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        assert!(c != '"' && !special.contains(c), "a bare {c} in {inner}");
        out.push(if c == '\\' {
            characters.next().expect("something is escaped")
        } else {
            c
        });
    }
    out
}

/// The words of a netrc file (netrc(5)), a backslash in double quotes escaping the next character.
#[track_caller]
fn netrc(text: &str) -> Vec<String> {
    let mut rest = line(text);
    let mut words = Vec::new();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = quoted.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let (inner, behind) = quoted.split_at(end.expect("the quote ends"));
            words.push(unescaped(inner, ""));
            rest = behind[1..].trim_start_matches(' ');
        } else {
            let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            assert!(
                !word.starts_with('#') && !word.contains(['"', '\\', '\t']),
                "{word}"
            );
            words.push(word.to_owned());
            rest = behind;
        }
    }
    words
}

#[test]
fn every_format_holds_the_very_token_for_its_readers() {
    let mut random = Random::new(3);
    for _ in 0..150 {
        let mut bearer = random.graphic(40);
        if random.once_in(2) {
            // Nothing but what needs no quotes, and the two that need them by their place.
            bearer = bearer.replace(
                |c: char| !c.is_ascii_alphanumeric() && !"-._+/=:@%,".contains(c),
                "~",
            );
        }
        if random.once_in(4) {
            bearer = format!(
                "~{}",
                bearer.replace(|c: char| !c.is_ascii_alphanumeric(), ":~")
            );
        }
        let username = random.graphic(10).replace(':', ";") + random.pick(&["", " x", "\u{f6}"]);
        let print = |format| printed(&bearer, &username, format);
        assert_eq!(line(&print(Format::Token)), bearer);
        assert_eq!(
            line(&print(Format::Header)).strip_prefix("Authorization: Bearer "),
            Some(bearer.as_str())
        );
        let value = print(Format::HeaderValue);
        assert_eq!(line(&value).strip_prefix("Bearer "), Some(bearer.as_str()));
        let headers = print(Format::HeadersJson);
        let headers = readers::json(line(&headers));
        assert_eq!(headers.names(), ["Authorization"]);
        assert_eq!(
            headers.member("Authorization").text(),
            format!("Bearer {bearer}")
        );
        assert_eq!(shell(&print(Format::Env)), bearer);
        let export = print(Format::Export);
        let assignment = export.strip_prefix("export ").expect("an export");
        assert!(assignment.starts_with("T_1='"), "{assignment}");
        assert_eq!(shell(assignment), bearer);
        assert_eq!(dotenv(&print(Format::Dotenv)), bearer);
        let words = netrc(&print(Format::Netrc));
        assert_eq!(
            words,
            [
                "machine",
                "git.example.com",
                "login",
                &username,
                "password",
                &bearer
            ]
        );
        let curl = print(Format::Curl);
        let quoted = line(&curl)
            .strip_prefix("header = \"")
            .and_then(|rest| rest.strip_suffix('"'));
        let header = unescaped(quoted.expect("a quoted header"), "");
        assert_eq!(
            header.strip_prefix("Authorization: Bearer "),
            Some(bearer.as_str())
        );
        let json = readers::json(line(&print(Format::Json)));
        assert_eq!(json.names(), ["access_token", "token_type", "expires_at"]);
        assert_eq!(json.member("access_token").text(), bearer);
        assert_eq!(json.member("expires_at").text(), "2026-01-01T01:00:00Z");
    }
}
