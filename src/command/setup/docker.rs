//! docker and podman: `credHelpers` for each registry of the spec, in the text of the JSON file,
//! and the link that they run.

use std::path::Path;

use super::plan::{self, Chosen, Configuring, Options, Plan};
use super::targets::{self, Listed};
use super::{json, links};
use crate::error::Error;
use crate::find::LoadedSpec;
use crate::protocol::docker_hub;
use crate::tool;

/// What follows `docker-credential-` in the name of the program.
const SUFFIX: &str = "keyfob";
const MEMBER: &str = "credHelpers";
/// How podman, skopeo and buildah name Docker Hub.
const HUB_OF_PODMAN: &str = "docker.io";

/// Why docker cannot name an entry of `targets`.
fn fits(entry: &Listed) -> Result<(), &'static str> {
    if entry.is_wildcard() {
        return Err("docker's `credHelpers` have no wildcards: list the registry itself");
    }
    match entry.path.is_empty() {
        true => Ok(()),
        false => Err("docker asks for a whole registry, and this entry has a path"),
    }
}

/// Whether docker can be set up for a spec.
#[must_use]
pub fn is_for(loaded: &LoadedSpec) -> bool {
    loaded.spec.callers.include("docker")
        && !targets::hosts(loaded, Listed::is_bare, &fits).0.is_empty()
}

/// The names of the registries.
fn registries(hosts: &[Listed]) -> Vec<String> {
    let names = |host: &Listed| match docker_hub::is_at(&host.host) {
        true => vec![docker_hub::KEY.to_owned(), HUB_OF_PODMAN.to_owned()],
        false => vec![host.host.clone()],
    };
    hosts.iter().flat_map(names).collect()
}

/// Plans the changes. `tool` is `docker` or `podman`.
///
/// # Errors
/// The file cannot be read or edited, or the spec lists no registry.
pub fn plan(
    world: &dyn Configuring,
    tool: &'static str,
    options: &Options,
    chosen: &Chosen,
    plan: &mut Plan,
) -> Result<(), Error> {
    let (hosts, left_out) = targets::hosts(&chosen.loaded, Listed::is_bare, &fits);
    let has_wildcard = targets::listed(&chosen.loaded)
        .iter()
        .any(Listed::is_wildcard);
    plan.notes.extend(left_out);
    if has_wildcard {
        plan.note(
            "podman, skopeo and buildah ask keyfob about every registry with `credential-helpers \
             = [\"containers-auth.json\", \"keyfob\"]` in registries.conf",
        );
    }
    let name = &chosen.loaded.name;
    if hosts.is_empty() {
        return Err(plan::usage(
            format!("spec `{name}` lists no registry"),
            "add `HOST` or `HOST:PORT` to its `targets`",
        ));
    }
    if !chosen.is_found {
        return Err(plan::usage(
            format!("{tool} passes no arguments to a helper, so that it cannot name this spec"),
            "move the spec into the configuration folder",
        ));
    }
    let (file, is_named) = match &options.config {
        Some(folder) => (Path::new(folder).join("config.json"), true),
        None => (plan::first_file(world, tool)?, false),
    };
    let file = plan::absolute(world, &file)?;
    let before = plan::read(world, &file, !is_named)?;
    let failed = |why: String| plan::file_error(&file, &why);
    // Both programs read an empty file like a missing one.
    let mut text = match before.as_deref().map(str::trim) {
        None | Some("") => "{}".to_owned(),
        Some(_) => before.clone().unwrap_or_default(),
    };
    json::check(&text).map_err(failed)?;
    let registries = registries(&hosts);
    for registry in &registries {
        match json::get(&text, MEMBER, registry) {
            Some(helper) if helper == SUFFIX => continue,
            Some(other) => {
                plan.note(format!("{registry} had the helper `{other}`"));
                plan.keys.push(format!("{registry}={other}"));
            }
            None => plan.keys.push(registry.clone()),
        }
        text = json::set(&text, MEMBER, registry, SUFFIX).map_err(failed)?;
    }
    warn(tool, &text, &registries, plan);
    // podman looks for a login in the other files as well, and in that of the session first.
    if tool == "podman" {
        for other in tool::files(world, tool)
            .iter()
            .filter(|other| **other != file)
        {
            let text = world.read_tool_file(other).ok().flatten();
            warn(tool, &text.unwrap_or_default(), &registries, plan);
        }
    }
    if before.is_none() && !text.ends_with('\n') {
        text.push('\n');
    }
    plan.edit(&file, before, Some(text));
    links::need(world, "docker-credential-keyfob", plan)
}

fn warn(tool: &str, text: &str, registries: &[String], plan: &mut Plan) {
    let Ok(config) = tool::json(text) else {
        return;
    };
    let auths = config.get("auths").and_then(serde_json::Value::as_object);
    for (stored, login) in auths.into_iter().flatten() {
        let host = stored
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        let host = host.split('/').next().unwrap_or_default();
        let is_same = |registry: &&String| registry.as_str() == stored || *registry == host;
        let Some(registry) = registries.iter().find(is_same) else {
            continue;
        };
        let holds = ["auth", "identitytoken", "registrytoken"]
            .iter()
            .any(|member| login.get(member).is_some());
        if holds {
            plan.warn(format!(
                "a login for {registry} is stored in `auths`: `{tool} logout {registry}` before \
                 this removes it"
            ));
        }
    }
    let store = config.get("credsStore").and_then(serde_json::Value::as_str);
    if let (Some(store), "docker") = (store.filter(|store| !store.is_empty()), tool) {
        plan.note(format!(
            "`credsStore` is `{store}`: it serves the registries that are not in `credHelpers`"
        ));
    }
}

/// The text without the registries that a run put in, and with the helpers that they had before.
/// `keys` are `REGISTRY` and `REGISTRY=HELPER`. `None` if keyfob is the helper of none of them.
#[must_use]
pub fn take_out(text: &str, keys: &[String]) -> Option<String> {
    let mut found = None;
    let mut text = text.to_owned();
    for key in keys {
        let (registry, former) = match key.split_once('=') {
            Some((registry, former)) => (registry, Some(former)),
            None => (key.as_str(), None),
        };
        if json::get(&text, MEMBER, registry).as_deref() != Some(SUFFIX) {
            continue;
        }
        text = match former {
            Some(former) => json::set(&text, MEMBER, registry, former).ok()?,
            None => json::remove(&text, MEMBER, registry, SUFFIX),
        };
        found = Some(());
    }
    found.map(|()| text)
}
