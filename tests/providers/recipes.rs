//! The specs of `integrations/providers/recipes.md`, each as it stands there, and what it says of those that are refused.

use serde_json::{Value, json};

use super::now;
use crate::readme::json_blocks;
use crate::support::issuer::Issuer;
use crate::support::{Answer, Home, Output, Provider, Request, run};

const PAGE: &str = "integrations/providers/recipes.md";

/// The spec of this description, whose secrets are the variable `SECRET`.
fn recipe(name: &str) -> Value {
    let blocks = json_blocks(PAGE).into_iter();
    let mut specs = blocks.map(|text| serde_json::from_str::<Value>(&text).unwrap());
    let mut spec = specs
        .find(|spec| spec["description"] == name)
        .unwrap_or_else(|| panic!("{PAGE} has no {name}"));
    fn open(value: &mut Value) {
        match value {
            Value::Object(members) if members.contains_key("keyring") => {
                *value = json!({"env": "SECRET"});
            }
            Value::Object(members) => members.values_mut().for_each(open),
            Value::Array(values) => values.iter_mut().for_each(open),
            _ => {}
        }
    }
    open(&mut spec);
    spec
}

/// A home in which it is `ci`, and its vendor answers so.
fn at(
    mut spec: Value,
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (Home, Provider) {
    let (mut home, provider) = (Home::new(), Provider::start(answer));
    for member in ["url", "token_url"] {
        if let Some(url) = spec[member].as_str() {
            let (_, rest) = url.split_once("://").unwrap();
            let (_, path) = rest.split_once('/').unwrap();
            spec[member] = json!(provider.at(&format!("/{path}")));
        }
    }
    home.spec("ci", spec.to_string());
    home.set("SECRET", "s3cret-of-the-vendor");
    (home, provider)
}

fn told(home: &Home) -> Output {
    run(&mut home.keyfob(["token", "--spec", "ci"]), "")
}

fn token(home: &Home) -> Value {
    told(home).json()["access_token"].clone()
}

fn date(seconds: i64) -> String {
    keyfob::time::Timestamp::from_unix(now() + seconds).rfc3339()
}

#[test]
fn git_gets_an_installations_token_for_a_jobs_identity() {
    let identity = Issuer::new().sign(&json!({"exp": now() + 300}));
    let (of_job, bearer) = (identity.clone(), format!("Bearer {identity}"));
    let (mut home, provider) = at(recipe("octo-sts"), move |request| {
        match request.path.as_str() {
            "/identity" => Answer::json(200, json!({"value": of_job}).to_string()),
            "/sts/exchange" => {
                assert_eq!(request.query, "identity=deploy&scope=octo-org%2Fapp");
                assert_eq!(request.header("authorization"), Some(bearer.as_str()));
                Answer::json(200, r#"{"token": "ghs_EXAMPLE"}"#)
            }
            path => panic!("nobody should ask for {path}"),
        }
    });
    home.set("ACTIONS_ID_TOKEN_REQUEST_URL", provider.at("/identity?x=1"))
        .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token");
    home.spec("ci", {
        let text = std::fs::read_to_string(home.config().join("ci.json")).unwrap();
        text.replace("https://github.com/octo-org/app", "https://github.com")
    });
    let given = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=github.com\n\n",
    );
    assert_eq!(
        given.answer(),
        "username=x-access-token\npassword=ghs_EXAMPLE\n"
    );
}

#[test]
fn docker_gets_the_user_name_that_came_with_a_deploy_token() {
    let (home, provider) = at(recipe("gitlab-deploy-token"), |_| {
        let body = json!({"id": 1, "username": "gitlab+deploy-token-1", "token": "gldt-EXAMPLE", "expires_at": date(86_400)});
        Answer::json(201, body.to_string())
    });
    let given = run(
        &mut home.keyfob(["docker", "get"]),
        "registry.gitlab.example.com",
    )
    .json();
    assert_eq!(
        (&given["Username"], &given["Secret"]),
        (&json!("gitlab+deploy-token-1"), &json!("gldt-EXAMPLE"))
    );
    let request = provider.request();
    assert_eq!(
        request.header("private-token"),
        Some("s3cret-of-the-vendor")
    );
}

#[test]
fn the_other_recipes_give_a_token() {
    let (home, _provider) = at(recipe("bitbucket"), |request| {
        assert_eq!(request.basic().unwrap().0, "bitbucket-key");
        Answer::token("bb-EXAMPLE", 7200)
    });
    assert_eq!(token(&home), "bb-EXAMPLE");
    let (home, _provider) = at(recipe("keystone"), |request| {
        let identity = &request.json()["auth"]["identity"];
        assert_eq!(
            identity["application_credential"]["secret"],
            "s3cret-of-the-vendor"
        );
        let body =
            json!({"token": {"expires_at": date(3600), "methods": ["application_credential"]}});
        Answer::json(201, body.to_string()).header("X-Subject-Token", "gAAAAA-EXAMPLE")
    });
    assert_eq!(token(&home), "gAAAAA-EXAMPLE");
    let slack = |refresh: &'static str| {
        move |_: &Request| {
            let body = json!({"ok": true, "access_token": "xoxb-EXAMPLE", "token_type": "bot", "refresh_token": refresh, "expires_in": 43_200});
            Answer::json(200, body.to_string())
        }
    };
    let (home, _provider) = at(recipe("slack"), slack("s3cret-of-the-vendor"));
    assert_eq!(token(&home), "xoxb-EXAMPLE");
    let (home, _provider) = at(recipe("slack"), slack("another"));
    let refused = told(&home);
    assert!(
        refused.stderr.contains(" (not-supported)\n"),
        "{}",
        refused.stderr
    );
    let jwt = Issuer::new().sign(&json!({"exp": now() + 300}));
    let (home, _provider) = at(recipe("spire"), |_| Answer::empty(418));
    let printed = json!([{"svids": [{"spiffe_id": "spiffe://example.com/ci", "svid": jwt}]}, {"bundles": {}}]);
    home.script("spire-agent", &format!("echo '{printed}'"));
    assert_eq!(token(&home), jwt.as_str());
    let (home, _provider) = at(recipe("fly"), |_| Answer::empty(418));
    let asked = "[ \"$*\" = '-sf --unix-socket /.fly/api -d {\"aud\":\"https://vault.example.com\"} http://localhost/v1/tokens/oidc' ]";
    home.script("curl", &format!("{asked} && echo {jwt}"));
    assert_eq!(token(&home), jwt.as_str());
}

