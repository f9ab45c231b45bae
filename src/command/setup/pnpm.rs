//! pnpm: `tokenHelper` for each registry, in the text of the user's own `.npmrc`.
//!
//! `pnpm config set` does not do it in every version: until 10 it hands the key to npm, which
//! refuses it and leaves the exit status at 0, and later ones write to a file of their own.

use std::path::Path;

use super::links;
use super::plan::{self, Chosen, Configuring, Options, Plan};
use super::targets::{self, Listed};
use crate::error::Error;
use crate::world::tool_files::Rehearsal;

/// The first version that takes arguments after the program.
const TAKES_ARGUMENTS: u32 = 11;
const LINK: &str = "pnpm-keyfob";

/// Why pnpm cannot name an entry of `targets`.
fn fits(entry: &Listed) -> Result<(), &'static str> {
    match entry.is_wildcard() {
        true => Err("an npmrc has no wildcards: list the registry itself"),
        false => Ok(()),
    }
}

/// Whether pnpm can be set up for a spec.
#[must_use]
pub fn is_for(loaded: &crate::find::LoadedSpec) -> bool {
    loaded.spec.callers.include("pnpm") && !targets::hosts(loaded, |_| true, &fits).0.is_empty()
}

/// The text with this value for a key. A key that is there keeps its place; of several the last one
/// counts.
fn with_value(text: &str, key: &str, value: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("{key}={value}{newline}");
    let is_key = |line: &&str| {
        line.split('=')
            .next()
            .is_some_and(|name| name.trim() == key)
    };
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let last = lines.iter().rposition(is_key);
    let is_set = last.and_then(|at| lines.get(at));
    if is_set.is_some_and(|line| line.trim() == line_of(key, value)) {
        return text.to_owned();
    }
    match last {
        Some(at) => {
            if let Some(old) = lines.get_mut(at) {
                *old = &line;
            }
            lines.concat()
        }
        None => {
            let end = match text.is_empty() || text.ends_with('\n') {
                true => "",
                false => newline,
            };
            [text, end, &line].concat()
        }
    }
}

fn line_of(key: &str, value: &str) -> String {
    format!("{key}={value}")
}

/// Plans the changes.
///
/// # Errors
/// The file cannot be read or edited, or pnpm cannot name the program.
pub fn plan(
    world: &dyn Configuring,
    _: &Options,
    chosen: &Chosen,
    program: &str,
    plan: &mut Plan,
) -> Result<(), Error> {
    let (hosts, left_out) = targets::entries(&chosen.loaded, |_| true, &fits);
    plan.notes.extend(left_out);
    if hosts.is_empty() {
        return Err(plan::usage(
            format!("spec `{}` lists no registry", chosen.loaded.name),
            "add `https://HOST` or `https://HOST/PATH` to its `targets`",
        ));
    }
    let file = plan::first_file(world, "pnpm")?;
    let version = version(world);
    let value = match version {
        Some(old) if old < TAKES_ARGUMENTS => {
            links::need(world, LINK, plan)?;
            let folder = Path::new(program).parent().unwrap_or(Path::new("/"));
            plan.warn(format!(
                "pnpm {old} passes no arguments: set KEYFOB_SPEC={} in its environment",
                chosen.reference
            ));
            let there = world.find_program(LINK);
            there
                .unwrap_or_else(|| folder.join(LINK))
                .display()
                .to_string()
        }
        _ => {
            let words = [vec![program.to_owned(), "pnpm".to_owned()], chosen.named()].concat();
            let odd = |c: char| c.is_whitespace() || "\"'\\`$%".contains(c);
            if words.iter().any(|word| word.contains(odd)) {
                return Err(plan::file_error(
                    &file,
                    &format!("pnpm cannot name {program}: it knows no quotes"),
                ));
            }
            words.join(" ")
        }
    };
    let entries = hosts.iter().map(|host| {
        let key = format!("//{}{}/:tokenHelper", host.host, host.path);
        (key, value.as_str())
    });
    let entries: Vec<(String, &str)> = entries.collect();
    if version.is_none() {
        plan.note(format!(
            "pnpm is not installed; these lines are for {}",
            file.display()
        ));
        plan.lines = entries
            .iter()
            .map(|(key, value)| format!("{}\n", line_of(key, value)))
            .collect();
        return Ok(());
    }
    let before = plan::read(world, &file, true)?;
    let text = before.clone().unwrap_or_default();
    let after = entries
        .iter()
        .fold(text, |text, (key, value)| with_value(&text, key, value));
    plan.edit(&file, before, Some(after));
    Ok(())
}

/// The major version of pnpm; `None` if it is not installed.
fn version(world: &dyn Configuring) -> Option<u32> {
    let program = world.find_program("pnpm")?;
    let rehearsal = Rehearsal {
        steps: vec![plan::step(&[&program.display().to_string(), "--version"])],
        ..Rehearsal::default()
    };
    let rehearsed = world.rehearse(&rehearsal).ok();
    let printed = rehearsed.and_then(|rehearsed| rehearsed.outputs.into_iter().next()?.ok());
    let major = printed
        .as_deref()
        .and_then(|text| text.trim().split('.').next()?.parse().ok());
    // A version that cannot be read is taken for a new one.
    Some(major.unwrap_or(TAKES_ARGUMENTS))
}
