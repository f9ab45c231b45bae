//! A token in the whole body, in a header, or in Base64 with its user name; and the user name elsewhere in the answer.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{nonsense, outcome_of};
use crate::support::{Answer, Home, Provider, run};

/// A JWT without a signature worth the name: `{"alg":"none"}`, `{"exp":1893456000}`.
const JWT: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjE4OTM0NTYwMDB9.c2ln";

fn bare() -> Value {
    json!({ "token_pointer": { "text": true } })
}

#[test]
fn the_whole_body_may_be_the_token() {
    for (body, token) in [
        (JWT.to_owned(), JWT),
        (format!("{JWT}\n"), JWT),
        (format!("{JWT}\r\n"), JWT),
        ("1234567".to_owned(), "1234567"),
    ] {
        for media_type in [
            "text/plain; charset=utf-8",
            "application/jwt",
            "application/text",
        ] {
            let answer = Answer::text(200, body.clone()).header("Content-Type", media_type);
            outcome_of(&answer, bare()).gives(token);
        }
    }
    // Google's metadata server sends identity tokens so.
    let mut answer = Answer::text(200, JWT);
    answer.headers = vec![("Content-Type".into(), "text/html".into())];
    let outcome = outcome_of(&answer, bare());
    outcome.gives(JWT);
    assert_eq!(outcome.output.json()["expires_at"], "2030-01-01T00:00:00Z");
}

