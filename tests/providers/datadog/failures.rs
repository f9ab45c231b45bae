//! What speaks against the stored token, and how it is told. In no case is the token handed out.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;

#[test]
fn metadata_about_something_else_veto_the_token() {
    let table = [
        (
            "/data/id",
            json!("77777777-7777-8888-9999-000000000000"),
            "the answer is about another token than token_id",
        ),
        (
            "/data/id",
            Value::Null,
            "the answer is about another token than token_id",
        ),
        (
            "/data/relationships/owned_by/data/id",
            json!("99999999-2222-3333-4444-555555555555"),
            "the token belongs to another account than service_account_id",
        ),
        (
            "/data/relationships/owned_by/data",
            json!({}),
            "the token belongs to another account than service_account_id",
        ),
        (
            "/data/attributes/public_portion",
            json!("ddsat_CCCCCCCCCCCCCCCCCCCCCC"),
            "the stored token is not the one that token_id names",
        ),
        // A beginning that does not end where the vendor's does could be anybody's.
        (
            "/data/attributes/public_portion",
            json!("ddsat_AAAAAAAAAAA"),
            "the stored token is not the one that token_id names",
        ),
        (
            "/data/attributes/public_portion",
            json!(""),
            "the stored token is not the one that token_id names",
        ),
        (
            "/data/attributes/public_portion",
            json!(7),
            "the stored token is not the one that token_id names",
        ),
        (
            "/data/attributes",
            json!(null),
            "the stored token is not the one that token_id names",
        ),
    ];
    for (pointer, value, words) in table {
        let mut says = metadata(&json!("2027-01-31T00:00:00Z"));
        *says.pointer_mut(pointer).unwrap() = value.clone();
        let datadog = datadog(says);
        let output = token(&home(&spec(&datadog.url())));
        let told = format!(
            "keyfob: error: spec `ci`: {}{PATH} says that the token cannot be used: {words} (provider-refused)\n",
            datadog.url()
        );
        assert_nothing(&output, &told);
        assert!(
            output.stderr.contains("keyfob: hint: `keyfob check`"),
            "{}",
            output.stderr
        );
        assert_eq!(datadog.count(), 1, "{pointer} {value}");
    }
}

#[test]
fn a_token_that_has_ended_is_not_handed_out() {
    for end in ["2020-01-31T00:00:00Z", "2020-01-31T00:00:00+00:00"] {
        let datadog = datadog(metadata(&json!(end)));
        let home = home(&spec(&datadog.url()));
        assert_nothing(&token(&home), " (token-expired)\n");
        let git = run(
            &mut home.keyfob(["git", "get"]),
            "protocol=https\nhost=git.example.com\n\n",
        );
        assert!(!git.stdout.contains("password"), "{git:?}");
    }
}

#[test]
fn a_success_that_is_no_metadata_is_nonsense() {
    for body in ["", "<html>", "[]", "{}", "null", "{\"data\":[]}"] {
        let datadog = Provider::start(move |_| Answer::text(200, body));
        let output = token(&home(&spec(&datadog.url())));
        assert_eq!((output.status, output.stdout.as_str()), (1, ""), "{body}");
        let code = if body.starts_with(['{', '[', 'n']) {
            " (provider-refused)\n"
        } else {
            " (provider-nonsense)\n"
        };
        assert_nothing(&output, code);
    }
}

#[test]
fn a_refusal_is_told_in_the_vendors_words_and_asked_once() {
    let table = [
        (
            403,
            json!({ "errors": ["Forbidden"] }),
            "refused: HTTP 403, Forbidden (provider-refused)\n",
        ),
        (
            404,
            json!({ "errors": ["Not Found", "no such token"] }),
            "refused: HTTP 404, Not Found; no such token (provider-refused)\n",
        ),
        (
            400,
            json!({ "errors": [{ "title": "Bad Request", "detail": "uuid wanted", "status": "400" }] }),
            "refused: HTTP 400, Bad Request: uuid wanted (provider-refused)\n",
        ),
        (
            401,
            json!({ "errors": ["Unauthorized"] }),
            "refused: HTTP 401, Unauthorized (provider-refused)\n",
        ),
    ];
    for (status, body, told) in table {
        let datadog = Provider::start(move |_| vendor_json(status, &body));
        let output = token(&home(&spec(&datadog.url())));
        assert_nothing(&output, told);
        assert_eq!(datadog.count(), 1);
    }
}

