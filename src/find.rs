//! Loads a spec: the one that SPEC names, or the one whose `targets` list the caller's target.

mod by_target;
mod folders;
mod named;
mod near;
mod permission;
mod servable;
mod text;
mod written;

use std::path::{Path, PathBuf};

pub use by_target::{Broken, Extent, Survey, by_target, how_to_untie, not_listed, survey};
pub use folders::own_preset;
use folders::{in_configuration, no_folder, read_named};
pub use named::{argument, for_caller, for_request, no_spec, with_shadowed};
pub use near::{difference, mend, near_entry, tie, without_path};
pub use permission::{forbidden, policy};
pub use servable::{Naming, servable};
pub use written::{as_file, nearest_provider, path_of_name};

use crate::error::{Code, Error};
use crate::protocol::one_line;
use crate::source::NestedSpec;
use crate::spec::node::SpecError;
use crate::spec::{Admitted, Origin, PathBase, Provider, Spec, is_path};
use crate::target::{Specificity, Target};
use crate::world::folders::HOME;
use crate::world::{Environment, Loading, SpecFile};

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
    let (path, absolute, bytes) = match is_path(spec) {
        true => {
            let path = PathBuf::from(spec);
            let absolute = absolute(world, &path)?;
            let bytes = world.read_config(&absolute);
            let bytes = bytes.map_err(|why| folders::unusable(&path, &why))?;
            (path, absolute, bytes)
        }
        false => {
            let (path, bytes) = read_named(world, spec)?;
            (path.clone(), path, bytes)
        }
    };
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("spec")
        .to_owned();
    parse(world, Origin::File(path), &stem, &bytes, absolute.parent())
}

/// The spec that another spec names or contains. One that it contains counts as it does itself.
///
/// # Errors
/// As for [`named`].
pub fn nested(world: &dyn Loading, nested: &NestedSpec) -> Result<LoadedSpec, Error> {
    match nested {
        NestedSpec::Named(spec) => named(world, spec, None),
        NestedSpec::Inline(text) => {
            parse_any(world, Origin::Inline, "inline", text.as_bytes(), None)
        }
    }
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
    // A path of Windows that names no drive, or a drive alone, is still none.
    whole.filter(|whole| whole.is_absolute()).ok_or_else(|| {
        let shown = Origin::File(path.to_owned());
        let why = "the folder that its path is relative to is unknown";
        Error::new(Code::SpecNotFound, format!("{shown} cannot be used: {why}"))
            .hint("write an absolute path")
    })
}

/// The user's home directory, if its path is absolute.
#[must_use]
pub fn home(world: &dyn Environment) -> Option<PathBuf> {
    let home = world.variable(HOME).map(PathBuf::from);
    home.filter(|home| home.is_absolute())
}

/// Parses a spec, if the policy lets it count. `folder` is the folder of its file, if it comes from
/// one.
fn parse(
    world: &dyn Loading,
    origin: Origin,
    name: &str,
    bytes: &[u8],
    folder: Option<&Path>,
) -> Result<LoadedSpec, Error> {
    permission::must_count(world, &origin, folder)?;
    parse_any(world, origin, name, bytes, folder)
}

fn parse_any(
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
    if world.machine_folders().is_empty() {
        world.config_folder().ok_or_else(|| no_folder(world))?;
    }
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
