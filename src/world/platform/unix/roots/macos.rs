//! The roots of macOS: Apple's, the administrator's and the user's, by their trust settings
//! (<https://developer.apple.com/documentation/security/trust-settings>).
//!
//! A setting of the user goes before one of the administrator, and that before Apple's. No
//! Keychain is opened, so nobody is asked.

use std::collections::BTreeMap;

use security_framework::trust_settings::{Domain, TrustSettings, TrustSettingsForCertificate};

use crate::world::platform::certificate_store::CertificateStore;

/// The bundle of the system, for the case that the trust settings cannot be read.
pub const BUNDLES: &[&str] = &["/etc/ssl/cert.pem"];

/// The roots that the trust settings trust for servers of TLS.
pub fn store() -> Option<CertificateStore> {
    let mut is_trusted: BTreeMap<Vec<u8>, bool> = BTreeMap::new();
    for domain in [Domain::User, Domain::Admin, Domain::System] {
        let settings = TrustSettings::new(domain);
        for certificate in settings.iter().into_iter().flatten() {
            // No setting of its own means trusted (`SecTrustSettings.h`).
            let setting = match settings.tls_trust_settings_for_certificate(&certificate) {
                Ok(setting) => setting.unwrap_or(TrustSettingsForCertificate::TrustRoot),
                Err(_) => continue,
            };
            let trusted = match setting {
                TrustSettingsForCertificate::TrustRoot
                | TrustSettingsForCertificate::TrustAsRoot => true,
                TrustSettingsForCertificate::Deny => false,
                _ => continue,
            };
            is_trusted.entry(certificate.to_der()).or_insert(trusted);
        }
    }
    let of = |trust| {
        let with = is_trusted
            .iter()
            .filter(move |(_, trusted)| **trusted == trust);
        with.map(|(der, _)| der.clone()).collect()
    };
    Some(CertificateStore {
        name: "the trust settings of macOS",
        trusted: of(true),
        distrusted: of(false),
        is_filled_on_demand: false,
    })
}
