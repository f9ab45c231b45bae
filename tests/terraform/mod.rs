//! Terraform as a caller: the protocol word by word, and terraform itself against a module registry.

mod protocol;
mod real;
mod world;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

const LINK: &str = "terraform-credentials-keyfob";

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
    home.link(LINK);
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// A token server whose tokens are `token-1`, `token-2`, … and live an hour.
fn numbering() -> Provider {
    Provider::start(|request| Answer::token(&format!("token-{}", request.number), 3600))
}

/// `terraform-credentials-keyfob WORDS…` with this on standard input.
fn helper(home: &Home, words: &[&str], stdin: impl AsRef<[u8]>) -> Output {
    run(home.command_at(&home.bin().join(LINK)).args(words), stdin)
}
