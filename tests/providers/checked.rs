//! `keyfob check` where the provider has nothing to ask: a fresh token, and what it says of itself.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{NAME, home, now, pingone_aic, token};
use crate::support::{Answer, Home, Output, Provider, run};

fn check(home: &Home, further: &[&str]) -> Output {
    let words = ["check", "--spec", NAME].iter().chain(further);
    run(&mut home.keyfob(words), "")
}

fn atlas(base_url: &str) -> Value {
    json!({
        "provider": "mongodb-atlas", "base_url": base_url, "client_id": "mdb_sa_id_00112233445566778899aabb",
        "client_secret": { "env": "VENDOR_SECRET" },
    })
}

fn jwt(claims: &Value) -> String {
    let claims = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("eyJhbGciOiJFUzUxMiJ9.{claims}.c2ln")
}

/// The rest of the last line: the end and what is left until then.
#[track_caller]
fn ends(output: &Output, life: i64) {
    let line = output.stdout.lines().last().unwrap_or_default();
    let (end, _) = line
        .strip_prefix("  expires: ")
        .unwrap()
        .split_once(", in ")
        .unwrap();
    let end = super::unix(end);
    assert!((now() + life - 5..=now() + life).contains(&end), "{line}");
}

#[test]
fn a_jwt_says_whose_it_is() {
    let claims = json!({
        "iss": "https://cloud.mongodb.com", "sub": "mdb_sa_id_00112233445566778899aabb", "cid": "mdb",
        "aud": ["api-a", "api-b"],
    });
    let access_token = jwt(&claims);
    let atlas_server = Provider::start(move |_| Answer::token(&access_token, 3600));
    let home = home(&atlas(&atlas_server.url()), "mdb_sa_sk_EXAMPLE");
    let output = check(&home, &[]);
    let text = output.answer();
    assert!(
        text.starts_with(
            "ci (mongodb-atlas): usable\n  iss: https://cloud.mongodb.com\n  sub: mdb_sa_id_00112233445566778899aabb\n  aud: api-a api-b\n  expires: "
        ),
        "{text}"
    );
    assert_eq!(output.stderr, "");
    assert!(!text.contains("eyJ"), "{text}");
}

#[test]
fn the_scope_that_was_granted_is_shown() {
    let pingone = pingone_aic::pingone();
    let home = pingone_aic::home(&pingone_aic::spec(&pingone.url()));
    let output = check(&home, &[]);
    let text = output.answer();
    assert!(
        text.starts_with("ci (pingone-aic): usable\n  scope: fr:am:* fr:idm:*\n  expires: "),
        "{text}"
    );
    ends(&output, 899);
    let told = check(&home, &["--format", "json"]).json();
    assert_eq!(told["usable"], true);
    assert_eq!(told["details"], json!({ "scope": "fr:am:* fr:idm:*" }));
}

#[test]
fn the_token_is_a_fresh_one_each_time_and_a_cached_one_stays() {
    let atlas_server =
        Provider::start(|request| Answer::token(&format!("opaque-{}", request.number), 3600));
    let home = home(&atlas(&atlas_server.url()), "mdb_sa_sk_EXAMPLE");
    let cached = token(&home);
    let output = check(&home, &[]);
    assert!(
        output
            .answer()
            .starts_with("ci (mongodb-atlas): usable\n  expires: ")
    );
    ends(&output, 3600);
    assert!(!output.stdout.contains("opaque"));
    assert_eq!(atlas_server.count(), 2);
    assert_eq!(token(&home), cached);
    assert_eq!(check(&home, &["--warn-within", "2h"]).status, 1);
}

