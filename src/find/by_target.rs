//! Finds the spec of the configuration folder that lists a target most specifically.

use std::cell::OnceCell;

use super::text::{cannot_list, is_for, lists, unchecked};
use super::{LoadedSpec, Lookup, in_configuration, in_folder, no_folder, parse, validate};
use crate::error::{Code, Error, TargetMatch};
use crate::spec::Origin;
use crate::target::{NearMiss, Specificity, Target};
use crate::world::Finding;

/// The spec for this caller whose `targets` list one of the targets most specifically.
///
/// # Errors
/// [`Code::TargetNotListed`] if there is none, [`Code::TargetAmbiguous`] if two match equally well.
pub fn by_target(world: &dyn Finding, lookup: Lookup<'_>) -> Result<LoadedSpec, Error> {
    let targets = lookup.targets;
    let question = || {
        let targets: Vec<String> = targets.iter().map(Target::to_string).collect();
        format!("{} {:?} {}", lookup.caller, lookup.user, targets.join(" "))
    };
    let before = world.large_config_state();
    if before.is_some()
        && let Some(loaded) = lately(world, &question(), lookup)
    {
        return Ok(loaded);
    }
    let shown = || targets.first().map(Target::to_string).unwrap_or_default();
    let (mut listing, mut others): (Vec<(Specificity, LoadedSpec)>, Vec<LoadedSpec>) =
        Default::default();
    let mut broken = None;
    let may_list = |bytes: &[u8]| {
        is_for(bytes, lookup.caller) && targets.iter().any(|target| lists(bytes, target))
    };
    let pass_over = |error: &Error| world.log(&|| format!("ignored: {}", error.sentence));
    let has_presets = OnceCell::new();
    let has_presets = || *has_presets.get_or_init(|| !world.preset_names().is_empty());
    let specs = world.spec_files().map_err(|why| {
        Error::spec_file("the configuration folder", &why).whose(TargetMatch::Unknown)
    })?;
    if specs.is_empty() && world.config_folder().is_none() {
        return Err(no_folder(world).whose(TargetMatch::Unknown));
    }
    let several = specs.len() > 1;
    for spec in specs {
        let elsewhere = |bytes: &Vec<u8>| several && cannot_list(bytes, targets) && !has_presets();
        if spec.content.as_ref().is_ok_and(elsewhere) {
            continue;
        }
        match in_folder(world, &spec) {
            Err(error) => {
                pass_over(&error);
                let unread = || unchecked(world, &spec.path);
                let bytes = spec.content.clone().ok().or_else(unread);
                if bytes.is_some_and(|bytes| may_list(&bytes)) {
                    broken.get_or_insert(error);
                }
            }
            Ok(loaded) => match lookup.specificity(&loaded.spec) {
                None => others.push(loaded),
                Some(closeness) => listing.push((closeness, loaded)),
            },
        }
    }
    // An invalid spec must not compete with a valid one. If it is the only one, its error is
    // reported when its token is requested.
    if listing.len() > 1 {
        listing.retain(|(_, loaded)| match validate(&loaded.spec) {
            Ok(()) => true,
            Err(error) => {
                pass_over(&error);
                broken.get_or_insert(error);
                false
            }
        });
    }
    let closest = listing.iter().map(|(closeness, _)| *closeness).max();
    let mut best = listing
        .into_iter()
        .filter_map(|(closeness, loaded)| (Some(closeness) == closest).then_some(loaded));
    match (best.next(), best.next()) {
        (None, _) => {
            world.log(&|| {
                let broken = others
                    .iter()
                    .filter_map(|loaded| validate(&loaded.spec).err());
                let broken: Vec<String> = broken.map(|error| error.sentence).collect();
                let count = broken.len();
                format!(
                    "ignored {count} broken specs that do not list the target: {}",
                    broken.join("; ")
                )
            });
            // An invalid spec that lists the target was meant. Its error is more helpful than "no
            // spec lists the target".
            Err(broken.unwrap_or_else(|| with_near_miss(not_listed(&shown()), &others, lookup)))
        }
        (Some(only), None) => {
            if let Some(before) = before {
                world.record_lookup(&before, &question(), &only.name);
            }
            Ok(only)
        }
        (Some(one), Some(other)) => {
            let sentence = format!(
                "specs `{}` and `{}` list {} equally closely",
                one.name,
                other.name,
                shown()
            );
            Err(Error::new(Code::TargetAmbiguous, sentence)
                .hint("give one of them a longer path, or name the spec with --spec"))
        }
    }
}

/// The spec that the last lookup for the same question found, if it still lists the target.
fn lately(world: &dyn Finding, question: &str, lookup: Lookup<'_>) -> Option<LoadedSpec> {
    let name = world.recent_lookup(question)?;
    let path = in_configuration(world, &name).ok()?;
    let bytes = world.read_config(&path).ok()?;
    let loaded = parse(
        world,
        Origin::Named(name.clone()),
        &name,
        &bytes,
        path.parent(),
    )
    .ok()?;
    let lists = lookup.specificity(&loaded.spec).is_some();
    // A spec that has become invalid must not hide a valid one.
    (lists && validate(&loaded.spec).is_ok()).then_some(loaded)
}

/// Adds to the error the spec that nearly lists the target for the caller, if there is one.
pub(super) fn with_near_miss(error: Error, specs: &[LoadedSpec], lookup: Lookup<'_>) -> Error {
    let mut near = specs.iter().filter_map(|loaded| {
        let (near, listed) = loaded.spec.near_miss(lookup.targets)?;
        let differs = match near {
            NearMiss::NoPath => "not the whole host",
            NearMiss::LetterCase => "and upper and lower case differ in a path",
            NearMiss::Port => "which is another port",
            NearMiss::Scheme => "which is another scheme",
        };
        let for_caller = loaded.spec.callers.include(lookup.caller);
        for_caller.then(|| {
            (
                near,
                format!("spec `{}` lists {listed}, {differs}", loaded.name),
            )
        })
    });
    match near.next() {
        Some((near, hint)) => error.hint(hint).whose(TargetMatch::Nearly(near)),
        None => error,
    }
}

/// The error for a target that no spec lists.
#[must_use]
pub fn not_listed(shown: &str) -> Error {
    Error::new(Code::TargetNotListed, format!("no spec lists {shown}"))
        .hint("add it to the `targets` of the spec that is meant for it")
}
