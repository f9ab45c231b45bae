//! `circleci/`: the orb's commands, their parameters filled in, each step run by `bash -eo pipefail`, which itself reads the file that BASH_ENV names
//! before it begins.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::{
    Job, TOKEN, Variables, documents, failed_in_keyfobs_words, filled, ready, strings, variables,
};
use crate::support::Output;

const SHELL: [&str; 3] = ["bash", "-eo", "pipefail"];

/// The only step of a command, with these parameters.
#[track_caller]
fn step(command: &str, parameters: &[(&str, &str)]) -> (String, Variables, Value) {
    let orb = documents("circleci/orb.yml").remove(0);
    let command = &orb["commands"][command];
    let given = variables(parameters);
    let declared = command["parameters"].as_object().unwrap();
    assert!(given.keys().all(|name| declared.contains_key(name)));
    let value = |expression: &str| {
        let name = expression.strip_prefix("parameters.")?;
        let default = declared.get(name)?["default"].as_str().map(str::to_owned);
        given.get(name).cloned().or(default)
    };
    let [step] = command["steps"].as_array().unwrap().as_slice() else {
        panic!("one step is enough");
    };
    let run = &step["run"];
    let environment = strings(&run["environment"])
        .into_iter()
        .map(|(name, text)| (name, filled(&text, "<<", ">>", &value)));
    (
        run["command"].as_str().unwrap().to_owned(),
        environment.collect(),
        run["when"].clone(),
    )
}

/// Runs a step of a job whose BASH_ENV is a file of its own.
fn run(job: &Job, script: &str, environment: &Variables) -> Output {
    let mut all = variables(&[("API_SECRET", "s3cret")]);
    let file = job.home.path("tmp/bash_env");
    all.insert("BASH_ENV".to_owned(), file.to_str().unwrap().to_owned());
    all.extend(environment.clone());
    job.script(&SHELL, script, &all)
}

const SPEC: (&str, &str) = ("spec", "ci/api.json");

#[test]
fn a_later_step_has_the_token_and_the_last_gives_it_back() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    let (script, environment, _) = step("token", &[SPEC, ("variable", "API_TOKEN")]);
    let output = run(&job, &script, &environment);
    assert_eq!(
        (output.answer(), output.stderr.as_str()),
        ("", ""),
        "CircleCI would not mask it"
    );
    let mode = job
        .home
        .path("tmp/bash_env")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let later = run(&job, "printenv API_TOKEN", &Variables::new());
    assert_eq!(later.answer(), format!("{TOKEN}\n"));
    let (script, environment, when) = step("revoke", &[SPEC]);
    assert_eq!(when, "always");
    let last = run(&job, &script, &environment);
    assert_eq!((last.answer(), last.stderr.as_str()), ("", ""));
    assert_eq!(job.asked(), ["/token", "/revoke"]);
    assert_eq!(job.given_back(), [TOKEN]);
    job.leaves_the_users_cache_alone();
    job.kept_the_token_out_of_arguments();
}

#[test]
fn two_tokens_of_a_job_share_its_cache_and_both_are_given_back() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    let other = std::fs::read_to_string(job.home.path("home/ci/api.json")).unwrap();
    job.home
        .write("home/ci/other.json", other.replace("\"ci\"", "\"other\""));
    for spec in ["ci/api.json", "ci/other.json"] {
        let (script, environment, _) = step("token", &[("spec", spec)]);
        run(&job, &script, &environment).answer();
    }
    for spec in ["ci/api.json", "ci/other.json"] {
        let (script, environment, _) = step("revoke", &[("spec", spec)]);
        run(&job, &script, &environment).answer();
    }
    assert_eq!(job.given_back(), [TOKEN, TOKEN]);
}

#[test]
fn a_provider_that_refuses_fails_the_step_and_no_token_is_exported() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    job.refuse();
    let (script, environment, _) = step("token", &[SPEC]);
    failed_in_keyfobs_words(&run(&job, &script, &environment));
    // What is needed to revoke a token is written before there is one.
    let exported = std::fs::read_to_string(job.home.path("tmp/bash_env")).unwrap();
    assert!(exported.starts_with("export KEYFOB_CACHE_DIR="));
    assert_eq!(exported.lines().count(), 1, "{exported}");
    let (script, environment, _) = step("revoke", &[SPEC]);
    assert_eq!(
        run(&job, &script, &environment).answer(),
        "nothing to revoke: no token of spec `api` is cached\n"
    );
}

#[test]
fn the_configuration_names_parameters_that_there_are() {
    if !ready(&[]) {
        return;
    }
    let config = documents("circleci/config.yml").remove(0);
    let steps = config["jobs"]["deploy"]["steps"].as_array().unwrap();
    let used: Vec<(&String, &Value)> = steps
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .collect();
    let used: Vec<_> = used
        .into_iter()
        .filter_map(|(name, words)| Some((name.strip_prefix("keyfob/")?, words)))
        .collect();
    assert_eq!(used.len(), 2);
    for (command, words) in used {
        let words = strings(words);
        let pairs: Vec<(&str, &str)> = words
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        step(command, &pairs);
    }
}

#[test]
fn a_spec_in_a_container_that_others_can_write_or_own_serves_all_the_same() {
    if !ready(&[]) {
        return;
    }
    for job in Job::exposed() {
        for command in ["token", "revoke"] {
            let (script, environment, _) = step(command, &[SPEC]);
            let output = run(&job, &script, &environment);
            assert_eq!((output.answer(), output.stderr.as_str()), ("", ""));
        }
        assert_eq!(job.given_back(), [TOKEN]);
    }
}

#[test]
fn an_image_without_keyfob_fetches_it_for_the_later_steps_too() {
    if !ready(&["curl"]) {
        return;
    }
    let (job, release) = Job::bare();
    let fetched = release.inputs();
    let mut parameters: Vec<(&str, &str)> = fetched
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    parameters.push(SPEC);
    let (script, environment, _) = step("token", &parameters);
    let output = run(&job, &script, &environment);
    assert_eq!((output.answer(), output.stderr.as_str()), ("", ""));
    let later = run(&job, "docker-credential-keyfob version", &Variables::new());
    assert!(later.answer().contains(super::release_page::VERSION));
    let exported = std::fs::read_to_string(job.home.path("tmp/bash_env")).unwrap();
    let order = ["export KEYFOB_CACHE_DIR=", "PATH=", "export KEYFOB_TOKEN="];
    for (line, start) in exported.lines().zip(order) {
        assert!(line.starts_with(start), "{start}");
    }
    let (script, environment, _) = step("revoke", &[SPEC]);
    run(&job, &script, &environment).answer();
    assert_eq!(job.given_back(), [TOKEN]);

    parameters[1].1 = "";
    let (script, environment, _) = step("token", &parameters);
    let output = run(&job, &script, &environment);
    assert!(
        output.stderr.contains("KEYFOB_CHECKSUM has no SHA-256"),
        "{output:?}"
    );
    assert_eq!((output.status, job.asked().len()), (1, 2));
}
