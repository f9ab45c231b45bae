//! The helper's words, byte by byte (<https://openbao.org/docs/commands/token-helper/>).

use serde_json::json;

use super::{helper, home, numbering, spec};
use crate::support::{Answer, Home, Output, Provider, need, run};

const ADDRESS: &str = "https://bao.example.com:8200";

/// A home whose spec `bao` lists the server that the environment names, as OpenBao sets it.
fn listed() -> (Home, Provider) {
    let (mut home, provider) = (home(), numbering());
    home.spec(
        "bao",
        spec(&provider, &["bao.example.com:8200"]).to_string(),
    );
    home.set("BAO_ADDR", ADDRESS).set("VAULT_ADDR", ADDRESS);
    (home, provider)
}

#[track_caller]
fn fails(output: &Output, status: i32, code: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (status, ""));
    assert!(
        output.stderr.starts_with("keyfob: error: ") && output.stderr.contains(code),
        "{}",
        output.stderr
    );
}

#[test]
fn get_prints_the_token_and_no_line_break() {
    let (home, provider) = listed();
    for words in [&["vault", "get"][..], &["vault", "--spec", "bao", "get"]] {
        assert_eq!(run(&mut home.keyfob(words), ""), Output::success("token-1"));
    }
    assert_eq!(helper(&home, "get", ""), Output::success("token-1"));
    assert_eq!(provider.count(), 1);
}

#[test]
fn either_variable_names_the_server_and_two_spellings_are_one() {
    let (mut home, _provider) = listed();
    home.unset("BAO_ADDR");
    assert_eq!(helper(&home, "get", ""), Output::success("token-1"));
    home.unset("VAULT_ADDR").set("BAO_ADDR", ADDRESS);
    assert_eq!(helper(&home, "get", ""), Output::success("token-1"));
    home.set("VAULT_ADDR", "https://BAO.example.com:8200/");
    assert_eq!(helper(&home, "get", ""), Output::success("token-1"));
    home.set("VAULT_ADDR", "");
    assert_eq!(helper(&home, "get", ""), Output::success("token-1"));
}

