//! OpenBao (and Vault, whose paths are the same) as pure data: logins, chains of specs, and the way back.
//!
//! <https://openbao.org/api-docs/auth/approle/>, <https://openbao.org/api-docs/auth/jwt/>, <https://openbao.org/api-docs/auth/token/>.

use serde_json::{Value, json};

use crate::support::openbao::OpenBao;
use crate::support::{Home, Output, run};

/// OpenBao with the AppRole `ci` and its login as the spec `login`; nothing where it is not installed.
fn setting(life: &str) -> Option<(Home, OpenBao)> {
    OpenBao::can_start().then(|| {
        let mut home = Home::new();
        let bao = OpenBao::start(&home);
        let (role_id, secret_id) = bao.app_role(life);
        home.set("SECRET_ID", secret_id);
        home.spec("login", login(&bao, &role_id).to_string());
        (home, bao)
    })
}

fn login(bao: &OpenBao, role_id: &str) -> Value {
    json!({
        "provider": "http",
        "url": bao.at("/v1/auth/approle/login"),
        "json": { "role_id": role_id, "secret_id": { "secret": { "env": "SECRET_ID" } } },
        "token_pointer": "/auth/client_token",
        "expires": { "seconds": "/auth/lease_duration" },
        "revoke": {
            "method": "POST",
            "url": bao.at("/v1/auth/token/revoke-self"),
            "headers": { "X-Vault-Token": { "secret": { "issued": true } } },
        },
    })
}

fn keyfob(home: &Home, words: &[&str]) -> Output {
    run(&mut home.keyfob(words), "")
}

/// `keyfob token --spec NAME --format token`, without the line's end.
#[track_caller]
fn token(home: &Home, name: &str) -> String {
    let output = keyfob(home, &["token", "--spec", name, "--format", "token"]);
    assert_eq!(output.stderr, "");
    output.answer().trim_end().to_owned()
}

#[track_caller]
fn assert_fails(output: &Output, error: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(output.stderr.contains(error), "{error}: {}", output.stderr);
}

/// What OpenBao's own client says of a token, with the token itself.
#[track_caller]
fn lookup(bao: &OpenBao, home: &Home, token: &str) -> Value {
    bao.client(home, token, &["token", "lookup", "-format=json"])
        .json()
}

const LOGIN: &str = "POST /v1/auth/approle/login";

#[test]
fn an_app_role_logs_in_once_and_its_token_lives_as_long_as_the_lease() {
    let Some((home, bao)) = setting("20m") else {
        return;
    };
    let output = keyfob(&home, &["token", "--spec", "login"]);
    let answer = output.json();
    let said = lookup(&bao, &home, answer["access_token"].as_str().unwrap());
    assert_eq!(said["data"]["policies"], json!(["ci", "default"]));
    let end = |text: &Value| text.as_str().unwrap()[..19].to_owned();
    let (ours, theirs) = (
        end(&answer["expires_at"]),
        end(&said["data"]["expire_time"]),
    );
    // Counted from the moment of asking, so never later than the server's own.
    assert!(ours <= theirs, "{ours} {theirs}");
    assert_eq!(ours[..15], theirs[..15], "{ours} {theirs}");
    assert_eq!(keyfob(&home, &["token", "--spec", "login"]), output);
    assert_eq!(bao.came(), [LOGIN]);
}

#[test]
fn a_wrong_secret_id_is_refused_in_openbaos_words() {
    let Some((mut home, bao)) = setting("20m") else {
        return;
    };
    home.set("SECRET_ID", "00112233-wrong-4455-6677");
    let output = keyfob(&home, &["token", "--spec", "login"]);
    assert_fails(
        &output,
        "/v1/auth/approle/login refused: HTTP 400, invalid role or secret ID (provider-refused)\n",
    );
    assert!(!output.stderr.contains("00112233"), "{}", output.stderr);
    assert_eq!(bao.came(), [LOGIN]);
}

#[test]
fn a_token_that_is_given_back_is_dead() {
    let Some((home, bao)) = setting("20m") else {
        return;
    };
    let first = token(&home, "login");
    lookup(&bao, &home, &first);
    let revoke = keyfob(&home, &["revoke", "--spec", "login"]);
    assert_eq!((revoke.answer(), revoke.stderr.as_str()), ("", ""));
    let dead = bao.client(&home, &first, &["token", "lookup", "-format=json"]);
    assert!(dead.stderr.contains("Code: 403"), "{}", dead.stderr);
    assert_ne!(token(&home, "login"), first);
    assert_eq!(
        bao.came(),
        [LOGIN, "POST /v1/auth/token/revoke-self", LOGIN]
    );
}

