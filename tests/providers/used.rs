//! Presets with the real tool that uses their token, or the real server that issues it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{NAME, now, token};
use crate::support::apiserver::ApiServer;
use crate::support::git_server::{self, GitServer};
use crate::support::issuer::Issuer;
use crate::support::oidc::Oidc;
use crate::support::openbao::OpenBao;
use crate::support::registry::{self, Registry};
use crate::support::{Answer, Home, Provider, Tls, need, run};

fn spec(home: &Home, name: &str, spec: &Value) {
    home.spec(name, spec.to_string());
}

fn end_of(home: &Home, name: &str) -> Value {
    let output = run(&mut home.keyfob(["token", "--spec", name]), "");
    output.json()["expires_at"].clone()
}

/// git logs in at the server, which is shown this.
#[track_caller]
fn assert_logs_in(home: &Home, server: &GitServer, shown: &str) {
    let output = server.heads(home.command("git"), "basic");
    assert!(output.answer().contains("refs/heads/main"), "{output:?}");
    assert!(server.seen().contains(&shown.to_owned()));
}

fn git_home(tls: &Tls) -> Home {
    let mut home = Home::new();
    home.set("GIT_SSL_CAINFO", &tls.ca_file)
        .set("GIT_TERMINAL_PROMPT", "0");
    home
}

#[test]
fn git_gets_the_token_of_an_apps_installation_with_its_user_name() {
    if !need(&git_server::PROGRAMS) || !need(&["openssl"]) {
        return;
    }
    let tls = Tls::new();
    let mut home = git_home(&tls);
    let server = GitServer::start(&home, &tls);
    server.accept(&["ghs_EXAMPLE"]);
    let api = Provider::start(|_| {
        let end = keyfob::time::Timestamp::from_unix(now() + 3600).rfc3339();
        Answer::json(
            201,
            json!({"token": "ghs_EXAMPLE", "expires_at": end}).to_string(),
        )
    });
    let key = run(home.command("openssl").args(["genrsa", "2048"]), "");
    home.set("APP_KEY", key.answer());
    let written = json!({
        "provider": "github-app", "base_url": api.url(), "app_id": "12345", "installation_id": "1",
        "private_key": {"env": "APP_KEY"}, "targets": [server.host()],
    });
    spec(&home, "app", &written);
    for _ in 0..2 {
        assert_logs_in(&home, &server, "Basic x-access-token:ghs_EXAMPLE");
    }
    assert_eq!(api.count(), 1, "a hit knows the user name too");
}

#[test]
fn git_gets_the_jobs_own_token_with_gitlabs_user_name() {
    if !need(&git_server::PROGRAMS) {
        return;
    }
    let tls = Tls::new();
    let mut home = git_home(&tls);
    let server = GitServer::start(&home, &tls);
    server.accept(&["glcbt-64_EXAMPLE"]);
    spec(
        &home,
        "job",
        &json!({"provider": "gitlab-job", "targets": [server.host()]}),
    );
    home.set("CI_JOB_TOKEN", "glcbt-64_EXAMPLE");
    assert_logs_in(&home, &server, "Basic gitlab-ci-token:glcbt-64_EXAMPLE");
    // Another job's token is another entry.
    home.set("CI_JOB_TOKEN", "glcbt-64_ANOTHER");
    assert_ne!(server.heads(home.command("git"), "basic").status, 0);
    assert!(
        server
            .seen()
            .contains(&"Basic gitlab-ci-token:glcbt-64_ANOTHER".to_owned())
    );
}

