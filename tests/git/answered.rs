//! A user name and a password that lie in OpenBao, shown to a git server by git itself.

use serde_json::json;

use super::{World, gits};
use crate::support::openbao::OpenBao;

#[test]
fn git_shows_the_user_name_that_lies_beside_the_password() {
    if !OpenBao::can_start() {
        return;
    }
    let Some(mut world) = World::new() else {
        return;
    };
    let bao = OpenBao::start(&world.home);
    let (role_id, secret_id) = bao.app_role("20m");
    let login = json!({"username": "deploy-7", "password": "token-1"});
    bao.root("POST", "/v1/secret/data/deploy", &json!({"data": login}));
    world.home.set("SECRET_ID", secret_id);
    let login = json!({
        "provider": "http",
        "url": bao.at("/v1/auth/approle/login"),
        "json": {"role_id": role_id, "secret_id": {"secret": {"env": "SECRET_ID"}}},
        "token_pointer": "/auth/client_token",
        "expires": {"seconds": "/auth/lease_duration"},
    });
    world.home.spec("login", login.to_string());
    let spec = json!({
        "provider": "http",
        "url": bao.at("/v1/secret/data/deploy"),
        "headers": {"X-Vault-Token": {"secret": {"token": "login"}}},
        "token_pointer": "/data/data/password",
        "username": {"pointer": "/data/data/username"},
        "expires": [{"constant": 3600}, {"sources": true}],
        "targets": [world.server.host()],
    });
    world.home.spec("git", spec.to_string());
    world.configure("[credential]\n\thelper = keyfob\n");
    for git in gits() {
        let url = world.server.url("basic");
        world.git(&git, &["ls-remote", "-q", &url]).answer();
    }
    let seen = world.server.seen();
    assert!(
        seen.contains(&"Basic deploy-7:token-1".to_owned()),
        "{seen:?}"
    );
    assert!(
        !seen.iter().any(|shown| shown.contains("oauth2")),
        "{seen:?}"
    );
    let reads = bao
        .came()
        .iter()
        .filter(|line| line.contains("/secret/"))
        .count();
    assert_eq!(reads, 1);
}
