//! Linux and the BSDs have no certificate store. The distribution makes a bundle, to which an
//! administrator adds an organisation's root (`update-ca-certificates`, `update-ca-trust`).

use crate::world::platform::certificate_store::CertificateStore;

/// Paths of the bundle on Debian and Alpine, Fedora and RHEL, openSUSE, newer Fedora and the BSDs.
pub const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/ssl/certs/ca-bundle.crt",
];

/// No store.
pub fn store() -> Option<CertificateStore> {
    None
}
