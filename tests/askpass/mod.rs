//! Prompts: what is answered and what is refused, word by word, and git and git-lfs themselves.

mod protocol;
mod real;

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

/// A home with the secret and the link, and no configuration of the machine's git.
fn home() -> Home {
    let mut home = Home::new();
    home.link("keyfob-askpass");
    home.set("TEST_CLIENT_SECRET", "s3cret")
        .set("GIT_TERMINAL_PROMPT", "0")
        .set("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        home.set(format!("GIT_{role}_NAME"), "Tests")
            .set(format!("GIT_{role}_EMAIL"), "tests@example.com");
    }
    home
}

/// A token server whose tokens are `token-1`, `token-2`, … and live an hour.
fn numbering() -> Provider {
    Provider::start(|request| Answer::token(&format!("token-{}", request.number), 3600))
}

/// The link with this prompt, as git calls it.
fn prompt(home: &Home, prompt: &str) -> Output {
    let link = home.bin().join("keyfob-askpass");
    run(home.command_at(&link).arg(prompt), "")
}
