//! What a credential is for: `Target`, as a caller names it, and `Pattern`, as a spec lists it.
//!
//! Comparison is exact: parsed hosts are equal or differ, ports are numbers, paths match by whole segments, `*.` stands
//! for one label. Nothing is ever found by substring, and nothing is "normalised" but the letter case of a host and the
//! default port (RFC 3986 §6.2.2.1, §6.2.3). What two readers could read differently is refused.

mod endpoint;
mod parts;
mod pattern;
mod spelling;

use std::fmt;

pub use endpoint::Endpoint;
use parts::{Parts, segments, url_segments};
pub use pattern::{NearMiss, Pattern, Specificity, UserMatch};

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
pub enum InvalidTarget {
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
    /// A host with letters that are not ASCII: only its `xn--` spelling is one.
    Unicode,
    /// A host with a dot at its end.
    TrailingDot,
    /// A port that is no number from 1 to 65535.
    Port,
    /// A path with `.` or `..` segments, empty segments, a percent-encoded slash or dot, a backslash or a control character.
    Path,
    /// A query or a fragment.
    QueryOrFragment,
    /// `*` anywhere but as the whole first label above at least two others.
    Wildcard,
    /// `*` in a path.
    WildcardInPath,
}

/// What to write instead of a text that is no target, where that can be told.
#[must_use]
pub fn instead_of(text: &str, why: InvalidTarget) -> Option<String> {
    match why {
        InvalidTarget::Unicode => {
            let host = Parts::parse(text).ok()?.host;
            let written = host.strip_prefix("*.").unwrap_or(host);
            let ascii = spelling::in_ascii(written)?;
            Some(format!("write `{}`", text.replacen(written, &ascii, 1)))
        }
        InvalidTarget::WildcardInPath => {
            Some("a path means everything below it: leave the `*` and what follows out".to_owned())
        }
        InvalidTarget::PlainHttp => Some("write https://, or leave the scheme out".to_owned()),
        InvalidTarget::Scheme => {
            Some("write `host`, `host:port` or `https://host[:port][/path]`".to_owned())
        }
        _ => None,
    }
}

impl InvalidTarget {
    /// Whether it is the name or the path of something that no spec can list.
    #[must_use]
    pub fn is_unlistable(self) -> bool {
        use InvalidTarget::{Host, Path, Port, TrailingDot, Unicode};
        matches!(self, Host | TrailingDot | Unicode | Port | Path)
    }
}

impl fmt::Display for InvalidTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHost => "it names no host",
            Self::Scheme => "its scheme is neither https nor http",
            Self::PlainHttp => "plain http is only for this machine's loopback addresses",
            Self::UserInfo => "it carries user information before the host",
            Self::Host => "its host is neither a DNS name nor an IP address",
            Self::Unicode => "its host has letters that are not ASCII, and only its `xn--` spelling is one to all programs",
            Self::TrailingDot => "its host ends in a dot: leave the dot out",
            Self::Port => "its port is no number from 1 to 65535",
            Self::Path => "its path is not plain: no `.`, `..`, empty or encoded segments, backslashes or control characters",
            Self::QueryOrFragment => "it carries a query or a fragment",
            Self::Wildcard => "a `*` stands only for the whole first label, above two labels or more",
            Self::WildcardInPath => "a `*` means nothing in a path",
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
    /// [`InvalidTarget::NoHost`] or [`InvalidTarget::Host`].
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        if text.is_empty() {
            return Err(InvalidTarget::NoHost);
        }
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').ok_or(InvalidTarget::Host)?;
            let address: std::net::Ipv6Addr = address.parse().map_err(|_| InvalidTarget::Host)?;
            return Ok(Self(format!("[{address}]")));
        }
        if !text.is_ascii() {
            // What no spelling is known for is no letter of any name.
            let spelled = spelling::in_ascii(text.strip_prefix("*.").unwrap_or(text));
            return Err(spelled.map_or(InvalidTarget::Host, |_| InvalidTarget::Unicode));
        }
        let label = |l: &str| {
            !l.is_empty()
                && l.len() <= 63
                && l.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !l.starts_with('-')
                && !l.ends_with('-')
        };
        if let Some(host) = text.strip_suffix('.')
            && host.split('.').all(label)
        {
            return Err(InvalidTarget::TrailingDot);
        }
        if text.len() > 253 || !text.split('.').all(label) {
            return Err(InvalidTarget::Host);
        }
        // A last label of digits is an IPv4 address or nothing (WHATWG URL, "ends in a number"): 127.1 is somebody's 127.0.0.1.
        let last = text.rsplit('.').next().unwrap_or_default();
        let hexadecimal = last
            .get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("0x"));
        let numeric = hexadecimal || last.bytes().all(|b| b.is_ascii_digit());
        if numeric && text.parse::<std::net::Ipv4Addr>().is_err() {
            return Err(InvalidTarget::Host);
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

/// What a caller asks a credential for: scheme, host, port and path, all of them known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    scheme: Scheme,
    host: Host,
    port: u16,
    path: Vec<String>,
    /// Whether it is a repository's, so that `X` and `X.git` are one.
    repository: bool,
}

