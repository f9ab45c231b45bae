//! Whether a tool calls keyfob for a target, as far as its configuration files tell.

use serde_json::Value;

use super::git_config::GitConfig;
use super::{config_home, files, helpers, json};
use crate::target::Target;
use crate::world::Resolving;
use crate::world::files::FileError;

/// Whether a tool calls keyfob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// Its configuration names keyfob by this program.
    By(String),
    /// Its configuration names no keyfob.
    Not,
    /// It does nothing with its configuration: why.
    Refused(String),
    /// Its configuration does not tell: why.
    Unknown(String),
}

/// Whether git asks keyfob for a URL.
#[must_use]
pub fn by_git(
    world: &dyn Resolving,
    config: &GitConfig,
    target: &Target,
    user: Option<&str>,
) -> Called {
    if let Some(name) = config.refused(target, user) {
        return Called::Refused(format!("git refuses `credential.{name}` without a value"));
    }
    let helpers = config.helpers(target, user);
    let ours = helpers.iter().find(|helper| helper.contains("keyfob"));
    if let Some(ours) = ours {
        let program = ours.trim_start_matches('!').split_whitespace().next();
        let program = program.unwrap_or_default();
        return Called::By(match program.contains('/') || ours.starts_with('!') {
            true => program.to_owned(),
            false => format!("git-credential-{program}"),
        });
    }
    let prompt = ["GIT_ASKPASS", "SSH_ASKPASS"].map(|name| world.variable(name));
    let mut prompt = prompt.into_iter().flatten();
    let prompts = config.prompts_keyfob() || prompt.any(|it| it.contains("keyfob"));
    if prompts {
        return Called::By("/keyfob-askpass".to_owned());
    }
    if let Some(unread) = &config.unread {
        return Called::Unknown(format!("{unread} is not read here"));
    }
    match helpers
        .iter()
        .any(|helper| helper.starts_with(['!', '/', '~']))
    {
        true => Called::Unknown("git calls another program, which may call keyfob".to_owned()),
        false => Called::Not,
    }
}

/// Whether docker or podman asks keyfob for one of these spellings of a registry.
#[must_use]
pub fn by_docker(world: &dyn Resolving, targets: &[Target]) -> Called {
    let by_name = || Called::By("docker-credential-keyfob".to_owned());
    let mut called = Called::Not;
    for file in files(world, "docker")
        .into_iter()
        .chain(files(world, "podman"))
    {
        let content = match world.read_value(&file) {
            Ok(content) => content,
            Err(FileError::Missing) => continue,
            Err(why) => {
                called = Called::Unknown(format!("{}: {why}", file.display()));
                continue;
            }
        };
        let text = content.expose_text().unwrap_or_default();
        match json(text) {
            Ok(config) if names_keyfob(&config, targets) => return by_name(),
            Ok(_) => {}
            Err(_) => {
                called = Called::Unknown(format!("{} is not valid JSON", file.display()));
            }
        }
    }
    // podman's and skopeo's list of helpers for every registry.
    let registries = config_home(world).map(|folder| folder.join("containers/registries.conf"));
    let registries = registries.into_iter().chain([REGISTRIES.into()]);
    // On Windows the second is a folder of the current drive.
    let registries = registries.filter(|file| file.is_absolute());
    for file in registries {
        let content = world.read_value(&file).ok();
        let text = content.as_ref().and_then(|content| content.expose_text());
        if text.is_some_and(|text| text.contains("keyfob")) {
            return by_name();
        }
    }
    called
}

const REGISTRIES: &str = "/etc/containers/registries.conf";

/// The helper of one registry comes before the one for all.
fn names_keyfob(config: &Value, targets: &[Target]) -> bool {
    let host = |text: &str| {
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        rest.split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let hosts: Vec<String> = targets.iter().map(|it| host(&it.to_string())).collect();
    let of_registries = config.get("credHelpers").and_then(Value::as_object);
    let mut of_registries = of_registries.into_iter().flatten();
    let own = of_registries.find(|(registry, _)| hosts.contains(&host(registry)));
    let helper = own
        .map(|(_, helper)| helper)
        .or_else(|| config.get("credsStore"));
    helper.and_then(Value::as_str) == Some("keyfob")
}

/// Whether a tool's files name keyfob, for any target.
#[must_use]
pub fn by_files(world: &dyn Resolving, caller: &str) -> Called {
    let tool = if caller == "goauth" { "go" } else { caller };
    let mut helpers = helpers(world).into_iter();
    match helpers.find(|helper| helper.tool == tool && helper.is_ours()) {
        Some(helper) => Called::By(helper.program),
        None => Called::Unknown(format!("no file of {tool}'s configuration names keyfob")),
    }
}
