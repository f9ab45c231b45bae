//! Talend Cloud (Qlik) service accounts: <https://api.talend.com/apis/oauth/2021-03/>.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{NAME, assert_life, failure, headers, home, now, token, unix};
use crate::support::{Answer, Provider, run};

const ID: &str = "sa-3f1c2d4e";
const SECRET: &str = "S3cret-example_Value";
const AUTHORIZATION: &str = "Basic c2EtM2YxYzJkNGU6UzNjcmV0LWV4YW1wbGVfVmFsdWU=";
const TOKEN: &str = "eyJ.sample.talend";

fn spec(base_url: &str) -> Value {
    json!({
        "provider": "talend",
        "base_url": base_url,
        "env": "eu",
        "client_id": ID,
        "client_secret": { "env": "VENDOR_SECRET" },
        "targets": ["git.example.com", "registry.example.com"],
    })
}

fn with(base_url: &str, member: &str, value: Value) -> Value {
    let mut spec = spec(base_url);
    spec[member] = value;
    spec
}

/// The vendor's own answer to the vendor's own request, and to no other.
fn talend() -> Provider {
    Provider::start(|request| {
        let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        let expected = request.method == "POST"
            && request.path == "/security/oauth/token"
            && request.query.is_empty()
            && request.header("authorization") == Some(AUTHORIZATION)
            && body["grant_type"] == "client_credentials";
        match expected {
            true => Answer::json(
                200,
                r#"{"access_token":"eyJ.sample.talend","token_type":"Bearer","expires_in":1800}"#,
            ),
            false => Answer::json(400, r#"{"status":400,"message":"no"}"#),
        }
    })
}

#[test]
fn the_request_is_the_vendors_worked_example() {
    let talend = talend();
    assert_eq!(
        token(&home(&spec(&talend.url()), SECRET)).json()["access_token"],
        TOKEN
    );
    let request = talend.request();
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/security/oauth/token")
    );
    assert_eq!(request.query, "");
    let wanted = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("authorization", AUTHORIZATION),
        ("content-type", "application/json"),
    ];
    assert_eq!(
        headers(&request),
        wanted.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
    assert_eq!(
        request.json(),
        json!({ "audience": "https://api.eu.cloud.talend.com", "grant_type": "client_credentials" }),
        "both members are required, and there is no scope"
    );
}

#[test]
fn kubectl_git_and_docker_each_hear_it_in_their_own_language() {
    let talend = talend();
    let home = home(&spec(&talend.url()), SECRET);
    let before = now();
    let first = token(&home);
    let after = now();
    assert_life(&first, 1800, before, after);
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    let published = &kubectl.json()["status"]["expirationTimestamp"];
    let end = unix(published.as_str().unwrap());
    assert!(
        (before + 1620..=after + 1620).contains(&end),
        "a tenth early"
    );
    assert_eq!(
        kubectl.stdout,
        format!(
            "{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{TOKEN}\",\"expirationTimestamp\":{published}}}}}\n"
        )
    );
    let git = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert_eq!(
        git.answer(),
        format!("username=oauth2\npassword={TOKEN}\npassword_expiry_utc={end}\n")
    );
    let docker = run(&mut home.keyfob(["docker", "get"]), "registry.example.com");
    assert_eq!(
        docker.answer(),
        format!(
            "{{\"ServerURL\":\"registry.example.com\",\"Username\":\"oauth2\",\"Secret\":\"{TOKEN}\"}}\n"
        )
    );
    assert_eq!(talend.count(), 1, "one token for all");
}

/// An answer without `expires_in` that holds this token.
fn silent(access_token: String) -> Provider {
    Provider::start(move |_| {
        Answer::json(
            200,
            json!({ "access_token": access_token, "token_type": "Bearer" }).to_string(),
        )
    })
}

fn jwt(claims: &Value) -> String {
    let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "RS256" })), part(claims))
}

#[test]
fn without_expires_in_the_token_itself_tells_its_end() {
    let end = now() + 900;
    let talend = silent(jwt(&json!({ "exp": end })));
    let answer = token(&home(&spec(&talend.url()), SECRET)).json();
    assert_eq!(unix(answer["expires_at"].as_str().unwrap()), end);
}

#[test]
fn without_any_word_of_its_end_it_lives_for_the_documented_half_hour() {
    for access_token in [TOKEN.to_owned(), jwt(&json!({ "sub": "sa" }))] {
        let talend = silent(access_token);
        let before = now();
        let output = token(&home(&spec(&talend.url()), SECRET));
        assert_life(&output, 1800, before, now());
    }
}

