//! Opens the sources of one request, and remembers what it opened so that nothing of it is ever repeated in a message.

use zeroize::Zeroizing;

use super::call::Call;
use crate::credential::Secret;
use crate::error::Error;
use crate::grant::encode;
use crate::http::{ClientCertificate, Transport};
use crate::source::{NestedSpec, Source};
use crate::spec::Connection;
use crate::time::Timestamp;
use crate::unlock;

/// Opens sources for one request.
pub struct Opener<'a> {
    call: Call<'a>,
    /// By how many seconds the provider's clock is ahead of ours.
    skew: i64,
    /// The token that the request is about, where it is about one.
    issued: Option<Secret>,
    /// Everything that was opened.
    pub opened: Vec<Secret>,
    /// When the first of the tokens of other specs that were opened ends.
    pub first_end: Option<Timestamp>,
}

impl<'a> Opener<'a> {
    /// Nothing opened yet.
    #[must_use]
    pub fn new(call: Call<'a>) -> Self {
        Self {
            call,
            skew: 0,
            issued: None,
            opened: Vec::new(),
            first_end: None,
        }
    }

    /// The same for a request about this token.
    #[must_use]
    pub fn about(mut self, token: Secret) -> Self {
        self.opened.push(token.clone());
        self.issued = Some(token);
        self
    }

    /// The same where what is signed says the time of a clock that is so many seconds ahead of ours.
    #[must_use]
    pub fn ahead_by(self, skew: i64) -> Self {
        Self { skew, ..self }
    }

    /// The value of a source.
    ///
    /// # Errors
    /// What keeps it from being read.
    pub fn open(&mut self, source: &Source) -> Result<Secret, Error> {
        let call = self.call;
        let left = call.time_for(&source.describe())?;
        let mut first_end = self.first_end;
        let mut nested = |nested: &NestedSpec| {
            let token = call.base(nested)?;
            first_end = first_end.into_iter().chain(token.expires_at).min();
            Ok(token.access_token.secret())
        };
        let now = Timestamp::from_unix(call.world.now().unix().saturating_add(self.skew));
        let secret = unlock::open(
            call.world,
            source,
            &mut unlock::OpeningContext {
                now,
                issued: self.issued.as_ref(),
                left,
                nested: &mut nested,
            },
        )?;
        self.first_end = first_end;
        // Basic sends it form-encoded within Base64 (RFC 6749 §2.3.1), and a server may repeat that.
        let mut sent = Zeroizing::new(String::with_capacity(3 * secret.len()));
        encode::form_encode(secret.expose_text().unwrap_or_default(), &mut sent);
        if sent.as_bytes() != secret.expose() {
            self.opened.push(Secret::joined(&[&sent]));
        }
        self.opened.push(secret.clone());
        Ok(secret)
    }

    /// The connection, with its client certificate opened.
    ///
    /// # Errors
    /// What keeps it from being read.
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
