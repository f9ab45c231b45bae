//! Resolves the paths of a spec: relative to the folder of the spec's file, `~/` to the user's
//! home, never to the caller's working directory.

use std::path::{Component, Path, PathBuf, is_separator};

use super::node::SpecError;

/// The base of the relative paths of a spec.
#[derive(Clone, Copy)]
pub struct PathBase<'a> {
    /// The absolute folder of the spec's file. `None` for a spec that is inline or on standard
    /// input.
    pub folder: Option<&'a Path>,
    /// The user's home, if the environment has an absolute one.
    pub home: &'a dyn Fn() -> Option<PathBuf>,
}

impl PathBase<'_> {
    /// No file and no home.
    pub const NONE: PathBase<'static> = PathBase {
        folder: None,
        home: &|| None,
    };

    /// The folder without `.` segments, so that the cache key does not depend on how the file is
    /// named.
    pub(super) fn normalized_folder(&self) -> Option<PathBuf> {
        self.folder.map(|folder| folder.components().collect())
    }

    /// Makes a path absolute.
    ///
    /// # Errors
    /// [`SpecError`] if the path is relative and there is no base.
    pub(super) fn resolve(&self, path: &mut String) -> Result<(), SpecError> {
        if Path::new(path.as_str()).is_absolute() || path.is_empty() {
            return Ok(());
        }
        // On Windows, `C:file` and `\file` depend on the working directory and its drive.
        if Path::new(path.as_str()).has_root() || begins_with_drive(path) {
            return Err(
                SpecError::new("", "this path does not say from which drive on")
                    .hint("write a drive and a separator, such as `C:/`, or a relative path"),
            );
        }
        let absolute = match path.strip_prefix("~/") {
            Some(rest) => {
                let home = (self.home)().ok_or_else(|| {
                    SpecError::new(
                        "",
                        "`~/` is the home directory, and the environment names none",
                    )
                })?;
                home.join(rest)
            }
            None => {
                let folder = self.normalized_folder().ok_or_else(|| {
                    SpecError::new("", "this path is relative, and the spec is not in a file")
                        .hint("write an absolute path or `~/…`, or put the spec into a file")
                })?;
                folder.join(path.as_str())
            }
        };
        *path = absolute.into_os_string().into_string().map_err(|_| {
            SpecError::new(
                "",
                "this path is relative to a folder whose name is not UTF-8",
            )
        })?;
        Ok(())
    }
}

/// Whether a path begins with a drive of Windows. On other systems it is a name like others.
fn begins_with_drive(path: &str) -> bool {
    let first = Path::new(path).components().next();
    matches!(first, Some(Component::Prefix(_)))
}

/// Whether SPEC is a file: it contains a slash or ends in `.json`.
#[must_use]
pub fn is_path(spec: &str) -> bool {
    spec.contains(is_separator) || spec.ends_with(".json")
}

/// Whether a program is a path, not a name on PATH.
pub(super) fn is_program_path(program: &str) -> bool {
    program.contains(is_separator)
}
