//! Certificates, versions and client certificates: what is let through, and the sentence for what is not.

use std::io::{Read, Write};

use keyfob::http::{ClientCertificate, NoResponse};
use rcgen::date_time_ymd;

use super::authority::{Authority, self_signed, showing, speaking};
use super::{SENT, Try, UNSENT, said, server};
use crate::support::{Answer, Provider, Tls};

#[test]
fn a_server_whose_issuer_is_named_is_trusted() {
    let authority = Authority::new();
    let address = showing(authority.leaf("127.0.0.1", |_| {}));
    assert_eq!(
        Try::get(format!("https://{address}/"))
            .trusting(&authority.file)
            .answer(),
        "ok"
    );
}

#[test]
fn tls_1_2_and_tls_1_3_are_spoken() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let authority = Authority::new();
        let address = speaking(authority.leaf("localhost", |_| {}), &[version]);
        let get = Try::get(format!("https://localhost:{}/", address.port()));
        assert_eq!(get.trusting(&authority.file).answer(), "ok");
    }
}

#[test]
fn tls_1_1_is_not_spoken() {
    let words =
        "TLS failed: the server offers neither TLS 1.2 nor 1.3, or no cipher that is still safe";
    // A ServerHello of TLS 1.1 (RFC 4346 §7.4.1.3), and the alert of a server that knows no better (§7.2.2).
    let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    for bytes in [hello, vec![21, 3, 2, 0, 2, 2, 70]] {
        let address = server(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&bytes);
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let failure = Try::post(format!("https://{address}/"), "x")
            .send()
            .unwrap_err();
        assert_eq!((failure.sent, failure.to_string()), (UNSENT, said(words)));
    }
}

#[test]
fn a_wrong_certificate_is_refused_before_anything_is_sent() {
    let authority = Authority::new();
    let refused = |address: std::net::SocketAddr| {
        let failure = Try::post(format!("https://{address}/"), "x")
            .trusting(&authority.file)
            .send()
            .unwrap_err();
        assert!(!failure.sent);
        let NoResponse::Tls(why) = failure.why else {
            panic!("{failure}")
        };
        why
    };
    assert_eq!(
        refused(showing(authority.leaf("other.example", |_| {}))),
        "the certificate is not valid for name `127.0.0.1`"
    );
    assert_eq!(
        refused(showing(
            authority.leaf("127.0.0.1", |leaf| leaf.not_after =
                date_time_ymd(2001, 1, 1))
        )),
        "the server's certificate has expired (is this machine's clock right?)"
    );
    assert_eq!(
        refused(showing(
            authority.leaf("127.0.0.1", |leaf| leaf.not_before =
                date_time_ymd(4000, 1, 1))
        )),
        "the server's certificate is not valid yet (is this machine's clock right?)"
    );
    let client_only = |leaf: &mut rcgen::CertificateParams| {
        leaf.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    };
    assert_eq!(
        refused(showing(authority.leaf("127.0.0.1", client_only))),
        "the server's certificate is not meant for servers"
    );
    let untrusted = "the certificate's issuer is not trusted (is a corporate root missing? set ca_file or SSL_CERT_FILE)";
    assert_eq!(
        refused(showing(self_signed("127.0.0.1", false).0)),
        untrusted
    );
    assert_eq!(
        refused(showing(Authority::new().leaf("127.0.0.1", |_| {}))),
        untrusted
    );
}

#[test]
fn a_self_signed_certificate_is_trusted_where_it_is_named_and_is_no_authoritys() {
    let authority = Authority::new();
    let outcome = |is_ca| {
        let (leaf, pem) = self_signed("127.0.0.1", is_ca);
        std::fs::write(&authority.file, pem).unwrap();
        Try::get(format!("https://{}/", showing(leaf)))
            .trusting(&authority.file)
            .send()
    };
    assert_eq!(outcome(false).unwrap().status, 200);
    let words = "TLS failed: the server shows the certificate of an authority as its own: it needs one with CA:FALSE";
    assert_eq!(outcome(true).unwrap_err().to_string(), words);
}

