//! Hostile text: from a server, a spec, a file's name, a caller. It never begins a line, never is a runner's command, never an escape.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{SECRET, TOKEN};
use crate::support::{Answer, Home, Output, Provider, run};

/// Line ends, GitHub's and Azure's commands, escapes of 7 and 8 bits, and what turns the direction of writing.
const HOSTILE: &str = "x\r\n::error::own\n##vso[task.setvariable]##[error]###\u{1b}[31m\u{9b}2J\u{8}\u{85}\u{2028}::stop\u{202e}\u{2066}\u{feff}\u{61c}";
/// What can stand in a JSON string, a file's name and a word all the same, and begins a command where it begins a line.
const COMMAND: &str = "::add-mask::own";

#[track_caller]
fn sober(what: &str, text: &str) {
    let odd = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!text.contains(odd), "{what}: {text:?}");
    assert!(!text.contains("##"), "{what}: {text:?}");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{what}: {text:?}");
    }
}

/// Streams and log, if there is one.
#[track_caller]
fn sober_all(home: &Home, what: &str, output: &Output) {
    sober(what, &output.stdout);
    sober(what, &output.stderr);
    let own = |line: &str| line.starts_with("keyfob: ");
    assert!(output.stderr.lines().all(own), "{what}: {output:?}");
    let log = fs::read_to_string(home.path("log")).unwrap_or_default();
    sober(what, &log);
    assert!(log.lines().all(own), "{what}: {log}");
}

fn spec(provider: &Provider) -> Value {
    json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "c",
        "client_secret": { "env": "CANARY" }, "targets": ["git.example.com"],
    })
}

fn home() -> Home {
    let mut home = Home::new();
    let log = format!("debug:{}", home.path("log").display());
    home.set("CANARY", SECRET).set("KEYFOB_LOG", log);
    home
}

