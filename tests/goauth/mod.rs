//! The go command as a caller: GOAUTH's two phases word by word, and go itself against a module proxy.

mod again;
mod protocol;
mod real;
mod world;

use crate::support::client::{numbering, spec};
use crate::support::{Home, Output, run};

/// A home with the secret.
fn home() -> Home {
    let mut home = Home::new();
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// `keyfob goauth WORDS…` with this on standard input.
fn goauth(home: &Home, words: &[&str], stdin: &str) -> Output {
    let words = std::iter::once(&"goauth").chain(words);
    run(&mut home.keyfob(words), stdin)
}
