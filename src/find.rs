//! SPEC → `Provider`: the one that was named, or the one whose `targets` list what the caller asks for.

use std::path::PathBuf;

use crate::error::{Code, Error};
use crate::spec::Provider;
use crate::spec::expand::OwnPreset;
use crate::target::Target;
use crate::world::World;
use crate::world::files::FileError;

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
        return parse(world, "the inline spec", "inline", text.as_bytes());
    }
    if spec == "-" {
        let bytes = standard_input.ok_or_else(|| {
            Error::new(
                Code::Usage,
                "`--spec -` cannot be used here: standard input belongs to the caller",
            )
            .hint("name a file or a spec of the configuration folder")
        })?;
        return parse(world, "the spec on standard input", "stdin", bytes);
    }
    let path = if spec.contains('/')
        || spec.ends_with(".json")
        || (cfg!(windows) && spec.contains('\\'))
    {
        PathBuf::from(spec)
    } else {
        in_configuration(world, spec)?
    };
    let what = format!("spec {}", path.display());
    let bytes = world.read_own(&path).map_err(|why| {
        let error = Error::spec_file(&what, &why);
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

fn parse(world: &dyn World, what: &str, name: &str, bytes: &[u8]) -> Result<Found, Error> {
    let own = |preset: &str| own_preset(world, preset);
    let provider = Provider::parse(bytes, &own).map_err(|why| Error::spec(what, &why))?;
    Ok(Found {
        name: name.to_owned(),
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
    let shown = targets.first().map(Target::to_string).unwrap_or_default();
    let mut best: Vec<(crate::target::Closeness, Found)> = Vec::new();
    let mut broken = None;
    // A spec that cannot be used and names the host was meant: better to say so than to answer "not mine".
    let mentioned = |bytes: &[u8]| {
        let host = |target: &Target| contains(bytes, target.host().as_str().as_bytes());
        targets.iter().any(host)
    };
    for spec in world.specs() {
        let what = format!("spec `{}`", spec.name);
        let found = match &spec.content {
            Err(why) => {
                let error = Error::spec_file(&what, why);
                let content = world.read(&spec.path).ok();
                if content.is_some_and(|bytes| mentioned(bytes.expose())) {
                    broken.get_or_insert_with(|| error.clone());
                }
                Err(error)
            }
            Ok(bytes) => parse(world, &what, &spec.name, bytes).inspect_err(|error| {
                if mentioned(bytes) {
                    broken.get_or_insert_with(|| error.clone());
                }
            }),
        };
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
    if let Some(error) = broken {
        return Err(error);
    }
    let mut best = best.into_iter().map(|(_, found)| found);
    match (best.next(), best.next()) {
        (None, _) => Err(not_listed(&shown)),
        (Some(only), None) => Ok(only),
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

/// Every spec of the configuration folder that can be read.
#[must_use]
pub fn all(world: &dyn World) -> Vec<Found> {
    let read = |spec: crate::world::Named| {
        parse(world, &spec.name, &spec.name, spec.content.as_deref().ok()?).ok()
    };
    world.specs().into_iter().filter_map(read).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len().max(1))
        .any(|window| window.eq_ignore_ascii_case(needle))
}

/// No spec lists the target.
#[must_use]
pub fn not_listed(shown: &str) -> Error {
    Error::new(Code::TargetNotListed, format!("no spec lists {shown}"))
        .hint("add it to the `targets` of the spec whose token it may have")
}
