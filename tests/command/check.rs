//! `keyfob check`: what a provider says of a token, cut to a bound, and nothing of the token in it.

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

const SECRET: &str = "qwertzuiopasdfghjk";

/// What is told where the provider gives this answer.
fn told(answer: &Value) -> Output {
    let body = answer.to_string();
    let provider = Provider::start(move |_| Answer::json(200, &body));
    let mut home = Home::new();
    home.set("TOKEN", SECRET);
    let spec = json!({
        "provider": "static", "token": { "env": "TOKEN" },
        "check": {
            "url": provider.at("/check"),
            "headers": { "Authorization": { "bearer": { "env": "TOKEN" } } },
            "usable": [{ "pointer": "/usable", "equals": true, "otherwise": "it is not usable" }],
            "show": { "one": "/one", "two": "/two" },
            "ends": { "date": "/ends" },
        },
    });
    run(&mut home.keyfob(["check"]), spec.to_string())
}

#[test]
fn a_secret_that_is_spread_over_two_values_is_withheld_with_both() {
    let (first, second) = SECRET.split_at(9);
    let answer = json!({ "usable": true, "one": first, "two": second });
    let withheld = told(&answer);
    for half in [first, second] {
        assert!(!withheld.answer().contains(half), "{withheld:?}");
    }
    let harmless = told(&json!({ "usable": true, "one": first, "two": "other" }));
    assert!(harmless.answer().contains(first), "{harmless:?}");
}

#[test]
fn a_long_list_ends_after_a_thousand_characters() {
    let scopes: Vec<String> = (1000..1200)
        .map(|number| format!("scope:{number}"))
        .collect();
    let output = told(&json!({ "usable": true, "one": scopes }));
    // Ten characters each; the hundredth reaches the bound.
    assert!(output.answer().contains("scope:1098\n"), "{output:?}");
    assert!(!output.answer().contains("scope:1099"), "{output:?}");
}

#[test]
fn an_end_that_has_passed_is_told_without_the_time_that_is_left() {
    let output = told(&json!({ "usable": true, "ends": "2020-01-02T03:04:05Z" }));
    assert_eq!(output.status, 1, "{output:?}");
    assert!(
        output
            .stdout
            .ends_with("\n  expires: 2020-01-02T03:04:05Z\n"),
        "{output:?}"
    );
}
