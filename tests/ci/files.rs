//! Every file, before any is run: against its runner's schema, and its shell against shellcheck.

use std::fs;

use serde_json::{Value, json};

use super::{against, documents, path, ready};
use crate::house::files_below;
use crate::support::{Home, run};

#[test]
fn every_file_is_what_its_runners_schema_wants() {
    if !ready(&[]) {
        return;
    }
    for (file, schema, place) in [
        ("github-actions/action.yml", "github-actions", 0),
        ("github-actions/revoke/action.yml", "github-actions", 0),
        ("github-actions/workflow.yml", "github-workflows", 0),
        ("gitlab-ci/template.yml", "gitlab-ci", 0),
        ("gitlab-ci/template.yml", "gitlab-ci", 1),
        ("buildkite/pipeline.yml", "buildkite", 0),
        ("azure-pipelines/token.yml", "azure-pipelines", 0),
        ("azure-pipelines/revoke.yml", "azure-pipelines", 0),
        ("azure-pipelines/azure-pipelines.yml", "azure-pipelines", 0),
        ("circleci/orb.yml", "circle-ci", 0),
        ("circleci/config.yml", "circle-ci", 0),
        ("github-actions/keyless.yml", "github-workflows", 0),
        ("gitlab-ci/keyless.yml", "gitlab-ci", 0),
        ("buildkite/keyless.yml", "buildkite", 0),
        ("azure-pipelines/keyless.yml", "azure-pipelines", 0),
        ("circleci/keyless.yml", "circle-ci", 0),
    ] {
        assert_eq!(against(schema, &documents(file)[place]), "", "{file}");
    }
}

/// The schemas do look: a file with a word that its runner does not know is refused.
#[test]
fn a_file_that_is_none_of_its_runners_is_refused() {
    if !ready(&[]) {
        return;
    }
    for (schema, wrong) in [
        (
            "github-actions",
            json!({"name": "x", "description": "x", "runs": {"using": "composite", "steps": [{"run": "true"}]}}),
        ),
        (
            "github-workflows",
            json!({"on": "push", "jobs": {"x": {"steps": []}}}),
        ),
        (
            "gitlab-ci",
            json!({"x": {"script": "true", "before": "true"}}),
        ),
        ("buildkite", json!({"steps": [{"label": 1}]})),
        ("azure-pipelines", json!({"steps": [{"bush": "true"}]})),
        (
            "circle-ci",
            json!({"version": 2.1, "commands": {"x": {"steps": [], "parameters": {"y": {"type": "text"}}}}}),
        ),
    ] {
        assert_ne!(against(schema, &wrong), "", "{schema}");
    }
}

/// Buildkite's plugins say in JSON Schema what a step may configure.
#[test]
fn a_steps_configuration_is_what_the_plugin_wants() {
    if !ready(&[]) {
        return;
    }
    let home = Home::new();
    let plugin = &documents("buildkite/plugin.yml")[0];
    for member in ["name", "description", "author", "requirements"] {
        assert!(!plugin[member].is_null(), "{member}");
    }
    let schema = home.write("schema.json", plugin["configuration"].to_string());
    let check = |document: &Value| against(schema.to_str().unwrap(), document);
    let pipeline = &documents("buildkite/pipeline.yml")[0];
    let used = &pipeline["steps"][0]["plugins"][0]["./.buildkite/plugins/keyfob"];
    assert_eq!(check(used), "");
    for wrong in [
        json!({}),
        json!({"spec": "x", "name": "y"}),
        json!({"spec": "x", "revoke": "yes"}),
    ] {
        assert_ne!(check(&wrong), "", "{wrong}");
    }
}

/// The folders, and the shell in which their runners run what they hold.
const FOLDERS: [(&str, &str); 8] = [
    ("fetch", "sh"),
    ("github-actions", "bash"),
    ("gitlab-ci", "sh"),
    ("buildkite", "bash"),
    ("azure-pipelines", "bash"),
    ("circleci", "bash"),
    ("jenkins", "bash"),
    ("keyless", "sh"),
];