/// What the runner gives a job is part of what its identity is kept under, though the preset names it and not the spec.
#[test]
fn the_identity_of_one_job_is_never_anothers() {
    let issuer = Issuer::new();
    let signed = issuer.sign(&json!({"exp": now() + 300}));
    let answer = json!({"value": signed, "oidcToken": signed}).to_string();
    let endpoint = Provider::start(move |_| Answer::json(200, answer.clone()));
    let mut home = Home::new();
    let asked = home.path("asked");
    let agent = format!("echo x >>{}; echo {signed}", asked.display());
    home.script("buildkite-agent", &agent);
    let count = |home: &Home| {
        let lines = std::fs::read_to_string(home.path("asked")).unwrap_or_default();
        endpoint.count() + lines.lines().count()
    };
    for (preset, url, secret) in [
        (
            "github-actions",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        ),
        (
            "azure-pipelines",
            "SYSTEM_OIDCREQUESTURI",
            "SYSTEM_ACCESSTOKEN",
        ),
        (
            "buildkite",
            "BUILDKITE_JOB_ID",
            "BUILDKITE_AGENT_ACCESS_TOKEN",
        ),
    ] {
        let mut written = json!({"provider": preset});
        if preset == "buildkite" {
            written["audience"] = json!("a");
        }
        spec(&home, NAME, &written);
        let before = count(&home);
        for (wanted, path, of_job) in [
            (1, "/one?x=1", "first"),
            (1, "/one?x=1", "first"),
            (2, "/one?x=1", "second"),
            (3, "/two?x=1", "second"),
            (3, "/one?x=1", "first"),
        ] {
            home.set(url, endpoint.at(path)).set(secret, of_job);
            assert_eq!(token(&home).json()["access_token"], signed.as_str());
            assert_eq!(count(&home) - before, wanted, "{preset}, {path}, {of_job}");
        }
    }
}

#[test]
fn kubectl_gets_the_token_that_another_service_account_has_made() {
    if !need(&["kubectl-1.37/kubectl"]) {
        return;
    }
    let (tls, mut home) = (Tls::new(), Home::new());
    let server = ApiServer::for_token(&tls, "token-of-deploy");
    let made = Provider::tls(&tls, |request| {
        assert_eq!(request.bearer(), Some("token-of-maker"));
        let asked = &request.json()["spec"]["expirationSeconds"];
        let end = keyfob::time::Timestamp::from_unix(now() + asked.as_i64().unwrap());
        let status = json!({"token": "token-of-deploy", "expirationTimestamp": end.rfc3339()});
        let body = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "status": status});
        Answer::json(201, body.to_string())
    });
    let written = json!({
        "provider": "kubernetes-token", "server": made.url(), "namespace": "ci", "service_account": "deploy",
        "token": {"env": "MAKER"}, "ca_file": tls.ca_file,
    });
    spec(&home, "my-cluster", &written);
    home.set("MAKER", "token-of-maker");
    for _ in 0..2 {
        let mut kubectl = home.command("kubectl-1.37/kubectl");
        kubectl
            .arg("--kubeconfig")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/integrations/kubectl/kubeconfig.yaml"
            ))
            .arg("--certificate-authority")
            .arg(&tls.ca_file)
            .args(["--server", &server.url(), "get", "pods", "-o", "name"]);
        assert_eq!(run(&mut kubectl, "").answer(), "pod/web\n");
    }
    let path = "/api/v1/namespaces/ci/serviceaccounts/deploy/token";
    assert_eq!(made.request().path, path);
}

#[test]
fn skopeo_gets_an_exchanged_token_with_the_user_name_of_the_answer() {
    if !need(&["skopeo"]) || !need(&registry::PROGRAMS) {
        return;
    }
    let (mut home, tls) = (Home::new(), Tls::new());
    let registry = Registry::behind_keyfob(&mut home, &tls);
    let issuer = Provider::start(|request| {
        let name = match request.path.as_str() {
            "/access/api/v1/oidc/token" => {
                json!({"access_token": "by-jfrog", "username": "ci-robot", "expires_in": 600})
            }
            "/oauth/token" => json!({"access_token": "by-docker-hub"}),
            "/openid/octo-org/" => json!({"token": "by-cloudsmith"}),
            "/oauth2/federation/robot/token" => json!({"token": "by-quay"}),
            "/sts/exchange" => json!({"token": "by-chainguard"}),
            path => panic!("nobody should ask for {path}"),
        };
        Answer::json(200, name.to_string())
    });
    home.set("JOB", Issuer::new().sign(&json!({"exp": now() + 300})));
    for (preset, members, user) in [
        ("jfrog", json!({"provider_name": "github"}), "ci-robot"),
        (
            "docker-hub-oidc",
            json!({"organization": "octo-org", "connection_id": "1"}),
            "octo-org",
        ),
        (
            "cloudsmith",
            json!({"organization": "octo-org", "service": "ci-deploy"}),
            "ci-deploy",
        ),
        ("quay", json!({"robot": "octo-org+ci"}), "octo-org+ci"),
        ("chainguard", json!({"identity": "1/2"}), "_token"),
    ] {
        let mut written = members;
        written["provider"] = json!(preset);
        written["base_url"] = json!(issuer.url());
        written["subject_token"] = json!({"env": "JOB"});
        written["targets"] = json!([registry.host()]);
        spec(&home, NAME, &written);
        registry.accept_login(user, &format!("by-{preset}").replace("-oidc", ""));
        let pushed = registry.push(&home, &format!("{preset}:1"));
        assert_eq!(pushed.answer(), "", "{preset}");
    }
    let basic = issuer
        .requests()
        .into_iter()
        .find_map(|request| request.basic());
    assert_eq!(basic.unwrap().0, "octo-org+ci");
}

