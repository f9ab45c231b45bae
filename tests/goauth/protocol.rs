//! Both phases, as `go help goauth` puts them (<https://pkg.go.dev/cmd/go#hdr-GOAUTH_environment_variable>).

use std::process::Stdio;

use serde_json::json;

use super::{goauth, home, numbering, spec};
use crate::support::http::basic;
use crate::support::{Answer, Home, Output, Provider, need, run};

const RESPONSE: &str =
    "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Basic realm=\"go\"\nContent-Length: 0\n\n";
const URL: &str = "https://proxy.example.com/go/example.com/team/module/@v/list";

fn listed() -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    let targets = ["https://proxy.example.com/go", "other.example.com:8443"];
    home.spec("go", spec(&provider, &targets).to_string());
    (home, provider)
}

fn silence() -> Output {
    Output::success("")
}

/// A block for these prefixes with the first token.
fn block(prefixes: &str) -> Output {
    Output::success(&format!(
        "{prefixes}\n\nAuthorization: {}\n\n",
        basic("oauth2", "token-1")
    ))
}

/// It failed in words on standard error and gave no block.
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
fn without_a_url_and_a_named_spec_nothing_is_said_and_nobody_asked() {
    let (home, provider) = listed();
    assert_eq!(goauth(&home, &[], ""), silence());
    assert_eq!(provider.count(), 0);
}

#[test]
fn without_a_url_a_named_spec_gives_every_prefix_that_it_lists_exactly() {
    let (mut home, provider) = (home(), numbering());
    let targets = [
        "https://proxy.example.com/go",
        "PROXY.example.com",
        "other.example.com:8443",
        "https://proxy.example.com:443",
        "https://other.example.com/a b/%C3%A9",
        "[::1]:8443",
        "*.wild.example.com",
        "http://localhost:3000",
    ];
    home.spec("go", spec(&provider, &targets).to_string());
    let expected = block(
        "https://proxy.example.com/go\nhttps://proxy.example.com\nhttps://other.example.com:8443\n\
         https://other.example.com/a%20b/%C3%A9\nhttps://[::1]:8443",
    );
    assert_eq!(goauth(&home, &["--spec", "go"], ""), expected);
    home.set("KEYFOB_SPEC", "go");
    assert_eq!(goauth(&home, &[], ""), expected);
    let link = home.link("goauth-keyfob");
    assert_eq!(run(&mut home.command_at(&link), ""), expected);
}

#[test]
fn a_spec_that_lists_no_host_exactly_gives_nothing_without_a_url() {
    let (home, provider) = (home(), numbering());
    let targets = ["*.example.com", "http://127.0.0.1:3000"];
    home.spec("go", spec(&provider, &targets).to_string());
    assert_eq!(goauth(&home, &["--spec", "go"], ""), silence());
    let asked = goauth(&home, &["--spec", "go", URL], RESPONSE);
    assert_eq!(asked, block("https://proxy.example.com"));
}

#[test]
fn standard_input_is_not_read_where_go_gives_none() {
    let (home, _provider) = listed();
    for words in [&["goauth"][..], &["goauth", "--spec", "go"]] {
        let mut command = home.keyfob(words);
        // Never closed and never written: who reads it waits.
        let (reader, _writer) = std::io::pipe().unwrap();
        command.stdin(reader).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let ended = (0..2000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            child.try_wait().unwrap().is_some()
        });
        let _ = child.kill();
        let _ = child.wait();
        assert!(ended, "{words:?}");
    }
}

#[test]
fn a_url_gets_the_prefix_that_a_spec_lists_in_its_own_spelling() {
    let (home, _provider) = listed();
    for (url, prefix) in [
        (URL, "https://proxy.example.com/go"),
        (
            "https://proxy.example.com/go",
            "https://proxy.example.com/go",
        ),
        (
            "https://proxy.example.com/go/",
            "https://proxy.example.com/go",
        ),
        (
            "https://Proxy.Example.COM:443/go/x/@latest",
            "https://Proxy.Example.COM:443/go",
        ),
        (
            "https://other.example.com:8443/a/!b/@v/v1.0.0.zip",
            "https://other.example.com:8443",
        ),
        (
            "https://other.example.com:8443/team?go-get=1",
            "https://other.example.com:8443",
        ),
        // go takes a query for a part of the last segment.
        (
            "https://proxy.example.com/go?go-get=1",
            "https://proxy.example.com/go\nhttps://proxy.example.com/go?go-get=1",
        ),
    ] {
        for words in [&[url][..], &["--spec", "go", url]] {
            assert_eq!(goauth(&home, words, RESPONSE), block(prefix), "{words:?}");
        }
    }
}

