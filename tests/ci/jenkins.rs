//! `jenkins/`: the step of a shared library, run by Groovy itself over the few steps of Pipeline that it uses (`pipeline.groovy`).

use std::time::Duration;

use super::{Job, TOKEN, failed_in_keyfobs_words, names_in, path, ready};
use crate::house::root;
use crate::support::{Output, process::run_within};

fn can_run() -> bool {
    ready(&["groovy", "java"])
}

/// A build that calls the step with these options, in Groovy, and this body, in shell.
fn build(job: &Job, options: &str, body: &str) -> Output {
    let mut command = job.home.command("groovy");
    command
        .arg(root().join("tests/ci/pipeline.groovy"))
        .arg(path("jenkins/vars/withKeyfob.groovy"))
        .args([options, body])
        .env("JAVA_HOME", "/usr/lib/jvm/default-java")
        .env("API_SECRET", "s3cret")
        .env("WORKSPACE_TMP", job.home.path("workspace@tmp"));
    run_within(&mut command, "", Duration::from_secs(90))
}

fn leftovers(job: &Job) -> Vec<String> {
    names_in(&job.home.path("workspace@tmp"), "keyfob")
}

#[test]
fn a_command_of_the_body_has_the_token_the_log_does_not_and_the_end_gives_it_back() {
    if !can_run() {
        return;
    }
    let job = Job::new();
    let body = "keyfob run --env API_TOKEN -- sh -c 'printenv API_TOKEN >arrived'; env | sort";
    let output = build(&job, "[spec: 'ci/api.json', revoke: true]", body);
    assert_eq!(output.status, 0, "{output:?}");
    let arrived = std::fs::read_to_string(job.home.path("home/arrived")).unwrap();
    assert_eq!(arrived, format!("{TOKEN}\n"));
    assert!(output.stdout.contains("KEYFOB_SPEC=ci/api.json"));
    let log = output.stdout + &output.stderr;
    assert!(!log.contains("t0ken") && !log.contains("_TOKEN="), "{log}");
    assert_eq!(job.asked(), ["/token", "/revoke"]);
    assert_eq!(job.given_back(), [TOKEN]);
    assert_eq!(leftovers(&job), [""; 0]);
    job.leaves_the_users_cache_alone();
}

#[test]
fn a_body_that_fails_fails_the_build_and_the_token_is_given_back() {
    if !can_run() {
        return;
    }
    let job = Job::new();
    let output = build(&job, "[spec: 'ci/api.json', revoke: true]", "exit 7");
    assert_eq!(output.status, 1);
    assert!(
        output
            .stderr
            .contains("the build failed: script returned exit code 7"),
        "{output:?}"
    );
    assert_eq!(job.given_back(), [TOKEN]);
    assert_eq!(leftovers(&job), [""; 0]);
}

#[test]
fn a_provider_that_refuses_fails_the_build_before_the_body() {
    if !can_run() {
        return;
    }
    let job = Job::new();
    job.refuse();
    let output = build(&job, "[spec: 'ci/api.json']", "touch ran");
    failed_in_keyfobs_words(&output);
    assert!(!job.home.path("home/ran").exists());
    assert_eq!(leftovers(&job), [""; 0]);
}

#[test]
fn an_option_that_there_is_not_is_told() {
    if !can_run() {
        return;
    }
    let job = Job::new();
    for options in ["[spec: 'ci/api.json', revok: true]", "[revoke: true]"] {
        let output = build(&job, options, "touch ran");
        assert!(
            output.stderr.contains("withKeyfob takes spec"),
            "{output:?}"
        );
        assert_eq!(output.status, 1);
    }
    assert_eq!(job.asked(), [""; 0]);
}

#[test]
fn a_spec_in_a_container_that_others_can_write_or_own_serves_all_the_same() {
    if !can_run() {
        return;
    }
    for job in Job::exposed() {
        let body = "keyfob run -- printenv KEYFOB_TOKEN >arrived";
        let output = build(&job, "[spec: 'ci/api.json', revoke: true]", body);
        assert_eq!(output.status, 0, "{output:?}");
        let arrived = std::fs::read_to_string(job.home.path("home/arrived")).unwrap();
        assert_eq!(arrived, format!("{TOKEN}\n"));
        assert_eq!(job.given_back(), [TOKEN]);
    }
}

#[test]
fn a_node_without_keyfob_fetches_it_for_the_body() {
    if !can_run() {
        return;
    }
    let (mut job, release) = Job::bare();
    // Groovy itself is a script that wants more.
    let path = format!("{}:/usr/bin:/bin", job.home.variable("PATH"));
    job.home.set("PATH", path);
    let fetched = release.inputs();
    let options: Vec<String> = fetched
        .iter()
        .map(|(name, value)| format!("{name}: '{value}'"))
        .collect();
    let options = options.join(", ");
    let body = "docker-credential-keyfob version >arrived; env | grep -c KEYFOB_FETCH= || :";
    let output = build(
        &job,
        &format!("[spec: 'ci/api.json', revoke: true, {options}]"),
        body,
    );
    assert_eq!(output.status, 0, "{output:?}");
    assert_eq!(output.stdout, "0\n");
    let arrived = std::fs::read_to_string(job.home.path("home/arrived")).unwrap();
    assert!(arrived.contains(super::release_page::VERSION), "{arrived}");
    assert_eq!(job.given_back(), [TOKEN]);
    assert_eq!(leftovers(&job), [""; 0]);

    let wrong = options.replace(&release.checksum(), &"0".repeat(64));
    let output = build(
        &job,
        &format!("[spec: 'ci/api.json', {wrong}]"),
        "touch ran",
    );
    assert!(
        output.stderr.contains(" is not what KEYFOB_CHECKSUM says"),
        "{output:?}"
    );
    assert!(!job.home.path("home/ran").exists());
    assert_eq!((output.status, leftovers(&job)), (1, Vec::new()));
}
