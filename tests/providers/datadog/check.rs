//! `keyfob check`: what Datadog says of the token, and whether it can be used.

use serde_json::{Value, json};

use super::*;

fn check(home: &Home, more: &[&str]) -> Output {
    let words = ["check", "--spec", NAME].iter().chain(more);
    run(&mut home.keyfob(words), "")
}

fn in_days(days: i64) -> String {
    keyfob::time::Timestamp::from_unix(now() + days * 86_400 + 600).rfc3339()
}

#[test]
fn a_good_token_is_shown_with_what_the_vendor_says_of_it() {
    let end = in_days(30);
    let datadog = datadog(metadata(&json!(end)));
    let home = home(&spec(&datadog.url()));
    let output = check(&home, &[]);
    assert_eq!(
        output.answer(),
        format!(
            "ci (datadog): usable\n  created: 2026-01-01T00:00:00.123456Z\n  last used: -\n  name: ci\n  owner: {ACCOUNT}\n  \
             public portion: {PUBLIC}\n  scopes: dashboards_read monitors_read\n  expires: {end}, in 30 d\n"
        )
    );
    assert_eq!(output.stderr, "");
    let output = check(&home, &["--format", "json"]);
    assert_eq!(
        output.json(),
        json!({
            "spec": "ci", "provider": "datadog", "usable": true, "reason": null, "ends_at": end,
            "details": {
                "name": "ci", "owner": ACCOUNT, "public portion": PUBLIC, "scopes": ["dashboards_read", "monitors_read"],
                "created": "2026-01-01T00:00:00.123456Z", "last used": null,
            },
        })
    );
    assert_eq!(
        datadog.count(),
        2,
        "a check asks the vendor each time, and the cache never"
    );
    assert!(!output.stdout.contains("BBBB"));
}

#[test]
fn a_vendor_that_repeats_the_whole_token_does_not_get_it_shown() {
    let mut answer = metadata(&Value::Null);
    *answer
        .pointer_mut("/data/attributes/public_portion")
        .unwrap() = json!(TOKEN);
    let datadog = datadog(answer);
    let home = home(&spec(&datadog.url()));
    let output = check(&home, &[]);
    assert!(!output.stdout.contains("BBBB"), "{output:?}");
    assert!(!output.stderr.contains("BBBB"), "{output:?}");
}

#[test]
fn one_without_an_end_is_usable_and_its_end_is_not_told() {
    let datadog = datadog(metadata(&Value::Null));
    let home = home(&spec(&datadog.url()));
    let output = check(&home, &["--warn-within", "14d"]);
    assert!(
        output.answer().ends_with("  expires: unknown\n"),
        "{output:?}"
    );
    assert_eq!(
        check(&home, &["--format=json"]).json()["ends_at"],
        Value::Null
    );
}

#[test]
fn an_end_that_is_near_is_no_success_where_one_is_to_be_warned() {
    let datadog = datadog(metadata(&json!(in_days(10))));
    let home = home(&spec(&datadog.url()));
    for (within, status) in [("14d", 1), ("241h", 1), ("9d", 0), ("90m", 0), ("5s", 0)] {
        let output = check(&home, &["--warn-within", within]);
        assert_eq!(
            (output.status, output.stderr.as_str()),
            (status, ""),
            "{within}: {output:?}"
        );
        let near = output
            .stdout
            .starts_with("ci (datadog): not usable: it expires in 10 d, which is within ");
        assert_eq!(near, status == 1, "{output:?}");
    }
    assert_eq!(check(&home, &[]).status, 0);
    let json = check(&home, &["--format", "json", "--warn-within", "14d"]);
    let told: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.status, &told["usable"]), (1, &json!(false)));
    assert_eq!(told["reason"], "it expires in 10 d, which is within 14 d");
    for wrong in ["14", "d", "-1d", "1w", ""] {
        assert_eq!(check(&home, &["--warn-within", wrong]).status, 2, "{wrong}");
    }
}

