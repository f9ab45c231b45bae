//! What the pages of the clouds do without a preset: each spec is taken from its page, and the vendor played or asked.

use serde_json::{Value, json};

use super::assertion::small;
use super::{NAME, now, token};
use crate::aws::moto::World;
use crate::support::{Answer, Home, Provider, need, run};

const AWS: &str = include_str!("../../integrations/providers/aws.md");
const GOOGLE: &str = include_str!("../../integrations/providers/google.md");

/// The only spec of the page that holds this, with the server in the vendor's place and the variable in the keyring's.
fn spec(page: &str, holding: &str, vendor: &str, server: &str) -> Value {
    let blocks = page.split("```json\n").skip(1);
    let mut blocks = blocks
        .map(|block| block.split("```").next().unwrap())
        .filter(|block| block.contains(holding));
    let block = blocks.next().unwrap();
    assert_eq!(blocks.next(), None, "{holding} is on the page twice");
    let block = block.replace("\"keyring\"", "\"env\"");
    assert!(block.contains(vendor), "{block}");
    serde_json::from_str(&block.replace(vendor, server.trim_end_matches('/'))).unwrap()
}

#[test]
fn a_session_is_made_of_a_users_keys_and_moto_checks_the_signature() {
    let Some(mut world) = World::with_roles() else {
        return;
    };
    let keys =
        |world: &World, spec: &str| run(&mut world.home.keyfob(["aws", "--spec", spec]), "").json();
    let account = keys(&world, "my-account");
    let text = |member: &str| account[member].as_str().unwrap().to_owned();
    world
        .home
        .set("aws-assume-role-access_key_id", text("AccessKeyId"))
        .set("aws-assume-role-secret_access_key", text("SecretAccessKey"))
        .set("SESSION", text("SessionToken"));
    let vendor = "https://sts.eu-central-1.amazonaws.com";
    let mut spec = spec(AWS, "GetSessionToken", vendor, &world.url);
    spec["aws"]["keys"]["session"] = json!({ "env": "SESSION" });
    world.home.spec("session", spec.to_string());
    let session = keys(&world, "session");
    assert!(session["SessionToken"].is_string(), "{session}");
}

#[test]
fn a_login_of_identity_center_becomes_the_keys_of_a_role() {
    let portal = Provider::start(|request| {
        assert_eq!(request.path, "/federation/credentials");
        assert_eq!(request.query, "account_id=123456789012&role_name=deploy");
        assert_eq!(request.header("x-amz-sso_bearer_token"), Some("aoa-token"));
        // https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
        let keys = json!({
            "accessKeyId": "ASIA1", "secretAccessKey": "se/cr+et", "sessionToken": "FQoG//Yx==",
            "expiration": (now() + 3600) * 1000,
        });
        Answer::json(200, json!({ "roleCredentials": keys }).to_string())
    });
    let home = Home::new();
    let vendor = "https://portal.sso.eu-central-1.amazonaws.com";
    let spec = spec(AWS, "x-amz-sso_bearer_token", vendor, &portal.url());
    let pointer = "/headers/x-amz-sso_bearer_token/secret/file";
    let file = spec.pointer(pointer).unwrap().as_str().unwrap();
    let login = json!({ "accessToken": "aoa-token", "expiresAt": "2030-01-01T00:00:00Z" });
    home.write(&file.replace('~', "home"), login.to_string());
    home.spec(NAME, spec.to_string());
    let keys = run(&mut home.keyfob(["aws", "--spec", NAME]), "").json();
    assert_eq!(keys["AccessKeyId"], "ASIA1");
    assert!(keys["Expiration"].is_string(), "{keys}");
}

#[test]
fn the_aws_clis_own_keys_sign_for_a_cluster() {
    let mut home = Home::new();
    home.set("AWS_PROFILE", "mine");
    // https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html: version 2 has it.
    let keys = r#"{"Version": 1, "AccessKeyId": "AKIDMINE", "SecretAccessKey": "wJalrXUtnFEMI"}"#;
    let body =
        format!("test \"$* $AWS_PROFILE\" = 'configure export-credentials mine' && echo '{keys}'");
    home.script("aws", &body);
    let spec = spec(AWS, "export-credentials", "my-cluster", "my-cluster");
    home.spec(NAME, spec.to_string());
    let output = run(&mut home.keyfob(["token", "--spec", NAME]), "");
    let answer = output.json();
    let token = answer["access_token"].as_str().unwrap();
    let (_, parameters) = super::aws::url_of(token);
    let credential = parameters
        .iter()
        .find(|(name, _)| name == "X-Amz-Credential");
    assert!(
        credential.unwrap().1.starts_with("AKIDMINE/"),
        "{credential:?}"
    );
}

#[test]
fn googles_key_and_googles_login_become_tokens() {
    if !need(&["openssl"]) {
        return;
    }
    let identity = crate::support::issuer::Issuer::new().sign(&json!({ "exp": now() + 3600 }));
    let body = json!({ "id_token": identity }).to_string();
    let vendor = "https://oauth2.googleapis.com";
    let google =
        Provider::start(
            move |request| match request.parameter("grant_type").unwrap().as_str() {
                "refresh_token" => {
                    let sent = ["client_id", "client_secret", "refresh_token"];
                    let sent = sent.map(|name| request.parameter(name).unwrap());
                    assert_eq!(sent, ["gcloud.apps", "d-FL95", "1//refresh"]);
                    Answer::token("ya29.a0.person", 3599)
                }
                _ => Answer::json(200, body.clone()),
            },
        );
    let mut home = Home::new();
    let key =
        json!({ "private_key": small().pkcs8, "client_email": "ci@p.iam.gserviceaccount.com" });
    home.set("google-key-key", key.to_string());
    let by_key = spec(GOOGLE, "target_audience", vendor, &google.url());
    home.spec(NAME, by_key.to_string());
    assert_eq!(token(&home).json()["access_token"], identity);
    let (_, claims) = small().verify(&google.request());
    assert_eq!(claims["target_audience"], "https://service.example.com");
    assert_eq!(claims["iss"], "ci@p.iam.gserviceaccount.com");
    let login = json!({
        "client_id": "gcloud.apps", "client_secret": "d-FL95", "refresh_token": "1//refresh",
        "type": "authorized_user",
    });
    let file = "home/.config/gcloud/application_default_credentials.json";
    home.write(file, login.to_string());
    let by_login = spec(GOOGLE, "\"refresh_token\"", vendor, &google.url());
    home.spec(NAME, by_login.to_string());
    assert_eq!(token(&home).json()["access_token"], "ya29.a0.person");
}
