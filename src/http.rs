//! HTTP requests and responses as values: a grant makes requests and reads responses, `world` sends
//! them.
//!
//! Whatever may hold a secret is a `Secret`. The `Debug` of a request shows its URL and the names
//! of its headers, never values.

pub mod sigv4;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::credential::Secret;
use crate::target::Endpoint;

/// HTTP methods that a spec may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET
    Get,
    /// HEAD
    Head,
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
    /// The name in upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request to a provider.
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The URL.
    pub endpoint: Endpoint,
    /// Header fields in order: name and value. Every value is treated as a secret.
    pub headers: Vec<(String, Secret)>,
    /// The body, if the request has one.
    pub body: Option<Secret>,
    /// Whether it may be sent again after a response of 408, 5xx or `temporarily_unavailable`.
    /// After a gateway's 502 or 504 the server may have issued a token: true only if a second token
    /// does no harm, as with `client_credentials`.
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
            self.endpoint.without_query(),
            names.join(", ")
        )
    }
}

/// A response of any status.
pub struct Response {
    /// HTTP status, 100–599.
    pub status: u16,
    /// Header fields as received; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, at most 1 MiB. It may hold a token.
    pub body: Secret,
}

impl fmt::Debug for Response {
    /// Shows the names of headers only: a server may echo a secret in a header.
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

/// Whether a text is the name of a header field (RFC 9110 §5.6.2).
#[must_use]
pub fn is_field_name(text: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_token)
}

impl Response {
    /// The only header field of this name, in lower case.
    ///
    /// # Errors
    /// Whether there are several.
    pub fn only_header(&self, name: &str) -> Result<&str, bool> {
        let mut fields = self.headers.iter().filter(|(field, _)| field == name);
        match (fields.next(), fields.next()) {
            (Some((_, value)), None) => Ok(value),
            (first, _) => Err(first.is_some()),
        }
    }

    /// The first header field of this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Options of the connection: roots, client certificate, proxy and timeout.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The only trusted certificates, a PEM file. Default: `SSL_CERT_FILE`, then the system's
    /// bundle.
    pub ca_file: Option<PathBuf>,
    /// Client certificate chain and key, both PEM (mutual TLS, RFC 8705 §2).
    pub client_certificate: Option<ClientCertificate>,
    /// Proxy of this spec, `Some("")` for none. Default: the environment's.
    pub proxy: Option<String>,
    /// Timeout of the whole call, retries included. Default: 9 s.
    pub timeout: Option<Duration>,
}

/// A client certificate for mutual TLS.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// Chain in PEM, leaf first. A secret, since the same file often holds the key.
    pub chain: Secret,
    /// Private key in PEM.
    pub key: Secret,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoResponse {
    /// The host name has no address.
    Dns(String),
    /// Connection refused, host unreachable, or the proxy cannot reach the server.
    Connect(String),
    /// The proxy rejects the request or its credentials.
    Denied(String),
    /// TLS failure: wrong name, expired certificate, unknown issuer, old version.
    Tls(String),
    /// A timeout; the text says of which step.
    TimedOut(String),
    /// The server closed the connection, or its response is not HTTP, too large or truncated.
    Broken(String),
    /// The spec or the environment is wrong: unreadable roots, malformed proxy, bad client
    /// certificate.
    Setup(String),
}

impl NoResponse {
    /// Whether a retry could succeed. No for a proxy's rejection: three failed logins can lock an
    /// account.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
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
