//! git and git-lfs with the shipped environment against a git server over TLS.

use std::path::{Path, PathBuf};

use super::{home, numbering, spec};
use crate::support::git_server::{GitServer, PROGRAMS};
use crate::support::{Answer, Home, Output, Provider, Tls, need, run, tool};

const SHIPPED: &str = include_str!("../../integrations/askpass/environment");

struct World {
    server: GitServer,
    provider: Provider,
    home: Home,
    _tls: Tls,
}

impl World {
    /// The server accepts `token-1`; the shipped file is the environment, with the link's path.
    fn new(provider: Provider) -> Option<Self> {
        if !need(&PROGRAMS) {
            return None;
        }
        let (mut home, tls) = (home(), Tls::new());
        home.set("GIT_SSL_CAINFO", &tls.ca_file);
        let server = GitServer::start(&home, &tls);
        server.accept(&["token-1"]);
        home.spec("team", spec(&provider, &[&server.host()]).to_string());
        let link = home.bin().join("keyfob-askpass");
        let shipped = SHIPPED.replace("/usr/local/bin/keyfob-askpass", link.to_str().unwrap());
        assert_ne!(shipped, SHIPPED);
        for line in shipped.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.split_once('=').unwrap();
            home.set(name, value);
        }
        Some(Self {
            server,
            provider,
            home,
            _tls: tls,
        })
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

#[test]
fn a_clone_is_answered_user_name_and_password_with_one_request() {
    let Some(world) = World::new(numbering()) else {
        return;
    };
    let url = world.server.url("basic");
    for (number, git) in gits().iter().enumerate() {
        let folder = format!("clone-{number}");
        let output = world.git(git, &["clone", "-q", &url, &folder]);
        assert_eq!((output.answer(), output.stderr.as_str()), ("", ""));
    }
    assert_eq!(world.server.seen()[..2], ["none", "Basic oauth2:token-1"]);
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_user_name_in_the_url_and_a_path_are_read_as_git_writes_them() {
    let Some(world) = World::new(numbering()) else {
        return;
    };
    let target = world.server.target("basic");
    let listed = spec(&world.provider, &[&target]).to_string();
    world.home.spec("team", listed);
    let url = world
        .server
        .url("basic")
        .replace("https://", "https://a%2fb%40c@");
    for git in gits() {
        let with_path = ["-c", "credential.useHttpPath=true", "ls-remote", &url];
        world.git(&git, &with_path).answer();
        let without = world.git(&git, &["ls-remote", &url]);
        assert_eq!(without.status, 128);
        assert!(
            without.stderr.contains("(target-not-listed)"),
            "{without:?}"
        );
    }
    assert!(
        world
            .server
            .seen()
            .contains(&"Basic a/b@c:token-1".to_owned())
    );
}

/// `SSH_ASKPASS` is git's last resort, and the same program may be configured as `core.askPass`.
#[test]
fn git_finds_it_as_ssh_askpass_and_in_its_configuration_too() {
    let Some(mut world) = World::new(numbering()) else {
        return;
    };
    world.home.unset("GIT_ASKPASS");
    let url = world.server.url("basic");
    let link = world.home.bin().join("keyfob-askpass");
    for git in gits() {
        assert_eq!(world.git(&git, &["ls-remote", &url]).status, 128);
        let configured = format!("core.askPass={}", link.display());
        world
            .git(&git, &["-c", &configured, "ls-remote", &url])
            .answer();
        let mut command = world.home.command_at(&git);
        command.args(["ls-remote", &url]).env("SSH_ASKPASS", &link);
        run(&mut command, "").answer();
    }
}

/// git says that it got no response and then asks on the terminal, which there is none of here.
#[test]
fn a_host_that_no_spec_lists_is_left_to_the_terminal() {
    let Some(world) = World::new(numbering()) else {
        return;
    };
    let listed = spec(&world.provider, &["git.example.com"]).to_string();
    world.home.spec("team", listed);
    for git in gits() {
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        assert_eq!(output.status, 128);
        for words in [
            "keyfob: error: no spec lists https://127.0.0.1:",
            "error: unable to read askpass response from",
            "could not read Username for 'https://127.0.0.1:",
            "terminal prompts disabled",
        ] {
            assert!(output.stderr.contains(words), "{words}: {output:?}");
        }
    }
    assert_eq!(world.server.seen(), ["none"]);
    assert_eq!(world.provider.count(), 0);
}

#[test]
fn a_failure_is_shown_in_our_words_and_no_empty_password_is_sent() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let Some(world) = World::new(provider) else {
        return;
    };
    for git in gits() {
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        assert_eq!(output.status, 128);
        assert!(output.stderr.contains("(provider-refused)"), "{output:?}");
    }
    assert_eq!(world.server.seen(), ["none"]);
}

#[test]
fn six_fetches_at_once_share_one_token() {
    let Some(world) = World::new(numbering()) else {
        return;
    };
    let (git, url) = (&gits()[0], world.server.url("basic"));
    let results = std::thread::scope(|scope| {
        let fetch = || world.git(git, &["ls-remote", &url]).status;
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(fetch)).collect();
        let statuses = threads.into_iter().map(|thread| thread.join().unwrap());
        statuses.collect::<Vec<_>>()
    });
    assert_eq!(results, [0; 6]);
    assert_eq!(world.provider.count(), 1);
}

