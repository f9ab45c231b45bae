//! Errors of ureq, rustls and the system as a [`NoResponse`], in plain words.
//!
//! A message is one line without control characters, secrets, a URL's query or text of a server.
//! The variant of [`NoResponse`] depends on the type of the error and the stage in which it
//! occurred, never on the error's text.

use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError};

use super::proxy::Proxy;
use super::stage::Stage;
use super::tunnel::Refusal;
use crate::http::NoResponse;
use crate::target::Endpoint;
use crate::text::excerpt;

/// Longest excerpt of a text from outside in a message, in characters.
const FOREIGN_MAX: usize = 200;

/// The other end of a TLS connection.
struct Peer<'a> {
    /// The name for which its certificate must be valid.
    name: &'a str,
    /// The settings that name the trusted roots.
    roots: &'static str,
}

/// The message for an error that occurred in `stage`.
pub(super) fn explain(
    error: &ureq::Error,
    stage: Stage,
    endpoint: &Endpoint,
    proxy: Option<&Proxy>,
) -> NoResponse {
    let host = endpoint.host().as_str();
    // Before the handshake with the server, the other end is the proxy, if there is one.
    let proxy = proxy.filter(|_| stage < Stage::Handshake);
    let peer = proxy.map_or(
        Peer {
            name: host,
            roots: "ca_file or SSL_CERT_FILE",
        },
        |proxy| Peer {
            name: proxy.host(),
            roots: "SSL_CERT_FILE",
        },
    );
    let proxy = proxy.map(|proxy| format!("the proxy {}", proxy.shown()));
    let with_proxy = |why: String| match &proxy {
        Some(proxy) => format!("{proxy}: {why}"),
        None => why,
    };
    if let Some(error) = tls_error(error) {
        return NoResponse::Tls(with_proxy(tls(error, &peer)));
    }
    match error {
        ureq::Error::Timeout(_) => NoResponse::TimedOut(with_proxy(during(stage).to_owned())),
        ureq::Error::Other(error) if error.is::<Refusal>() => {
            let proxy = proxy.unwrap_or_else(|| "the proxy".to_owned());
            let why = format!("{proxy} {error}");
            match error.downcast_ref::<Refusal>() {
                Some(refusal) if refusal.is_final() => NoResponse::Denied(why),
                _ => NoResponse::Connect(why),
            }
        }
        ureq::Error::Io(error) => match stage {
            Stage::Lookup => {
                let name = proxy.unwrap_or_else(|| host.to_owned());
                NoResponse::Dns(format!("{name}: {}", lookup(error)))
            }
            Stage::Connect | Stage::Proxy => NoResponse::Connect(with_proxy(system(error))),
            // The network failed, not a certificate: the request may be repeated.
            Stage::Handshake => NoResponse::Connect(format!(
                "the server ended the TLS handshake: {}",
                system(error)
            )),
            Stage::Sent => NoResponse::Broken(format!("no answer: {}", system(error))),
            Stage::Body => {
                NoResponse::Broken(format!("the answer was cut short: {}", system(error)))
            }
        },
        ureq::Error::HostNotFound => NoResponse::Dns(with_proxy("it has no address".to_owned())),
        ureq::Error::Tls(_) => {
            NoResponse::Tls("the host is not a name that a certificate can hold".to_owned())
        }
        ureq::Error::LargeResponseHeader(..) => {
            NoResponse::Broken("the head of the answer is over 64 KiB".to_owned())
        }
        ureq::Error::BodyExceedsLimit(_) => NoResponse::Broken("answer over 1 MiB".to_owned()),
        ureq::Error::Protocol(error) if stage >= Stage::Sent => NoResponse::Broken(format!(
            "the response is not valid HTTP/1.1: {}",
            plain(&error.to_string())
        )),
        _ if stage >= Stage::Sent => {
            NoResponse::Broken("the response is not valid HTTP/1.1".to_owned())
        }
        _ => NoResponse::Setup("the request cannot be written as HTTP/1.1".to_owned()),
    }
}

/// An excerpt of a text from outside, for a message.
pub(super) fn plain(text: &str) -> String {
    excerpt(text, FOREIGN_MAX)
}

fn during(stage: Stage) -> &'static str {
    match stage {
        Stage::Lookup => "while looking its name up",
        Stage::Connect => "while connecting",
        Stage::Proxy => "while waiting for the proxy's tunnel",
        Stage::Handshake => "during the TLS handshake",
        Stage::Sent => "while waiting for the answer",
        Stage::Body => "while reading the answer",
    }
}

fn lookup(error: &io::Error) -> String {
    // The system has no error kind for a failed lookup. The cause is only in the text, "failed to
    // lookup address information: …".
    let text = plain(&error.to_string()).to_lowercase();
    text.rsplit_once(": ")
        .map_or_else(|| text.clone(), |(_, why)| why.to_owned())
}

fn system(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => "the connection was reset".to_owned(),
        kind => kind.to_string(),
    }
}

fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

fn tls(error: &rustls::Error, peer: &Peer) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => certificate(why, peer),
        rustls::Error::NoCertificatesPresented => "the server showed no certificate".to_owned(),
        rustls::Error::PeerIncompatible(_) => too_old(),
        rustls::Error::AlertReceived(alert) => refused(*alert, peer.name),
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS on this port".to_owned(),
        other => plain(&other.to_string()).to_lowercase(),
    }
}

fn too_old() -> String {
    "the server offers neither TLS 1.2 nor 1.3, or no cipher that is still safe".to_owned()
}

fn certificate(error: &CertificateError, peer: &Peer) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired (is this machine's clock right?)".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet (is this machine's clock right?)".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate is not valid for name `{}`", peer.name)
        }
        CertificateError::UnknownIssuer => format!(
            "the certificate's issuer is not trusted (is a corporate root missing? set {})",
            peer.roots
        ),
        CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server's certificate is not meant for servers".to_owned()
        }
        // This error's type is private. `openssl req -x509` makes such certificates.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows the certificate of an authority as its own: it needs one with \
             CA:FALSE"
                .to_owned()
        }
        other => format!(
            "the server's certificate is not valid: {}",
            plain(&other.to_string()).to_lowercase()
        ),
    }
}

fn refused(alert: AlertDescription, host: &str) -> String {
    match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => too_old(),
        AlertDescription::CertificateRequired => "the server wants a client certificate".to_owned(),
        AlertDescription::UnrecognisedName => format!("the server does not know the name `{host}`"),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => {
            "the server does not accept the client certificate".to_owned()
        }
        other => format!("the server ended the handshake (alert {})", u8::from(other)),
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
