//! Whether git and docker call keyfob at all: the real git is asked the same.

use std::path::PathBuf;

use serde_json::Value;

use super::facts;
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::{Home, Provider, need, run};

const URL: &str = "https://git.example.com/team/app.git";

fn home(provider: &Provider) -> Home {
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret")
        .set("GIT_TERMINAL_PROMPT", "0")
        .set("GIT_CONFIG_NOSYSTEM", "1");
    home.link("git-credential-keyfob");
    home.link("docker-credential-keyfob");
    home.spec("whole", spec(provider, &["git.example.com"]).to_string());
    home.spec(
        "team",
        spec(provider, &["https://git.example.com/team"]).to_string(),
    );
    home
}

/// Whether the real git gets a password for the URL.
fn git_asks(home: &Home) -> bool {
    let mut git = home.command("git");
    let asked = format!("url={URL}\n\n");
    let output = run(git.args(["credential", "fill"]), &asked);
    output.stdout.contains("password=token-")
}

#[test]
fn where_no_helper_names_keyfob_explain_says_so_and_git_asks_nobody() {
    if !need(&["git"]) {
        return;
    }
    let provider = numbering();
    let home = home(&provider);
    for (text, expected) in [
        ("", Some(false)),
        ("[credential]\n\thelper = store\n", Some(false)),
        ("[credential]\n\thelper = keyfob\n", Some(true)),
        ("[credential]\n\thelper = keyfob\n\thelper =\n", Some(false)),
        (
            "[credential \"https://git.example.com\"]\n\thelper = keyfob\n",
            Some(true),
        ),
        (
            "[credential \"https://other.example.com\"]\n\thelper = keyfob\n",
            Some(false),
        ),
        (
            "[credential \"https://*.example.com\"] helper = keyfob\n",
            Some(true),
        ),
        ("[include]\n\tpath = more\n", Some(true)),
        ("[includeIf \"gitdir:/nowhere/\"]\n\tpath = more\n", None),
        ("[credential]\n\thelper = !true\n", None),
    ] {
        home.write("home/more", "[credential]\n\thelper = keyfob\n");
        home.write("home/.gitconfig", text);
        let (facts, would_try) = facts(&home, &["git", URL]);
        assert_eq!(
            facts["caller"]["calls_keyfob"],
            Value::from(expected),
            "{text}: {facts:#}"
        );
        assert_eq!(would_try, expected != Some(false), "{text}: {facts:#}");
        if let Some(expected) = expected {
            assert_eq!(git_asks(&home), expected, "{text}");
        }
        if expected == Some(false) {
            assert_eq!(facts["outcome"], "git does not call keyfob for this host");
            assert_eq!(facts["hint"], "keyfob setup git --spec whole");
        }
    }
}

