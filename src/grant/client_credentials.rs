//! The client-credentials grant: RFC 6749 §4.4, with the client authentication of §2.3, `resource` of RFC 8707 and the
//! `audience` and JSON bodies that some vendors want.
//!
//! Never two ways of authentication in one request (§2.3), never a secret in the URL.

use super::answer::ResponseFormat;
use super::encode::NotText;
use super::endpoint::TokenEndpoint;
use crate::credential::Secret;
use crate::http::Request;

/// RFC 6749 §4.4.2 with what vendors add.
#[derive(Debug, Clone)]
pub struct ClientCredentials<S> {
    /// Where and as whom.
    pub endpoint: TokenEndpoint<S>,
    /// Scope, words separated by blanks.
    pub scope: Option<String>,
    /// `audience`, verbatim.
    pub audience: Option<String>,
    /// `resource` (RFC 8707 §2), once for each.
    pub resource: Vec<String>,
    /// Further parameters, in order.
    pub parameters: Vec<(String, String)>,
    /// How the answer is read.
    pub reading: ResponseFormat,
}

impl<S> ClientCredentials<S> {
    /// The same with its secret opened.
    ///
    /// # Errors
    /// What `open` gives.
    pub fn open<T, E>(
        &self,
        open: &mut dyn FnMut(&S) -> Result<T, E>,
    ) -> Result<ClientCredentials<T>, E> {
        Ok(ClientCredentials {
            endpoint: self.endpoint.open(open)?,
            scope: self.scope.clone(),
            audience: self.audience.clone(),
            resource: self.resource.clone(),
            parameters: self.parameters.clone(),
            reading: self.reading.clone(),
        })
    }
}

impl ClientCredentials<Secret> {
    /// The token request (RFC 6749 §4.4.2).
    ///
    /// # Errors
    /// [`NotText`] where the secret cannot be put into it.
    pub fn request(&self) -> Result<Request, NotText> {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        fields.extend(
            self.audience
                .as_deref()
                .map(|audience| ("audience", audience)),
        );
        fields.extend(
            self.resource
                .iter()
                .map(|resource| ("resource", resource.as_str())),
        );
        fields.extend(
            self.parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        self.endpoint.post(&fields)
    }
}
