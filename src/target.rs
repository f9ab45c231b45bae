//! What a credential is for: `Target`, as a caller names it, and `Pattern`, as a spec lists it.
//!
//! Comparison is exact: parsed hosts are equal or differ, ports are numbers, paths match by whole segments, `*.` stands
//! for one label. Nothing is ever found by substring, and nothing is "normalised" but the letter case of a host and the
//! default port (RFC 3986 §6.2.2.1, §6.2.3). What two readers could read differently is refused.

use std::fmt;

/// The scheme of a target or an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP: only ever to this machine.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// The port that goes without saying.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// `http` or `https`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Why a text names no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotATarget {
    /// No host in it.
    NoHost,
    /// A scheme other than `https` and `http`.
    Scheme,
    /// `http` to another machine.
    PlainHttp,
    /// User information before the host.
    UserInfo,
    /// A host that is no DNS name, IPv4 address or bracketed IPv6 address.
    Host,
    /// A port that is no number from 1 to 65535.
    Port,
    /// A path with `.` or `..` segments, empty segments, a percent-encoded slash or dot, a backslash or a control character.
    Path,
    /// A query or a fragment.
    QueryOrFragment,
    /// `*` anywhere but as the whole first label above at least two others.
    Wildcard,
}

impl fmt::Display for NotATarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHost => "it names no host",
            Self::Scheme => "its scheme is neither https nor http",
            Self::PlainHttp => "plain http is only for this machine's loopback addresses",
            Self::UserInfo => "it carries user information before the host",
            Self::Host => "its host is neither a DNS name nor an IP address",
            Self::Port => "its port is no number from 1 to 65535",
            Self::Path => "its path is not plain: no `.`, `..`, empty or encoded segments, backslashes or control characters",
            Self::QueryOrFragment => "it carries a query or a fragment",
            Self::Wildcard => "a `*` stands only for the whole first label, above two labels or more",
        })
    }
}

/// A host in lower case: a DNS name, an IPv4 address, or an IPv6 address with its brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host(String);

impl Host {
    /// Parses a host. A trailing dot is refused: to DNS it is the same name, to a certificate it is not.
    ///
    /// # Errors
    /// [`NotATarget::NoHost`] or [`NotATarget::Host`].
    pub fn parse(text: &str) -> Result<Self, NotATarget> {
        if text.is_empty() {
            return Err(NotATarget::NoHost);
        }
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').ok_or(NotATarget::Host)?;
            let address: std::net::Ipv6Addr = address.parse().map_err(|_| NotATarget::Host)?;
            return Ok(Self(format!("[{address}]")));
        }
        let label = |l: &str| {
            !l.is_empty()
                && l.len() <= 63
                && l.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !l.starts_with('-')
                && !l.ends_with('-')
        };
        if text.len() > 253 || !text.split('.').all(label) {
            return Err(NotATarget::Host);
        }
        // A last label of digits is an IPv4 address or nothing (WHATWG URL, "ends in a number"): 127.1 is somebody's 127.0.0.1.
        let last = text.rsplit('.').next().unwrap_or_default();
        let numeric =
            last.bytes().all(|b| b.is_ascii_digit()) || last.to_ascii_lowercase().starts_with("0x");
        if numeric && text.parse::<std::net::Ipv4Addr>().is_err() {
            return Err(NotATarget::Host);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The host as it is written in a URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this machine: 127.0.0.0/8, ::1 or the name `localhost` (RFC 6761 §6.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        if self.0 == "localhost" {
            return true;
        }
        let bare = self.0.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
    }
}

/// `host` or `host:port` → both parts; the port still as text.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let after_bracket = authority.rfind(']').map_or(0, |at| at + 1);
    match authority.rfind(':') {
        Some(at) if at >= after_bracket => {
            let (host, port) = authority.split_at(at);
            (host, Some(port.trim_start_matches(':')))
        }
        _ => (authority, None),
    }
}

fn parse_port(text: &str) -> Result<u16, NotATarget> {
    let plain = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if plain && port != 0 => Ok(port),
        _ => Err(NotATarget::Port),
    }
}

/// A path as whole segments. One slash at the end says nothing and is dropped.
fn parse_path(path: &str) -> Result<Vec<String>, NotATarget> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let segment = |s: &str| {
        let lower = s.to_ascii_lowercase();
        let plain = !s.is_empty() && s != "." && s != "..";
        let encoded = lower.contains("%2e")
            || lower.contains("%2f")
            || lower.contains("%5c")
            || lower.contains("%00");
        if plain && !encoded && !s.contains('\\') && !s.chars().any(char::is_control) {
            Ok(s.to_owned())
        } else {
            Err(NotATarget::Path)
        }
    };
    path.split('/').map(segment).collect()
}

/// `[scheme://]host[:port][/path]`, taken apart; no part judged yet.
struct Parts<'a> {
    scheme: Option<Scheme>,
    host: &'a str,
    port: Option<u16>,
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Result<Self, NotATarget> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
                (Some(Scheme::Https), rest)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
                (Some(Scheme::Http), rest)
            }
            Some(_) => return Err(NotATarget::Scheme),
            None => (None, text),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if rest.contains('?') || rest.contains('#') {
            return Err(NotATarget::QueryOrFragment);
        }
        if authority.contains('@') {
            return Err(NotATarget::UserInfo);
        }
        let (host, port) = split_port(authority);
        let port = port.map(parse_port).transpose()?;
        Ok(Self {
            scheme,
            host,
            port,
            path: path.strip_prefix('/').unwrap_or(path),
        })
    }
}

/// What a caller asks a credential for: scheme, host, port and path, all of them known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    scheme: Scheme,
    host: Host,
    port: u16,
    path: Vec<String>,
}