#[test]
fn a_url_that_no_spec_lists_gets_silence_and_opens_no_secret() {
    let (home, provider) = listed();
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &["https://proxy.example.com/go"]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("go", spec.to_string());
    for url in [
        "https://proxy.golang.org/example.com/m/@v/list",
        "https://proxy.example.com/gopher/@v/list",
        "https://proxy.example.com:8443/go/@v/list",
        "https://proxy.example.com",
    ] {
        for words in [&[url][..], &["--spec", "go", url]] {
            assert_eq!(goauth(&home, words, RESPONSE), silence(), "{words:?}");
        }
    }
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn the_header_is_bearer_where_the_spec_says_so_and_basic_with_its_username_otherwise() {
    let (home, provider) = listed();
    let mut bearer = spec(&provider, &["https://proxy.example.com/go"]);
    bearer["authtype"] = "bearer".into();
    home.spec("go", bearer.to_string());
    let expected = "https://proxy.example.com/go\n\nAuthorization: Bearer token-1\n\n";
    assert_eq!(goauth(&home, &[URL], RESPONSE), Output::success(expected));
    assert_eq!(
        goauth(&home, &["--spec", "go"], ""),
        Output::success(expected)
    );
    let mut named = spec(&provider, &["https://proxy.example.com/go"]);
    named["username"] = "gopher".into();
    home.spec("go", named.to_string());
    let header = basic("gopher", "token-1");
    let expected = format!("https://proxy.example.com/go\n\nAuthorization: {header}\n\n");
    assert_eq!(goauth(&home, &[URL], RESPONSE), Output::success(&expected));
    assert_eq!(provider.count(), 1);
}

#[test]
fn whatever_the_response_says_the_answer_is_the_same() {
    let (home, _provider) = listed();
    let long = "x".repeat(1 << 22);
    for response in [
        "",
        "\n",
        "nonsense",
        "HTTP/2.0 404 Not Found\n\n",
        "\0",
        &long,
    ] {
        let output = goauth(&home, &[URL], response);
        assert_eq!(output, block("https://proxy.example.com/go"));
    }
}

#[test]
fn a_failure_is_told_on_standard_error() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let mut home = home();
    let spec = spec(&provider, &["https://proxy.example.com/go"]);
    home.spec("go", spec.to_string());
    for words in [&["--spec", "go"][..], &[URL], &["--spec", "go", URL]] {
        fails(&goauth(&home, words, RESPONSE), 1, "(provider-refused)");
    }
    home.unset("TEST_CLIENT_SECRET");
    fails(&goauth(&home, &[URL], RESPONSE), 1, "(secret-missing)");
    fails(
        &goauth(&home, &["--spec", "nowhere"], ""),
        2,
        "(spec-not-found)",
    );
}

#[test]
fn what_is_no_url_is_refused_and_not_repeated() {
    let (home, provider) = listed();
    for url in [
        "",
        "proxy.example.com/go",
        "http://proxy.example.com/go",
        "HTTPS://proxy.example.com/go",
        "https://",
        "https://user:p4ssw0rd@proxy.example.com/go",
        "https://proxy.example.com/go/../p4ssw0rd",
        "https://proxy.example.com/go\np4ssw0rd",
        "https://proxy.example.com/go?a b",
        "https://proxy.example.com/go?a\r",
    ] {
        let output = goauth(&home, &["--spec", "go", url], RESPONSE);
        fails(&output, 1, "(request-invalid)");
        assert!(!output.stderr.contains("p4ssw0rd"), "{output:?}");
    }
    fails(&goauth(&home, &[URL, URL], RESPONSE), 2, "(usage)");
    fails(&goauth(&home, &["get", URL], RESPONSE), 2, "(usage)");
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_token_in_its_last_five_minutes_is_renewed_since_go_keeps_what_it_gets() {
    if !need(&["faketime"]) {
        return;
    }
    // A tenth of such a life is two minutes: the five are ours.
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 1200));
    let home = home();
    home.spec(
        "go",
        spec(&provider, &["https://proxy.example.com/go"]).to_string(),
    );
    let header_after = |seconds: i64| {
        let output = run(&mut home.keyfob_at(seconds, ["goauth", URL]), RESPONSE);
        let header = output.answer().lines().nth(2).unwrap();
        header.strip_prefix("Authorization: ").unwrap().to_owned()
    };
    assert_eq!(header_after(0), basic("oauth2", "token-1"));
    assert_eq!(header_after(850), basic("oauth2", "token-1"));
    assert_eq!(header_after(920), basic("oauth2", "token-2"));
    // So it is in the first phase, for all that the spec lists.
    let all_after = |seconds: i64| {
        let mut goauth = home.keyfob_at(seconds, ["goauth", "--spec", "go"]);
        run(&mut goauth, "").answer().contains("Authorization: ")
    };
    assert!(all_after(920 + 850));
    assert_eq!(provider.count(), 2);
    assert!(all_after(920 + 920));
    assert_eq!(provider.count(), 3);
}