/// Every piece of shell in a document: the members that runners run.
fn shell_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let runs = [
                    "run",
                    "command",
                    "bash",
                    "before_script",
                    "after_script",
                    "script",
                ];
                match value {
                    Value::String(text) if runs.contains(&name.as_str()) => {
                        found.push(text.clone())
                    }
                    Value::Array(lines) if name.ends_with("_script") => {
                        let lines: Vec<&str> =
                            lines.iter().map(|line| line.as_str().unwrap()).collect();
                        found.push(lines.join("\n"));
                    }
                    value => shell_of(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| shell_of(value, found)),
        _ => {}
    }
}

/// A piece without what fetches keyfob: `fetch` holds that the copies are one, and holds it to the same.
fn without_the_fetching(piece: &str) -> String {
    if piece.starts_with("#!/bin/sh\n# Fetches a release of keyfob") {
        return String::new();
    }
    let Some((before, rest)) = piece.split_once("# begin: keyfob-fetch.sh\n") else {
        return piece.to_owned();
    };
    let (_, after) = rest.split_once("# end: keyfob-fetch.sh\n").unwrap();
    before.to_owned() + after
}

#[test]
fn every_piece_of_shell_is_clean_and_no_input_is_pasted_into_it() {
    if !ready(&["shellcheck"]) {
        return;
    }
    let home = Home::new();
    // What is sourced is looked at with what sources it.
    let sourced = fs::read(path("keyless/prepare.sh")).unwrap();
    home.write("home/ci/keyfob/prepare.sh", sourced);
    let mut looked_at = 0;
    for (folder, shell) in FOLDERS {
        for file in files_below(&path(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            let mut pieces = Vec::new();
            let is_data = |ending: &std::ffi::OsStr| ending == "json" || ending == "md";
            if file.extension().is_some_and(is_data) || text.starts_with("apiVersion") {
                continue;
            }
            if file.extension().is_some_and(|ending| ending == "yml") {
                for document in documents(file.to_str().unwrap()) {
                    shell_of(&document, &mut pieces);
                }
            } else if file.extension().is_some_and(|ending| ending == "groovy") {
                pieces.extend(text.split("'''").skip(1).step_by(2).map(str::to_owned));
            } else {
                pieces.push(text);
            }
            for piece in pieces {
                looked_at += 1;
                // Buildkite's agent sees `$` where its pipeline says `$$`.
                let piece = piece.replace("$$", "$");
                let shell = if file.ends_with("keyfob-fetch.sh") {
                    "sh"
                } else {
                    shell
                };
                for pasted in ["${{", "$[[", "<<", "$("] {
                    let sum = "$(printf %s \"$BUILDKITE_PLUGIN_KEYFOB_SPEC\" | cksum | cut";
                    let spec = "$(cat \"$KEYFOB_SPEC\")";
                    let fetch = "$(sh \"$GITHUB_ACTION_PATH/../fetch/keyfob-fetch.sh\" ";
                    let beside = "$(dirname -- \"${BASH_SOURCE[0]}\")";
                    let ours = [
                        "$(keyfob ",
                        "$(keyfob_fetch ",
                        "$(mktemp -d)",
                        "$(CDPATH='' cd -- \"$",
                        "$(\n  export KEYFOB_VERSION=",
                        fetch,
                        beside,
                        spec,
                        sum,
                    ];
                    let rest = ours.iter().fold(without_the_fetching(&piece), |rest, own| {
                        rest.replace(own, "")
                    });
                    assert!(!rest.contains(pasted), "{}: {pasted}", file.display());
                }
                let script = home.write("piece", &piece);
                let mut command = home.command("shellcheck");
                command
                    .args(["--norc", "--external-sources", "--severity=style"])
                    .args(["--shell", shell])
                    .arg(script);
                let output = run(&mut command, "");
                assert_eq!(
                    (output.status, output.stdout.as_str()),
                    (0, ""),
                    "{}",
                    file.display()
                );
                let strict = piece.contains("set -euo pipefail\n");
                let one_line = !piece.contains('\n');
                let posix = shell == "sh";
                assert!(strict || one_line || posix, "{piece}");
            }
        }
    }
    assert!(looked_at >= 14, "{looked_at} pieces only");
}

#[test]
fn no_runner_needs_a_keyring() {
    for folder in FOLDERS {
        for file in files_below(&path(folder.0)) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("keyring"), "{}", file.display());
        }
    }
}
