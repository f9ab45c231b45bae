//! A token that is a client certificate with its key, which only kubectl takes.

use std::borrow::Cow;

use serde::Deserialize;
use zeroize::Zeroize as _;

use super::AccessToken;

/// A client certificate and its key, both PEM.
#[derive(Deserialize)]
pub struct CertificateAndKey<'a> {
    /// The certificate, followed by those of its issuers.
    #[serde(borrow)]
    pub certificate: Cow<'a, str>,
    /// Its private key.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
}

impl Drop for CertificateAndKey<'_> {
    /// Wipes the copies that serde makes of strings with escapes.
    fn drop(&mut self) {
        for text in [&mut self.certificate, &mut self.key] {
            if let Cow::Owned(copy) = text {
                copy.zeroize();
            }
        }
    }
}

impl CertificateAndKey<'_> {
    /// Whether both are the PEM that they should be.
    #[must_use]
    pub fn is_pem(&self) -> bool {
        let begins = |text: &str, end: &str| {
            let (_, line) = text.split_once("-----BEGIN ").unwrap_or_default();
            line.split_once("-----")
                .is_some_and(|(label, _)| label.ends_with(end))
        };
        begins(&self.certificate, "CERTIFICATE") && begins(&self.key, "PRIVATE KEY")
    }
}

impl AccessToken {
    /// The certificate and its key, if the token is a JSON object with both.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateAndKey<'_>> {
        let text = self.expose();
        let object = text.strip_prefix('{').and(Some(text))?;
        serde_json::from_str(object).ok()
    }
}
