//! A proxy that is spoken to over TLS: it is another party than the provider behind it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob::credential::Secret;
use keyfob::http::ClientCertificate;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::authority::{Authority, config, over, showing};
use super::{Try, UNSENT, server};
use crate::support::Tls;

/// A proxy that speaks TLS itself, leads every tunnel to one address, and keeps for each whether it
/// was shown a client certificate.
fn tls_proxy(config: Arc<ServerConfig>, target: SocketAddr) -> (u16, Arc<Mutex<Vec<bool>>>) {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&shown);
    let address = server(move |client| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        client
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let mut client = StreamOwned::new(connection, client);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match client.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                _ => return,
            }
        }
        let certificate = client.conn.peer_certificates();
        kept.lock().unwrap().push(certificate.is_some());
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let mut provider = TcpStream::connect(target).unwrap();
        provider
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let mut bytes = [0; 4096];
        loop {
            match client.read(&mut bytes) {
                Ok(0) => return,
                Ok(read) => provider.write_all(&bytes[..read]).unwrap(),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
            match provider.read(&mut bytes) {
                Ok(0) => return,
                Ok(read) => client.write_all(&bytes[..read]).unwrap(),
                Err(_) => {}
            }
        }
    });
    (address.port(), shown)
}

#[test]
fn a_proxy_may_itself_be_spoken_to_over_tls() {
    let authority = Authority::new();
    let provider = showing(authority.leaf("provider.test", |_| {}));
    let config = config(authority.leaf("localhost", |_| {}), rustls::ALL_VERSIONS);
    let (proxy, _) = tls_proxy(config, provider);
    let get = |roots: &Path| {
        Try::get("https://provider.test/")
            .with("SSL_CERT_FILE", roots.to_str().unwrap())
            .with("HTTPS_PROXY", format!("https://localhost:{proxy}"))
    };
    assert_eq!(get(&authority.file).answer(), "ok");
    let (sent, words) = get(&Authority::new().file).failure();
    let begin =
        format!("TLS failed: the proxy localhost:{proxy}: the certificate's issuer is not trusted");
    assert!(!sent && words.starts_with(&begin), "{words}");
}

#[test]
fn a_specs_roots_and_client_certificate_are_for_its_provider_and_not_for_the_proxy() {
    let (ours, proxys) = (Tls::for_hosts(&["provider.test"]), Tls::new());
    let provider = over(ours.server(true));
    // It asks for a certificate of any of the two authorities, and does without.
    let mut roots = RootCertStore::empty();
    for authority in [&ours, &proxys] {
        let certificate = CertificateDer::from_pem_file(&authority.ca_file);
        roots.add(certificate.unwrap()).unwrap();
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&ring))
        .allow_unauthenticated()
        .build()
        .unwrap();
    let certificate = CertificateDer::from_pem_file(&proxys.certificate_file).unwrap();
    let key = PrivateKeyDer::from_pem_file(&proxys.key_file).unwrap();
    let config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (proxy, shown) = tls_proxy(Arc::new(config), provider);

    let secret = |path: &Path| Secret::new(std::fs::read(path).unwrap());
    let get = |roots: &Path| {
        let mut get = Try::get("https://provider.test/")
            .trusting(&ours.ca_file)
            .with("SSL_CERT_FILE", roots.to_str().unwrap())
            .with("HTTPS_PROXY", format!("https://localhost:{proxy}"));
        get.transport.client_certificate = Some(ClientCertificate {
            chain: secret(&ours.client_certificate_file),
            key: secret(&ours.client_key_file),
        });
        get
    };
    // The provider has its own roots and is shown the certificate, without which it answers nothing.
    assert_eq!(get(&proxys.ca_file).answer(), "ok");
    assert_eq!(*shown.lock().unwrap(), [false]);

    // That `ca_file` trusts an authority makes it no authority over proxies.
    let (proxy, _) = tls_proxy(Tls::server(&proxys, false), provider);
    let mut foreign = Try::get("https://provider.test/").trusting(&proxys.ca_file);
    foreign.transport.proxy = Some(format!("https://localhost:{proxy}"));
    let (sent, words) = foreign.failure();
    assert!(
        !sent && words.contains(&format!("the proxy localhost:{proxy}: ")),
        "{words}"
    );
}

#[test]
fn a_proxys_certificate_is_checked_for_the_proxys_own_name() {
    let authority = Authority::new();
    let provider = showing(authority.leaf("provider.test", |_| {}));
    let config = config(
        authority.leaf("provider.test", |_| {}),
        rustls::ALL_VERSIONS,
    );
    let (proxy, _) = tls_proxy(config, provider);
    let get = Try::get("https://provider.test/")
        .with("SSL_CERT_FILE", authority.file.to_str().unwrap())
        .with("HTTPS_PROXY", format!("https://localhost:{proxy}"));
    let words = format!(
        "TLS failed: the proxy localhost:{proxy}: the certificate is not valid for name `localhost`"
    );
    assert_eq!(get.failure(), (UNSENT, words));
}
