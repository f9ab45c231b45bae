//! The URL of a request. The constructor rejects plain http except to loopback, so that no later
//! check is needed.

use super::parts::Parts;
use super::{Host, InvalidTarget, Scheme};

/// An absolute URL of a request: https, or http to a loopback address.
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
