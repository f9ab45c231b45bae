//! SPEC → `Spec`: the one that was named, or the one whose `targets` list what the caller asks for.

mod by_target;
mod named;
mod servable;
mod text;

use std::path::{Path, PathBuf};

pub use by_target::{by_target, not_listed};
pub use named::for_caller;
pub use servable::{Naming, servable};

use crate::error::{Code, Error};
use crate::protocol::one_line;
use crate::spec::expand::OwnPreset;
use crate::spec::node::SpecError;
use crate::spec::{Admitted, Origin, PathBase, Provider, Spec, is_path};
use crate::target::{Specificity, Target};
use crate::world::files::FileError;
use crate::world::{Environment, Loading, SpecFile, SpecFiles};

/// Whether many specs share this name: those that were handed over by value.
#[must_use]
pub fn is_nameless(name: &str) -> bool {
    matches!(name, "inline" | "stdin")
}

/// A spec and the name under which it was found.
#[derive(Debug)]
pub struct LoadedSpec {
    /// For messages and `keyfob status`.
    pub name: String,
    /// The spec.
    pub spec: Spec,
}

/// Which caller asks for a token, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Lookup<'a> {
    /// The caller's name.
    pub caller: &'a str,
    /// The user name that its request holds.
    pub user: Option<&'a str>,
    /// What the token is for: any of these spellings. Empty where the caller names nothing.
    pub targets: &'a [Target],
}

impl<'a> Lookup<'a> {
    /// What a caller asks for without a user name.
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

/// Who issues the token, and how it is asked for.
///
/// # Errors
/// The spec is not valid.
pub fn read(admitted: Admitted<'_>) -> Result<Provider, Error> {
    admitted
        .read_provider()
        .map_err(|why| invalid(admitted.spec(), &why))
}

/// The error for a target that this spec does not list, with what it lists nearly, if there is
/// that.
#[must_use]
pub fn nearly(error: Error, found: &LoadedSpec, wanted: Lookup<'_>) -> Error {
    by_target::nearly(error, std::slice::from_ref(found), wanted)
}

/// Whether the spec is valid to the end.
///
/// # Errors
/// It is not.
pub fn validate(spec: &Spec) -> Result<(), Error> {
    spec.validate().map_err(|why| invalid(spec, &why))
}

fn invalid(spec: &Spec, why: &SpecError) -> Error {
    Error::spec(&spec.origin.to_string(), why)
}

/// The spec that SPEC names: `{…}`, `-`, a file, or a word. `standard_input` is read for `-` only.
///
/// # Errors
/// No such spec, or one that is not valid.
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
        if why == FileError::Missing { error.hint("a word names a file NAME.json in the configuration folder; a path holds a slash or ends in .json") } else { error }
    })?;
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("spec")
        .to_owned();
    parse(world, Origin::File(path), &stem, &bytes, absolute.parent())
}

/// The same for a caller, which runs in whatever folder git or docker was started in: a clone of somebody's repository is no place for a spec.
///
/// # Errors
/// A relative path, no such spec, or one that is not valid.
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

/// Where SPEC's file is: `~/` is the home, and everything else is relative to the working directory, for who types it.
fn absolute(world: &dyn Environment, path: &Path) -> Result<PathBuf, Error> {
    let whole = match path.strip_prefix("~") {
        _ if path.is_absolute() => Some(path.to_owned()),
        Ok(rest) => home(world).map(|home| home.join(rest)),
        Err(_) => world.working_directory().map(|folder| folder.join(path)),
    };
    whole.ok_or_else(|| {
        let shown = Origin::File(path.to_owned());
        let why = "what its path is relative to cannot be found";
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
        return Err(Error::new(Code::Usage, "the spec's name is no word")
            .hint("letters, digits and -_.@+; or a path with a slash in it"));
    }
    let folder = world.config_folder().ok_or_else(|| no_folder(world))?;
    Ok(folder.join(format!("{word}.json")))
}

fn no_folder(world: &dyn Environment) -> Error {
    if world.variable("KEYFOB_CONFIG_DIR").is_some() {
        return Error::new(
            Code::SpecNotFound,
            "there is no configuration folder: KEYFOB_CONFIG_DIR is no absolute path",
        )
        .hint("a relative one would be another folder wherever a caller runs");
    }
    Error::new(
        Code::SpecNotFound,
        "there is no configuration folder: neither KEYFOB_CONFIG_DIR nor HOME is set",
    )
    .hint("set KEYFOB_CONFIG_DIR, or name the spec's file with --spec")
}

/// `folder` is where the spec's file lies, if it is in one.
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
        // A file may be called anything, and its name is shown and kept.
        name: one_line(name),
        spec,
    })
}

/// A preset of the user's own: `providers/NAME.json` in the configuration folder.
///
/// # Errors
/// It is there and cannot be used.
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

/// A spec of the configuration folder.
///
/// # Errors
/// It cannot be read, or is no spec; see [`validate`].
pub fn in_folder(world: &dyn Loading, spec: &SpecFile) -> Result<LoadedSpec, Error> {
    let origin = Origin::Named(spec.name.clone());
    match &spec.content {
        Ok(bytes) => parse(world, origin, &spec.name, bytes, spec.path.parent()),
        Err(why) => Err(Error::spec_file(&origin.to_string(), why)),
    }
}

/// The same.
///
/// # Errors
/// There is no configuration folder, or it cannot be read.
pub fn all_there(world: &dyn Loading) -> Result<Vec<LoadedSpec>, Error> {
    world.config_folder().ok_or_else(|| no_folder(world))?;
    let unreadable = |why| Error::spec_file("the configuration folder", &why);
    world.spec_files().map_err(unreadable).map(|_| all(world))
}

/// Every spec of the configuration folder that is valid.
#[must_use]
pub fn all(world: &dyn Loading) -> Vec<LoadedSpec> {
    let specs = world.spec_files().unwrap_or_default();
    let read = specs.iter().filter_map(|spec| in_folder(world, spec).ok());
    read.filter(|found| validate(&found.spec).is_ok()).collect()
}
