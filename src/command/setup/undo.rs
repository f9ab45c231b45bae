//! `keyfob setup TOOL --undo`: takes out what was put in, and leaves what the user wrote since.

use std::path::{Path, PathBuf};

use super::plan::{Configuring, Edit, Options, absolute, file_error};
use super::record::{Record, Run};
use super::{docker, kubectl, write};
use crate::error::Error;
use crate::protocol::Reply;
use crate::spec::is_path;
use crate::tool::redact;

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
    let mut edits: Vec<(Record, Found)> = Vec::new();
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
        let found = find(world, &record, &is_meant, &mut screen)?;
        if found.edit.before != found.edit.after {
            let of_tool = record.runs.iter().filter(|run| run.tool == tool);
            let keys: Vec<String> = of_tool.flat_map(|run| run.keys.clone()).collect();
            let own = write::own_words(world, spec.as_deref().unwrap_or_default(), &keys);
            screen.push_str(&write::shown(tool, &own, &found.edit));
        }
        edits.push((record, found));
    }
    if edits.is_empty() && links.is_empty() {
        let text = format!("nothing to undo: `keyfob setup {tool}` has put nothing in\n");
        return Ok(Reply::text(text));
    }
    if !write::agreed(world, options, &mut screen)? {
        return Ok(write::status(screen, true));
    }
    let mut is_left = false;
    for (mut record, found) in edits {
        let edit = found.edit;
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
        let (mut taken, mut kept): (Vec<Run>, Vec<Run>) = (Vec::new(), Vec::new());
        for (at, mut run) in record.runs.into_iter().enumerate() {
            let left = found.left.iter().find(|(left, _)| *left == at);
            match (is_meant(&run), left) {
                (true, None) => taken.push(run),
                (true, Some((_, patches))) => kept.push(run.with_patches(patches)),
                (false, _) => {
                    // From the newest to the oldest, as they were built on one another.
                    for undone in taken.iter().rev() {
                        kubectl::pass_on(undone, &mut run);
                    }
                    kept.push(run);
                }
            }
        }
        for run in taken.iter().rev() {
            world.remove_empty_folders(&run.folders);
        }
        is_left |= !found.left.is_empty();
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
        for run in &record.runs {
            world.remove_empty_folders(&run.folders);
        }
        record.runs.clear();
        write::keep(world, &records, &record)?;
    }
    Ok(write::status(screen, is_left))
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

/// What of a record was found in its file.
struct Found {
    edit: Edit,
    /// The runs that were not wholly found, with the numbers of the patches that were not.
    left: Vec<(usize, Vec<usize>)>,
}

/// The file without what the runs put in.
fn find(
    world: &dyn Configuring,
    record: &Record,
    is_meant: &dyn Fn(&Run) -> bool,
    screen: &mut String,
) -> Result<Found, Error> {
    let path = &record.path;
    let before = world
        .read_tool_file(path)
        .map_err(|why| file_error(path, &why))?;
    let mut after = before.clone();
    let mut left = Vec::new();
    for (at, run) in record.runs.iter().enumerate().rev() {
        if !is_meant(run) {
            continue;
        }
        let Some(text) = after else { break };
        let (reversed, not_found) = run.reverse(&text);
        let is_found = not_found.is_empty() && !run.is_overtaken;
        after = if is_found {
            reversed
        } else if let Some(without) = take_out(world, run, path, &text) {
            Some(without)
        } else if is_overtaken(&record.runs, at) {
            Some(text)
        } else {
            left.push((at, not_found));
            // Half of a nested file's lines would break it.
            match run.is_nested() {
                true => Some(text),
                false => reversed,
            }
        };
        let is_blank = after
            .as_deref()
            .is_some_and(|text| ["", "{}"].contains(&text.trim()));
        if run.created && is_blank {
            after = None;
        }
    }
    if before.is_none() {
        screen.push_str(&format!("note: {} is not there any more\n", path.display()));
    } else if !left.is_empty() {
        let own = write::own_words(world, "", &[]);
        let text = after.as_deref().unwrap_or_default();
        screen.push_str(&not_found(record, &own, text));
    }
    if before != after
        && let Some(why) = world.obstacle(path, false)
    {
        return Err(file_error(path, &why));
    }
    Ok(Found {
        edit: Edit {
            path: path.clone(),
            before,
            after,
        },
        left,
    })
}

/// Says that lines have changed since, and which lines name keyfob.
fn not_found(record: &Record, own: &str, text: &str) -> String {
    let mut said = format!(
        "warning: {} has changed where it was set up, and what has changed stays: take it out by \
         hand\n",
        record.path.display()
    );
    let is_nested = record.runs.iter().any(Run::is_nested);
    let mut redacted = redact::Lines::new(is_nested, own);
    for (at, line) in text.lines().enumerate() {
        let shown = redacted.shown(line);
        if line.contains("keyfob") {
            said.push_str(&format!("  line {}: {}\n", at + 1, shown.trim()));
        }
    }
    said
}

/// Whether a later run on the same context has put its own user in place of this run's.
fn is_overtaken(runs: &[Run], at: usize) -> bool {
    let Some(user) = runs.get(at).and_then(|run| run.key("user=")) else {
        return false;
    };
    let mut later = runs.iter().skip(at + 1);
    later.any(|later| later.key("before=") == Some(user))
}

/// Takes out what a run means, where its lines are not found.
fn take_out(world: &dyn Configuring, run: &Run, path: &Path, text: &str) -> Option<String> {
    match run.tool.as_str() {
        "docker" | "podman" => docker::take_out(text, &run.keys),
        "kubectl" => kubectl::take_out(world, path, text, run),
        _ => None,
    }
}
