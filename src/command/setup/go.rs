//! go: keyfob first in `GOAUTH`, written by `go env -w`.

use std::path::Path;

use super::plan::{self, Chosen, Configuring, Options, Plan};
use super::targets::{self, Listed};
use crate::error::Error;
use crate::tool;
use crate::world::tool_files::Rehearsal;

/// Why go cannot ask for an entry of `targets`.
fn fits(entry: &Listed) -> Result<(), &'static str> {
    match entry.is_http {
        true => Err("go asks for no credential over plain http"),
        false => Ok(()),
    }
}

/// Whether go can be set up for a spec.
#[must_use]
pub fn is_for(loaded: &crate::find::LoadedSpec) -> bool {
    loaded.spec.callers.include("goauth")
        && !targets::hosts(loaded, Listed::is_url_with_path, &fits)
            .0
            .is_empty()
}

/// A word of a command in `GOAUTH`: go knows quotes and no escapes.
fn word(text: &str) -> String {
    match text.contains(|c: char| c.is_whitespace() || "\"'".contains(c)) {
        true if text.contains('"') => format!("'{text}'"),
        true => format!("\"{text}\""),
        false => text.to_owned(),
    }
}

/// The value with keyfob in it, in place of an older entry of keyfob's.
fn with_ours(current: &str, ours: &str) -> String {
    let others = current.split(';').map(str::trim).filter(|entry| {
        !entry.is_empty() && *entry != "off" && !plan::is_own(plan::program_of(entry))
    });
    let all: Vec<&str> = std::iter::once(ours).chain(others).collect();
    all.join("; ")
}

/// Plans the changes.
///
/// # Errors
/// The file cannot be read or edited, or this go knows no `GOAUTH`.
pub fn plan(
    world: &dyn Configuring,
    _: &Options,
    chosen: &Chosen,
    program: &str,
    plan: &mut Plan,
) -> Result<(), Error> {
    let (hosts, left_out) = targets::hosts(&chosen.loaded, Listed::is_url_with_path, &fits);
    plan.notes.extend(left_out);
    if hosts.is_empty() {
        return Err(plan::usage(
            format!("spec `{}` lists no module proxy", chosen.loaded.name),
            "add `https://HOST` to its `targets`",
        ));
    }
    let words = [
        vec![program.to_owned(), "goauth".to_owned()],
        chosen.unless_found(),
    ]
    .concat();
    let ours = words
        .iter()
        .map(|it| word(it))
        .collect::<Vec<_>>()
        .join(" ");
    if program.contains(';') || ours.matches('"').count() % 2 == 1 {
        return Err(plan::file_error(
            Path::new(program),
            &"go cannot name a program of this path",
        ));
    }
    let Some(go) = world.find_program("go") else {
        plan.note("go is not installed; this line is for go's `env` file (`go env GOENV`)");
        plan.lines = format!("GOAUTH={ours}; netrc\n");
        return Ok(());
    };
    if tool::files(world, "go")
        .iter()
        .any(|file| file == Path::new("off"))
    {
        return Err(plan::usage(
            "GOENV is `off`: go reads no configuration file",
            format!("set GOAUTH='{ours}; netrc' in go's environment"),
        ));
    }
    let file = plan::first_file(world, "go")?;
    let before = plan::read(world, &file, true)?;
    let go = go.display().to_string();
    let run = |words: &[&str]| {
        let variables = [
            ("GOENV", plan::copy_of(&file)),
            ("GOAUTH", String::new()),
            ("GOTOOLCHAIN", "local".to_owned()),
            // go counts its own runs below it, by a process that outlives go: nowhere.
            ("XDG_CONFIG_HOME", "/dev/null".to_owned()),
        ];
        let rehearsal = Rehearsal {
            files: vec![(file.clone(), before.clone())],
            variables: variables
                .map(|(name, value)| (name.to_owned(), value))
                .to_vec(),
            steps: vec![plan::step(words)],
        };
        let mut rehearsed = world
            .rehearse(&rehearsal)
            .map_err(|why| plan::file_error(&file, &why))?;
        match rehearsed.outputs.pop() {
            Some(Ok(printed)) => Ok((printed, rehearsed.files.pop().flatten())),
            Some(Err(why)) => Err(
                plan::file_error(&file, &format!("go cannot edit it: {why}"))
                    .hint("GOAUTH is known to Go 1.24 and later: go version"),
            ),
            None => Ok((String::new(), None)),
        }
    };
    let (current, _) = run(&[&go, "env", "GOAUTH"])?;
    let value = with_ours(current.trim(), &ours);
    if current.trim() != value {
        let (_, after) = run(&[&go, "env", "-w", &format!("GOAUTH={value}")])?;
        plan.edit(&file, before, after);
    }
    if world.variable("GOAUTH").is_some() {
        plan.warn("GOAUTH is set in the environment, where it takes precedence over the file");
    }
    Ok(())
}
