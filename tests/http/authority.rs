//! Certificates as wrong as a test wants them, and a server for each.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::{read_head, server};

/// An authority and its certificate in a file, removed when dropped.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) file: PathBuf,
}

/// A server's certificate and key.
pub(super) struct Leaf(CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, format!("authority {number}"));
        let key = KeyPair::generate().unwrap();
        let name = format!("keyfob-authority-{}-{number}.pem", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            file,
        }
    }

    /// A certificate for `name`, with a last touch.
    pub(super) fn leaf(&self, name: &str, touch: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        touch(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf(
            certificate.der().clone(),
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// A certificate that vouches for itself, and its PEM.
pub(super) fn self_signed(name: &str, is_ca: bool) -> (Leaf, String) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let leaf = Leaf(
        certificate.der().clone(),
        PrivateKeyDer::Pkcs8(key.serialize_der().into()),
    );
    (leaf, certificate.pem())
}

pub(super) fn config(
    leaf: Leaf,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(ring)
        .with_protocol_versions(versions)
        .unwrap();
    Arc::new(
        builder
            .with_no_client_auth()
            .with_single_cert(vec![leaf.0], leaf.1)
            .unwrap(),
    )
}

/// A server that shows the certificate and answers `ok`.
pub(super) fn showing(leaf: Leaf) -> SocketAddr {
    speaking(leaf, rustls::ALL_VERSIONS)
}

/// The same, in these versions of TLS alone.
pub(super) fn speaking(leaf: Leaf, versions: &[&'static SupportedProtocolVersion]) -> SocketAddr {
    over(config(leaf, versions))
}

/// A server that answers `ok` over TLS as this configuration says.
pub(super) fn over(config: Arc<ServerConfig>) -> SocketAddr {
    server(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        if !read_head(&mut stream).is_empty() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            let _ = stream.flush();
        }
    })
}
