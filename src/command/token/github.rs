//! Output for GitHub Actions: the command on standard output that masks a value, and the files for
//! variables and outputs
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>).
//!
//! The mask is printed before a file is written, and files are only appended to.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::masks;
use crate::credential::{AccessToken, Secret};
use crate::error::{Code, Error};
use crate::world::files::FileError;
use crate::world::{Environment, OutputFiles, Random, Terminal};

/// The files that the token is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GithubFile {
    /// A variable of the job's later steps.
    Env,
    /// An output of this step.
    Output,
    /// Both.
    Both,
}

impl GithubFile {
    /// The values of `--to`.
    pub const ALL: &'static [(&'static str, GithubFile)] = &[
        ("env", GithubFile::Env),
        ("output", GithubFile::Output),
        ("both", GithubFile::Both),
    ];

    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Env => &["GITHUB_ENV"],
            Self::Output => &["GITHUB_OUTPUT"],
            Self::Both => &["GITHUB_ENV", "GITHUB_OUTPUT"],
        }
    }
}

/// A file of the runner, and the variable that names it.
pub(super) struct File {
    variable: &'static str,
    path: PathBuf,
}

/// Finds the runner's files. Each one is opened for appending right away, so that no token is
/// obtained that could not be written.
///
/// # Errors
/// Returns an error if a variable is not set, because this is not a step of a job, or if a file
/// cannot be opened.
pub(super) fn files(
    world: &(impl Environment + OutputFiles + ?Sized),
    to: GithubFile,
) -> Result<Vec<File>, Error> {
    let file = |variable: &&'static str| {
        let path = world.variable(variable).ok_or_else(|| {
            Error::new(Code::Usage, format!("{variable} is not set")).hint(
                "--format github is for steps of GitHub Actions; elsewhere use --format export",
            )
        })?;
        let file = File {
            variable,
            path: path.into(),
        };
        append(world, &file, &Secret::new(Vec::new()))?;
        Ok(file)
    };
    to.variables().iter().map(file).collect()
}

/// Masks the token and each value in it, then appends the token to these files.
///
/// # Errors
/// Returns an error if a mask cannot be printed, before any file is written, or if a file cannot be
/// written.
pub(super) fn write(
    world: &(impl Terminal + Random + OutputFiles + ?Sized),
    token: &AccessToken,
    name: &str,
    files: &[File],
) -> Result<(), Error> {
    let bare = token.expose();
    for value in masks::values(token) {
        let value = value.expose_text().unwrap_or_default();
        let mask = Secret::joined(&["::add-mask::", &escaped(value), "\n"]);
        world
            .write_stdout(&mask)
            .map_err(|why| Error::new(Code::OutputFailed, why))?;
    }
    for file in files {
        let mut delimiter = format!("keyfob_{:032x}", u128::from_ne_bytes(world.random()));
        while bare.contains(&delimiter) {
            delimiter.push('_');
        }
        let lines = Secret::joined(&[name, "<<", &delimiter, "\n", bare, "\n", &delimiter, "\n"]);
        append(world, file, &lines)?;
    }
    Ok(())
}

fn append(world: &(impl OutputFiles + ?Sized), file: &File, content: &Secret) -> Result<(), Error> {
    let failure = |why: FileError| {
        Error::new(
            Code::OutputFailed,
            format!("the file that {} names: {why}", file.variable),
        )
    };
    world.append_to_file(&file.path, content).map_err(failure)
}

/// Escapes the value of a workflow command, in which `%` begins an escape. Line breaks would have
/// to be escaped too, but no value has one.
fn escaped(bare: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(3 * bare.len()));
    for c in bare.chars() {
        match c {
            '%' => out.push_str("%25"),
            c => out.push(c),
        }
    }
    out
}
