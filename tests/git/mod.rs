//! git as a caller: its protocol word by word, and git and git-lfs themselves against a git server.

mod answered;
mod erase;
mod failure;
mod lfs;
mod libgit2;
mod missing;
mod near;
mod operations;
mod protocol;
mod real;
mod storing;
mod targets;
mod users;

use std::path::{Path, PathBuf};

use crate::support::client::{numbering, spec};
use crate::support::git_server::{GitServer, PROGRAMS};
use crate::support::{Home, Output, Provider, Tls, need, run, tool};

/// A home with the secret, the helper's link in PATH, and no configuration of the machine's git.
fn home() -> Home {
    let mut home = Home::new();
    home.link("git-credential-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret")
        .set("GIT_TERMINAL_PROMPT", "0")
        .set("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        home.set(format!("GIT_{role}_NAME"), "Tests")
            .set(format!("GIT_{role}_EMAIL"), "tests@example.com");
    }
    home
}

/// A git server, a token server, and a home that trusts the one and knows the other.
struct World {
    server: GitServer,
    provider: Provider,
    home: Home,
    tls: Tls,
}

impl World {
    /// With [`numbering`] tokens, of which the server accepts the first; none where a program is missing.
    fn new() -> Option<Self> {
        Self::with(numbering())
    }

    fn with(provider: Provider) -> Option<Self> {
        if !need(&PROGRAMS) {
            return None;
        }
        let (mut home, tls) = (home(), Tls::new());
        home.set("GIT_SSL_CAINFO", &tls.ca_file);
        let server = GitServer::start(&home, &tls);
        server.accept(&["token-1"]);
        Some(Self {
            server,
            provider,
            home,
            tls,
        })
    }

    /// Writes the spec `team` that lists these targets.
    fn spec(&self, targets: &[&str]) {
        self.home
            .spec("team", spec(&self.provider, targets).to_string());
    }

    /// Writes `~/.gitconfig`.
    fn configure(&self, configuration: &str) {
        self.home.write("home/.gitconfig", configuration);
    }

    fn git(&self, git: &Path, arguments: &[&str]) -> Output {
        run(self.home.command_at(git).args(arguments), "")
    }
}

/// The first git in PATH, and Debian's where that is another one.
fn gits() -> Vec<PathBuf> {
    let mut gits = vec![tool("git"), PathBuf::from("/usr/bin/git")];
    gits.dedup();
    gits.retain(|git| git.exists());
    gits
}

/// Whether this git takes a pre-encoded credential (2.46 and later).
fn knows_authtype(home: &Home, git: &Path) -> bool {
    let version = run(home.command_at(git).arg("--version"), "")
        .answer()
        .to_owned();
    let numbers: Vec<u32> = version
        .split(['.', ' '])
        .filter_map(|word| word.trim().parse().ok())
        .collect();
    numbers >= vec![2, 46]
}

/// The first git that knows `authtype`; without one the test says so and is skipped.
pub(crate) fn newest_git(home: &Home) -> Option<PathBuf> {
    let found = gits().into_iter().find(|git| knows_authtype(home, git));
    if found.is_none() {
        let promised = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!promised, "missing: git 2.46 or later");
    }
    found
}
