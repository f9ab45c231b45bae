//! Terraform as a caller: the protocol word by word, and terraform itself against a module registry.

mod protocol;
mod real;
mod world;

use crate::support::client::{numbering, spec};
use crate::support::{Home, Output, run};

const LINK: &str = "terraform-credentials-keyfob";

/// A home with the secret and the helper's link.
fn home() -> Home {
    let mut home = Home::new();
    home.link(LINK);
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// `terraform-credentials-keyfob WORDS…` with this on standard input.
fn helper(home: &Home, words: &[&str], stdin: impl AsRef<[u8]>) -> Output {
    run(home.command_at(&home.bin().join(LINK)).args(words), stdin)
}
