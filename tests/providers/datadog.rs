//! Datadog service-account access tokens that are stored: <https://docs.datadoghq.com/api/latest/service-accounts/>.
//!
//! The token lies here and the call is about it, so every answer is a reason to hand it out or not to, and never holds it.

mod check;
mod failures;

use serde_json::{Value, json};

use super::{NAME, now, token, unix};
use crate::support::{Answer, Home, Output, Provider, Request, run};

const ACCOUNT: &str = "11111111-2222-3333-4444-555555555555";
const ID: &str = "66666666-7777-8888-9999-000000000000";
const PUBLIC: &str = "ddsat_AAAAAAAAAAAAAAAAAAAAAA";
const TOKEN: &str = "ddsat_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
const API_KEY: &str = "0000000000000000000000000000aaaa";
const APPLICATION_KEY: &str = "ddapp_EXAMPLE0000000000000000000000000000";
const PATH: &str = "/api/v2/service_accounts/11111111-2222-3333-4444-555555555555/access_tokens/66666666-7777-8888-9999-000000000000";

fn spec(base_url: &str) -> Value {
    json!({
        "provider": "datadog",
        "base_url": base_url,
        "service_account_id": ACCOUNT,
        "token_id": ID,
        "token": { "env": "DD_TOKEN" },
        "api_key": { "env": "DD_API_KEY" },
        "application_key": { "env": "DD_APPLICATION_KEY" },
        "targets": ["git.example.com", "registry.example.com"],
    })
}

/// The vendor's own answer about the token, with this end.
fn metadata(expires_at: &Value) -> Value {
    json!({ "data": {
        "id": ID,
        "type": "service_access_tokens",
        "attributes": {
            "created_at": "2026-01-01T00:00:00.123456Z",
            "expires_at": expires_at,
            "last_used_at": null,
            "name": "ci",
            "public_portion": PUBLIC,
            "scopes": ["dashboards_read", "monitors_read"],
        },
        "relationships": { "owned_by": { "data": { "id": ACCOUNT, "type": "service_account" } } },
    } })
}

fn vendor_json(status: u16, body: &Value) -> Answer {
    Answer {
        headers: vec![("Content-Type".into(), "application/vnd.api+json".into())],
        ..Answer::text(status, body.to_string())
    }
}

/// Exactly the vendor's call, by exactly these keys; everything else is what the vendor says to it.
fn asked_rightly(request: &Request) -> Result<(), Answer> {
    let refusal = |status: u16, text: &str| Err(vendor_json(status, &json!({ "errors": [text] })));
    let keys = (
        request.header("dd-api-key"),
        request.header("dd-application-key"),
    );
    if keys != (Some(API_KEY), Some(APPLICATION_KEY)) {
        return refusal(403, "Forbidden");
    }
    if request.header("accept") != Some("application/json") || !request.body.is_empty() {
        return refusal(400, "Bad Request");
    }
    match (
        request.method.as_str(),
        request.path.as_str(),
        &*request.query,
    ) {
        ("GET", PATH, "") => Ok(()),
        _ => refusal(404, "Not Found"),
    }
}

/// A Datadog that has this to say about the token.
fn datadog(says: Value) -> Provider {
    Provider::start(move |request| match asked_rightly(request) {
        Ok(()) => vendor_json(200, &says),
        Err(refusal) => refusal,
    })
}

fn home(spec: &Value) -> Home {
    let mut home = Home::new();
    home.spec(NAME, spec.to_string());
    home.set("DD_TOKEN", TOKEN)
        .set("DD_API_KEY", API_KEY)
        .set("DD_APPLICATION_KEY", APPLICATION_KEY);
    home
}

/// Nothing was handed out, and nothing that must not be seen was said.
#[track_caller]
fn assert_nothing(output: &Output, error: &str) {
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (1, ""),
        "{output:?}"
    );
    assert!(output.stderr.contains(error), "{}\n{error}", output.stderr);
    for secret in [TOKEN, API_KEY, APPLICATION_KEY, "BBBBBBBB"] {
        assert!(!output.stderr.contains(secret), "{}", output.stderr);
    }
}

