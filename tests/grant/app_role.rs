//! A provider that is no preset, written as data: the AppRole login of Vault and OpenBao, <https://openbao.org/api-docs/auth/approle/>.

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

const ROLE: &str = "675a50e7-cfe0-be76-e35f-49ec009731ea";
const SECRET: &str = "ed0a642f-2acf-c2da-232f-1b21300d5f29";
const TOKEN: &str = "hvs.CAESIJ-example";

fn spec(base_url: &str) -> Value {
    json!({
        "provider": "http",
        "url": format!("{base_url}/v1/auth/approle/login"),
        "headers": { "X-Vault-Namespace": "team/ci" },
        "json": { "role_id": ROLE, "secret_id": { "secret": { "env": "SECRET_ID" } } },
        "token_pointer": "/auth/client_token",
        "expires": { "seconds": "/auth/lease_duration" },
        "revoke": {
            "method": "POST",
            "url": format!("{base_url}/v1/auth/token/revoke-self"),
            "headers": { "X-Vault-Token": { "secret": { "issued": true } } },
        },
        "check": {
            "url": format!("{base_url}/v1/auth/token/lookup-self"),
            "headers": { "X-Vault-Token": { "secret": { "token": "login" } } },
            "usable": [{ "pointer": "/data/type", "equals": "service", "otherwise": "it is a batch token" }],
            "show": { "policies": "/data/policies", "ttl": "/data/ttl" },
            "ends": { "date": "/data/expire_time" },
        },
    })
}

fn vault() -> Provider {
    Provider::start(|request| {
        let denied = || Answer::json(403, r#"{"errors":["permission denied"]}"#);
        let bearer = request.header("x-vault-token");
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/v1/auth/approle/login") if request.header("x-vault-namespace") == Some("team/ci") => {
                match request.json() == json!({ "role_id": ROLE, "secret_id": SECRET }) {
                    true => Answer::json(200, json!({
                        "request_id": "1", "lease_duration": 0, "data": null, "warnings": null,
                        "auth": { "client_token": TOKEN, "accessor": "a", "policies": ["default", "ci"], "lease_duration": 1200, "renewable": true },
                    }).to_string()),
                    false => Answer::json(400, r#"{"errors":["invalid role or secret ID"]}"#),
                }
            }
            ("POST", "/v1/auth/token/revoke-self") if bearer == Some(TOKEN) => Answer::empty(204),
            ("GET", "/v1/auth/token/lookup-self") if bearer == Some(TOKEN) => Answer::json(200, json!({
                "data": { "type": "service", "policies": ["default", "ci"], "ttl": 1193, "expire_time": "2026-01-01T00:20:00.123456789Z" },
            }).to_string()),
            _ => denied(),
        }
    })
}

fn home(spec: &Value) -> Home {
    let mut home = Home::new();
    home.spec("login", spec.to_string());
    home.set("SECRET_ID", SECRET);
    home
}

fn keyfob(home: &Home, words: &[&str]) -> Output {
    run(&mut home.keyfob(words), "")
}

#[test]
fn a_login_is_a_request_as_data_and_its_lease_is_the_tokens_life() {
    let vault = vault();
    let home = home(&spec(&vault.url()));
    let token = keyfob(&home, &["token", "--spec", "login"]).json();
    assert_eq!(token["access_token"], TOKEN);
    let header = keyfob(&home, &["token", "--spec", "login", "--format", "header"]);
    assert_eq!(header.answer(), format!("Authorization: Bearer {TOKEN}\n"));
    assert_eq!(vault.count(), 1);
    let life =
        keyfob::time::Timestamp::parse_rfc3339(token["expires_at"].as_str().unwrap()).unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert!((1190..=1200).contains(&(life.unix() - i64::try_from(now).unwrap())));
}

#[test]
fn a_wrong_secret_is_refused_in_the_servers_words_and_without_it() {
    let vault = vault();
    let mut home = home(&spec(&vault.url()));
    home.set("SECRET_ID", "wr0ng-52c1a7f3-9b0e");
    let output = keyfob(&home, &["token", "--spec", "login"]);
    let told = format!(
        "keyfob: error: spec `login`: {}/v1/auth/approle/login refused: HTTP 400, invalid role or secret ID (provider-refused)\n",
        vault.url()
    );
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(output.stderr.starts_with(&told), "{}", output.stderr);
    assert!(!output.stderr.contains("wr0ng"));
}

#[test]
fn the_token_goes_back_by_itself_and_is_asked_about_by_itself() {
    let vault = vault();
    let home = home(&spec(&vault.url()));
    keyfob(&home, &["token", "--spec", "login"]).answer();
    let check = keyfob(&home, &["check", "--spec", "login"]);
    assert!(
        check
            .stdout
            .contains("\n  policies: default ci\n  ttl: 1193\n"),
        "{check:?}"
    );
    assert_eq!(keyfob(&home, &["revoke", "--spec", "login"]).answer(), "");
    let paths: Vec<String> = vault
        .requests()
        .iter()
        .map(|request| request.path.clone())
        .collect();
    assert_eq!(
        paths,
        [
            "/v1/auth/approle/login",
            "/v1/auth/token/lookup-self",
            "/v1/auth/token/revoke-self"
        ]
    );
}
