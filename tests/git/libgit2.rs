//! cargo's git dependencies: libgit2 runs git's helpers by itself, from the same configuration.
//!
//! Specified by the crate git2 (`src/cred.rs`) and cargo's `src/sources/git/utils.rs`: only `get` is ever said. `net.git-fetch-with-cli` is git.

use std::path::Path;

use super::World;
use crate::support::{Output, run, tool};

const SHIPPED: &str = include_str!("../../integrations/git/gitconfig");

/// A server whose repository is the package `dependency`, and a package that depends on it.
fn world(host: &str) -> Option<World> {
    let mut world = World::new()?;
    world.spec(&[
        &world.server.host(),
        &world.server.host().replace("127.0.0.1", "localhost"),
    ]);
    world.configure(SHIPPED);
    let git = |arguments: &[&str]| world.git(&tool("git"), arguments).answer().to_owned();
    git(&["clone", "-q", &world.server.url("basic"), "dependency"]);
    let manifest = "[package]\nname = \"dependency\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    world.home.write("home/dependency/Cargo.toml", manifest);
    world.home.write("home/dependency/src/lib.rs", "");
    for arguments in [
        &["add", "."][..],
        &["commit", "-q", "-m", "a package"],
        &["push", "-q", "origin", "HEAD:main"],
    ] {
        git(&[&["-C", "dependency"], arguments].concat());
    }
    let manifest = format!(
        "[package]\nname = \"sample\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\ndependency = {{ git = \"{}\" }}\n",
        world.server.url("basic").replace("127.0.0.1", host)
    );
    world.home.write("home/sample/Cargo.toml", manifest);
    world.home.write("home/sample/src/lib.rs", "");
    std::fs::remove_file(world.home.bin().join("git-credential-keyfob")).unwrap();
    let calls = world.home.path("calls");
    let script = format!("echo \"$@\" >>{}\nexec keyfob git \"$@\"", calls.display());
    world.home.script("git-credential-keyfob", &script);
    // OpenSSL's, for libgit2.
    world.home.trust(&world.tls);
    Some(world)
}

/// Fetches with these variables and in a folder of its own for each: what was fetched before is not found.
fn fetch(world: &World, folder: &str, variables: &[(&str, &Path)]) -> Output {
    // The cargo that has built this test, and not rustup's stand-in, which would look for its toolchain in an empty home.
    let cargo = Path::new(env!("CARGO"));
    let mut command = world.home.command_at(cargo);
    command
        .env("RUSTC", cargo.with_file_name("rustc"))
        .env("CARGO_HOME", world.home.path(folder))
        .current_dir(world.home.home().join("sample"))
        .envs(variables.iter().copied());
    run(command.arg("fetch"), "")
}

/// What helpers were called with, a line for each call.
fn calls(world: &World) -> String {
    std::fs::read_to_string(world.home.path("calls")).unwrap_or_default()
}

#[test]
fn a_git_dependency_is_fetched_through_the_shipped_file_with_get_and_nothing_else() {
    let Some(world) = world("localhost") else {
        return;
    };
    fetch(&world, "cargo", &[]).answer();
    assert_eq!(calls(&world), "get\n");
    let seen = world.server.seen();
    assert_eq!(seen[seen.len() - 2..], ["none", "Basic oauth2:token-1"]);
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_host_that_no_spec_lists_gets_no_token() {
    let Some(world) = world("localhost") else {
        return;
    };
    world.spec(&["git.example.com"]);
    let output = fetch(&world, "cargo", &[]);
    assert_eq!(output.status, 101);
    assert!(
        output
            .stderr
            .contains("failed to authenticate when downloading repository"),
        "{}",
        output.stderr
    );
    assert_eq!(calls(&world), "get\n");
    assert_eq!(world.server.seen().last().unwrap(), "none");
}

#[test]
fn once_cargo_has_a_ca_file_of_its_own_no_helper_is_called_unless_git_fetches() {
    let Some(world) = world("localhost") else {
        return;
    };
    let ca_file = ("CARGO_HTTP_CAINFO", world.tls.ca_file.as_path());
    let output = fetch(&world, "cargo", &[ca_file]);
    assert_eq!(output.status, 101);
    assert!(output.stderr.contains("got 401"), "{}", output.stderr);
    assert_eq!(calls(&world), "");
    let with_git = ("CARGO_NET_GIT_FETCH_WITH_CLI", Path::new("true"));
    fetch(&world, "other", &[ca_file, with_git]).answer();
    // git says `store` of what it was given.
    assert_eq!(calls(&world), "get\nstore\n");
}

#[test]
fn a_server_that_is_named_by_its_address_gets_no_token_since_libgit2_names_no_host() {
    let Some(world) = world("127.0.0.1") else {
        return;
    };
    let output = fetch(&world, "cargo", &[]);
    assert_eq!(output.status, 101);
    assert_eq!(calls(&world), "get\n");
    assert_eq!(world.server.seen().last().unwrap(), "none");
}
