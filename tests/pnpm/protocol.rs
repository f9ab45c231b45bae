//! What pnpm runs and reads: one line, which is the value of `Authorization` (<https://pnpm.io/npmrc#urltokenhelper>).

use serde_json::{Value, json};

use crate::support::client::numbering;
use crate::support::{Answer, Home, Output, Provider, need, run};

const NPM: [&str; 3] = ["pnpm", "--spec", "npm"];

fn spec(provider: &Provider) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "id",
        "client_secret": {"env": "TEST_CLIENT_SECRET"},
    })
}

fn home(spec: &Value) -> Home {
    let mut home = Home::new();
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home.spec("npm", spec.to_string());
    home
}

/// Nothing that pnpm could take for a token, and an exit status that it takes for a failure.
#[track_caller]
fn fails(output: &Output, status: i32, words: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (status, ""));
    assert!(output.stderr.contains(words), "{}", output.stderr);
}

#[test]
fn the_token_is_printed_as_a_bearer_header_and_a_line_break() {
    let provider = numbering();
    let home = home(&spec(&provider));
    assert_eq!(
        run(&mut home.keyfob(NPM), ""),
        Output::success("Bearer token-1\n")
    );
    let mut link = home.command_at(&home.link("pnpm-keyfob"));
    link.args(["--spec", "npm"]);
    assert_eq!(run(&mut link, ""), Output::success("Bearer token-1\n"));
    let mut named = home.keyfob(["pnpm"]);
    named.env("KEYFOB_SPEC", "npm");
    assert_eq!(run(&mut named, ""), Output::success("Bearer token-1\n"));
    assert_eq!(provider.count(), 1);
}

#[test]
fn with_authtype_basic_user_name_and_token_are_printed_as_basic_credentials() {
    let provider = numbering();
    let mut spec = spec(&provider);
    spec["authtype"] = json!("basic");
    spec["username"] = json!("build");
    // base64 of `build:token-1`
    assert_eq!(
        run(&mut home(&spec).keyfob(NPM), ""),
        Output::success("Basic YnVpbGQ6dG9rZW4tMQ==\n")
    );
    spec["authtype"] = json!("bearer");
    assert_eq!(
        run(&mut home(&spec).keyfob(NPM), ""),
        Output::success("Bearer token-2\n")
    );
}

#[test]
fn without_a_named_spec_there_is_no_token_even_if_one_lists_every_registry() {
    let provider = numbering();
    let mut spec = spec(&provider);
    spec["targets"] = json!(["npm.example.com", "*.example.com"]);
    let home = home(&spec);
    fails(
        &run(&mut home.keyfob(["pnpm"]), ""),
        2,
        "no spec is named (spec-not-found)",
    );
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_spec_that_names_no_file_or_standard_input_is_an_error() {
    let provider = numbering();
    let home = home(&spec(&provider));
    for other in ["nowhere", "-"] {
        let output = run(
            &mut home.keyfob(["pnpm", "--spec", other]),
            spec(&provider).to_string(),
        );
        fails(&output, 2, "keyfob: error: ");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_word_that_pnpm_never_says_is_refused_and_not_repeated() {
    let provider = numbering();
    let home = home(&spec(&provider));
    let output = run(&mut home.keyfob(NPM.into_iter().chain(["s3cret"])), "");
    fails(&output, 2, "takes no argument but --spec (usage)");
    assert!(!output.stderr.contains("s3cret"));
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_failure_prints_nothing_that_could_be_taken_for_a_token() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let mut home = home(&spec(&provider));
    fails(&run(&mut home.keyfob(NPM), ""), 1, "(provider-refused)");
    home.unset("TEST_CLIENT_SECRET");
    fails(&run(&mut home.keyfob(NPM), ""), 1, "(secret-missing)");
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_token_in_its_last_five_minutes_is_renewed_since_pnpm_keeps_what_it_gets() {
    if !need(&["faketime"]) {
        return;
    }
    // A tenth of such a life is two minutes: the five are ours.
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 1200));
    let home = home(&spec(&provider));
    let after = |seconds: i64| {
        run(&mut home.keyfob_at(seconds, NPM), "")
            .answer()
            .to_owned()
    };
    assert_eq!(after(0), "Bearer token-1\n");
    assert_eq!(after(850), "Bearer token-1\n");
    assert_eq!(after(920), "Bearer token-2\n");
}
