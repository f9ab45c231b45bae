//! Planted secrets and tokens, and every place where they must not be found: streams, log, names, and the cache itself.

use std::fs;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::names;
use crate::support::{Answer, Home, Output, Provider, Request, run};

/// Differs in every encoding.
const SECRET: &str = "s3cret+of/the=canary%&\"?~";
const TOKEN: &str = "t0ken.of-the_canary~";
const ERASED: &str = "p4ssword-of-the-canary";

/// Every form in which they could come out.
fn canaries() -> Vec<String> {
    let percent: String = SECRET
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let basic = BASE64_STANDARD.encode(format!("ci:{percent}"));
    let mut canaries = vec![percent.to_ascii_lowercase(), percent, basic];
    for plain in [SECRET, TOKEN] {
        canaries.push(plain.to_owned());
        canaries.push(
            BASE64_STANDARD
                .encode(plain)
                .trim_end_matches('=')
                .to_owned(),
        );
        canaries.push(BASE64_URL_SAFE_NO_PAD.encode(plain));
        canaries.push(
            serde_json::to_string(plain)
                .unwrap()
                .trim_matches('"')
                .to_owned(),
        );
    }
    canaries.push(ERASED.to_owned());
    canaries
}

#[track_caller]
fn holds_none(what: &str, text: &str) {
    for canary in canaries() {
        assert!(!text.contains(&canary), "{what} holds {canary}: {text}");
    }
}

fn home(provider: &Provider) -> Home {
    let mut home = super::home(provider);
    let log = format!("debug:{}", home.path("log").display());
    home.set("CACHE_SECRET", SECRET).set("KEYFOB_LOG", log);
    home
}

/// A refusal that repeats everything that was sent, in every place that could be repeated in turn.
fn reflection(status: u16) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    move |request| {
        let sent = request.header("authorization").unwrap_or_default();
        let encoded = BASE64_STANDARD.encode(SECRET);
        let all = format!(
            "{SECRET} {encoded} {sent} {}",
            String::from_utf8_lossy(&request.body)
        );
        let body =
            json!({"error": all, "error_description": all, "message": all, "access_token": TOKEN});
        Answer::json(status, body.to_string()).header("X-Request-Id", &format!("{sent} {SECRET}"))
    }
}

type Script = Box<dyn Fn(&Request) -> Answer + Send + Sync>;

/// Providers that fail, each in its own way and all of them with what they were sent.
fn failing() -> Vec<(&'static str, Script)> {
    let text = |status, body: String| -> Script {
        Box::new(move |_: &Request| Answer::text(status, body.clone()))
    };
    vec![
        ("400", Box::new(reflection(400))),
        ("401", Box::new(reflection(401))),
        ("429", Box::new(reflection(429))),
        ("503", Box::new(reflection(503))),
        ("200 with an error", Box::new(reflection(200))),
        ("plain text", text(400, format!("{SECRET} is wrong"))),
        (
            "no JSON",
            text(200, format!("{{\"access_token\":\"{TOKEN}\"")),
        ),
        (
            "another type",
            text(
                200,
                json!({"access_token": TOKEN, "token_type": SECRET}).to_string(),
            ),
        ),
        (
            "two words",
            text(
                200,
                json!({"access_token": format!("{TOKEN} {SECRET}")}).to_string(),
            ),
        ),
        (
            "elsewhere",
            Box::new(|_: &Request| {
                Answer::empty(302).header("Location", &format!("https://evil.example/{SECRET}"))
            }),
        ),
        (
            "broken",
            Box::new(|_: &Request| Answer::raw(format!("HTTP/1.1 200 OK\r\n{SECRET}: {TOKEN}"))),
        ),
    ]
}

const GIT: &str = "protocol=https\nhost=git.example.com\n\n";

/// Every command that asks for a token.
const ASKING: &[(&[&str], &str)] = &[
    (&["token", "--spec", "ci"], ""),
    (&["kubectl", "--spec", "ci"], ""),
    (&["git", "get"], GIT),
    (&["docker", "get"], "registry.example.com"),
    (&["run", "--spec", "ci", "--", "true"], ""),
];

