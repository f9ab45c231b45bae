//! Sends a [`Request`] once over HTTP/1.1, and returns the [`Response`] or why there is none.
//!
//! Specified by RFC 9110, RFC 9112 (<https://www.rfc-editor.org/rfc/rfc9112>), RFC 8446 (TLS 1.3)
//! and RFC 5246 (TLS 1.2). The budget covers every wait: the name lookup, connecting, TLS, sending,
//! and the first and last byte of the response.
//!
//! A redirect is never followed, a challenge never answered, and a cookie never stored. Compression
//! and `100 Continue` are never asked for. A request is never repeated here: [`Failure::sent`]
//! tells the caller whether it may be. No status is an error.

mod failure;
mod identity;
mod proxy;
mod resolver;
mod roots;
mod stage;
mod tunnel;

use std::fmt;
use std::io::Read;
use std::time::Duration;

use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderName, HeaderValue, Response as UreqResponse};
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::{Connector, RustlsConnector, TcpConnector};

use crate::credential::Secret;
use crate::http::{Method, NoResponse, Request, Response, Transport};
use crate::target::{Endpoint, Scheme};

use proxy::Proxy;
use resolver::Names;
use stage::{Progress, Stage, Watch};
use tunnel::Tunnel;

/// Longest body of a response, in bytes.
const BODY_MAX: usize = 1 << 20;
/// Longest head of a response, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// Time limit for connecting, including the handshakes with the proxy and the server.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Default time limit for the whole call.
const BUDGET: Duration = Duration::from_secs(9);

/// Time limit for the whole call to a metadata service: it answers at once, or it is not there.
const METADATA_BUDGET: Duration = Duration::from_secs(2);

/// The `User-Agent` for providers and proxies.
pub(crate) const USER_AGENT: &str = concat!("keyfob/", env!("CARGO_PKG_VERSION"));

/// Why there is no response, and whether the server may have seen the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// False if no byte of the request was sent, so that a repetition cannot issue a second token.
    pub sent: bool,
    /// The reason.
    pub why: NoResponse,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)
    }
}

/// The time limit for the whole call with all its attempts: the spec's `timeout`. Default: 9 s.
#[must_use]
pub fn budget(timeout: Option<Duration>) -> Duration {
    timeout.unwrap_or(BUDGET)
}

/// The time limit for all attempts at one request.
#[must_use]
pub fn budget_for(endpoint: &Endpoint, timeout: Option<Duration>) -> Duration {
    match endpoint.is_metadata() {
        true => budget(timeout).min(METADATA_BUDGET),
        false => budget(timeout),
    }
}

/// Sends the request once and reads the response, all within `budget`. `environment` is read only
/// for `https`: `SSL_CERT_FILE`, `SSL_CERT_DIR`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` and the
/// lower-case forms of the last three.
///
/// # Errors
/// [`Failure`] if there is no complete response. Its text is one line without secrets, header
/// values or the URL's query.
pub fn send(
    request: &Request,
    transport: &Transport,
    environment: &dyn Fn(&str) -> Option<String>,
    budget: Duration,
) -> Result<Response, Failure> {
    let unsent = |why| Failure { sent: false, why };
    if budget.is_zero() {
        return Err(unsent(NoResponse::TimedOut(
            "no time was left to send it".to_owned(),
        )));
    }
    let endpoint = &request.endpoint;
    let proxy = proxy::choose(endpoint, transport, environment).map_err(unsent)?;
    let tls = match endpoint.scheme() {
        Scheme::Https => tls(transport, environment).map_err(unsent)?,
        Scheme::Http => TlsConfig::builder().build(),
    };
    let tunnel = proxy.clone().map(|proxy| {
        let tls = match proxy.scheme() {
            Scheme::Https => proxy_tls(environment)?,
            Scheme::Http => TlsConfig::builder().build(),
        };
        Ok((proxy, config(request, tls, budget)))
    });
    let tunnel = tunnel.transpose().map_err(unsent)?;
    let progress = Progress::default();
    let agent = agent(config(request, tls, budget), tunnel, &progress);
    let explain = |error| {
        let stage = progress.stage();
        Failure {
            sent: stage >= Stage::Sent,
            why: failure::explain(&error, stage, endpoint, proxy.as_ref()),
        }
    };
    let response = ask(&agent, request).map_err(|not_asked| match not_asked {
        NotAsked::Unwritable(why) => unsent(NoResponse::Setup(why)),
        NotAsked::Failed(error) => explain(error),
    })?;
    progress.reach(Stage::Body);
    let status = response.status().as_u16();
    let headers = response.headers().iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let headers = headers.collect();
    let body = body(response).map_err(explain)?;
    Ok(Response {
        status,
        headers,
        body,
    })
}

