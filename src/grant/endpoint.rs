//! A client at a token endpoint: its authentication (RFC 6749 §2.3, RFC 7523 §2.2) and the POST
//! request of RFC 6749 grants.
//!
//! Never uses two authentication methods in one request (§2.3), and never puts a secret in the URL.

use super::encode::{self, Field, NotText};
use crate::credential::Secret;
use crate::http::{Method, Request};
use crate::source::Text;
use crate::target::Endpoint;

/// How the client authenticates: the methods of RFC 7591 §2, and `basic_raw`.
#[derive(Debug, Clone)]
pub enum ClientAuthentication<S> {
    /// `none`: `client_id` in the body.
    None,
    /// `client_secret_basic`: form-encoded, then Base64.
    Basic(S),
    /// `basic_raw`: Base64 only, for servers that do not decode the form encoding.
    BasicRaw(S),
    /// `client_secret_post`: `client_id` and `client_secret` in the body.
    Post(S),
    /// `private_key_jwt` and `client_secret_jwt` (RFC 7523 §2.2): a signed assertion in the body.
    Assertion(S),
}

/// The media type of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyForm {
    /// `application/x-www-form-urlencoded` (RFC 6749 §4.4.2).
    #[default]
    Form,
    /// `application/json`.
    Json,
}

/// A token endpoint, and the client with its authentication.
#[derive(Debug, Clone)]
pub struct TokenEndpoint<S> {
    /// Its URL.
    pub url: Endpoint,
    /// The client identifier. Some servers need none with an assertion.
    pub client_id: Option<Text<S>>,
    /// How the client authenticates.
    pub authentication: ClientAuthentication<S>,
    /// The media type of the body.
    pub body: BodyForm,
}

impl<S> TokenEndpoint<S> {
    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
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
        let client_id = self.client_id.as_ref().map(|id| id.open(open));
        let (url, client_id, body) = (self.url.clone(), client_id.transpose()?, self.body);
        Ok(TokenEndpoint {
            url,
            client_id,
            authentication,
            body,
        })
    }
}

impl TokenEndpoint<Secret> {
    /// A POST request with these fields and the client's authentication.
    ///
    /// # Errors
    /// [`NotText`] if a secret cannot be put into the request.
    pub fn post(&self, fields: &[Field<'_>]) -> Result<Request, NotText> {
        use ClientAuthentication::{Assertion, Basic, BasicRaw, None, Post};
        let id = self.client_id.as_ref().map(Text::secret);
        let id = id.as_ref().map(encode::text).transpose()?;
        let id = id.unwrap_or_default();
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
            None | Post(_) | Assertion(_) if !id.is_empty() => {
                fields.push(("client_id", id, false))
            }
            None | Post(_) | Assertion(_) => {}
        }
        match &self.authentication {
            Post(secret) => fields.push(("client_secret", encode::text(secret)?, false)),
            Assertion(assertion) => {
                fields.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    false,
                ));
                fields.push(("client_assertion", encode::text(assertion)?, false));
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
            // The server may reject an assertion that it has seen (RFC 7523 §3, `jti`).
            repeatable: !matches!(self.authentication, Assertion(_)),
        })
    }
}

impl TokenEndpoint<Secret> {
    /// A revocation request (RFC 7009 §2.1) with the same authentication. Some servers require
    /// `token_type_hint`, which is optional in the RFC.
    ///
    /// # Errors
    /// [`NotText`] if a secret cannot be put into the request.
    pub fn revocation_request(&self, url: &Endpoint, token: &Secret) -> Result<Request, NotText> {
        let at = TokenEndpoint {
            url: url.clone(),
            body: BodyForm::Form,
            ..self.clone()
        };
        at.post(&[
            ("token", encode::text(token)?, false),
            ("token_type_hint", "access_token", false),
        ])
    }
}
