//! Where a response holds one value: a JSON pointer (RFC 6901), an XML element, a header field, or
//! the whole body.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::NoToken;
use crate::credential::{AccessToken, Secret};
use crate::http::Response;
use crate::text::visible;
use crate::time::xml;

/// The longest user name in bytes.
const MAX_USERNAME: usize = 512;

/// The location of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A pointer into a JSON response.
    Pointer(String),
    /// The one element of this name in an XML response.
    Element(String),
    /// The header field of this name, in lower case.
    Header(String),
    /// The whole body.
    Text,
    /// A pointer to `user:password` in Base64.
    Basic(String),
}

impl Location {
    /// Whether it is in the body, and the body has to be JSON or XML.
    pub(super) fn needs_document(&self) -> bool {
        matches!(self, Self::Pointer(_) | Self::Element(_) | Self::Basic(_))
    }

    /// The value as text. The error says what is wrong with `what`.
    pub(super) fn read(
        &self,
        what: &str,
        response: &Response,
        body: &Value,
    ) -> Result<Secret, String> {
        let text = match self {
            Self::Pointer(pointer) | Self::Basic(pointer) => match body.pointer(pointer) {
                Some(Value::String(text)) => text,
                Some(_) => return Err(format!("`{pointer}` is not a string")),
                None => return Err(format!("there is no {what} at `{pointer}`")),
            },
            Self::Element(name) => {
                let elements = xml::elements(body, name);
                let (first, others) = elements
                    .split_first()
                    .ok_or_else(|| format!("there is no element `{name}`"))?;
                if others.iter().any(|other| other != first) {
                    return Err(format!("the elements `{name}` differ"));
                }
                match first {
                    Value::String(text) => text,
                    Value::Object(members) => return read_members(members),
                    _ => return Err(format!("`{name}` is not text")),
                }
            }
            Self::Header(name) => {
                let field = response.only_header(name);
                field.map_err(|is_repeated| match is_repeated {
                    true => format!("the header `{name}` is repeated"),
                    false => format!("there is no header `{name}`"),
                })?
            }
            Self::Text => body.as_str().unwrap_or_default(),
        };
        Ok(Secret::from(text.to_owned()))
    }

    /// What must not be shown of a response: every text at this location, decoded too.
    pub(super) fn add_secrets(
        &self,
        response: &Response,
        body: Option<&Value>,
        secrets: &mut Vec<Secret>,
    ) {
        match self {
            Self::Element(name) => {
                let elements = body.map(|body| xml::elements(body, name));
                let elements = elements.into_iter().flatten();
                elements.for_each(|element| add_texts(element, secrets));
            }
            Self::Header(name) => {
                let fields = response.headers.iter().filter(|(field, _)| field == name);
                secrets.extend(fields.map(|(_, value)| Secret::from(value.clone())));
            }
            Self::Pointer(pointer) | Self::Basic(pointer) => {
                let Some(text) = body.and_then(|body| body.pointer(pointer)?.as_str()) else {
                    return;
                };
                secrets.push(Secret::from(text.to_owned()));
                if matches!(self, Self::Basic(_))
                    && let Some((_, password)) = decode_basic(text)
                {
                    secrets.push(password);
                }
            }
            // An error's text is the whole body, and is shown.
            Self::Text => {}
        }
    }
}

/// User name and password of Basic credentials (RFC 7617 §2), with or without padding.
pub(super) fn decode_basic(encoded: &str) -> Option<(String, Secret)> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let pair = Zeroizing::new(LENIENT.decode(encoded).ok()?);
    let (user, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some((user.to_owned(), Secret::from(password.to_owned())))
}

/// The user name at a location of the response.
///
/// # Errors
/// [`NoToken::NoUsername`] if there is none, or none that can be used.
pub fn read_username(
    location: &Location,
    response: &Response,
    body: &Value,
) -> Result<String, NoToken> {
    let name = location.read("user name", response, body);
    let name = name.and_then(|name| check_username(name.expose_text().unwrap_or_default()));
    name.map_err(|why| NoToken::NoUsername(format!("HTTP {}, {why}", response.status)))
}

/// A user name that every caller can be told: it starts no line, and fits into Basic credentials.
pub(super) fn check_username(name: &str) -> Result<String, String> {
    let is_shown = |c: char| c == ' ' || visible(c) == c;
    if name.is_empty() || name.len() > MAX_USERNAME {
        return Err(format!(
            "the user name is empty or longer than {MAX_USERNAME} bytes"
        ));
    }
    if !name.chars().all(is_shown) || name.contains(':') {
        return Err("the user name holds a colon or a character that is not seen".to_owned());
    }
    Ok(name.to_owned())
}

/// The members of an element with children, as JSON. Every text must be a valid token by itself.
fn read_members(members: &Map<String, Value>) -> Result<Secret, String> {
    for (name, value) in members {
        let problem = match value {
            Value::String(text) => AccessToken::parse(text).err().map(|why| why.to_string()),
            Value::Number(_) => None,
            _ => Some("there is more than one text".to_owned()),
        };
        if let Some(problem) = problem {
            return Err(format!("in the element `{name}`, {problem}"));
        }
    }
    Secret::json(members, "").ok_or_else(|| "its parts cannot be written as JSON".to_owned())
}

/// Adds every string in a value.
fn add_texts(value: &Value, secrets: &mut Vec<Secret>) {
    match value {
        Value::String(text) => secrets.push(Secret::from(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| add_texts(item, secrets)),
        Value::Object(members) => members.values().for_each(|item| add_texts(item, secrets)),
        _ => {}
    }
}