#[test]
fn where_docker_names_another_helper_or_none_explain_says_so() {
    let provider = numbering();
    let home = home(&provider);
    for (text, expected) in [
        ("{}", Some(false)),
        (r#"{"credsStore": "keyfob"}"#, Some(true)),
        (r#"{"credsStore": "pass"}"#, Some(false)),
        (
            r#"{"credHelpers": {"git.example.com": "keyfob"}}"#,
            Some(true),
        ),
        (
            r#"{"credHelpers": {"other.example.com": "keyfob"}}"#,
            Some(false),
        ),
        (
            r#"{"credsStore": "keyfob", "credHelpers": {"git.example.com": "pass"}}"#,
            Some(false),
        ),
        ("{", None),
    ] {
        home.write("home/.docker/config.json", text);
        let (facts, would_try) = facts(&home, &["docker", "git.example.com"]);
        assert_eq!(
            facts["caller"]["calls_keyfob"],
            Value::from(expected),
            "{text}: {facts:#}"
        );
        assert_eq!(would_try, expected != Some(false), "{text}: {facts:#}");
    }
}

#[test]
fn a_configuration_that_names_a_path_needs_no_link() {
    let provider = numbering();
    let home = home(&provider);
    let links = PathBuf::from("bin");
    for link in ["git-credential-keyfob", "kubectl-keyfob"] {
        _ = std::fs::remove_file(home.path(links.join(link).to_str().unwrap()));
    }
    home.write(
        "home/.gitconfig",
        "[credential]\n\thelper = /usr/bin/keyfob git\n",
    );
    for words in [&["git", URL][..], &["kubectl", "--spec", "whole"]] {
        let text = super::explain(&home, words).stdout;
        assert!(!text.contains("is not on PATH"), "{text}");
    }
}

/// The path is passed on as the real git does it.
#[test]
fn use_http_path_is_read_as_git_reads_it() {
    if !need(&["git"]) {
        return;
    }
    let provider = numbering();
    let helper = "[credential]\n\thelper = \"!f() { cat >&2; }; f\"\n\thelper = keyfob\n";
    for (text, variables) in [
        ("", &[][..]),
        ("[credential]\n\tuseHttpPath\n", &[]),
        ("[credential]\n\tuseHttpPath =\n", &[]),
        ("[credential]\n\tuseHttpPath = 1\n", &[]),
        ("[credential]\n\tuseHttpPath = \"true\" ; yes\n", &[]),
        (
            "[credential \"https://git.example.com\"] useHttpPath = true\n",
            &[],
        ),
        (
            "[credential \"https://git.example.com/team\"]\nuseHttpPath = true\n",
            &[],
        ),
        (
            "[credential \"https://git.example.com/team/app\"]\nuseHttpPath = true\n",
            &[],
        ),
        (
            "[credential \"https://*.example.com\"]\nuseHttpPath = true\n",
            &[],
        ),
        (
            "[credential \"https://you@git.example.com\"]\nuseHttpPath = true\n",
            &[],
        ),
        (
            "[credential \"https://git.example.com\"]\nuseHttpPath = true\n\
             [credential]\nuseHttpPath = false\n",
            &[],
        ),
        (
            "",
            &[
                ("GIT_CONFIG_COUNT", "1"),
                (
                    "GIT_CONFIG_KEY_0",
                    "credential.https://git.example.com.useHttpPath",
                ),
                ("GIT_CONFIG_VALUE_0", "true"),
            ],
        ),
    ] {
        let mut home = home(&provider);
        home.write("home/.gitconfig", format!("{helper}{text}"));
        for (name, value) in variables {
            home.set(name, value);
        }
        let mut git = home.command("git");
        let output = run(git.args(["credential", "fill"]), format!("url={URL}\n\n"));
        let sent = output.stderr.contains("path=team/app.git\n");
        let (facts, _) = facts(&home, &["git", URL]);
        let shown = facts["targets"][0]
            .as_str()
            .unwrap()
            .ends_with("/team/app.git");
        assert_eq!(shown, sent, "{text} {variables:?}: {facts:#} {output:?}");
    }
}

#[test]
fn the_words_fit_the_case() {
    let provider = numbering();
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec("hub", spec(&provider, &["docker.io"]).to_string());
    home.spec("plain", spec(&provider, &["plain.example.com"]).to_string());
    home.spec(
        "port",
        spec(&provider, &["https://port.example.com:8443/team"]).to_string(),
    );
    home.spec(
        "whole",
        spec(&provider, &["https://whole.example.com/team"]).to_string(),
    );
    home.spec("one", spec(&provider, &["tie.example.com"]).to_string());
    home.spec("two", spec(&provider, &["tie.example.com"]).to_string());
    for (words, parts) in [
        (
            &["git", "http://plain.example.com"][..],
            &["plain.example.com: listed, but no token is sent over plain http"][..],
        ),
        // git names no path, and the port differs too.
        (
            &["git", "https://port.example.com/team/app.git"],
            &[
                "near    https://port.example.com:8443/team: another port",
                "mend: add \"https://port.example.com/team\" to its `targets`",
            ],
        ),
        (
            &["git", "https://whole.example.com/team/app.git"],
            &["https://whole.example.com/team: the spec lists a path, and git names none"],
        ),
        (
            &["git", "https://tie.example.com"],
            &["write a `username` into each, and name the user in the URL; or write `callers`"],
        ),
        (&["docker", "ubuntu"], &["docker asks for ", "docker.io"]),
        (
            &["docker", "ubuntu:22.04"],
            &["docker asks for ", "docker.io"],
        ),
        (&["kubectl", "--spec", "plain"], &["kubectl is told:\n"]),
        (
            &["askpass", "Password for 'https://plain.example.com': "],
            &["askpass asks for https://plain.example.com\n"],
        ),
    ] {
        let text = super::explain(&home, words).stdout;
        for part in parts {
            assert!(text.contains(part), "{words:?}: {part}: {text}");
        }
    }
}
