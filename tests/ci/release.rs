//! The project's own workflows, as the hosting platform reads them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{against, documents, ready};
use crate::house::{files_below, root};
use crate::support::{Home, run};

/// Every workflow: its name and its document.
fn workflows() -> Vec<(String, Value)> {
    let files = files_below(&root().join(".github/workflows"));
    let document = |path: &std::path::PathBuf| {
        let file = path.to_str().unwrap();
        (file.to_owned(), documents(file)[0].clone())
    };
    let found: Vec<_> = files.iter().map(document).collect();
    assert!(found.len() >= 2);
    found
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().unwrap().iter()
}

fn steps(job: &Value) -> &Vec<Value> {
    job["steps"].as_array().unwrap()
}

#[test]
fn the_workflows_are_what_the_platforms_schema_wants() {
    if !ready(&[]) {
        return;
    }
    for (file, workflow) in workflows() {
        assert_eq!(against("github-workflows", &workflow), "", "{file}");
    }
}

#[test]
fn a_release_uses_no_action_that_can_change_and_no_permission_that_it_does_not_need() {
    if !ready(&[]) {
        return;
    }
    for (file, workflow) in workflows() {
        let least = serde_json::json!({"contents": "read"});
        assert_eq!(workflow["permissions"], least, "{file}");
        let mut more = BTreeSet::new();
        for (name, job) in jobs(&workflow) {
            assert!(job["timeout-minutes"].is_u64(), "{file}: {name}");
            for step in steps(job) {
                if let Some(action) = step["uses"].as_str() {
                    let (_, commit) = action.split_once('@').unwrap();
                    let pinned =
                        commit.len() == 40 && commit.bytes().all(|digit| digit.is_ascii_hexdigit());
                    assert!(pinned, "{file}: {action}");
                }
                // What others can choose is never pasted into a shell.
                let script = step["run"].as_str().unwrap_or_default();
                assert!(!script.contains("${{"), "{file}: {script}");
            }
            let job = job.as_object().unwrap();
            if let Some(permissions) = job.get("permissions") {
                more.insert((name.clone(), permissions.to_string()));
                assert_eq!(job["environment"], "release", "{name}");
                let only = "github.event_name == 'push' && github.ref_type == 'tag'";
                assert_eq!(job["if"], only, "{name}");
            }
        }
        if file.ends_with("/release.yml") {
            let granted: Vec<(&str, &str)> = more
                .iter()
                .map(|(name, granted)| (name.as_str(), granted.as_str()))
                .collect();
            assert_eq!(
                granted,
                [
                    ("npm", r#"{"id-token":"write"}"#),
                    ("publish", r#"{"contents":"write"}"#),
                    ("pypi", r#"{"id-token":"write"}"#),
                ]
            );
        } else {
            assert_eq!(more.len(), 0, "{file}: {more:?}");
        }
    }
}

/// Secrets are given to the step that signs alone.
#[test]
fn a_release_calls_the_scripts_that_everybody_runs_and_signs_what_was_tried() {
    if !ready(&[]) {
        return;
    }
    let workflows = workflows();
    let is_release = |(file, _): &&(String, Value)| file.ends_with("/release.yml");
    let (_, workflow) = workflows.iter().find(is_release).unwrap();
    let mut scripts = String::new();
    for (name, job) in jobs(workflow) {
        let called = |script: &str| {
            steps(job)
                .iter()
                .any(|step| step["run"].to_string().contains(script))
        };
        if called(".ci/run") || called(".ci/package ") {
            assert_eq!(job["container"]["options"], "--privileged", "{name}");
        }
        assert!(!called(".ci/run") || !called(".ci/programs"), "{name}");
        for step in steps(job) {
            let script = step["run"].as_str().unwrap_or_default();
            scripts.push_str(script);
            scripts.push('\n');
            let has_secret = step.to_string().contains("secrets.");
            assert_eq!(
                has_secret,
                script.contains(".ci/packaging/sign"),
                "{name}: {step}"
            );
        }
    }
    let page = fs::read_to_string(root().join("RELEASE.md")).unwrap();
    for script in [
        ".ci/run",
        ".ci/cut-release",
        ".ci/programs",
        ".ci/package",
        ".ci/packaging/sign",
    ] {
        assert!(scripts.contains(script), "{script} is not called");
        assert!(root().join(script).exists(), "{script} is not there");
        assert!(page.contains(script), "RELEASE.md does not name {script}");
    }
    // Nothing is published that was not installed before.
    let needs = |job: &str| workflow["jobs"][job]["needs"].clone();
    assert_eq!(
        needs("package"),
        serde_json::json!(["test", "linux", "macos"])
    );
    assert!(scripts.contains("git merge-base --is-ancestor HEAD origin/main"));
    assert_eq!(needs("try"), "package");
    assert_eq!(needs("publish"), "try");
    assert_eq!(
        (needs("pypi"), needs("npm")),
        ("publish".into(), "publish".into())
    );
}

#[test]
fn the_workflows_shell_has_nothing_that_shellcheck_knows() {
    if !ready(&["shellcheck"]) {
        return;
    }
    let home = Home::new();
    let mut looked_at = 0;
    for (file, workflow) in workflows() {
        for (name, job) in jobs(&workflow) {
            for script in steps(job).iter().filter_map(|step| step["run"].as_str()) {
                let mut shellcheck = home.command("shellcheck");
                let output = run(shellcheck.args(["--shell=bash", "-"]), script);
                assert_eq!(output.stdout, "", "{file}: {name}: {script}");
                let lines = script.trim_end().lines().count();
                let is_strict = script.starts_with("set -euo pipefail\n");
                assert!(lines == 1 || is_strict, "{file}: {name}: {script}");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 15, "{looked_at} scripts only");
}
