//! Autodesk Platform Services, secure service accounts: <https://aps.autodesk.com/en/docs/ssa/v1/developers_guide/overview/>.

mod check;
mod errors;
mod keys;

use serde_json::{Value, json};

use super::assertion::{Pair, small};
use super::{NAME, assert_life, headers, now, token, unix};
use crate::support::{Answer, Home, Provider, Request, run};

const ID: &str = "ExampleClientId0123456789ABCDEFG";
const SECRET: &str = "ExampleClientSecret01";
const AUTHORIZATION: &str =
    "Basic RXhhbXBsZUNsaWVudElkMDEyMzQ1Njc4OUFCQ0RFRkc6RXhhbXBsZUNsaWVudFNlY3JldDAx";
const ACCOUNT: &str = "6BNJQT7RR7GTJ5QY";
const KEY_ID: &str = "5de993f4-0000-4000-8000-000000000001";
const AUDIENCE: &str = "https://developer.api.autodesk.com/authentication/v2/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN: &str = "eyJ.sample.aps";

pub(super) fn spec(base_url: &str) -> Value {
    json!({
        "provider": "autodesk",
        "base_url": base_url,
        "client_id": ID,
        "client_secret": { "env": "VENDOR_SECRET" },
        "service_account_id": ACCOUNT,
        "key_id": KEY_ID,
        "private_key": { "env": "PRIVATE_KEY" },
        "scope": ["data:read", "data:write"],
        "targets": ["https://git.example.com/team", "registry.example.com:5000"],
    })
}

/// A home with this spec, the client's secret and the account's key.
pub(super) fn home(spec: &Value) -> Home {
    let mut home = super::home(spec, SECRET);
    home.set("PRIVATE_KEY", &small().pkcs1);
    home
}

fn with(base_url: &str, member: &str, value: Value) -> Value {
    let mut spec = spec(base_url);
    spec[member] = value;
    spec
}

fn refusal(status: u16, code: &str, description: &str) -> Answer {
    let body = json!({ "error": code, "error_description": description });
    Answer::json(status, body.to_string())
}

/// The vendor's own answer to the vendor's own request, and to no other.
fn answer(request: &Request) -> Answer {
    let names: Vec<String> = request.form().into_iter().map(|(name, _)| name).collect();
    let expected = request.method == "POST"
        && request.path == "/authentication/v2/token"
        && request.query.is_empty()
        && request.header("authorization") == Some(AUTHORIZATION)
        && names == ["grant_type", "assertion", "scope"]
        && request.parameter("grant_type").as_deref() == Some(GRANT);
    match expected {
        true => Answer::json(
            200,
            r#"{"access_token":"eyJ.sample.aps","token_type":"Bearer","expires_in":3600}"#,
        ),
        false => refusal(400, "invalid_request", "not the documented request"),
    }
}

pub(super) fn autodesk() -> Provider {
    Provider::start(answer)
}

#[test]
fn the_request_is_the_vendors_worked_example() {
    let autodesk = autodesk();
    let home = home(&spec(&autodesk.url()));
    let before = now();
    assert_eq!(token(&home).json()["access_token"], TOKEN);
    let after = now();
    let request = autodesk.request();
    let wanted = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("authorization", AUTHORIZATION),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        headers(&request),
        wanted.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
    let assertion = request.parameter("assertion").unwrap();
    assert_eq!(
        request.text(),
        format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}&scope=data%3Aread%20data%3Awrite"
        )
    );
    assert_eq!(
        assertion.split('.').next().unwrap(),
        "eyJhbGciOiJSUzI1NiIsImtpZCI6IjVkZTk5M2Y0LTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSJ9"
    );
    let (header, mut claims) = small().verify(&request);
    assert_eq!(header, json!({ "alg": "RS256", "kid": KEY_ID }));
    let end = claims["exp"].take().as_i64().unwrap();
    assert!((before + 240..=after + 240).contains(&end), "{end}");
    assert_eq!(
        claims,
        json!({
            "iss": ID, "sub": ACCOUNT, "aud": AUDIENCE, "exp": null, "scope": ["data:read", "data:write"],
        })
    );
}

#[test]
fn scopes_are_an_array_in_the_claim_and_words_in_the_form_however_they_are_written() {
    let table = [
        (json!("data:read"), json!(["data:read"]), "data:read"),
        (
            json!("data:read  data:write"),
            json!(["data:read", "data:write"]),
            "data:read data:write",
        ),
        (
            json!(["data:read", "account:read"]),
            json!(["data:read", "account:read"]),
            "data:read account:read",
        ),
        // A blank within a word would make it one scope that nobody knows.
        (
            json!(["data:read data:write"]),
            json!(["data:read", "data:write"]),
            "data:read data:write",
        ),
    ];
    for (written, claim, form) in table {
        let autodesk = autodesk();
        token(&home(&with(&autodesk.url(), "scope", written))).answer();
        let request = autodesk.request();
        assert_eq!(small().verify(&request).1["scope"], claim);
        assert_eq!(request.parameter("scope").unwrap(), form);
    }
}

