//! Specs that nearly list a target: the one difference, and what to write or to run. And two that
//! list the same one.

use super::{LoadedSpec, Lookup};
use crate::error::{Error, TargetMatch};
use crate::protocol::CredentialRequest;
use crate::spec::CALLERS;
use crate::target::{NearMiss, Pattern, Target};

/// What differs between an entry of `targets` and a target, in words.
#[must_use]
pub fn difference(near: NearMiss) -> &'static str {
    match near {
        NearMiss::NoPath => "not the whole host",
        NearMiss::LetterCase => "and upper and lower case differ in a path",
        NearMiss::GitSuffix => "which differs in `.git`",
        NearMiss::Port => "which is another port",
        NearMiss::Scheme => "which is another scheme",
    }
}

/// The first entry of a spec that nearly matches one of the targets, with that target.
#[must_use]
pub fn near_entry<'a>(
    loaded: &'a LoadedSpec,
    targets: &'a [Target],
) -> Option<(NearMiss, &'a Pattern, &'a Target)> {
    let (near, listed) = loaded.spec.near_miss(targets)?;
    let meant = targets.iter().find(|to| listed.near_miss(to) == Some(near));
    meant.map(|target| (near, listed, target))
}

/// Adds to the error the spec that nearly lists the target for the caller, if there is one.
pub(super) fn with_near_miss(error: Error, specs: &[LoadedSpec], lookup: Lookup<'_>) -> Error {
    let mut near = specs
        .iter()
        .filter(|loaded| loaded.spec.callers.include(lookup.caller))
        .filter_map(|loaded| Some((loaded, near_entry(loaded, lookup.targets)?)));
    let Some((loaded, (near, listed, target))) = near.next() else {
        return error;
    };
    let differs = difference(near);
    let mut hint = format!("spec `{}` lists {listed}, {differs}", loaded.name);
    // How a caller sends a path, the caller itself says.
    if near != NearMiss::NoPath {
        hint.push_str(&mend(listed, target));
    }
    error.hint(hint).whose(TargetMatch::Nearly(near))
}

/// What to write into the spec, as the end of a sentence.
#[must_use]
pub fn mend(listed: &Pattern, target: &Target) -> String {
    format!("; add \"{}\" to its `targets`", listed.mended(target))
}

/// What to do about a request without a path: the command that makes the caller send it, else what
/// to write, if the caller never sends one.
#[must_use]
pub fn without_path(caller: &str, request: &dyn CredentialRequest) -> Option<String> {
    if let Some(command) = request.how_to_send_a_path() {
        return Some(format!("to let {caller} name the path, run `{command}`"));
    }
    let target = request
        .targets()
        .first()
        .filter(|_| request.never_names_a_path());
    target.map(|target| format!("{caller} names no path; add \"{target}\" to its `targets`"))
}

/// An entry of `targets` that two specs have for the same caller, with the first such caller: for a
/// request that names no user, keyfob finds neither. `None` if there is none, or if their user
/// names tell them apart.
#[must_use]
pub fn tie<'a>(one: &'a LoadedSpec, other: &LoadedSpec) -> Option<(&'a Pattern, &'static str)> {
    let (one, other) = (&one.spec, &other.spec);
    let differ =
        one.username_is_explicit && other.username_is_explicit && one.username != other.username;
    let shared = one.targets.iter().find(|it| other.targets.contains(it));
    let both = |name: &&&str| one.callers.include(name) && other.callers.include(name);
    let caller = CALLERS.iter().find(both);
    shared.filter(|_| !differ).zip(caller.copied())
}
