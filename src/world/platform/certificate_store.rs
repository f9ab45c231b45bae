//! A platform's certificate store.

/// The certificates of a store, each in DER.
#[derive(Debug)]
pub struct CertificateStore {
    /// The words of messages.
    pub name: &'static str,
    /// Roots that it trusts for servers of TLS.
    pub trusted: Vec<Vec<u8>>,
    /// Certificates that it distrusts.
    pub distrusted: Vec<Vec<u8>>,
    /// Whether the platform adds public roots only when it first meets them. The store then lacks
    /// roots that the platform's own verification would trust.
    pub is_filled_on_demand: bool,
}
