//! The client-credentials grant: RFC 6749 §4.4, with the client authentication of §2.3, `resource` of RFC 8707 and the
//! `audience` and JSON bodies that some vendors want.
//!
//! Never two ways of authentication in one request (§2.3), never a secret in the URL.

use super::answer::Reading;
use super::encode::{self, NotText};
use crate::credential::Secret;
use crate::http::{Method, Request};
use crate::target::Endpoint;

/// How the client says who it is (the registered names of RFC 7591 §2, and `basic_raw`).
#[derive(Debug, Clone)]
pub enum ClientAuthentication<S> {
    /// `none`: `client_id` in the body.
    None,
    /// `client_secret_basic`: form-encoded, then Base64.
    Basic(S),
    /// `basic_raw`: Base64 alone, for servers that do not decode.
    BasicRaw(S),
    /// `client_secret_post`: both in the body.
    Post(S),
    /// `private_key_jwt` and `client_secret_jwt` (RFC 7523 §2.2): a signed assertion in the body.
    Assertion(S),
}

/// What the body is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyForm {
    /// `application/x-www-form-urlencoded`, as the RFC says.
    #[default]
    Form,
    /// `application/json`.
    Json,
}

/// A client, its authentication, and the request they make at a token endpoint: what this grant and others share.
#[derive(Debug, Clone)]
pub struct TokenEndpoint<S> {
    /// The token endpoint.
    pub url: Endpoint,
    /// The client's identifier; a server that needs none gets none.
    pub client_id: Option<String>,
    /// How the client authenticates.
    pub authentication: ClientAuthentication<S>,
    /// Form or JSON.
    pub body: BodyForm,
}

impl<S> TokenEndpoint<S> {
    /// The same with its secret opened.
    ///
    /// # Errors
    /// What `open` gives.
    pub fn open<T, E>(
        &self,
        open: &mut dyn FnMut(&S) -> Result<T, E>,
    ) -> Result<TokenEndpoint<T>, E> {
        use ClientAuthentication::{Assertion, Basic, BasicRaw, None, Post};
        let authentication = match &self.authentication {
            None => None,
            Basic(secret) => Basic(open(secret)?),
            BasicRaw(secret) => BasicRaw(open(secret)?),
            Post(secret) => Post(open(secret)?),
            Assertion(secret) => Assertion(open(secret)?),
        };
        let (url, client_id, body) = (self.url.clone(), self.client_id.clone(), self.body);
        Ok(TokenEndpoint {
            url,
            client_id,
            authentication,
            body,
        })
    }
}

impl TokenEndpoint<Secret> {
    /// A POST of these fields with the client's authentication added.
    ///
    /// # Errors
    /// [`NotText`] where a secret cannot be put into it.
    pub fn post(&self, fields: &[(&str, &str)]) -> Result<Request, NotText> {
        use ClientAuthentication::{Assertion, Basic, BasicRaw, None, Post};
        let id = self.client_id.as_deref().unwrap_or_default();
        let mut fields = fields.to_vec();
        let mut headers = vec![(
            "accept".to_owned(),
            Secret::from("application/json".to_owned()),
        )];
        match &self.authentication {
            Basic(secret) => headers.push((
                "authorization".to_owned(),
                encode::basic(id, secret, false)?,
            )),
            BasicRaw(secret) => {
                headers.push(("authorization".to_owned(), encode::basic(id, secret, true)?))
            }
            None | Post(_) | Assertion(_) if !id.is_empty() => fields.push(("client_id", id)),
            None | Post(_) | Assertion(_) => {}
        }
        match &self.authentication {
            Post(secret) => fields.push(("client_secret", encode::text(secret)?)),
            Assertion(assertion) => {
                fields.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ));
                fields.push(("client_assertion", encode::text(assertion)?));
            }
            None | Basic(_) | BasicRaw(_) => {}
        }
        let (media_type, body) = match self.body {
            BodyForm::Form => ("application/x-www-form-urlencoded", encode::form(&fields)),
            BodyForm::Json => ("application/json", encode::json(&fields)),
        };
        headers.push((
            "content-type".to_owned(),
            Secret::from(media_type.to_owned()),
        ));
        Ok(Request {
            method: Method::Post,
            endpoint: self.url.clone(),
            headers,
            body: Some(body),
            repeatable: true,
        })
    }
}

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
    pub reading: Reading,
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
