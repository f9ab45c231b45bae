//! Where a tool's configuration lies, as its own documentation says.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::find::home;
use crate::world::Environment;
use crate::world::folders::{self, paths_of};

/// The path with the home directory in place of a leading `~/`.
#[must_use]
pub fn expand_home(world: &dyn Environment, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), home(world)) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// A JSON file of a tool, which may begin with a byte order mark.
///
/// # Errors
/// The text is not JSON.
pub fn json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
}

/// `$XDG_CONFIG_HOME`, else `~/.config`.
#[must_use]
pub fn config_home(world: &dyn Environment) -> Option<PathBuf> {
    absolute(world, "XDG_CONFIG_HOME").or_else(|| home(world).map(|home| home.join(".config")))
}

fn absolute(world: &dyn Environment, variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(world.variable(variable)?);
    path.is_absolute().then_some(path)
}

/// The user's configuration files of a tool in the order in which the tool looks at them. The first
/// is the one that `keyfob setup` edits, unless the tool chooses among them. Files that do not
/// exist are in the list too. Empty for a tool without such a file, or if the home is unknown.
#[must_use]
pub fn files(world: &dyn Environment, tool: &str) -> Vec<PathBuf> {
    let at_home = |path: &str| home(world).map(|home| home.join(path));
    let at_config = |path: &str| config_home(world).map(|folder| folder.join(path));
    let named = |variable: &str| world.variable(variable).map(PathBuf::from);
    let below = |variable: &str, file: &str| named(variable).map(|folder| folder.join(file));
    let own = || folders::tool_files(tool, &|name| world.variable(name));
    let files = match tool {
        "kubectl" => return kubeconfigs(world),
        "git" => return git(world),
        "docker" => [
            below("DOCKER_CONFIG", "config.json").or_else(|| at_home(".docker/config.json")),
            None,
        ],
        // podman, skopeo and buildah read the file of the login session first. It is gone after a
        // logout, so it is not the one to edit.
        "podman" => match named("REGISTRY_AUTH_FILE") {
            Some(file) => [Some(file), None],
            None => [
                at_config("containers/auth.json"),
                below("XDG_RUNTIME_DIR", "containers/auth.json"),
            ],
        },
        "cargo" => [
            below("CARGO_HOME", "config.toml").or_else(|| at_home(".cargo/config.toml")),
            None,
        ],
        "terraform" => match named("TF_CLI_CONFIG_FILE") {
            Some(file) => [Some(file), None],
            None => match own() {
                own if own.is_empty() => [at_home(".terraformrc"), at_home(".tofurc")],
                own => return own,
            },
        },
        "go" => {
            let own = || own().into_iter().next();
            let file = named("GOENV").or_else(own);
            [file.or_else(|| at_config("go/env")), None]
        }
        "pnpm" => [
            named("npm_config_userconfig").or_else(|| at_home(".npmrc")),
            at_config("pnpm/auth.ini"),
        ],
        "bazel" => [at_home(".bazelrc"), None],
        "vault" => [
            named("VAULT_CONFIG_PATH").or_else(|| at_home(".vault")),
            at_home(".bao"),
        ],
        "aws" => [
            named("AWS_CONFIG_FILE").or_else(|| at_home(".aws/config")),
            None,
        ],
        "google" => [named("GOOGLE_APPLICATION_CREDENTIALS"), None],
        _ => [None, None],
    };
    files.into_iter().flatten().collect()
}

/// kubectl's: every file in `$KUBECONFIG`, else `~/.kube/config`.
fn kubeconfigs(world: &dyn Environment) -> Vec<PathBuf> {
    match world.variable("KUBECONFIG") {
        Some(list) => {
            let files = paths_of(&list).filter(|file| !file.as_os_str().is_empty());
            files.collect()
        }
        None => home(world)
            .map(|home| home.join(".kube/config"))
            .into_iter()
            .collect(),
    }
}

/// kubectl's preferences, which may list the plugins it runs: `$KUBERC`, else `~/.kube/kuberc`.
#[must_use]
pub fn kuberc(world: &dyn Environment) -> Option<PathBuf> {
    match world.variable("KUBERC") {
        Some(off) if off == "off" => None,
        Some(file) => Some(PathBuf::from(file)),
        None => home(world).map(|home| home.join(".kube/kuberc")),
    }
}

/// The files of `git config --global`: `~/.gitconfig`, then that of the configuration folder.
fn git(world: &dyn Environment) -> Vec<PathBuf> {
    if let Some(file) = world.variable("GIT_CONFIG_GLOBAL") {
        return vec![PathBuf::from(file)];
    }
    // Git for Windows takes HOME for the home as well, before the profile.
    let home = absolute(world, "HOME").or_else(|| home(world));
    let at_home = home.map(|home| home.join(".gitconfig"));
    let at_config = config_home(world).map(|folder| folder.join("git").join("config"));
    at_home.into_iter().chain(at_config).collect()
}

/// The file name of a path, for comparisons with a program's name.
pub(super) fn file_name(path: &str) -> &str {
    let name = Path::new(path).file_name();
    name.and_then(|name| name.to_str()).unwrap_or(path)
}
