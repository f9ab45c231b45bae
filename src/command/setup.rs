//! `keyfob setup TOOL`: writes the configuration of a tool, and takes it out again.
//!
//! The tool's own writer edits a private copy; the difference is shown, and put in place if the
//! user agrees. The exit status is 0 if the tool is set up, and 1 if something is left to do.

mod aws;
mod choice;
pub mod diff;
mod docker;
mod git;
mod go;
pub mod json;
pub mod kubeconfig;
mod kubectl;
mod links;
pub mod plan;
mod pnpm;
mod printed;
pub mod record;
mod targets;
mod undo;
mod write;

use plan::{Configuring, Options, Plan, usage};

use crate::error::{Code, Error};
use crate::find;
use crate::protocol::Reply;
use crate::text::nearest;

/// The tools whose files are edited.
const EDITED: &str = "kubectl git docker podman go pnpm aws links";
/// Programs that read the file of another.
const ALIASES: &str = "skopeo podman
buildah podman
goauth go
tofu terraform
bao vault
openbao vault
opentofu terraform
gcloud google
keyring uv";

/// Sets a tool up, or takes the setup out.
///
/// # Errors
/// The tool is not known, the spec is unclear, or a file cannot be read or edited.
pub fn run(world: &dyn Configuring, options: &Options) -> Result<Reply, Error> {
    let Some(written) = options.tool.as_deref() else {
        return Err(usage("no tool is named", tools()));
    };
    let alias = aliases().find(|(name, _)| *name == written);
    let written = alias.map_or(written, |(_, tool)| tool);
    let edited = EDITED.split(' ').find(|tool| *tool == written);
    let known = edited.or_else(|| printed::tools().find(|tool| *tool == written));
    let tool = known.ok_or_else(|| {
        let hint = match nearest(written, names()) {
            Some(meant) => format!("is `{meant}` meant?"),
            None if find::named(world, written, None).is_ok() => {
                format!("a spec is named by --spec: keyfob setup TOOL --spec {written}")
            }
            None => tools(),
        };
        usage("this tool is not known", hint)
    })?;
    check(tool, options)?;
    if options.undo {
        return undo::run(world, tool, options);
    }
    let program = world.own_program().ok_or_else(|| {
        Error::new(
            Code::ConfigurationUnusable,
            "the path of this program is unknown",
        )
    })?;
    let shown = program.display().to_string();
    let mut plan = Plan::default();
    links::warn(world, &program, &mut plan);
    if tool == "links" {
        links::plan(world, options, &program, &mut plan)?;
        return write::apply(world, tool, "", options, plan);
    }
    let is_for = |loaded: &_| match tool {
        "kubectl" => kubectl::is_for(loaded),
        "git" => git::is_for(loaded),
        "docker" | "podman" => docker::is_for(loaded),
        "go" => go::is_for(loaded),
        "pnpm" => pnpm::is_for(loaded),
        "aws" => aws::is_for(loaded),
        tool => printed::is_for(tool, loaded),
    };
    let caller = match tool {
        "podman" => "docker",
        "go" => "goauth",
        tool => printed::caller(tool).unwrap_or(tool),
    };
    let chosen = choice::spec(world, options, tool, caller, &is_for, &mut plan)?;
    match tool {
        "kubectl" => kubectl::plan(world, options, &chosen, &shown, &mut plan)?,
        "git" => git::plan(world, options, &chosen, &shown, &mut plan)?,
        "docker" | "podman" => docker::plan(world, tool, options, &chosen, &mut plan)?,
        "go" => go::plan(world, options, &chosen, &shown, &mut plan)?,
        "pnpm" => pnpm::plan(world, options, &chosen, &shown, &mut plan)?,
        "aws" => aws::plan(world, options, &chosen, &shown, &mut plan)?,
        tool => {
            printed::plan(tool, &chosen, &shown, &mut plan)?;
            return Ok(write::lines(&plan));
        }
    }
    write::apply(world, tool, &chosen.reference, options, plan)
}

/// The names of all tools, for completion.
pub fn names() -> impl Iterator<Item = &'static str> {
    let all = EDITED.split(' ').chain(printed::tools());
    all.chain(aliases().map(|(name, _)| name))
}

/// Each alias with its tool.
fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALIASES.lines().filter_map(|row| row.split_once(' '))
}

fn tools() -> String {
    let printed: Vec<&str> = printed::tools().collect();
    let edited = EDITED.trim_end_matches(" links").replace(' ', ", ");
    format!(
        "keyfob setup TOOL edits the files of {edited}; `links` makes the links; for {} it prints \
         the lines",
        printed.join(", ")
    )
}

/// Options of another tool are an error, because they would have no effect.
fn check(tool: &str, options: &Options) -> Result<(), Error> {
    let rows = [
        ("--user", options.user.is_some(), "kubectl"),
        ("--context", options.context.is_some(), "kubectl"),
        ("--kubeconfig", options.kubeconfig.is_some(), "kubectl"),
        ("--pin", options.pin, "kubectl"),
        ("--global", options.global, "git"),
        ("--file", options.file.is_some(), "git"),
        ("--config", options.config.is_some(), "docker"),
        ("--profile", options.profile.is_some(), "aws"),
        ("--dir", options.dir.is_some(), "links"),
    ];
    for (option, is_given, of) in rows {
        if is_given && of != tool {
            let hint = "`keyfob setup --help` says which option is for which tool";
            return Err(usage(
                format!("{option} goes with `keyfob setup {of}`"),
                hint,
            ));
        }
    }
    if options.global && options.file.is_some() {
        return Err(usage(
            "--global and --file exclude each other",
            "leave one of them out",
        ));
    }
    if options.yes && options.print {
        return Err(usage(
            "--yes and --print exclude each other",
            "leave one of them out",
        ));
    }
    Ok(())
}
