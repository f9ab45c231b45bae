//! What works against kubectl's user, and the list of plugins that may run.

use serde_json::Value;

use super::super::kubeconfig;
use super::super::plan::{self, Chosen, Configuring, Plan};
use super::super::targets::{self, Listed};
use super::program::{item, items, server};
use super::wanted::Wanted;
use crate::error::Error;
use crate::target::Target;
use crate::tool;

pub(super) fn warn(wanted: &Wanted, chosen: &Chosen, old: &Value, new: &Value, plan: &mut Plan) {
    let user = item(new, "users", &wanted.user);
    let own = [
        "token",
        "tokenFile",
        "username",
        "client-certificate",
        "client-certificate-data",
    ];
    let own = own
        .iter()
        .find(|own| user.is_some_and(|user| user.get(**own).is_some()));
    if let Some(own) = own {
        plan.warn(format!(
            "user `{}` has a `{own}` of its own, which kubectl uses in place of keyfob; --user \
             takes another name",
            wanted.user
        ));
    }
    let replaced = item(old, "users", &wanted.user)
        .and_then(|user| user.get("exec")?.get("command")?.as_str())
        .filter(|command| *command != wanted.program);
    if let Some(command) = replaced {
        plan.note(format!("user `{}` ran {command} before", wanted.user));
    }
    let Some(name) = &wanted.context else {
        let of_user = items(new, "contexts")
            .any(|(_, context)| context.get("user").and_then(Value::as_str) == Some(&wanted.user));
        if !of_user {
            plan.note(format!(
                "no context has this user yet: kubectl config set-context CONTEXT --user={}",
                wanted.user
            ));
        }
        return;
    };
    let server = item(new, "contexts", name).and_then(|context| server(new, context));
    let target = server.and_then(|server| Target::parse(server).ok());
    let is_listed = target.as_ref().is_some_and(|target| {
        chosen
            .loaded
            .spec
            .specificity(std::slice::from_ref(target))
            .is_some()
    });
    match server {
        Some(server) if server.starts_with("http:") => plan.warn(format!(
            "kubectl runs no plugin for {server}, because it is plain http"
        )),
        Some(server)
            if !wanted.pin
                && !is_listed
                && targets::listed(&chosen.loaded).iter().any(Listed::is_url) =>
        {
            plan.warn(format!(
                "spec `{}` does not list {server}, which gets its token all the same: add it to \
                 `targets`, and use --pin",
                chosen.loaded.name
            ));
        }
        Some(server) if wanted.pin && !is_listed => plan.warn(format!(
            "spec `{}` does not list {server}: with --pin kubectl gets no token for it",
            chosen.loaded.name
        )),
        _ => {}
    }
}

/// Adds keyfob to the plugins that may run, where the user's kubectl has a list of them.
pub(super) fn allow(world: &dyn Configuring, program: &str, plan: &mut Plan) -> Result<(), Error> {
    let Some(file) = tool::kuberc(world) else {
        return Ok(());
    };
    let file = plan::absolute(world, &file)?;
    let Ok(Some(text)) = world.read_tool_file(&file) else {
        return Ok(());
    };
    if text
        .lines()
        .any(|line| line.trim() == "credentialPluginPolicy: DenyAll")
    {
        plan.warn(format!(
            "{} lets kubectl run no plugin at all",
            file.display()
        ));
    }
    match kubeconfig::with_allowed(&text, program) {
        Some(after) => {
            let before = plan::read(world, &file, false)?;
            plan.edit(&file, before, Some(after));
        }
        None if text.contains("Allowlist") && !text.contains(program) => plan.warn(format!(
            "{} lists the plugins that kubectl may run: add `command: {program}` to it",
            file.display()
        )),
        None => {}
    }
    Ok(())
}
