//! The client certificate for mutual TLS (RFC 8705 §2): read from PEM and checked by rustls.
//!
//! The check comes first because ureq panics on a key that does not match. Errors show no byte of
//! the key.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use ureq::tls::{Certificate, ClientCert, PrivateKey};

use crate::http::{ClientCertificate, NoResponse};

/// Reads the certificate chain and the key.
///
/// # Errors
/// [`NoResponse::Setup`] if there is no certificate or no unencrypted key, if the two do not match,
/// or if the kind of key is not supported.
pub(super) fn read(
    certificate: &ClientCertificate,
    provider: &Arc<CryptoProvider>,
) -> Result<ClientCert, NoResponse> {
    let setup = |why: &str| NoResponse::Setup(format!("client certificate: {why}"));
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(certificate.chain.expose()).collect();
    let chain = chain.map_err(|_| setup("the chain is not valid PEM"))?;
    if chain.is_empty() {
        return Err(setup("the chain holds no PEM certificate"));
    }
    let pem = certificate.key.expose();
    let no_key = "the key is not an unencrypted PEM key";
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
