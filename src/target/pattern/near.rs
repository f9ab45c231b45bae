//! Entries of `targets` that nearly match a target: the one difference, and the entry that would
//! match. None of this decides about a token.

use super::{HostPattern, Pattern};
use crate::target::{Scheme, Target};

/// The only difference between a target and an entry of `targets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearMiss {
    /// The entry has a path, and the target has none.
    NoPath,
    /// The case of the path.
    LetterCase,
    /// `.git` at the end of the path, for a caller that does not ask for a repository.
    GitSuffix,
    /// Only the port differs.
    Port,
    /// Only the scheme differs.
    Scheme,
}

impl Pattern {
    /// The only difference from a target on the same host that does not match, besides a path that
    /// the target has not.
    #[must_use]
    pub fn near_miss(&self, target: &Target) -> Option<NearMiss> {
        if !self.host_matches(target) || self.matches(target).is_some() {
            return None;
        }
        let own = self.scheme.unwrap_or(target.scheme);
        let port_of = |scheme: Scheme| self.port.unwrap_or_else(|| scheme.default_port());
        let usual = target.port == target.scheme.default_port() && self.port.is_none();
        let scheme = (own != target.scheme).then_some(NearMiss::Scheme);
        let port =
            (port_of(own) != target.port && !(usual && scheme.is_some())).then_some(NearMiss::Port);
        let path = self.path_difference(target)?;
        let mut differences = [scheme, port, path].into_iter().flatten();
        match (differences.next(), differences.next(), differences.next()) {
            (Some(only), None, None) => Some(only),
            // A caller that leaves the path out would be told of the path next.
            (Some(other), Some(NearMiss::NoPath), None) => Some(other),
            _ => None,
        }
    }

    /// The difference between the paths; `Some(None)` if they match, `None` if it is not a small
    /// one.
    fn path_difference(&self, target: &Target) -> Option<Option<NearMiss>> {
        let matches = |pattern: &Self, path: &[String], repository: bool| {
            path.starts_with(&pattern.path) || (repository && pattern.repository_matches(path))
        };
        if matches(self, &target.path, target.repository) {
            return Some(None);
        }
        if target.path.is_empty() {
            return Some(Some(NearMiss::NoPath));
        }
        let fold = |path: &[String]| path.iter().map(|segment| segment.to_lowercase()).collect();
        let folded = Self {
            path: fold(&self.path),
            ..self.clone()
        };
        let path: Vec<String> = fold(&target.path);
        match () {
            () if matches(&folded, &path, target.repository) => Some(Some(NearMiss::LetterCase)),
            () if matches(self, &target.path, true) => Some(Some(NearMiss::GitSuffix)),
            () => None,
        }
    }

    /// Whether it is at the target's host, whatever the scheme, the port and the path.
    #[must_use]
    pub fn is_at_host(&self, target: &Target) -> bool {
        self.host_matches(target)
    }

    /// Whether its `*.` stands for one label, and the host of the target has none or several there.
    #[must_use]
    pub fn misses_a_label(&self, target: &Target) -> bool {
        let HostPattern::OneLabelAbove(parent) = &self.host else {
            return false;
        };
        let above = target.host.as_str().strip_suffix(parent.as_str());
        !self.host_matches(target)
            && above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }

    /// The entry that would match a target which this one nearly matches: as this one is written,
    /// with the target's scheme, port and path.
    #[must_use]
    pub fn mended(&self, target: &Target) -> Self {
        // A target without a path must not make the entry one for the whole host.
        let path = match target.path.is_empty() {
            true => self.path.as_slice(),
            false => target.path.get(..self.path.len()).unwrap_or_default(),
        };
        let is_default = target.port == target.scheme.default_port();
        let written = self.scheme.is_some() || !path.is_empty() || target.scheme == Scheme::Http;
        Self {
            scheme: written.then_some(target.scheme),
            host: match self.host_matches(target) {
                true => self.host.clone(),
                false => HostPattern::Exactly(target.host.clone()),
            },
            port: (!is_default).then_some(target.port),
            path: path.to_vec(),
        }
    }
}