#[test]
fn what_the_page_says_is_refused_is_refused() {
    let rotate = json!({
        "provider": "http", "method": "POST", "url": "https://x/api/v4/personal_access_tokens/self/rotate",
        "headers": {"PRIVATE-TOKEN": {"secret": {"env": "SECRET"}}}, "token_pointer": "/token",
    });
    let (home, provider) = at(rotate, |_| Answer::empty(418));
    assert!(told(&home).stderr.contains(" (not-supported)\n"));
    assert_eq!(provider.count(), 0);
    // A user's token of an App: each answer has another refresh token.
    let user = json!({
        "provider": "http", "url": "https://x/login/oauth/access_token",
        "form": {"grant_type": "refresh_token", "refresh_token": {"secret": {"env": "SECRET"}}},
    });
    let (home, _provider) = at(user, |_| {
        let body = json!({"access_token": "ghu_EXAMPLE", "expires_in": 28_800, "refresh_token": "ghr_ANOTHER", "token_type": "bearer"});
        Answer::json(200, body.to_string())
    });
    assert!(told(&home).stderr.contains(" (not-supported)\n"));
    let dpop = json!({"provider": "okta", "client_id": "id", "client_secret": {"env": "SECRET"}});
    let (home, provider) = at(dpop, |_| {
        let body = json!({"access_token": "bound", "token_type": "DPoP", "expires_in": 3600});
        Answer::json(200, body.to_string())
    });
    let mut spec: Value =
        serde_json::from_slice(&std::fs::read(home.config().join("ci.json")).unwrap()).unwrap();
    spec["base_url"] = json!(provider.url());
    home.spec("ci", spec.to_string());
    let refused = told(&home);
    assert_ne!(refused.status, 0);
    assert!(refused.stdout.is_empty() && !refused.stderr.contains("bound\n"));
    let cloudflare = json!({
        "provider": "http", "url": "https://x/client/v4/user/tokens", "json": {"name": "ci"},
        "headers": {"Authorization": {"bearer": {"env": "SECRET"}}}, "token_pointer": "/result/value",
    });
    let (home, _provider) = at(cloudflare, |_| {
        let body = json!({"success": false, "errors": [{"code": 1001, "message": "Invalid permission group"}], "result": null});
        Answer::json(200, body.to_string())
    });
    let refused = told(&home);
    assert!(
        refused.stderr.contains("Invalid permission group"),
        "{}",
        refused.stderr
    );
}

#[test]
fn an_audience_of_chainguards_may_be_two_and_a_lease_has_its_user_name() {
    let spec = json!({
        "provider": "chainguard", "identity": "1/2", "audience": ["cgr.dev", "apk.cgr.dev"], "subject_token": {"env": "SECRET"},
    });
    let (home, provider) = at(spec, |_| Answer::json(200, r#"{"token": "cg-EXAMPLE"}"#));
    let mut spec: Value =
        serde_json::from_slice(&std::fs::read(home.config().join("ci.json")).unwrap()).unwrap();
    spec["base_url"] = json!(provider.url());
    home.spec("ci", spec.to_string());
    assert_eq!(token(&home), "cg-EXAMPLE");
    assert_eq!(
        provider.request().parameters("aud"),
        ["cgr.dev", "apk.cgr.dev"]
    );

    let (home, provider) = at(json!({}), |request| {
        assert_eq!(request.path, "/v1/database/creds/deploy");
        let data = json!({"username": "v-deploy-1", "password": "made-for-this"});
        let body = json!({"lease_id": "database/creds/deploy/1", "lease_duration": 600, "renewable": true, "data": data});
        Answer::json(200, body.to_string())
    });
    let spec = json!({
        "provider": "vault-kv", "address": provider.url(), "path": "database/creds/deploy", "field": "password",
        "token": {"env": "SECRET"}, "token_pointer": "/data/password", "username": {"pointer": "/data/username"},
        "targets": ["registry.example.com"],
    });
    home.spec("ci", spec.to_string());
    let given = run(&mut home.keyfob(["docker", "get"]), "registry.example.com").json();
    assert_eq!(
        (&given["Username"], &given["Secret"]),
        (&json!("v-deploy-1"), &json!("made-for-this"))
    );
    let end = told(&home).json()["expires_at"].clone();
    let left = super::unix(end.as_str().unwrap()) - now();
    assert!((580..=600).contains(&left), "{left}");
}