#[test]
fn a_scope_that_is_no_list_of_words_is_refused_with_its_place() {
    for written in [json!(5), json!([]), json!(""), json!(["data:read", 5])] {
        let autodesk = autodesk();
        let output = token(&home(&with(&autodesk.url(), "scope", written.clone())));
        assert_eq!((output.status, autodesk.count()), (2, 0), "{written}");
        assert!(
            output.stderr.contains("`/scope") && output.stderr.contains("(spec-invalid)\n"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn another_audience_is_sent_to_the_letter() {
    for audience in [
        "https://gateway.example.com:443/authentication/v2/token/",
        "HTTPS://Gateway.Example.com",
    ] {
        let autodesk = autodesk();
        let spec = with(&autodesk.url(), "audience", json!(audience));
        token(&home(&spec)).answer();
        assert_eq!(small().verify(&autodesk.request()).1["aud"], audience);
    }
}

#[test]
fn the_token_lives_for_an_hour_and_is_asked_for_once() {
    let autodesk = autodesk();
    let home = home(&spec(&autodesk.url()));
    let before = now();
    let first = token(&home);
    assert_life(&first, 3600, before, now());
    assert_eq!(first.stderr, "");
    assert_eq!(token(&home), first, "the cache says the same");
    assert_eq!(autodesk.count(), 1);
}

#[test]
fn an_end_as_a_date_is_not_needed_and_a_life_as_text_is_understood() {
    let body = r#"{"access_token":"eyJ.sample.aps","token_type":"bearer","expires_in":"3599","expires_at":1}"#;
    let autodesk = Provider::start(move |_| Answer::json(200, body));
    let before = now();
    let output = token(&home(&spec(&autodesk.url())));
    assert_life(&output, 3599, before, now());
}

#[test]
fn kubectl_git_and_docker_each_hear_it_in_their_own_language() {
    let autodesk = autodesk();
    let home = home(&spec(&autodesk.url()));
    let before = now();
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    let after = now();
    let answer = kubectl.json();
    assert_eq!(answer["status"]["token"], TOKEN);
    let published = unix(answer["status"]["expirationTimestamp"].as_str().unwrap());
    assert!((before + 3300..=after + 3300).contains(&published));
    let git = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=git.example.com\npath=team/app.git\n\n",
    );
    assert_eq!(
        git.answer(),
        format!("username=oauth2\npassword={TOKEN}\npassword_expiry_utc={published}\n")
    );
    let docker = run(
        &mut home.keyfob(["docker", "get"]),
        "registry.example.com:5000",
    );
    assert_eq!(
        docker.answer(),
        format!(
            "{{\"ServerURL\":\"registry.example.com:5000\",\"Username\":\"oauth2\",\"Secret\":\"{TOKEN}\"}}\n"
        )
    );
    assert_eq!(autodesk.count(), 1, "one token for all three");
}

#[test]
fn without_base_url_it_is_the_vendors_own_host() {
    let proxy = Provider::start(|_| Answer::empty(403));
    let mut spec = spec("unused");
    spec.as_object_mut().unwrap().remove("base_url");
    let mut home = home(&spec);
    home.set("HTTPS_PROXY", proxy.url());
    assert_eq!(token(&home).status, 1);
    let request = &proxy.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("CONNECT", "developer.api.autodesk.com:443")
    );
}

#[test]
fn a_key_or_secret_that_is_written_in_the_spec_is_refused_where_it_stands() {
    for (member, value) in [
        ("private_key", small().pkcs1.as_str()),
        ("client_secret", SECRET),
    ] {
        let output = token(&home(&with(
            "https://aps.example.com",
            member,
            json!(value),
        )));
        let line = format!(
            "keyfob: error: spec ROOT/config/ci.json: `/{member}`: a secret is never written in a spec (spec-invalid)"
        );
        let said = output.stderr.lines().next().unwrap_or_default();
        let (_, behind) = said.split_once("/config/").unwrap();
        assert_eq!(output.status, 2);
        assert_eq!(behind, line.split_once("/config/").unwrap().1);
        assert!(!output.stderr.contains("BEGIN") && !output.stderr.contains(SECRET));
    }
}

/// A key of the pair in a form of its own is as good as the pair's first.
#[track_caller]
fn signs(pair: &Pair, key: &str) {
    let autodesk = autodesk();
    let mut home = home(&spec(&autodesk.url()));
    home.set("PRIVATE_KEY", key);
    assert_eq!(token(&home).json()["access_token"], TOKEN);
    pair.verify(&autodesk.request());
}
