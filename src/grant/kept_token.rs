//! A token that is an object at the provider: made with an end, kept in a keyring until it is near, and revoked when the next one is kept
//! (`http` with `keep`). Pure: what is kept between two runs, and the requests about one object.
//!
//! An id that the provider gave goes into a URL as one path segment and nothing else; it never leads elsewhere.

pub mod record;

use serde_json::Value;
use zeroize::Zeroizing;

use super::answer::{self, NoToken, ResponseFormat};
use super::encode;
use super::template::Template;
use crate::credential::{Secret, Token, wipe};
use crate::http::Response;
use crate::source::KeyringEntry;
use crate::target::Endpoint;
use crate::time::Timestamp;

/// How the provider's tokens are listed.
#[derive(Debug, Clone)]
pub struct ListRequest<S> {
    /// The request.
    pub template: Template<S>,
    /// The parameter of the query that takes a name, where the provider looks for one itself.
    pub filter: Option<String>,
    /// JSON pointer to the array.
    pub items: String,
    /// JSON pointer from an item to its id.
    pub id: String,
    /// JSON pointer from an item to its name.
    pub name: String,
    /// The most items that one answer holds; with that many there may be more.
    pub page: usize,
}

/// A token that is made, kept and revoked.
#[derive(Debug, Clone)]
pub struct KeptToken<S> {
    /// The request that makes one; its body names it.
    pub create: Template<S>,
    /// Where the answer holds the token, and what tells its end.
    pub reading: ResponseFormat,
    /// JSON pointer to its id.
    pub id: String,
    /// Where it is kept.
    pub store: KeyringEntry,
    /// The request that ends one; its id is added to the URL.
    pub revoke: Template<S>,
    /// The request that finds one by its name.
    pub list: ListRequest<S>,
    /// The request that tells whether one is still there; its id is added to the URL.
    pub verify: Option<Template<S>>,
}

/// What a list says about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListResult {
    /// These have it.
    Found(Vec<String>),
    /// None has it.
    Nowhere,
    /// None that was listed has it, and there may be more.
    Unsure,
}

impl<S> KeptToken<S> {
    /// The same with every source put through `open`.
    ///
    /// # Errors
    /// The first that `open` gives.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<KeptToken<T>, E> {
        Ok(KeptToken {
            create: self.create.open(open)?,
            reading: self.reading.clone(),
            id: self.id.clone(),
            store: self.store.clone(),
            revoke: self.revoke.open(open)?,
            list: ListRequest {
                template: self.list.template.open(open)?,
                filter: self.list.filter.clone(),
                items: self.list.items.clone(),
                id: self.list.id.clone(),
                name: self.list.name.clone(),
                page: self.list.page,
            },
            verify: match &self.verify {
                None => None,
                Some(verify) => Some(verify.open(open)?),
            },
        })
    }

    /// A new token and its id, out of the answer to [`KeptToken::create`].
    ///
    /// # Errors
    /// [`NoToken`].
    pub fn read(
        &self,
        answer: &Response,
        asked_at: Timestamp,
        secrets: &[Secret],
    ) -> Result<(Token, String), NoToken> {
        let token = answer::read(answer, &self.reading, asked_at, secrets)?;
        let mut body = answer::success(answer, &self.reading, asked_at, secrets)?;
        let id = body.pointer(&self.id).and_then(id);
        wipe(&mut body);
        // It will stand in a URL, which is shown. A token may begin with its id.
        let own = token.access_token.expose();
        let is_prefix = |id: &String| 2 * id.len() <= own.len() && own.starts_with(id.as_str());
        let (mut sent, own) = (secrets.to_vec(), token.access_token.secret());
        if !id.as_ref().is_some_and(is_prefix) {
            sent.push(own);
        }
        if id.as_ref().is_some_and(|id| answer::may_hold(id, &sent)) {
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
    /// Where a name is looked for.
    #[must_use]
    pub fn url(&self, name: &str) -> Option<Endpoint> {
        let Some(filter) = &self.filter else {
            return Some(self.template.url.clone());
        };
        let url = self.template.url.url();
        let joint = if url.contains('?') { '&' } else { '?' };
        let pair = encode::form(&[(filter, name)]);
        Endpoint::parse(&format!("{url}{joint}{}", encode::text(&pair).ok()?)).ok()
    }

    /// Which of the listed tokens have exactly this name.
    ///
    /// # Errors
    /// [`NoToken::Nonsense`]: no list, or one of them has no id.
    pub fn named(&self, body: &Value, name: &str) -> Result<ListResult, NoToken> {
        let nonsense = |why: String| NoToken::Nonsense(why);
        let items = body
            .pointer(&self.items)
            .and_then(Value::as_array)
            .ok_or_else(|| nonsense(format!("there is no list at `{}`", self.items)))?;
        let found = items
            .iter()
            .filter(|item| item.pointer(&self.name).and_then(Value::as_str) == Some(name));
        let ids = found.map(|item| item.pointer(&self.id).and_then(id));
        let ids: Option<Vec<String>> = ids.collect();
        let ids = ids.ok_or_else(|| nonsense(format!("an item has no id at `{}`", self.id)))?;
        Ok(match ids.is_empty() {
            false => ListResult::Found(ids),
            true if items.len() >= self.page => ListResult::Unsure,
            true => ListResult::Nowhere,
        })
    }
}

/// Whom a value is about, where it is a JWT (RFC 7519 §4.1.1 and §4.1.2, and the vendors' names of clients and
/// tenants): it is made anew again and again, and stands for the same account.
#[must_use]
pub fn identity(value: &Secret) -> Option<Secret> {
    const CLAIMS: [&str; 7] = ["iss", "sub", "azp", "appid", "client_id", "tid", "oid"];
    let text = value.expose_text()?;
    // A signed JWT has three parts (RFC 7515 §3.1).
    text.split('.').nth(2)?;
    let mut payload = answer::claims(text)?;
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

/// An id that can be one segment of a path: of some length, and not one of the two that mean another folder.
fn id(value: &Value) -> Option<String> {
    let id = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let fits = (1..=256).contains(&id.len()) && id != "." && id != "..";
    fits.then_some(id)
}

/// The URL with an id as its last segment, percent-encoded.
#[must_use]
pub fn about(url: &Endpoint, id: &str) -> Option<Endpoint> {
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