#[test]
fn the_earlier_of_two_ends_counts() {
    let end = now() + 600;
    let access_token = jwt(&json!({ "exp": end }));
    let talend = Provider::start(move |_| Answer::token(&access_token, 1800));
    let answer = token(&home(&spec(&talend.url()), SECRET)).json();
    assert_eq!(unix(answer["expires_at"].as_str().unwrap()), end);
}

#[test]
fn env_is_any_word_of_the_vendors_and_becomes_host_and_audience() {
    for env in ["eu", "us", "ap", "us-west", "ie", "a-region-of-next-year"] {
        let proxy = Provider::start(|_| Answer::empty(403));
        let mut spec = with("unused", "env", json!(env));
        spec.as_object_mut().unwrap().remove("base_url");
        let mut proxied = home(&spec, SECRET);
        proxied.set("HTTPS_PROXY", proxy.url());
        assert_eq!(token(&proxied).status, 1);
        let asked = proxy.requests();
        assert!(!asked.is_empty(), "it goes through the proxy");
        for request in asked {
            assert_eq!(request.path, format!("api.{env}.cloud.talend.com:443"));
        }
        let talend = talend();
        let spec = with(&talend.url(), "env", json!(env));
        token(&home(&spec, SECRET)).answer();
        assert_eq!(
            talend.request().json()["audience"],
            format!("https://api.{env}.cloud.talend.com")
        );
    }
}

#[test]
fn an_audience_of_ones_own_is_sent_verbatim() {
    let talend = talend();
    let audience = "https://gateway.example.com/talend?x={env}";
    let spec = with(&talend.url(), "audience", json!(audience));
    token(&home(&spec, SECRET)).answer();
    assert_eq!(talend.request().json()["audience"], audience);
}

#[test]
fn an_env_that_would_lead_elsewhere_is_refused_before_anything_is_sent() {
    let bad = r##"["eu/../x", "eu.evil.example/", "eu#", "eu?", "eu:443", "eu@evil", "eu\\x", "eu%2f", "e u",
        "eu\n", "{env}", "é", "", 7, null, ["eu"]]"##;
    let bad: Value = serde_json::from_str(bad).unwrap();
    for env in bad.as_array().unwrap() {
        let talend = talend();
        let output = token(&home(&with(&talend.url(), "env", env.clone()), SECRET));
        assert_eq!(
            (output.status, output.stdout.as_str(), talend.connections()),
            (2, "", 0),
            "{env}: {}",
            output.stderr
        );
        assert!(
            output.stderr.contains("`/env`: ") && output.stderr.contains(" (spec-invalid)\n"),
            "{env}: {}",
            output.stderr
        );
    }
}

#[test]
fn a_member_that_is_missing_is_named_with_what_it_is() {
    for (member, about) in [
        ("env", "Talend's own name of the region"),
        ("client_id", "the service account's id"),
        ("client_secret", "the service account's secret"),
    ] {
        let mut spec = spec("http://127.0.0.1:9");
        spec.as_object_mut().unwrap().remove(member);
        let output = token(&home(&spec, SECRET));
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(
            output
                .stderr
                .contains(&format!("member `{member}` is missing: {about}")),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn every_refusal_is_told_whatever_its_shape() {
    let table = [
        (
            401,
            r#"{"error":"invalid_client","error_description":"bad id"}"#,
            "HTTP 401, invalid_client: bad id",
        ),
        (
            401,
            r#"{"status":401,"message":"Unauthorized"}"#,
            "HTTP 401, Unauthorized",
        ),
        (401, "", "HTTP 401"),
        (
            403,
            r#"{"message":"TMC_SERVICE_ACCOUNT_MANAGEMENT is required"}"#,
            "HTTP 403, TMC_SERVICE_ACCOUNT_MANAGEMENT is required",
        ),
        (403, "Forbidden", "HTTP 403, Forbidden"),
    ];
    for (status, body, told) in table {
        let (output, requests) = failure(
            |provider| spec(&provider.url()),
            SECRET,
            &Answer::text(status, body),
        );
        let line = format!(
            "keyfob: error: spec `ci`: PROVIDER/security/oauth/token refused: {told} (provider-refused)\n"
        );
        assert_eq!((output.status, requests), (1, 1), "a refusal is final");
        assert!(
            output.stderr.starts_with(&line),
            "{}\n{line}",
            output.stderr
        );
    }
}

#[test]
fn an_error_of_theirs_is_tried_three_times() {
    let (output, requests) = failure(
        |provider| spec(&provider.url()),
        SECRET,
        &Answer::json(500, r#"{"status":500,"message":"oops"}"#),
    );
    assert_eq!((output.status, requests), (1, 3));
    assert!(
        output.stderr.starts_with(
            "keyfob: error: spec `ci`: PROVIDER/security/oauth/token cannot answer at the moment: HTTP 500, oops (provider-unavailable)\n"
        ),
        "{}",
        output.stderr
    );
}
