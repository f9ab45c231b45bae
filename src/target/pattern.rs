//! The entries of a spec's `targets`: which targets they match, and how specifically. The match is
//! exact, except that `*.` matches one label.

mod near;

use std::fmt;

use super::parts::{Parts, parse_url_path};
use super::{Host, InvalidTarget, Scheme, Target};
pub use near::NearMiss;

/// A host as a spec lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    Exactly(Host),
    OneLabelAbove(Host),
}

/// One entry of a spec's `targets`: `host`, `host:port` or `https://host[:port][/path]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    scheme: Option<Scheme>,
    host: HostPattern,
    port: Option<u16>,
    path: Vec<String>,
}

/// How specific a match is: a larger value is more specific. Exact hosts come before wildcards,
/// then longer paths, then the user name, as for git's `http.<url>.*` (git-config(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    exact_host: bool,
    segments: usize,
    same_path: bool,
    user: UserMatch,
    scheme_and_port: u8,
}

/// The rule by which one match is more specific than another, in the order in which they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// An exact host comes before a wildcard.
    ExactHost,
    /// A longer path comes before a shorter one.
    LongerPath,
    /// A path that is written as the caller writes it comes before one that differs in `.git`.
    SamePath,
    /// The user name of the request comes before none, and none before another.
    User,
    /// A written scheme or port comes before none.
    SchemeOrPort,
}

/// How the user name of a request matches a spec's: a larger value is a closer match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserMatch {
    /// The spec has another name.
    Other,
    /// The spec or the request has no name.
    Open,
    /// The spec has the same name.
    Same,
}

impl Specificity {
    /// Takes the match of the user name into account.
    #[must_use]
    pub fn with_user(self, user: UserMatch) -> Self {
        Self { user, ..self }
    }

    /// The rule by which this match comes before another: the first in which they differ. `None` if
    /// it does not come before it.
    #[must_use]
    pub fn rule_over(self, other: Self) -> Option<Rule> {
        let differs = [
            (self.exact_host != other.exact_host, Rule::ExactHost),
            (self.segments != other.segments, Rule::LongerPath),
            (self.same_path != other.same_path, Rule::SamePath),
            (self.user != other.user, Rule::User),
            (true, Rule::SchemeOrPort),
        ];
        let first = differs.into_iter().find(|(differs, _)| *differs);
        first.filter(|_| self > other).map(|(_, rule)| rule)
    }

    /// The number of path segments of the entry.
    #[must_use]
    pub fn segments(self) -> usize {
        self.segments
    }
}

