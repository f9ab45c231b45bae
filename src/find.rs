//! Loads a spec: the one that SPEC names, or the one whose `targets` list the caller's target.

mod by_target;
mod named;
mod near;
mod servable;
mod text;
mod written;

use std::path::{Path, PathBuf};

pub use by_target::{Broken, Extent, Survey, by_target, not_listed, survey};
pub use named::{for_caller, for_request, no_spec, with_shadowed};
pub use near::{difference, mend, near_entry, without_path};
pub use servable::{Naming, servable};
pub use written::{as_file, nearest_provider, path_of_name};

use crate::error::{Code, Error};
use crate::protocol::one_line;
use crate::spec::expand::OwnPreset;
use crate::spec::node::SpecError;
use crate::spec::{Admitted, Origin, PathBase, Provider, Spec, is_path};
use crate::target::{Specificity, Target};
use crate::world::files::FileError;
use crate::world::{Environment, Loading, SpecFile, SpecFiles};

/// Whether this is the shared name of specs that were passed by value.
#[must_use]
pub fn is_nameless(name: &str) -> bool {
    matches!(name, "inline" | "stdin")
}

/// A spec, and the name under which it was loaded.
#[derive(Debug)]
pub struct LoadedSpec {
    /// For messages and `keyfob status`.
    pub name: String,
    /// The spec.
    pub spec: Spec,
}

/// Which caller asks for a token, and for which target.
#[derive(Debug, Clone, Copy)]
pub struct Lookup<'a> {
    /// The caller's name.
    pub caller: &'a str,
    /// The user name in its request.
    pub user: Option<&'a str>,
    /// The target, in each of its spellings. Empty if the caller names none.
    pub targets: &'a [Target],
}

impl<'a> Lookup<'a> {
    /// A lookup without a user name.
    #[must_use]
    pub fn new(caller: &'a str, targets: &'a [Target]) -> Self {
        Self {
            caller,
            user: None,
            targets,
        }
    }

    /// How closely this spec lists one of the targets for the caller, if it does.
    #[must_use]
    pub fn specificity(&self, spec: &Spec) -> Option<Specificity> {
        let listed = spec.specificity(self.targets)?;
        let user = || listed.with_user(spec.user_match(self.user));
        spec.callers.include(self.caller).then(user)
    }
}

/// Parses the provider of a spec.
///
/// # Errors
/// [`Code::SpecInvalid`] if the spec is not valid.
pub fn read_provider(admitted: Admitted<'_>) -> Result<Provider, Error> {
    admitted
        .read_provider()
        .map_err(|why| invalid(admitted.spec(), &why))
}

/// Adds to the error for an unlisted target the entry that nearly matches, if there is one.
#[must_use]
pub fn with_near_miss(error: Error, loaded: &LoadedSpec, lookup: Lookup<'_>) -> Error {
    near::with_near_miss(error, std::slice::from_ref(loaded), lookup)
}

/// Checks the whole spec.
///
/// # Errors
/// [`Code::SpecInvalid`] if the spec is not valid.
pub fn validate(spec: &Spec) -> Result<(), Error> {
    spec.validate().map_err(|why| invalid(spec, &why))
}

fn invalid(spec: &Spec, why: &SpecError) -> Error {
    Error::spec(&spec.origin.to_string(), why)
}

/// The spec that SPEC names: `{…}`, `-`, a file, or a name. `standard_input` is used for `-` only.
///
/// # Errors
/// The spec does not exist, cannot be read, or is not valid.
pub fn named(
    world: &dyn Loading,
    spec: &str,
    standard_input: Option<&[u8]>,
) -> Result<LoadedSpec, Error> {
    let text = spec.trim_start();
    if text.starts_with('{') {
        return parse(world, Origin::Inline, "inline", text.as_bytes(), None);
    }
    if spec == "-" {
        let bytes = standard_input.ok_or_else(|| {
            Error::new(
                Code::Usage,
                "`--spec -` cannot be used here: standard input belongs to the caller",
            )
            .hint("name a file or a spec of the configuration folder")
        })?;
        return parse(world, Origin::Input, "stdin", bytes, None);
    }
    let path = match is_path(spec) {
        true => PathBuf::from(spec),
        false => in_configuration(world, spec)?,
    };
    let absolute = absolute(world, &path)?;
    let bytes = world.read_config(&absolute).map_err(|why| {
        let error = Error::spec_file(&Origin::File(path.clone()).to_string(), &why);
        if why == FileError::Missing {
            error.hint(
                "a word names a file NAME.json in the \
        configuration folder; a path holds a slash or ends in .json",
            )
        } else {
            error
        }
    })?;
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("spec")
        .to_owned();
    parse(world, Origin::File(path), &stem, &bytes, absolute.parent())
}

/// The spec that SPEC names for a caller. A relative path is refused: a caller runs in the folder
/// in which git or docker was started, and that may be a clone of an untrusted repository.
///
/// # Errors
/// [`Code::Usage`] for a relative path; else as for [`named`].
pub fn named_for_caller(world: &dyn Loading, spec: &str) -> Result<LoadedSpec, Error> {
    let inline = spec.trim_start().starts_with('{');
    if !inline && is_path(spec) && !spec.starts_with("~/") && !Path::new(spec).is_absolute() {
        let shown = one_line(spec);
        return Err(Error::new(
            Code::Usage,
            format!("{shown} is a relative path, and a caller decides in which folder it runs"),
        )
        .hint("write an absolute path, or the name of a spec in the configuration folder"));
    }
    named(world, spec, None)
}

