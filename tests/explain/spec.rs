//! What `explain` says of a spec: its sources, its cache, and those below it.

use serde_json::json;

use super::facts;
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::{Answer, Home, Provider, run};

#[test]
fn the_cache_is_described_at_each_stage_of_a_token() {
    let provider = numbering();
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    let state = |home: &Home, ahead: i64| {
        let words = ["explain", "--spec", "team", "--format", "json"];
        let output = run(&mut home.keyfob_at(ahead, words), "");
        let facts = output.stdout.parse::<serde_json::Value>().unwrap();
        let spec = &facts["specs"][0]["cache"];
        (
            spec["state"].as_str().unwrap().to_owned(),
            spec.clone(),
            facts,
        )
    };
    assert_eq!(state(&home, 0).0, "none");
    run(&mut home.keyfob(["token", "--spec", "team"]), "").answer();
    let (fresh, cache, facts) = state(&home, 0);
    assert_eq!(fresh, "fresh");
    assert_eq!(facts["outcome"], "the cached token is handed out");
    for time in ["issued_at", "renews_at", "used_until", "expires_at"] {
        assert!(cache["times"][time].is_string(), "{cache}");
    }
    assert!(!facts.to_string().contains("token-1"), "{facts}");
    assert_eq!(state(&home, 3500).0, "due");
    let (expired, _, facts) = state(&home, 4000);
    assert_eq!(expired, "expired");
    assert!(
        facts["outcome"]
            .as_str()
            .unwrap()
            .starts_with("a token is requested: POST http://")
    );
    // Another secret is another key.
    home.set(SECRET_VARIABLE, "another");
    assert_eq!(state(&home, 0).0, "none");
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_cool_down_is_told_with_its_end_and_its_reason() {
    let provider = Provider::start(|_| Answer::empty(429).header("retry-after", "600"));
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    run(&mut home.keyfob(["token", "--spec", "team"]), "");
    let (facts, would_try) = facts(&home, &["--spec", "team"]);
    assert!(!would_try);
    assert_eq!(facts["code"], "rate-limited");
    let cache = &facts["specs"][0]["cache"];
    assert_eq!(cache["state"], "cooling-down");
    assert!(cache["times"]["cooling_down_until"].is_string(), "{cache}");
    assert!(
        cache["failure"]
            .as_str()
            .unwrap()
            .contains("limits the number of requests")
    );
    assert_eq!(provider.count(), 1);
}

#[test]
fn of_a_list_the_first_that_is_there_is_named_and_shown() {
    let provider = numbering();
    let mut home = Home::new();
    let mut written = spec(&provider, &[]);
    written.as_object_mut().unwrap().remove("targets");
    written["client_secret"] = json!([
        {"env": "FIRST"}, {"file": home.path("second")}, {"env": "THIRD"},
    ]);
    home.spec("team", written.to_string());
    let (none, would_try) = facts(&home, &["--spec", "team"]);
    assert!(!would_try);
    assert_eq!(none["hint"], "set FIRST");
    home.set("THIRD", "s3cret");
    home.write("second", "");
    let used = |home: &Home| {
        let (facts, would_try) = facts(home, &["--spec", "team"]);
        assert!(would_try, "{facts:#}");
        let sources = facts["specs"][0]["sources"].as_array().unwrap().clone();
        let used: Vec<bool> = sources
            .iter()
            .map(|it| it["used"].as_bool().unwrap())
            .collect();
        let request = facts["specs"][0]["request"].to_string();
        (used, request)
    };
    let (which, request) = used(&home);
    assert_eq!(
        which,
        [false, false, true],
        "an empty file counts as absent"
    );
    assert!(request.contains("[THIRD]"), "{request}");
    home.write("second", "s3cret");
    let (which, request) = used(&home);
    assert_eq!(which, [false, true, false]);
    assert!(request.contains("second]"), "{request}");
}

#[test]
fn a_link_that_lacks_a_secret_is_why_there_is_no_token_unless_its_token_is_cached() {
    let (outer, inner) = (numbering(), numbering());
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec("inner", spec(&inner, &["a.example.com"]).to_string());
    let exchange = json!({
        "provider": "token_exchange", "token_url": outer.at("/token"),
        "subject_token": {"token": "inner"}, "subject_token_type": "access_token",
        "targets": ["b.example.com"],
    });
    home.spec("outer", exchange.to_string());
    let (ok, would_try) = facts(&home, &["--spec", "outer"]);
    assert!(would_try);
    let specs = ok["specs"].as_array().unwrap();
    assert_eq!(
        (&specs[0]["spec"], &specs[1]["spec"]),
        (&json!("outer"), &json!("inner"))
    );
    let body = specs[0]["request"]["body"].as_str().unwrap();
    assert!(body.contains("subject_token=[token of inner]"), "{body}");
    home.unset(SECRET_VARIABLE);
    let (lacks, would_try) = facts(&home, &["--spec", "outer"]);
    assert!(!would_try);
    let why = lacks["outcome"].as_str().unwrap();
    assert_eq!(
        why,
        "spec `inner`: there is no secret in environment variable TEST_CLIENT_SECRET"
    );
    home.spec(
        "outer",
        exchange.to_string().replace("\"inner\"", "\"outer\""),
    );
    let (circle, would_try) = facts(&home, &["--spec", "outer"]);
    assert!(!would_try, "{circle:#}");
    assert_eq!((outer.count(), inner.count()), (0, 0));
}

#[test]
fn a_spec_may_be_inline_or_on_standard_input() {
    let provider = numbering();
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    let text = spec(&provider, &["git.example.com"]).to_string();
    for (words, stdin) in [
        (&["--spec", text.as_str()][..], ""),
        (&["--spec", "-"], text.as_str()),
        (&[], text.as_str()),
        (&["kubectl", "--spec", "-"], text.as_str()),
    ] {
        let output = run(home.keyfob(["explain"]).args(words), stdin);
        assert!(output.answer().contains("POST http://"), "{words:?}");
    }
}