#[test]
fn a_server_that_speaks_no_tls_is_said_to_speak_none() {
    let address = server(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
    });
    let words = "cannot connect: the server ended the TLS handshake: the connection was closed";
    assert_eq!(
        Try::post(format!("https://{address}/"), "x").failure(),
        (UNSENT, said(words))
    );
    let address = server(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let words = "TLS failed: the server does not speak TLS on this port";
    assert_eq!(
        Try::post(format!("https://{address}/"), "x").failure(),
        (UNSENT, said(words))
    );
}

fn with_client_certificate(url: String, tls: &Tls, chain: Vec<u8>, key: Vec<u8>) -> Try {
    let mut get = Try::get(url).trusting(&tls.ca_file);
    let [chain, key] = [chain, key].map(keyfob::credential::Secret::new);
    get.transport.client_certificate = Some(ClientCertificate { chain, key });
    get
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let tls = Tls::new();
    let provider = Provider::mutual_tls(&tls, |_| Answer::text(200, "ok"));
    let chain = std::fs::read(&tls.client_certificate_file).unwrap();
    let key = std::fs::read(&tls.client_key_file).unwrap();
    assert_eq!(
        with_client_certificate(provider.url(), &tls, chain, key).answer(),
        "ok"
    );
    assert!(provider.request().client_certificate.is_some());
}

#[test]
fn a_missing_or_foreign_client_certificate_is_refused_by_the_server() {
    let tls = Tls::new();
    let provider = Provider::mutual_tls(&tls, |_| Answer::text(200, "ok"));
    let words = "TLS failed: the server wants a client certificate";
    // In TLS 1.3 the request is on its way before the server can say so.
    assert_eq!(
        Try::get(provider.url()).trusting(&tls.ca_file).failure(),
        (SENT, said(words))
    );
    let foreign = Tls::new();
    let chain = std::fs::read(&foreign.client_certificate_file).unwrap();
    let key = std::fs::read(&foreign.client_key_file).unwrap();
    let words = "TLS failed: the server does not accept the client certificate";
    assert_eq!(
        with_client_certificate(provider.url(), &tls, chain, key).failure(),
        (SENT, said(words))
    );
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_said_to_be_so_and_nothing_is_sent() {
    let tls = Tls::new();
    let provider = Provider::mutual_tls(&tls, |_| Answer::text(200, "ok"));
    let chain = std::fs::read(&tls.client_certificate_file).unwrap();
    let key = std::fs::read(&tls.client_key_file).unwrap();
    let broken = b"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n".to_vec();
    let no_certificate =
        b"-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n".to_vec();
    let no_key = b"-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n".to_vec();
    let table: [(Vec<u8>, Vec<u8>, &str); 7] = [
        (
            chain.clone(),
            std::fs::read(&tls.key_file).unwrap(),
            "the key does not belong to the certificate",
        ),
        (
            chain.clone(),
            b"hunter2".to_vec(),
            "the key is not an unencrypted PEM key",
        ),
        (
            chain.clone(),
            Vec::new(),
            "the key is not an unencrypted PEM key",
        ),
        (
            chain,
            no_key,
            "the key cannot be used: RSA from 2048 bits, P-256, P-384 and Ed25519 can",
        ),
        (
            Vec::new(),
            key.clone(),
            "the chain holds no PEM certificate",
        ),
        (broken, key.clone(), "the chain is not valid PEM"),
        (no_certificate, key, "the first certificate cannot be read"),
    ];
    for (chain, key, why) in table {
        let words = format!("cannot set up the connection: client certificate: {why}");
        assert_eq!(
            with_client_certificate(provider.url(), &tls, chain, key).failure(),
            (UNSENT, words)
        );
    }
    assert_eq!(provider.connections(), 0);
}
