//! What a run of `keyfob setup` would change, before anything is changed.

use std::path::{Path, PathBuf};

use crate::error::{Code, Error};
use crate::find::LoadedSpec;
use crate::protocol::CALLERS;
use crate::world::Environment;
use crate::world::files::FileError;
use crate::world::folders::HOME;
pub use crate::world::tool_files::Configuring;
use crate::world::tool_files::below;

/// The options of the command line.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// The tool; `None` lists the tools.
    pub tool: Option<String>,
    /// `--spec`
    pub spec: Option<String>,
    /// `--yes`: writes without a question.
    pub yes: bool,
    /// `--print`: writes nothing.
    pub print: bool,
    /// `--undo`: takes out what was put in.
    pub undo: bool,
    /// `--user`: the name of kubectl's user.
    pub user: Option<String>,
    /// `--context`: kubectl's context whose user is replaced.
    pub context: Option<String>,
    /// `--kubeconfig`
    pub kubeconfig: Option<String>,
    /// `--pin`: kubectl names the cluster, and keyfob compares it with the spec's targets.
    pub pin: bool,
    /// `--global`: git's configuration of the user.
    pub global: bool,
    /// `--file`: git's configuration file.
    pub file: Option<String>,
    /// `--config`: docker's configuration folder.
    pub config: Option<String>,
    /// `--profile`: aws' profile.
    pub profile: Option<String>,
    /// `--dir`: the folder of the links.
    pub dir: Option<String>,
}

/// The spec that a tool is set up for.
#[derive(Debug)]
pub struct Chosen {
    /// How a configuration file names it: its name, or the absolute path of its file.
    pub reference: String,
    /// Whether it lies in the configuration folder, so that a target finds it.
    pub is_found: bool,
    /// The spec.
    pub loaded: LoadedSpec,
}

impl Chosen {
    /// The arguments that name the spec to a caller that finds it by its target otherwise.
    #[must_use]
    pub fn unless_found(&self) -> Vec<String> {
        match self.is_found {
            true => Vec::new(),
            false => self.named(),
        }
    }

    /// The arguments that name the spec.
    #[must_use]
    pub fn named(&self) -> Vec<String> {
        vec!["--spec".to_owned(), self.reference.clone()]
    }
}

/// The new content of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The absolute path, as the tool names it.
    pub path: PathBuf,
    /// The content before; `None` if there is no file.
    pub before: Option<String>,
    /// The content after; `None` removes the file.
    pub after: Option<String>,
}

/// Everything that would change, and what is to be said about it.
#[derive(Debug, Default)]
pub struct Plan {
    /// The files.
    pub edits: Vec<Edit>,
    /// The links to create.
    pub links: Vec<PathBuf>,
    /// What would keep the tool from asking keyfob, or let somebody else see the token.
    pub warnings: Vec<String>,
    /// What is said besides, such as which targets are left out.
    pub notes: Vec<String>,
    /// Lines that the user has to put into a file, since keyfob does not edit it.
    pub lines: String,
    /// What `--undo` takes out where the lines of a file have changed since: `NAME=VALUE`.
    pub keys: Vec<String>,
    /// Where somebody else's file has to be edited by hand, the setup is not complete.
    pub is_partial: bool,
}

impl Plan {
    /// Adds an edit, unless it changes nothing.
    pub fn edit(&mut self, path: &Path, before: Option<String>, after: Option<String>) {
        if before != after {
            self.edits.push(Edit {
                path: path.to_owned(),
                before,
                after,
            });
        }
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// The error for a tool's configuration file.
#[must_use]
pub fn file_error(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(
        Code::ConfigurationUnusable,
        format!("{}: {why}", path.display()),
    )
}

/// The content of a tool's configuration file that can be replaced.
///
/// # Errors
/// The file cannot be read, or could not be replaced. `folders` says that missing folders would be
/// created.
pub fn read(world: &dyn Configuring, path: &Path, folders: bool) -> Result<Option<String>, Error> {
    let content = world
        .read_tool_file(path)
        .map_err(|why: FileError| file_error(path, &why))?;
    match world.obstacle(path, folders) {
        Some(why) => Err(file_error(path, &why)),
        None => Ok(content),
    }
}

/// The absolute path of a file on the command line or in the environment.
///
/// # Errors
/// The working directory is unknown.
pub fn absolute(world: &dyn Environment, path: &Path) -> Result<PathBuf, Error> {
    let path = match path.to_str() {
        Some(text) => crate::tool::expand_home(world, text),
        None => path.to_owned(),
    };
    if path.is_absolute() {
        return Ok(path);
    }
    let folder = world.working_directory();
    let folder = folder.ok_or_else(|| file_error(&path, &"the working directory is unknown"))?;
    Ok(folder.join(path))
}

/// The error for an option that has no value that could be assumed.
#[must_use]
pub fn usage(sentence: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::new(Code::Usage, sentence).hint(hint)
}

/// The first of a tool's configuration files.
///
/// # Errors
/// The home directory is unknown.
pub fn first_file(world: &dyn Environment, tool: &str) -> Result<PathBuf, Error> {
    let first = crate::tool::files(world, tool).into_iter().next();
    let first = first.ok_or_else(|| {
        Error::new(
            Code::ConfigurationUnusable,
            format!("it is unknown where the configuration of {tool} lies: {HOME} is not set"),
        )
    })?;
    absolute(world, &first)
}

/// Whether a program is keyfob or one of its links, by the name of its file.
#[must_use]
pub fn is_own(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let mut links = CALLERS.iter().map(|caller| caller.link);
    name == "keyfob" || links.any(|link| link == name && link.contains("keyfob"))
}

/// The program of a command line, which may be quoted or begin with git's `!`.
#[must_use]
pub fn program_of(command: &str) -> &str {
    let command = command.trim().trim_start_matches('!').trim_start();
    let quote = command.chars().next().filter(|c| "\"'".contains(*c));
    match quote {
        Some(quote) => command.split(quote).nth(1),
        None => command.split_whitespace().next(),
    }
    .unwrap_or_default()
}

/// A command line of a [`Rehearsal`](crate::world::tool_files::Rehearsal).
#[must_use]
pub fn step(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The copy of a file in a [`Rehearsal`](crate::world::tool_files::Rehearsal).
#[must_use]
pub fn copy_of(file: &Path) -> String {
    Path::new("{root}").join(below(file)).display().to_string()
}

/// A word for a POSIX shell.
#[must_use]
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
