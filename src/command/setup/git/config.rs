//! git's configuration as git shows it, and what in it works against keyfob.

use std::path::Path;

use super::super::plan::{self, Configuring, Plan};
use super::super::targets::Listed;
use crate::error::Error;
use crate::tool::git_config::after_resets;
use crate::tool::redact::git_helper;
use crate::world::tool_files::{Rehearsal, Rehearsed};

/// A key of git's configuration with its value, in the order of the files.
pub(super) type Entry = (String, String);

/// What `git config --null --list` printed.
pub(super) fn entries(
    file: &Path,
    rehearsed: &Rehearsed,
    step: usize,
) -> Result<Vec<Entry>, Error> {
    match rehearsed.outputs.get(step) {
        Some(Ok(printed)) => Ok(parse(printed)),
        Some(Err(why)) => Err(plan::file_error(
            file,
            &format!("git cannot read it: {why}"),
        )),
        None => Ok(Vec::new()),
    }
}

fn parse(printed: &str) -> Vec<Entry> {
    let entries = printed.split('\0').filter(|entry| !entry.is_empty());
    let split = |entry: &str| {
        let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
        (key.to_owned(), value.to_owned())
    };
    entries.map(split).collect()
}

/// Whether two keys are the same: only the middle of a key is case-sensitive.
fn is_key(written: &str, wanted: &str) -> bool {
    let split = |key: &str| {
        let (head, name) = key.rsplit_once('.')?;
        let (section, middle) = head.split_once('.').unwrap_or((head, ""));
        let (section, name) = (section.to_ascii_lowercase(), name.to_ascii_lowercase());
        Some((section, middle.to_owned(), name))
    };
    split(written) == split(wanted)
}

pub(super) fn values<'a>(entries: &'a [Entry], key: &str) -> Vec<&'a str> {
    let of_key = entries.iter().filter(|(written, _)| is_key(written, key));
    of_key.map(|(_, value)| value.as_str()).collect()
}

/// The helpers that git asks for a host.
fn asked<'a>(entries: &'a [Entry], origin: &str) -> Vec<&'a str> {
    let of_host = format!("credential.{origin}.helper");
    let is_helper = |key: &str| is_key(key, "credential.helper") || is_key(key, &of_host);
    let helpers = entries.iter().filter(|(key, _)| is_helper(key));
    after_resets(helpers.map(|(_, value)| value.as_str()))
}

pub(super) fn warn(
    world: &dyn Configuring,
    git: &str,
    hosts: &[Listed],
    command: &str,
    listed: &[Entry],
    plan: &mut Plan,
) {
    let rehearsal = Rehearsal {
        steps: vec![plan::step(&[git, "config", "--null", "--list"])],
        ..Rehearsal::default()
    };
    let all = world.rehearse(&rehearsal).ok();
    let all = all.and_then(|rehearsed| rehearsed.outputs.into_iter().next()?.ok());
    let all = parse(&all.unwrap_or_default());
    for host in hosts {
        let origin = host.origin();
        // This file's helpers after ours are asked too; those before it are not asked any more.
        for other in asked(listed, &origin)
            .into_iter()
            .filter(|helper| *helper != command)
        {
            plan.warn(format!(
                "git passes the token for {origin} to this helper too, and it may store it: {}",
                git_helper(other)
            ));
        }
        let before = asked(&all, &origin);
        let silenced: Vec<&str> = before
            .into_iter()
            .filter(|helper| *helper != command && !plan::is_own(plan::program_of(helper)))
            .map(git_helper)
            .collect();
        if !silenced.is_empty() {
            let names = silenced.join(", ");
            plan.note(format!("for {origin} git no longer asks: {names}"));
        }
        let headers = [
            "http.extraHeader".to_owned(),
            format!("http.{origin}.extraHeader"),
            format!("http.{origin}/.extraHeader"),
        ];
        if all
            .iter()
            .any(|(key, _)| headers.iter().any(|header| is_key(key, header)))
        {
            plan.warn(format!(
                "`http.extraHeader` is set in git's configuration: git sends it to {origin}, and \
                 asks keyfob only if the server refuses it"
            ));
        }
    }
}
