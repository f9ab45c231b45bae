//! The client-credentials grant: RFC 6749 §4.4, with the client authentication of §2.3, `resource`
//! of RFC 8707, and the `audience` and JSON bodies of some servers.
//!
//! Never uses two authentication methods in one request (§2.3), and never puts a secret in the URL.

use super::encode::NotText;
use super::endpoint::TokenEndpoint;
use super::response::ResponseFormat;
use crate::credential::Secret;
use crate::http::Request;

/// The parameters of RFC 6749 §4.4.2, RFC 8707 §2 and common extensions.
#[derive(Debug, Clone)]
pub struct ClientCredentials<S> {
    /// The token endpoint and the client.
    pub endpoint: TokenEndpoint<S>,
    /// Scopes separated by blanks.
    pub scope: Option<String>,
    /// The parameter `audience`.
    pub audience: Option<String>,
    /// The parameter `resource` (RFC 8707 §2), repeated for each.
    pub resource: Vec<String>,
    /// Further parameters, in order.
    pub parameters: Vec<(String, String)>,
    /// Where the response holds the token.
    pub response_format: ResponseFormat,
}

impl<S> ClientCredentials<S> {
    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
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
            response_format: self.response_format.clone(),
        })
    }
}

impl ClientCredentials<Secret> {
    /// The token request (RFC 6749 §4.4.2).
    ///
    /// # Errors
    /// [`NotText`] if the secret cannot be put into the request.
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
