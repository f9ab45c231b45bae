//! Where a request is sent: the constructor refuses plain http off loopback, so no later check is needed.

use super::parts::Parts;
use super::{Host, InvalidTarget, Scheme};

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
    /// [`InvalidTarget`]: no other scheme, no `http` off loopback, no user information, no fragment, nothing unprintable.
    pub fn parse(url: &str) -> Result<Self, InvalidTarget> {
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
        if scheme == Scheme::Http && !host.is_loopback() {
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
