//! The links under which keyfob answers as a caller. A file that is not ours is never replaced.

use std::path::{Path, PathBuf};

use super::plan::{self, Configuring, Options, Plan};
use crate::error::{Code, Error};
use crate::protocol::CALLERS;
use crate::world::folders::paths_of;
use crate::world::tool_files::{AtLink, PROGRAM_ENDING};

/// The programs that run each caller. `keyring` is not among them: a link of that name would stand
/// in for the `keyring` program of everybody.
const PROGRAMS: &str = "kubectl kubectl helm
git git
docker docker podman skopeo buildah crane helm
cargo cargo
terraform terraform tofu
goauth go
pnpm pnpm
bazel bazel bazelisk
kubelet kubelet
vault bao vault
askpass git
aws aws
google gcloud";

/// Plans the links of the callers whose tools are installed.
///
/// # Errors
/// The folder is unknown.
pub fn plan(
    world: &dyn Configuring,
    options: &Options,
    program: &Path,
    plan: &mut Plan,
) -> Result<(), Error> {
    let folder = match &options.dir {
        Some(folder) => plan::absolute(world, Path::new(folder))?,
        None => folder_of(program),
    };
    for row in PROGRAMS.lines() {
        let mut words = row.split(' ');
        let name = words.next().unwrap_or_default();
        let is_installed = words.any(|tool| world.find_program(tool).is_some());
        let Some(caller) = CALLERS.iter().find(|caller| caller.name == name) else {
            continue;
        };
        if is_installed {
            add(world, &folder.join(file_of(caller.link)), plan);
        }
    }
    if !is_on_path(world, &folder) {
        plan.warn(format!("{} is not on PATH", folder.display()));
    }
    plan.note(format!(
        "no link `keyring` is made, for pip and uv: it would stand before the `keyring` program; \
         to make it: ln -s {} {}",
        program.display(),
        folder.join(file_of("keyring")).display()
    ));
    Ok(())
}

fn folder_of(program: &Path) -> PathBuf {
    program.parent().unwrap_or(Path::new("/")).to_owned()
}

fn is_on_path(world: &dyn Configuring, folder: &Path) -> bool {
    let path = world.variable("PATH").unwrap_or_default();
    paths_of(&path).any(|entry| entry == folder)
}

/// Whether the folder of a link may be made.
fn is_in_home(world: &dyn Configuring, link: &Path) -> bool {
    crate::tool::home(world).is_some_and(|home| link.starts_with(home))
}

fn add(world: &dyn Configuring, link: &Path, plan: &mut Plan) {
    match world.at_link(link) {
        AtLink::Ours => {}
        AtLink::Nothing | AtLink::Dangling => match world.obstacle(link, is_in_home(world, link)) {
            None => plan.links.push(link.to_owned()),
            Some(why) => {
                plan.warn(format!(
                    "{}: the link cannot be made: {why}",
                    link.display()
                ));
                plan.is_partial = true;
            }
        },
        AtLink::Another => {
            plan.warn(format!(
                "{}: another file lies there, and it stays",
                link.display()
            ));
            plan.is_partial = true;
        }
    }
}

/// Warns of another keyfob on PATH, and of a variable that chooses the spec for every caller.
pub fn warn(world: &dyn Configuring, program: &Path, plan: &mut Plan) {
    let found = world.find_program("keyfob");
    if let Some(found) = found.filter(|found| world.at_link(found) != AtLink::Ours) {
        plan.warn(format!(
            "{} is first on PATH, and it is another program than {}",
            found.display(),
            program.display()
        ));
    }
    if let Some(spec) = world.variable("KEYFOB_SPEC") {
        let spec = if spec.trim_start().starts_with('{') {
            "a spec".to_owned()
        } else {
            spec
        };
        plan.warn(format!(
            "KEYFOB_SPEC is set in the environment: tools then get tokens of {spec} alone"
        ));
    }
}

/// Plans the link that a tool looks for on PATH, unless it is there: beside keyfob, else in another
/// folder of PATH that is the user's.
///
/// # Errors
/// No folder of PATH can be written.
pub fn need(world: &dyn Configuring, name: &str, plan: &mut Plan) -> Result<(), Error> {
    let Some(program) = world.own_program() else {
        return Ok(());
    };
    let folder = folder_of(&program);
    match world.find_program(name) {
        Some(found) if world.at_link(&found) == AtLink::Ours => return Ok(()),
        // On Windows, where it is a program of its own: one that an update left behind.
        Some(found) if world.at_link(&found) == AtLink::Dangling => {
            add(world, &found, plan);
            return Ok(());
        }
        Some(found) => {
            plan.warn(format!(
                "{} is first on PATH, and it is another program than {}",
                found.display(),
                program.display()
            ));
            plan.is_partial = true;
            return Ok(());
        }
        None => {}
    }
    let beside = folder.join(file_of(name));
    let is_beside = is_on_path(world, &folder);
    if is_beside && (world.obstacle(&beside, false).is_none() || exists(world, &beside)) {
        add(world, &beside, plan);
        return Ok(());
    }
    if let Some(link) = in_home(world, name) {
        plan.note(format!(
            "the link is made in {}, since {} cannot be used",
            folder_of(&link).display(),
            folder.display()
        ));
        plan.links.push(link);
        return Ok(());
    }
    let sentence =
        format!("no folder on PATH can hold the link {name}, so that nothing was written");
    let hint = match is_beside {
        true => format!(
            "sudo ln -s {} {}, then run this again",
            plan::shell_word(&program.display().to_string()),
            plan::shell_word(&beside.display().to_string())
        ),
        false => "mkdir -p ~/.local/bin, put it on PATH, and run `keyfob setup links --dir \
                  ~/.local/bin`"
            .to_owned(),
    };
    Err(Error::new(Code::ConfigurationUnusable, sentence).hint(hint))
}

/// The file of a link: Windows' programs have an ending.
fn file_of(name: &str) -> String {
    format!("{name}{PROGRAM_ENDING}")
}

fn exists(world: &dyn Configuring, link: &Path) -> bool {
    world.at_link(link) != AtLink::Nothing
}

/// A place for a link in a folder of PATH that lies in the home directory.
fn in_home(world: &dyn Configuring, name: &str) -> Option<PathBuf> {
    let home = crate::tool::home(world)?;
    let path = world.variable("PATH").unwrap_or_default();
    let mut links = paths_of(&path)
        .filter(|folder| folder.starts_with(&home))
        .map(|folder| folder.join(file_of(name)));
    links.find(|link| !exists(world, link) && world.obstacle(link, false).is_none())
}
