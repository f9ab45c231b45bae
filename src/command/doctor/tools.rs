//! The tools' configuration: whether the helpers that it names exist, and so the specs that these
//! are to use.

use std::path::{Path, PathBuf};

use super::findings::Findings;
use crate::find::{self, Lookup};
use crate::protocol::CALLERS;
use crate::target::Target;
use crate::text::nearest;
use crate::tool::kuberc::{Permitted, permitted};
use crate::tool::{self, Helper, redact};
use crate::world::inspection::Examining;

/// Tools that are told by their configuration to call keyfob, and that `keyfob setup` sets up.
const SET_UP: [&str; 3] = ["git", "docker", "podman"];

/// Checks every helper in the files of the tools; git's are those that git itself lists.
pub(super) fn check(world: &dyn Examining, of_git: Vec<Helper>, findings: &mut Findings) {
    let from_files = tool::helpers(world).into_iter();
    let others = from_files.filter(|helper| helper.tool != "git");
    let helpers: Vec<Helper> = of_git.into_iter().chain(others).collect();
    let mut configured: Vec<&str> = Vec::new();
    for helper in &helpers {
        if is_sound(world, helper, findings) && helper.is_ours() {
            configured.push(helper.tool);
        }
    }
    configured.dedup();
    overridden(world, &helpers, findings);
    for tool in &configured {
        if findings.is_clean(tool) {
            let files: Vec<String> = helpers
                .iter()
                .filter(|helper| helper.tool == *tool && helper.is_ours())
                .map(|helper| helper.file.display().to_string())
                .collect();
            let mut files = files;
            files.dedup();
            findings.ok(tool, &format!("calls keyfob: {}", files.join(", ")));
        }
    }
    links(world, &configured, findings);
}

/// What keeps a tool from calling the helper that its file names: kubectl's own list of plugins,
/// and go's variable.
fn overridden(world: &dyn Examining, helpers: &[Helper], findings: &mut Findings) {
    let ours = |tool: &'static str| {
        let helpers = helpers.iter();
        helpers.filter(move |helper| helper.tool == tool && helper.is_ours())
    };
    let file = tool::kuberc(world);
    let kuberc = file.and_then(|file| Some((world.read_value(&file).ok()?, file)));
    if let Some((content, file)) = kuberc {
        let text = content.expose_text().unwrap_or_default();
        for helper in ours("kubectl") {
            not_permitted(world, helper, &permitted(text), &file, findings);
        }
    }
    let goauth = world.variable("GOAUTH").filter(|value| !value.is_empty());
    if let Some(value) = goauth
        && ours("go").next().is_some()
        && !tool::helpers_in("go", &format!("GOAUTH={value}"))
            .iter()
            .any(Helper::is_ours)
    {
        let says = "GOAUTH is set in the environment, where it takes precedence over the file, and \
                    does not name keyfob";
        findings.note("go", says, Some("leave GOAUTH unset"));
    }
}

fn not_permitted(
    world: &dyn Examining,
    helper: &Helper,
    permitted: &Permitted<'_>,
    file: &Path,
    findings: &mut Findings,
) {
    let program = redact::without_userinfo(&helper.program);
    let file = file.display();
    match permitted {
        Permitted::Any => {}
        Permitted::None => {
            let says = format!("{file} lets kubectl run no plugin at all, so not `{program}`");
            findings.fail("kubectl", &says, None);
        }
        Permitted::Only(entries) => {
            let found = |name: &str| match name.contains('/') {
                true => Some(PathBuf::from(name)),
                false => world.find_program(name),
            };
            let is_it = |entry: &&str| {
                *entry == helper.program
                    || found(entry).is_some_and(|path| found(&helper.program) == Some(path))
            };
            if !entries.iter().any(is_it) {
                let says = format!(
                    "{file} lists the plugins that kubectl may run, and `{program}` is not among \
                     them"
                );
                let hint = format!("add `command: {program}` to the list");
                findings.fail("kubectl", &says, Some(&hint));
            }
        }
    }
}

