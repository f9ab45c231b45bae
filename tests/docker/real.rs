//! docker, skopeo and podman themselves, against a registry with either kind of authentication.

use serde_json::json;

use super::spec;
use super::world::World;
use crate::support::registry::Authentication;
use crate::support::{Answer, Provider};

const EITHER: [Authentication; 2] = [
    Authentication::TokenEndpoint,
    Authentication::Htpasswd("token-1"),
];

#[test]
fn skopeo_pushes_and_inspects() {
    for authentication in EITHER {
        let Some(world) = World::new(authentication, "skopeo") else {
            return;
        };
        world.push().answer();
        let inspected = world
            .run(
                "skopeo",
                &["inspect", &format!("docker://{}", world.image())],
            )
            .json();
        assert_eq!(inspected["Os"], "linux");
        assert_eq!(world.provider.count(), 1);
        assert!(
            world
                .registry
                .seen()
                .iter()
                .all(|shown| shown == "Basic oauth2:token-1")
        );
    }
}

#[test]
fn docker_gets_the_token_that_a_runners_identity_was_exchanged_for() {
    let provider = Provider::start(|request| {
        let body = request.json();
        match body["subject_token"].as_str() {
            Some("eyJh.runner.c2ln") if body["audience"] == json!(["registry"]) => {
                // Neither `token_type` nor `issued_token_type`, as Docker Hub has it.
                Answer::json(200, r#"{"access_token": "token-1"}"#)
            }
            _ => Answer::error("invalid_request"),
        }
    });
    let Some(mut world) = World::with(Authentication::TokenEndpoint, "docker", provider) else {
        return;
    };
    let spec = json!({
        "provider": "token_exchange", "token_url": world.provider.at("/token"), "body": "json",
        "subject_token": { "env": "ID_TOKEN" }, "subject_token_type": "id_token",
        "audience": ["registry"], "targets": [world.registry.host()],
    });
    world.home.spec("registry", spec.to_string());
    world.home.set("ID_TOKEN", "eyJh.runner.c2ln");
    assert_inspects(&world);
}

/// An image is pushed, and docker inspects its manifest, with one token.
#[track_caller]
fn assert_inspects(world: &World) {
    world.push().answer();
    let manifest = world
        .run("docker", &["manifest", "inspect", &world.image()])
        .json();
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn docker_inspects_a_manifest() {
    for authentication in EITHER {
        let Some(world) = World::new(authentication, "docker") else {
            return;
        };
        assert_inspects(&world);
    }
}

#[test]
fn podman_pulls() {
    for authentication in EITHER {
        let Some(world) = World::new(authentication, "podman") else {
            return;
        };
        world.push().answer();
        world.podman(&["pull", "-q", &world.image()]).answer();
        assert_eq!(world.provider.count(), 1);
    }
}

#[test]
fn podman_asks_the_helper_that_the_shipped_registries_conf_names() {
    let Some(world) = World::new(Authentication::TokenEndpoint, "podman") else {
        return;
    };
    world.push().answer();
    world.configure("{}");
    let shipped = include_str!("../../integrations/docker/registries.conf");
    world.home.write("registries.conf", shipped);
    world.podman(&["pull", "-q", &world.image()]).answer();
}

#[test]
fn podman_and_skopeo_name_the_user() {
    let Some(world) = World::new(Authentication::TokenEndpoint, "podman") else {
        return;
    };
    let host = world.registry.host();
    assert_eq!(
        world.podman(&["login", "--get-login", &host]).answer(),
        "oauth2\n"
    );
    assert_eq!(
        world
            .run("skopeo", &["login", "--get-login", &host])
            .answer(),
        "oauth2\n"
    );
}

#[test]
fn a_login_fails_with_our_words_since_nothing_can_be_stored() {
    let Some(world) = World::new(Authentication::Htpasswd("token-1"), "docker") else {
        return;
    };
    let host = world.registry.host();
    for client in ["docker", "skopeo"] {
        let output = world.run(
            client,
            &[
                "login",
                "--username",
                "oauth2",
                "--password",
                "token-1",
                &host,
            ],
        );
        assert_ne!(output.status, 0);
        assert!(output.stderr.contains("keyfob"), "{}", output.stderr);
    }
}

#[test]
fn a_login_succeeds_and_says_that_nothing_was_stored_where_that_is_wanted() {
    for client in ["docker", "skopeo", "podman"] {
        let Some(mut world) = World::new(Authentication::Htpasswd("token-1"), client) else {
            return;
        };
        world.home.set("KEYFOB_STORE", "ignore");
        let host = world.registry.host();
        let words = [
            "login",
            "--username",
            "oauth2",
            "--password",
            "token-1",
            &host,
        ];
        let output = match client {
            "podman" => world.podman(&words),
            _ => world.run(client, &words),
        };
        output.answer();
        assert!(
            output.stderr.contains("keyfob: hint: nothing was stored"),
            "{client}: {output:?}"
        );
        let file = world.home.home().join(".docker/config.json");
        let written = std::fs::read_to_string(file).unwrap();
        assert!(!written.contains("\"auth\""), "{client}: {written}");
    }
}

#[test]
fn a_logout_succeeds_and_drops_the_token() {
    for client in ["docker", "skopeo"] {
        let Some(world) = World::new(Authentication::TokenEndpoint, client) else {
            return;
        };
        world.push().answer();
        world
            .run(client, &["logout", &world.registry.host()])
            .answer();
        world.registry.accept(&["token-2"]);
        world.push().answer();
        assert_eq!(world.provider.count(), 2, "{client}");
    }
}

#[test]
fn a_store_for_every_registry_is_silent_about_those_that_no_spec_lists() {
    let Some(world) = World::new(Authentication::TokenEndpoint, "docker") else {
        return;
    };
    world.push().answer();
    world.configure(r#"{"credsStore": "keyfob"}"#);
    world
        .run("docker", &["manifest", "inspect", &world.image()])
        .answer();
    assert_eq!(world.provider.count(), 1);

    world.home.spec(
        "registry",
        spec(&world.provider, &["registry.example.com"]).to_string(),
    );
    let output = world.run("docker", &["manifest", "inspect", &world.image()]);
    assert_eq!(output.status, 1);
    assert_eq!(world.registry.seen().last().unwrap(), "none");
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_registry_that_is_not_listed_is_asked_without_a_credential() {
    let Some(world) = World::new(Authentication::TokenEndpoint, "skopeo") else {
        return;
    };
    world.home.spec(
        "registry",
        spec(&world.provider, &["registry.example.com"]).to_string(),
    );
    let output = world.run(
        "skopeo",
        &["inspect", &format!("docker://{}", world.image())],
    );
    assert_eq!(output.status, 1);
    assert!(
        !output.stderr.contains("keyfob: error"),
        "{}",
        output.stderr
    );
    assert_eq!(world.registry.seen().last().unwrap(), "none");
    assert_eq!(world.provider.count(), 0);
}

#[test]
fn a_provider_that_refuses_ends_skopeo_and_podman_with_our_words() {
    for client in ["skopeo", "podman"] {
        let refusing = Provider::start(|_| Answer::error("invalid_client"));
        let Some(world) = World::with(Authentication::TokenEndpoint, client, refusing) else {
            return;
        };
        let output = match client {
            "skopeo" => world.run(
                "skopeo",
                &["inspect", &format!("docker://{}", world.image())],
            ),
            _ => world.podman(&["pull", "-q", &world.image()]),
        };
        assert_ne!(output.status, 0);
        assert!(
            output.stderr.contains("(provider-refused)"),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
        // Nothing was asked without a credential.
        assert_eq!(world.registry.seen(), Vec::<String>::new());
    }
}
