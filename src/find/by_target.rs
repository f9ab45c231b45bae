//! Finds the spec of the configuration folder that lists a target most specifically.

use std::cell::OnceCell;

use super::near::with_near_miss;
use super::text::{cannot_list, is_for, lists, unchecked};
use super::{LoadedSpec, Lookup, in_configuration, in_folder, no_folder, parse, validate};
use crate::error::{Code, Error, TargetMatch};
use crate::spec::Origin;
use crate::target::{Specificity, Target};
use crate::world::Finding;

/// What to do where two specs list a target equally closely.
#[must_use]
pub fn how_to_untie(caller: &str) -> String {
    let by_user = match caller {
        "git" => "; or write a `username` into each, and name the user in the URL",
        _ => "",
    };
    format!(
        "give one of them a longer path{by_user}; or write `callers` into one that leave {caller} \
         out; or remove one"
    )
}

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
    let survey = survey(world, lookup, Extent::Needed)?;
    let found = survey.choose(world, lookup)?;
    if let Some(before) = before {
        world.record_lookup(&before, &question(), &found.name);
    }
    Ok(found)
}

/// Which specs of the configuration folder are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those whose text may list the target.
    Needed,
    /// All.
    All,
}

/// What the specs of the configuration folder are to a lookup.
#[derive(Debug, Default)]
pub struct Survey {
    /// Those that list one of the targets for the caller, and how specifically.
    pub listing: Vec<(Specificity, LoadedSpec)>,
    /// Those that do not.
    pub others: Vec<LoadedSpec>,
    /// Those that cannot be used.
    pub broken: Vec<Broken>,
}

/// A spec of the configuration folder that cannot be used.
#[derive(Debug)]
pub struct Broken {
    /// Its name.
    pub name: String,
    /// Why.
    pub error: Error,
    /// Whether its text seems to list the target for the caller.
    pub may_list: bool,
}

/// Reads the specs of the configuration folder for a lookup.
///
/// # Errors
/// There is no configuration folder, or it cannot be read.
pub fn survey(world: &dyn Finding, lookup: Lookup<'_>, extent: Extent) -> Result<Survey, Error> {
    let targets = lookup.targets;
    let may_list = |bytes: &[u8]| {
        is_for(bytes, lookup.caller) && targets.iter().any(|target| lists(bytes, target))
    };
    let has_presets = OnceCell::new();
    let has_presets = || *has_presets.get_or_init(|| !world.preset_names().is_empty());
    let specs = world.spec_files().map_err(|why| {
        Error::spec_file("the configuration folder", &why).whose(TargetMatch::Unknown)
    })?;
    if specs.is_empty() && world.config_folder().is_none() {
        return Err(no_folder(world).whose(TargetMatch::Unknown));
    }
    let several = specs.len() > 1 && extent == Extent::Needed;
    let mut survey = Survey::default();
    for spec in specs {
        let elsewhere = |bytes: &Vec<u8>| several && cannot_list(bytes, targets) && !has_presets();
        if spec.content.as_ref().is_ok_and(elsewhere) {
            continue;
        }
        match in_folder(world, &spec) {
            Err(error) => {
                let unread = || unchecked(world, &spec.path);
                let bytes = spec.content.clone().ok().or_else(unread);
                let may_list = bytes.is_some_and(|bytes| may_list(&bytes));
                survey.pass_over(world, spec.name, error, may_list);
            }
            Ok(loaded) => match lookup.specificity(&loaded.spec) {
                None => survey.others.push(loaded),
                Some(closeness) => survey.listing.push((closeness, loaded)),
            },
        }
    }
    survey.drop_invalid(world);
    Ok(survey)
}

impl Survey {
    fn pass_over(&mut self, world: &dyn Finding, name: String, error: Error, may_list: bool) {
        world.log(&|| format!("ignored: {}", error.sentence));
        self.broken.push(Broken {
            name,
            error,
            may_list,
        });
    }

    /// An invalid spec must not compete with a valid one. If it is the only one, its error is
    /// reported when its token is requested.
    fn drop_invalid(&mut self, world: &dyn Finding) {
        if self.listing.len() < 2 {
            return;
        }
        for (closeness, loaded) in std::mem::take(&mut self.listing) {
            match validate(&loaded.spec) {
                Ok(()) => self.listing.push((closeness, loaded)),
                Err(error) => self.pass_over(world, loaded.name, error, true),
            }
        }
    }

    /// The spec that lists the target most specifically.
    ///
    /// # Errors
    /// [`Code::TargetNotListed`] if there is none, [`Code::TargetAmbiguous`] if two match equally
    /// well.
    pub fn choose(self, world: &dyn Finding, lookup: Lookup<'_>) -> Result<LoadedSpec, Error> {
        let shown = || lookup.targets.first().map(Target::to_string);
        let shown = || shown().unwrap_or_default();
        let closest = self.listing.iter().map(|(closeness, _)| *closeness).max();
        let mut best = self
            .listing
            .into_iter()
            .filter_map(|(closeness, loaded)| (Some(closeness) == closest).then_some(loaded));
        match (best.next(), best.next()) {
            (Some(only), None) => Ok(only),
            (Some(one), Some(other)) => {
                let sentence = format!(
                    "specs `{}` and `{}` list {} equally closely",
                    one.name,
                    other.name,
                    shown()
                );
                Err(Error::new(Code::TargetAmbiguous, sentence).hint(how_to_untie(lookup.caller)))
            }
            (None, _) => {
                world.log(&|| {
                    let broken = self
                        .others
                        .iter()
                        .filter_map(|loaded| validate(&loaded.spec).err());
                    let broken: Vec<String> = broken.map(|error| error.sentence).collect();
                    let count = broken.len();
                    format!(
                        "ignored {count} broken specs that do not list the target: {}",
                        broken.join("; ")
                    )
                });
                // An invalid spec that lists the target was meant. Its error is more helpful than
                // "no spec lists the target".
                let mut broken = self.broken.into_iter().filter(|broken| broken.may_list);
                Err(broken.next().map_or_else(
                    || with_near_miss(not_listed(&shown()), &self.others, lookup),
                    |broken| broken.error,
                ))
            }
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

/// The error for a target that no spec lists.
#[must_use]
pub fn not_listed(shown: &str) -> Error {
    Error::new(Code::TargetNotListed, format!("no spec lists {shown}"))
        .hint("add it to the `targets` of the spec that is meant for it")
}