impl Target {
    /// Parses `https://host[:port][/path]`, or the same without scheme, which then is https.
    ///
    /// # Errors
    /// [`InvalidTarget`], `http` to another machine than this one included.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let parts = Parts::parse(text)?;
        let host = Host::parse(parts.host)?;
        let scheme = parts.scheme.unwrap_or(Scheme::Https);
        if scheme == Scheme::Http && !host.is_loopback() {
            return Err(InvalidTarget::PlainHttp);
        }
        let port = parts.port.unwrap_or_else(|| scheme.default_port());
        let path = url_segments(parts.path)?;
        Ok(Self {
            scheme,
            host,
            port,
            path,
            repository: false,
        })
    }

    /// The same, or without its path where two servers could read that in different ways (`a//b`, `group%2Fproject`): such a target lies below no
    /// path that a spec lists, and on the host all the same.
    ///
    /// # Errors
    /// [`InvalidTarget`], but not for its path.
    pub fn or_its_origin(url: &str) -> Result<Self, InvalidTarget> {
        Self::parse(url).or_else(|why| match (why, url.split_once("://")) {
            (InvalidTarget::Path, Some((scheme, rest))) => {
                let authority = rest.split('/').next().unwrap_or_default();
                Self::parse(&format!("{scheme}://{authority}"))
            }
            _ => Err(why),
        })
    }

    /// The same with a path that a caller has already decoded, in which `?`, `#`, `%` and blanks are letters like others.
    ///
    /// # Errors
    /// [`InvalidTarget`]; `origin` must be `scheme://host[:port]` and nothing else.
    pub fn with_decoded_path(origin: &str, path: &str) -> Result<Self, InvalidTarget> {
        let mut target = Self::parse(origin)?;
        if !target.path.is_empty() {
            return Err(InvalidTarget::Host);
        }
        target.path = segments(path)?;
        Ok(target)
    }

    /// The same with a path that a caller has not decoded, though others of its kind do. Only what
    /// a URL must encode counts as encoded (RFC 3986 §3.3): whoever means `%41` as three letters
    /// does not mean `A`.
    ///
    /// # Errors
    /// [`InvalidTarget`]; also where nothing in the path is encoded in this way.
    pub fn with_encoded_path(origin: &str, path: &str) -> Result<Self, InvalidTarget> {
        Self::with_decoded_path(origin, &parts::decoded_where_needed(path)?)
    }

    /// The same for git and its like, to which a repository `X` and `X.git` are one.
    #[must_use]
    pub fn of_repository(self) -> Self {
        Self {
            repository: true,
            ..self
        }
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
