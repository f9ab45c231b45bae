//! Loads SPEC for a caller. If SPEC is invalid, decides whether the target is keyfob's all the
//! same.

use std::path::PathBuf;

use super::by_target::{by_target, not_listed};
use super::folders::paths_of_name;
use super::text::{has_targets, is_for, lists, unchecked};
use super::{LoadedSpec, Lookup, absolute, named_for_caller};
use crate::error::{Code, Error, TargetMatch};
use crate::spec::{Origin, Spec};
use crate::target::Target;
use crate::world::{Finding, Loading, Resolving};

/// The spec for a caller's request: the one that is named, else the one that lists its target.
///
/// # Errors
/// As for [`for_caller`] and [`by_target`]; or no spec is named, and no target.
pub fn for_request(
    world: &dyn Finding,
    spec: Option<&str>,
    lookup: Lookup<'_>,
) -> Result<LoadedSpec, Error> {
    match spec {
        Some(spec) => for_caller(world, spec, lookup),
        None if lookup.targets.is_empty() => Err(no_spec()),
        None => by_target(world, lookup),
    }
}

/// The SPEC that names a loaded spec; `None` if it was passed by value.
#[must_use]
pub fn argument(world: &dyn Loading, name: &str, spec: &Spec) -> Option<String> {
    match &spec.origin {
        Origin::Named(name) => Some(name.clone()),
        Origin::File(path) if path.parent() == world.config_folder().as_deref() => {
            Some(name.to_owned())
        }
        Origin::File(path) => Some(path.display().to_string()),
        Origin::Inline | Origin::Input => None,
    }
}

/// The error of a command for which no spec is named.
#[must_use]
pub fn no_spec() -> Error {
    Error::new(Code::SpecNotFound, "no spec is named")
        .hint("name one with --spec or KEYFOB_SPEC, or pipe one in with --spec -")
}

/// The spec that SPEC names for a caller.
///
/// # Errors
/// The spec's own error if it is invalid and its text lists the target. [`Code::TargetNotListed`]
/// if its text lists other targets only. [`TargetMatch::Unknown`] if it is missing, or its text has
/// no `targets`.
pub fn for_caller(
    world: &dyn Finding,
    spec: &str,
    lookup: Lookup<'_>,
) -> Result<LoadedSpec, Error> {
    named_for_caller(world, spec).map_err(|error| {
        if spec == "-" || lookup.targets.is_empty() {
            return error;
        }
        let Some(text) = text(world, spec).filter(|text| has_targets(text)) else {
            return error.whose(TargetMatch::Unknown);
        };
        let listed = lookup.targets.iter().any(|target| lists(&text, target));
        if listed && is_for(&text, lookup.caller) {
            return error;
        }
        world.log(&|| format!("ignored: {}", error.sentence));
        let shown = lookup.targets.first().map(Target::to_string);
        not_listed(&shown.unwrap_or_default())
    })
}

/// Adds to the error for an unlisted target the spec that lists it, if KEYFOB_SPEC keeps that one
/// from being looked for.
#[must_use]
pub fn with_shadowed(error: Error, world: &dyn Finding, lookup: Lookup<'_>) -> Error {
    if error.code != Code::TargetNotListed || lookup.targets.is_empty() {
        return error;
    }
    let Ok(loaded) = by_target(world, lookup) else {
        return error;
    };
    let shown = lookup.targets.first().map(Target::to_string);
    let (name, shown) = (loaded.name, shown.unwrap_or_default());
    let hint = format!("spec `{name}` lists {shown}, and KEYFOB_SPEC names another one");
    let whose = TargetMatch::Elsewhere;
    error
        .hint(format!("{hint}: unset KEYFOB_SPEC"))
        .whose(whose)
}

/// The spec's text, without a check of the file's owner and mode: only its targets are used.
fn text(world: &dyn Resolving, spec: &str) -> Option<Vec<u8>> {
    if spec.trim_start().starts_with('{') {
        return Some(spec.as_bytes().to_vec());
    }
    let path = match paths_of_name(world, spec) {
        Err(error) if error.code == Code::Usage && spec.starts_with("~/") => {
            absolute(world, &PathBuf::from(spec)).ok()?
        }
        Err(error) if error.code == Code::Usage => PathBuf::from(spec),
        paths => return paths.ok()?.iter().find_map(|path| unchecked(world, path)),
    };
    path.is_absolute().then(|| unchecked(world, &path))?
}
