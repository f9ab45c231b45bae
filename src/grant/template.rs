//! A request as data: method, URL, headers and a structured body, with secrets only where they are
//! safe.
//!
//! A value is text or a special object: `{"secret": SOURCE}`, `{"bearer": SOURCE}` and
//! `{"basic": {…}}` in a header, `{"now": SECONDS}` and `{"unique": TEXT}` in a body. A body is a
//! map, never concatenated text, so nothing has to be escaped. A secret never becomes part of a
//! URL.

use std::convert::Infallible;

use serde_json::Value;

use super::encode::{self, NotText};
use super::url::Url;
use crate::credential::{Secret, wipe};
use crate::http::{Method, Request, sigv4};
use crate::source::aws::{NoAccessKey, Signature};
use crate::time::Timestamp;

/// A value in a header or a form.
#[derive(Debug, Clone)]
pub enum Slot<S> {
    /// Literal text.
    Text(String),
    /// A secret, unchanged.
    Secret(S),
    /// `Bearer` followed by the secret (RFC 6750 §2.1).
    Bearer(S),
    /// `Basic` with this user name and the secret as password (RFC 7617).
    Basic(String, S),
}

/// A JSON body or a part of it.
#[derive(Debug, Clone)]
pub enum Json<S> {
    /// A literal value.
    Literal(Value),
    /// A secret as a string.
    Secret(S),
    /// A time relative to the request.
    Now {
        /// Seconds after the request; may be negative.
        offset: i64,
        /// RFC 3339 instead of Unix seconds.
        rfc3339: bool,
    },
    /// A unique name: this text with the suffix of [`Template::with_unique_suffix`].
    Unique(String),
    /// An array.
    Array(Vec<Json<S>>),
    /// An object.
    Object(Vec<(String, Json<S>)>),
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum Body<S> {
    /// No body.
    Nothing,
    /// `application/x-www-form-urlencoded`
    Form(Vec<(String, Slot<S>)>),
    /// `application/json`
    Json(Json<S>),
}

/// A request as data.
#[derive(Debug, Clone)]
pub struct Template<S> {
    /// The HTTP method.
    pub method: Method,
    /// The URL with its query.
    pub url: Url<S>,
    /// Header fields in order. `Accept: application/json` is the default.
    pub headers: Vec<(String, Slot<S>)>,
    /// The body, which may be empty.
    pub body: Body<S>,
    /// The AWS signature that the request carries.
    pub aws: Option<Box<Signature<S>>>,
    /// Whether it may be sent again after the server may have processed it.
    pub repeatable: bool,
}

impl<S> Slot<S> {
    fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Slot<T>, E> {
        Ok(match self {
            Self::Text(text) => Slot::Text(text.clone()),
            Self::Secret(secret) => Slot::Secret(open(secret)?),
            Self::Bearer(secret) => Slot::Bearer(open(secret)?),
            Self::Basic(user, secret) => Slot::Basic(user.clone(), open(secret)?),
        })
    }
}

impl<S> Json<S> {
    fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Json<T>, E> {
        Ok(match self {
            Self::Literal(value) => Json::Literal(value.clone()),
            Self::Secret(secret) => Json::Secret(open(secret)?),
            Self::Now { offset, rfc3339 } => Json::Now {
                offset: *offset,
                rfc3339: *rfc3339,
            },
            Self::Unique(text) => Json::Unique(text.clone()),
            Self::Array(items) => Json::Array(
                items
                    .iter()
                    .map(|item| item.open(open))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Object(members) => {
                let opened = members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), value.open(open)?)));
                Json::Object(opened.collect::<Result<_, E>>()?)
            }
        })
    }
}

impl<S> Json<S> {
    /// Calls `visit` with every unique name.
    fn visit_unique_names(&mut self, visit: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Unique(text) => visit(text),
            Self::Array(items) => items
                .iter_mut()
                .for_each(|item| item.visit_unique_names(visit)),
            Self::Object(members) => members
                .iter_mut()
                .for_each(|(_, value)| value.visit_unique_names(visit)),
            Self::Literal(_) | Self::Secret(_) | Self::Now { .. } => {}
        }
    }
}

impl<S: Clone> Template<S> {
    /// Appends the suffix to every unique name, and returns those names.
    #[must_use]
    pub fn with_unique_suffix(&self, suffix: &str) -> (Self, Vec<String>) {
        let (mut template, mut names) = (self.clone(), Vec::new());
        if let Body::Json(json) = &mut template.body {
            json.visit_unique_names(&mut |text| {
                text.push_str(suffix);
                names.push(text.clone());
            });
        }
        (template, names)
    }
}