#[test]
fn what_a_server_says_begins_no_line_and_sends_no_escape() {
    let hostile = json!({
        "error": HOSTILE, "error_description": HOSTILE, "message": HOSTILE, "trace_id": HOSTILE,
    });
    let head: String = HOSTILE
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .collect();
    for (status, body) in [
        (400, hostile.to_string()),
        (429, hostile.to_string()),
        (500, hostile.to_string()),
        (200, hostile.to_string()),
        (403, HOSTILE.to_owned()),
        (400, COMMAND.to_owned()),
        (400, json!({ "message": COMMAND }).to_string()),
        (
            200,
            json!({ "access_token": TOKEN, "token_type": HOSTILE }).to_string(),
        ),
        (200, json!({ "access_token": HOSTILE }).to_string()),
        (
            200,
            json!({ "access_token": TOKEN, "scope": HOSTILE, "expires_in": HOSTILE }).to_string(),
        ),
    ] {
        let head = head.clone();
        let provider = Provider::start(move |_| {
            Answer::text(status, body.clone())
                .header("X-Request-Id", &head)
                .header("Retry-After", &head)
                .header("Location", &head)
        });
        let home = home();
        home.spec("ci", spec(&provider).to_string());
        for (words, stdin) in [
            (&["token", "--spec", "ci"][..], ""),
            (&["check", "--spec", "ci"], ""),
            (&["check", "--spec", "ci", "--format", "json"], ""),
            (&["kubectl", "--spec", "ci"], ""),
            (&["git", "get"], "protocol=https\nhost=git.example.com\n\n"),
            (&["docker", "get"], "git.example.com"),
            (&["keyring", "get", "https://git.example.com/", "u"], ""),
            (&["bazel", "get"], r#"{"uri":"https://git.example.com"}"#),
            (&["terraform", "get", "git.example.com"], ""),
            (
                &["goauth", "https://git.example.com/@v/list"],
                "HTTP/1.1 401 Unauthorized\n\n",
            ),
            (&["goauth", "--spec", "ci"], ""),
            (&["vault", "--spec", "ci", "get"], ""),
            (&["askpass", "Password for 'https://git.example.com': "], ""),
            (
                &["kubelet"],
                r#"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"git.example.com/x"}"#,
            ),
            (&["pnpm", "--spec", "ci"], ""),
            (&["aws", "--spec", "ci"], ""),
            (&["google", "--spec", "ci"], ""),
            (&["status"], ""),
            (&["status", "--format", "json"], ""),
        ] {
            let mut keyfob = home.keyfob(words);
            let output = run(keyfob.env("VAULT_ADDR", "https://git.example.com"), stdin);
            sober_all(&home, &format!("{status}: {words:?}"), &output);
        }
        assert!(provider.count() > 0);
    }
}

#[test]
fn what_a_server_says_to_a_check_begins_no_line_and_sends_no_escape() {
    for text in [HOSTILE, COMMAND] {
        let provider = Provider::start(move |_| {
            let said = json!({ "a": text, "b": [text, text], "c": { text: text } });
            Answer::json(200, said.to_string())
        });
        let home = home();
        let spec = json!({
            "provider": "static", "token": { "env": "CANARY" },
            "check": {
                "url": provider.at("/check"), "headers": { "x-a": { "secret": { "env": "CANARY" } } },
                "show": { text: "/a", "b": "/b", "c": "/c", COMMAND: "/b" },
                "usable": [{ "pointer": "/d", "equals": true, "otherwise": COMMAND }],
            },
        });
        for format in ["text", "json"] {
            let mut check = home.keyfob(["check", "--format", format]);
            let output = run(&mut check, spec.to_string());
            assert_eq!((output.status, output.stderr.as_str()), (1, ""));
            sober_all(&home, format, &output);
        }
    }
}

#[test]
fn a_file_may_be_called_anything() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    for (number, name) in [HOSTILE, COMMAND, "##[group]a"].iter().enumerate() {
        let home = home();
        let path = home.path(format!("{number}/{name}.json"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let commands = ["token", "check", "status", "revoke", "forget", "kubectl"];
        let all = |what: &str| {
            for command in commands {
                let path = path.to_str().unwrap();
                let spec = if command == "status" {
                    vec![]
                } else {
                    vec!["--spec", path]
                };
                for format in [&[][..], &["--format", "json"]] {
                    let takes = ["token", "check", "status"].contains(&command);
                    let format = if takes { format } else { &[] };
                    let words = [command].into_iter().chain(spec.clone());
                    let output = run(&mut home.keyfob(words.chain(format.iter().copied())), "");
                    sober_all(&home, &format!("{what}: {command}"), &output);
                }
            }
        };
        all("missing");
        fs::write(&path, "{").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        all("no spec");
        fs::write(&path, spec(&provider).to_string()).unwrap();
        all("sound");
        // In the configuration folder it is found by its targets.
        let found = home
            .config()
            .join(format!("{}.json", name.replace('/', "-")));
        fs::copy(&path, &found).unwrap();
        let twice = home.config().join("b.json");
        let request = "protocol=https\nhost=git.example.com\n\n";
        for _ in 0..2 {
            let output = run(&mut home.keyfob(["git", "get"]), request);
            sober_all(&home, "by target", &output);
            fs::copy(&path, &twice).unwrap();
        }
        fs::write(&found, "{\"targets\":[\"git.example.com\"]").unwrap();
        let output = run(&mut home.keyfob(["git", "get"]), request);
        sober_all(&home, "broken", &output);
    }
    assert!(provider.count() > 0);
}

#[test]
fn what_a_spec_says_begins_no_line_and_sends_no_escape() {
    let home = home();
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let mut specs = Vec::new();
    for text in [HOSTILE, COMMAND, "##vso[a]"] {
        specs.push(json!({ "provider": text }));
        specs.push(json!({ text: text }));
        specs.push(json!({ "provider": "client_credentials", text: text }));
        for (member, value) in [
            ("client_secret", json!({ "env": text })),
            ("client_secret", json!({ "file": text })),
            (
                "client_secret",
                json!({ "file": "/dev/null", "pointer": format!("/{text}") }),
            ),
            ("client_secret", json!({ "command": [text] })),
            ("client_secret", json!({ "keyring": text })),
            (
                "client_secret",
                json!({ "keyring": { "service": text, "user": text } }),
            ),
            ("client_secret", json!({ "token": text })),
            ("client_secret", json!({ text: text })),
            ("token_url", json!(text)),
            ("token_url", json!(format!("https://{text}/"))),
            ("token_url", json!(provider.at(&format!("/{text}")))),
            ("targets", json!([text])),
            ("ca_file", json!(text)),
            ("proxy", json!(text)),
            ("body", json!(text)),
            ("username", json!(text)),
            (
                "check",
                json!({ "url": provider.at("/"), "headers": { text: text } }),
            ),
            (
                "check",
                json!({ "url": provider.at("/"), "headers": { "x-a": text } }),
            ),
            ("expires", json!({ text: text })),
            ("expires", json!({ "seconds": text })),
        ] {
            let mut changed = spec(&provider);
            changed[member] = value;
            specs.push(changed);
        }
    }
    for spec in specs {
        let output = run(&mut home.keyfob(["token"]), spec.to_string());
        let what = spec.to_string();
        sober(&what, &output.stderr);
        if output.status != 0 {
            sober(&what, &output.stdout);
        }
        sober_all(&home, &what, &output);
    }
}

#[test]
fn what_a_caller_asks_for_begins_no_line_and_sends_no_escape() {
    let home = home();
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    home.spec("ci", spec(&provider).to_string());
    for text in [HOSTILE, COMMAND, "##[error]a", "\u{202e}a", "\u{9b}2J"] {
        let one_line: String = text.replace(['\r', '\n'], "");
        for stdin in [
            format!("protocol=https\nhost={one_line}\n\n"),
            format!("protocol=https\nhost=git.example.com\npath={one_line}\n\n"),
            format!("protocol=https\nhost=other.example.com\npath={one_line}\n\n"),
            format!("protocol={one_line}\nhost=git.example.com\n\n"),
            format!("{text}\n\n"),
        ] {
            let output = run(&mut home.keyfob(["git", "get"]), &stdin);
            sober_all(&home, &stdin, &output);
            let output = run(&mut home.keyfob(["git", "--spec", "ci", "get"]), &stdin);
            sober_all(&home, &stdin, &output);
        }
        for stdin in [text.to_owned(), format!("other.example.com/{one_line}")] {
            let output = run(&mut home.keyfob(["docker", "get"]), &stdin);
            sober_all(&home, &stdin, &output);
        }
        for prompt in [
            text.to_owned(),
            format!("Password for 'https://git.example.com/{text}': "),
            format!("Password for 'https://{text}@git.example.com': "),
            format!("Username for 'https://other.example.com/{one_line}': "),
        ] {
            let output = run(&mut home.keyfob(["askpass", &prompt]), "");
            sober_all(&home, &prompt, &output);
        }
        for image in [text.to_owned(), format!("other.example.com/{text}")] {
            for member in ["image", "kind", "apiVersion"] {
                let mut asked = json!({
                    "kind": "CredentialProviderRequest", "image": "other.example.com/x",
                    "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                });
                asked[member] = image.as_str().into();
                let output = run(&mut home.keyfob(["kubelet"]), asked.to_string());
                sober_all(&home, &image, &output);
            }
        }
        for address in [text.to_owned(), format!("https://a.example.com/{text}")] {
            let mut vault = home.keyfob(["vault", "get"]);
            let output = run(vault.env("BAO_ADDR", &address), "");
            sober_all(&home, &address, &output);
        }
        let info =
            json!({ "spec": { "cluster": { "server": format!("https://a.example.com/{text}") } } });
        let mut kubectl = home.keyfob(["kubectl", "--spec", "ci"]);
        let output = run(kubectl.env("KUBERNETES_EXEC_INFO", info.to_string()), "");
        sober_all(&home, text, &output);
        for words in [
            vec!["run", "--spec", "ci", "--", text],
            vec!["secret", "--store", "kernel", "show", text],
            vec!["token", "--spec", text],
            vec!["providers", text],
            vec![text],
        ] {
            let output = run(&mut home.keyfob(&words), "");
            assert_ne!(output.status, 0);
            sober_all(&home, &format!("{words:?}"), &output);
        }
    }
    let output = run(&mut home.keyfob(["status"]), "");
    sober_all(&home, "status", &output);
}

#[test]
fn a_preset_of_ones_own_may_say_anything() {
    let home = home();
    for text in [COMMAND, "##[error]a", "\u{202e}a"] {
        let preset = json!({
            "description": text, "documentation": "https://example.com/",
            "parameters": { text: { "about": text }, "a": { "about": text, "default": text } },
            "spec": { "provider": "client_credentials", "token_url": "https://a.example.com/", "client_id": text },
        });
        home.write("config/providers/own.json", preset.to_string());
        for words in [&["providers"][..], &["providers", "own"]] {
            let output = run(&mut home.keyfob(words), "");
            sober_all(&home, text, &output);
        }
    }
}