#[test]
fn a_token_that_is_dead_already_is_not_called_given_back() {
    let Some((home, bao)) = setting("20m") else {
        return;
    };
    let first = token(&home, "login");
    bao.root("POST", "/v1/auth/token/revoke", &json!({ "token": first }));
    let output = keyfob(&home, &["revoke", "--spec", "login"]);
    assert_fails(
        &output,
        "/v1/auth/token/revoke-self refused: HTTP 403, permission denied",
    );
    assert!(!output.stderr.contains(&first), "{}", output.stderr);
}

#[test]
fn what_is_sealed_cannot_at_the_moment() {
    let Some((home, bao)) = setting("20m") else {
        return;
    };
    bao.root("PUT", "/v1/sys/seal", &Value::Null);
    let output = keyfob(&home, &["token", "--spec", "login"]);
    assert_fails(
        &output,
        "/v1/auth/approle/login cannot answer at the moment: HTTP 503, Vault is sealed (provider-unavailable)\n",
    );
    assert_eq!(bao.came(), [LOGIN], "a login is not repeated");
}

#[test]
fn a_chain_keeps_each_leg_on_its_own() {
    let Some((home, bao)) = setting("20m") else {
        return;
    };
    let secret = json!({ "data": { "token": "deploy-t0ken" } });
    bao.root("POST", "/v1/secret/data/deploy", &secret);
    let read = json!({
        "provider": "http",
        "url": bao.at("/v1/secret/data/deploy"),
        "headers": { "X-Vault-Token": { "secret": { "token": "login" } } },
        "token_pointer": "/data/data/token",
        "expires": [],
        "max_cache": 120,
    });
    home.spec("deploy", read.to_string());
    const READ: &str = "GET /v1/secret/data/deploy";
    let forget = |name: &str| {
        keyfob(&home, &["forget", "--spec", name])
            .answer()
            .to_owned()
    };

    assert_eq!(token(&home, "deploy"), "deploy-t0ken");
    assert_eq!(bao.came(), [LOGIN, READ]);
    assert_eq!(token(&home, "deploy"), "deploy-t0ken");
    let inner = token(&home, "login");
    assert_eq!(bao.came().len(), 2, "both legs are kept: {:?}", bao.came());

    forget("login");
    assert_eq!(token(&home, "deploy"), "deploy-t0ken");
    assert_eq!(bao.came().len(), 2, "the outer one needs no inner one");

    forget("deploy");
    assert_eq!(token(&home, "deploy"), "deploy-t0ken");
    assert_eq!(bao.came()[2..], [LOGIN, READ], "both were forgotten");
    assert_ne!(token(&home, "login"), inner);

    forget("deploy");
    assert_eq!(token(&home, "deploy"), "deploy-t0ken");
    assert_eq!(bao.came()[4..], [READ], "the inner one is still good");

    let listed = keyfob(&home, &["status"]);
    for name in ["deploy", "login"] {
        assert!(listed.answer().contains(name), "{}", listed.stdout);
    }
}

#[test]
fn a_chain_within_one_spec_makes_a_token_of_its_own_with_its_own_lease() {
    let Some((home, bao)) = setting("20m") else {
        return;
    };
    let login = std::fs::read_to_string(home.path("config/login.json")).unwrap();
    let login: Value = serde_json::from_str(&login).unwrap();
    let child = json!({
        "provider": "http",
        "url": bao.at("/v1/auth/token/create"),
        "headers": { "X-Vault-Token": { "secret": { "token": login } } },
        "json": { "ttl": "300s", "policies": ["ci"], "meta": { "for": "git" } },
        "token_pointer": "/auth/client_token",
        "expires": { "seconds": "/auth/lease_duration" },
        "revoke": {
            "method": "POST",
            "url": bao.at("/v1/auth/token/revoke-self"),
            "headers": { "X-Vault-Token": { "secret": { "issued": true } } },
        },
    });
    home.spec("child", child.to_string());
    const CREATE: &str = "POST /v1/auth/token/create";
    let first = token(&home, "child");
    let said = lookup(&bao, &home, &first);
    assert_eq!(
        (&said["data"]["creation_ttl"], &said["data"]["meta"]["for"]),
        (&json!(300), &json!("git"))
    );
    assert_eq!(token(&home, "child"), first);
    assert_eq!(bao.came(), [LOGIN, CREATE]);
    // The leg within is the spec of the same words that lies beside it.
    let parent = token(&home, "login");
    assert_eq!(bao.came().len(), 2);
    keyfob(&home, &["revoke", "--spec", "child"]).answer();
    lookup(&bao, &home, &parent);
    let dead = bao.client(&home, &first, &["token", "lookup"]);
    assert!(dead.stderr.contains("Code: 403"), "{}", dead.stderr);
    assert_ne!(token(&home, "child"), first);
    assert_eq!(
        bao.came()[2..],
        ["POST /v1/auth/token/revoke-self", CREATE],
        "one leg was given back, the other is still good"
    );
}

