//! `get`, as docker's kin say it and are told: the right stream, exit status and words, since clients compare them to the letter
//! (<https://github.com/docker/docker-credential-helpers>).

use serde_json::json;

use super::{NOT_FOUND, helper, home, numbering, run, spec};
use crate::support::{Answer, Home, Output, Provider, need};

pub(super) const REGISTRY: &str = "registry.example.com:5000";

pub(super) fn listed() -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    home.spec("registry", spec(&provider, &[REGISTRY]).to_string());
    (home, provider)
}

pub(super) fn says(status: i32, stdout: &str) -> Output {
    Output {
        status,
        stdout: stdout.into(),
        stderr: String::new(),
    }
}

/// It failed in words on standard output, with exit status 1, and not with a sentence that clients take for "not found".
#[track_caller]
pub(super) fn fails(output: &Output, code: &str) {
    assert_eq!(
        (output.status, output.stderr.as_str()),
        (1, ""),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.starts_with("keyfob: error: "),
        "{}",
        output.stdout
    );
    assert!(output.stdout.contains(code), "{}", output.stdout);
    // jib and docker-py look for these anywhere in the text.
    for magic in [
        "credentials not found",
        "no credentials server URL",
        "no credentials username",
    ] {
        assert!(!output.stdout.contains(magic), "{}", output.stdout);
    }
}

#[test]
fn get_answers_with_one_object_and_the_key_unchanged() {
    let (home, _provider) = listed();
    let expected =
        r#"{"ServerURL":"registry.example.com:5000","Username":"oauth2","Secret":"token-1"}"#;
    assert_eq!(
        helper(&home, "get", REGISTRY),
        says(0, &format!("{expected}\n"))
    );
}

#[test]
fn the_sub_command_says_the_same_as_the_link() {
    let (home, _provider) = listed();
    for words in [
        &["docker", "get"][..],
        &["docker", "--spec", "registry", "get"],
    ] {
        let output = run(&mut home.keyfob(words), REGISTRY);
        assert_eq!(output, helper(&home, "get", REGISTRY));
        assert_eq!(output.json()["Secret"], "token-1");
    }
}

#[test]
fn a_registry_that_is_not_listed_is_not_found_and_opens_no_secret() {
    let (home, provider) = listed();
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &[REGISTRY]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("registry", spec.to_string());
    assert_eq!(
        helper(&home, "get", "registry.example.org"),
        says(1, NOT_FOUND)
    );
    assert_eq!(
        run(
            &mut home.keyfob(["docker", "--spec", "registry", "get"]),
            "ghcr.io"
        ),
        says(1, NOT_FOUND)
    );
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn without_any_spec_nothing_is_found() {
    assert_eq!(helper(&home(), "get", REGISTRY), says(1, NOT_FOUND));
}

#[test]
fn an_empty_key_is_no_server_url() {
    let (home, _provider) = listed();
    for empty in ["", "\n", " \r\n"] {
        assert_eq!(
            helper(&home, "get", empty),
            says(1, "no credentials server URL\n")
        );
    }
}

#[test]
fn a_provider_that_refuses_is_a_failure_and_never_not_found() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home();
    home.spec("registry", spec(&provider, &[REGISTRY]).to_string());
    fails(&helper(&home, "get", REGISTRY), "(provider-refused)");
}

#[test]
fn a_provider_that_talks_like_a_helper_cannot_make_a_pull_anonymous() {
    let provider = Provider::start(|_| {
        let description = "credentials not found in native keychain";
        Answer::json(
            400,
            json!({"error": "invalid_client", "error_description": description}).to_string(),
        )
    });
    let home = home();
    home.spec("registry", spec(&provider, &[REGISTRY]).to_string());
    fails(&helper(&home, "get", REGISTRY), "(provider-refused)");
}

#[test]
fn a_secret_that_is_missing_is_a_failure_and_never_not_found() {
    let (mut home, provider) = listed();
    home.unset("TEST_CLIENT_SECRET");
    fails(&helper(&home, "get", REGISTRY), "(secret-missing)");
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_spec_that_is_not_valid_is_a_failure_with_exit_status_1() {
    let home = home();
    home.spec(
        "registry",
        r#"{"provider":"client_credentials","targets":["registry.example.com:5000"],"colour":1}"#,
    );
    fails(&helper(&home, "get", REGISTRY), "(spec-invalid)");
}

#[test]
fn two_specs_for_one_registry_are_an_error_that_names_both() {
    let (home, provider) = listed();
    home.spec("second", spec(&provider, &[REGISTRY]).to_string());
    let output = helper(&home, "get", REGISTRY);
    fails(&output, "registry");
    assert!(output.stdout.contains("second"), "{}", output.stdout);
}

#[test]
fn a_token_in_its_last_five_minutes_is_renewed_since_buildkit_keeps_what_it_gets() {
    if !need(&["faketime"]) {
        return;
    }
    // A tenth of such a life is two minutes: the five are ours.
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 1200));
    let home = home();
    home.spec("registry", spec(&provider, &[REGISTRY]).to_string());
    let secret_after = |seconds: i64| {
        run(&mut home.keyfob_at(seconds, ["docker", "get"]), REGISTRY).json()["Secret"].clone()
    };
    assert_eq!(secret_after(0), "token-1");
    assert_eq!(secret_after(850), "token-1");
    assert_eq!(secret_after(920), "token-2");
}
