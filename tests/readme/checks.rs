//! The answers to `keyfob check` that the documents show, against a server that says what their vendors say.

use keyfob::time::Timestamp;
use serde_json::{Value, json};

use super::{blocks, file};
use crate::support::{Answer, Home, Provider, run};

/// What follows `$ keyfob check --spec NAME` in a document.
fn shown(document: &str, name: &str) -> String {
    let line = format!("$ keyfob check --spec {name}");
    let sessions = blocks(document).into_iter();
    let answer = sessions
        .filter(|block| block.language == "console")
        .find_map(|block| {
            let (command, answer) = block.text.split_once('\n')?;
            command.starts_with(&line).then(|| answer.to_owned())
        });
    answer.unwrap_or_else(|| panic!("{document} shows no check of {name}"))
}

/// The file of the providers' folder, asking this server, its secrets in the environment.
fn spec(name: &str, provider: &Provider) -> Value {
    let text = file(&format!("{}/{name}.json", super::PROVIDERS));
    let mut spec: Value = serde_json::from_str(&text).unwrap();
    for value in spec.as_object_mut().unwrap().values_mut() {
        if value.get("keyring").is_some() {
            *value = json!({"env": "SECRET"});
        }
    }
    spec["base_url"] = provider.url().into();
    spec
}

/// Without the end, which moves on, and the server's address.
fn lasting(text: &str) -> String {
    let lines = text.lines();
    let kept = lines.filter(|line| !line.starts_with("  expires: 2"));
    kept.map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn assert_shown(
    documents: &[&str],
    name: &str,
    words: &[&str],
    secret: &str,
    script: impl Fn(&str) -> Answer + Send + Sync + 'static,
) {
    let provider = Provider::start(move |request| script(&request.path));
    let mut home = Home::new();
    home.spec(name, spec(name, &provider).to_string());
    home.set("SECRET", secret);
    let command = [&["check", "--spec", name], words].concat();
    let output = run(&mut home.keyfob(&command), "");
    assert_eq!(output.stderr, "");
    for document in documents {
        let shown = shown(document, name);
        assert!(shown.contains("\n  expires: 2"), "{document}: {shown}");
        assert_eq!(lasting(&output.stdout), lasting(&shown), "{document}");
    }
}

fn in_days(days: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_secs()).unwrap();
    Timestamp::from_unix(now + days * 86_400 + 60).rfc3339()
}

#[test]
fn a_check_of_datadog_says_what_the_documents_show() {
    let documents = [
        "integrations/commands.md",
        "integrations/providers/datadog.md",
    ];
    let token = "ddsat_AAAAAAAAAAAAAAAAAAAAAA_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    let answer = json!({"data": {
        "id": "66666666-7777-8888-9999-000000000000",
        "type": "service_access_tokens",
        "attributes": {
            "created_at": "2026-01-01T00:00:00.123456Z",
            "expires_at": in_days(39),
            "last_used_at": null,
            "name": "ci",
            "public_portion": "ddsat_AAAAAAAAAAAAAAAAAAAAAA",
            "scopes": ["dashboards_read"],
        },
        "relationships": {"owned_by": {"data": {
            "id": "11111111-2222-3333-4444-555555555555",
            "type": "service_account",
        }}},
    }});
    assert_shown(
        &documents,
        "datadog",
        &["--warn-within", "14d"],
        token,
        move |_| Answer::json(200, answer.to_string()),
    );
}

#[test]
fn a_check_of_autodesk_says_what_its_page_shows() {
    let answer = json!({
        "serviceAccountId": "6BNJQT7RR7GTJ5QY",
        "email": "ci-files@ExampleClientId0123456789ABCDEFG.adskserviceaccount.com",
        "createdBy": "ExampleClientId0123456789ABCDEFG",
        "status": "DISABLED",
        "createdAt": "2025-03-26 04:58:26 +0000 UTC",
        "accessedAt": "2026-03-26 04:58:26 +0000 UTC",
        "expiresAt": in_days(124),
    });
    assert_shown(
        &["integrations/providers/autodesk.md"],
        "autodesk",
        &["--warn-within", "30d"],
        "ExampleClientSecret01",
        move |path| match path {
            "/authentication/v2/token" => Answer::token("t0ken", 3600),
            _ => Answer::json(200, answer.to_string()),
        },
    );
}

#[test]
fn a_check_of_atlas_says_what_its_page_shows() {
    assert_shown(
        &["integrations/providers/mongodb-atlas.md"],
        "mongodb-atlas",
        &[],
        "mdb_sa_sk_EXAMPLE",
        |_| Answer::token("t0ken", 3600),
    );
}
