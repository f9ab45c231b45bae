//! `get`, as cargo says it and is told (<https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html>).

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{
    GREETING, INDEX, LISTED, answer, get, home, listed, not_ours, numbering, request, said, spec,
    token, words,
};
use crate::support::{Answer, Provider, run};

#[test]
fn get_answers_with_the_bare_token_and_its_end() {
    let (home, _provider) = listed();
    let answer = answer(&home, &get(INDEX));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let expiration = answer["Ok"]["expiration"].as_u64().unwrap();
    // An hour, less the margin of five minutes.
    assert!((3290..=3300).contains(&(expiration - now.as_secs())));
    assert_eq!(
        answer,
        json!({"Ok": {
            "kind": "get", "token": "token-1", "cache": "expires", "expiration": expiration, "operation_independent": true,
        }})
    );
}

#[test]
fn a_request_with_everything_that_cargo_may_send_is_answered() {
    let (home, provider) = listed();
    let line = r#"{"v":1,"registry":{"index-url":"sparse+https://registry.example.com/index/","name":"my-registry","headers":["WWW-Authenticate: Cargo login_url=\"https://evil.example/me\"","Content-Length: 0"]},"kind":"get","operation":"publish","name":"sample","vers":"0.1.0","cksum":"0000","args":[],"of-the-future":{"a":[1]}}"#;
    let answer: Value = serde_json::from_str(&said(&home, format!("{line}\n"))[0]).unwrap();
    assert_eq!(token(&answer), "token-1");
    assert_eq!(provider.count(), 1);
}

