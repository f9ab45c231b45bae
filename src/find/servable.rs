//! Every name under which a caller that lists what it can get would be served:
//! `docker-credential-keyfob list`.
//!
//! What is listed is what `get` finds: an entry of `targets` under whose name `get` would find
//! another spec, two, or none is left out.

use std::collections::BTreeMap;

use super::{LoadedSpec, Lookup};
use crate::spec::Spec;
use crate::target::{Pattern, Target};

/// How a caller names what it asks for.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'a> {
    /// The caller's name.
    pub caller: &'a str,
    /// The name for what an entry of `targets` means, if there is one; and whether the spec names
    /// the caller.
    pub name: fn(&Pattern, bool) -> Option<String>,
    /// What is asked for under a name.
    pub targets: fn(&str) -> Vec<Target>,
}

/// Each name with the user name of the spec that serves it, in the order of the names.
#[must_use]
pub fn servable(specs: &[LoadedSpec], how: Naming<'_>) -> Vec<(String, String)> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for found in specs {
        let named = found.spec.callers.is_named(how.caller);
        for name in found
            .spec
            .targets
            .iter()
            .filter_map(|pattern| (how.name)(pattern, named))
        {
            let targets = (how.targets)(&name);
            let wanted = Lookup::new(how.caller, &targets);
            if let Some(spec) = the_closest(specs, wanted) {
                names.insert(name, spec.username.clone());
            }
        }
    }
    names.into_iter().collect()
}

/// The one spec that lists the target most closely for this caller.
fn the_closest<'a>(specs: &'a [LoadedSpec], wanted: Lookup<'_>) -> Option<&'a Spec> {
    let specs = specs.iter().map(|found| &found.spec);
    let listing: Vec<_> = specs
        .filter_map(|spec| Some((wanted.specificity(spec)?, spec)))
        .collect();
    let closest = listing.iter().map(|(closeness, _)| *closeness).max();
    let mut best = listing
        .into_iter()
        .filter(|(closeness, _)| Some(*closeness) == closest);
    match (best.next(), best.next()) {
        (Some((_, only)), None) => Some(only),
        _ => None,
    }
}
