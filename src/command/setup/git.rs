//! git: for each host of the spec, an empty `helper` that makes git forget the helpers before it,
//! then keyfob. Written by `git config`.

mod config;

use std::path::{Path, PathBuf};

use config::{entries, values, warn};

use super::plan::{self, Chosen, Configuring, Options, Plan, shell_word};
use super::targets::{self, Listed};
use crate::error::Error;
use crate::tool;
use crate::world::tool_files::{Rehearsal, Rehearsed};

/// Why git cannot name an entry of `targets`.
fn fits(entry: &Listed) -> Result<(), &'static str> {
    match entry.is_http {
        true => Err("keyfob hands git no token for plain http"),
        false => Ok(()),
    }
}

/// Whether git can be set up for a spec.
#[must_use]
pub fn is_for(chosen: &crate::find::LoadedSpec) -> bool {
    chosen.spec.callers.include("git")
        && !targets::hosts(chosen, Listed::is_url, &fits).0.is_empty()
}

/// Plans the changes.
///
/// # Errors
/// The configuration cannot be read or edited, or the spec lists nothing that git can name.
pub fn plan(
    world: &dyn Configuring,
    options: &Options,
    chosen: &Chosen,
    program: &str,
    plan: &mut Plan,
) -> Result<(), Error> {
    let (hosts, left_out) = targets::hosts(&chosen.loaded, Listed::is_url, &fits);
    plan.notes.extend(left_out);
    if hosts.is_empty() {
        let name = &chosen.loaded.name;
        return Err(plan::usage(
            format!("spec `{name}` lists no target that git can ask for"),
            "add `https://HOST` or `https://HOST/PATH` to its `targets`",
        ));
    }
    let command = helper(program, chosen);
    let Some(git) = world.find_program("git") else {
        plan.note("git is not installed; these lines are for its configuration file");
        plan.lines = lines(&hosts, &command);
        return Ok(());
    };
    let git = git.display().to_string();
    let (file, is_named) = file(world, options)?;
    let before = plan::read(world, &file, !is_named)?;
    let run = |content: &Option<String>, steps: Vec<Vec<String>>| {
        let rehearsal = Rehearsal {
            files: vec![(file.clone(), content.clone())],
            variables: Vec::new(),
            steps,
        };
        let rehearsed = world.rehearse(&rehearsal);
        rehearsed.map_err(|why| plan::file_error(&file, &why))
    };
    let config = |words: &[&str]| -> Vec<String> {
        let head = [git.as_str(), "config", "--file", &plan::copy_of(&file)];
        plan::step(&[&head, words].concat())
    };
    let list = || config(&["--null", "--list"]);
    let listed = match &before {
        None => Vec::new(),
        Some(_) => entries(&file, &run(&before, vec![list()])?, 0)?,
    };
    let mut steps = Vec::new();
    for host in &hosts {
        let key = format!("credential.{}.helper", host.origin());
        let helpers: Vec<&str> = values(&listed, &key);
        match helpers.as_slice() {
            [.., "", ours] if *ours == command => {}
            // An older path of keyfob.
            [.., "", ours] if plan::is_own(plan::program_of(ours)) => {
                steps.push(config(&[
                    "--replace-all",
                    "--fixed-value",
                    &key,
                    &command,
                    ours,
                ]));
            }
            _ => {
                steps.push(config(&["--add", &key, ""]));
                steps.push(config(&["--add", &key, &command]));
            }
        }
        let key = format!("credential.{}.useHttpPath", host.origin());
        let is_set = values(&listed, &key).last() == Some(&"true");
        if !host.path.is_empty() && !is_set {
            steps.push(config(&[&key, "true"]));
        }
    }
    let mut after = before.clone();
    if !steps.is_empty() {
        let rehearsed = run(&before, steps)?;
        failure(&file, &rehearsed)?;
        after = rehearsed.files.into_iter().next().flatten();
    }
    let listed = entries(&file, &run(&after, vec![list()])?, 0)?;
    warn(world, &git, &hosts, &command, &listed, plan);
    plan.edit(&file, before, after);
    Ok(())
}

/// The value of `helper`. git runs it in a shell, and takes it for a path only if it begins as one.
fn helper(program: &str, chosen: &Chosen) -> String {
    let quoted = shell_word(program);
    let start = match quoted == program {
        true => quoted,
        false => format!("!{quoted}"),
    };
    let words = chosen.unless_found();
    let words = words.iter().map(|word| shell_word(word));
    let words: Vec<String> = [start, "git".to_owned()].into_iter().chain(words).collect();
    words.join(" ")
}

/// The lines for a configuration file that somebody edits by hand.
fn lines(hosts: &[Listed], command: &str) -> String {
    let section = |host: &Listed| {
        let path = if host.path.is_empty() {
            ""
        } else {
            "\tuseHttpPath = true\n"
        };
        let value = match command.contains(['"', '\\', '#', ';']) {
            true => format!("\"{}\"", command.replace('\\', "\\\\").replace('"', "\\\"")),
            false => command.to_owned(),
        };
        format!(
            "[credential \"{}\"]\n\thelper =\n\thelper = {value}\n{path}",
            host.origin()
        )
    };
    hosts.iter().map(section).collect()
}

/// The file to edit, and whether the user named it.
fn file(world: &dyn Configuring, options: &Options) -> Result<(PathBuf, bool), Error> {
    if let Some(file) = &options.file {
        return Ok((plan::absolute(world, Path::new(file))?, true));
    }
    // `git config --global` takes the second file only if it exists and the first does not.
    let files = tool::files(world, "git");
    let exists = |file: &&PathBuf| !matches!(world.read_tool_file(file), Ok(None));
    let file = files.iter().find(exists).or_else(|| files.first());
    match file {
        Some(file) => Ok((plan::absolute(world, file)?, false)),
        None => plan::first_file(world, "git").map(|file| (file, false)),
    }
}

/// The error of the first step that failed.
fn failure(file: &Path, rehearsed: &Rehearsed) -> Result<(), Error> {
    match rehearsed.failure() {
        Some(why) => Err(plan::file_error(
            file,
            &format!("git cannot edit it: {why}"),
        )),
        None => Ok(()),
    }
}
