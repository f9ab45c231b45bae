//! A certificate authority for one test, with a server and a client certificate.
//!
//! Made afresh each time, valid for loopback only, removed when dropped.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Files in PEM, and the same for rustls.
#[derive(Debug)]
pub struct Tls {
    folder: PathBuf,
    /// The authority's certificate: for `SSL_CERT_FILE`, `ca_file`, `certificate-authority`.
    pub ca_file: PathBuf,
    /// The server's certificate: for `localhost`, `127.0.0.1`, `::1` and `*.localhost` unless made for other hosts.
    pub certificate_file: PathBuf,
    /// Its key, PKCS#8.
    pub key_file: PathBuf,
    /// A client's certificate, CN `keyfob-test`.
    pub client_certificate_file: PathBuf,
    /// Its key, PKCS#8.
    pub client_key_file: PathBuf,
}

impl Tls {
    /// A new authority, and a server on loopback.
    pub fn new() -> Self {
        Self::for_hosts(&["localhost", "*.localhost", "127.0.0.1", "::1"])
    }

    /// A new authority, and a server with these names and addresses.
    pub fn for_hosts(hosts: &[&str]) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("keyfob-tls-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();

        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(
            DnType::CommonName,
            format!("keyfob test authority {number}"),
        );
        let authority_key = KeyPair::generate().unwrap();
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);

        let write = |name: &str, pem: String| {
            let path = folder.join(name);
            fs::write(&path, pem).unwrap();
            path
        };
        let leaf = |name: &str, hosts: &[&str], usage: ExtendedKeyUsagePurpose| {
            let hosts: Vec<String> = hosts.iter().map(|&host| host.into()).collect();
            let mut leaf = CertificateParams::new(hosts).unwrap();
            leaf.distinguished_name.push(DnType::CommonName, name);
            leaf.extended_key_usages = vec![usage];
            leaf.use_authority_key_identifier_extension = true;
            let key = KeyPair::generate().unwrap();
            let certificate = leaf.signed_by(&key, &issuer).unwrap();
            (
                write(&format!("{name}.pem"), certificate.pem()),
                write(&format!("{name}.key"), key.serialize_pem()),
            )
        };
        let (certificate_file, key_file) =
            leaf("server", hosts, ExtendedKeyUsagePurpose::ServerAuth);
        let (client_certificate_file, client_key_file) =
            leaf("keyfob-test", &[], ExtendedKeyUsagePurpose::ClientAuth);
        let ca_file = write("ca.pem", authority_pem);
        Self {
            folder,
            ca_file,
            certificate_file,
            key_file,
            client_certificate_file,
            client_key_file,
        }
    }

    /// The authority's certificate, PEM.
    pub fn ca_pem(&self) -> String {
        fs::read_to_string(&self.ca_file).unwrap()
    }

    /// For a server that shows the certificate; `ask` makes it want the client's too.
    pub fn server(&self, ask: bool) -> Arc<ServerConfig> {
        self.server_for(ask.then(|| self.ca_pem()).as_deref())
    }

    /// The same; it wants a certificate of the authority of `clients` (PEM), where there is one.
    pub fn server_for(&self, clients: Option<&str>) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certificate = CertificateDer::from_pem_file(&self.certificate_file).unwrap();
        let key = PrivateKeyDer::from_pem_file(&self.key_file).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if let Some(authority) = clients {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap())
                .unwrap();
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .unwrap(),
            )
        } else {
            builder.with_no_client_auth()
        };
        Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
