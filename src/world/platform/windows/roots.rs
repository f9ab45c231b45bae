//! The roots of Windows: the stores `ROOT` and `Disallowed` as the user sees them, which include
//! those of the machine, of the domain and of group policies
//! (<https://learn.microsoft.com/windows/win32/seccrypto/system-store-locations>).
//!
//! No bundle is read: a path such as `/etc/ssl/certs` is a folder of the current drive, and every
//! user may create folders there.

use schannel::cert_context::{CertContext, ValidUses};
use schannel::cert_store::CertStore;

use crate::world::platform::certificate_store::CertificateStore;

/// No bundle.
pub const BUNDLES: &[&str] = &[];

/// The object identifier of servers of TLS (RFC 5280 §4.2.1.12).
const SERVER: &str = "1.3.6.1.5.5.7.3.1";

/// The roots that Windows trusts and distrusts. Windows adds public roots when its own verification
/// first meets them, so a fresh machine has few.
pub fn store() -> Option<CertificateStore> {
    let certificates = |name, is_meant: fn(&CertContext) -> bool| {
        let store = CertStore::open_current_user(name)?;
        let meant = store.certs().filter(is_meant);
        std::io::Result::Ok(meant.map(|one| one.to_der().to_vec()).collect())
    };
    Some(CertificateStore {
        name: "the certificate store of Windows",
        trusted: certificates("ROOT", is_for_servers).unwrap_or_default(),
        distrusted: certificates("Disallowed", |_| true).unwrap_or_default(),
        is_filled_on_demand: true,
    })
}

fn is_for_servers(certificate: &CertContext) -> bool {
    let for_servers = match certificate.valid_uses() {
        Ok(ValidUses::All) => true,
        Ok(ValidUses::Oids(oids)) => oids.iter().any(|oid| oid == SERVER),
        Err(_) => false,
    };
    for_servers && certificate.is_time_valid().unwrap_or(false)
}