impl Pattern {
    /// Parses an entry of `targets`.
    ///
    /// # Errors
    /// [`InvalidTarget`], also for a path without a scheme and for a misplaced `*`.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let parts = Parts::parse(text)?;
        if parts.scheme.is_none() && !parts.path.is_empty() {
            // `host/path` could be a path of either scheme, so the scheme is required.
            return Err(InvalidTarget::Scheme);
        }
        let host = match parts.host.strip_prefix("*.") {
            Some(rest) if rest.contains('.') && !rest.contains(['*', '[']) => {
                let host = Host::parse(rest)?;
                if host.as_str().parse::<std::net::Ipv4Addr>().is_ok() {
                    return Err(InvalidTarget::Wildcard);
                }
                HostPattern::OneLabelAbove(host)
            }
            Some(_) => return Err(InvalidTarget::Wildcard),
            None if parts.host.contains('*') => return Err(InvalidTarget::Wildcard),
            None => HostPattern::Exactly(Host::parse(parts.host)?),
        };
        let loopback = || matches!(&host, HostPattern::Exactly(host) if host.is_loopback());
        if parts.scheme == Some(Scheme::Http) && !loopback() {
            return Err(InvalidTarget::PlainHttp);
        }
        if parts.path.contains('*') {
            return Err(InvalidTarget::WildcardInPath);
        }
        let path = parse_url_path(parts.path)?;
        Ok(Self {
            scheme: parts.scheme,
            host,
            port: parts.port,
            path,
        })
    }

    /// Whether the target matches, and how specifically. Without a scheme both schemes match
    /// (`http` is loopback only, see [`Target::parse`]); without a port the default port of the
    /// scheme.
    #[must_use]
    pub fn matches(&self, target: &Target) -> Option<Specificity> {
        let host = self.host_matches(target);
        let scheme = self.scheme.is_none_or(|scheme| scheme == target.scheme);
        let port = self.port.unwrap_or_else(|| target.scheme.default_port()) == target.port;
        let same_path = target.path.starts_with(&self.path);
        let path = same_path || (target.repository && self.repository_matches(&target.path));
        (host && scheme && port && path).then(|| Specificity {
            exact_host: matches!(self.host, HostPattern::Exactly(_)),
            segments: self.path.len(),
            same_path,
            user: UserMatch::Open,
            scheme_and_port: u8::from(self.scheme.is_some()) + u8::from(self.port.is_some()),
        })
    }

    fn host_matches(&self, target: &Target) -> bool {
        match &self.host {
            HostPattern::Exactly(host) => *host == target.host,
            HostPattern::OneLabelAbove(parent) => target
                .host
                .as_str()
                .split_once('.')
                .is_some_and(|(label, rest)| !label.is_empty() && rest == parent.as_str()),
        }
    }

    /// Whether the paths match up to the entry's last segment, `.git` after that segment ignored.
    fn repository_matches(&self, path: &[String]) -> bool {
        let bare = |segment: &str| segment.strip_suffix(".git").unwrap_or(segment).to_owned();
        let Some((last, before)) = self.path.split_last() else {
            return false;
        };
        let there = path.get(before.len());
        path.starts_with(before) && there.is_some_and(|there| bare(there) == bare(last))
    }

    /// Whether the target would match if its path did.
    #[must_use]
    pub fn matches_without_path(&self, target: &Target) -> bool {
        let path = self.path.clone();
        self.matches(&Target {
            path,
            ..target.clone()
        })
        .is_some()
    }

    /// Whether it is `host` or `host:port`, without a scheme.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.scheme.is_none()
    }

    /// Whether it matches one host, not a wildcard.
    #[must_use]
    pub fn is_single_host(&self) -> bool {
        matches!(self.host, HostPattern::Exactly(_))
    }

    /// `host[:port]` if the pattern has neither wildcard nor path: for callers that list hosts.
    #[must_use]
    pub fn single_host(&self) -> Option<String> {
        match (&self.host, self.path.is_empty()) {
            (HostPattern::Exactly(host), true) => Some(match self.port {
                Some(port) => format!("{}:{port}", host.as_str()),
                None => host.as_str().to_owned(),
            }),
            _ => None,
        }
    }

    /// `https://host[:port][/path]` if the pattern has no wildcard and matches https: for callers
    /// that compare prefixes of URLs. The path is percent-encoded (RFC 3986 §3.3).
    #[must_use]
    pub fn https_prefix(&self) -> Option<String> {
        let HostPattern::Exactly(host) = &self.host else {
            return None;
        };
        if self.scheme == Some(Scheme::Http) {
            return None;
        }
        let mut prefix = format!("https://{}", host.as_str());
        if let Some(port) = self
            .port
            .filter(|port| *port != Scheme::Https.default_port())
        {
            prefix.push_str(&format!(":{port}"));
        }
        for segment in &self.path {
            prefix.push('/');
            for byte in segment.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
                    prefix.push(char::from(byte));
                } else {
                    prefix.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        Some(prefix)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{}://", scheme.as_str())?;
        }
        match &self.host {
            HostPattern::Exactly(host) => f.write_str(host.as_str())?,
            HostPattern::OneLabelAbove(parent) => write!(f, "*.{}", parent.as_str())?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.path
            .iter()
            .try_for_each(|segment| write!(f, "/{segment}"))
    }
}
