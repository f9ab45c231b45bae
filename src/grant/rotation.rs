//! StaticToken credentials that a request uses up: a refresh token that the provider replaces (RFC 6749 §6, RFC 9700
//! §4.14.2), and a token that is rotated in place. What replaces them would be lost, and the next call refused.

use serde_json::Value;
use zeroize::Zeroizing;

use super::answer::NoToken;
use super::encode;
use crate::credential::{Secret, wipe};
use crate::http::{Method, Request, Response};

/// What to write instead.
pub const INSTEAD: &str = "have the provider issue a refresh token that is not rotated, or use a grant without \
    one: client_credentials, jwt_bearer";
/// How deep in an answer a refresh token is looked for.
const DEEPEST: u8 = 4;

/// What an answer did that brings another refresh token; `shown` is where it was asked.
#[must_use]
pub fn replaced(shown: &str) -> String {
    format!(
        "{shown} answered with another refresh token than was sent, which keyfob does not store; \
         the stored one may be used up"
    )
}

/// Whether a request asks to put a new token in the place of the one that it is sent with, such as GitLab's
/// `POST …/self/rotate`.
#[must_use]
pub fn replaces_the_stored_one(request: &Request) -> bool {
    request.method != Method::Get && last_segment(request).eq_ignore_ascii_case("rotate")
}

fn last_segment(request: &Request) -> String {
    let url = request.endpoint.url();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next();
    last.unwrap_or_default().to_owned()
}

/// Whether an answer brings another refresh token than the one that was sent. Where none was sent, one more is
/// of no use and does no harm.
///
/// # Errors
/// [`NoToken::Rotated`].
pub fn keeps_the_stored_one(request: &Request, answer: &Response) -> Result<(), NoToken> {
    let Some(sent) = sent(request) else {
        return Ok(());
    };
    let Ok(mut body) = serde_json::from_slice::<Value>(answer.body.expose()) else {
        return Ok(());
    };
    let mut others = false;
    refresh_tokens(&body, DEEPEST, &mut |token| {
        others |= !sent.iter().any(|sent| sent.is(token));
    });
    wipe(&mut body);
    if others {
        Err(NoToken::Rotated)
    } else {
        Ok(())
    }
}

/// A value that was sent.
enum Sent {
    Json(Zeroizing<String>),
    Form(Zeroizing<String>),
    Header(Zeroizing<String>),
}

impl Sent {
    fn is(&self, token: &str) -> bool {
        match self {
            Self::Json(value) => value.as_str() == token,
            Self::Form(value) => {
                let mut encoded = Zeroizing::new(String::new());
                encode::form_encode(token, &mut encoded);
                *value == encoded
            }
            Self::Header(value) => value.ends_with(token),
        }
    }
}

/// Every value that was sent, where one of them is a refresh token: by its member's name, by `grant_type`, or in
/// a header to a URL that ends in `refresh`.
fn sent(request: &Request) -> Option<Vec<Sent>> {
    let text = |secret: &Secret| {
        secret
            .expose_text()
            .map(|text| Zeroizing::new(text.to_owned()))
    };
    let body = request.body.as_ref().and_then(text).unwrap_or_default();
    let mut members: Vec<(String, Sent)> = Vec::new();
    match serde_json::from_str::<Value>(&body) {
        Ok(mut json) => {
            strings(&json, DEEPEST, &mut |name, value| {
                members.push((
                    name.to_owned(),
                    Sent::Json(Zeroizing::new(value.to_owned())),
                ));
            });
            wipe(&mut json);
        }
        Err(_) => {
            let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
            members.extend(pairs.map(|(name, value)| {
                (
                    name.to_owned(),
                    Sent::Form(Zeroizing::new(value.to_owned())),
                )
            }));
        }
    }
    let refreshes = members.iter().any(|(name, value)| {
        is_refresh_token(name) || name == "grant_type" && value.is("refresh_token")
    });
    let values = members.into_iter().map(|(_, value)| value);
    if refreshes {
        return Some(values.collect());
    }
    let at_refresh = is_refresh_token(&last_segment(request))
        || last_segment(request).eq_ignore_ascii_case("refresh");
    let headers = request.headers.iter();
    let headers = headers.filter_map(|(_, value)| Some(Sent::Header(text(value)?)));
    at_refresh.then(|| values.chain(headers).collect())
}

/// `refresh_token`, `refreshToken` and `refresh-token`.
fn is_refresh_token(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters
        .map(|letter| letter.to_ascii_lowercase())
        .eq("refreshtoken".chars())
}

fn refresh_tokens(body: &Value, depth: u8, visit: &mut dyn FnMut(&str)) {
    strings(body, depth, &mut |name, value| {
        if is_refresh_token(name) && !value.is_empty() {
            visit(value);
        }
    });
}

/// Calls `visit` with every member that is a string, by its name.
fn strings(value: &Value, depth: u8, visit: &mut dyn FnMut(&str, &str)) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let Value::String(text) = value {
                    visit(name, text);
                }
                strings(value, depth, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, depth, visit)),
        _ => {}
    }
}
