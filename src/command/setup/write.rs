//! Shows a plan, asks, and puts it in place.

use std::path::{Path, PathBuf};

use super::diff;
use super::plan::{Configuring, Edit, Options, Plan, file_error};
use super::record::{self, Record, Run};
use crate::error::{Code, Error};
use crate::protocol::{CALLERS, Reply};
use crate::text::is_yes;
use crate::tool::redact;

/// The lines of a plan that changes nothing by itself.
#[must_use]
pub fn lines(plan: &Plan) -> Reply {
    Reply::text(said(plan) + &plan.lines)
}

fn said(plan: &Plan) -> String {
    let notes = plan.notes.iter().map(|note| format!("note: {note}\n"));
    let warnings = plan.warnings.iter();
    let warnings = warnings.map(|warning| format!("warning: {warning}\n"));
    notes.chain(warnings).collect()
}

/// The words that setup writes for a tool, which may be shown.
pub(super) fn own_words(world: &dyn Configuring, spec: &str, keys: &[String]) -> String {
    let program = world.own_program().unwrap_or_default();
    let folder = program.parent().unwrap_or(Path::new("/"));
    let mut words = format!("{} {spec}", program.display());
    for caller in CALLERS {
        let link = folder.join(caller.link);
        words.push_str(&format!(" {} {}", caller.name, link.display()));
    }
    for key in keys {
        let value = key.split_once('=').map_or("", |(_, value)| value);
        words.push_str(&format!(" {value}"));
    }
    words.push_str(" client.authentication.k8s.io/v1");
    words
}

/// The diff of one file.
pub(super) fn shown(tool: &str, own: &str, edit: &Edit) -> String {
    let path = edit.path.display().to_string();
    let name = |content: &Option<String>| match content {
        Some(_) => path.clone(),
        None => "/dev/null".to_owned(),
    };
    let before = edit.before.as_deref().unwrap_or_default();
    let after = edit.after.as_deref().unwrap_or_default();
    let shown = |lines: &[&str]| {
        let mut redacted = redact::Lines::new(record::is_nested(tool), own);
        lines.iter().map(|line| redacted.shown(line)).collect()
    };
    format!(
        "--- {}\n+++ {}\n{}",
        name(&edit.before),
        name(&edit.after),
        diff::unified(before, after, &shown)
    )
}

/// Whether the changes may be written: the user says so, by an option or at the terminal.
///
/// # Errors
/// Standard output cannot be written.
pub(super) fn agreed(
    world: &dyn Configuring,
    options: &Options,
    screen: &mut String,
) -> Result<bool, Error> {
    if options.print {
        return Ok(false);
    }
    if options.yes {
        return Ok(true);
    }
    if !world.is_terminal() {
        screen.push_str("nothing was written: this is no terminal; --yes writes it\n");
        return Ok(false);
    }
    // What is asked about has to be on the screen before the question.
    let text = Reply::text(std::mem::take(screen));
    world
        .write_stdout(&text.stdout)
        .map_err(|why| Error::new(Code::OutputFailed, why))?;
    let answer = world.ask("Write this? [y/N] ").unwrap_or_default();
    let yes = is_yes(&answer);
    if !yes {
        screen.push_str("nothing was written\n");
    }
    Ok(yes)
}

