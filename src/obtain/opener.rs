//! Opens the sources of one request, and remembers the secrets so that no message repeats one.

use super::call::Call;
use crate::credential::Secret;
use crate::error::Error;
use crate::grant::encode;
use crate::http::{ClientCertificate, Transport};
use crate::source::{NestedSpec, Source, value};
use crate::spec::Connection;
use crate::time::Timestamp;
use crate::unlock;

/// Opens sources for one request.
pub struct Opener<'a> {
    call: Call<'a>,
    /// Seconds by which the provider's clock is ahead of ours.
    skew: i64,
    /// The token that the request is about, for requests that revoke or verify one.
    issued: Option<Secret>,
    /// Every secret that was opened, in each form in which it is sent.
    pub opened: Vec<Secret>,
    /// The earliest expiry among the opened tokens of other specs.
    pub first_expiry: Option<Timestamp>,
}

impl<'a> Opener<'a> {
    /// An opener that has opened nothing yet.
    #[must_use]
    pub fn new(call: Call<'a>) -> Self {
        Self {
            call,
            skew: 0,
            issued: None,
            opened: Vec::new(),
            first_expiry: None,
        }
    }

    /// For a request about this token.
    #[must_use]
    pub fn about(mut self, token: Secret) -> Self {
        self.opened.push(token.clone());
        self.issued = Some(token);
        self
    }

    /// Signs assertions with a time that is `skew` seconds ahead of ours.
    #[must_use]
    pub fn ahead_by(self, skew: i64) -> Self {
        Self { skew, ..self }
    }

    /// Reads the value of a source.
    ///
    /// # Errors
    /// The value is missing or cannot be read, or no time is left.
    pub fn open(&mut self, source: &Source) -> Result<Secret, Error> {
        let call = self.call;
        let left = call.time_for(&source.describe())?;
        let mut first_expiry = self.first_expiry;
        let mut nested = |nested: &NestedSpec| {
            let token = call.base(nested)?;
            first_expiry = first_expiry.into_iter().chain(token.expires_at).min();
            Ok(token.access_token.secret())
        };
        let mut parts = Vec::new();
        let now = Timestamp::from_unix(call.world.now().unix().saturating_add(self.skew));
        let secret = unlock::open(
            call.world,
            source,
            &mut unlock::OpeningContext {
                now,
                said: call.specs.said(),
                issued: self.issued.as_ref(),
                left,
                nested: &mut nested,
                parts: &mut parts,
            },
        )?;
        self.first_expiry = first_expiry;
        if matches!(source, Source::Public(_)) {
            return Ok(secret);
        }
        for opened in parts.into_iter().chain([secret.clone()]) {
            match value::values_of_object(&opened) {
                Some(values) => values.into_iter().for_each(|value| self.add_opened(value)),
                None => self.add_opened(opened),
            }
        }
        Ok(secret)
    }

    /// Basic sends a secret form-encoded within Base64 (RFC 6749 §2.3.1), and a server may repeat
    /// that.
    fn add_opened(&mut self, secret: Secret) {
        self.opened.extend(encode::form_encoded(&secret));
        self.opened.push(secret);
    }

    /// The connection's settings, with the client certificate and its key read.
    ///
    /// # Errors
    /// The certificate or its key is missing or cannot be read.
    pub fn transport(&mut self, connection: &Connection) -> Result<Transport, Error> {
        let client_certificate = match &connection.client_certificate {
            None => None,
            Some((certificate, key)) => Some(ClientCertificate {
                chain: self.open(certificate)?,
                key: self.open(key)?,
            }),
        };
        let (ca_file, proxy, timeout) = (
            connection.ca_file.clone(),
            connection.proxy.clone(),
            connection.timeout,
        );
        Ok(Transport {
            ca_file,
            client_certificate,
            proxy,
            timeout,
        })
    }
}