#[test]
fn what_speaks_against_it_is_the_verdict() {
    let table = [
        (
            "/data/id",
            json!("other"),
            "the answer is about another token than token_id",
        ),
        (
            "/data/relationships/owned_by/data/id",
            json!("other"),
            "the token belongs to another account than service_account_id",
        ),
        (
            "/data/attributes/public_portion",
            json!("ddsat_CCCCCCCCCCCCCCCCCCCCCC"),
            "the stored token is not the one that token_id names",
        ),
    ];
    for (pointer, value, words) in table {
        let mut says = metadata(&Value::Null);
        *says.pointer_mut(pointer).unwrap() = value;
        let datadog = datadog(says);
        let output = check(&home(&spec(&datadog.url())), &[]);
        assert_eq!((output.status, output.stderr.as_str()), (1, ""));
        let verdict = format!("ci (datadog): not usable: {words}\n");
        assert!(output.stdout.starts_with(&verdict), "{}", output.stdout);
    }
    let datadog = datadog(metadata(&json!("2020-01-31T00:00:00Z")));
    let output = check(&home(&spec(&datadog.url())), &[]);
    assert_eq!(output.status, 1);
    assert!(
        output
            .stdout
            .starts_with("ci (datadog): not usable: it expired "),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.ends_with("  expires: 2020-01-31T00:00:00Z\n"),
        "{}",
        output.stdout
    );
}

#[test]
fn what_the_vendor_calls_things_cannot_end_a_line_or_repeat_a_secret() {
    let mut says = metadata(&Value::Null);
    says["data"]["attributes"]["name"] =
        json!(format!("x\n##vso[task]\u{1b}[2J {TOKEN} {API_KEY}"));
    says["data"]["attributes"]["scopes"] = json!(["a\nb", APPLICATION_KEY]);
    let datadog = datadog(says);
    let home = home(&spec(&datadog.url()));
    for more in [&[][..], &["--format", "json"]] {
        let output = check(&home, more);
        let said = output.answer();
        for secret in [
            TOKEN,
            API_KEY,
            APPLICATION_KEY,
            "##vso",
            "\u{1b}",
            "\\u001b",
        ] {
            assert!(!said.contains(secret), "{secret}: {said}");
        }
        assert!(
            said.contains("(withheld: it may repeat a secret)"),
            "{said}"
        );
    }
    assert!(
        check(&home, &[])
            .stdout
            .contains("\n  scopes: (withheld: it may repeat a secret)\n")
    );
}

#[test]
fn a_refusal_is_an_error_and_no_verdict() {
    let datadog = Provider::start(|_| vendor_json(403, &json!({ "errors": ["Forbidden"] })));
    let output = check(&home(&spec(&datadog.url())), &[]);
    assert_nothing(&output, "refused: HTTP 403, Forbidden (provider-refused)\n");
}

#[test]
fn what_is_not_the_tokens_public_portion_is_no_way_to_show_a_secret() {
    for secret in [API_KEY, APPLICATION_KEY] {
        let mut says = metadata(&Value::Null);
        says["data"]["attributes"]["public_portion"] = json!(secret);
        let datadog = datadog(says);
        let output = check(&home(&spec(&datadog.url())), &[]);
        assert_eq!(output.status, 1);
        assert!(
            output
                .stdout
                .contains("\n  public portion: (withheld: it may repeat a secret)\n"),
            "{}",
            output.stdout
        );
        assert!(!output.stdout.contains(secret), "{}", output.stdout);
    }
}

#[test]
fn too_many_requests_are_told_with_the_vendors_own_header() {
    let datadog = Provider::start(|_| {
        vendor_json(429, &json!({ "errors": ["slow down"] })).header("X-RateLimit-Reset", "77")
    });
    let output = check(&home(&spec(&datadog.url())), &[]);
    assert_nothing(
        &output,
        "HTTP 429, slow down; wait before the next request: 1 min 17 s (rate-limited)\n",
    );
}
