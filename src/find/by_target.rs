//! Targets → the spec of the configuration folder that lists them most closely.

use std::cell::OnceCell;

use super::text::{cannot_list, is_for, lists, unchecked};
use super::{LoadedSpec, Lookup, in_configuration, in_folder, no_folder, parse, validate};
use crate::error::{Code, Error, TargetMatch};
use crate::spec::Origin;
use crate::target::{NearMiss, Specificity, Target};
use crate::world::Finding;

/// The spec for this caller whose `targets` list any of these most closely.
///
/// # Errors
/// [`Code::TargetNotListed`] where there is none, [`Code::TargetAmbiguous`] where two are equally close.
pub fn by_target(world: &dyn Finding, wanted: Lookup<'_>) -> Result<LoadedSpec, Error> {
    let targets = wanted.targets;
    let question = || {
        let targets: Vec<String> = targets.iter().map(Target::to_string).collect();
        format!("{} {:?} {}", wanted.caller, wanted.user, targets.join(" "))
    };
    let before = world.large_config_state();
    if before.is_some()
        && let Some(found) = lately(world, &question(), wanted)
    {
        return Ok(found);
    }
    let shown = || targets.first().map(Target::to_string).unwrap_or_default();
    let (mut listing, mut others): (Vec<(Specificity, LoadedSpec)>, Vec<LoadedSpec>) =
        Default::default();
    let mut broken = None;
    let meant = |bytes: &[u8]| {
        is_for(bytes, wanted.caller) && targets.iter().any(|target| lists(bytes, target))
    };
    let pass_over = |error: &Error| world.log(&|| format!("passed over: {}", error.sentence));
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
                if bytes.is_some_and(|bytes| meant(&bytes)) {
                    broken.get_or_insert(error);
                }
            }
            Ok(found) => match wanted.specificity(&found.spec) {
                None => others.push(found),
                Some(closeness) => listing.push((closeness, found)),
            },
        }
    }
    // A broken spec is in no sound one's way; where it is the only one, it says so by itself when its token is wanted.
    if listing.len() > 1 {
        listing.retain(|(_, found)| match validate(&found.spec) {
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
        .filter_map(|(closeness, found)| (Some(closeness) == closest).then_some(found));
    match (best.next(), best.next()) {
        (None, _) => {
            world.log(&|| {
                let broken = others
                    .iter()
                    .filter_map(|found| validate(&found.spec).err());
                let broken: Vec<String> = broken.map(|error| error.sentence).collect();
                let count = broken.len();
                format!(
                    "passed over, {count} that list others and are broken: {}",
                    broken.join("; ")
                )
            });
            // A spec that cannot be used and lists the target was meant: better to say so than to answer "not mine".
            Err(broken.unwrap_or_else(|| nearly(not_listed(&shown()), &others, wanted)))
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

/// The spec that was found for the same question a moment ago, if it still lists the target.
fn lately(world: &dyn Finding, question: &str, wanted: Lookup<'_>) -> Option<LoadedSpec> {
    let name = world.recent_lookup(question)?;
    let path = in_configuration(world, &name).ok()?;
    let bytes = world.read_config(&path).ok()?;
    let found = parse(
        world,
        Origin::Named(name.clone()),
        &name,
        &bytes,
        path.parent(),
    )
    .ok()?;
    let lists = wanted.specificity(&found.spec).is_some();
    // A spec that was broken meanwhile is in nobody's way.
    (lists && validate(&found.spec).is_ok()).then_some(found)
}

/// The same, with the spec that lists nearly this target for the caller, if there is one.
pub(super) fn nearly(error: Error, specs: &[LoadedSpec], wanted: Lookup<'_>) -> Error {
    let mut near = specs.iter().filter_map(|found| {
        let (near, listed) = found.spec.near_miss(wanted.targets)?;
        let differs = match near {
            NearMiss::NoPath => "not the whole host",
            NearMiss::LetterCase => "and upper and lower case differ in a path",
            NearMiss::Port => "which is another port",
            NearMiss::Scheme => "which is another scheme",
        };
        let for_caller = found.spec.callers.include(wanted.caller);
        for_caller.then(|| {
            (
                near,
                format!("spec `{}` lists {listed}, {differs}", found.name),
            )
        })
    });
    match near.next() {
        Some((near, hint)) => error.hint(hint).whose(TargetMatch::Nearly(near)),
        None => error,
    }
}

/// No spec lists the target.
#[must_use]
pub fn not_listed(shown: &str) -> Error {
    Error::new(Code::TargetNotListed, format!("no spec lists {shown}"))
        .hint("add it to the `targets` of the spec whose token it may have")
}
