//! Which programs answer to the names of keyfob on PATH: two versions, and names that start another
//! program than this one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::findings::Findings;
use crate::protocol::CALLERS;
use crate::text::excerpt;
use crate::version::VERSION;
use crate::world::inspection::Examining;
use crate::world::programs::installed::{InstalledProgram, Likeness};

/// Compares the programs on PATH with this one.
pub(super) fn check(world: &dyn Examining, findings: &mut Findings) {
    let mut versions = Versions::default();
    let named: Vec<(String, Option<String>)> = world
        .installed_programs("keyfob")
        .iter()
        .map(|it| {
            (
                it.path.display().to_string(),
                versions.other(world, it, true),
            )
        })
        .collect();
    if named.iter().all(|(_, other)| other.is_none()) {
        findings.ok("version", VERSION);
    } else {
        let text = |(path, other): &(String, Option<String>)| {
            format!("{path} ({})", other.as_deref().unwrap_or(VERSION))
        };
        let texts: Vec<String> = named.iter().map(text).collect();
        let mut says = format!("first on PATH is {}", texts.join(", then "));
        if named.iter().all(|(_, other)| other.is_some()) {
            says.push_str(&format!("; this program is {VERSION}"));
        }
        let hint = "remove the program that is not wanted, or put the folder of the other first \
                    on PATH";
        findings.note("two versions", &says, Some(hint));
    }
    links(world, &mut versions, findings);
}

/// The names of the callers: the first of each on PATH is the one that its tool starts.
fn links(world: &dyn Examining, versions: &mut Versions, findings: &mut Findings) {
    let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // `keyring` is another project's program as well.
    for caller in CALLERS.iter().filter(|it| it.link.contains("keyfob")) {
        let found = world.installed_programs(caller.link);
        let first = found.first();
        // A link that takes a prompt would take the option for one.
        let other = first.and_then(|it| versions.other(world, it, !caller.takes_a_prompt));
        if let (Some(program), Some(version)) = (first, other) {
            let path = program.path.display().to_string();
            others.entry(version).or_default().push(path);
        }
    }
    for (version, paths) in others {
        let says = format!(
            "first on PATH is {} ({version}); this program is {VERSION}",
            paths.join(", ")
        );
        let hint = "remove it, and `keyfob setup links` makes the name a link to this program";
        findings.note("two versions", &says, Some(hint));
    }
}

/// What programs said of themselves, by file: each is run once.
#[derive(Default)]
struct Versions(BTreeMap<PathBuf, Option<String>>);

impl Versions {
    /// The version of a program for a message; `None` if it is this program, or a script that
    /// starts it. A program in the working directory is not run.
    fn other(
        &mut self,
        world: &dyn Examining,
        program: &InstalledProgram,
        may_run: bool,
    ) -> Option<String> {
        if program.likeness == Likeness::Same {
            return None;
        }
        let is_script = program.likeness == Likeness::Script;
        if !may_run || program.is_in_working_directory {
            return (!is_script || may_run).then(|| "another file".to_owned());
        }
        let said = self
            .0
            .entry(program.file.clone())
            .or_insert_with(|| world.version_of(&program.path));
        match said {
            // Two builds of an unknown commit may differ.
            Some(line) if line == VERSION && (is_script || !VERSION.contains("(unknown,")) => None,
            Some(line) if line.starts_with("keyfob ") => Some(excerpt(line, 100)),
            _ => Some("it does not say its version".to_owned()),
        }
    }
}