/// Checks one helper. One that is not keyfob's, nor meant to be, is none of ours.
fn is_sound(world: &dyn Examining, helper: &Helper, findings: &mut Findings) -> bool {
    let place = format!("{}:{}", helper.file.display(), helper.line);
    let program = redact::without_userinfo(&helper.program);
    if program_of(world, helper).is_none() {
        let links = CALLERS.iter().map(|caller| caller.link);
        let name = Path::new(&program)
            .file_name()
            .and_then(|name| name.to_str());
        let meant = nearest(name.unwrap_or_default(), links.chain(["keyfob"]));
        let meant = meant.filter(|meant| meant.contains("keyfob"));
        if !helper.is_ours() && meant.is_none() {
            return true;
        }
        let says = format!("{place} names `{program}`, which is not found");
        let hint = match meant {
            Some(meant) if name != Some(meant) => format!("is `{meant}` meant?"),
            _ => "`keyfob setup links` makes the names; or write the program's whole path".into(),
        };
        findings.fail(helper.tool, &says, Some(&hint));
        return false;
    }
    if !helper.is_ours() {
        return true;
    }
    if let Some(spec) = &helper.spec {
        if let Err(error) = find::named(world, spec, None) {
            let says = format!("{place}: {} ({})", error.sentence, error.code);
            findings.fail(helper.tool, &says, error.hint.as_deref());
            return false;
        }
    } else if ["docker", "podman"].contains(&helper.tool)
        && let Some(registry) = &helper.target
        && let Ok(target) = Target::parse(registry)
    {
        let targets = [target];
        if let Err(error) = find::by_target(world, Lookup::new("docker", &targets)) {
            let says = format!("{place}: {} ({})", error.sentence, error.code);
            findings.fail(helper.tool, &says, error.hint.as_deref());
            return false;
        }
    }
    true
}

/// The program's file, as its tool finds it.
fn program_of(world: &dyn Examining, helper: &Helper) -> Option<PathBuf> {
    let program = &helper.program;
    if !program.contains('/') {
        return world
            .find_program(program)
            .or_else(|| elsewhere(world, helper));
    }
    // Bazel puts the workspace's folder there.
    if program.contains('%') {
        return Some(PathBuf::from(program));
    }
    let path = tool::expand_home(world, program);
    let folder = helper.file.parent().unwrap_or(Path::new("/"));
    let path = folder.join(path);
    world.file_status(&path).is_ok().then_some(path)
}

/// Where tools look for a name besides PATH: terraform in its folder of plugins, cargo among the
/// aliases in its file.
fn elsewhere(world: &dyn Examining, helper: &Helper) -> Option<PathBuf> {
    let path = match helper.tool {
        "terraform" => tool::home(world)?
            .join(".terraform.d/plugins")
            .join(&helper.program),
        "cargo" => {
            let content = world.read_value(&helper.file).ok()?;
            let text = content.expose_text()?;
            let has_alias = text.contains("[credential-alias]");
            return has_alias.then(|| helper.file.clone());
        }
        _ => return None,
    };
    world.file_status(&path).is_ok().then_some(path)
}

/// The links on PATH, and the tools that are installed and call keyfob by none of their files.
fn links(world: &dyn Examining, configured: &[&str], findings: &mut Findings) {
    let links = CALLERS.iter().map(|caller| caller.link);
    let there: Vec<&str> = links
        .filter(|link| world.find_program(link).is_some())
        .collect();
    if !there.is_empty() {
        findings.ok("on PATH", &there.join(", "));
    }
    let is_absent = |tool: &&str| {
        // podman reads docker's file too.
        let is_configured = |tool: &str| configured.contains(&tool);
        let is_set_up = is_configured(tool) || *tool == "podman" && is_configured("docker");
        world.find_program(tool).is_some() && !is_set_up && findings.is_clean(tool)
    };
    let absent: Vec<&str> = SET_UP.into_iter().filter(is_absent).collect();
    if !absent.is_empty() {
        let says = format!(
            "{}: no file of its configuration names keyfob",
            absent.join(", ")
        );
        let hint = "`keyfob setup TOOL --spec NAME` sets a tool up";
        findings.note("not set up", &says, Some(hint));
    }
}