/// git-lfs asks by itself, in its own quotes, and takes any byte on standard error for a failure.
#[test]
fn git_lfs_pushes_and_fetches_an_object() {
    for program in ["git-lfs", "git-lfs-3.6/git-lfs"] {
        if !need(&[program]) {
            continue;
        }
        let Some(world) = World::new(numbering()) else {
            return;
        };
        let link = world.home.bin().join("git-lfs");
        std::os::unix::fs::symlink(tool(program), link).unwrap();
        let git = |arguments: &[&str]| world.git(&tool("git"), arguments).answer().to_owned();
        world
            .home
            .write("home/.gitconfig", "[lfs]\n\tlocksverify = false\n");
        git(&["lfs", "install", "--skip-repo"]);
        let url = world.server.url("basic");
        git(&["clone", "-q", &url, "up"]);
        git(&["-C", "up", "lfs", "track", "*.bin"]);
        world.home.write("home/up/large.bin", "large, for a test");
        git(&["-C", "up", "add", "."]);
        git(&["-C", "up", "commit", "-q", "-m", "large"]);
        git(&["-C", "up", "push", "-q", "origin", "HEAD:main"]);
        assert_eq!(world.server.objects(), 1);
        git(&["clone", "-q", &url, "down"]);
        let down = std::fs::read_to_string(world.home.path("home/down/large.bin"));
        assert_eq!(down.unwrap(), "large, for a test");
        assert_eq!(world.provider.count(), 1);
    }
}

#[test]
fn git_lfs_tells_our_words_where_there_is_no_token() {
    if !need(&["git-lfs"]) {
        return;
    }
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let Some(world) = World::new(provider) else {
        return;
    };
    let git = |arguments: &[&str]| world.git(&tool("git"), arguments);
    git(&["init", "-q", "r"]).answer();
    let url = world.server.url("basic");
    git(&["-C", "r", "remote", "add", "origin", &url]).answer();
    world.home.write("home/r/.lfsconfig", "");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\nsize 4\n";
    world.home.write("home/r/a.bin", pointer);
    world
        .home
        .write("home/r/.gitattributes", "*.bin filter=lfs\n");
    git(&["-C", "r", "add", "."]).answer();
    git(&["-C", "r", "commit", "-q", "-m", "pointer"]).answer();
    let output = git(&["-C", "r", "lfs", "fetch", "origin", "HEAD"]);
    assert_ne!(output.status, 0);
    let told = format!("{}{}", output.stdout, output.stderr);
    assert!(told.contains("(provider-refused)"), "{told}");
}

/// It shares `SSH_ASKPASS` with git, and takes a failing program for an empty passphrase.
#[test]
fn openssh_gets_no_token_for_a_passphrase() {
    if !need(&["ssh-keygen"]) {
        return;
    }
    let (mut home, provider) = (home(), numbering());
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    let link = home.bin().join("keyfob-askpass");
    home.set("KEYFOB_SPEC", "team")
        .set("SSH_ASKPASS", link)
        .set("SSH_ASKPASS_REQUIRE", "force");
    let ssh_keygen = |words: &[&str]| run(home.command("ssh-keygen").args(words), "");
    ssh_keygen(&["-q", "-t", "ed25519", "-N", "token-1", "-f", "key"]).answer();
    let output = ssh_keygen(&["-y", "-f", "key"]);
    assert_ne!(output.status, 0);
    let words = "keyfob: error: this is not a prompt of git for a user name or a password";
    assert!(output.stderr.contains(words), "{output:?}");
    assert_eq!(provider.count(), 0);
}
