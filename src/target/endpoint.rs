//! The URL of a request. The constructors reject plain http except to loopback and to a metadata
//! service, so that no later check is needed.

use std::net::IpAddr;

use super::parts::Parts;
use super::{Host, InvalidTarget, Scheme};

/// An absolute URL of a request: https, or http to a loopback address or a metadata service.
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
    /// [`InvalidTarget`] for another scheme, `http` to a host that is not loopback, user
    /// information, a fragment, or a character that a URL must encode.
    pub fn parse(url: &str) -> Result<Self, InvalidTarget> {
        Self::parse_allowing(url, &|_| false)
    }

    /// The same, and `http` to a metadata service ([`Host::is_metadata_service`]).
    ///
    /// # Errors
    /// As for [`Endpoint::parse`].
    pub fn parse_or_metadata(url: &str) -> Result<Self, InvalidTarget> {
        Self::parse_allowing(url, &Host::is_metadata_service)
    }

    /// The same for a URL that a platform gives in a variable: `http` also to other link-local
    /// IPv4 addresses, since some platforms choose one for each machine.
    ///
    /// # Errors
    /// As for [`Endpoint::parse`].
    pub fn parse_from_environment(url: &str) -> Result<Self, InvalidTarget> {
        Self::parse_allowing(url, &|host| {
            let link_local = match host.address() {
                Some(IpAddr::V4(address)) => address.is_link_local(),
                _ => false,
            };
            link_local || host.is_metadata_service()
        })
    }

    /// Parses a URL with `http` to loopback and to the hosts that `allows` accepts.
    fn parse_allowing(url: &str, allows: &dyn Fn(&Host) -> bool) -> Result<Self, InvalidTarget> {
        if url.contains('#') {
            return Err(InvalidTarget::QueryOrFragment);
        }
        if !url.bytes().all(|b| {
            matches!(b, 0x21..=0x7e)
                && !matches!(
                    b,
                    b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
                )
        }) {
            let after_scheme = url.split_once("://").map_or("", |(_, after)| after);
            let authority = after_scheme.split(['/', '?']).next().unwrap_or_default();
            return Err(
                match Parts::parse(authority).map(|parts| Host::parse(parts.host)) {
                    Ok(Err(InvalidTarget::Unicode)) => InvalidTarget::Unicode,
                    _ => InvalidTarget::Path,
                },
            );
        }
        let after_scheme = url
            .find("://")
            .map(|at| at + 3)
            .ok_or(InvalidTarget::Scheme)?;
        let path_at = url
            .bytes()
            .enumerate()
            .skip(after_scheme)
            .find(|(_, b)| matches!(b, b'/' | b'?'))
            .map_or(url.len(), |(at, _)| at);
        let (base, path_and_query) = url.split_at(path_at);
        let parts = Parts::parse(base)?;
        let scheme = parts.scheme.ok_or(InvalidTarget::Scheme)?;
        let host = Host::parse(parts.host)?;
        if scheme == Scheme::Http && !host.is_loopback() && !allows(&host) {
            return Err(InvalidTarget::PlainHttp);
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

    /// Whether it is a metadata service, reached over plain http: never through a proxy, with a
    /// short timeout, and never with a secret of a keyring.
    #[must_use]
    pub fn is_metadata(&self) -> bool {
        self.scheme == Scheme::Http && !self.host.is_loopback()
    }

    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, or the default port of the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL with encoded parameters (`a=b&c=d`) appended to its query.
    #[must_use]
    pub fn with_query(mut self, encoded: &str) -> Self {
        let joint = if self.path_and_query.contains('?') {
            '&'
        } else {
            '?'
        };
        self.path_and_query.push(joint);
        self.path_and_query.push_str(encoded);
        self
    }

    /// `scheme://host[:port]`. It may be shown in a message.
    #[must_use]
    pub fn origin(&self) -> String {
        let origin = format!("{}://{}", self.scheme.as_str(), self.host.as_str());
        if self.port == self.scheme.default_port() {
            origin
        } else {
            format!("{origin}:{}", self.port)
        }
    }

    /// The path, as it is sent.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The query, as it is sent and without its question mark.
    #[must_use]
    pub fn query(&self) -> &str {
        self.path_and_query
            .split_once('?')
            .map_or("", |(_, query)| query)
    }

    /// The whole URL. Its query may hold a secret.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin(), self.path_and_query)
    }

    /// The URL without its query, which may hold a secret. It may be shown in a message.
    #[must_use]
    pub fn without_query(&self) -> String {
        format!("{}{}", self.origin(), self.path())
    }
}