impl Target {
    /// Parses `https://host[:port][/path]`, or the same without scheme, which then is https.
    ///
    /// # Errors
    /// [`NotATarget`], `http` to another machine than this one included.
    pub fn parse(text: &str) -> Result<Self, NotATarget> {
        let parts = Parts::parse(text)?;
        let host = Host::parse(parts.host)?;
        let scheme = parts.scheme.unwrap_or(Scheme::Https);
        if scheme == Scheme::Http && !host.is_loopback() {
            return Err(NotATarget::PlainHttp);
        }
        let port = parts.port.unwrap_or_else(|| scheme.default_port());
        Ok(Self {
            scheme,
            host,
            port,
            path: parse_path(parts.path)?,
        })
    }

    /// The host it names.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host.as_str())?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        self.path
            .iter()
            .try_for_each(|segment| write!(f, "/{segment}"))
    }
}

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
    written: String,
}

/// How closely a pattern fits: the larger, the closer. Exact hosts before wildcards, then longer paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Closeness {
    exact_host: bool,
    segments: usize,
    scheme_and_port: u8,
}

impl Pattern {
    /// Parses an entry of `targets`.
    ///
    /// # Errors
    /// [`NotATarget`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NotATarget> {
        let parts = Parts::parse(text)?;
        if parts.scheme.is_none() && !parts.path.is_empty() {
            // `host/path` could be meant as a path of either scheme: let them write it.
            return Err(NotATarget::Scheme);
        }
        let host = match parts.host.strip_prefix("*.") {
            Some(rest) if rest.contains('.') && !rest.starts_with('[') => {
                let host = Host::parse(rest)?;
                if host.as_str().parse::<std::net::Ipv4Addr>().is_ok() {
                    return Err(NotATarget::Wildcard);
                }
                HostPattern::OneLabelAbove(host)
            }
            Some(_) => return Err(NotATarget::Wildcard),
            None if parts.host.contains('*') => return Err(NotATarget::Wildcard),
            None => HostPattern::Exactly(Host::parse(parts.host)?),
        };
        let loopback = matches!(&host, HostPattern::Exactly(host) if host.is_loopback());
        if parts.scheme == Some(Scheme::Http) && !loopback {
            return Err(NotATarget::PlainHttp);
        }
        let path = parse_path(parts.path)?;
        Ok(Self {
            scheme: parts.scheme,
            host,
            port: parts.port,
            path,
            written: text.to_owned(),
        })
    }

    /// Whether the target is one of those meant, and how closely. Without a scheme both are meant (`http` can only be
    /// loopback, see [`Target::parse`]); without a port the scheme's own.
    #[must_use]
    pub fn fits(&self, target: &Target) -> Option<Closeness> {
        let host = match &self.host {
            HostPattern::Exactly(host) => *host == target.host,
            HostPattern::OneLabelAbove(parent) => target
                .host
                .as_str()
                .split_once('.')
                .is_some_and(|(label, rest)| !label.is_empty() && rest == parent.as_str()),
        };
        let scheme = self.scheme.is_none_or(|scheme| scheme == target.scheme);
        let port = self.port.unwrap_or_else(|| target.scheme.default_port()) == target.port;
        let path = target.path.starts_with(&self.path);
        (host && scheme && port && path).then(|| Closeness {
            exact_host: matches!(self.host, HostPattern::Exactly(_)),
            segments: self.path.len(),
            scheme_and_port: u8::from(self.scheme.is_some()) + u8::from(self.port.is_some()),
        })
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

    /// As the spec's author wrote it.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.written
    }
}

/// Where a request is sent: an absolute URL that keeps to https, or to http on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    host: Host,
    port: u16,
    path_and_query: String,
}

impl Endpoint {
    /// Parses an absolute URL; an existing query is kept (RFC 6749 §3.2).
    ///
    /// # Errors
    /// [`NotATarget`]: no other scheme, no `http` off loopback, no user information, no fragment, nothing unprintable.
    pub fn parse(url: &str) -> Result<Self, NotATarget> {
        if url.contains('#') {
            return Err(NotATarget::QueryOrFragment);
        }
        if !url
            .bytes()
            .all(|b| (0x21..=0x7e).contains(&b) && !b"\"<>\\^`{|}".contains(&b))
        {
            return Err(NotATarget::Path);
        }
        let after_scheme = url.find("://").map(|at| at + 3).ok_or(NotATarget::Scheme)?;
        let path_at = url
            .bytes()
            .enumerate()
            .skip(after_scheme)
            .find(|(_, b)| matches!(b, b'/' | b'?'))
            .map_or(url.len(), |(at, _)| at);
        let (base, path_and_query) = url.split_at(path_at);
        let parts = Parts::parse(base)?;
        let scheme = parts.scheme.ok_or(NotATarget::Scheme)?;
        let host = Host::parse(parts.host)?;
        if scheme == Scheme::Http && !host.is_loopback() {
            return Err(NotATarget::PlainHttp);
        }
        let port = parts.port.unwrap_or_else(|| scheme.default_port());
        let path_and_query = match path_and_query.starts_with('/') {
            true => path_and_query.to_owned(),
            false => format!("/{path_and_query}"),
        };
        Ok(Self {
            scheme,
            host,
            port,
            path_and_query,
        })
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, the scheme's own included.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `scheme://host[:port]`: what may be shown in a message.
    #[must_use]
    pub fn origin(&self) -> String {
        let origin = format!("{}://{}", self.scheme.as_str(), self.host.as_str());
        if self.port == self.scheme.default_port() {
            origin
        } else {
            format!("{origin}:{}", self.port)
        }
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin(), self.path_and_query)
    }

    /// The URL without its query: what a message shows.
    #[must_use]
    pub fn shown(&self) -> String {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        format!("{}{path}", self.origin())
    }
}