/// Shows the plan, asks, and writes.
///
/// # Errors
/// A file cannot be written. Files that were written before it stay, and `--undo` knows them.
pub fn apply(
    world: &dyn Configuring,
    tool: &str,
    spec: &str,
    options: &Options,
    plan: Plan,
) -> Result<Reply, Error> {
    let mut screen = said(&plan);
    screen.push_str(&plan.lines);
    let is_complete = !plan.is_partial && plan.lines.is_empty();
    if plan.edits.is_empty() && plan.links.is_empty() {
        if is_complete {
            screen.push_str(&format!("nothing to do: {tool} is set up\n"));
        }
        return Ok(status(screen, !is_complete));
    }
    let program = world.own_program().unwrap_or_default();
    let own = own_words(world, spec, &plan.keys);
    for edit in &plan.edits {
        screen.push_str(&shown(tool, &own, edit));
    }
    for link in &plan.links {
        let (link, program) = (link.display(), program.display());
        screen.push_str(&format!("link {link} -> {program}\n"));
    }
    if !agreed(world, options, &mut screen)? {
        return Ok(status(screen, true));
    }
    let records = folder(world)?;
    for edit in &plan.edits {
        let run = Run::of(edit, tool, spec, plan.keys.clone(), world.random());
        note(world, &records, &edit.path, run)?;
        let done =
            world.replace_tool_file(&edit.path, edit.before.as_deref(), edit.after.as_deref());
        match done {
            Ok(folders) => with_last(world, &records, &edit.path, &|runs| {
                if let Some(run) = runs.last_mut() {
                    run.folders.clone_from(&folders);
                }
            })?,
            Err(why) => {
                with_last(world, &records, &edit.path, &|runs| {
                    runs.pop();
                })?;
                return Err(file_error(&edit.path, &why));
            }
        }
        screen.push_str(&format!("written: {}\n", edit.path.display()));
    }
    for link in &plan.links {
        let folders = world
            .create_link(link, &program)
            .map_err(|why| file_error(link, &why))?;
        note(world, &records, link, Run::of_link(tool, folders))?;
        screen.push_str(&format!("made: {}\n", link.display()));
    }
    screen.push_str(&format!(
        "`keyfob setup {tool} --undo` takes it out again\n"
    ));
    Ok(status(screen, !is_complete))
}

pub(super) fn status(screen: String, is_left: bool) -> Reply {
    Reply {
        status: i32::from(is_left),
        ..Reply::text(screen)
    }
}

/// The folder of the records.
///
/// # Errors
/// There is no configuration folder.
pub(super) fn folder(world: &dyn Configuring) -> Result<PathBuf, Error> {
    let folder = world.config_folder().map(|folder| folder.join("setup"));
    folder.ok_or_else(|| {
        let sentence = "there is no configuration folder to note in what is to be undone";
        Error::new(Code::ConfigurationUnusable, sentence).hint("set KEYFOB_CONFIG_DIR or HOME")
    })
}

/// The record of a file, if there is one.
pub(super) fn recorded(world: &dyn Configuring, records: &Path, path: &Path) -> Option<Record> {
    let bytes = world.read_config(&records.join(record::file_name(path)));
    serde_json::from_slice(&bytes.ok()?).ok()
}

fn note(world: &dyn Configuring, records: &Path, path: &Path, run: Run) -> Result<(), Error> {
    let mut record = recorded(world, records, path).unwrap_or_else(|| Record {
        path: path.to_owned(),
        runs: Vec::new(),
    });
    record.runs.push(run);
    keep(world, records, &record)
}

fn with_last(
    world: &dyn Configuring,
    records: &Path,
    path: &Path,
    change: &dyn Fn(&mut Vec<Run>),
) -> Result<(), Error> {
    let Some(mut record) = recorded(world, records, path) else {
        return Ok(());
    };
    change(&mut record.runs);
    keep(world, records, &record)
}

/// Writes a record, or removes it if it holds no run.
///
/// # Errors
/// The record cannot be written.
pub(super) fn keep(world: &dyn Configuring, records: &Path, record: &Record) -> Result<(), Error> {
    let file = records.join(record::file_name(&record.path));
    let failed = |why: &dyn std::fmt::Display| file_error(&file, why);
    let before = world.read_tool_file(&file).map_err(|why| failed(&why))?;
    let after = match record.runs.is_empty() {
        true => None,
        false => Some(serde_json::to_string(record).map_err(|why| failed(&why))?),
    };
    if before != after {
        world
            .replace_tool_file(&file, before.as_deref(), after.as_deref())
            .map_err(|why| failed(&why))?;
    }
    if after.is_none() {
        world.remove_empty_folders(&[records.to_owned()]);
    }
    Ok(())
}
