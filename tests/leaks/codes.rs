//! Every code that an error can have, provoked with a secret where the mistake is made: the words tell the mistake and not the secret.

mod cases;

use std::fs;
use std::process::Command;

use keyfob::error::Code;
use serde_json::{Value, json};

use super::{ID, SECRET, TOKEN, holds_none};
use crate::support::etc;
use crate::support::{Answer, Home, Provider, run};
use cases::{answered, without_answer};

/// Codes that are provoked elsewhere, and where.
const ELSEWHERE: &[(Code, &str)] = &[(
    Code::KeyringLocked,
    "tests/keyring/secret_service.rs has a desktop whose keyring can be locked",
)];

fn spec(token_url: &str, secret: Value) -> Value {
    json!({
        "provider": "client_credentials", "token_url": token_url, "client_id": ID, "client_secret": secret,
        "targets": ["git.example.com"],
    })
}

/// A home with a canary in `CANARY` and a spec `ci` that takes it.
fn home(token_url: &str) -> Home {
    let mut home = Home::new();
    home.set("CANARY", SECRET);
    home.spec(
        "ci",
        spec(token_url, json!({ "env": "CANARY" })).to_string(),
    );
    home
}

/// What is run: the command and its standard input.
type Run = (Command, String);

/// How a code is provoked in a home whose spec `ci` asks at `url`.
type Provoke = Box<dyn Fn(&mut Home, &str) -> Run>;

const ASK: [&str; 3] = ["token", "--spec", "ci"];

fn asked(home: &Home) -> Run {
    (home.keyfob(ASK), String::new())
}

fn inline(home: &Home, spec: &Value) -> Run {
    (home.keyfob(["token"]), spec.to_string())
}

#[track_caller]
fn provoke(code: Code, home: &Home, (mut command, stdin): Run) {
    for log in ["", "debug"] {
        let output = run(command.env("KEYFOB_LOG", log), &stdin);
        let what = format!("{}: {command:?}", code.as_str());
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(
            said.contains(&format!("({})\n", code.as_str())),
            "{what}: {output:?}"
        );
        holds_none(&what, &said, &[SECRET, TOKEN]);
        for path in crate::house::files_below(&home.cache()) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            holds_none(&what, &text, &[SECRET, TOKEN]);
        }
    }
}

#[test]
fn no_error_repeats_a_secret_whatever_its_code() {
    let mut seen: Vec<Code> = ELSEWHERE.iter().map(|(code, _)| *code).collect();
    for (code, answer) in answered() {
        let provider = Provider::start(move |_| answer.clone());
        let home = home(&provider.at("/token"));
        let mut spec = spec(&provider.at("/token"), json!({ "env": "CANARY" }));
        spec["expires"] = json!({ "epoch": "/expires_at" });
        if code == Code::TokenExpired {
            provoke(code, &home, inline(&home, &spec));
        } else {
            provoke(code, &home, asked(&home));
        }
        seen.push(code);
    }
    let mut all = without_answer();
    let probe = Home::new();
    let list = ["secret", "--store", "kernel", "list"];
    if run(&mut probe.keyfob(list), "").status == 0 {
        all.extend(cases::of_the_keyring());
    } else {
        seen.extend([Code::SecretTooLarge, Code::KeyringFailed]);
    }
    for (code, case) in all {
        let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
        let url = provider.at("/token");
        let mut home = home(&url);
        let case = case(&mut home, &url);
        provoke(code, &home, case);
        assert_eq!(provider.count(), 0, "{}", code.as_str());
        seen.push(code);
    }
    seen.extend(own_cases());
    for code in Code::ALL {
        assert!(seen.contains(code), "nobody provokes {}", code.as_str());
    }
}

/// Codes that come after a token, and that need a clock of the provider's own.
fn own_cases() -> Vec<Code> {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider.at("/token"));
    let start = home.keyfob(["run", "--spec", "ci", "--", "/nowhere/at/all"]);
    provoke(
        Code::CommandFailed,
        &home_without_tokens(&provider),
        (start, String::new()),
    );
    let mut full = home.command("sh");
    full.args(["-c", "exec keyfob token --spec ci > /dev/full"]);
    provoke(
        Code::OutputFailed,
        &home_without_tokens(&provider),
        (full, String::new()),
    );
    let ahead = Provider::start(|request| {
        let assertion = request.parameter("assertion").unwrap_or_default();
        let said = json!({ "error": "invalid_grant", "error_description": assertion });
        Answer::json(400, said.to_string()).header("Date", "Mon, 01 Jan 2035 00:00:00 GMT")
    });
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let path = home.write("key.pem", &key);
    let jwt =
        json!({ "jwt": { "alg": "ES256", "key": { "file": path }, "claims": { "iss": ID } } });
    let spec =
        json!({ "provider": "jwt_bearer", "token_url": ahead.at("/token"), "assertion": jwt });
    let (mut command, stdin) = inline(&home, &spec);
    let output = run(&mut command, stdin);
    assert!(output.stderr.contains("clock-skew"), "{output:?}");
    assert!(!output.stderr.contains("eyJ"), "{output:?}");
    if etc::need_etc() {
        let home = home_without_tokens(&provider);
        etc::write_etc(&home, "policy.json", r#"{"sources": {"allow": []}}"#);
        let forbidden = etc::keyfob_with_etc(&home, &["token", "--spec", "ci"]);
        provoke(Code::PolicyForbids, &home, (forbidden, String::new()));
    }
    vec![
        Code::CommandFailed,
        Code::OutputFailed,
        Code::ClockSkew,
        Code::PolicyForbids,
    ]
}

/// A home whose cache holds nothing: what is looked through holds no entry of the success before.
fn home_without_tokens(provider: &Provider) -> Home {
    home(&provider.at("/token"))
}
