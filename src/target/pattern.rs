//! A spec's `targets`: which callers' targets they mean, and how closely. Exact, but for `*.` which is one label.

use std::fmt;

use super::parts::{Parts, url_segments};
use super::{Host, InvalidTarget, Scheme, Target};

/// A host as a spec may list it: itself, or any one label above a name.
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

/// How closely a pattern fits: the larger, the closer. Exact hosts before wildcards, then longer
/// paths, then the user name: git's own order for `http.<url>.*` (git-config(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    exact_host: bool,
    segments: usize,
    same_path: bool,
    user: UserMatch,
    scheme_and_port: u8,
}

/// The one thing in which a target differs from what is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearMiss {
    /// A path is listed, and the target has none.
    NoPath,
    /// Upper and lower case of the path.
    LetterCase,
    /// The port.
    Port,
    /// The scheme.
    Scheme,
}

/// What the user name of a request says of a spec: the larger, the closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserMatch {
    /// The spec writes another name.
    Other,
    /// The spec writes none, or the request names none.
    Open,
    /// The spec writes this name.
    Same,
}

impl Specificity {
    /// The same for a spec whose user name fits the request's in this way.
    #[must_use]
    pub fn with_user(self, user: UserMatch) -> Self {
        Self { user, ..self }
    }

    /// How many segments of the target's path are listed.
    #[must_use]
    pub fn segments(self) -> usize {
        self.segments
    }
}

impl Pattern {
    /// Parses an entry of `targets`.
    ///
    /// # Errors
    /// [`InvalidTarget`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let parts = Parts::parse(text)?;
        if parts.scheme.is_none() && !parts.path.is_empty() {
            // `host/path` could be meant as a path of either scheme: let them write it.
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
        let loopback = matches!(&host, HostPattern::Exactly(host) if host.is_loopback());
        if parts.scheme == Some(Scheme::Http) && !loopback {
            return Err(InvalidTarget::PlainHttp);
        }
        if parts.path.contains('*') {
            return Err(InvalidTarget::WildcardInPath);
        }
        let path = url_segments(parts.path)?;
        Ok(Self {
            scheme: parts.scheme,
            host,
            port: parts.port,
            path,
        })
    }

    /// Whether the target is one of those meant, and how closely. Without a scheme both are meant (`http` can only be
    /// loopback, see [`Target::parse`]); without a port the scheme's own.
    #[must_use]
    pub fn fits(&self, target: &Target) -> Option<Specificity> {
        let host = self.means_host_of(target);
        let scheme = self.scheme.is_none_or(|scheme| scheme == target.scheme);
        let port = self.port.unwrap_or_else(|| target.scheme.default_port()) == target.port;
        let same_path = target.path.starts_with(&self.path);
        let path = same_path || (target.repository && self.is_repository_above(&target.path));
        (host && scheme && port && path).then(|| Specificity {
            exact_host: matches!(self.host, HostPattern::Exactly(_)),
            segments: self.path.len(),
            same_path,
            user: UserMatch::Open,
            scheme_and_port: u8::from(self.scheme.is_some()) + u8::from(self.port.is_some()),
        })
    }

    fn means_host_of(&self, target: &Target) -> bool {
        match &self.host {
            HostPattern::Exactly(host) => *host == target.host,
            HostPattern::OneLabelAbove(parent) => target
                .host
                .as_str()
                .split_once('.')
                .is_some_and(|(label, rest)| !label.is_empty() && rest == parent.as_str()),
        }
    }

    /// Whether the path leads to the last segment listed, but for `.git` behind it.
    fn is_repository_above(&self, path: &[String]) -> bool {
        let bare = |segment: &str| segment.strip_suffix(".git").unwrap_or(segment).to_owned();
        let Some((last, before)) = self.path.split_last() else {
            return false;
        };
        let there = path.get(before.len());
        path.starts_with(before) && there.is_some_and(|there| bare(there) == bare(last))
    }

    /// In which one thing a target that is not meant differs from those that are, if it is at the
    /// same host.
    #[must_use]
    pub fn nearly(&self, target: &Target) -> Option<NearMiss> {
        if !self.means_host_of(target) || self.fits(target).is_some() {
            return None;
        }
        let own = self.scheme.unwrap_or(target.scheme);
        let port_of = |scheme: Scheme| self.port.unwrap_or_else(|| scheme.default_port());
        let usual = target.port == target.scheme.default_port() && self.port.is_none();
        let scheme = (own != target.scheme).then_some(NearMiss::Scheme);
        let port =
            (port_of(own) != target.port && !(usual && scheme.is_some())).then_some(NearMiss::Port);
        let folded =
            |path: &[String]| -> Vec<String> { path.iter().map(|s| s.to_lowercase()).collect() };
        let path = if target.path.starts_with(&self.path) {
            None
        } else if target.path.is_empty() {
            Some(NearMiss::NoPath)
        } else if folded(&target.path).starts_with(&folded(&self.path)) {
            Some(NearMiss::LetterCase)
        } else {
            return None;
        };
        let mut differences = [scheme, port, path].into_iter().flatten();
        match (differences.next(), differences.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// Whether a target of this host, with some path, is one of those meant.
    #[must_use]
    pub fn is_at_host_of(&self, target: &Target) -> bool {
        let path = self.path.clone();
        self.fits(&Target {
            path,
            ..target.clone()
        })
        .is_some()
    }

    /// Whether it is written as `host` or `host:port`, without a scheme.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.scheme.is_none()
    }

    /// Whether it means one host, and not every label above one.
    #[must_use]
    pub fn is_one_host(&self) -> bool {
        matches!(self.host, HostPattern::Exactly(_))
    }

    /// `host[:port]` where the pattern means one host and no path: what a caller that lists its hosts may be shown.
    #[must_use]
    pub fn concrete_host(&self) -> Option<String> {
        match (&self.host, self.path.is_empty()) {
            (HostPattern::Exactly(host), true) => Some(match self.port {
                Some(port) => format!("{}:{port}", host.as_str()),
                None => host.as_str().to_owned(),
            }),
            _ => None,
        }
    }

    /// `https://host[:port][/path]` where the pattern means one host and https is meant too: what a caller that compares prefixes of URLs may
    /// be shown. The path is percent-encoded where a URL's must be (RFC 3986 §3.3).
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
