//! SPEC → `Provider`: the one that was named, or the one whose `targets` list what the caller asks for.

use std::path::PathBuf;

use crate::error::{Code, Error};
use crate::protocol::one_line;
use crate::spec::Provider;
use crate::spec::expand::OwnPreset;
use crate::target::{Pattern, Target};
use crate::world::files::FileError;
use crate::world::{Named, World};

/// A provider and the name under which its spec was found.
#[derive(Debug)]
pub struct Found {
    /// For messages and `keyfob status`.
    pub name: String,
    /// The spec, read.
    pub provider: Provider,
}

/// The provider that SPEC names: `{…}`, `-`, a file, or a word. `standard_input` is read for `-` only.
///
/// # Errors
/// No such spec, or one that is not valid.
pub fn named(world: &dyn World, spec: &str, standard_input: Option<&[u8]>) -> Result<Found, Error> {
    let text = spec.trim_start();
    if text.starts_with('{') {
        return parse(
            world,
            &|| "the inline spec".to_owned(),
            "inline",
            text.as_bytes(),
        );
    }
    if spec == "-" {
        let bytes = standard_input.ok_or_else(|| {
            Error::new(
                Code::Usage,
                "`--spec -` cannot be used here: standard input belongs to the caller",
            )
            .hint("name a file or a spec of the configuration folder")
        })?;
        return parse(
            world,
            &|| "the spec on standard input".to_owned(),
            "stdin",
            bytes,
        );
    }
    let path = if spec.contains('/')
        || spec.ends_with(".json")
        || (cfg!(windows) && spec.contains('\\'))
    {
        PathBuf::from(spec)
    } else {
        in_configuration(world, spec)?
    };
    let what = || format!("spec {}", path.display());
    let bytes = world.read_own(&path).map_err(|why| {
        let error = Error::spec_file(&what(), &why);
        if why == FileError::Missing { error.hint("a word names a file NAME.json in the configuration folder; a path holds a slash or ends in .json") } else { error }
    })?;
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("spec")
        .to_owned();
    parse(world, &what, &stem, &bytes)
}

fn in_configuration(world: &dyn World, word: &str) -> Result<PathBuf, Error> {
    let plain = !word.is_empty()
        && !word.starts_with('.')
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.@+".contains(c));
    if !plain {
        return Err(Error::new(Code::Usage, "the spec's name is no word")
            .hint("letters, digits and -_.@+; or a path with a slash in it"));
    }
    let folder = world.configuration().ok_or_else(no_folder)?;
    Ok(folder.join(format!("{word}.json")))
}

fn no_folder() -> Error {
    Error::new(
        Code::SpecNotFound,
        "there is no configuration folder: neither KEYFOB_CONFIG_DIR nor HOME is set",
    )
    .hint("set KEYFOB_CONFIG_DIR, or name the spec's file with --spec")
}

/// `what` it is, is told only where it cannot be read.
fn parse(
    world: &dyn World,
    what: &dyn Fn() -> String,
    name: &str,
    bytes: &[u8],
) -> Result<Found, Error> {
    let own = |preset: &str| own_preset(world, preset);
    let provider = Provider::parse(bytes, &own).map_err(|why| Error::spec(&what(), &why))?;
    Ok(Found {
        // A file may be called anything, and its name is shown and kept.
        name: one_line(name),
        provider,
    })
}

/// A preset of the user's own: `providers/NAME.json` in the configuration folder.
///
/// # Errors
/// It is there and cannot be used.
pub fn own_preset(world: &dyn World, name: &str) -> OwnPreset {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let folder = world
        .configuration()
        .filter(|_| !name.is_empty() && name.bytes().all(plain));
    let Some(folder) = folder else {
        return Ok(None);
    };
    let path = folder.join("providers").join(format!("{name}.json"));
    let unusable = |why: &dyn std::fmt::Display| {
        format!("the preset {} cannot be used: {why}", path.display())
    };
    match world.read_own(&path) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| unusable(&"it is not UTF-8")),
        Err(FileError::Missing) => Ok(None),
        Err(why) => Err(unusable(&why)),
    }
}

