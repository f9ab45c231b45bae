//! OpenBao and Vault as callers: the token helper's words, and OpenBao's own client against a server over TLS.

mod protocol;
mod real;
mod world;

use crate::support::client::{numbering, spec};
use crate::support::{Home, Output, run};

/// A home with the secret and the helper's link.
fn home() -> Home {
    let mut home = Home::new();
    home.link("vault-token-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// The helper under its link, as OpenBao calls it.
fn helper(home: &Home, verb: &str, stdin: &str) -> Output {
    let link = home.bin().join("vault-token-keyfob");
    run(home.command_at(&link).arg(verb), stdin)
}
