//! The go command as a caller: GOAUTH's two phases word by word, and go itself against a module proxy.

mod again;
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

/// A home with the secret.
fn home() -> Home {
    let mut home = Home::new();
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// A token server whose tokens are `token-1`, `token-2`, … and live an hour.
fn numbering() -> Provider {
    Provider::start(|request| Answer::token(&format!("token-{}", request.number), 3600))
}

/// `keyfob goauth WORDS…` with this on standard input.
fn goauth(home: &Home, words: &[&str], stdin: &str) -> Output {
    let words = std::iter::once(&"goauth").chain(words);
    run(&mut home.keyfob(words), stdin)
}