#[test]
fn every_operation_gets_the_same_token() {
    let (home, provider) = listed();
    for operation in ["read", "publish", "yank", "unyank", "owners"] {
        let answer = answer(
            &home,
            &request(INDEX, "get", json!({"operation": operation})),
        );
        assert_eq!(token(&answer), "token-1", "{operation}");
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn every_way_to_call_it_says_the_same() {
    let (home, _provider) = listed();
    let line = format!("{}\n", get(INDEX));
    let expected = run(&mut home.keyfob(["--cargo-plugin"]), &line);
    assert!(expected.answer().contains("token-1"));
    for words in [
        &["cargo", "--cargo-plugin"][..],
        &["cargo", "--spec", "registry", "--cargo-plugin"],
    ] {
        assert_eq!(run(&mut home.keyfob(words), &line), expected, "{words:?}");
    }
    let mut link = home.command_at(&home.bin().join("cargo-credential-keyfob"));
    assert_eq!(run(link.arg("--cargo-plugin"), &line), expected);
}

#[test]
fn the_greeting_comes_before_the_request_and_answers_come_line_by_line() {
    let (home, _provider) = listed();
    let mut keyfob = home.keyfob(["--cargo-plugin"]);
    let mut child = keyfob
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        line
    };
    assert_eq!(line(), GREETING);
    writeln!(stdin, "{}", get(INDEX)).unwrap();
    assert!(line().contains("token-1"));
    writeln!(stdin, "{}", request(INDEX, "logout", json!({}))).unwrap();
    assert_eq!(line(), "{\"Ok\":{\"kind\":\"logout\"}}\n");
    writeln!(stdin, "{}", get(INDEX)).unwrap();
    assert!(line().contains("token-2"));
    drop(stdin);
    assert_eq!(line(), "");
    assert!(child.wait().unwrap().success());
}

#[test]
fn without_a_request_there_is_a_greeting_and_nothing_else() {
    assert_eq!(said(&home(), ""), [""; 0]);
}

#[test]
fn an_index_that_no_spec_lists_is_not_supported_and_opens_no_secret() {
    let (home, provider) = listed();
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &[LISTED]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("registry", spec.to_string());
    let elsewhere = "sparse+https://registry.example.org/index/";
    assert_eq!(answer(&home, &get(elsewhere)), not_ours());
    let named = json!({"operation": "read", "args": ["--spec", "registry"]});
    assert_eq!(answer(&home, &request(elsewhere, "get", named)), not_ours());
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn without_any_spec_no_index_is_supported() {
    assert_eq!(answer(&home(), &get(INDEX)), not_ours());
}

#[test]
fn a_provider_that_refuses_is_a_failure_in_words_and_never_somebody_elses_index() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home();
    home.spec("registry", spec(&provider, &[LISTED]).to_string());
    let answer = answer(&home, &get(INDEX));
    assert!(words(&answer).contains("(provider-refused)"), "{answer}");
    assert!(!answer.to_string().contains("s3cret"), "{answer}");
}

#[test]
fn a_secret_that_is_missing_is_a_failure_in_words_that_say_what_to_do() {
    let (mut home, provider) = listed();
    home.unset("TEST_CLIENT_SECRET");
    let answer = answer(&home, &get(INDEX));
    let words = words(&answer);
    assert!(
        words.contains("(secret-missing)\nkeyfob: hint: "),
        "{words}"
    );
    assert_eq!(provider.count(), 0);
}

#[test]
fn two_specs_for_one_index_are_a_failure_that_names_both() {
    let (home, provider) = listed();
    home.spec("second", spec(&provider, &[LISTED]).to_string());
    let answer = answer(&home, &get(INDEX));
    let words = words(&answer);
    assert!(
        words.contains("registry") && words.contains("second"),
        "{words}"
    );
    assert!(words.contains("(target-ambiguous)"), "{words}");
}

#[test]
fn a_line_that_is_no_request_is_a_failure_in_words_and_the_next_is_answered() {
    let (home, _provider) = listed();
    let good = get(INDEX);
    for bad in [
        &b""[..],
        b" ",
        b"nonsense",
        b"{}",
        b"[]",
        b"null",
        b"{\"v\":1",
        b"\xff\xfe",
        b"\0",
        br#"{"v":1,"kind":"get","operation":"read"}"#,
        br#"{"v":1,"registry":{"name":"my-registry"},"kind":"get","operation":"read"}"#,
        br#"{"v":1,"registry":{"index-url":7},"kind":"get","operation":"read"}"#,
        br#"{"v":1,"registry":{"index-url":"https://a.example","index-url":"https://b.example"},"kind":"get"}"#,
        br#"{"v":"1","registry":{"index-url":"https://a.example"},"kind":"get","operation":"read"}"#,
        br#"{"v":2,"registry":{"index-url":"https://a.example"},"kind":"get","operation":"read"}"#,
    ] {
        let stdin = [bad, b"\n", good.to_string().as_bytes(), b"\n"].concat();
        let said = said(&home, stdin);
        let shown = String::from_utf8_lossy(bad);
        assert_eq!(said.len(), 2, "{shown}: {said:?}");
        let refused: Value = serde_json::from_str(&said[0]).unwrap();
        assert!(words(&refused).ends_with("(request-invalid)"), "{shown}: {refused}");
        assert!(said[1].contains("token-1"), "{shown}: {said:?}");
    }
}

#[test]
fn a_line_that_is_too_long_is_a_failure_in_words() {
    let (home, provider) = listed();
    let said = said(&home, vec![b'a'; 2 << 20]);
    let refused: Value = serde_json::from_str(&said[0]).unwrap();
    assert!(words(&refused).contains("larger than 1 MiB"), "{refused}");
    assert_eq!((said.len(), provider.count()), (1, 0));
}

#[test]
fn a_last_line_without_a_line_break_is_answered() {
    let (home, _provider) = listed();
    assert!(said(&home, get(INDEX).to_string())[0].contains("token-1"));
}

#[test]
fn bearer_stands_before_the_token_only_where_the_spec_says_so_since_cargo_sends_it_verbatim() {
    for (authtype, expected) in [
        (Value::Null, "token-1"),
        ("bearer".into(), "Bearer token-1"),
        ("basic".into(), "token-1"),
    ] {
        let (home, provider) = (home(), numbering());
        let mut spec = spec(&provider, &[LISTED]);
        if authtype.is_string() {
            spec["authtype"] = authtype;
        }
        home.spec("registry", spec.to_string());
        assert_eq!(token(&answer(&home, &get(INDEX))), expected);
    }
}

#[test]
fn a_token_with_quotes_and_backslashes_arrives_as_it_is() {
    let odd = r#"a"b\c\\"d\u0041"#;
    let provider = Provider::start(move |_| Answer::token(odd, 3600));
    let home = home();
    let mut spec = spec(&provider, &[LISTED]);
    home.spec("registry", spec.to_string());
    assert_eq!(token(&answer(&home, &get(INDEX))), odd);
    spec["authtype"] = "bearer".into();
    home.spec("registry", spec.to_string());
    assert_eq!(token(&answer(&home, &get(INDEX))), format!("Bearer {odd}"));
}

#[test]
fn many_at_once_make_one_request() {
    let (home, provider) = listed();
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| token(&answer(&home, &get(INDEX))).to_owned()))
            .collect();
        for asked in asked {
            assert_eq!(asked.join().unwrap(), "token-1");
        }
    });
    assert_eq!(provider.count(), 1);
}
