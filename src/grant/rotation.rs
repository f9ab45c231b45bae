//! Stored credentials that a request would invalidate: a refresh token that the provider rotates
//! (RFC 6749 §6, RFC 9700 §4.14.2), and a token that is rotated by a request. keyfob stores no
//! replacement, so the next request would be rejected.

use serde_json::Value;
use zeroize::Zeroizing;

use super::encode;
use super::response::NoToken;
use crate::credential::{Secret, wipe};
use crate::http::{Method, Request, Response};

/// The hint of [`message`].
pub const HINT: &str = "have the provider issue a refresh token that is not rotated, \
    or use a grant without one: client_credentials, jwt_bearer";
/// The maximum depth at which a refresh token is searched for.
const MAX_DEPTH: u8 = 4;

/// The error for a response with another refresh token. `url` is the request's.
#[must_use]
pub fn message(url: &str) -> String {
    format!(
        "{url} answered with another refresh token than was sent, which keyfob does not store; \
         the stored one may be used up"
    )
}

/// Whether a request rotates the token that it is sent with, such as GitLab's `POST …/self/rotate`.
#[must_use]
pub fn is_rotation_request(request: &Request) -> bool {
    request.method != Method::Get && last_segment(request).eq_ignore_ascii_case("rotate")
}

fn last_segment(request: &Request) -> String {
    let url = request.endpoint.url();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next();
    last.unwrap_or_default().to_owned()
}

/// Checks that a response has no other refresh token than the request. If the request had none, a
/// refresh token in the response is ignored.
///
/// # Errors
/// [`NoToken::Rotated`] if it has another one.
pub fn check_refresh_token_unchanged(
    request: &Request,
    response: &Response,
) -> Result<(), NoToken> {
    let Some(sent) = sent_values(request) else {
        return Ok(());
    };
    let Ok(mut body) = serde_json::from_slice::<Value>(response.body.expose()) else {
        return Ok(());
    };
    let mut replaced = false;
    visit_refresh_tokens(&body, MAX_DEPTH, &mut |token| {
        replaced |= !sent.iter().any(|sent| sent.equals(token));
    });
    wipe(&mut body);
    if replaced {
        Err(NoToken::Rotated)
    } else {
        Ok(())
    }
}

/// A value of the request, with its encoding.
enum SentValue {
    Json(Zeroizing<String>),
    Form(Zeroizing<String>),
    Header(Zeroizing<String>),
}

impl SentValue {
    fn equals(&self, token: &str) -> bool {
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

/// Every value of a request that sends a refresh token, else `None`. The name of a member,
/// `grant_type`, the type of an exchanged token (RFC 8693 §2.1), or a URL that ends in `refresh`
/// shows that it does.
fn sent_values(request: &Request) -> Option<Vec<SentValue>> {
    let text = |secret: &Secret| {
        secret
            .expose_text()
            .map(|text| Zeroizing::new(text.to_owned()))
    };
    let body = request.body.as_ref().and_then(text).unwrap_or_default();
    let mut members: Vec<(String, SentValue)> = Vec::new();
    match serde_json::from_str::<Value>(&body) {
        Ok(mut json) => {
            visit_strings(&json, MAX_DEPTH, &mut |name, value| {
                members.push((
                    name.to_owned(),
                    SentValue::Json(Zeroizing::new(value.to_owned())),
                ));
            });
            wipe(&mut json);
        }
        Err(_) => {
            let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
            members.extend(pairs.map(|(name, value)| {
                (
                    name.to_owned(),
                    SentValue::Form(Zeroizing::new(value.to_owned())),
                )
            }));
        }
    }
    let refreshes = members.iter().any(|(name, value)| {
        is_refresh_token(name)
            || name == "grant_type" && value.equals("refresh_token")
            || ["subject_token_type", "actor_token_type"].contains(&name.as_str())
                && value.equals("urn:ietf:params:oauth:token-type:refresh_token")
    });
    let values = members.into_iter().map(|(_, value)| value);
    if refreshes {
        return Some(values.collect());
    }
    let at_refresh = is_refresh_token(&last_segment(request))
        || last_segment(request).eq_ignore_ascii_case("refresh");
    let headers = request.headers.iter();
    let headers = headers.filter_map(|(_, value)| Some(SentValue::Header(text(value)?)));
    at_refresh.then(|| values.chain(headers).collect())
}

/// Whether it is `refresh_token`, `refreshToken` or `refresh-token`.
fn is_refresh_token(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters
        .map(|letter| letter.to_ascii_lowercase())
        .eq("refreshtoken".chars())
}

fn visit_refresh_tokens(body: &Value, depth: u8, visit: &mut dyn FnMut(&str)) {
    visit_strings(body, depth, &mut |name, value| {
        if is_refresh_token(name) && !value.is_empty() {
            visit(value);
        }
    });
}

/// Calls `visit` with the name and value of every member that is a string.
fn visit_strings(value: &Value, depth: u8, visit: &mut dyn FnMut(&str, &str)) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let Value::String(text) = value {
                    visit(name, text);
                }
                visit_strings(value, depth, visit);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| visit_strings(item, depth, visit)),
        _ => {}
    }
}
