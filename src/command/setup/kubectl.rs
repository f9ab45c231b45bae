//! kubectl: a user whose token keyfob gives, and a context that has this user.
//!
//! `kubectl config` says what the result means. Where the same can be had by adding lines, lines
//! are added, because kubectl writes a whole file anew and drops its comments.

mod advice;
mod program;
mod wanted;

use std::path::{Path, PathBuf};

use advice::{allow, warn};
use program::{Kubectl, item, items, server};
use serde_json::Value;
use wanted::Wanted;

use super::kubeconfig;
use super::plan::{self, Chosen, Configuring, Options, Plan};
use super::record::Run;
use crate::error::Error;
use crate::target::Target;
use crate::tool;

/// Whether kubectl can be set up for a spec.
#[must_use]
pub fn is_for(loaded: &crate::find::LoadedSpec) -> bool {
    loaded.spec.callers.include("kubectl")
}

/// Plans the changes.
///
/// # Errors
/// The files cannot be read or edited, or it is unclear which context is meant.
pub fn plan(
    world: &dyn Configuring,
    options: &Options,
    chosen: &Chosen,
    program: &str,
    plan: &mut Plan,
) -> Result<(), Error> {
    let arguments = [vec!["kubectl".to_owned()], chosen.named()].concat();
    let mut wanted = Wanted {
        user: options
            .user
            .clone()
            .unwrap_or_else(|| chosen.loaded.name.clone()),
        context: options.context.clone(),
        program: program.to_owned(),
        arguments,
        pin: options.pin,
    };
    let Some(kubectl) = world.find_program("kubectl") else {
        plan.note("kubectl is not installed; these lines are for a kubeconfig, below `users:`");
        let body = wanted.body();
        let body = body.iter().map(|line| format!("    {line}\n"));
        let user = kubeconfig::scalar(&wanted.user);
        plan.lines = format!("- name: {user}\n  user:\n{}", body.collect::<String>());
        return Ok(());
    };
    let files = match &options.kubeconfig {
        Some(file) => vec![PathBuf::from(file)],
        None => tool::files(world, "kubectl"),
    };
    if files.is_empty() {
        plan::first_file(world, "kubectl")?;
    }
    let absolute = files.iter().map(|file| plan::absolute(world, file));
    let kubectl = Kubectl {
        world,
        program: kubectl.display().to_string(),
        files: absolute.collect::<Result<_, Error>>()?,
    };
    let read = |file: &PathBuf| {
        let content = world.read_tool_file(file);
        content.map_err(|why| plan::file_error(file, &why))
    };
    let before: Vec<Option<String>> = kubectl
        .files
        .iter()
        .map(read)
        .collect::<Result<_, Error>>()?;
    let old = kubectl.view(&before)?;
    if options.user.is_none() || options.context.is_some() {
        wanted.context = Some(context(&old, options, chosen, plan)?);
    }
    let mut rehearsed = kubectl.run(&before, wanted.steps(&kubectl.program, true))?;
    let mut new = kubectl.seen(&rehearsed);
    if matches!(rehearsed.outputs.first(), Some(Err(_))) {
        // kubectl before 1.30 has no option for the mode, and `kubectl config set` cannot set it.
        rehearsed = kubectl.run(&before, wanted.steps(&kubectl.program, false))?;
        kubectl.seen(&rehearsed)?;
        let files = std::mem::take(&mut rehearsed.files).into_iter();
        let with_mode = |text: String| kubeconfig::with_mode(&text, &wanted.user);
        rehearsed.files = files.map(|content| content.map(with_mode)).collect();
        new = kubectl.view(&rehearsed.files);
    }
    let new = new?;
    warn(&wanted, chosen, &old, &new, plan);
    let current = new.get("current-context").and_then(Value::as_str);
    if let (Some(context), "") = (&wanted.context, current.unwrap_or_default()) {
        plan.note(format!(
            "no context is current: use kubectl --context {context}, or `kubectl config \
             use-context {context}`"
        ));
    }
    allow(world, program, plan)?;
    if old == new {
        return Ok(());
    }
    let after = match smallest(&kubectl, &wanted, &before, &rehearsed.files, &new) {
        Some(smaller) => smaller,
        None => {
            let has_comments = |text: &String| text.lines().any(|line| line.contains('#'));
            if before.iter().flatten().any(has_comments) {
                plan.note("kubectl writes this file in its own style, without its comments");
            }
            rehearsed.files
        }
    };
    for ((file, before), after) in kubectl.files.iter().zip(before).zip(after) {
        if before == after {
            continue;
        }
        let folders = options.kubeconfig.is_none();
        if let Some(why) = world.obstacle(file, folders) {
            return Err(plan::file_error(file, &why));
        }
        plan.edit(file, before, after);
    }
    plan.keys.push(format!("user={}", wanted.user));
    if let Some(name) = &wanted.context {
        let before = item(&old, "contexts", name);
        let before = before.and_then(|context| context.get("user")?.as_str());
        // A run that finds its own user there knows nothing of the one before.
        if before != Some(wanted.user.as_str()) {
            plan.keys.push(format!("context={name}"));
            plan.keys
                .push(format!("before={}", before.unwrap_or_default()));
        }
    }
    Ok(())
}

