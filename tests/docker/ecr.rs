//! ECR as moto plays it: user and password in one Base64, from a signed request to a registry.

use serde_json::{Value, json};

use super::numbering;
use super::world::World;
use crate::aws::moto;
use crate::support::registry::Authentication;
use crate::support::run;

const SPEC: &str = include_str!("../../integrations/aws/ecr.json");
/// What moto answers.
const PASSWORD: &str = "123456789012-auth-token";

#[test]
fn skopeo_pushes_with_the_user_and_the_password_of_ecr() {
    let Some(aws) = moto::World::with_roles() else {
        return;
    };
    let Some(mut world) = World::with(Authentication::TokenEndpoint, "skopeo", numbering()) else {
        return;
    };
    let keys = run(&mut aws.home.keyfob(["aws", "--spec", "my-account"]), "").json();
    for (variable, member) in [
        ("KEY_ID", "AccessKeyId"),
        ("SECRET_KEY", "SecretAccessKey"),
        ("SESSION", "SessionToken"),
    ] {
        world.home.set(variable, keys[member].as_str().unwrap());
    }
    let mut spec: Value = serde_json::from_str(SPEC).unwrap();
    spec["base_url"] = aws.url.as_str().into();
    spec.as_object_mut().unwrap().remove("keys");
    spec["access_key_id"] = json!({"env": "KEY_ID"});
    spec["secret_access_key"] = json!({"env": "SECRET_KEY"});
    spec["session_token"] = json!({"env": "SESSION"});
    spec["targets"] = json!([world.registry.host()]);
    // moto's end lies in 2015, and such a token is not handed out.
    world.home.spec("registry", spec.to_string());
    let ended = world.push();
    assert_ne!(ended.status, 0);
    let last = run(
        &mut world.home.keyfob(["docker", "get"]),
        world.registry.host(),
    );
    assert!(last.stdout.contains("(token-expired)"), "{last:?}");
    spec["expires"] = json!({"constant": 43200});
    world.home.spec("registry", spec.to_string());
    world.registry.accept_login("AWS", PASSWORD);
    world.push().answer();
    let seen = world.registry.seen();
    let expected = format!("Basic AWS:{PASSWORD}");
    assert!(seen.contains(&expected), "{seen:?}");
    assert!(
        !seen.iter().any(|shown| shown.contains("oauth2")),
        "{seen:?}"
    );
}
