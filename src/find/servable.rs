//! The names under which a caller can get a credential, for `docker-credential-keyfob list`.
//!
//! The list agrees with `get`: it leaves out an entry of `targets` for whose name `get` would find
//! another spec, several specs, or none.

use std::collections::BTreeMap;

use super::{LoadedSpec, Lookup};
use crate::spec::Spec;
use crate::target::{Pattern, Target};

/// How a caller names targets.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'a> {
    /// The caller's name.
    pub caller: &'a str,
    /// The name for an entry of `targets`, if it has one. The flag says whether the spec names the
    /// caller.
    pub name: fn(&Pattern, bool) -> Option<String>,
    /// The targets that a name stands for.
    pub targets: fn(&str) -> Vec<Target>,
}

/// Each name with the user name of its spec, sorted by name.
#[must_use]
pub fn servable(specs: &[LoadedSpec], how: Naming<'_>) -> Vec<(String, String)> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for loaded in specs {
        let named = loaded.spec.callers.is_named(how.caller);
        for name in loaded
            .spec
            .targets
            .iter()
            .filter_map(|pattern| (how.name)(pattern, named))
        {
            let targets = (how.targets)(&name);
            let lookup = Lookup::new(how.caller, &targets);
            if let Some(spec) = the_closest(specs, lookup) {
                names.insert(name, spec.username.clone());
            }
        }
    }
    names.into_iter().collect()
}

/// The only spec that lists the target most specifically for this caller.
fn the_closest<'a>(specs: &'a [LoadedSpec], lookup: Lookup<'_>) -> Option<&'a Spec> {
    let specs = specs.iter().map(|loaded| &loaded.spec);
    let listing: Vec<_> = specs
        .filter_map(|spec| Some((lookup.specificity(spec)?, spec)))
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
