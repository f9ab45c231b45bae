//! What a credential is for: `Target`, as a caller names it, and `Pattern`, as a spec lists it.
//!
//! Comparison is exact: hosts are parsed, ports are numbers, paths match by whole segments, `*.`
//! matches one label. Never compares substrings. Only the case of a host and the default port are
//! normalized (RFC 3986 §6.2.2.1, §6.2.3). A text that two parsers could read differently is
//! rejected.

mod endpoint;
mod invalid;
mod parts;
mod pattern;
mod punycode;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use endpoint::Endpoint;
pub use invalid::InvalidTarget;
use parts::{Parts, parse_decoded_path, parse_url_path};
pub use pattern::{NearMiss, Pattern, Rule, Specificity, UserMatch};

/// The scheme of a target or an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP, allowed to loopback addresses only.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// 80 or 443.
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

/// A hint how to correct a text that is not a target.
#[must_use]
pub fn correction_hint(text: &str, why: InvalidTarget) -> Option<String> {
    match why {
        InvalidTarget::Unicode => {
            let host = Parts::parse(text).ok()?.host;
            let unicode = host.strip_prefix("*.").unwrap_or(host);
            let ascii = punycode::to_ascii(unicode)?;
            Some(format!("write `{}`", text.replacen(unicode, &ascii, 1)))
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

/// A host in lower case: a DNS name, an IPv4 address, or an IPv6 address with its brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host(String);

impl Host {
    /// Parses a host. A trailing dot is rejected: DNS ignores it, the comparison with a certificate
    /// does not.
    ///
    /// # Errors
    /// [`InvalidTarget::NoHost`] or [`InvalidTarget::Host`].
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        if text.is_empty() {
            return Err(InvalidTarget::NoHost);
        }
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').ok_or(InvalidTarget::Host)?;
            let address: Ipv6Addr = address.parse().map_err(|_| InvalidTarget::Host)?;
            return Ok(Self(format!("[{address}]")));
        }
        if !text.is_ascii() {
            // Without an ASCII form it is not a name at all.
            let ascii = punycode::to_ascii(text.strip_prefix("*.").unwrap_or(text));
            return Err(ascii.map_or(InvalidTarget::Host, |_| InvalidTarget::Unicode));
        }
        let label = |label: &[u8]| {
            (1..=63).contains(&label.len())
                && label.first() != Some(&b'-')
                && label.last() != Some(&b'-')
                && label
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        let is_dot = |b: &u8| *b == b'.';
        let bytes = text.as_bytes();
        if let Some(host) = bytes.strip_suffix(b".")
            && host.split(is_dot).all(label)
        {
            return Err(InvalidTarget::TrailingDot);
        }
        if bytes.len() > 253 || !bytes.split(is_dot).all(label) {
            return Err(InvalidTarget::Host);
        }
        // A host whose last label is a number must be an IPv4 address (WHATWG URL, "ends in a
        // number"): some programs read 127.1 as 127.0.0.1.
        let last = bytes.rsplit(is_dot).next().unwrap_or_default();
        let hexadecimal = matches!(last, [b'0', b'x' | b'X', ..]);
        let numeric = hexadecimal || last.iter().all(u8::is_ascii_digit);
        if numeric && text.parse::<Ipv4Addr>().is_err() {
            return Err(InvalidTarget::Host);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The host as in a URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is 127.0.0.0/8, ::1 or the name `localhost` (RFC 6761 §6.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        if self.0 == "localhost" {
            return true;
        }
        self.address().is_some_and(|address| address.is_loopback())
    }

    /// Whether it is a metadata service of a cloud: one of six addresses and one name that mean
    /// this machine's own host (AWS EC2, ECS and EKS, Azure and Google Compute Engine).
    #[must_use]
    pub fn is_metadata_service(&self) -> bool {
        const ADDRESSES: [IpAddr; 6] = [
            IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
            IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
            IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
            IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
            IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
            IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
        ];
        match self.address() {
            Some(address) => ADDRESSES.contains(&address),
            None => self.0 == "metadata.google.internal",
        }
    }

    /// The address, if the host is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.0.trim_matches(['[', ']']).parse().ok()
    }
}

/// What a caller requests a credential for: scheme, host, port and path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    scheme: Scheme,
    host: Host,
    port: u16,
    path: Vec<String>,
    /// Whether the path is a git repository's, so that `X` and `X.git` are the same.
    repository: bool,
}

impl Target {
    /// Parses `https://host[:port][/path]`, or without a scheme, which defaults to https.
    ///
    /// # Errors
    /// [`InvalidTarget`], also for `http` to a host that is not loopback.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        let parts = Parts::parse(text)?;
        let host = Host::parse(parts.host)?;
        let scheme = parts.scheme.unwrap_or(Scheme::Https);
        if scheme == Scheme::Http && !host.is_loopback() {
            return Err(InvalidTarget::PlainHttp);
        }
        let port = parts.port.unwrap_or_else(|| scheme.default_port());
        let path = parse_url_path(parts.path)?;
        Ok(Self {
            scheme,
            host,
            port,
            path,
            repository: false,
        })
    }

    /// The receiver of a request. Without the path if two servers could read it differently.
    #[must_use]
    pub fn of_endpoint(endpoint: &Endpoint) -> Self {
        let path = endpoint.path();
        Self {
            scheme: endpoint.scheme(),
            host: endpoint.host().clone(),
            port: endpoint.port(),
            path: parse_url_path(path.strip_prefix('/').unwrap_or(path)).unwrap_or_default(),
            repository: false,
        }
    }

    /// Like [`Self::parse`], but without the path if two servers could read it differently (`a//b`,
    /// `group%2Fproject`). Such a target matches the host that a spec lists, and no path.
    ///
    /// # Errors
    /// [`InvalidTarget`] for any part but the path.
    pub fn parse_or_origin(url: &str) -> Result<Self, InvalidTarget> {
        Self::parse(url).or_else(|why| match (why, url.split_once("://")) {
            (InvalidTarget::Path, Some((scheme, rest))) => {
                let authority = rest.split('/').next().unwrap_or_default();
                Self::parse(&format!("{scheme}://{authority}"))
            }
            _ => Err(why),
        })
    }

    /// Like [`Self::parse`] with a path that the caller has percent-decoded: `?`, `#`, `%` and
    /// blanks are ordinary characters in it.
    ///
    /// # Errors
    /// [`InvalidTarget`]; `origin` must be `scheme://host[:port]` and nothing else.
    pub fn with_decoded_path(origin: &str, path: &str) -> Result<Self, InvalidTarget> {
        let mut target = Self::parse(origin)?;
        if !target.path.is_empty() {
            return Err(InvalidTarget::Host);
        }
        target.path = parse_decoded_path(path)?;
        Ok(target)
    }

    /// Like [`Self::with_decoded_path`] with a path that may be percent-encoded. Only characters
    /// that a URL must encode are decoded (RFC 3986 §3.3): `%41` may be a literal `%41` instead of
    /// `A`.
    ///
    /// # Errors
    /// [`InvalidTarget`], also if no such character is encoded in the path.
    pub fn with_encoded_path(origin: &str, path: &str) -> Result<Self, InvalidTarget> {
        Self::with_decoded_path(origin, &parts::decode_required_escapes(path)?)
    }

    /// Marks the path as a repository's: git treats `X` and `X.git` as the same.
    #[must_use]
    pub fn as_repository(self) -> Self {
        Self {
            repository: true,
            ..self
        }
    }

    /// The host, in lower case.
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
