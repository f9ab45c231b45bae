//! The tunnel through a proxy: `CONNECT host:port` (RFC 9110 §9.3.6), with Basic credentials if the
//! proxy's URL has any (RFC 7617).
//!
//! It is a layer between TCP and TLS. The proxy sees the server's name and port and nothing of the
//! request. The client certificate and the server's TLS are inside the tunnel. TLS with the proxy
//! has its own settings. Credentials are never shown, and a proxy's challenge is never answered.
//!
//! ureq's own `ConnectProxyConnector` (as of 3.5.1) is not used. It copies the server's settings,
//! and thus uses the spec's client certificate and `ca_file` for an https proxy too. It applies the
//! whole connect timeout anew to the proxy's TCP, to its TLS and to every read. It reports a
//! refusal as text, where a 407, which must not be repeated, has to be distinguished from a 503,
//! which may be.

use std::fmt;
use std::io::{Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::transport::time::Instant;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, Transport,
    TransportAdapter,
};
use zeroize::Zeroizing;

use super::proxy::Proxy;
use super::stage::{Progress, Stage};

/// Longest head of a proxy's response, in bytes.
const HEAD_MAX: usize = 16 * 1024;

/// Why a proxy opened no tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A status other than 2xx.
    Status(u16),
    /// The proxy closed the connection.
    Nothing,
    /// A response that is not HTTP, or a head over 16 KiB.
    Nonsense,
}

impl Refusal {
    /// Whether the proxy itself refused. A 408 or 5xx is about its connection to the server.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Status(status) if status != 408 && status < 500)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(407) => f.write_str("answered 407: it needs credentials, or other ones"),
            Self::Status(status) => write!(f, "answered {status} to CONNECT"),
            Self::Nothing => f.write_str("closed the connection to CONNECT"),
            Self::Nonsense => f.write_str("answered with something that is not HTTP"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Opens the tunnel if there is a proxy. Otherwise the connection stays as it is.
#[derive(Debug)]
pub(super) struct Tunnel {
    /// The proxy, and the settings for TLS with it.
    proxy: Option<(Proxy, Config)>,
    progress: Progress,
    tls: RustlsConnector,
}

impl Tunnel {
    pub(super) fn new(proxy: Option<(Proxy, Config)>, progress: Progress) -> Self {
        Self {
            proxy,
            progress,
            tls: RustlsConnector::default(),
        }
    }

    /// The connection to the proxy, with its own TLS for an `https` proxy.
    fn to_proxy<In: Transport>(
        &self,
        (proxy, config): &(Proxy, Config),
        details: &ConnectionDetails,
        connection: In,
    ) -> Result<Box<dyn Transport>, Error> {
        let uri = proxy.origin().parse().map_err(|_| Error::InvalidProxyUrl)?;
        let details = ConnectionDetails {
            uri: &uri,
            addrs: details.resolver.empty(),
            config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let connected = self.tls.connect(&details, Some(connection))?;
        Ok(Box::new(connected.ok_or(Error::ConnectionFailed)?))
    }
}

impl<In: Transport> Connector<In> for Tunnel {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(connection) = chained else {
            return Ok(None);
        };
        let Some(proxy) = &self.proxy else {
            self.progress.reach(Stage::Handshake);
            return Ok(Some(Box::new(connection)));
        };
        self.progress.reach(Stage::Proxy);
        let connection = self.to_proxy(proxy, details, connection)?;
        let mut connection = TransportAdapter::new(connection, details.current_time.clone());
        connection.set_timeout(time_left(details));
        connection.write_all(&connect_request(&proxy.0, details))?;
        let status = read_status(&mut connection)?;
        if !(200..300).contains(&status) {
            return Err(Error::Other(Box::new(Refusal::Status(status))));
        }
        self.progress.reach(Stage::Handshake);
        Ok(Some(Box::new(Through(connection.into_inner()))))
    }
}

/// What is left of the time limit for connecting after the TCP connection and the proxy's TLS.
fn time_left(details: &ConnectionDetails) -> NextTimeout {
    let spent = match (details.now, (details.current_time)()) {
        (Instant::Exact(start), Instant::Exact(now)) => now.saturating_duration_since(start),
        _ => return details.timeout,
    };
    if details.timeout.after.is_not_happening() {
        return details.timeout;
    }
    NextTimeout {
        after: details.timeout.after.saturating_sub(spent).into(),
        ..details.timeout
    }
}

fn connect_request(proxy: &Proxy, details: &ConnectionDetails) -> Zeroizing<Vec<u8>> {
    let host = details.uri.host().unwrap_or_default();
    let port = details.uri.port_u16().unwrap_or(443);
    let agent = super::USER_AGENT;
    let mut lines = Zeroizing::new(Vec::with_capacity(2048));
    let head =
        format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {agent}\r\n");
    lines.extend_from_slice(head.as_bytes());
    if let Some(credentials) = proxy.credentials() {
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(credentials.expose()));
        lines.extend_from_slice(b"Proxy-Authorization: Basic ");
        lines.extend_from_slice(encoded.as_bytes());
        lines.extend_from_slice(b"\r\n");
    }
    lines.extend_from_slice(b"\r\n");
    lines
}

/// Reads the head of the proxy's response and no byte more, because what follows is the server's.
fn read_status(connection: &mut TransportAdapter) -> Result<u16, Error> {
    let refused = |refusal: Refusal| Error::Other(Box::new(refusal));
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if connection.read(&mut byte)? == 0 {
            return Err(refused(Refusal::Nothing));
        }
        head.extend(byte);
        if head.len() > HEAD_MAX {
            return Err(refused(Refusal::Nonsense));
        }
    }
    let status = || {
        let rest = head.strip_prefix(b"HTTP/1.")?;
        let (minor, rest) = rest.split_first()?;
        let (digits, rest) = rest.strip_prefix(b" ")?.split_at_checked(3)?;
        let status: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        let ends = matches!(rest.first(), Some(b' ' | b'\r'));
        (minor.is_ascii_digit() && ends && (100..600).contains(&status)).then_some(status)
    };
    status().ok_or_else(|| refused(Refusal::Nonsense))
}

/// The inside of a tunnel. TLS with the server is still to come, even if the proxy uses TLS.
#[derive(Debug)]
struct Through(Box<dyn Transport>);

impl Transport for Through {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        false
    }
}