#[test]
fn the_request_is_the_vendors_worked_example() {
    let datadog = datadog(metadata(&json!("2099-01-31T00:00:00+00:00")));
    let output = token(&home(&spec(&datadog.url())));
    assert_eq!(output.json()["access_token"], TOKEN);
    let request = datadog.request();
    assert_eq!(
        (&*request.method, &*request.path, &*request.query),
        ("GET", PATH, "")
    );
    let mut sent: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, _)| !["host", "user-agent"].contains(&name.as_str()))
        .collect();
    sent.sort();
    let wanted = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("dd-api-key", API_KEY),
        ("dd-application-key", APPLICATION_KEY),
    ];
    assert_eq!(
        sent,
        wanted.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert!(
        request.body.is_empty() && !format!("{request:?}").contains("BBBB"),
        "the token itself is never sent"
    );
}

#[test]
fn kubectl_git_and_docker_each_hear_it_in_their_own_language() {
    let end = now() + 30 * 86_400;
    let text = keyfob::time::Timestamp::from_unix(end).rfc3339();
    let datadog = datadog(metadata(&json!(text)));
    let home = home(&spec(&datadog.url()));
    assert_eq!(
        token(&home).answer(),
        format!(
            "{{\"access_token\":\"{TOKEN}\",\"token_type\":\"Bearer\",\"expires_at\":\"{text}\"}}\n"
        )
    );
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    let status = &kubectl.json()["status"];
    assert_eq!(status["token"], TOKEN);
    let published = unix(status["expirationTimestamp"].as_str().unwrap());
    assert_eq!(
        published,
        end - 300,
        "five minutes early, when the renewal begins"
    );
    let git = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert_eq!(
        git.answer(),
        format!("username=oauth2\npassword={TOKEN}\npassword_expiry_utc={published}\n")
    );
    let docker = run(&mut home.keyfob(["docker", "get"]), "registry.example.com");
    assert_eq!(docker.json()["Secret"], TOKEN);
    assert_eq!(datadog.count(), 1, "one call for all");
}

#[test]
fn its_end_is_read_in_every_form_in_which_the_vendor_writes_it() {
    for (written, told) in [
        ("2099-01-31T00:00:00+00:00", "2099-01-31T00:00:00Z"),
        ("2099-01-31T00:00:00Z", "2099-01-31T00:00:00Z"),
        ("2099-01-31T00:00:45.736320584Z", "2099-01-31T00:00:45Z"),
        ("2099-01-31T02:00:00.123456+02:00", "2099-01-31T00:00:00Z"),
    ] {
        // Ten years are believed at most: a moment so far away would be none.
        let (written, told) = [written, told]
            .map(|text| text.replace("2099", &next_year()))
            .into();
        let datadog = datadog(metadata(&json!(written)));
        let answer = token(&home(&spec(&datadog.url()))).json();
        assert_eq!(answer["expires_at"], told, "{written}");
    }
}

fn next_year() -> String {
    keyfob::time::Timestamp::from_unix(now() + 366 * 86_400).rfc3339()[..4].to_owned()
}

#[test]
fn a_token_that_never_ends_publishes_no_end_and_is_asked_about_again_after_an_hour() {
    let datadog = datadog(metadata(&Value::Null));
    let home = home(&spec(&datadog.url()));
    let before = now();
    assert_eq!(
        token(&home).answer(),
        format!("{{\"access_token\":\"{TOKEN}\",\"token_type\":\"Bearer\",\"expires_at\":null}}\n")
    );
    let after = now();
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    assert_eq!(kubectl.json()["status"].get("expirationTimestamp"), None);
    let git = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert_eq!(git.answer(), format!("username=oauth2\npassword={TOKEN}\n"));
    assert_eq!(datadog.count(), 1);
    let entry = std::fs::read_dir(home.cache())
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .find(|text| text.contains(TOKEN))
        .unwrap();
    let entry: Value = serde_json::from_str(&entry).unwrap();
    let until = entry["token"]["use_until"].as_i64().unwrap();
    assert!((before + 3600..=after + 3600).contains(&until), "{entry}");
}

#[test]
fn a_spec_may_have_it_asked_about_more_often() {
    let datadog = datadog(metadata(&Value::Null));
    let mut spec = spec(&datadog.url());
    spec["max_cache"] = json!(1);
    let home = home(&spec);
    token(&home).answer();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    token(&home).answer();
    assert_eq!(datadog.count(), 2);
}

