//! The encodings of a request: forms, JSON bodies and Basic credentials.
//!
//! The form encoding is WHATWG `application/x-www-form-urlencoded` (RFC 6749 appendix B), but a
//! blank is `%20`: some servers do not decode `+` in Basic credentials, and all decode `%20`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::{Secret, wipe};
use crate::target::{Endpoint, InvalidTarget};

/// Why a secret cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    /// The secret is not UTF-8.
    Binary,
    /// The secret contains a control character, such as a line break.
    Control,
    /// The value is not an access key of AWS.
    NoAccessKey,
    /// The value of a URL is not one to which a request may be sent.
    Url(InvalidTarget),
    /// The value of a path is not one.
    Path,
    /// A client id that contains a colon, which separates it from the secret in raw Basic
    /// credentials.
    ColonInId,
}

impl std::fmt::Display for NotText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Binary => "the secret is not UTF-8 text",
            Self::Control => "the secret holds a line break or another control character",
            Self::NoAccessKey => {
                "`aws.keys` is not a JSON object with `AccessKeyId` and `SecretAccessKey`"
            }
            Self::Url(why) => {
                return write!(f, "the value of `url` is not a URL for a request: {why}");
            }
            Self::Path => {
                "the value of `url.path` is not a path of letters, digits and `-._~+@=,` alone"
            }
            Self::ColonInId => {
                "a client_id with a colon cannot be sent raw; use client_secret_basic or \
                 client_secret_post"
            }
        })
    }
}

/// The secret as one line of text.
///
/// # Errors
/// [`NotText::Binary`] or [`NotText::Control`].
pub fn text(secret: &Secret) -> Result<&str, NotText> {
    let text = secret.expose_text().ok_or(NotText::Binary)?;
    if text.chars().any(char::is_control) {
        Err(NotText::Control)
    } else {
        Ok(text)
    }
}

/// The secret as a form holds it, if that is another text.
#[must_use]
pub fn form_encoded(secret: &Secret) -> Option<Secret> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * secret.len()));
    form_encode(secret.expose_text().unwrap_or_default(), &mut encoded);
    (encoded.as_bytes() != secret.expose()).then(|| Secret::joined(&[&encoded]))
}

/// Percent-encodes everything but letters, digits and `*-._`.
pub fn form_encode(text: &str, out: &mut Zeroizing<String>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                out.push(char::from(
                    HEX.get(usize::from(digit)).copied().unwrap_or_default(),
                ));
            }
        }
    }
}

/// A field of a form or a JSON body: its name, its value, and whether that is an item of a list.
pub type Field<'a> = (&'a str, &'a str, bool);

/// A form body or a query, `name=value&…`. A list repeats its name, as RFC 8707 repeats `resource`.
#[must_use]
pub fn form(fields: &[Field<'_>]) -> Secret {
    let mut out = Zeroizing::new(String::with_capacity(
        fields
            .iter()
            .map(|(name, value, _)| 3 * (name.len() + value.len()) + 2)
            .sum::<usize>(),
    ));
    for (name, value, _) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        form_encode(name, &mut out);
        out.push('=');
        form_encode(value, &mut out);
    }
    Secret::new(out.as_bytes().to_vec())
}

/// The URL with these parameters appended to its query.
#[must_use]
pub fn with_query(endpoint: Endpoint, fields: &[Field<'_>]) -> Endpoint {
    match fields {
        [] => endpoint,
        fields => endpoint.with_query(form(fields).expose_text().unwrap_or_default()),
    }
}

/// A JSON object of strings and arrays of strings.
#[must_use]
pub fn json(fields: &[Field<'_>]) -> Secret {
    let mut object = serde_json::Map::new();
    for (name, value, is_item) in fields {
        let value = Value::from(*value);
        match object.get_mut(*name) {
            Some(Value::Array(values)) => values.push(value),
            _ if *is_item => drop(object.insert((*name).to_owned(), Value::Array(vec![value]))),
            _ => drop(object.insert((*name).to_owned(), value)),
        }
    }
    let mut value = Value::Object(object);
    let body = Secret::json(&value, "");
    wipe(&mut value);
    // An object of strings can always be serialized.
    body.unwrap_or_else(|| Secret::new(Vec::new()))
}

/// `Basic base64(id:secret)`. `raw` omits the form encoding, which RFC 6749 §2.3.1 requires and
/// many servers do not decode.
///
/// # Errors
/// [`NotText`] if the secret is not text, or if a raw id contains a colon.
pub fn basic(id: &str, secret: &Secret, raw: bool) -> Result<Secret, NotText> {
    let secret = text(secret)?;
    let mut pair = Zeroizing::new(String::with_capacity(3 * (id.len() + secret.len()) + 1));
    if raw {
        if id.contains(':') {
            return Err(NotText::ColonInId);
        }
        pair.push_str(id);
        pair.push(':');
        pair.push_str(secret);
    } else {
        form_encode(id, &mut pair);
        pair.push(':');
        form_encode(secret, &mut pair);
    }
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Ok(Secret::joined(&["Basic ", &encoded]))
}

/// A prefix and the value in Base64 for URLs (RFC 4648 §5), without padding.
#[must_use]
pub fn base64url(prefix: &str, value: &Secret) -> Secret {
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(value.expose()));
    Secret::joined(&[prefix, &encoded])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_before_base64() {
        let header = basic(
            "svc:ci/één",
            &Secret::from("p+ss w%rd&=~*".to_owned()),
            false,
        )
        .map(|s| s.expose().to_vec());
        let pair = "svc%3Aci%2F%C3%A9%C3%A9n:p%2Bss%20w%25rd%26%3D%7E*";
        assert_eq!(
            header.ok(),
            Some(format!("Basic {}", STANDARD.encode(pair)).into_bytes())
        );
    }

    #[test]
    fn raw_basic_credentials_are_sent_as_they_are() {
        let header = basic("svc", &Secret::from("p+ss w%rd&=~*".to_owned()), true)
            .map(|s| s.expose().to_vec());
        assert_eq!(
            header.ok(),
            Some(format!("Basic {}", STANDARD.encode("svc:p+ss w%rd&=~*")).into_bytes())
        );
        assert_eq!(
            basic("svc:ci", &Secret::from("x".to_owned()), true).err(),
            Some(NotText::ColonInId)
        );
    }

    #[test]
    fn a_secret_with_a_line_break_is_not_sent() {
        assert_eq!(
            basic("svc", &Secret::from("a\nb".to_owned()), false).err(),
            Some(NotText::Control)
        );
    }

    #[test]
    fn a_list_repeats_its_name_in_a_form_and_is_an_array_in_json() {
        let fields = [
            ("resource", "https://a", true),
            ("resource", "https://b", true),
            ("x", "1", false),
            ("y", "2", true),
        ];
        assert_eq!(
            form(&fields).expose(),
            b"resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb&x=1&y=2"
        );
        assert_eq!(
            json(&fields).expose(),
            br#"{"resource":["https://a","https://b"],"x":"1","y":["2"]}"#
        );
    }
}