#[test]
fn a_page_or_a_document_with_200_is_no_bare_token() {
    let page = "the response is a page, not a bare token";
    let document = "the response is JSON or XML, not a bare token";
    let unprintable =
        "the token holds a blank, a line break or another character that is not printable ASCII";
    for (media_type, body, why) in [
        (
            "text/html",
            "<!DOCTYPE html><title>Log in</title>".to_owned(),
            page,
        ),
        (
            "",
            "<html><form action=/login></form></html>".to_owned(),
            page,
        ),
        ("text/plain", "<meta/http-equiv=refresh>".to_owned(), page),
        ("application/xhtml+xml", "<html/>".to_owned(), document),
        ("text/html; charset=UTF-8", "success".to_owned(), page),
        ("text/html", "a.b.c".to_owned(), page),
        ("text/xml", "t0ken".to_owned(), document),
        ("application/problem+json", "t0ken".to_owned(), document),
        ("Application/JSON", "t0ken".to_owned(), document),
        ("text/plain", r#"{"token":"t0ken"}"#.to_owned(), document),
        ("text/plain", r#""t0ken""#.to_owned(), document),
        ("", "null".to_owned(), document),
        ("", "true".to_owned(), document),
        ("", "please log in".to_owned(), unprintable),
        ("", "t0ken\n\n".to_owned(), unprintable),
        ("", " t0ken".to_owned(), unprintable),
        ("", "t0k\u{1b}en".to_owned(), unprintable),
        ("", "t0kén".to_owned(), unprintable),
        ("", String::new(), "an empty response"),
        ("", "\n".to_owned(), "an empty response"),
        ("", "t".repeat(64_001), "the token is longer than 64 KiB"),
    ] {
        let mut answer = Answer::text(200, body.clone());
        answer.headers = vec![("Content-Type".into(), media_type.into())];
        answer.headers.retain(|(_, value)| !value.is_empty());
        let outcome = outcome_of(&answer, bare());
        outcome.told(&nonsense(200, why));
        assert!(!outcome.output.stderr.contains("t0k"), "{body}");
    }
    let refusal = Answer::text(200, r#"{"error":"invalid_grant"}"#);
    outcome_of(&refusal, bare())
        .told("PROVIDER/token refused: HTTP 200, invalid_grant (provider-refused)");
    let bytes = Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\u{0}");
    assert_eq!(outcome_of(&bytes, bare()).output.status, 1);
}

/// OpenStack's Keystone (<https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization>).
#[test]
fn the_token_may_be_a_header_and_its_end_in_the_body() {
    let spec = json!({
        "token_pointer": { "header": "X-Subject-Token" },
        "expires": { "date": "/token/expires_at" },
    });
    let body = json!({ "token": { "expires_at": "2030-01-01T00:00:00.000000Z" } });
    let answer = Answer::json(201, body.to_string()).header("x-subject-TOKEN", "gAAAAABt0ken");
    let outcome = outcome_of(&answer, spec.clone());
    outcome.gives("gAAAAABt0ken");
    assert_eq!(outcome.output.json()["expires_at"], "2030-01-01T00:00:00Z");
    outcome_of(
        &Answer::empty(204).header("X-Subject-Token", "t0ken"),
        spec.clone(),
    )
    .gives("t0ken");
    let page = || Answer::text(200, "<html>Log in</html>");
    for (answer, why) in [
        (page(), "there is no header `x-subject-token`"),
        (
            page()
                .header("X-Subject-Token", "one")
                .header("x-subject-token", "one"),
            "the header `x-subject-token` is repeated",
        ),
        (page().header("X-Subject-Token", ""), "the token is empty"),
        (
            page().header("X-Subject-Token", "t0ken, other"),
            "the token holds a blank, a line break or another character that is not printable ASCII",
        ),
    ] {
        let outcome = outcome_of(&answer, spec.clone());
        outcome.told(&nonsense(200, why));
        assert!(!outcome.output.stderr.contains("t0ken,"));
    }
    let parts = json!({ "token_pointer": { "A": { "header": "X-A" }, "B": "/b" } });
    let answer = Answer::json(200, r#"{"b":"two"}"#).header("X-A", "one");
    outcome_of(&answer, parts).gives(r#"{"A":"one","B":"two"}"#);
}

/// What docker is told, by a spec with these members.
fn docker(answer: &Answer, more: Value) -> String {
    let scripted = answer.clone();
    let provider = Provider::start(move |_| scripted.clone());
    let mut home = Home::new();
    home.set("SECRET", "s3cret");
    let mut spec = json!({
        "provider": "http", "url": provider.at("/token"), "json": {},
        "headers": { "Authorization": { "bearer": { "env": "SECRET" } } },
        "targets": ["registry.example.com"],
    });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    home.spec("registry", spec.to_string());
    // The second answer is the cache's.
    let answers = [(); 2].map(|()| {
        let output = run(&mut home.keyfob(["docker", "get"]), "registry.example.com");
        assert_eq!(output.stderr, "");
        output.stdout
    });
    assert_eq!(answers[0], answers[1]);
    if answers[0].starts_with('{') {
        assert_eq!(provider.count(), 1);
    }
    answers[0].clone()
}

fn login(user: &str, password: &str) -> String {
    format!(r#"{{"ServerURL":"registry.example.com","Username":"{user}","Secret":"{password}"}}"#)
        + "\n"
}

#[test]
fn user_and_password_may_come_in_one_base64() {
    let spec = json!({ "token_pointer": { "basic": "/authorizationData/0/authorizationToken" } });
    let answer = |encoded: &str| {
        let body = json!({ "authorizationData": [{ "authorizationToken": encoded }] });
        Answer::json(200, body.to_string())
    };
    for pair in ["AWS:t0ken", "AWS:t0ken1", "AWS:t0ken12", "AWS:t0:ken:"] {
        let encoded = BASE64_STANDARD.encode(pair);
        let (user, password) = pair.split_once(':').unwrap();
        for encoded in [encoded.as_str(), encoded.trim_end_matches('=')] {
            assert_eq!(
                docker(&answer(encoded), spec.clone()),
                login(user, password)
            );
        }
    }
    let mut named = spec.clone();
    named["username"] = json!("robot");
    let encoded = BASE64_STANDARD.encode("AWS:t0ken");
    assert_eq!(docker(&answer(&encoded), named), login("robot", "t0ken"));
    let no_pair = "`/authorizationData/0/authorizationToken` is not the Base64 of `user:password`";
    let bad_name = "the user name holds a colon or a character that is not seen";
    for (encoded, why) in [
        ("AWS:t0ken".to_owned(), no_pair),
        (BASE64_STANDARD.encode("t0ken"), no_pair),
        (format!("{encoded}\n"), no_pair),
        (
            BASE64_STANDARD
                .encode("AWS:t0k~~>>>???en")
                .replace('+', "-")
                .replace('/', "_"),
            no_pair,
        ),
        (BASE64_STANDARD.encode(b"AWS:\xff"), no_pair),
        (String::new(), no_pair),
        (
            BASE64_STANDARD.encode("AWS:t0 ken"),
            "the token holds a blank, a line break or another character that is not printable ASCII",
        ),
        (BASE64_STANDARD.encode("AWS:"), "the token is empty"),
        (BASE64_STANDARD.encode("A\nB:t0ken"), bad_name),
        (
            BASE64_STANDARD.encode(":t0ken"),
            "the user name is empty or longer than 512 bytes",
        ),
    ] {
        let more =
            json!({ "token_pointer": { "basic": "/authorizationData/0/authorizationToken" } });
        let outcome = outcome_of(&answer(&encoded), more);
        outcome.told(&nonsense(200, why));
        assert!(!outcome.output.stderr.contains("t0k"), "{encoded}");
    }
    outcome_of(&Answer::json(200, "{}"), spec).told(&nonsense(
        200,
        "there is no token at `/authorizationData/0/authorizationToken`",
    ));
}

#[test]
fn the_user_name_may_be_read_from_the_answer() {
    let spec = json!({ "username": { "pointer": "/username" } });
    let body = json!({ "access_token": "t0ken", "username": "ci+robot@example.com" });
    let answer = Answer::json(200, body.to_string());
    assert_eq!(
        docker(&answer, spec.clone()),
        login("ci+robot@example.com", "t0ken")
    );
    let xml = Answer::text(200, "<R><T>t0ken</T><Name>ci</Name></R>");
    let in_xml = json!({ "username": { "element": "Name" }, "token_pointer": { "element": "T" } });
    assert_eq!(docker(&xml, in_xml), login("ci", "t0ken"));
    let header = Answer::text(200, "t0ken").header("X-User", "ci");
    let in_header =
        json!({ "username": { "header": "X-User" }, "token_pointer": { "text": true } });
    assert_eq!(docker(&header, in_header), login("ci", "t0ken"));
    for (name, why) in [
        (json!(null), "`/username` is not a string"),
        (json!(7), "`/username` is not a string"),
        (json!(""), "the user name is empty or longer than 512 bytes"),
        (
            json!("n".repeat(513)),
            "the user name is empty or longer than 512 bytes",
        ),
        (
            json!("a:b"),
            "the user name holds a colon or a character that is not seen",
        ),
        (
            json!("a\npassword=x"),
            "the user name holds a colon or a character that is not seen",
        ),
        (
            json!("a\u{202e}b"),
            "the user name holds a colon or a character that is not seen",
        ),
    ] {
        let body = json!({ "access_token": "t0ken", "username": name });
        let outcome = outcome_of(&Answer::json(200, body.to_string()), spec.clone());
        outcome.told(&format!(
            "PROVIDER/token answered without a user name: HTTP 200, {why} (provider-nonsense)"
        ));
        let hint = "`username` in the spec says where the response has the user name";
        assert!(
            outcome.output.stderr.contains(hint),
            "{}",
            outcome.output.stderr
        );
    }
    let missing = outcome_of(&Answer::token("t0ken", 60), spec);
    assert!(
        missing
            .output
            .stderr
            .contains("there is no user name at `/username`")
    );
}

#[test]
fn every_caller_that_names_a_user_names_the_one_of_the_answer() {
    let provider = Provider::start(|_| {
        Answer::json(
            200,
            r#"{"access_token":"t0ken","username":"ci","expires_in":3600}"#,
        )
    });
    let home = Home::new();
    let spec = json!({
        "provider": "http", "url": provider.at("/token"), "username": { "pointer": "/username" },
        "targets": ["git.example.com"],
    });
    home.spec("git", spec.to_string());
    let git = "protocol=https\nhost=git.example.com\nusername=someone\n\n";
    let basic = format!("Basic {}", BASE64_STANDARD.encode("ci:t0ken"));
    for (words, stdin, answer) in [
        (&["git", "get"][..], git, "username=ci\npassword=t0ken\n"),
        (
            &["askpass", "Username for 'https://git.example.com': "],
            "",
            "ci\n",
        ),
        (
            &["token", "--spec", "git", "--format", "netrc"],
            "",
            "machine git.example.com login ci password t0ken\n",
        ),
        (
            &[
                "keyring",
                "--mode",
                "creds",
                "get",
                "https://git.example.com",
                "",
            ],
            "",
            "ci\nt0ken\n",
        ),
    ] {
        let output = run(&mut home.keyfob(words), stdin);
        assert!(output.answer().starts_with(answer), "{words:?}: {output:?}");
    }
    assert_eq!(provider.count(), 1);
    let mut spec = spec;
    spec["authtype"] = json!("basic");
    home.spec("git", spec.to_string());
    let go = run(&mut home.keyfob(["goauth", "https://git.example.com"]), "");
    assert!(go.answer().contains(&basic), "{go:?}");
    assert_eq!(provider.count(), 1);
}

/// The name is stored with the token: a spec that reads none, or another one, has a token of its own.
#[test]
fn specs_that_differ_in_where_the_name_is_share_no_token() {
    let provider = Provider::start(|request| {
        let body =
            json!({ "access_token": format!("token-{}", request.number), "a": "ann", "b": "bob" });
        Answer::json(200, body.to_string())
    });
    let home = Home::new();
    for (name, username) in [
        ("none", None),
        ("a", Some(json!({ "pointer": "/a" }))),
        ("b", Some(json!({ "pointer": "/b" }))),
        ("written", Some(json!("robot"))),
    ] {
        let mut spec = json!({
            "provider": "http", "url": provider.at("/token"), "targets": [format!("{name}.example.com")],
        });
        spec["username"] = username.unwrap_or_default();
        if spec["username"].is_null() {
            spec.as_object_mut().unwrap().remove("username");
        }
        home.spec(name, spec.to_string());
    }
    for _ in 0..2 {
        for (name, said) in [
            ("none", ["oauth2", "token-1"]),
            ("a", ["ann", "token-2"]),
            ("b", ["bob", "token-3"]),
            ("written", ["robot", "token-1"]),
        ] {
            let output = run(
                &mut home.keyfob(["docker", "get"]),
                format!("{name}.example.com"),
            );
            let answer = output.json();
            assert_eq!([&answer["Username"], &answer["Secret"]], said, "{name}");
        }
    }
    assert_eq!(provider.count(), 3);
}

/// What the answer held besides the token is as secret as the token.
#[test]
fn no_value_of_an_answer_is_told() {
    let password = "correct-horse-battery";
    let encoded = BASE64_STANDARD.encode(format!("AWS:{password}"));
    for said in [password, &encoded] {
        let body = json!({ "token": encoded, "expires_at": format!("never, {said}") });
        let more =
            json!({ "token_pointer": { "basic": "/token" }, "expires": { "date": "/expires_at" } });
        let outcome = outcome_of(&Answer::json(200, body.to_string()), more.clone());
        assert!(
            outcome.output.stderr.contains("(withheld:"),
            "{}",
            outcome.output.stderr
        );
        let body =
            json!({ "token": encoded, "error": "bad", "error_description": format!("no {said}") });
        let outcome = outcome_of(&Answer::json(403, body.to_string()), more);
        assert!(
            outcome.output.stderr.contains("words are withheld"),
            "{}",
            outcome.output.stderr
        );
    }
    let answer = Answer::json(
        403,
        json!({ "error": "bad", "error_description": password }).to_string(),
    );
    let more = json!({ "token_pointer": { "header": "X-T" } });
    let outcome = outcome_of(&answer.header("X-T", password), more);
    assert!(
        outcome.output.stderr.contains("words are withheld"),
        "{}",
        outcome.output.stderr
    );
    let xml = format!(
        "<Error><Code>Bad</Code><Message>no {password}</Message><Key>{password}</Key></Error>"
    );
    let more = json!({ "token_pointer": { "element": "Key" } });
    let outcome = outcome_of(&Answer::text(403, xml), more);
    assert!(
        outcome.output.stderr.contains("words are withheld"),
        "{}",
        outcome.output.stderr
    );
    // An object at the place of a date is not shown, whatever it holds.
    let body = json!({ "access_token": "t0ken", "expires_at": { "key": password } });
    let more = json!({ "expires": { "date": "/expires_at" } });
    let outcome = outcome_of(&Answer::json(200, body.to_string()), more);
    assert!(
        !outcome.output.stderr.contains(password),
        "{}",
        outcome.output.stderr
    );
    assert!(
        outcome.output.stderr.contains("`an object`"),
        "{}",
        outcome.output.stderr
    );
}

#[test]
fn a_stored_tokens_user_name_is_read_from_the_answer_about_it() {
    let provider = Provider::start(|_| Answer::json(200, r#"{"user":{"login":"ann"}}"#));
    let mut home = Home::new();
    home.set("SECRET", "t0ken");
    let mut spec = json!({
        "provider": "static", "token": { "env": "SECRET" }, "targets": ["git.example.com"],
        "username": { "pointer": "/user/login" },
        "metadata": {
            "url": provider.at("/user"), "headers": { "Authorization": { "bearer": { "env": "SECRET" } } },
        },
    });
    home.spec("git", spec.to_string());
    let get = |home: &Home| {
        run(
            &mut home.keyfob(["git", "get"]),
            "protocol=https\nhost=git.example.com\n\n",
        )
    };
    for _ in 0..2 {
        let answer = get(&home);
        assert!(
            answer
                .answer()
                .starts_with("username=ann\npassword=t0ken\n"),
            "{answer:?}"
        );
    }
    assert_eq!(provider.count(), 1);
    for (pointer, at) in [
        (json!({ "text": true }), "/token_pointer"),
        (json!({ "header": "X-T" }), "/token_pointer"),
        (json!({ "basic": "/t" }), "/token_pointer"),
    ] {
        let mut wrong = spec.clone();
        wrong["username"] = json!("ann");
        wrong["token_pointer"] = pointer;
        home.spec("git", wrong.to_string());
        let output = run(&mut home.keyfob(["token", "--spec", "git"]), "");
        let line = format!("`{at}`: the token is the value of `token`, and is not in an answer");
        assert!(output.stderr.contains(&line), "{output:?}");
    }
    spec.as_object_mut().unwrap().remove("metadata");
    home.spec("git", spec.to_string());
    let output = run(&mut home.keyfob(["token", "--spec", "git"]), "");
    let line = "`/username`: no request is made, so no answer holds a user name";
    assert!(output.stderr.contains(line), "{output:?}");
    assert_eq!(output.status, 2);
    assert_eq!(provider.count(), 1);
}
