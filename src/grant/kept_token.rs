//! A token that is an object at the provider (`http` with `keep`): created with an expiry, kept in
//! a keyring until shortly before it, and revoked when the next one is kept. Pure: the record that
//! is kept, and the requests for one object.
//!
//! An id from the provider becomes one path segment of a URL, and never changes the rest of the
//! URL.

pub mod record;

use serde_json::Value;
use zeroize::Zeroizing;

use super::encode;
use super::response::{self, NoToken, ResponseFormat};
use super::template::Template;
use crate::credential::{Secret, Token, wipe};
use crate::http::Response;
use crate::source::KeyringEntry;
use crate::target::Endpoint;
use crate::time::Timestamp;

/// The request that lists the tokens at the provider.
#[derive(Debug, Clone)]
pub struct ListRequest<S> {
    /// The request.
    pub template: Template<S>,
    /// The query parameter that filters by name, if the provider has one.
    pub filter: Option<String>,
    /// JSON pointer to the array.
    pub items: String,
    /// JSON pointer from an item to its id.
    pub id: String,
    /// JSON pointer from an item to its name.
    pub name: String,
    /// The page size: a response with that many items may not be complete.
    pub page_size: usize,
}

/// A token that is created, kept and revoked.
#[derive(Debug, Clone)]
pub struct KeptToken<S> {
    /// The request that creates a token. Its body holds the name.
    pub create: Template<S>,
    /// Where the response holds the token and its expiry.
    pub response_format: ResponseFormat,
    /// JSON pointer to the id of the token.
    pub id: String,
    /// The keyring entry of the record.
    pub store: KeyringEntry,
    /// The request that revokes a token. The id is appended to the URL.
    pub revoke: Template<S>,
    /// The request that finds a token by name.
    pub list: ListRequest<S>,
    /// The request that checks whether a token exists. The id is appended to the URL.
    pub verify: Option<Template<S>>,
}

/// The result of a search by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListResult {
    /// The ids of the tokens with this name.
    Found(Vec<String>),
    /// No token has this name.
    Absent,
    /// No token of this page has this name; there may be more pages.
    Unknown,
}

impl<S> KeptToken<S> {
    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<KeptToken<T>, E> {
        Ok(KeptToken {
            create: self.create.open(open)?,
            response_format: self.response_format.clone(),
            id: self.id.clone(),
            store: self.store.clone(),
            revoke: self.revoke.open(open)?,
            list: ListRequest {
                template: self.list.template.open(open)?,
                filter: self.list.filter.clone(),
                items: self.list.items.clone(),
                id: self.list.id.clone(),
                name: self.list.name.clone(),
                page_size: self.list.page_size,
            },
            verify: match &self.verify {
                None => None,
                Some(verify) => Some(verify.open(open)?),
            },
        })
    }

    /// Whether a kept token has what the spec reads from a response. One that was kept before the
    /// spec said where the user name is has none.
    #[must_use]
    pub fn is_complete(&self, token: &Token) -> bool {
        self.response_format.username.is_none() || token.username.is_some()
    }

    /// The new token and its id in the response to [`KeptToken::create`].
    ///
    /// # Errors
    /// [`NoToken`] if the response has no usable token, or no id that may be shown.
    pub fn parse_created(
        &self,
        response: &Response,
        requested_at: Timestamp,
        secrets: &[Secret],
    ) -> Result<(Token, String), NoToken> {
        let token = response::parse_token(response, &self.response_format, requested_at, secrets)?;
        let mut body =
            response::parse_success(response, &self.response_format, requested_at, secrets)?;
        let id = body.pointer(&self.id).and_then(parse_id);
        wipe(&mut body);
        // The id becomes part of a URL, which is shown. The token may begin with its id.
        let token_text = token.access_token.expose();
        let is_prefix =
            |id: &String| 2 * id.len() <= token_text.len() && token_text.starts_with(id.as_str());
        let (mut protected, own) = (secrets.to_vec(), token.access_token.secret());
        if !id.as_ref().is_some_and(is_prefix) {
            protected.push(own);
        }
        if id
            .as_ref()
            .is_some_and(|id| response::may_contain_secret(id, &protected))
        {
            let why = "the id of the new token repeats a secret";
            return Err(NoToken::Nonsense(why.to_owned()));
        }
        let id = id.ok_or_else(|| {
            NoToken::Nonsense(format!("there is no id of the new token at `{}`", self.id))
        })?;
        Ok((token, id))
    }
}