impl<S> Template<S> {
    /// Calls `visit` with every source, in the order in which they are opened.
    pub fn walk(&self, visit: &mut dyn FnMut(&S)) {
        let Ok(_) = self.open::<(), Infallible>(&mut |source| {
            visit(source);
            Ok(())
        });
    }

    /// Opens every source with `open`.
    ///
    /// # Errors
    /// The first error of `open`.
    pub fn open<T, E>(&self, open: &mut dyn FnMut(&S) -> Result<T, E>) -> Result<Template<T>, E> {
        let url = self.url.open(open)?;
        let mut slots = |slots: &[(String, Slot<S>)]| {
            let opened = slots
                .iter()
                .map(|(name, slot)| Ok((name.clone(), slot.open(open)?)));
            opened.collect::<Result<Vec<_>, E>>()
        };
        let headers = slots(&self.headers)?;
        let body = match &self.body {
            Body::Nothing => Body::Nothing,
            Body::Form(fields) => Body::Form(slots(fields)?),
            Body::Json(json) => Body::Json(json.open(open)?),
        };
        let aws = self.aws.as_ref().map(|aws| aws.open(open));
        Ok(Template {
            method: self.method,
            url,
            headers,
            body,
            aws: aws.transpose()?.map(Box::new),
            repeatable: self.repeatable,
        })
    }
}

impl Slot<Secret> {
    fn value(&self) -> Result<Secret, NotText> {
        Ok(match self {
            Self::Text(text) => Secret::from(text.clone()),
            Self::Secret(secret) => Secret::from(encode::text(secret)?.to_owned()),
            Self::Bearer(secret) => Secret::joined(&["Bearer ", encode::text(secret)?]),
            Self::Basic(user, secret) => encode::basic(user, secret, true)?,
        })
    }
}

impl Json<Secret> {
    fn value(&self, now: Timestamp) -> Result<Value, NotText> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Secret(secret) => Value::from(secret.expose_text().ok_or(NotText::Binary)?),
            Self::Now { offset, rfc3339 } => {
                let time = Timestamp::from_unix(now.unix().saturating_add(*offset));
                if *rfc3339 {
                    Value::from(time.rfc3339())
                } else {
                    Value::from(time.unix())
                }
            }
            Self::Unique(text) => Value::from(text.clone()),
            Self::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| item.value(now))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), value.value(now)?)));
                Value::Object(members.collect::<Result<_, NotText>>()?)
            }
        })
    }
}

impl Template<Secret> {
    /// The request at the time `now`.
    ///
    /// # Errors
    /// [`NotText`] if a secret cannot be put into the request.
    pub fn request(&self, now: Timestamp) -> Result<Request, NotText> {
        let mut headers = Vec::with_capacity(self.headers.len() + 2);
        let has_header = |wanted: &str| {
            self.headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        if !has_header("accept") {
            headers.push((
                "accept".to_owned(),
                Secret::from("application/json".to_owned()),
            ));
        }
        for (name, slot) in &self.headers {
            headers.push((name.to_ascii_lowercase(), slot.value()?));
        }
        let (media_type, body) = match &self.body {
            Body::Nothing => (None, None),
            Body::Form(fields) => {
                let values = fields
                    .iter()
                    .map(|(name, slot)| Ok((name.as_str(), slot.value()?)));
                let values = values.collect::<Result<Vec<_>, NotText>>()?;
                let pairs = values
                    .iter()
                    .map(|(name, value)| Ok((*name, encode::text(value)?, false)));
                let pairs = pairs.collect::<Result<Vec<_>, NotText>>()?;
                (
                    Some("application/x-www-form-urlencoded"),
                    Some(encode::form(&pairs)),
                )
            }
            Body::Json(json) => {
                let mut value = json.value(now)?;
                let text = Secret::json(&value, "");
                wipe(&mut value);
                (Some("application/json"), text)
            }
        };
        if let Some(media_type) = media_type.filter(|_| !has_header("content-type")) {
            headers.push((
                "content-type".to_owned(),
                Secret::from(media_type.to_owned()),
            ));
        }
        let (method, endpoint, repeatable) = (self.method, self.url.endpoint()?, self.repeatable);
        let mut request = Request {
            method,
            endpoint,
            headers,
            body,
            repeatable,
        };
        if let Some(aws) = &self.aws {
            let key = aws.key().map_err(|NoAccessKey| NotText::NoAccessKey)?;
            sigv4::sign(&mut request, &key, aws.scope(now));
        }
        Ok(request)
    }
}
