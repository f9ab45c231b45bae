//! `get`, as Bazel asks and reads it (<https://github.com/EngFlow/credential-helper-spec>).

use serde_json::json;

use super::{ask, fails, helper, home, listing, nothing, reader, spec};
use crate::support::{Answer, Output, Provider, need, run};

const URI: &str = "https://cache.example.com/build.bazel.remote.execution.v2.Capabilities";

/// The one value of the one header.
#[track_caller]
fn authorization(output: &Output) -> String {
    assert_eq!(output.stderr, "");
    let answer = reader::read(output.answer()).unwrap();
    let [(name, values)] = answer.headers.as_slice() else {
        panic!("not one header: {output:?}")
    };
    assert_eq!((name.as_str(), values.len()), ("Authorization", 1));
    values[0].clone()
}

#[test]
fn a_uri_is_answered_with_a_header_and_an_end_in_whole_seconds() {
    let (home, _provider) = listing(&["cache.example.com"]);
    let output = ask(&home, URI);
    let expires = reader::read(output.answer()).unwrap().expires.unwrap();
    let expected =
        format!(r#"{{"headers":{{"Authorization":["Bearer token-1"]}},"expires":"{expires}"}}"#);
    assert_eq!(output.stdout, format!("{expected}\n"));
    assert!(
        expires.ends_with('Z') && !expires.contains('.'),
        "{expires}"
    );
}

#[test]
fn a_spec_that_says_basic_is_answered_with_user_and_password() {
    let (home, provider) = listing(&[]);
    let mut basic = spec(&provider, &["cache.example.com"]);
    basic["authtype"] = "basic".into();
    home.spec("build", basic.to_string());
    // oauth2:token-1
    assert_eq!(
        authorization(&ask(&home, URI)),
        "Basic b2F1dGgyOnRva2VuLTE="
    );
    basic["authtype"] = "bearer".into();
    home.spec("build", basic.to_string());
    assert_eq!(authorization(&ask(&home, URI)), "Bearer token-1");
}

#[test]
fn the_sub_command_says_the_same_as_the_link() {
    let (home, _provider) = listing(&["cache.example.com"]);
    let request = json!({ "uri": URI }).to_string();
    for words in [&["bazel", "get"][..], &["bazel", "--spec", "build", "get"]] {
        assert_eq!(run(&mut home.keyfob(words), &request), ask(&home, URI));
    }
    assert_eq!(authorization(&ask(&home, URI)), "Bearer token-1");
}

#[test]
fn every_way_to_name_what_is_listed_is_served() {
    for (target, uri) in [
        ("cache.example.com", "https://cache.example.com"),
        ("cache.example.com", "https://cache.example.com/a/b.tar.gz"),
        ("cache.example.com", "HTTPS://Cache.Example.COM:443/a"),
        (
            "cache.example.com",
            "https://cache.example.com/a?b=c&d=@e#f",
        ),
        ("cache.example.com", "https://cache.example.com?b=c"),
        (
            "cache.example.com",
            "grpcs://cache.example.com/com.example.Service/Method",
        ),
        ("cache.example.com:8980", "grpcs://cache.example.com:8980"),
        (
            "cache.example.com",
            "https://cache.example.com/projects/group%2Fproject/a.zip",
        ),
        ("cache.example.com", "https://cache.example.com/a//b/../c"),
        ("*.example.com", "https://cache.example.com/a"),
        (
            "https://cache.example.com/team",
            "https://cache.example.com/team/a.zip?b=c",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/a"),
        ("http://localhost:8980", "grpc://localhost:8980"),
        ("https://[::1]:8443", "https://[::1]:8443/a"),
    ] {
        let (home, _provider) = listing(&[target]);
        assert_eq!(authorization(&ask(&home, uri)), "Bearer token-1", "{uri}");
    }
}

/// The specification would have an error for an unsupported URI; to Bazel that is the end of the build, and it asks about every host of its flag.
#[test]
fn what_is_not_listed_needs_no_credentials_and_opens_no_secret() {
    let (home, provider) = listing(&[]);
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &["https://cache.example.com/team"]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("build", spec.to_string());
    for uri in [
        "https://cache.example.org/team/a",
        "https://cache.example.com/",
        "https://cache.example.com/teammate/a",
        "https://cache.example.com/team/../a",
        "https://cache.example.com/team%2Fa",
        "https://cache.example.com/team/a%2Fb",
        "https://cache.example.com:8443/team/a",
        "https://cache.example.com.evil.example/team",
        "https://evil.example/?https://cache.example.com/team",
        "https://evil.example#@cache.example.com/team",
        "https://evil.example?@cache.example.com/team",
        "https://evil.example\\@cache.example.com/team",
        "https://cache.example.com@evil.example/team",
        "https://user:p4ssw0rd@cache.example.com/team/a",
        "http://cache.example.com/team/a",
        "grpc://cache.example.com/team/a",
        "ftp://cache.example.com/team/a",
        "unix:///run/cache.sock",
        "https://*.googleapis.com/",
        "https://",
        "https://cache.example.com\n/team",
    ] {
        assert_eq!(ask(&home, uri), nothing(), "{uri}");
    }
    let named = ["bazel", "--spec", "build", "get"];
    let request = json!({"uri": "https://cache.example.org/"}).to_string();
    assert_eq!(run(&mut home.keyfob(named), request), nothing());
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
    assert_eq!(ask(&super::home(), URI), nothing());
}

#[test]
fn members_that_a_later_bazel_may_add_are_ignored() {
    let (home, _provider) = listing(&["cache.example.com"]);
    for request in [
        format!(r#"{{"uri":"{URI}","more":[{{"a":null}}],"version":2}}"#),
        format!(" \n{{ \"uri\" : \"{URI}\" }}\r\n\n"),
        format!(r#"{{"uri":"{}"}}"#, URI.replace('/', "\\/")),
    ] {
        let output = helper(&home, &request);
        assert_eq!(authorization(&output), "Bearer token-1", "{request}");
    }
}

#[test]
fn a_request_that_makes_no_sense_is_a_failure_in_words() {
    let (home, provider) = listing(&["cache.example.com"]);
    for request in [
        "",
        "\n",
        "{}",
        "null",
        "[]",
        r#""https://cache.example.com""#,
        "https://cache.example.com",
        r#"{"uri":null}"#,
        r#"{"uri":["https://cache.example.com"]}"#,
        r#"{"uri":"https://cache.example.com","uri":"https://evil.example"}"#,
        r#"{"uri":"https://cache.example.com"}{}"#,
        r#"{"uri":"https://cache.example.com""#,
        r#"{"uri":""}"#,
        r#"{"uri":"cache.example.com"}"#,
        r#"{"uri":"//cache.example.com/"}"#,
        r#"{"uri":"https:/p4ssw0rd"}"#,
        r#"{"URI":"https://cache.example.com"}"#,
    ] {
        let output = helper(&home, request);
        fails(&output, 1, "(request-invalid)");
        assert!(!output.stderr.contains("p4ssw0rd"), "{output:?}");
    }
    fails(
        &helper(&home, b"{\"uri\":\"https://\xff\"}"),
        1,
        "(request-invalid)",
    );
    let long = format!(
        r#"{{"uri":"https://cache.example.com/{}"}}"#,
        "a".repeat(10 << 20)
    );
    fails(&helper(&home, long), 1, "(request-invalid)");
    let deep = format!(r#"{{"uri":{}"#, "[".repeat(100_000));
    fails(&helper(&home, deep), 1, "(request-invalid)");
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_failure_ends_the_build_in_words_and_is_never_no_credentials_needed() {
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    let mut home = home();
    home.spec("build", spec(&refusing, &["cache.example.com"]).to_string());
    fails(&ask(&home, URI), 1, "(provider-refused)");
    home.unset("TEST_CLIENT_SECRET");
    fails(&ask(&home, URI), 1, "(secret-missing)");
    home.spec("build", r#"{"targets":["cache.example.com"],"colour":1}"#);
    fails(&ask(&home, URI), 2, "(spec-invalid)");
}

#[test]
fn other_commands_are_wrong_calls_that_show_how_it_is_used() {
    let (home, provider) = listing(&["cache.example.com"]);
    let link = home.bin().join("bazel-credential-keyfob");
    for words in [
        &[][..],
        &["get-credentials"],
        &["store-credentials-locally"],
        &["GET"],
        &[""],
        &["get", "get"],
        &["get", "--debug"],
    ] {
        let request = json!({ "uri": URI }).to_string();
        fails(
            &run(home.command_at(&link).args(words), request),
            2,
            "(usage)",
        );
    }
    assert_eq!(provider.count(), 0);
}

/// Without an end Bazel keeps an answer for half an hour, whatever the token.
#[test]
fn an_end_is_told_however_near_it_is_and_none_where_none_is_known() {
    for (life, told) in [(3600, true), (40, true), (0, false)] {
        let provider = Provider::start(move |_| match life {
            0 => Answer::json(200, r#"{"access_token":"t","token_type":"Bearer"}"#),
            life => Answer::token("t", life),
        });
        let home = home();
        home.spec("build", spec(&provider, &["cache.example.com"]).to_string());
        let answer = reader::read(ask(&home, URI).answer()).unwrap();
        assert_eq!(answer.expires.is_some(), told, "{life}");
    }
}

/// Bazel before 7.1 keeps an answer for as long as its flag says, whatever the end in it: five minutes in the shipped file.
#[test]
fn a_token_in_its_last_five_minutes_is_renewed_for_a_bazel_that_reads_no_end() {
    if !need(&["faketime"]) {
        return;
    }
    // A tenth of such a life is two minutes: the five are ours.
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 1200));
    let home = home();
    home.spec("build", spec(&provider, &["cache.example.com"]).to_string());
    let after = |seconds: i64| {
        let mut bazel = home.keyfob_at(seconds, ["bazel", "get"]);
        let output = run(&mut bazel, json!({ "uri": URI }).to_string());
        let expires = reader::read(output.answer()).unwrap().expires.unwrap();
        (authorization(&output), expires)
    };
    let (first, end) = after(0);
    assert_eq!(
        (first.as_str(), after(850)),
        ("Bearer token-1", (first.clone(), end.clone()))
    );
    let (second, later) = after(920);
    assert_eq!(second, "Bearer token-2");
    assert!(later > end, "{later} {end}");
}
