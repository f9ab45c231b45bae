//! docker and its kin as callers: the protocol word by word, and docker, its engine, skopeo, podman,
//! buildah and helm against a registry.

mod clients;
mod engine;
mod keys;
mod list;
mod operations;
mod protocol;
mod real;
mod world;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

/// What every client takes for "no credential, go on without" (docker-credential-helpers' `error.go`).
const NOT_FOUND: &str = "credentials not found in native keychain\n";

/// A spec for `provider` and these targets; the secret is in the environment of [`home`].
fn spec(provider: &Provider, targets: &[&str]) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "id",
        "client_secret": {"env": "TEST_CLIENT_SECRET"},
        "targets": targets,
    })
}

/// A home with the secret and the helper's link in PATH.
fn home() -> Home {
    let mut home = Home::new();
    home.link("docker-credential-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// A token server whose tokens are `token-1`, `token-2`, … and live an hour.
fn numbering() -> Provider {
    Provider::start(|request| Answer::token(&format!("token-{}", request.number), 3600))
}

/// `docker-credential-keyfob OPERATION` with this on standard input.
fn helper(home: &Home, operation: &str, stdin: impl AsRef<[u8]>) -> Output {
    run(
        home.command_at(&home.bin().join("docker-credential-keyfob"))
            .arg(operation),
        stdin,
    )
}