#[test]
fn each_secret_comes_from_wherever_the_spec_says() {
    let datadog = datadog(metadata(&Value::Null));
    let mut home = Home::new();
    let path = |file: std::path::PathBuf| file.to_str().unwrap().to_owned();
    let (first, second) = (
        path(home.write("secrets/token", format!("{TOKEN}\n"))),
        path(home.write(
            "secrets/keys.json",
            json!({ "api": { "key": API_KEY } }).to_string(),
        )),
    );
    home.script("application-key", &format!("echo {APPLICATION_KEY}"));
    home.set("DD_SITE_KEY", API_KEY);
    let mut spec = spec(&datadog.url());
    spec["token"] = json!({ "file": first });
    spec["api_key"] = json!({ "file": second, "pointer": "/api/key" });
    spec["application_key"] = json!({ "command": ["application-key"] });
    home.spec(NAME, spec.to_string());
    assert_eq!(token(&home).json()["access_token"], TOKEN);
    assert_eq!(datadog.count(), 1);
}

#[test]
fn a_secret_that_is_missing_is_named_and_nobody_is_asked() {
    for variable in ["DD_TOKEN", "DD_API_KEY", "DD_APPLICATION_KEY"] {
        let datadog = datadog(metadata(&Value::Null));
        let mut home = home(&spec(&datadog.url()));
        home.unset(variable);
        let output = token(&home);
        let told =
            format!("there is no secret in environment variable {variable} (secret-missing)");
        assert_nothing(&output, &told);
        assert_eq!(datadog.count(), 0);
    }
}

#[test]
fn a_secret_written_into_the_spec_is_refused() {
    for member in ["token", "api_key", "application_key"] {
        let mut spec = spec("http://127.0.0.1:9");
        spec[member] = json!("hunter2-hunter2");
        let output = token(&home(&spec));
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(
            output
                .stderr
                .contains("a secret is never written in a spec (spec-invalid)")
        );
        assert!(!output.stderr.contains("hunter2"));
    }
}

#[test]
fn the_site_names_the_host() {
    let hosts = [
        (None, "api.datadoghq.com:443"),
        (Some("datadoghq.eu"), "api.datadoghq.eu:443"),
        (Some("us3.datadoghq.com"), "api.us3.datadoghq.com:443"),
        (Some("uk1.datadoghq.com"), "api.uk1.datadoghq.com:443"),
        (Some("ddog-gov.com"), "api.ddog-gov.com:443"),
        (
            Some("datadog.internal.example"),
            "api.datadog.internal.example:443",
        ),
    ];
    for (site, host) in hosts {
        let proxy = Provider::start(|_| Answer::empty(403));
        let mut spec = spec("unused");
        spec.as_object_mut().unwrap().remove("base_url");
        if let Some(site) = site {
            spec["site"] = json!(site);
        }
        let mut home = home(&spec);
        home.set("HTTPS_PROXY", proxy.url());
        assert_eq!(token(&home).status, 1);
        assert!(proxy.count() > 0);
        for request in proxy.requests() {
            assert_eq!((&*request.method, &*request.path), ("CONNECT", host));
            assert!(
                request.header("dd-api-key").is_none(),
                "a proxy sees no key"
            );
        }
    }
}

#[test]
fn what_would_lead_elsewhere_is_refused_before_anything_is_sent() {
    let bad = ["a/../b", "a?b", "a#b", "a%2fb", "a b", "", "{site}", "a\nb"];
    // Below the host `@` separates nothing.
    let before_host = [("site", "a@b")];
    let rows = ["site", "service_account_id", "token_id"]
        .into_iter()
        .flat_map(|member| bad.map(|value| (member, value)));
    for (member, value) in rows.chain(before_host) {
        let datadog = datadog(metadata(&Value::Null));
        let mut spec = spec(&datadog.url());
        if member == "site" {
            spec.as_object_mut().unwrap().remove("base_url");
        }
        spec[member] = json!(value);
        let output = token(&home(&spec));
        assert_eq!(
            (output.status, output.stdout.as_str(), datadog.connections()),
            (2, "", 0),
            "{member} {value:?}: {}",
            output.stderr
        );
        assert!(
            output.stderr.contains(&format!("`/{member}`: ")),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn a_header_reaches_the_vendor_as_one_line_or_not_at_all() {
    let datadog = datadog(metadata(&Value::Null));
    let mut home = home(&spec(&datadog.url()));
    home.set("DD_API_KEY", "aaaa\r\nX-Injected: 1");
    assert_nothing(&token(&home), " (secret-unreadable)");
    assert_eq!(datadog.count(), 0);
}
