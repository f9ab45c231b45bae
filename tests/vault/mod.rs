//! OpenBao and Vault as callers: the token helper's words, and OpenBao's own client against a server over TLS.

mod protocol;
mod real;
mod world;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

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

/// A home with the secret and the helper's link.
fn home() -> Home {
    let mut home = Home::new();
    home.link("vault-token-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// A token server whose tokens are `token-1`, `token-2`, … and live an hour.
fn numbering() -> Provider {
    Provider::start(|request| Answer::token(&format!("token-{}", request.number), 3600))
}

/// The helper under its link, as OpenBao calls it.
fn helper(home: &Home, verb: &str, stdin: &str) -> Output {
    let link = home.bin().join("vault-token-keyfob");
    run(home.command_at(&link).arg(verb), stdin)
}