/// The absolute path of SPEC's file. `~/` is the home directory; other paths are relative to the
/// working directory.
fn absolute(world: &dyn Environment, path: &Path) -> Result<PathBuf, Error> {
    let whole = match path.strip_prefix("~") {
        _ if path.is_absolute() => Some(path.to_owned()),
        Ok(rest) => home(world).map(|home| home.join(rest)),
        Err(_) => world.working_directory().map(|folder| folder.join(path)),
    };
    whole.ok_or_else(|| {
        let shown = Origin::File(path.to_owned());
        let why = "the folder that its path is relative to is unknown";
        Error::new(Code::SpecNotFound, format!("{shown} cannot be used: {why}"))
            .hint("write an absolute path")
    })
}

fn home(world: &dyn Environment) -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let home = world.variable(name).map(PathBuf::from);
    home.filter(|home| home.is_absolute())
}

fn in_configuration(world: &dyn Loading, word: &str) -> Result<PathBuf, Error> {
    let plain = !word.is_empty()
        && !word.starts_with('.')
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.@+".contains(c));
    if !plain {
        return Err(Error::new(Code::Usage, "the spec's name is not valid")
            .hint("letters, digits and -_.@+; or a path with a slash in it"));
    }
    let folder = world.config_folder().ok_or_else(|| no_folder(world))?;
    Ok(folder.join(format!("{word}.json")))
}

fn no_folder(world: &dyn Environment) -> Error {
    if world.variable("KEYFOB_CONFIG_DIR").is_some() {
        return Error::new(
            Code::SpecNotFound,
            "there is no configuration folder: KEYFOB_CONFIG_DIR is not an absolute path",
        )
        .hint("write an absolute path: a caller may run in any folder");
    }
    Error::new(
        Code::SpecNotFound,
        "there is no configuration folder: neither KEYFOB_CONFIG_DIR nor HOME is set",
    )
    .hint("set KEYFOB_CONFIG_DIR, or name the spec's file with --spec")
}

/// Parses a spec. `folder` is the folder of its file, if it comes from one.
fn parse(
    world: &dyn Loading,
    origin: Origin,
    name: &str,
    bytes: &[u8],
    folder: Option<&Path>,
) -> Result<LoadedSpec, Error> {
    let own = |preset: &str| own_preset(world, preset);
    let home = || home(world);
    let beside = PathBase {
        folder,
        home: &home,
    };
    let mut spec = Spec::parse_with_base(bytes, &own, &beside)
        .map_err(|why| Error::spec(&origin.to_string(), &why))?;
    spec.origin = origin;
    Ok(LoadedSpec {
        // A file name may hold any character, and it is shown and stored.
        name: one_line(name),
        spec,
    })
}

/// A preset of the user: `providers/NAME.json` in the configuration folder.
///
/// # Errors
/// The file exists, but cannot be read or is not UTF-8.
pub fn own_preset(world: &dyn SpecFiles, name: &str) -> OwnPreset {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let folder = world
        .config_folder()
        .filter(|_| !name.is_empty() && name.bytes().all(plain));
    let Some(folder) = folder else {
        return Ok(None);
    };
    let path = folder.join("providers").join(format!("{name}.json"));
    let unusable = |why: &dyn std::fmt::Display| {
        format!("the preset {} cannot be used: {why}", path.display())
    };
    match world.read_config(&path) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| unusable(&"it is not UTF-8")),
        Err(FileError::Missing) => Ok(None),
        Err(why) => Err(unusable(&why)),
    }
}

/// Loads a spec of the configuration folder. It may still be invalid; see [`validate`].
///
/// # Errors
/// The file cannot be read, or is not a spec.
pub fn in_folder(world: &dyn Loading, spec: &SpecFile) -> Result<LoadedSpec, Error> {
    let origin = Origin::Named(spec.name.clone());
    match &spec.content {
        Ok(bytes) => parse(world, origin, &spec.name, bytes, spec.path.parent()),
        Err(why) => Err(Error::spec_file(&origin.to_string(), why)),
    }
}

/// Every valid spec of the configuration folder, which must exist.
///
/// # Errors
/// There is no configuration folder, or it cannot be read.
pub fn all_there(world: &dyn Loading) -> Result<Vec<LoadedSpec>, Error> {
    world.config_folder().ok_or_else(|| no_folder(world))?;
    let unreadable = |why| Error::spec_file("the configuration folder", &why);
    world.spec_files().map_err(unreadable).map(|_| all(world))
}

/// Every valid spec of the configuration folder.
#[must_use]
pub fn all(world: &dyn Loading) -> Vec<LoadedSpec> {
    let specs = world.spec_files().unwrap_or_default();
    let read = specs.iter().filter_map(|spec| in_folder(world, spec).ok());
    read.filter(|loaded| validate(&loaded.spec).is_ok())
        .collect()
}