#[test]
fn a_key_that_the_vendor_repeats_is_not_told() {
    let datadog = Provider::start(|request| {
        let key = request.header("dd-application-key").unwrap();
        vendor_json(
            403,
            &json!({ "errors": [format!("the key {key} of {TOKEN} is not known")] }),
        )
    });
    let output = token(&home(&spec(&datadog.url())));
    assert_nothing(
        &output,
        "refused: HTTP 403; words are withheld that may repeat a secret (provider-refused)\n",
    );
}

#[test]
fn too_many_requests_are_a_cool_down_of_as_many_seconds_as_the_vendor_says() {
    let datadog = Provider::start(|_| {
        vendor_json(
            429,
            &json!({ "errors": ["Rate limit of 10 requests in 10 seconds reached."] }),
        )
        .header("X-RateLimit-Limit", "10")
        .header("X-RateLimit-Period", "10")
        .header("X-RateLimit-Remaining", "0")
        .header("X-RateLimit-Reset", "7")
    });
    let home = home(&spec(&datadog.url()));
    let first = token(&home);
    assert_nothing(
        &first,
        "HTTP 429, Rate limit of 10 requests in 10 seconds reached.; wait before the next request: 7 s (rate-limited)\n",
    );
    for _ in 0..3 {
        let again = token(&home);
        assert_nothing(&again, "; no request is sent until ");
        assert_nothing(&again, " (rate-limited)\n");
    }
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    assert_nothing(&kubectl, " (rate-limited)\n");
    assert_eq!(
        datadog.count(),
        1,
        "nobody asks meanwhile, whatever process"
    );
}

#[test]
fn after_the_cool_down_it_is_asked_again() {
    let datadog = Provider::start(|request| match request.number {
        1 => vendor_json(429, &json!({ "errors": ["slow down"] })).header("X-RateLimit-Reset", "4"),
        _ => vendor_json(200, &metadata(&Value::Null)),
    });
    let home = home(&spec(&datadog.url()));
    let begun = Instant::now();
    assert_nothing(&token(&home), " (rate-limited)\n");
    let again = token(&home);
    // Moments are kept in whole seconds: four of them are more than three. A machine that is too busy for that says nothing here.
    if begun.elapsed() < Duration::from_secs(3) {
        assert_nothing(&again, " (rate-limited)\n");
        assert_eq!(datadog.count(), 1);
    }
    std::thread::sleep(Duration::from_millis(4100));
    assert_eq!(token(&home).json()["access_token"], TOKEN);
    assert_eq!(datadog.count(), 2);
}

#[test]
fn an_error_of_theirs_is_tried_three_times_for_the_call_makes_nothing() {
    let datadog = Provider::start(|_| vendor_json(503, &json!({ "errors": ["oops"] })));
    let output = token(&home(&spec(&datadog.url())));
    assert_nothing(
        &output,
        "cannot answer at the moment: HTTP 503, oops (provider-unavailable)\n",
    );
    assert_eq!(datadog.count(), 3);
}

#[test]
fn a_token_that_cannot_be_a_token_is_not_handed_out() {
    let mut home = home(&spec("http://127.0.0.1:9"));
    for value in ["two words", "a\nb"] {
        let datadog = datadog(metadata(&Value::Null));
        home.spec(NAME, spec(&datadog.url()).to_string());
        home.set("DD_TOKEN", value);
        let output = token(&home);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, ""),
            "{output:?}"
        );
        assert!(!output.stderr.contains(value));
    }
}
