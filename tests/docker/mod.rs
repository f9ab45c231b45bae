//! docker and its kin as callers: the protocol word by word, and docker, its engine, skopeo, podman,
//! buildah and helm against a registry.

mod clients;
mod ecr;
mod engine;
mod keys;
mod list;
mod operations;
mod protocol;
mod real;
mod world;

use crate::support::client::{numbering, spec};
use crate::support::{Home, Output, run};

/// What every client takes for "no credential, go on without" (docker-credential-helpers' `error.go`).
const NOT_FOUND: &str = "credentials not found in native keychain\n";

/// A home with the secret and the helper's link in PATH.
fn home() -> Home {
    let mut home = Home::new();
    home.link("docker-credential-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// `docker-credential-keyfob OPERATION` with this on standard input.
fn helper(home: &Home, operation: &str, stdin: impl AsRef<[u8]>) -> Output {
    run(
        home.command_at(&home.bin().join("docker-credential-keyfob"))
            .arg(operation),
        stdin,
    )
}
