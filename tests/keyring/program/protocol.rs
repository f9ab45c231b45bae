//! `get` in every shape, as `keyring/cli.py` reads and answers it (<https://github.com/jaraco/keyring>).

use serde_json::json;

use super::{SERVICE, fails, home, keyring, listed, numbering, says, spec};
use crate::support::{Answer, Provider, need, run};

#[test]
fn a_user_is_answered_with_the_password_alone() {
    let (home, _provider) = listed();
    for words in [
        &["get", SERVICE, "oauth2"][..],
        &["get", SERVICE, "alice"],
        &["get", "https://pypi.example.com", "oauth2"],
        &["get", "https://pypi.example.com:443//simple/", "oauth2"],
        &["--mode", "password", "get", SERVICE, "oauth2"],
        &["get", SERVICE, "oauth2", "--mode=password"],
        &["get", "--output", "plain", SERVICE, "oauth2"],
    ] {
        assert_eq!(keyring(&home, words), says(0, "token-1\n"), "{words:?}");
    }
}

#[test]
fn creds_are_two_lines_the_specs_user_and_the_password() {
    let (home, _provider) = listed();
    for words in [
        &["get", SERVICE, "--mode", "creds"][..],
        &["get", SERVICE, "--mode=creds"],
        &["--mode", "creds", "get", SERVICE],
        &["--mode=creds", "--output=plain", "get", SERVICE],
        &["get", "--mode", "creds", "https://pypi.example.com"],
    ] {
        let output = keyring(&home, words);
        assert_eq!(output, says(0, "oauth2\ntoken-1\n"), "{words:?}");
    }
}

#[test]
fn json_is_one_object() {
    let (home, _provider) = listed();
    for (words, expected) in [
        (
            &["--mode=creds", "--output=json", "get", SERVICE][..],
            r#"{"username":"oauth2","password":"token-1"}"#,
        ),
        (
            &["get", SERVICE, "--output", "json", "--mode", "creds"],
            r#"{"username":"oauth2","password":"token-1"}"#,
        ),
        (
            &["--output=json", "get", SERVICE, "oauth2"],
            r#"{"password":"token-1"}"#,
        ),
    ] {
        let output = keyring(&home, words);
        assert_eq!(output, says(0, &format!("{expected}\n")), "{words:?}");
    }
}

/// keyring's `get_credential` gives back the user it was asked for, and pip and uv log in as nobody else.
#[test]
fn the_user_who_was_asked_for_is_the_one_that_is_answered() {
    let (home, provider) = listed();
    let mut named = spec(&provider, &["pypi.example.com"]);
    named["username"] = "__token__".into();
    home.spec("index", named.to_string());
    let creds = |user: &[&str]| {
        let words = ["--mode=creds", "--output=json", "get", SERVICE];
        keyring(&home, &[&words, user].concat()).json()["username"].clone()
    };
    assert_eq!(creds(&["alice"]), "alice");
    assert_eq!(creds(&["a\"b\u{f6}"]), "a\"b\u{f6}");
    assert_eq!(creds(&[]), "__token__");
    assert_eq!(creds(&[""]), "__token__");
    let output = keyring(&home, &["get", SERVICE, "alice", "--mode", "creds"]);
    assert_eq!(output, says(0, "alice\ntoken-1\n"));
}