impl<S> ListRequest<S> {
    /// The URL of the list, filtered by name if possible.
    #[must_use]
    pub fn url_for_name(&self, name: &str) -> Option<Endpoint> {
        let url = self.template.url.written()?.clone();
        Some(match &self.filter {
            None => url,
            Some(filter) => encode::with_query(url, &[(filter, name, false)]),
        })
    }

    /// Finds the listed tokens with exactly this name.
    ///
    /// # Errors
    /// [`NoToken::Nonsense`] if there is no list, or an item has no id.
    pub fn find_by_name(&self, body: &Value, name: &str) -> Result<ListResult, NoToken> {
        let nonsense = |why: String| NoToken::Nonsense(why);
        let items = body
            .pointer(&self.items)
            .and_then(Value::as_array)
            .ok_or_else(|| nonsense(format!("there is no list at `{}`", self.items)))?;
        let found = items
            .iter()
            .filter(|item| item.pointer(&self.name).and_then(Value::as_str) == Some(name));
        let ids = found.map(|item| item.pointer(&self.id).and_then(parse_id));
        let ids: Option<Vec<String>> = ids.collect();
        let ids = ids.ok_or_else(|| nonsense(format!("an item has no id at `{}`", self.id)))?;
        Ok(match ids.is_empty() {
            false => ListResult::Found(ids),
            true if items.len() >= self.page_size => ListResult::Unknown,
            true => ListResult::Absent,
        })
    }
}

/// The claims that identify the account, if the value is a JWT (RFC 7519 §4.1.1 and §4.1.2, and
/// vendors' claims for clients and tenants). A JWT is issued again and again for the same account,
/// so its text does not identify the account.
#[must_use]
pub fn jwt_identity(value: &Secret) -> Option<Secret> {
    const CLAIMS: [&str; 7] = ["iss", "sub", "azp", "appid", "client_id", "tid", "oid"];
    let text = value.expose_text()?;
    // A signed JWT has three parts (RFC 7515 §3.1).
    text.split('.').nth(2)?;
    let mut payload = response::unverified_claims(text)?;
    let claims: Vec<Value> = CLAIMS
        .iter()
        .filter_map(|name| {
            Some(Value::from(vec![
                Value::from(*name),
                payload.get(name)?.clone(),
            ]))
        })
        .collect();
    let named = payload.get("iss").is_some() && payload.get("sub").is_some();
    wipe(&mut payload);
    named.then(|| Secret::json(&claims, "")).flatten()
}

/// An id that can be a path segment: not empty, not too long, neither `.` nor `..`.
fn parse_id(value: &Value) -> Option<String> {
    let id = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let fits = (1..=256).contains(&id.len()) && id != "." && id != "..";
    fits.then_some(id)
}

/// The URL with the id, percent-encoded, as its last segment.
#[must_use]
pub fn url_with_id(url: &Endpoint, id: &str) -> Option<Endpoint> {
    let mut segment = Zeroizing::new(String::new());
    encode::form_encode(id, &mut segment);
    let whole = url.url();
    let (path, query) = match whole.split_once('?') {
        None => (whole.as_str(), String::new()),
        Some((path, query)) => (path, format!("?{query}")),
    };
    let path = path.trim_end_matches('/');
    Endpoint::parse(&format!("{path}/{}{query}", segment.as_str())).ok()
}
