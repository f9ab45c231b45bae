//! Whole screens of `explain`, as files beside this one, and those that the page on commands shows.

use serde_json::json;

use super::explain;
use crate::house::root;
use crate::support::{Home, run};

/// A screen without what differs from run to run: the home's path, and times.
fn screen(home: &Home, words: &[&str]) -> String {
    let output = explain(home, words);
    let text = output
        .stdout
        .replace(home.config().to_str().unwrap(), "/home/you/.config/keyfob");
    let text = text.replace(home.path("").to_str().unwrap(), "/home/you/");
    let mut shown = format!("$ keyfob explain {}\n", words.join(" "));
    for line in text.lines() {
        shown.push_str(&without_times(line));
        shown.push('\n');
    }
    shown
}

/// Ten digits of Unix seconds, and the dates of a signature.
fn without_times(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(at);
        out.push_str(before);
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        let (number, after) = digits.split_at(end);
        let is_time =
            end == 10 || (end == 8 && number.starts_with("20")) || (end == 6 && out.ends_with('T'));
        out.push_str(if is_time { "NOW" } else { number });
        rest = after;
    }
    out + rest
}

#[track_caller]
fn assert_screen(name: &str, shown: &str) {
    let path = root().join(format!("tests/explain/screens/{name}.txt"));
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(golden, shown, "{}", path.display());
}

#[test]
fn a_client_of_an_oauth_server() {
    let mut home = Home::new();
    home.link("git-credential-keyfob");
    let spec = json!({
        "provider": "client_credentials", "token_url": "https://id.example.com/token", "scope": "read write",
        "client_id": "ci", "client_secret": [{"file": "/nowhere/secret"}, {"env": "CI_SECRET"}],
        "token_endpoint_auth_method": "client_secret_post", "username": "robot",
        "targets": ["git.example.com"],
    });
    home.spec("work", spec.to_string());
    home.set("CI_SECRET", "hunter2");
    let shown = screen(&home, &["git", "https://git.example.com/team/app.git"]);
    assert_screen("client_credentials", &shown);
}

#[test]
fn a_token_that_is_signed_here() {
    let mut home = Home::new();
    home.link("kubectl-keyfob");
    let spec = json!({
        "provider": "aws-eks", "cluster": "prod", "region": "eu-central-1",
        "access_key_id": {"env": "KEY_ID"}, "secret_access_key": {"env": "KEY"},
    });
    home.spec("eks", spec.to_string());
    home.set("KEY_ID", "AKIDEXAMPLE").set("KEY", "hunter2");
    assert_screen("aws-eks", &screen(&home, &["kubectl", "--spec", "eks"]));
}

#[test]
fn a_request_with_a_jwt() {
    let mut home = Home::new();
    home.link("git-credential-keyfob");
    let spec = json!({
        "provider": "github-app", "app_id": "12345", "installation_id": "1",
        "private_key": {"file": "app.pem"}, "targets": ["https://github.com/example"],
    });
    home.write("config/app.pem", "-----BEGIN PRIVATE KEY-----\n");
    home.spec("app", spec.to_string());
    home.set("GIT_CONFIG_NOSYSTEM", "1");
    home.write(
        "home/.gitconfig",
        "[credential]\n\thelper = keyfob\n[credential \"https://github.com\"]\n\tuseHttpPath = true\n",
    );
    let shown = screen(&home, &["git", "https://github.com/example/app"]);
    assert_screen("github-app", &shown);
}

#[test]
fn a_chain_of_specs() {
    let mut home = Home::new();
    let kv = json!({
        "provider": "vault-kv", "address": "https://vault.example.com", "path": "ci/registry", "field": "password",
        "token": {"token": "vault"},
    });
    let role = json!({
        "provider": "vault-approle", "address": "https://vault.example.com", "role_id": "ci",
        "secret_id": {"env": "SECRET_ID"},
    });
    home.spec("registry", kv.to_string());
    home.spec("vault", role.to_string());
    home.set("SECRET_ID", "hunter2");
    assert_screen("vault-kv", &screen(&home, &["--spec", "registry"]));
}

/// The screens of the page on commands, each under its command line.
#[test]
fn the_pages_screens_are_those_of_a_run() {
    let page = std::fs::read_to_string(root().join("integrations/commands.md")).unwrap();
    let (_, page) = page.split_once("\n## explain\n").unwrap();
    let page = page.split("\n## ").next().unwrap();
    let mut home = Home::new();
    home.link("git-credential-keyfob");
    home.set("GIT_CONFIG_NOSYSTEM", "1")
        .set("WORK_SECRET", "hunter2");
    let spec = |targets: &[&str]| {
        json!({
            "provider": "client_credentials", "token_url": "https://id.example.com/token",
            "client_id": "ci", "client_secret": {"env": "WORK_SECRET"}, "targets": targets,
        })
        .to_string()
    };
    home.spec("work", spec(&["https://git.example.com/team"]));
    home.spec("registry", spec(&["registry.example.com:5000"]));
    let words = ["git", "https://git.example.com/team/app.git"];
    let missed = screen(&home, &words);
    let how = [
        "config",
        "--global",
        "credential.https://git.example.com.useHttpPath",
        "true",
    ];
    run(home.command("git").args(how), "").answer();
    let found = screen(&home, &words);
    for screen in [missed, found] {
        assert!(
            page.contains(&format!("```console\n{screen}```\n")),
            "{screen}"
        );
    }
}