#[test]
fn a_user_name_that_would_be_two_lines_is_refused() {
    let (home, provider) = listed();
    for user in ["a\nb", "a\rb", "a:b", "\u{1b}[31m"] {
        let output = keyring(&home, &["get", SERVICE, user, "--mode", "creds"]);
        fails(&output, "(request-invalid)");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn the_sub_command_says_the_same_as_the_link() {
    let (home, _provider) = listed();
    let words = ["--mode=creds", "--output=json", "get", SERVICE];
    for before in [&["keyring"][..], &["keyring", "--spec", "index"]] {
        let output = run(&mut home.keyfob([before, &words].concat()), "");
        assert_eq!(output, keyring(&home, &words));
        assert_eq!(output.json()["password"], "token-1");
    }
}

#[test]
fn a_service_that_is_not_listed_is_a_miss_and_opens_no_secret() {
    let (home, provider) = listed();
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &["https://pypi.example.com/team"]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("index", spec.to_string());
    for service in [
        "https://pypi.example.org/simple/",
        "https://pypi.example.com/simple/",
        "https://pypi.example.com/teammate/simple/",
        "https://pypi.example.com.evil.example/team/",
        "https://evil.example/pypi.example.com/team/",
        "ftp://pypi.example.com/team/simple/",
        "https://pypi.example.com/team?a=b",
        "pypi.example.com",
        "pypi.example.com:443",
        "evilpypi.example.com",
        "https://upload.pypi.example.com/team/",
        "login",
        "Chrome Safe Storage",
        "org.freedesktop.Notes/a b",
        "\u{f6}",
        "https://",
        "a\nb",
    ] {
        for words in [
            &["get", service, "oauth2"][..],
            &["get", service, "--mode", "creds"],
            &["--mode=creds", "--output=json", "get", service, "oauth2"],
        ] {
            assert_eq!(keyring(&home, words), says(1, ""), "{words:?}");
        }
    }
    // pip passes standard error on.
    for (service, near) in [
        (
            "https://pypi.example.com:8443/team/simple/",
            "which is another port; add \"https://pypi.example.com:8443/team\" to its `targets`",
        ),
        (
            "http://pypi.example.com/team/simple/",
            "no token is sent over plain http",
        ),
        // A path that two servers could read differently is none.
        (
            "https://pypi.example.com/team/../simple/",
            "lists https://pypi.example.com/team, not the whole host\n",
        ),
    ] {
        let output = keyring(&home, &["get", service, "oauth2"]);
        assert_eq!((output.status, &*output.stdout), (1, ""), "{service}");
        assert!(
            output
                .stderr
                .starts_with("keyfob: hint: spec `index` lists")
        );
        assert!(output.stderr.contains(near), "{service}: {output:?}");
    }
    let named = ["keyring", "--spec", "index", "get", "pypi.example.org", "u"];
    assert_eq!(run(&mut home.keyfob(named), ""), says(1, ""));
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

/// pip and uv ask for the bare host after the URL, for an index of plain http as well, and pip 26 for every host that a page links to.
#[test]
fn a_host_without_a_scheme_is_a_miss_although_it_is_listed_for_it_may_be_plain_http() {
    let (home, provider) = listed();
    for service in [
        "pypi.example.com",
        "pypi.example.com:443",
        "pypi.example.com:80",
    ] {
        for words in [
            &["get", service, "oauth2"][..],
            &["--mode=creds", "--output=json", "get", service],
        ] {
            assert_eq!(keyring(&home, words), says(1, ""), "{words:?}");
        }
    }
    assert_eq!(provider.count(), 0);
}

/// pip hands on the user name of an index's URL as it is, and a requirements file may name an index.
#[test]
fn a_user_name_that_reads_like_an_option_is_none_of_ours() {
    let (home, provider) = listed();
    let ran = home.path("a-program-was-run");
    let hostile = json!({
        "provider": "static",
        "token": {"command": ["touch", ran]},
        "targets": ["pypi.example.com"],
    });
    for user in [
        format!("--spec={hostile}"),
        "--spec".to_owned(),
        "--help".to_owned(),
        "-h".to_owned(),
    ] {
        let words = ["--mode=creds", "--output=json", "get", SERVICE, &user];
        let output = keyring(&home, &words);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{output:?}"
        );
        assert!(!output.stderr.contains("touch"), "{output:?}");
        let output = keyring(&home, &["get", SERVICE, &user]);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{output:?}"
        );
    }
    // Nor is it dropped: without it this would be a question for any user.
    let output = keyring(&home, &["get", SERVICE, "-v"]);
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (2, ""),
        "{output:?}"
    );
    assert!(!ran.exists());
    assert_eq!(provider.count(), 0);
}

