//! The client certificate for mutual TLS (RFC 8705 §2): PEM in, and only what rustls will accept out.
//!
//! Checked before it is handed on, because ureq panics on a key that does not fit. It never shows a byte of the key.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use ureq::tls::{Certificate, ClientCert, PrivateKey};

use crate::http::{ClientCertificate, NoResponse};

/// Reads chain and key.
///
/// # Errors
/// [`NoResponse::Setup`] where there is no certificate, no unencrypted key, or the two do not belong together.
pub(super) fn read(
    certificate: &ClientCertificate,
    provider: &Arc<CryptoProvider>,
) -> Result<ClientCert, NoResponse> {
    let setup = |why: &str| NoResponse::Setup(format!("client certificate: {why}"));
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(certificate.chain.expose()).collect();
    let chain = chain.map_err(|_| setup("the chain is not sound PEM"))?;
    if chain.is_empty() {
        return Err(setup("the chain holds no PEM certificate"));
    }
    let pem = certificate.key.expose();
    let no_key = "the key is no unencrypted PEM key";
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| setup(no_key))?;
    CertifiedKey::from_der(chain.clone(), key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => setup("the key does not belong to the certificate"),
        rustls::Error::InvalidCertificate(_) => setup("the first certificate cannot be read"),
        _ => setup("the key cannot be used: RSA from 2048 bits, P-256, P-384 and Ed25519 can"),
    })?;
    let chain: Vec<Certificate<'static>> = chain
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    let key = PrivateKey::from_pem(pem).map_err(|_| setup(no_key))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}
