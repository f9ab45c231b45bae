//! Targets → the spec of the configuration folder that lists them most closely.

use std::cell::OnceCell;

use super::{Found, Wanted, in_configuration, in_folder, parse, validate};
use crate::error::{Code, Error};
use crate::spec::Origin;
use crate::target::{Closeness, Pattern, Target};
use crate::world::World;

/// The spec for this caller whose `targets` list any of these most closely.
///
/// # Errors
/// [`Code::TargetNotListed`] where there is none, [`Code::TargetAmbiguous`] where two are equally close.
pub fn by_target(world: &dyn World, wanted: Wanted<'_>) -> Result<Found, Error> {
    let targets = wanted.targets;
    let question = || {
        let targets: Vec<String> = targets.iter().map(Target::to_string).collect();
        format!("{} {:?} {}", wanted.caller, wanted.user, targets.join(" "))
    };
    let before = world.large_configuration();
    if before.is_some()
        && let Some(found) = lately(world, &question(), wanted)
    {
        return Ok(found);
    }
    let shown = || targets.first().map(Target::to_string).unwrap_or_default();
    let (mut listing, mut others): (Vec<(Closeness, Found)>, Vec<Found>) = Default::default();
    let mut broken = None;
    let meant = |bytes: &[u8]| {
        is_for(bytes, wanted.caller) && targets.iter().any(|target| lists(bytes, target))
    };
    let pass_over = |error: &Error| world.tell(&|| format!("passed over: {}", error.sentence));
    let own_presets = OnceCell::new();
    let own_presets = || *own_presets.get_or_init(|| !world.own_presets().is_empty());
    let specs = world
        .specs()
        .map_err(|why| Error::spec_file("the configuration folder", &why))?;
    let several = specs.len() > 1;
    for spec in specs {
        let elsewhere = |bytes: &Vec<u8>| several && cannot_list(bytes, targets) && !own_presets();
        if spec.content.as_ref().is_ok_and(elsewhere) {
            continue;
        }
        match in_folder(world, &spec) {
            Err(error) => {
                pass_over(&error);
                let unread = || world.read(&spec.path).map(|bytes| bytes.expose().to_vec());
                let bytes = spec.content.clone().or_else(|_| unread());
                if bytes.is_ok_and(|bytes| meant(&bytes)) {
                    broken.get_or_insert(error);
                }
            }
            Ok(found) => match wanted.closeness(&found.spec) {
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
            world.tell(&|| {
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
            Err(broken.unwrap_or_else(|| not_listed(&shown())))
        }
        (Some(only), None) => {
            if let Some(before) = before {
                world.note_found(&before, &question(), &only.name);
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
fn lately(world: &dyn World, question: &str, wanted: Wanted<'_>) -> Option<Found> {
    let name = world.found_lately(question)?;
    let path = in_configuration(world, &name).ok()?;
    let bytes = world.read_own(&path).ok()?;
    let found = parse(world, Origin::Named(name.clone()), &name, &bytes).ok()?;
    let lists = wanted.closeness(&found.spec).is_some();
    // A spec that was broken meanwhile is in nobody's way.
    (lists && validate(&found.spec).is_ok()).then_some(found)
}

/// Whether no entry of this text's `targets` can mean one of these: neither a host nor what stands above its first label, which `*.` needs,
/// occurs in it. Where a text could say it in another way (an escape, an IPv6 address), it may.
fn cannot_list(text: &[u8], targets: &[Target]) -> bool {
    let occurs = |target: &Target| {
        let host = target.host().as_str();
        let above = host.split_once('.').map_or(host, |(_, above)| above);
        let said = |at: &[u8]| at.eq_ignore_ascii_case(above.as_bytes());
        host.starts_with('[') || text.windows(above.len().max(1)).any(said)
    };
    !text.contains(&b'\\') && !targets.iter().any(occurs)
}

/// Whether a spec that cannot be used may be for this caller: it is no JSON, or its `callers` do not name others alone.
fn is_for(bytes: &[u8], caller: &str) -> bool {
    let spec = serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let callers = spec.as_ref().and_then(|spec| spec.get("callers"));
    match callers.and_then(serde_json::Value::as_array) {
        Some(named) => named.is_empty() || named.iter().any(|name| name == caller),
        None => true,
    }
}

/// Whether a spec that cannot be used lists the target all the same, as far as can be told: by its `targets`, or where it is no JSON by the
/// host as a word of its own.
fn lists(bytes: &[u8], target: &Target) -> bool {
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(value) => {
            let listed = value
                .get("targets")
                .and_then(serde_json::Value::as_array)
                .into_iter()
                .flatten();
            let patterns = listed.filter_map(|entry| Pattern::parse(entry.as_str()?).ok());
            patterns
                .into_iter()
                .any(|pattern| pattern.fits(target).is_some())
        }
        Err(_) => {
            let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
            let targets = text
                .split_once("\"targets\"")
                .map_or("", |(_, after)| after);
            let targets = targets.split(']').next().unwrap_or_default();
            let of_host = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
            let mut words = targets.split(|c: char| !of_host(c));
            let host = target.host().as_str();
            words.any(|word| {
                word == host
                    || word
                        .strip_prefix(host)
                        .is_some_and(|rest| rest.starts_with(':'))
            })
        }
    }
}

/// No spec lists the target.
#[must_use]
pub fn not_listed(shown: &str) -> Error {
    Error::new(Code::TargetNotListed, format!("no spec lists {shown}"))
        .hint("add it to the `targets` of the spec whose token it may have")
}