#[test]
fn openbao_logs_in_by_a_role_a_job_or_a_pod_and_a_secret_is_used_no_longer_than_its_login() {
    if !OpenBao::can_start() {
        return;
    }
    let mut home = Home::new();
    let bao = OpenBao::start(&home);
    let (role_id, secret_id) = bao.app_role("20m");
    let data = json!({"data": {"token": "t0ken-of-the-registry"}});
    bao.root("POST", "/v1/secret/data/deploy", &data);
    home.set("SECRET_ID", secret_id);
    let login = json!({
        "provider": "vault-approle", "address": bao.at("/"), "role_id": role_id, "secret_id": {"env": "SECRET_ID"},
    });
    spec(&home, "login", &login);
    let secret = json!({
        "provider": "vault-kv", "address": bao.at(""), "path": "secret/data/deploy", "field": "token",
        "token": {"token": "login"}, "username": "robot", "targets": ["registry.example.com"],
    });
    spec(&home, "secret", &secret);
    let given = run(&mut home.keyfob(["docker", "get"]), "registry.example.com");
    let given = given.json();
    assert_eq!(
        (&given["Username"], &given["Secret"]),
        (&json!("robot"), &json!("t0ken-of-the-registry"))
    );
    assert_eq!(end_of(&home, "secret"), end_of(&home, "login"));
    let checked = run(&mut home.keyfob(["check", "--spec", "login"]), "");
    assert!(
        checked.answer().contains("  name: approle\n"),
        "{}",
        checked.stdout
    );
    assert!(checked.answer().contains("ci"), "{}", checked.stdout);
    let login = run(&mut home.keyfob(["token", "--spec", "login"]), "");
    let before = login.json()["access_token"].clone();
    run(&mut home.keyfob(["revoke", "--spec", "login"]), "").answer();
    let dead = bao.ask(
        before.as_str().unwrap(),
        "GET",
        "/v1/auth/token/lookup-self",
        &Value::Null,
    );
    assert_eq!(dead.status, 403);

    // A job's identity, verified by its issuer's key set.
    let issuer = Arc::new(Issuer::new());
    let keys = issuer.keys().to_string();
    let published = Provider::start(move |_| Answer::json(200, keys.clone()));
    bao.root("POST", "/v1/sys/auth/runners/ci", &json!({"type": "jwt"}));
    let config =
        json!({"jwks_url": published.at("/keys"), "bound_issuer": "https://ci.example.com"});
    bao.root("POST", "/v1/auth/runners/ci/config", &config);
    let role = json!({
        "role_type": "jwt", "user_claim": "sub", "bound_audiences": ["bao"], "token_ttl": "10m", "token_policies": ["ci"],
    });
    bao.root("POST", "/v1/auth/runners/ci/role/deploy", &role);
    let claims = |audience: &str| json!({"iss": "https://ci.example.com", "sub": "job", "aud": audience, "iat": now() - 5, "exp": now() + 300});
    let by_jwt = json!({
        "provider": "vault-jwt", "address": bao.at(""), "mount": "runners/ci", "role": "deploy", "jwt": {"env": "JOB"},
    });
    spec(&home, NAME, &by_jwt);
    home.set("JOB", issuer.sign(&claims("another")));
    let refused = token(&home);
    assert!(
        refused.stderr.contains("invalid audience (aud) claim"),
        "{}",
        refused.stderr
    );
    home.set("JOB", issuer.sign(&claims("bao")));
    assert!(token(&home).json()["access_token"].is_string());

    // A pod's, which the cluster is asked about.
    let cluster = Provider::start(|request| {
        assert_eq!(request.path, "/apis/authentication.k8s.io/v1/tokenreviews");
        let user = json!({"username": "system:serviceaccount:ci:deploy", "uid": "1", "groups": ["system:serviceaccounts"]});
        let status = json!({"authenticated": true, "user": user});
        let body = json!({"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "status": status});
        Answer::json(201, body.to_string())
    });
    bao.root(
        "POST",
        "/v1/sys/auth/kubernetes",
        &json!({"type": "kubernetes"}),
    );
    let authority = std::fs::read_to_string(&Tls::new().ca_file).unwrap();
    let config = json!({"kubernetes_host": cluster.url(), "token_reviewer_jwt": "reviewer", "disable_local_ca_jwt": true, "kubernetes_ca_cert": authority});
    bao.root("POST", "/v1/auth/kubernetes/config", &config);
    let role = json!({
        "bound_service_account_names": ["deploy"], "bound_service_account_namespaces": ["ci"], "token_ttl": "10m",
        "token_policies": ["ci"], "audience": "",
    });
    bao.root("POST", "/v1/auth/kubernetes/role/deploy", &role);
    let account = json!({"namespace": "ci", "serviceaccount": {"name": "deploy", "uid": "1"}});
    let pod = json!({
        "iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:ci:deploy", "iat": now() - 5, "exp": now() + 300,
        "kubernetes.io": account,
    });
    let file = home.write("pod", issuer.sign(&pod));
    let by_pod = json!({
        "provider": "vault-kubernetes", "address": bao.at(""), "role": "deploy", "jwt": {"file": file},
    });
    spec(&home, NAME, &by_pod);
    assert!(token(&home).json()["access_token"].is_string());
}

#[test]
fn a_certified_server_issues_and_revokes_a_clients_token() {
    if !Oidc::can_start() {
        return;
    }
    let (mut home, tls) = (Home::new(), Tls::new());
    let oidc = Oidc::start(&home, &tls);
    home.set("SECRET", "plain-secret");
    for preset in ["keycloak", "okta"] {
        let written = json!({
            "provider": preset, "base_url": oidc.issuer(), "token_url": oidc.token_url(), "client_id": "plain",
            "revocation_url": oidc.revocation_url(), "client_secret": {"env": "SECRET"}, "scope": ["read"],
        });
        spec(&home, NAME, &written);
        let issued = token(&home).json()["access_token"].clone();
        let issued = issued.as_str().unwrap();
        assert_eq!(oidc.introspect(issued)["scope"], "read");
        run(&mut home.keyfob(["revoke", "--spec", NAME]), "").answer();
        assert_eq!(oidc.introspect(issued)["active"], false);
    }
}

#[test]
fn a_client_or_an_app_signs_what_its_provider_wants_to_see() {
    let issuer = Issuer::new();
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let mut home = Home::new();
    home.set("KEY", issuer.private_key());
    let key = json!({"env": "KEY"});
    let client = |preset: &str, client: &str| json!({"provider": preset, "base_url": provider.url(), "client_id": client, "private_key": key, "alg": "ES256", "key_id": "job"});
    let mut keycloak = client("keycloak", "deploy");
    keycloak["realm"] = json!("ci");
    for (written, path, audience) in [
        (
            keycloak,
            "/realms/ci/protocol/openid-connect/token",
            "/realms/ci",
        ),
        (
            client("okta", "deploy"),
            "/oauth2/v1/token",
            "/oauth2/v1/token",
        ),
        (client("auth0", "deploy"), "/oauth/token", "/"),
    ] {
        spec(&home, NAME, &written);
        assert_eq!(token(&home).json()["access_token"], "t0ken");
        let request = provider.requests().pop().unwrap();
        assert_eq!(request.path, path);
        assert_eq!(request.header("authorization"), None);
        let assertion = request.parameter("client_assertion").unwrap();
        let claims = issuer
            .verify(&assertion)
            .expect("signed by the client's key");
        assert_eq!(
            (&claims["iss"], &claims["sub"]),
            (&json!("deploy"), &json!("deploy"))
        );
        assert_eq!(claims["aud"], provider.at(audience));
        assert!(claims["exp"].as_i64().unwrap() > now() && claims["jti"].is_string());
    }
    let other = run(
        &mut home.keyfob([
            "token",
            "--spec",
            r#"{"provider": "auth0", "base_url": "https://x.example.com", "client_id": "x"}"#,
        ]),
        "",
    );
    assert!(
        other
            .stderr
            .contains("one of `client_secret`, `private_key` is needed"),
        "{}",
        other.stderr
    );
}

#[test]
fn rsa_keys_sign_for_salesforce_and_snowflake() {
    if !need(&["openssl"]) {
        return;
    }
    let provider = Provider::start(|_| {
        let body = json!({"access_token": "00D!EXAMPLE", "instance_url": "https://example.my.salesforce.com", "token_type": "Bearer"});
        Answer::json(200, body.to_string())
    });
    let mut home = Home::new();
    let key = run(home.command("openssl").args(["genrsa", "2048"]), "");
    home.set("KEY", key.answer());
    let claims_of = |jwt: &str| -> Value {
        use base64::Engine as _;
        let claims = jwt.split('.').nth(1).unwrap();
        let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD
            .decode(claims)
            .unwrap();
        serde_json::from_slice(&claims).unwrap()
    };
    let written = json!({
        "provider": "salesforce", "base_url": provider.url(), "client_id": "3MVG9", "user": "ci@example.com",
        "private_key": {"env": "KEY"},
    });
    spec(&home, NAME, &written);
    assert_eq!(token(&home).json()["expires_at"], Value::Null);
    let request = provider.request();
    assert_eq!(request.path, "/services/oauth2/token");
    let claims = claims_of(&request.parameter("assertion").unwrap());
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["aud"]),
        (
            &json!("3MVG9"),
            &json!("ci@example.com"),
            &json!("https://login.salesforce.com")
        )
    );
    let written = json!({"provider": "snowflake-key", "account": "EXAMPLE", "user": "CI", "private_key": {"env": "KEY"}});
    spec(&home, NAME, &written);
    let claims = claims_of(token(&home).json()["access_token"].as_str().unwrap());
    home.write("key.pem", key.answer());
    let fingerprint = run(
        home.command("sh").current_dir(home.path("")).args([
            "-c",
            "openssl rsa -in key.pem -pubout -outform DER 2>/dev/null | openssl dgst -sha256 -binary | openssl base64 -A",
        ]),
        "",
    );
    assert_eq!(
        claims["iss"],
        format!("EXAMPLE.CI.SHA256:{}", fingerprint.answer())
    );
    assert_eq!(claims["sub"], "EXAMPLE.CI");
}

/// The page writes a role with claims, which the client takes as JSON alone.
#[test]
fn openbao_takes_the_commands_of_its_page() {
    if !OpenBao::can_start() {
        return;
    }
    let home = Home::new();
    let bao = OpenBao::start(&home);
    let page = include_str!("../../integrations/providers/vault.md");
    let (_, block) = page.split_once("```sh\nbao auth enable jwt\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    // GitHub is not asked for its keys here.
    let script: Vec<&str> = block
        .lines()
        .filter(|line| !line.contains("auth/jwt/config"))
        .collect();
    let output = bao.script(
        &home,
        &format!("bao auth enable jwt\n{}\n", script.join("\n")),
    );
    assert_eq!(output.status, 0, "{output:?}");
    let role = bao.root("GET", "/v1/auth/jwt/role/deploy", &Value::Null);
    assert_eq!(role["data"]["bound_claims"]["repository"], "octo-org/app");
    assert_eq!(role["data"]["token_policies"], json!(["deploy"]));
}
