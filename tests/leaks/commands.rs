//! Every command with every kind of source, at every level of telling, while a provider is well, refuses, and says nonsense.

use serde_json::json;

use super::home::{Planted, SPECS, reflection};
use super::{TOKEN, holds_none};
use crate::support::{Answer, Output, Provider, Request, run};

/// A command's words after `keyfob`; `SPEC` stands for the spec's name, alone or within a word.
type Words = &'static [&'static str];

/// Commands, what they read, and how often the token stands in their answer.
const COMMANDS: &[(Words, &str, usize)] = &[
    (&["token", "--spec", "SPEC"], "", 1),
    (&["token", "--spec", "SPEC", "--format", "token"], "", 1),
    (&["token", "--spec", "SPEC", "--format", "header"], "", 1),
    (
        &["token", "--spec", "SPEC", "--format", "header-value"],
        "",
        1,
    ),
    (
        &["token", "--spec", "SPEC", "--format", "headers-json"],
        "",
        1,
    ),
    (&["token", "--spec", "SPEC", "--format", "env"], "", 1),
    (&["token", "--spec", "SPEC", "--format", "export"], "", 1),
    (&["token", "--spec", "SPEC", "--format", "dotenv"], "", 1),
    (&["token", "--spec", "SPEC", "--format", "netrc"], "", 1),
    (&["token", "--spec", "SPEC", "--format", "curl"], "", 1),
    (&["kubectl", "--spec", "SPEC"], "", 1),
    (&["git", "capability"], "", 0),
    (
        &["git", "get"],
        "protocol=https\nhost=SPEC.example.com\n\n",
        1,
    ),
    (
        &["git", "store"],
        "protocol=https\nhost=SPEC.example.com\npassword=TOKEN\n\n",
        0,
    ),
    (&["docker", "get"], "SPEC.example.com", 1),
    (
        &["docker", "store"],
        r#"{"ServerURL":"SPEC.example.com","Username":"u","Secret":"TOKEN"}"#,
        0,
    ),
    (
        &["--cargo-plugin"],
        r#"{"registry":{"index-url":"https://SPEC.example.com/"},"kind":"get","operation":"read"}"#,
        1,
    ),
    (
        &["cargo", "--cargo-plugin"],
        r#"{"registry":{"index-url":"https://SPEC.example.com/"},"kind":"login","token":"TOKEN"}"#,
        0,
    ),
    (
        &["cargo", "--cargo-plugin"],
        r#"{"registry":{"index-url":"https://SPEC.example.com/"},"kind":"get","args":["TOKEN"]}"#,
        0,
    ),
    (&["docker", "list"], "", 0),
    (&["terraform", "get", "SPEC.example.com"], "", 1),
    (
        &["goauth", "https://SPEC.example.com/@v/list"],
        "HTTP/1.1 401 Unauthorized\n\n",
        1,
    ),
    (&["goauth", "--spec", "SPEC"], "", 1),
    (
        &["terraform", "store", "SPEC.example.com"],
        r#"{"token":"TOKEN"}"#,
        0,
    ),
    (&["docker", "version"], "", 0),
    (
        &["bazel", "get"],
        r#"{"uri":"https://SPEC.example.com/a"}"#,
        1,
    ),
    (&["keyring", "get", "https://SPEC.example.com/", "u"], "", 1),
    (
        &[
            "keyring",
            "--mode=creds",
            "--output=json",
            "get",
            "https://SPEC.example.com/simple/",
        ],
        "",
        1,
    ),
    (
        &["keyring", "set", "https://SPEC.example.com/simple/", "u"],
        "TOKEN",
        0,
    ),
    (&["pnpm", "--spec", "SPEC"], "", 1),
    (&["run", "--spec", "SPEC", "--", "true"], "", 0),
    (&["run", "--revoke", "--spec", "SPEC", "--", "true"], "", 0),
    (&["check", "--spec", "SPEC"], "", 0),
    (&["check", "--spec", "SPEC", "--format", "json"], "", 0),
    (&["status"], "", 0),
    (&["status", "--format", "json"], "", 0),
    (&["providers"], "", 0),
    (&["providers", "datadog"], "", 0),
    (&["secret", "--store", "kernel", "list"], "", 0),
    (
        &["git", "erase"],
        "protocol=https\nhost=SPEC.example.com\npassword=TOKEN\n\n",
        0,
    ),
    (&["revoke", "--spec", "SPEC"], "", 0),
    (&["docker", "erase"], "SPEC.example.com", 0),
    (&["keyring", "del", "https://SPEC.example.com/", "u"], "", 0),
    (
        &["--cargo-plugin"],
        r#"{"registry":{"index-url":"https://SPEC.example.com/"},"kind":"logout"}"#,
        0,
    ),
    (&["terraform", "forget", "SPEC.example.com"], "", 0),
    (&["vault", "--spec", "SPEC", "get"], "", 1),
    (&["vault", "store"], "TOKEN", 0),
    (
        &["kubelet"],
        r#"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"SPEC.example.com/x"}"#,
        1,
    ),
    (
        &[
            "askpass",
            "--spec",
            "SPEC",
            "Password for 'https://git.example.org': ",
        ],
        "",
        0,
    ),
    (&["vault", "--spec", "SPEC", "erase"], "", 0),
    (&["forget", "--spec", "SPEC"], "", 0),
    (&["forget", "--all"], "", 0),
    (&["--help"], "", 0),
];

