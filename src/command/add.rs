//! `keyfob add NAME --provider PROVIDER`: writes a spec and stores its secrets.
//!
//! On a terminal it asks for what is missing. Nothing is stored or written before every question is
//! answered: who ends the command at a question leaves nothing behind. A secret is never taken from
//! argv, which other users of the machine can read.

mod draft;
mod form;
mod places;
mod questions;
mod secrets;

use std::path::PathBuf;

use super::drop_made_with;
use crate::error::{Code, Error};
use crate::find::{self, LoadedSpec};
use crate::protocol::Reply;
use crate::source::KeyringKind;
use crate::world::Commanding;
use crate::world::files::FileError;
use crate::world::spec_file::{CHANGED, FileContent};
use draft::Draft;
use form::Form;
use secrets::Stored;

/// The arguments.
#[derive(Debug, Clone)]
pub struct Addition {
    /// The spec's name.
    pub name: String,
    /// The preset or grant.
    pub provider: Option<String>,
    /// `MEMBER=VALUE`
    pub members: Vec<String>,
    /// `--target`
    pub targets: Vec<String>,
    /// `--caller`
    pub callers: Vec<String>,
    /// The keyring for new secrets.
    pub keyring: KeyringKind,
    /// Whether others of the same name are replaced.
    pub yes: bool,
    /// Whether the provider is asked.
    pub check: bool,
}

/// What was done.
#[derive(Debug)]
pub enum Added {
    /// Nothing was written, because the person said no or ended the input.
    Nothing(Reply),
    /// The spec was written.
    Written {
        /// What to tell before the provider is asked.
        report: String,
        /// The name, if the provider is to be asked.
        to_check: Option<String>,
        /// The commands to run next.
        next: String,
    },
}

/// Writes the spec.
///
/// # Errors
/// Returns an error if an argument or an answer is not valid, something is missing and there is no
/// terminal, or the keyring or the file cannot be written.
pub fn run(world: &dyn Commanding, addition: &Addition) -> Result<Added, Error> {
    let path = find::path_of_name(world, &addition.name)?;
    let before = world.read_config(&path);
    let is_there = before != Err(FileError::Missing);
    let is_terminal = world.is_terminal();
    if is_there && !addition.yes && !is_terminal {
        let sentence = format!("spec `{}` exists: {}", addition.name, path.display());
        return Err(
            Error::new(Code::Usage, sentence).hint("add --yes to replace it, or take another name")
        );
    }
    match written(world, addition, path, &before) {
        Ok(added) => Ok(added),
        Err(Stop::Error(error)) => Err(*error),
        Err(Stop::Ended(why)) => Ok(Added::Nothing(Reply {
            stderr: format!("keyfob: {why}; nothing was written or stored\n"),
            status: 1,
            ..Reply::silence()
        })),
    }
}

/// Why nothing was written.
enum Stop {
    /// The person said no, or ended the input.
    Ended(String),
    /// An error.
    Error(Box<Error>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(Box::new(error))
    }
}

