//! `keyfob setup TOOL --undo`: takes out what was put in, and leaves what the user wrote since.

use std::path::{Path, PathBuf};

use super::plan::{Configuring, Edit, Options, absolute, file_error};
use super::record::{Record, Run};
use super::{docker, kubectl, write};
use crate::error::Error;
use crate::protocol::Reply;
use crate::spec::is_path;

/// Takes out the runs of this tool; with `--spec` only those of this spec, and with the option that
/// names a file only those on it.
///
/// # Errors
/// A file cannot be read or written.
pub fn run(world: &dyn Configuring, tool: &str, options: &Options) -> Result<Reply, Error> {
    let records = write::folder(world)?;
    let only = only(world, options)?;
    let spec = options.spec.as_deref().map(|spec| match is_path(spec) {
        true => absolute(world, Path::new(spec)).map(|path| path.display().to_string()),
        false => Ok(spec.to_owned()),
    });
    let spec = spec.transpose()?;
    let is_meant =
        |run: &Run| run.tool == tool && spec.as_ref().is_none_or(|spec| run.spec == *spec);
    let mut screen = String::new();
    let mut edits: Vec<(Record, Edit)> = Vec::new();
    let mut links: Vec<Record> = Vec::new();
    let all = world.json_files(&records).into_iter();
    let all: Vec<Record> = all
        .filter_map(|(_, text)| serde_json::from_str(&text).ok())
        .collect();
    let other = other_user(&all, tool);
    for record in all {
        let is_file = only.as_ref().is_none_or(|only| *only == record.path);
        if !is_file || !record.runs.iter().any(&is_meant) {
            continue;
        }
        if record.runs.iter().any(|run| run.link) {
            if other.is_some() {
                links.push(record);
                continue;
            }
            screen.push_str(&format!("remove link {}\n", record.path.display()));
            links.push(record);
            continue;
        }
        let edit = edit(world, &record, &is_meant, &mut screen)?;
        screen.push_str(&match edit.before == edit.after {
            true => String::new(),
            false => write::shown(&edit),
        });
        edits.push((record, edit));
    }
    if edits.is_empty() && links.is_empty() {
        let text = format!("nothing to undo: `keyfob setup {tool}` has put nothing in\n");
        return Ok(Reply::text(text));
    }
    if !write::agreed(world, options, &mut screen)? {
        return Ok(write::status(screen, true));
    }
    for (mut record, edit) in edits {
        let path = edit.path.clone();
        if edit.before != edit.after {
            world
                .replace_tool_file(&path, edit.before.as_deref(), edit.after.as_deref())
                .map_err(|why| file_error(&path, &why))?;
            screen.push_str(&match edit.after {
                Some(_) => format!("written: {}\n", path.display()),
                None => format!("removed: {}\n", path.display()),
            });
        }
        for run in record.runs.iter().rev().filter(|run| is_meant(run)) {
            world.remove_empty_folders(&run.folders);
        }
        let (taken, kept): (Vec<Run>, Vec<Run>) = record.runs.into_iter().partition(&is_meant);
        record.runs = kept;
        // A file that was created is removed with the last run on it.
        if let Some(first) = record.runs.first_mut() {
            first.created |= taken.iter().any(|run| run.created);
            let folders = taken.into_iter().flat_map(|run| run.folders);
            first.folders.extend(folders);
        }
        write::keep(world, &records, &record)?;
    }
    for mut record in links {
        if let Some(other) = other {
            // The link is the other tool's from now on.
            for run in &mut record.runs {
                other.clone_into(&mut run.tool);
            }
            write::keep(world, &records, &record)?;
            continue;
        }
        if let Err(why) = world.remove_link(&record.path) {
            screen.push_str(&format!(
                "warning: {}: {why}; it stays\n",
                record.path.display()
            ));
        }
        record.runs.clear();
        write::keep(world, &records, &record)?;
    }
    Ok(Reply::text(screen))
}

/// docker and podman run the same link: the one that still needs it.
fn other_user(records: &[Record], tool: &str) -> Option<&'static str> {
    let other = match tool {
        "docker" => "podman",
        "podman" => "docker",
        _ => return None,
    };
    let mut runs = records.iter().flat_map(|record| &record.runs);
    runs.any(|run| run.tool == other && !run.link)
        .then_some(other)
}

/// The file that an option names.
fn only(world: &dyn Configuring, options: &Options) -> Result<Option<PathBuf>, Error> {
    let config = options
        .config
        .as_ref()
        .map(|folder| Path::new(folder).join("config.json"));
    let named = options.file.as_ref().or(options.kubeconfig.as_ref());
    let named = named.map(PathBuf::from).or(config);
    named.map(|file| absolute(world, &file)).transpose()
}

/// The file without what the runs put in.
fn edit(
    world: &dyn Configuring,
    record: &Record,
    is_meant: &dyn Fn(&Run) -> bool,
    screen: &mut String,
) -> Result<Edit, Error> {
    let path = &record.path;
    let before = world
        .read_tool_file(path)
        .map_err(|why| file_error(path, &why))?;
    let mut after = before.clone();
    let mut is_whole = true;
    for run in record.runs.iter().rev().filter(|run| is_meant(run)) {
        let Some(text) = after else { break };
        let (reversed, found) = run.reverse(&text);
        after = match found {
            true => reversed,
            false => {
                let meaning = take_out(world, run, path, &text);
                is_whole &= meaning.is_some();
                meaning.or(reversed)
            }
        };
        let is_blank = after
            .as_deref()
            .is_some_and(|text| ["", "{}"].contains(&text.trim()));
        if run.created && is_blank {
            after = None;
        }
    }
    let shown = path.display();
    if before.is_none() {
        screen.push_str(&format!("note: {shown} is not there any more\n"));
    } else if !is_whole {
        screen.push_str(&format!(
            "warning: {shown} has changed where it was set up: what is not found stays\n"
        ));
    }
    if before != after
        && let Some(why) = world.obstacle(path, false)
    {
        return Err(file_error(path, &why));
    }
    Ok(Edit {
        path: path.clone(),
        before,
        after,
    })
}

/// Takes out what a run means, where its lines are not found.
fn take_out(world: &dyn Configuring, run: &Run, path: &Path, text: &str) -> Option<String> {
    match run.tool.as_str() {
        "docker" | "podman" => Some(docker::take_out(text, &run.keys)),
        "kubectl" => kubectl::take_out(world, path, text, &run.keys),
        _ => None,
    }
}
