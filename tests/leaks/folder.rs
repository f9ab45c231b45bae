//! Who could put another spec in the place of one: a configuration folder that others can write is refused, and no secret is opened.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

use serde_json::json;

use super::{SECRET, TOKEN};
use crate::support::{Answer, Home, Output, Provider, run};

fn mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn home(provider: &Provider) -> Home {
    let mut home = Home::new();
    home.set("CANARY", SECRET);
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "c",
        "client_secret": { "env": "CANARY" }, "targets": ["git.example.com"],
    });
    home.spec("ci", spec.to_string());
    home
}

fn ask(home: &Home) -> Output {
    run(&mut home.keyfob(["token", "--spec", "ci"]), "")
}

#[track_caller]
fn refused(home: &Home, provider: &Provider, why: &str) {
    let output = ask(home);
    let path = home.config().join("ci.json");
    let told = format!(
        "keyfob: error: spec {} cannot be used: {why} (spec-unsafe)\n",
        path.display()
    );
    let first = output.stderr.split_inclusive('\n').next();
    assert_eq!((output.status, first), (2, Some(&*told)));
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_spec_in_a_folder_that_others_can_write_is_refused() {
    for open in [0o770, 0o707, 0o777, 0o720, 0o702] {
        let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
        let home = home(&provider);
        mode(home.config(), open);
        refused(
            &home,
            &provider,
            "other users can write its folder (chmod go-w fixes that)",
        );
        let by_target = "protocol=https\nhost=git.example.com\n\n";
        let output = run(&mut home.keyfob(["git", "get"]), by_target);
        assert!(output.stderr.contains("(spec-unsafe)\n"), "{output:?}");
        assert_eq!((output.stdout.as_str(), provider.count()), ("quit=1\n", 0));
    }
}

#[test]
fn a_folder_that_others_can_read_or_where_the_sticky_bit_keeps_them_is_taken() {
    for closed in [0o700, 0o755, 0o1777, 0o1770] {
        let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
        let home = home(&provider);
        mode(home.config(), closed);
        assert!(ask(&home).answer().contains(TOKEN), "{closed:o}");
    }
}

#[test]
fn a_spec_that_is_named_by_its_path_answers_for_its_file_alone() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let mut home = home(&provider);
    mode(home.config(), 0o777);
    let spec = home.config().join("ci.json");
    home.set("KEYFOB_CONFIG_DIR", home.path("elsewhere"));
    let spec = spec.to_str().unwrap();
    let output = run(&mut home.keyfob(["token", "--spec", spec]), "");
    assert!(output.answer().contains(TOKEN));
}

#[test]
fn a_preset_in_a_folder_that_others_can_write_is_refused() {
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider);
    let preset = json!({
        "description": "a", "documentation": "https://example.com", "parameters": {},
        "spec": { "provider": "client_credentials", "token_url": provider.at("/token") },
    });
    home.write("config/providers/own.json", preset.to_string());
    let spec = json!({ "provider": "own", "client_id": "c", "client_secret": { "env": "CANARY" } });
    let token = || run(&mut home.keyfob(["token"]), spec.to_string());
    for folder in ["config/providers", "config"] {
        mode(home.path(folder), 0o777);
        let output = token();
        assert!(
            output.stderr.contains("other users can write its folder"),
            "{output:?}"
        );
        assert_eq!((output.status, provider.count()), (2, 0));
        mode(home.path(folder), 0o700);
    }
    assert!(token().answer().contains(TOKEN));
}

#[test]
fn a_folder_of_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider);
    chown(home.config(), Some(65_534), None).unwrap();
    refused(&home, &provider, "another user owns its folder");
}

#[test]
fn a_folder_on_a_mount_that_nobody_can_write_is_taken() {
    // As a ConfigMap lies in a pod: its folder is 0777, and the mount read-only.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let provider = Provider::start(|_| Answer::token(TOKEN, 3600));
    let home = home(&provider);
    mode(home.config(), 0o777);
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec keyfob token --spec ci";
    let mut unshare = home.command("unshare");
    unshare.args(["--mount", "sh", "-c", script, "sh"]);
    let output = run(unshare.arg(home.config()), "");
    if output.stderr.contains("unshare:") || output.stderr.contains("mount:") {
        return; // a container may not mount anything
    }
    assert!(output.answer().contains(TOKEN));
}
