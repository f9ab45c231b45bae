//! `token-from-stdout`, which cargo's own provider of that name runs: one bare line, and the index in the environment.

use serde_json::json;

use super::{INDEX, LISTED, home, listed, numbering, spec};
use crate::support::{Answer, Home, Output, Provider, need, run};

fn line(home: &Home, index: &str) -> Output {
    let mut keyfob = home.keyfob(["cargo", "token-from-stdout"]);
    run(keyfob.env("CARGO_REGISTRY_INDEX_URL", index), "")
}

#[track_caller]
fn fails(output: &Output, code: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(output.stderr.starts_with("keyfob: error: "), "{output:?}");
    assert!(
        output.stderr.contains(&format!(" ({code})\n")),
        "{output:?}"
    );
}

#[test]
fn the_token_is_one_line() {
    let (home, provider) = listed();
    for index in [INDEX, LISTED] {
        let output = line(&home, index);
        assert_eq!((output.answer(), &*output.stderr), ("token-1\n", ""));
    }
    let mut link = home.command_at(&home.bin().join("cargo-credential-keyfob"));
    link.arg("token-from-stdout")
        .env("CARGO_REGISTRY_INDEX_URL", INDEX);
    assert_eq!(run(&mut link, "").answer(), "token-1\n");
    let mut named = home.keyfob(["cargo", "--spec", "registry", "token-from-stdout"]);
    named.env("CARGO_REGISTRY_INDEX_URL", INDEX);
    assert_eq!(run(&mut named, "").answer(), "token-1\n");
    assert_eq!(provider.count(), 1);
}

#[test]
fn bearer_stands_before_it_where_the_spec_says_so() {
    let (home, provider) = (home(), numbering());
    let mut spec = spec(&provider, &[LISTED]);
    spec["authtype"] = json!("bearer");
    home.spec("registry", spec.to_string());
    assert_eq!(line(&home, INDEX).answer(), "Bearer token-1\n");
}

#[test]
fn what_goes_wrong_is_told_on_standard_error() {
    let (mut home, provider) = listed();
    fails(
        &line(&home, "sparse+https://registry.example.org/"),
        "target-not-listed",
    );
    fails(
        &line(&home, "ssh://git@registry.example.com/index"),
        "request-invalid",
    );
    let without = line(&home, "");
    fails(&without, "request-invalid");
    assert!(
        without.stderr.contains("keyfob: hint: cargo sets it"),
        "{without:?}"
    );
    home.unset("TEST_CLIENT_SECRET");
    fails(&line(&home, INDEX), "secret-missing");
    assert_eq!(provider.count(), 0);
}

#[test]
fn without_an_index_nothing_is_handed_out_even_by_a_spec_that_is_named() {
    let (home, provider) = listed();
    for words in [
        &["cargo", "token-from-stdout"][..],
        &["cargo", "--spec", "registry", "token-from-stdout"],
    ] {
        let output = run(&mut home.keyfob(words), "");
        fails(&output, "request-invalid");
        assert!(
            output.stderr.contains("CARGO_REGISTRY_INDEX_URL"),
            "{output:?}"
        );
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn other_words_are_a_usage_error() {
    let (home, provider) = listed();
    for words in [
        &["cargo"][..],
        &["cargo", "get"],
        &["cargo", "token-from-stdout", INDEX],
        &["cargo", "--cargo-plugin", "s3cret-in-the-wrong-place"],
        &["--cargo-plugin", "--cargo-plugin"],
    ] {
        let output = run(
            home.keyfob(words).env("CARGO_REGISTRY_INDEX_URL", INDEX),
            "",
        );
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{words:?}"
        );
        assert!(output.stderr.contains("(usage)"), "{output:?}");
        assert!(!output.stderr.contains("wrong-place"), "{output:?}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_token_in_its_last_five_minutes_is_renewed_since_cargo_keeps_the_line_until_it_ends() {
    if !need(&["faketime"]) {
        return;
    }
    // A tenth of such a life is two minutes: the five are ours.
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 1200));
    let home = home();
    home.spec("registry", spec(&provider, &[LISTED]).to_string());
    let line_after = |seconds: i64| {
        let mut cargo = home.keyfob_at(seconds, ["cargo", "token-from-stdout"]);
        cargo.env("CARGO_REGISTRY_INDEX_URL", INDEX);
        run(&mut cargo, "").answer().to_owned()
    };
    assert_eq!(line_after(0), "token-1\n");
    assert_eq!(line_after(850), "token-1\n");
    assert_eq!(line_after(920), "token-2\n");
}