/// Ways to be told more.
#[derive(Clone, Copy)]
enum Telling {
    Nothing,
    Verbose,
    Debug,
    File,
}

const TELLING: [Telling; 4] = [
    Telling::Nothing,
    Telling::Verbose,
    Telling::Debug,
    Telling::File,
];

#[track_caller]
fn keyfob(planted: &Planted, words: Words, stdin: &str, spec: &str, telling: Telling) -> Output {
    let verbose = matches!(telling, Telling::Verbose).then(|| "-v".to_owned());
    let words = words.iter().map(|word| word.replace("SPEC", spec));
    let mut command = planted.home.keyfob(verbose.into_iter().chain(words));
    command.env("VAULT_ADDR", format!("https://{spec}.example.com"));
    match telling {
        Telling::Nothing | Telling::Verbose => {}
        Telling::Debug => {
            command.env("KEYFOB_LOG", "debug");
        }
        Telling::File => {
            let log = planted.home.path("log");
            command.env("KEYFOB_LOG", format!("debug:{}", log.display()));
        }
    }
    let stdin = stdin.replace("SPEC", spec).replace("TOKEN", TOKEN);
    run(&mut command, stdin)
}

/// All commands with all specs; `tokens` says whether they succeed. Without `every_telling` those are left out whose sources are alike.
#[track_caller]
fn sweep(provider: &Provider, name: &str, tokens: bool, every_telling: bool) {
    let planted = Planted::new(provider);
    let mut turn = 0;
    for spec in SPECS {
        let alike = ["file", "pointer", "command"].contains(&spec);
        if spec == "keyring" && !planted.has_keyring() || alike && !every_telling {
            continue;
        }
        for (words, stdin, count) in COMMANDS {
            turn += 1;
            let all = every_telling && spec == "env";
            let telling = if all {
                TELLING.to_vec()
            } else {
                vec![TELLING[turn % TELLING.len()]]
            };
            for telling in telling {
                let output = keyfob(&planted, words, stdin, spec, telling);
                let what = format!("{name}: {spec}: {words:?}");
                // A stored token without metadata needs no provider.
                let count = if tokens || spec == "stored" {
                    *count
                } else {
                    0
                };
                planted.check_answer(&what, &output, count);
            }
        }
    }
    assert!(provider.count() > 2, "{name}: nobody asked");
}

#[test]
fn a_success_shows_the_token_in_the_answer_and_nowhere_else() {
    let provider = Provider::start(|request: &Request| match request.path.as_str() {
        "/token" => {
            let sent = reflection(200)(request);
            let body = String::from_utf8(sent.body).unwrap();
            let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
            let members = body.as_object_mut().unwrap();
            members.remove("error");
            members.insert("ok".to_owned(), json!(true));
            members.insert("expires_in".to_owned(), json!(3600));
            members.insert("scope".to_owned(), json!(format!("read {TOKEN}")));
            Answer::json(200, body.to_string())
        }
        "/check" => {
            let own = request.header("x-token").unwrap_or_default();
            Answer::json(200, json!({ "ok": true, "message": own }).to_string())
        }
        _ => Answer::empty(200),
    });
    sweep(&provider, "well", true, true);
}

#[test]
fn a_refusal_that_repeats_what_was_sent_shows_none_of_it() {
    let provider = Provider::start(reflection(400));
    sweep(&provider, "400", false, true);
}

#[test]
fn a_success_that_is_none_shows_nothing_of_what_was_sent() {
    let provider = Provider::start(reflection(200));
    sweep(&provider, "200 with an error", false, false);
}

#[test]
fn a_cool_down_that_is_kept_for_others_holds_nothing_of_what_was_sent() {
    for status in [429, 503] {
        let provider = Provider::start(reflection(status));
        sweep(&provider, &status.to_string(), false, false);
    }
}

#[test]
fn an_answer_that_makes_no_sense_shows_nothing_of_what_was_sent() {
    let provider = Provider::start(|request: &Request| {
        let said = reflection(200)(request);
        let text = String::from_utf8(said.body).unwrap();
        Answer::text(200, text.replace('{', "<"))
    });
    sweep(&provider, "nonsense", false, false);
}

#[test]
fn what_check_shows_holds_no_token_however_it_is_written() {
    let provider = Provider::start(|request: &Request| {
        let own = request.header("x-token").unwrap_or_default();
        let token = own.trim_start_matches("Bearer ");
        let all = super::forms(token).join(" ");
        Answer::json(200, json!({ "ok": true, "message": all }).to_string())
    });
    let planted = Planted::new(&provider);
    for format in ["text", "json"] {
        let output = run(
            &mut planted
                .home
                .keyfob(["check", "--spec", "stored", "--format", format]),
            "",
        );
        assert!(
            output
                .answer()
                .contains("(withheld: it may repeat a secret)"),
            "{output:?}"
        );
        holds_none("check", &output.stdout, &planted.canaries());
        planted.check("check", &output);
    }
}
