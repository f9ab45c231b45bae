//! The presets of Google with the tools that use them, and google-auth as the measure of an assertion.

use serde_json::{Value, json};

use super::assertion::{decoded, small};
use super::{NAME, now, token};
use crate::kubectl::real::assert_reaches;
use crate::support::apiserver::ApiServer;
use crate::support::metadata::{keyfob_at, need_network, seen};
use crate::support::registry::{self, Registry};
use crate::support::tools::tool_folder;
use crate::support::{Answer, Home, Provider, Tls, need, run};

/// The vendor's key file.
fn key() -> Value {
    json!({
        "type": "service_account", "project_id": "my-project", "private_key_id": "0123abcd",
        "private_key": small().pkcs8, "client_email": "ci@my-project.iam.gserviceaccount.com",
        "client_id": "123456789012345678901", "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    })
}

fn issuer() -> Provider {
    Provider::start(|_| Answer::token("ya29.c.by-key", 3599))
}

/// A home with the key file as one secret of the environment.
fn home(issuer: &Provider, more: &Value) -> Home {
    let mut home = Home::new();
    home.set("KEY", key().to_string());
    let mut spec =
        json!({ "provider": "google-key", "base_url": issuer.url(), "key": { "env": "KEY" } });
    let members = spec.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    home.spec(NAME, spec.to_string());
    home
}

/// The assertion that google-auth makes of the same key file.
const GOOGLE_AUTH: &str = "
import json, sys
from google.oauth2 import service_account
info = json.load(sys.stdin)
credentials = service_account.Credentials.from_service_account_info(info, scopes=sys.argv[1:])
print(credentials._make_authorization_grant_assertion().decode())
";

#[test]
fn a_keys_assertion_is_google_auths_own_but_for_its_moments() {
    if !need(&[
        "openssl",
        "python3",
        "cloud/google/oauth2/service_account.py",
    ]) {
        return;
    }
    let issuer = issuer();
    let scopes = [
        "https://www.googleapis.com/auth/cloud-platform",
        "https://www.googleapis.com/auth/userinfo.email",
    ];
    let home = home(&issuer, &json!({ "scope": scopes }));
    let answer = token(&home).json();
    assert_eq!(answer["access_token"], "ya29.c.by-key");
    let request = issuer.request();
    assert_eq!(request.path, "/token");
    assert_eq!(request.form().len(), 2, "{}", request.text());
    let (header, mut claims) = small().verify(&request);
    let mut python = home.command("python3");
    python
        .env("PYTHONPATH", tool_folder().join("cloud"))
        .args(["-c", GOOGLE_AUTH])
        .args(scopes);
    let theirs = run(&mut python, key().to_string());
    let mut parts = theirs.answer().split('.');
    let header_of_theirs = decoded(parts.next().unwrap());
    let mut claims_of_theirs = decoded(parts.next().unwrap());
    assert_eq!(header, header_of_theirs);
    for claims in [&mut claims, &mut claims_of_theirs] {
        let moment = |name: &str| claims[name].as_i64().unwrap();
        assert_eq!(moment("exp") - moment("iat"), 3600);
        assert!((now() - 60..=now()).contains(&moment("iat")));
        claims["iat"].take();
        claims["exp"].take();
    }
    assert_eq!(claims, claims_of_theirs);
}

#[test]
fn kubectl_reaches_a_cluster_of_gke_with_a_keys_token() {
    if !need(&["kubectl-1.37/kubectl"]) {
        return;
    }
    let (issuer, tls) = (issuer(), Tls::new());
    let server = ApiServer::for_token(&tls, "ya29.c.by-key");
    let mut home = home(&issuer, &json!({ "targets": [server.url()] }));
    home.trust(&tls);
    let written = std::fs::read_to_string(home.config().join(format!("{NAME}.json"))).unwrap();
    home.spec("my-cluster", written);
    assert_reaches(&home, &server, &tls);
}

#[test]
fn skopeo_reaches_artifact_registry_and_a_hit_knows_the_user_name_too() {
    if !need(&["skopeo"]) || !need(&registry::PROGRAMS) {
        return;
    }
    let (issuer, tls) = (issuer(), Tls::new());
    let mut home = home(&issuer, &json!({}));
    let registry = Registry::behind_keyfob(&mut home, &tls);
    registry.accept_login("oauth2accesstoken", "ya29.c.by-key");
    let written = home.config().join(format!("{NAME}.json"));
    let mut spec: Value = serde_json::from_slice(&std::fs::read(written).unwrap()).unwrap();
    spec["targets"] = json!([registry.host()]);
    home.spec(NAME, spec.to_string());
    for tag in ["1", "2"] {
        let pushed = registry.push(&home, &format!("image:{tag}"));
        assert_eq!(pushed.answer(), "");
    }
    assert_eq!(issuer.count(), 1);
}

/// The user name of a preset is stored with the token, and the user's own is not.
#[test]
fn a_user_name_that_is_written_wins_and_is_nobody_elses() {
    let issuer = issuer();
    let home = home(&issuer, &json!({ "targets": ["one.example.com"] }));
    let written = home.config().join(format!("{NAME}.json"));
    let mut spec: Value = serde_json::from_slice(&std::fs::read(written).unwrap()).unwrap();
    spec["targets"] = json!(["two.example.com"]);
    spec["username"] = json!("me");
    home.spec("other", spec.to_string());
    for _ in 0..2 {
        for (host, user) in [
            ("two.example.com", "me"),
            ("one.example.com", "oauth2accesstoken"),
        ] {
            let output = run(&mut home.keyfob(["docker", "get"]), host);
            assert_eq!(output.json()["Username"], user, "{host}");
        }
    }
    assert_eq!(issuer.count(), 1, "they share one token");
}

#[test]
fn a_machine_of_googles_is_asked_at_its_own_address() {
    if !need_network() {
        return;
    }
    let account = "/computeMetadata/v1/instance/service-accounts/default";
    let flavor = json!({ "Metadata-Flavor": "Google" });
    let body =
        json!({ "access_token": "ya29.c.machine", "expires_in": 3500, "token_type": "Bearer" });
    let jwt = crate::support::issuer::Issuer::new().sign(&json!({ "exp": now() + 3600 }));
    let conversations = json!([
        { "method": "GET", "target": format!("{account}/token"), "headers": flavor, "answer": flavor, "body": body.to_string() },
        // It says that this is HTML.
        { "method": "GET", "target": format!("{account}/identity?audience=me&format=full"), "headers": flavor,
          "answer": { "Metadata-Flavor": "Google", "Content-Type": "text/html" }, "body": jwt },
    ]);
    let home = Home::new();
    for (more, token) in [
        (json!({}), "ya29.c.machine"),
        (json!({ "audience": "me" }), jwt.as_str()),
    ] {
        let mut spec = json!({ "provider": "gce", "base_url": "http://169.254.169.254" });
        let members = spec.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        home.spec(NAME, spec.to_string());
        let arguments = ["token", "--spec", NAME];
        let mut keyfob = keyfob_at(&home, "169.254.169.254", &conversations, arguments);
        let output = run(&mut keyfob, "");
        assert_eq!(output.json()["access_token"], token);
    }
    assert_eq!(seen(&home).len(), 2);
}
