//! What was installed in a folder, asked as its users ask it.

use std::path::Path;

use super::offered::VERSION;
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::tools::search_path;
use crate::support::{Home, Output, Provider, run};

/// Puts the folder first in the home's PATH.
pub fn put_first(home: &mut Home, bin: &Path) {
    let path = std::iter::once(bin.to_owned()).chain(search_path());
    home.set("PATH", std::env::join_paths(path).unwrap());
}

/// A command of the folder.
pub fn at(home: &Home, bin: &Path, name: &str, words: &[&str], stdin: &str) -> Output {
    run(home.command_at(&bin.join(name)).args(words), stdin)
}

/// The commands answer as keyfob, as git's helper and as docker's. Afterwards the home has the spec
/// `demo`, whose provider this is.
pub fn answer(home: &mut Home, bin: &Path) -> Provider {
    let provider = numbering();
    let targets = ["https://git.example.com", "registry.example.com"];
    home.spec("demo", spec(&provider, &targets).to_string());
    home.set(SECRET_VARIABLE, "s3cret");
    put_first(home, bin);
    let version = at(home, bin, "keyfob", &["--version"], "");
    assert!(version.answer().starts_with(&format!("keyfob {VERSION} (")));
    let words = ["token", "--spec", "demo", "--format", "token"];
    assert_eq!(at(home, bin, "keyfob", &words, "").answer(), "token-1\n");
    let asked = "registry.example.com";
    let docker = at(home, bin, "docker-credential-keyfob", &["get"], asked);
    assert_eq!(docker.json()["Secret"], "token-1");
    let mut git = home.command("git");
    git.args(["-c", "credential.helper=keyfob", "credential", "fill"])
        .env("GIT_CONFIG_NOSYSTEM", "1");
    let filled = run(&mut git, "protocol=https\nhost=git.example.com\n\n");
    assert!(
        filled.answer().contains("\npassword=token-1\n"),
        "{filled:?}"
    );
    provider
}
