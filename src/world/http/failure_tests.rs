//! Tables of tests for `failure`: errors of ureq, rustls or the system, and the resulting messages.

use std::io::{self, ErrorKind};

use rustls::{CertificateError, OtherError};
use ureq::Error;

use super::explain;
use crate::http::{NoResponse, Transport};
use crate::target::Endpoint;
use crate::world::http::proxy;
use crate::world::http::stage::Stage;
use crate::world::http::tunnel::Refusal;

fn told(error: &Error, stage: Stage, through: Option<&str>) -> Option<NoResponse> {
    let endpoint = Endpoint::parse("https://id.example.com/token").ok()?;
    let transport = Transport {
        proxy: through.map(str::to_owned),
        ..Transport::default()
    };
    let proxy = proxy::choose(&endpoint, &transport, &|_| None).ok()?;
    Some(explain(error, stage, &endpoint, proxy.as_ref()))
}

#[track_caller]
fn tells(error: &Error, stage: Stage, expected: NoResponse) {
    assert_eq!(told(error, stage, None), Some(expected), "{stage:?}");
}

fn text(words: &str) -> String {
    words.to_owned()
}

#[test]
fn a_name_that_the_system_does_not_know_is_told_with_its_last_words() {
    let system = "failed to lookup address information: Name or service not known";
    for (error, why) in [
        (system, "name or service not known"),
        ("No more threads", "no more threads"),
    ] {
        tells(
            &Error::Io(io::Error::other(error)),
            Stage::Lookup,
            NoResponse::Dns(format!("id.example.com: {why}")),
        );
    }
    let words = text("it has no address");
    tells(&Error::HostNotFound, Stage::Lookup, NoResponse::Dns(words));
    let words = text("the proxy proxy.example:1: it has no address");
    let through = told(
        &Error::HostNotFound,
        Stage::Lookup,
        Some("http://proxy.example:1"),
    );
    assert_eq!(through, Some(NoResponse::Dns(words)));
}

#[test]
fn what_the_system_says_of_a_connection_is_told_in_its_kinds_words() {
    for (kind, words) in [
        (ErrorKind::UnexpectedEof, "the connection was closed"),
        (ErrorKind::ConnectionReset, "the connection was reset"),
        (ErrorKind::BrokenPipe, "the connection was reset"),
        (ErrorKind::ConnectionRefused, "connection refused"),
        (ErrorKind::Other, "other error"),
    ] {
        let error = Error::Io(io::Error::new(kind, "hunter2"));
        tells(&error, Stage::Connect, NoResponse::Connect(text(words)));
        let words = format!("no answer: {words}");
        tells(&error, Stage::Sent, NoResponse::Broken(words));
    }
}

#[test]
fn what_ureq_could_not_do_is_the_requests_fault_before_it_left_and_the_answers_after() {
    let unwritable = text("the request cannot be written as HTTP/1.1");
    let unsound = text("the response is not valid HTTP/1.1");
    let foreign = Error::Other(Box::new(io::Error::other("hunter2")));
    for error in [Error::ConnectionFailed, foreign] {
        for (stage, expected) in [
            (Stage::Connect, NoResponse::Setup(unwritable.clone())),
            (Stage::Handshake, NoResponse::Setup(unwritable.clone())),
            (Stage::Sent, NoResponse::Broken(unsound.clone())),
            (Stage::Body, NoResponse::Broken(unsound.clone())),
        ] {
            tells(&error, stage, expected);
        }
    }
}

#[test]
fn a_proxys_refusal_is_final_or_not() {
    let refusal = |status| Error::Other(Box::new(Refusal::Status(status)));
    let words = "the proxy answered 403 to CONNECT";
    let denied = NoResponse::Denied(text(words));
    tells(&refusal(403), Stage::Proxy, denied);
    let words = "the proxy answered 502 to CONNECT";
    let unreachable = NoResponse::Connect(text(words));
    tells(&refusal(502), Stage::Proxy, unreachable);
}

#[test]
fn tls_is_told_apart_wherever_its_error_comes_from() {
    let no_certificate = || rustls::Error::NoCertificatesPresented;
    let words = text("the server showed no certificate");
    for error in [
        Error::Rustls(no_certificate()),
        Error::Io(io::Error::other(no_certificate())),
    ] {
        tells(&error, Stage::Handshake, NoResponse::Tls(words.clone()));
    }
    let words = "the host is not a name that a certificate can hold";
    let no_name = Error::Tls("a name");
    tells(&no_name, Stage::Handshake, NoResponse::Tls(text(words)));
    let other = OtherError(std::sync::Arc::new(io::Error::other("Odd")));
    let certificate = CertificateError::Other(other);
    let odd = Error::Rustls(rustls::Error::InvalidCertificate(certificate));
    let odd = told(&odd, Stage::Handshake, None);
    let words = odd.map(|why| why.to_string()).unwrap_or_default();
    let begin = "TLS failed: the server's certificate is not valid: ";
    assert!(words.starts_with(begin) && words.contains("odd"), "{words}");
}
