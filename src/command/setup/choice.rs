//! Which spec a tool is set up for.

use std::path::Path;

use super::plan::{Chosen, Configuring, Options, Plan, absolute, usage};
use crate::command::selected_spec;
use crate::error::{Code, Error};
use crate::find::{self, LoadedSpec};
use crate::spec::is_path;

/// The spec that is named, else the only one in the configuration folder that fits the tool.
///
/// # Errors
/// The spec cannot be used or is not for the caller; or none is named, and not exactly one fits.
pub fn spec(
    world: &dyn Configuring,
    options: &Options,
    tool: &str,
    caller: &str,
    is_for: &dyn Fn(&LoadedSpec) -> bool,
    plan: &mut Plan,
) -> Result<Chosen, Error> {
    let Some(written) = selected_spec(world, options.spec.as_deref()) else {
        return only(world, tool, is_for, plan);
    };
    if written == "-" || written.trim_start().starts_with('{') {
        return Err(usage(
            "a tool's configuration names a spec in a file",
            "name a spec of the configuration folder, or a file",
        ));
    }
    let loaded = find::named(world, &written, None)?;
    find::validate(&loaded.spec)?;
    if !loaded.spec.callers.include(caller) {
        let sentence = format!("spec `{}` is not for {caller}", loaded.name);
        return Err(
            Error::new(Code::TargetNotListed, sentence).hint("add it to the spec's `callers`")
        );
    }
    if !is_path(&written) {
        return Ok(Chosen {
            reference: written,
            is_found: true,
            loaded,
        });
    }
    let path = absolute(world, Path::new(&written))?;
    let folder = world.config_folder();
    let name = path.file_stem().and_then(|stem| stem.to_str());
    let is_found = folder.is_some() && folder.as_deref() == path.parent();
    Ok(Chosen {
        reference: match (is_found, name) {
            (true, Some(name)) => name.to_owned(),
            _ => path.display().to_string(),
        },
        is_found,
        loaded,
    })
}

fn only(
    world: &dyn Configuring,
    tool: &str,
    is_for: &dyn Fn(&LoadedSpec) -> bool,
    plan: &mut Plan,
) -> Result<Chosen, Error> {
    let all = find::all_there(world)?;
    let mut fit: Vec<LoadedSpec> = all.into_iter().filter(is_for).collect();
    if fit.len() > 1 {
        let names: Vec<&str> = fit.iter().map(|loaded| loaded.name.as_str()).collect();
        return Err(usage(
            format!("several specs are for {tool}: {}", names.join(", ")),
            format!(
                "name one: keyfob setup {tool} --spec {}",
                names.first().unwrap_or(&"NAME")
            ),
        ));
    }
    let Some(loaded) = fit.pop() else {
        let sentence = format!("no spec in the configuration folder is for {tool}");
        return Err(Error::new(Code::SpecNotFound, sentence)
            .hint("name one with --spec; its `targets` and `callers` say what it is for"));
    };
    plan.note(format!("spec `{}` is the only one for {tool}", loaded.name));
    Ok(Chosen {
        reference: loaded.name.clone(),
        is_found: true,
        loaded,
    })
}