fn written(
    world: &dyn Commanding,
    addition: &Addition,
    path: PathBuf,
    before: &FileContent,
) -> Result<Added, Stop> {
    let is_terminal = world.is_terminal();
    if *before != Err(FileError::Missing) && !addition.yes {
        let question = format!("{} exists. Replace it? [y/N] ", path.display());
        if !questions::is_yes(world, &question, false)? {
            return Err(Stop::Ended("the spec stays as it was".to_owned()));
        }
    }
    let provider = match &addition.provider {
        Some(provider) => provider.clone(),
        None if is_terminal => questions::provider(world)?,
        None => {
            let error = Error::new(Code::Usage, "no provider is named");
            return Err(error
                .hint("name it with --provider; `keyfob providers` lists them")
                .into());
        }
    };
    let form = Form::of(world, &provider)?;
    let mut draft = Draft::new(addition, &provider);
    for member in &addition.members {
        draft.put_argument(world, &form, member)?;
    }
    let unknown = form.unknown(world, &provider, &draft.names(), &path);
    match is_terminal {
        true if !unknown.is_empty() => return Err(form.no_such_members(&unknown).into()),
        true => questions::complete(world, &form, &mut draft)?,
        false => draft.is_complete(&form, &unknown)?,
    }
    let mut loaded = draft.read(world, &path);
    for _ in 0..questions::TRIES {
        match loaded {
            Err(error) if is_terminal && questions::correct(world, &form, &mut draft, &error)? => {
                loaded = draft.read(world, &path);
            }
            other => {
                loaded = other;
                break;
            }
        }
    }
    let spec = loaded?;
    let secrets = secrets::collect(world, &form, &mut draft, &spec)?;
    let ties = ties(world, &draft.read(world, &path)?);
    let text = draft.text();
    if is_terminal {
        world.show(&format!("\n{}:\n{text}", path.display()));
        for stored in &secrets {
            world.show(&format!("{}\n", stored.plan(world)));
        }
        world.show(&ties);
        if !addition.yes && !questions::is_yes(world, "Write it? [Y/n] ", true)? {
            return Err(Stop::Ended("no".to_owned()));
        }
    }
    // Before anything is stored. The file is compared once more as it is written.
    if world.read_config(&path) != *before {
        let sentence = format!(
            "{}: {CHANGED}; nothing was written or stored",
            path.display()
        );
        let error = Error::new(Code::OutputFailed, sentence);
        return Err(error
            .hint("look at the file, and run the command again")
            .into());
    }
    secrets::store(world, &secrets)?;
    if let Err(why) = world.write_spec(&path, &text, before) {
        let kept = secrets::take_back(world, &secrets);
        let sentence = format!("{} cannot be written: {why}{kept}", path.display());
        return Err(Error::new(Code::OutputFailed, sentence).into());
    }
    for stored in &secrets {
        drop_made_with(world, &stored.entry)?;
    }
    let mut report = format!("wrote {}\n", path.display());
    if !is_terminal {
        report.push_str(&ties);
    }
    report.extend(secrets.iter().map(|it: &Stored| it.report(world)));
    Ok(Added::Written {
        report,
        to_check: addition.check.then(|| addition.name.clone()),
        next: draft.next(),
    })
}

/// The other specs that list a target equally closely for the same caller, a line each.
fn ties(world: &dyn Commanding, added: &LoadedSpec) -> String {
    let others = find::all(world);
    let others = others.iter().filter(|other| other.name != added.name);
    let lines = others.filter_map(|other| {
        let (target, caller) = find::tie(added, other)?;
        Some(format!(
            "warning: spec `{}` lists {target} equally closely, for {caller} for instance: give \
             one of them a longer path, or another list of `callers`\n",
            other.name
        ))
    });
    lines.collect()
}

impl Added {
    /// The reply, with what `keyfob check` said. `check` is called at most once.
    #[must_use]
    pub fn reply(self, check: &dyn Fn(&str) -> Result<Reply, Error>) -> Reply {
        let (report, to_check, next) = match self {
            Self::Nothing(reply) => return reply,
            Self::Written {
                report,
                to_check,
                next,
            } => (report, to_check, next),
        };
        let Some(name) = to_check else {
            return Reply::text(report + &next);
        };
        let again =
            format!("the spec is written; when it is mended, run keyfob check --spec {name}");
        match check(&name) {
            Ok(checked) if checked.status == 0 => {
                let said = checked.stdout.expose_text().unwrap_or_default();
                Reply::text(format!("{report}{said}{next}"))
            }
            Ok(checked) => {
                let said = checked.stdout.expose_text().unwrap_or_default();
                Reply {
                    stderr: format!("keyfob: hint: {again}\n"),
                    status: checked.status,
                    ..Reply::text(format!("{report}{said}"))
                }
            }
            Err(error) => {
                let hint = match &error.hint {
                    Some(hint) => format!("{hint}; {again}"),
                    None => again,
                };
                let failure = Reply::failure(&error.hint(hint).message());
                Reply {
                    stdout: Reply::text(report).stdout,
                    ..failure
                }
            }
        }
    }
}