/// Vault reads one of them and says nothing to its helper; OpenBao would have made them equal.
#[test]
fn two_addresses_that_differ_are_refused_whichever_is_listed() {
    let (mut home, provider) = listed();
    for (bao, vault) in [
        (ADDRESS, "https://vault.example.com:8200"),
        ("https://vault.example.com:8200", ADDRESS),
        (ADDRESS, "https://bao.example.com"),
    ] {
        home.set("BAO_ADDR", bao).set("VAULT_ADDR", vault);
        fails(&helper(&home, "get", ""), 1, "(request-invalid)");
    }
    for other in ["http://bao.example.com:8200", "unix:///run/agent.sock"] {
        home.set("BAO_ADDR", ADDRESS).set("VAULT_ADDR", other);
        assert_eq!(helper(&home, "get", ""), Output::success(""));
        home.set("BAO_ADDR", other).set("VAULT_ADDR", ADDRESS);
        assert_eq!(helper(&home, "get", ""), Output::success(""));
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_server_that_no_spec_lists_gets_no_token_and_no_secret_is_opened() {
    let (mut home, provider) = listed();
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &["bao.example.com:8200"]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("bao", spec.to_string());
    for other in [
        "https://bao.example.org:8200",
        "https://bao.example.com",
        "http://bao.example.com:8200",
        "unix:///run/agent.sock",
    ] {
        home.set("BAO_ADDR", other).set("VAULT_ADDR", other);
        assert_eq!(helper(&home, "get", ""), Output::success(""), "{other}");
        let named = home.keyfob(["vault", "--spec", "bao", "get"]);
        assert_eq!(run(&mut { named }, ""), Output::success(""), "{other}");
    }
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

/// The program then talks to a server of its own choice (`-address`, https://127.0.0.1:8200), of which a helper is not told.
#[test]
fn without_an_address_there_is_no_token_were_the_spec_named() {
    let (mut home, provider) = listed();
    home.unset("BAO_ADDR").unset("VAULT_ADDR");
    let output = helper(&home, "get", "");
    fails(&output, 1, "(request-invalid)");
    assert!(output.stderr.contains("set VAULT_ADDR"), "{output:?}");
    let mut named = home.keyfob(["vault", "--spec", "bao", "get"]);
    fails(&run(&mut named, ""), 1, "(request-invalid)");
    home.set("KEYFOB_SPEC", "bao");
    fails(&helper(&home, "get", ""), 1, "(request-invalid)");
    assert_eq!(provider.count(), 0);
}

#[test]
fn an_address_that_makes_no_sense_is_an_error_in_words() {
    let (mut home, provider) = listed();
    for odd in [
        "https://user:hunter2@bao.example.com:8200",
        "https://",
        "https://bao.example.com:8200?x=1",
        "https://bao.example.com:8200#x",
        "https://bao.example.com:82000",
        "https://bao.example.com:8200 ",
        "https://bao..example.com",
    ] {
        home.set("BAO_ADDR", odd).set("VAULT_ADDR", odd);
        let output = helper(&home, "get", "");
        fails(&output, 1, "(request-invalid)");
        assert!(!output.stderr.contains("hunter2"), "{output:?}");
        assert_eq!(helper(&home, "erase", ""), Output::success(""), "{odd}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_failure_is_words_and_never_an_empty_token() {
    let (home, _provider) = listed();
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    home.spec(
        "bao",
        spec(&refusing, &["bao.example.com:8200"]).to_string(),
    );
    fails(&helper(&home, "get", ""), 1, "(provider-refused)");
    home.spec("bao", r#"{"targets":["bao.example.com:8200"],"colour":1}"#);
    fails(&helper(&home, "get", ""), 2, "(spec-invalid)");
}

#[test]
fn store_reads_to_the_end_and_refuses_in_words() {
    let (home, provider) = listed();
    for token in ["hvs.p4ssw0rd", "", &"x".repeat(200_000)] {
        let output = helper(&home, "store", token);
        fails(&output, 1, "(not-supported)");
        assert!(!output.stderr.contains("p4ssw0rd"), "{output:?}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn erase_drops_the_token_of_the_server_that_is_named() {
    let (mut home, provider) = listed();
    assert_eq!(helper(&home, "get", ""), Output::success("token-1"));
    let other = "https://bao.example.org:8200";
    home.set("BAO_ADDR", other).set("VAULT_ADDR", other);
    assert_eq!(helper(&home, "erase", ""), Output::success(""));
    home.unset("BAO_ADDR").unset("VAULT_ADDR");
    assert_eq!(helper(&home, "erase", ""), Output::success(""));
    home.set("VAULT_ADDR", ADDRESS);
    assert_eq!(helper(&home, "get", ""), Output::success("token-1"));
    assert_eq!(helper(&home, "erase", ""), Output::success(""));
    assert_eq!(helper(&home, "get", ""), Output::success("token-2"));
    let mut named = home.keyfob(["vault", "--spec", "bao", "erase"]);
    assert_eq!(run(&mut named, ""), Output::success(""));
    assert_eq!(helper(&home, "get", ""), Output::success("token-3"));
    assert_eq!(provider.count(), 3);
}

#[test]
fn a_token_that_has_ended_is_made_anew() {
    if !need(&["faketime"]) {
        return;
    }
    let (home, _provider) = listed();
    let after = |seconds: i64| run(&mut home.keyfob_at(seconds, ["vault", "get"]), "");
    assert_eq!(after(0), Output::success("token-1"));
    assert_eq!(after(1800), Output::success("token-1"));
    assert_eq!(after(3601), Output::success("token-2"));
}

#[test]
fn a_wrong_call_is_told_with_exit_status_2() {
    let (home, provider) = listed();
    for words in [
        &["vault"][..],
        &["vault", "frobnicate"],
        &["vault", "GET"],
        &["vault", ""],
        &["vault", "get", "get"],
    ] {
        fails(&run(&mut home.keyfob(words), ""), 2, "(usage)");
    }
    assert_eq!(provider.count(), 0);
}