/// The provider whose `targets` list any of these most closely.
///
/// # Errors
/// [`Code::TargetNotListed`] where there is none, [`Code::TargetAmbiguous`] where two are equally close.
pub fn by_target(world: &dyn World, targets: &[Target]) -> Result<Found, Error> {
    let question: Vec<String> = targets.iter().map(Target::to_string).collect();
    let question = question.join(" ");
    if let Some(found) = lately(world, &question, targets) {
        return Ok(found);
    }
    let before = world.large_configuration();
    let shown = targets.first().map(Target::to_string).unwrap_or_default();
    let mut best: Vec<(crate::target::Closeness, Found)> = Vec::new();
    let mut broken = None;
    let meant = |bytes: &[u8]| targets.iter().any(|target| lists(bytes, target));
    let own_presets = !world.own_presets().is_empty();
    let specs = world
        .specs()
        .map_err(|why| Error::spec_file("the configuration folder", &why))?;
    for spec in specs {
        let elsewhere = |bytes: &Vec<u8>| !own_presets && cannot_list(bytes, targets);
        if spec.content.as_ref().is_ok_and(elsewhere) {
            continue;
        }
        let found = in_folder(world, &spec).inspect_err(|error| {
            let unread = || world.read(&spec.path).map(|bytes| bytes.expose().to_vec());
            let bytes = spec.content.clone().or_else(|_| unread());
            if bytes.is_ok_and(|bytes| meant(&bytes)) {
                broken.get_or_insert_with(|| error.clone());
            }
        });
        match found {
            Err(error) => world.tell(&|| format!("passed over: {}", error.sentence)),
            Ok(found) => {
                let Some(closeness) = found.provider.closeness(targets) else {
                    continue;
                };
                if best.first().is_some_and(|(other, _)| closeness > *other) {
                    best.clear();
                }
                if best.first().is_none_or(|(other, _)| closeness == *other) {
                    best.push((closeness, found));
                }
            }
        }
    }
    let mut best = best.into_iter().map(|(_, found)| found);
    match (best.next(), best.next()) {
        // A spec that cannot be used and lists the target was meant: better to say so than to answer "not mine".
        (None, _) => Err(broken.unwrap_or_else(|| not_listed(&shown))),
        (Some(only), None) => {
            if let Some(before) = before {
                world.note_found(&before, &question, &only.name);
            }
            Ok(only)
        }
        (Some(one), Some(other)) => {
            let sentence = format!(
                "specs `{}` and `{}` list {shown} equally closely",
                one.name, other.name
            );
            Err(Error::new(Code::TargetAmbiguous, sentence)
                .hint("give one of them a longer path, or name the spec with --spec"))
        }
    }
}

/// The spec that was found for the same question a moment ago, if it still lists the target.
fn lately(world: &dyn World, question: &str, targets: &[Target]) -> Option<Found> {
    let name = world.found_lately(question)?;
    let path = in_configuration(world, &name).ok()?;
    let bytes = world.read_own(&path).ok()?;
    let found = parse(world, &|| name.clone(), &name, &bytes).ok()?;
    found.provider.closeness(targets).is_some().then_some(found)
}

/// A spec of the configuration folder, read.
///
/// # Errors
/// It cannot be read, or is not valid.
pub fn in_folder(world: &dyn World, spec: &Named) -> Result<Found, Error> {
    let what = || format!("spec `{}`", spec.name);
    match &spec.content {
        Ok(bytes) => parse(world, &what, &spec.name, bytes),
        Err(why) => Err(Error::spec_file(&what(), why)),
    }
}

/// Every spec of the configuration folder that can be read.
#[must_use]
pub fn all(world: &dyn World) -> Vec<Found> {
    let specs = world.specs().unwrap_or_default();
    let read = specs.iter().map(|spec| in_folder(world, spec).ok());
    read.flatten().collect()
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