/// Everything else.
const OTHERS: &[(&[&str], &str)] = &[
    (&["status"], ""),
    (&["status", "--format", "json"], ""),
    (&["git", "capability"], ""),
    (
        &["git", "store"],
        "protocol=https\nhost=git.example.com\npassword=p4ssword-of-the-canary\n\n",
    ),
    (
        &["git", "erase"],
        "protocol=https\nhost=git.example.com\npassword=p4ssword-of-the-canary\n\n",
    ),
    (&["git", "get"], "password=p4ssword-of-the-canary\n\n"),
    (&["git", "get"], "p4ssword-of-the-canary\n\n"),
    (
        &["git", "get"],
        "protocol=https\nhost=other.example.com\npassword=p4ssword-of-the-canary\n\n",
    ),
    (&["docker", "list"], ""),
    (
        &["docker", "store"],
        r#"{"ServerURL":"r","Username":"u","Secret":"p4ssword-of-the-canary"}"#,
    ),
    (&["docker", "get"], "other.example.com"),
    (
        &[
            "token",
            "--spec",
            r#"{"provider":"client_credentials","client_secret":"p4ssword-of-the-canary"}"#,
        ],
        "",
    ),
    (
        &[
            "token",
            "--spec",
            r#"{"provider":"client_credentials","p4ssword-of-the-canary":"#,
        ],
        "",
    ),
    (
        &["token"],
        r#"{"provider":"client_credentials","client_id":["p4ssword-of-the-canary"]}"#,
    ),
    (&["providers"], ""),
    (&["forget", "--spec", "ci"], ""),
    (&["forget", "--all"], ""),
];

#[track_caller]
fn check(home: &Home, what: &str, output: &Output) {
    holds_none(what, &output.stderr);
    let log = fs::read_to_string(home.path("log")).unwrap_or_default();
    holds_none(&format!("{what}: the log"), &log);
    holds_none(&format!("{what}: a name"), &names(home).join(" "));
}

#[test]
fn no_failure_repeats_what_was_sent() {
    for (name, script) in failing() {
        let provider = Provider::start(script);
        let home = home(&provider);
        for (arguments, stdin) in ASKING.iter().chain(OTHERS) {
            let output = run(&mut home.keyfob(*arguments), stdin);
            let what = format!("{name}: {arguments:?}");
            check(&home, &what, &output);
            holds_none(&what, &output.stdout);
            for file in super::files(&home, ".json") {
                holds_none(
                    &format!("{what}: the cache"),
                    &String::from_utf8_lossy(&fs::read(file).unwrap()),
                );
            }
        }
        assert!(provider.count() > 0, "{name}: nobody asked");
    }
}

#[test]
fn a_success_shows_the_token_in_the_answer_and_nowhere_else() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600).header("X-Request-Id", SECRET));
    let home = home(&provider);
    for round in 0..2 {
        for (arguments, stdin) in ASKING {
            let output = run(&mut home.keyfob(*arguments), stdin);
            check(&home, &format!("{arguments:?}"), &output);
            let shown = output.answer().matches(TOKEN).count();
            assert_eq!(
                shown,
                usize::from(arguments[0] != "run"),
                "{round} {arguments:?}"
            );
            holds_none("the answer", &output.stdout.replace(TOKEN, ""));
        }
    }
    let cache = fs::read(super::entry(&home)).unwrap();
    let cache = String::from_utf8_lossy(&cache);
    holds_none("the cache", &cache.replacen(TOKEN, "", 1));
    for (arguments, stdin) in OTHERS {
        let output = run(&mut home.keyfob(*arguments), stdin);
        check(&home, &format!("{arguments:?}"), &output);
        holds_none(&format!("{arguments:?}"), &output.stdout);
    }
}

#[test]
fn what_is_told_on_standard_error_holds_none_either() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let mut home = home(&provider);
    home.unset("KEYFOB_LOG");
    for _ in 0..2 {
        let output = run(&mut home.keyfob(["-v", "token", "--spec", "ci"]), "");
        assert!(
            output.stderr.contains("keyfob: debug: ["),
            "{}",
            output.stderr
        );
        holds_none("-v", &output.stderr);
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn secrets_in_the_environment_are_not_handed_to_the_command_in_another_name() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider);
    let output = run(&mut home.keyfob(["run", "--spec", "ci", "--", "env"]), "");
    let tokens: Vec<&str> = output
        .answer()
        .lines()
        .filter(|line| line.contains(TOKEN))
        .collect();
    assert_eq!(tokens, [format!("KEYFOB_TOKEN={TOKEN}")]);
}