#[test]
fn a_token_without_an_end_is_usable_and_its_end_is_not_told() {
    let talend = Provider::start(|_| Answer::json(200, r#"{"access_token":"opaque"}"#));
    let spec = json!({
        "provider": "talend", "base_url": talend.url(), "env": "eu", "client_id": "sa-3f1c2d4e",
        "client_secret": { "env": "VENDOR_SECRET" }, "expires": [{ "seconds": "/expires_in" }],
    });
    let output = check(&home(&spec, "S3cret-example_Value"), &[]);
    assert_eq!(output.answer(), "ci (talend): usable\n  expires: unknown\n");
    let spec = json!({
        "provider": "talend", "base_url": talend.url(), "env": "eu", "client_id": "sa-3f1c2d4e",
        "client_secret": { "env": "VENDOR_SECRET" },
    });
    ends(&check(&home(&spec, "S3cret-example_Value"), &[]), 1800);
}

#[test]
fn a_refusal_is_the_answer_and_does_not_point_to_itself() {
    let refusing = Provider::start(|_| Answer::error("invalid_grant"));
    let home = home(&atlas(&refusing.url()), "mdb_sa_sk_EXAMPLE");
    let output = check(&home, &["--format", "json"]);
    assert_eq!(
        (output.status, output.stdout.as_str(), output.stderr),
        (
            1,
            "",
            format!(
                "keyfob: error: spec `ci`: {}/api/oauth/token refused: HTTP 400, invalid_grant (provider-refused)\n",
                refusing.url()
            )
        )
    );
}

#[test]
fn a_token_that_has_already_ended_is_none() {
    let access_token = jwt(&json!({ "exp": now() - 60 }));
    let late = Provider::start(move |_| {
        Answer::json(200, json!({ "access_token": access_token }).to_string())
    });
    let output = check(&home(&atlas(&late.url()), "mdb_sa_sk_EXAMPLE"), &[]);
    assert_eq!(output.status, 1);
    assert!(
        output.stdout.is_empty() && output.stderr.contains("(token-expired)\n"),
        "{output:?}"
    );
}

#[test]
fn who_wants_to_be_left_alone_is_not_asked_by_check_either() {
    let limited = Provider::start(|_| Answer::empty(429).header("Retry-After", "60"));
    let home = home(&atlas(&limited.url()), "mdb_sa_sk_EXAMPLE");
    for _ in 0..2 {
        let output = check(&home, &[]);
        assert!(
            output.stderr.contains(" (rate-limited)\n"),
            "{}",
            output.stderr
        );
    }
    assert!(token(&home).stderr.contains(" (rate-limited)\n"));
    assert_eq!(limited.connections(), 1, "asked once, kept for all");
}

#[test]
fn a_spec_may_ask_about_the_token_that_it_issued() {
    let server = Provider::start(|request| match request.path.as_str() {
        "/token" => Answer::token("opaque-issued", 3600),
        _ if request.bearer() == Some("opaque-issued") => {
            Answer::json(200, r#"{"active":"yes","scope":["a","b"]}"#)
        }
        _ => Answer::empty(401),
    });
    let mut spec = json!({
        "provider": "client_credentials", "token_url": server.at("/token"), "client_id": "id",
        "client_secret": { "env": "VENDOR_SECRET" },
        "check": {
            "url": server.at("/tokeninfo"),
            "headers": { "Authorization": { "bearer": { "issued": true } } },
            "usable": [{ "pointer": "/active", "equals": "yes", "otherwise": "it is not active" }],
            "show": { "scope": "/scope" },
        },
    });
    let output = check(&home(&spec, "s3cret-value"), &[]);
    assert_eq!(
        output.answer(),
        "ci (client_credentials): usable\n  scope: a b\n  expires: unknown\n"
    );
    spec["check"]["usable"][0]["equals"] = json!("no");
    let output = check(&home(&spec, "s3cret-value"), &[]);
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (
            1,
            "ci (client_credentials): not usable: it is not active\n  scope: a b\n  expires: unknown\n"
        )
    );
}

#[test]
fn the_spec_may_be_piped_in() {
    let pingone = pingone_aic::pingone();
    let home = pingone_aic::home(&pingone_aic::spec(&pingone.url()));
    let spec = pingone_aic::spec(&pingone.url()).to_string();
    let output = run(&mut home.keyfob(["check", "--spec", "-"]), spec);
    assert!(output.answer().starts_with("stdin (pingone-aic): usable\n"));
    let none = run(&mut home.keyfob(["check", "--spec", "nothing"]), "");
    assert_eq!((none.status, none.stdout.as_str()), (2, ""));
}
