//! SPEC for a caller: where it cannot be used, whether the target is ours all the same.

use std::path::PathBuf;

use super::by_target::not_listed;
use super::text::{has_targets, is_for, lists, unchecked};
use super::{LoadedSpec, Lookup, absolute, in_configuration, named_for_caller};
use crate::error::{Code, Error, TargetMatch};
use crate::target::Target;
use crate::world::{Finding, Resolving};

/// The spec that SPEC names for a caller.
///
/// # Errors
/// It cannot be used, and lists the target as far as its text tells. [`Code::TargetNotListed`]
/// where it lists others alone. [`TargetMatch::Unknown`] where it is missing, or its text says nothing of
/// targets.
pub fn for_caller(
    world: &dyn Finding,
    spec: &str,
    wanted: Lookup<'_>,
) -> Result<LoadedSpec, Error> {
    named_for_caller(world, spec).map_err(|error| {
        if spec == "-" || wanted.targets.is_empty() {
            return error;
        }
        let Some(text) = text(world, spec).filter(|text| has_targets(text)) else {
            return error.whose(TargetMatch::Unknown);
        };
        let listed = wanted.targets.iter().any(|target| lists(&text, target));
        if listed && is_for(&text, wanted.caller) {
            return error;
        }
        world.log(&|| format!("passed over: {}", error.sentence));
        let shown = wanted.targets.first().map(Target::to_string);
        not_listed(&shown.unwrap_or_default())
    })
}

/// What is written there, if it can be read, whoever could have written it: nothing but its targets
/// is looked at.
fn text(world: &dyn Resolving, spec: &str) -> Option<Vec<u8>> {
    if spec.trim_start().starts_with('{') {
        return Some(spec.as_bytes().to_vec());
    }
    let path = match in_configuration(world, spec) {
        Err(error) if error.code == Code::Usage && spec.starts_with("~/") => {
            absolute(world, &PathBuf::from(spec)).ok()?
        }
        Err(error) if error.code == Code::Usage => PathBuf::from(spec),
        path => path.ok()?,
    };
    path.is_absolute().then(|| unchecked(world, &path))?
}
