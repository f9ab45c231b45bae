//! `[scheme://]host[:port][/path]` split into its parts, and paths split into segments. A text that
//! two parsers could read differently is rejected.

use super::{InvalidTarget, Scheme};
use crate::text;

/// Splits `host` or `host:port`; the port is not parsed.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let bracket = authority.rfind(']');
    match authority.rfind(':') {
        Some(at) if bracket.is_none_or(|bracket| at > bracket) => {
            let (host, port) = authority.split_at(at);
            (host, Some(port.trim_start_matches(':')))
        }
        _ => (authority, None),
    }
}

/// Splits at the first `://`, without the search for a string, which is dear on a cache hit.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(':')?;
        match text.get(at..)?.strip_prefix("://") {
            Some(rest) => return Some((text.get(..at)?, rest)),
            None => from = at + 1,
        }
    }
}

fn parse_port(text: &str) -> Result<u16, InvalidTarget> {
    let plain = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if plain && port != 0 => Ok(port),
        _ => Err(InvalidTarget::Port),
    }
}

/// Splits a decoded path into segments. One trailing slash is dropped. A path that a server could
/// read as another path is rejected.
pub(super) fn parse_decoded_path(path: &str) -> Result<Vec<String>, InvalidTarget> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    // A server that decodes twice would read another path.
    if contains_any(path, &["%2e", "%2f", "%5c", "%00"]) {
        return Err(InvalidTarget::Path);
    }
    let segment = |s: &str| {
        let plain = !s.is_empty() && s != "." && s != "..";
        if plain && !s.contains(['\\', '/']) && !s.chars().any(char::is_control) {
            Ok(s.to_owned())
        } else {
            Err(InvalidTarget::Path)
        }
    };
    path.split('/').map(segment).collect()
}

/// Splits the path of a URL into segments, percent-decoded (RFC 3986 §2.1), since callers such as
/// git pass decoded paths.
pub(super) fn parse_url_path(path: &str) -> Result<Vec<String>, InvalidTarget> {
    if !path.contains('%') {
        return parse_decoded_path(path);
    }
    if contains_any(path, &["%2e", "%2f", "%5c"]) {
        return Err(InvalidTarget::Path);
    }
    parse_decoded_path(&percent_decode(path)?)
}

/// Whether the path contains one of these percent-encoded characters, in upper or lower case.
fn contains_any(path: &str, codes: &[&str]) -> bool {
    if !path.contains('%') {
        return false;
    }
    let lower = path.to_ascii_lowercase();
    codes.iter().any(|code| lower.contains(code))
}

/// Decodes a path in which only characters that a URL must encode are encoded, at least one of
/// them.
pub(super) fn decode_required_escapes(path: &str) -> Result<String, InvalidTarget> {
    let mut escapes = path.split('%').skip(1);
    let needed = |escape: &str| {
        let digits = escape
            .get(..2)
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        digits.is_some_and(|byte| {
            !byte.is_ascii_alphanumeric() && !b"-._~!$&'()*+,;=:@/\\".contains(&byte)
        })
    };
    if !path.contains('%') || !escapes.all(needed) {
        return Err(InvalidTarget::Path);
    }
    percent_decode(path)
}

fn percent_decode(path: &str) -> Result<String, InvalidTarget> {
    let bytes = text::percent_decoded(path.as_bytes()).ok_or(InvalidTarget::Path)?;
    String::from_utf8(bytes).map_err(|_| InvalidTarget::Path)
}

/// `[scheme://]host[:port][/path]`, split into its parts. Only the port is validated.
pub(super) struct Parts<'a> {
    pub(super) scheme: Option<Scheme>,
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
    pub(super) path: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, InvalidTarget> {
        let (scheme, rest) = match split_scheme(text) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
                (Some(Scheme::Https), rest)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
                (Some(Scheme::Http), rest)
            }
            Some(_) => return Err(InvalidTarget::Scheme),
            None => (None, text),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if rest.bytes().any(|b| matches!(b, b'?' | b'#')) {
            return Err(InvalidTarget::QueryOrFragment);
        }
        if authority.bytes().any(|b| b == b'@') {
            return Err(InvalidTarget::UserInfo);
        }
        let (host, port) = split_port(authority);
        let port = port.map(parse_port).transpose()?;
        Ok(Self {
            scheme,
            host,
            port,
            path: path.strip_prefix('/').unwrap_or(path),
        })
    }
}
