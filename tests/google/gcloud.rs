//! gcloud, which reads the same file. It is in no registry that tests/setup installs from: where the machine has one of its own, it is run.

use serde_json::Value;

use super::{home, jwt, numbering, spec};
use crate::support::tools::{find, skip};
use crate::support::{Answer, Home, Output, Provider, run};

const SHIPPED: &str = include_str!("../../integrations/google/credentials.json");

/// The token exchange, and the introspection by which gcloud learns who has logged in (RFC 7662).
fn google(first: String) -> Provider {
    Provider::start(move |request| match request.path.as_str() {
        "/v1/introspect" => {
            let who = r#"{"active":true,"username":"principal://example/subject/1"}"#;
            Answer::json(200, who.to_owned())
        }
        _ if request.parameter("subject_token").as_deref() == Some(&first) => {
            Answer::token("ya29.federated", 3600)
        }
        _ => Answer::error("invalid_grant"),
    })
}

fn gcloud(home: &Home, words: &[&str]) -> Output {
    let mut gcloud = home.command("gcloud");
    gcloud
        .env("CLOUDSDK_CONFIG", home.path("gcloud"))
        .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1")
        .env("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "1")
        .env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
    run(gcloud.args(words), "")
}

#[test]
fn gcloud_logs_in_with_the_shipped_file_and_shows_what_goes_wrong() {
    if find("gcloud").is_none() {
        return skip("gcloud");
    }
    let provider = numbering(3600);
    let google = google(jwt(1));
    let home = home(&spec(&provider));
    let keyfob = home.bin().join("keyfob");
    let shipped = SHIPPED
        .replace("/usr/local/bin/keyfob", keyfob.to_str().unwrap())
        .replace("https://sts.googleapis.com", &google.url());
    let mut file: Value = serde_json::from_str(&shipped).unwrap();
    file["token_info_url"] = google.at("/v1/introspect").into();
    let file = home.write("credentials.json", file.to_string());
    let login = ["auth", "login", "--cred-file", file.to_str().unwrap()];
    let output = gcloud(&home, &login);
    assert_eq!(output.status, 0, "{output:?}");
    let output = gcloud(&home, &["auth", "print-access-token"]);
    assert_eq!(output.answer(), "ya29.federated\n");
    assert_eq!(provider.count(), 1, "the JWT is kept");

    home.spec("my-identity", r#"{"provider": "none"}"#);
    let output = gcloud(&home, &login);
    assert_ne!(output.status, 0);
    assert!(output.stderr.contains("code: spec-invalid"), "{output:?}");
}
