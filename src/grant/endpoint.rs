//! A client at a token endpoint: its authentication (RFC 6749 §2.3, RFC 7523 §2.2) and the POST that every grant of RFC 6749 makes.
//!
//! Never two ways of authentication in one request (§2.3), never a secret in the URL.

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
            // An assertion is good once (RFC 7523 §3, jti): sent again it would be refused, not answered.
            repeatable: !matches!(self.authentication, Assertion(_)),
        })
    }
}

impl TokenEndpoint<Secret> {
    /// A revocation request (RFC 7009 §2.1) with the same authentication. The hint is optional there and mandatory at some vendors.
    ///
    /// # Errors
    /// [`NotText`] where a secret cannot be put into it.
    pub fn revocation(&self, url: &Endpoint, token: &Secret) -> Result<Request, NotText> {
        let at = TokenEndpoint {
            url: url.clone(),
            body: BodyForm::Form,
            ..self.clone()
        };
        at.post(&[
            ("token", encode::text(token)?),
            ("token_type_hint", "access_token"),
        ])
    }
}
