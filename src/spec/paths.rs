//! Relative paths of a spec: they lie beside the spec's file, `~/` is the user's home, and nothing depends on the folder in which a caller runs.

use std::path::{Path, PathBuf};

use super::node::SpecError;

/// What the paths of a spec are resolved against.
#[derive(Clone, Copy)]
pub struct PathBase<'a> {
    /// The folder of the spec's file, absolute; none where the spec is inline or on standard input.
    pub folder: Option<&'a Path>,
    /// The user's home, where the environment tells an absolute one.
    pub home: &'a dyn Fn() -> Option<PathBuf>,
}

impl PathBase<'_> {
    /// No file and no home.
    pub const NOTHING: PathBase<'static> = PathBase {
        folder: None,
        home: &|| None,
    };

    /// The folder without `.` in it: what lies beside the file is part of the key, however the file is named.
    pub(super) fn plain_folder(&self) -> Option<PathBuf> {
        self.folder.map(|folder| folder.components().collect())
    }

    /// Makes a path absolute.
    ///
    /// # Errors
    /// There is nothing that it could be relative to.
    pub(super) fn resolve(&self, path: &mut String) -> Result<(), SpecError> {
        if Path::new(path.as_str()).is_absolute() || path.is_empty() {
            return Ok(());
        }
        let whole = match path.strip_prefix("~/") {
            Some(rest) => {
                let home = (self.home)().ok_or_else(|| {
                    SpecError::new("", "`~/` is the home, and the environment names none")
                })?;
                home.join(rest)
            }
            None => {
                let folder = self.plain_folder().ok_or_else(|| {
                    SpecError::new(
                        "",
                        "this path is relative, and no file lies beside this spec",
                    )
                    .hint("write an absolute path or `~/…`, or put the spec into a file")
                })?;
                folder.join(path.as_str())
            }
        };
        *path = whole.into_os_string().into_string().map_err(|_| {
            SpecError::new(
                "",
                "this path is relative to a folder whose name is not UTF-8",
            )
        })?;
        Ok(())
    }
}

/// Whether SPEC means a file: it holds a slash or ends in `.json`.
#[must_use]
pub fn is_path(spec: &str) -> bool {
    spec.contains('/') || spec.ends_with(".json") || (cfg!(windows) && spec.contains('\\'))
}

/// Whether a program is named by a path, and not looked for on PATH.
pub(super) fn is_program_path(program: &str) -> bool {
    program.contains('/') || (cfg!(windows) && program.contains('\\'))
}
