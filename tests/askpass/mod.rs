//! Prompts: what is answered and what is refused, word by word, and git and git-lfs themselves.

mod protocol;
mod real;

use crate::support::client::{numbering, spec};
use crate::support::{Home, Output, run};

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

/// The link with this prompt, as git calls it.
fn prompt(home: &Home, prompt: &str) -> Output {
    let link = home.bin().join("keyfob-askpass");
    run(home.command_at(&link).arg(prompt), "")
}
