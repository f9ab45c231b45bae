//! One request and one answer, as values: what a grant makes and reads, and what `world` carries.
//!
//! Everything that may hold a secret is a `Secret`; `{:?}` of a request shows where it goes and nothing of what it says.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::credential::Secret;
use crate::target::Endpoint;

/// Request methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request to a provider.
pub struct Request {
    /// GET, POST, …
    pub method: Method,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// Header fields in order: name and value; every value counts as secret.
    pub headers: Vec<(String, Secret)>,
    /// The body, if any.
    pub body: Option<Secret>,
    /// Whether it may be sent again after the server has answered 408, 5xx or
    /// `temporarily_unavailable`. A gateway's 502 or 504 does not tell whether the server behind it
    /// made a token: true only where a second token does no harm, as with `client_credentials`.
    pub repeatable: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let bytes = self.body.as_ref().map_or(0, Secret::len);
        write!(
            f,
            "{} {} (headers {}; body of {bytes} bytes)",
            self.method.as_str(),
            self.endpoint.shown(),
            names.join(", ")
        )
    }
}

/// One answer, of any status.
pub struct Response {
    /// HTTP status, 100–599.
    pub status: u16,
    /// Header fields as received; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, at most 1 MiB: it may hold a token.
    pub body: Secret,
}

impl fmt::Debug for Response {
    /// A server may repeat in a header what it was sent: names only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        write!(
            f,
            "HTTP {} (headers {}; body of {} bytes)",
            self.status,
            names.join(", "),
            self.body.len()
        )
    }
}

impl Response {
    /// The first header field of that (lower-case) name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

/// How the connection is made: roots, client certificate, proxy and limits.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// Trust only the certificates in this PEM file, instead of `SSL_CERT_FILE` and the system's bundle.
    pub ca_file: Option<PathBuf>,
    /// Client certificate chain and key, both PEM (mutual TLS, RFC 8705 §2).
    pub client_certificate: Option<ClientCertificate>,
    /// Proxy for this spec instead of the environment's; `Some("")` for none.
    pub proxy: Option<String>,
    /// The whole call with all its tries; 9 s where the spec is silent.
    pub timeout: Option<Duration>,
}

/// A client certificate for mutual TLS.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// Chain, leaf first, PEM. People keep the key in the same file: it counts as secret.
    pub chain: Secret,
    /// Private key, PEM.
    pub key: Secret,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoResponse {
    /// The name has no address.
    Dns(String),
    /// No connection: refused, unreachable, or the proxy cannot reach the server.
    Connect(String),
    /// The proxy will not let the request through, or wants other credentials.
    Denied(String),
    /// TLS: wrong name, expired, unknown issuer, too old.
    Tls(String),
    /// A deadline passed; says during what.
    TimedOut(String),
    /// The server broke off, or what it sent is no HTTP, too large or cut short.
    Broken(String),
    /// The spec or the environment asks for what cannot be done: unreadable roots, malformed proxy, bad client certificate.
    Setup(String),
}

impl NoResponse {
    /// Whether another try could end otherwise. A password that a proxy rejects three times can
    /// lock the account.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::Denied(_) | Self::Setup(_) | Self::Tls(_))
    }
}

impl std::error::Error for NoResponse {}

impl fmt::Display for NoResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, why) = match self {
            Self::Dns(why) => ("cannot find its address", why),
            Self::Connect(why) | Self::Denied(why) => ("cannot connect", why),
            Self::Tls(why) => ("TLS failed", why),
            Self::TimedOut(why) => ("no answer in time", why),
            Self::Broken(why) => ("the connection broke", why),
            Self::Setup(why) => ("cannot set up the connection", why),
        };
        write!(f, "{what}: {why}")
    }
}