/// The proxy for a request to this endpoint, as `host:port`.
///
/// # Errors
/// [`NoResponse::Setup`] if the proxy that the spec or the environment names cannot be used.
pub fn proxy_for(
    endpoint: &Endpoint,
    transport: &Transport,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, NoResponse> {
    Ok(proxy::choose(endpoint, transport, environment)?.map(|proxy| proxy.shown()))
}

pub use roots::built_in as built_in_roots;
pub use roots::describe as describe_roots;

/// TLS settings for the proxy: the machine's roots, and no client certificate. The spec's `ca_file`
/// and client certificate are meant for its provider.
fn proxy_tls(environment: &dyn Fn(&str) -> Option<String>) -> Result<TlsConfig, NoResponse> {
    tls(&Transport::default(), environment)
}

/// TLS settings for the provider.
fn tls(
    transport: &Transport,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<TlsConfig, NoResponse> {
    // The crypto provider is named here, so that feature flags of other crates cannot change it.
    let ring = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let client = transport.client_certificate.as_ref();
    let client = client
        .map(|certificate| identity::read(certificate, &ring))
        .transpose()?;
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(ring)
        .root_certs(roots::read(transport, environment)?)
        .client_cert(client)
        .build())
}

fn config(request: &Request, tls: TlsConfig, budget: Duration) -> Config {
    // Each header field has to fit into the output buffer as a whole, and so has the request line.
    let fields = request
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len());
    let longest = fields
        .chain([request.endpoint.url().len()])
        .max()
        .unwrap_or(0);
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None) // the connector uses ours: see `proxy` and `tunnel`
        .tls_config(tls)
        .user_agent(USER_AGENT)
        .accept_encoding(AutoHeaderValue::None)
        .max_response_header_size(HEAD_MAX)
        .input_buffer_size(HEAD_MAX + 1024) // with less, a long head looks like a broken connection
        .output_buffer_size(8 * 1024 + longest)
        .max_idle_connections(0)
        .timeout_global(Some(budget))
        .timeout_connect(Some(CONNECT_MAX))
        .build()
}

fn agent(config: Config, tunnel: Option<(Proxy, Config)>, progress: &Progress) -> Agent {
    let proxy = tunnel.as_ref().map(|(proxy, _)| proxy);
    let names = Names::new(proxy, progress.clone());
    let connector =
        ().chain(TcpConnector::default())
            .chain(Tunnel::new(tunnel, progress.clone()))
            .chain(RustlsConnector::default())
            .chain(Watch::new(progress.clone()));
    Agent::with_parts(config, connector, names)
}

enum NotAsked {
    Unwritable(String),
    Failed(ureq::Error),
}

fn ask(agent: &Agent, request: &Request) -> Result<UreqResponse<ureq::Body>, NotAsked> {
    let mut builder = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(request.endpoint.url());
    // A response is not decompressed. Some gateways compress it unless the request forbids it.
    let says = |(name, _): &(String, Secret)| name.eq_ignore_ascii_case("accept-encoding");
    if !request.headers.iter().any(says) {
        builder = builder.header("accept-encoding", "identity");
    }
    for (name, value) in &request.headers {
        let unwritable = |what| {
            NotAsked::Unwritable(format!(
                "the {what} of header `{}` cannot be sent",
                failure::plain(name)
            ))
        };
        let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unwritable("name"))?;
        let mut value = HeaderValue::from_bytes(value.expose()).map_err(|_| unwritable("value"))?;
        value.set_sensitive(true);
        builder = builder.header(field, value);
    }
    let unwritable =
        |_| NotAsked::Unwritable("the request cannot be written as HTTP/1.1".to_owned());
    let bodiless = matches!(request.method, Method::Get | Method::Head | Method::Delete);
    let answered = match &request.body {
        Some(body) => agent.run(builder.body(body.expose()).map_err(unwritable)?),
        None if bodiless => agent.run(builder.body(()).map_err(unwritable)?),
        // An empty body sends `Content-Length: 0` (RFC 9110 §8.6).
        None => agent.run(builder.body([].as_slice()).map_err(unwritable)?),
    };
    answered.map_err(NotAsked::Failed)
}

fn body(response: UreqResponse<ureq::Body>) -> Result<Secret, ureq::Error> {
    let content_length = response
        .body()
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    // The capacity is sufficient from the start: a `Vec` that grows leaves a copy of the token
    // behind.
    let mut bytes = Vec::with_capacity(content_length.unwrap_or(HEAD_MAX).min(BODY_MAX) + 1);
    let mut reader = response
        .into_body()
        .into_with_config()
        .limit(BODY_MAX as u64 + 1)
        .reader();
    match reader.read_to_end(&mut bytes) {
        Ok(_) => Ok(Secret::new(bytes)),
        Err(error) => {
            drop(Secret::new(bytes));
            Err(error.into())
        }
    }
}