/// The context that is meant: the one that is named, else the only one whose cluster the spec
/// lists, else the only one.
fn context(
    view: &Value,
    options: &Options,
    chosen: &Chosen,
    plan: &mut Plan,
) -> Result<String, Error> {
    let names: Vec<&str> = items(view, "contexts").map(|(name, _)| name).collect();
    let targets = chosen.loaded.spec.targets.iter().map(ToString::to_string);
    let urls: Vec<String> = targets.filter(|target| target.contains("://")).collect();
    let address = urls.first().map_or("https://HOST", String::as_str);
    let known = match names.as_slice() {
        [] => format!(
            "--user NAME writes the user alone; for a context: kubectl config set-cluster NAME \
             --server={address}, then kubectl config set-context NAME --cluster=NAME"
        ),
        names => format!(
            "--context takes one of: {}; for another: kubectl config set-cluster NAME \
             --server={address}, then kubectl config set-context NAME --cluster=NAME",
            names.join(", ")
        ),
    };
    if let Some(name) = &options.context {
        return match names.contains(&name.as_str()) {
            true => Ok(name.clone()),
            false => Err(plan::usage(format!("there is no context `{name}`"), known)),
        };
    }
    let is_listed = |context: &Value| {
        let target = server(view, context).and_then(|server| Target::parse(server).ok());
        target.is_some_and(|target| chosen.loaded.spec.specificity(&[target]).is_some())
    };
    let listed: Vec<&str> = items(view, "contexts")
        .filter(|(_, context)| is_listed(context))
        .map(|(name, _)| name)
        .collect();
    let name = &chosen.loaded.name;
    match (listed.as_slice(), names.as_slice()) {
        ([only], _) => Ok((*only).to_owned()),
        // A spec that lists URLs means those servers and no other.
        ([], [only]) if urls.is_empty() => {
            plan.note(format!("context `{only}` is the only one"));
            Ok((*only).to_owned())
        }
        ([], _) => Err(plan::usage(
            format!("spec `{name}` lists the cluster of no context"),
            known,
        )),
        (several, _) => Err(plan::usage(
            format!("spec `{name}` lists the clusters of several contexts"),
            format!("--context takes one of: {}", several.join(", ")),
        )),
    }
}

/// The files with as few changes as possible, if kubectl reads the same from them.
fn smallest(
    kubectl: &Kubectl<'_>,
    wanted: &Wanted,
    before: &[Option<String>],
    written: &[Option<String>],
    new: &Value,
) -> Option<Vec<Option<String>>> {
    let body = wanted.body();
    let changed: Vec<usize> = (0..before.len())
        .filter(|at| before.get(*at) != written.get(*at))
        .collect();
    for for_user in &changed {
        for for_context in &changed {
            let mut files = before.to_vec();
            let user = files.get_mut(*for_user)?;
            let Some(text) = user.as_deref() else {
                continue;
            };
            let Some(with_user) = kubeconfig::with_user(text, &wanted.user, &body) else {
                continue;
            };
            *user = Some(with_user);
            if let Some(name) = &wanted.context {
                let file = files.get_mut(*for_context)?;
                let Some(text) = file.as_deref() else {
                    continue;
                };
                let edited = kubeconfig::with_context_user(text, name, &wanted.user);
                let Some(edited) = edited else { continue };
                *file = Some(edited);
            }
            if kubectl.view(&files).is_ok_and(|view| view == *new)
                && (files.len() == 1 || kubectl.is_same_each(&files, written))
            {
                return Some(files);
            }
        }
    }
    None
}

/// The file without the user of a run, as kubectl writes it. `None` if neither the user nor a
/// context with it is there.
#[must_use]
pub fn take_out(world: &dyn Configuring, file: &Path, text: &str, run: &Run) -> Option<String> {
    let user = run.key("user=")?;
    let kubectl = Kubectl {
        world,
        program: world.find_program("kubectl")?.display().to_string(),
        files: vec![file.to_owned()],
    };
    let contents = [Some(text.to_owned())];
    let view = kubectl.view(&contents).ok()?;
    let words = |words: &[&str]| plan::step(&[&[&*kubectl.program, "config"], words].concat());
    let mut steps = Vec::new();
    let command = item(&view, "users", user).and_then(|user| user.get("exec")?.get("command"));
    if command.and_then(Value::as_str).is_some_and(plan::is_own) {
        steps.push(words(&["delete-user", user]));
    }
    if let (Some(context), Some(before)) = (run.key("context="), run.key("before=")) {
        let there = item(&view, "contexts", context);
        let of_context = there.and_then(|context| context.get("user")?.as_str());
        if of_context == Some(user) {
            let before = format!("--user={before}");
            steps.push(words(&["set-context", context, &before]));
        }
    }
    if steps.is_empty() {
        return None;
    }
    let rehearsed = kubectl.run(&contents, steps).ok()?;
    match rehearsed.outputs.iter().all(Result::is_ok) {
        true => rehearsed.files.into_iter().next().flatten(),
        false => None,
    }
}

/// What a later run has to know once an earlier one on the same context is undone: the user that
/// the context had before is that of the earlier run. Returns whether the later one was built on
/// it.
pub fn pass_on(undone: &Run, later: &mut Run) -> bool {
    let (Some(user), Some(before)) = (undone.key("user="), undone.key("before=")) else {
        return false;
    };
    if later.key("context=") != undone.key("context=") || later.key("before=") != Some(user) {
        return false;
    }
    let is_before = |key: &&mut String| key.starts_with("before=");
    if let Some(key) = later.keys.iter_mut().find(is_before) {
        *key = format!("before={before}");
    }
    later.is_overtaken = true;
    true
}