#[test]
fn without_any_spec_nothing_is_found() {
    let output = keyring(&home(), &["get", SERVICE, "oauth2"]);
    assert_eq!(output, says(1, ""));
}

#[test]
fn a_path_that_a_spec_lists_is_served_below_it() {
    let (home, provider) = (home(), numbering());
    let target = "https://pypi.example.com/team";
    home.spec("index", spec(&provider, &[target]).to_string());
    for service in [target, "https://pypi.example.com/team/simple/"] {
        let output = keyring(&home, &["get", service, "oauth2"]);
        assert_eq!(output, says(0, "token-1\n"));
    }
}

/// pip and uv name the host alone once the URL was a miss, and do not say which scheme they speak.
#[test]
fn this_machine_without_a_scheme_is_http_or_https() {
    let (home, provider) = (home(), numbering());
    home.spec(
        "index",
        spec(&provider, &["http://127.0.0.1:8080"]).to_string(),
    );
    for service in [
        "http://127.0.0.1:8080/simple/",
        "http://127.0.0.1:8080",
        "127.0.0.1:8080",
    ] {
        let output = keyring(&home, &["get", service, "oauth2"]);
        assert_eq!(output, says(0, "token-1\n"), "{service}");
    }
    for service in ["https://127.0.0.1:8080", "127.0.0.1:8081"] {
        let output = keyring(&home, &["get", service, "oauth2"]);
        assert_eq!((output.status, &*output.stdout), (1, ""), "{service}");
        let near = "keyfob: hint: spec `index` lists http://127.0.0.1:8080, which is another ";
        assert!(output.stderr.starts_with(near), "{service}: {output:?}");
    }
}

#[test]
fn a_password_in_the_services_url_is_refused_and_not_repeated() {
    let (home, provider) = listed();
    let service = "https://oauth2:p4ssw0rd@pypi.example.com/simple/";
    let output = keyring(&home, &["get", service, "oauth2"]);
    fails(&output, "(request-invalid)");
    assert!(!output.stderr.contains("p4ssw0rd"), "{output:?}");
    assert_eq!(provider.count(), 0);
}

/// Exit status 0 and nothing printed would be an empty password, and pip would ask no further.
#[test]
fn a_failure_is_told_in_words_and_never_an_empty_password() {
    let description = "unrecognized arguments: --mode=creds";
    let refusing = Provider::start(move |_| {
        let body = json!({"error": "invalid_client", "error_description": description});
        Answer::json(400, body.to_string())
    });
    let mut home = home();
    home.spec("index", spec(&refusing, &["pypi.example.com"]).to_string());
    let shapes = [
        &["get", SERVICE, "oauth2"][..],
        &["get", SERVICE, "--mode", "creds"],
        &["--mode=creds", "--output=json", "get", SERVICE],
    ];
    for words in shapes {
        fails(&keyring(&home, words), "(provider-refused)");
    }
    home.unset("TEST_CLIENT_SECRET");
    for words in shapes {
        fails(&keyring(&home, words), "(secret-missing)");
    }
    home.spec("index", r#"{"targets":["pypi.example.com"],"colour":1}"#);
    for words in shapes {
        fails(&keyring(&home, words), "(spec-invalid)");
    }
}

#[test]
fn a_token_in_its_last_five_minutes_is_renewed_since_pip_and_uv_keep_it_until_they_end() {
    if !need(&["faketime"]) {
        return;
    }
    // A tenth of such a life is two minutes: the five are ours.
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 1200));
    let home = home();
    home.spec("index", spec(&provider, &["pypi.example.com"]).to_string());
    let password_after = |seconds: i64| {
        let mut keyring = home.keyfob_at(seconds, ["keyring", "get", SERVICE, "oauth2"]);
        run(&mut keyring, "").answer().to_owned()
    };
    assert_eq!(password_after(0), "token-1\n");
    assert_eq!(password_after(850), "token-1\n");
    assert_eq!(password_after(920), "token-2\n");
}