/// OpenBao revokes a token with its parent, and its lease does not say so.
#[test]
fn a_child_ends_with_its_login_by_the_rule_sources() {
    let Some((home, bao)) = setting("8s") else {
        return;
    };
    let child = json!({
        "provider": "http",
        "url": bao.at("/v1/auth/token/create"),
        "headers": { "X-Vault-Token": { "secret": { "token": "login" } } },
        "json": { "ttl": "1h", "policies": ["ci"] },
        "token_pointer": "/auth/client_token",
        "expires": [{ "seconds": "/auth/lease_duration" }, { "sources": true }],
    });
    home.spec("child", child.to_string());
    let first = token(&home, "child");
    lookup(&bao, &home, &first);
    std::thread::sleep(std::time::Duration::from_secs(9));
    let dead = bao.client(&home, &first, &["token", "lookup"]);
    assert!(dead.stderr.contains("Code: 403"), "{}", dead.stderr);
    let second = token(&home, "child");
    assert_ne!(second, first, "a dead token");
    lookup(&bao, &home, &second);
}

#[test]
fn a_chain_whose_first_leg_fails_asks_nothing_of_the_second() {
    let Some((mut home, bao)) = setting("20m") else {
        return;
    };
    home.set("SECRET_ID", "wrong");
    let read = json!({
        "provider": "http",
        "url": bao.at("/v1/secret/data/deploy"),
        "headers": { "X-Vault-Token": { "secret": { "token": "login" } } },
        "token_pointer": "/data/data/token",
    });
    home.spec("deploy", read.to_string());
    let output = keyfob(&home, &["token", "--spec", "deploy"]);
    assert_fails(&output, "invalid role or secret ID (provider-refused)\n");
    assert_eq!(bao.came(), [LOGIN]);
}

#[test]
fn a_jwt_that_is_signed_here_logs_in() {
    let Some((mut home, bao)) = setting("20m") else {
        return;
    };
    let key = rcgen::KeyPair::generate().unwrap();
    home.set("KEY", key.serialize_pem());
    bao.root("POST", "/v1/sys/auth/jwt", &json!({ "type": "jwt" }));
    let trust = json!({ "jwt_validation_pubkeys": [key.public_key_pem()], "bound_issuer": "https://ci.example.com" });
    bao.root("POST", "/v1/auth/jwt/config", &trust);
    let role = json!({
        "role_type": "jwt", "user_claim": "sub", "bound_audiences": ["openbao"], "bound_claims": { "project": "app" },
        "token_ttl": "10m", "token_policies": ["ci"],
    });
    bao.root("POST", "/v1/auth/jwt/role/build", &role);
    let spec = |project: &str| {
        json!({
            "provider": "http",
            "url": bao.at("/v1/auth/jwt/login"),
            "json": { "role": "build", "jwt": { "secret": { "jwt": {
                "alg": "ES256", "key": { "env": "KEY" }, "claims": {
                    "iss": "https://ci.example.com", "sub": "robot", "aud": "openbao", "project": project,
                    "iat": { "now": -10 }, "exp": { "now": 120 } } } } } },
            "token_pointer": "/auth/client_token",
            "expires": { "seconds": "/auth/lease_duration" },
        })
        .to_string()
    };
    home.spec("right", spec("app"));
    home.spec("wrong", spec("other"));
    let said = lookup(&bao, &home, &token(&home, "right"));
    assert_eq!(
        (&said["data"]["display_name"], &said["data"]["creation_ttl"]),
        (&json!("jwt-robot"), &json!(600))
    );
    let output = keyfob(&home, &["token", "--spec", "wrong"]);
    assert_fails(&output, "refused: HTTP 400, error validating claims");
    assert!(!output.stderr.contains("eyJ"), "{}", output.stderr);
}
