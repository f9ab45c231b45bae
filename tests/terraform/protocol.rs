//! `get`, `store` and `forget`, as terraform says them
//! (<https://developer.hashicorp.com/terraform/internals/credentials-helpers>).

use serde_json::json;

use super::{helper, home, numbering, run, spec};
use crate::support::{Answer, Home, Output, Provider, need};

const REGISTRY: &str = "registry.example.com";

fn listed() -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    home.spec("registry", spec(&provider, &[REGISTRY]).to_string());
    (home, provider)
}

/// It failed in words on standard error, where terraform reads them, and gave nothing that could pass for an answer.
#[track_caller]
fn fails(output: &Output, status: i32, code: &str) {
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (status, ""),
        "{output:?}"
    );
    assert!(output.stderr.starts_with("keyfob: error: "), "{output:?}");
    assert!(output.stderr.contains(code), "{output:?}");
}

#[test]
fn get_answers_with_one_object_and_the_cached_token_the_second_time() {
    let (home, provider) = listed();
    for _ in 0..2 {
        let output = helper(&home, &["get", REGISTRY], "");
        assert_eq!(output, Output::success("{\"token\":\"token-1\"}\n"));
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_host_with_a_port_is_another_host() {
    let (home, provider) = (home(), numbering());
    let targets = ["registry.example.com:8443", "xn--bcher-kva.example.com"];
    home.spec("registry", spec(&provider, &targets).to_string());
    let with_token = Output::success("{\"token\":\"token-1\"}\n");
    for (host, answer) in [
        ("registry.example.com:8443", &with_token),
        ("xn--bcher-kva.example.com", &with_token),
        ("registry.example.com", &Output::success("{}\n")),
        ("registry.example.com:8444", &Output::success("{}\n")),
    ] {
        assert_eq!(helper(&home, &["get", host], ""), *answer, "{host}");
    }
}

/// `args` of the configuration stand before terraform's own words ("any additional arguments … before the verb").
#[test]
fn the_spec_stands_before_the_verb() {
    let (home, provider) = listed();
    home.spec("other", spec(&provider, &["other.example.com"]).to_string());
    for words in [
        &["--spec", "registry", "get", REGISTRY][..],
        &["--spec=registry", "get", REGISTRY],
        &["terraform", "--spec", "registry", "get", REGISTRY],
    ] {
        let output = helper(&home, words, "");
        assert_eq!(
            output,
            Output::success("{\"token\":\"token-1\"}\n"),
            "{words:?}"
        );
    }
    let other = helper(&home, &["--spec", "other", "get", REGISTRY], "");
    assert_eq!(other, Output::success("{}\n"));
}

#[test]
fn a_host_that_no_spec_lists_has_no_token_and_opens_no_secret() {
    let (home, provider) = listed();
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &[REGISTRY]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("registry", spec.to_string());
    for words in [
        &["get", "app.terraform.io"][..],
        &["--spec", "registry", "get", "app.terraform.io"],
    ] {
        assert_eq!(helper(&home, words, ""), Output::success("{}\n"));
    }
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_failure_is_told_on_standard_error_and_is_never_no_token() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let mut home = home();
    home.spec("registry", spec(&provider, &[REGISTRY]).to_string());
    let get = |home: &Home| helper(home, &["get", REGISTRY], "");
    fails(&get(&home), 1, "(provider-refused)");
    home.unset("TEST_CLIENT_SECRET");
    fails(&get(&home), 1, "(secret-missing)");
    home.spec(
        "registry",
        r#"{"provider":"client_credentials","targets":["registry.example.com"],"colour":1}"#,
    );
    fails(&get(&home), 2, "(spec-invalid)");
    let nowhere = helper(&home, &["--spec", "nowhere", "get", REGISTRY], "");
    fails(&nowhere, 2, "(spec-not-found)");
    assert_eq!(provider.count(), 1);
}

#[test]
fn what_is_no_host_is_refused_in_words() {
    let (home, provider) = listed();
    for host in [
        "",
        "https://registry.example.com",
        "registry.example.com/team",
        "user@registry.example.com",
        "registry.example.com:0",
        "a b",
        "registry.example.com?",
        "-a",
    ] {
        for verb in ["get", "forget"] {
            fails(&helper(&home, &[verb, host], ""), 1, "(request-invalid)");
        }
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn store_reads_to_the_end_and_refuses_in_words() {
    let (home, _provider) = listed();
    for object in [
        r#"{"token":"p4ssw0rd"}"#.to_owned(),
        "nonsense".to_owned(),
        String::new(),
        format!(r#"{{"token":"p4ssw0rd{}"}}"#, "x".repeat(1 << 20)),
    ] {
        for host in [REGISTRY, "other.example.com"] {
            let output = helper(&home, &["store", host], &object);
            fails(&output, 1, "(not-supported)");
            assert!(!output.stderr.contains("p4ssw0rd"), "{output:?}");
        }
    }
}

#[test]
fn forget_drops_the_token_of_that_host_only() {
    let (home, provider) = listed();
    let get = || helper(&home, &["get", REGISTRY], "").json()["token"].clone();
    assert_eq!(get(), "token-1");
    for host in ["other.example.com", "registry.example.com:8443"] {
        assert_eq!(helper(&home, &["forget", host], ""), Output::success(""));
    }
    assert_eq!(get(), "token-1");
    // `forget` is also a command that people type; called by the link it is terraform's.
    for words in [
        &["forget", REGISTRY][..],
        &["-v", "forget", REGISTRY],
        &["--spec", "registry", "forget", REGISTRY],
    ] {
        get();
        let count = provider.count();
        assert_eq!(helper(&home, words, "").answer(), "", "{words:?}");
        get();
        assert_eq!(provider.count(), count + 1, "{words:?}");
    }
}

#[test]
fn forgetting_where_there_is_nothing_is_a_success() {
    let home = home();
    assert_eq!(
        helper(&home, &["forget", REGISTRY], ""),
        Output::success("")
    );
}

#[test]
fn a_wrong_call_is_told_in_words() {
    let (home, provider) = listed();
    for words in [
        &[][..],
        &["get"],
        &["frobnicate", REGISTRY],
        &["GET", REGISTRY],
        &["get", REGISTRY, REGISTRY],
        &["--colour", "get", REGISTRY],
        &["--spec", "a", "--spec", "b", "get", REGISTRY],
    ] {
        fails(&helper(&home, words, ""), 2, "(usage)");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_token_is_renewed_at_half_its_life_since_a_run_keeps_it_to_its_end() {
    if !need(&["faketime"]) {
        return;
    }
    let (home, _provider) = listed();
    let token_after = |seconds: i64| {
        let mut terraform = home.keyfob_at(seconds, ["terraform", "get", REGISTRY]);
        run(&mut terraform, "").json()["token"].clone()
    };
    assert_eq!(token_after(0), "token-1");
    assert_eq!(token_after(1700), "token-1");
    assert_eq!(token_after(1850), "token-2");
}
