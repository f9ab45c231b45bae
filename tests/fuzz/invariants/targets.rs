//! Targets, patterns and endpoints: what is accepted is written back as the same, and a pattern means what a second reader says it does.
//!
//! The bytes are a pattern, a target and an endpoint, one on each line; what lacks is the line before.

use std::net::Ipv6Addr;

use keyfob::target::{Endpoint, Host, Pattern, Scheme, Target};

use super::first_line;

/// A pattern, a target and an endpoint.
pub fn target(bytes: &[u8]) -> bool {
    let (first, rest) = first_line(bytes);
    let (second, third) = first_line(rest);
    let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    let written = text(first);
    let named = if second.is_empty() {
        written.clone()
    } else {
        text(second)
    };
    let url = if third.is_empty() {
        named.clone()
    } else {
        text(first_line(third).0)
    };
    let (pattern, target) = (Pattern::parse(&written), Target::parse(&named));
    if let Ok(pattern) = &pattern {
        if let Some(host) = pattern.single_host() {
            let again = Pattern::parse(&host).expect("a host that is shown is a pattern");
            assert_eq!(again.single_host(), Some(host));
        }
        assert_well_put(
            &format!("{written} "),
            Pattern::parse(&format!("{written} ")).is_ok(),
        );
    }
    if let Ok(target) = &target {
        assert_written_back(target);
        // Everything that names a target without a path, or with a scheme, lists it.
        if named.contains("://") || !named.contains('/') {
            let itself = Pattern::parse(&named).expect("a target is a pattern");
            assert!(
                itself.matches(target).is_some(),
                "{named} does not mean itself"
            );
        }
    }
    if let (Ok(pattern), Ok(target)) = (&pattern, &target) {
        assert_eq!(
            pattern.matches(target).is_some(),
            means(&written, &named),
            "{written} and {named}"
        );
    }
    let endpoint = Endpoint::parse(&url);
    if let Ok(endpoint) = &endpoint {
        let whole = endpoint.url();
        assert!(whole.bytes().all(|b| b.is_ascii_graphic()));
        assert_eq!(Endpoint::parse(&whole).as_ref(), Ok(endpoint));
        assert!(endpoint.scheme() == Scheme::Https || endpoint.host().is_loopback());
        assert!(
            whole.starts_with(&endpoint.without_query()) && !endpoint.without_query().contains('?')
        );
        assert!(endpoint.port() != 0 && endpoint.without_query().starts_with(&endpoint.origin()));
        assert_eq!(
            Target::parse(&endpoint.origin()).map(|t| t.host().clone()),
            Ok(endpoint.host().clone())
        );
    }
    pattern.is_ok() || target.is_ok() || endpoint.is_ok()
}

/// A blank is no part of a host or a port; of a path it may be.
fn assert_well_put(text: &str, accepted: bool) {
    let path = text
        .split_once("://")
        .map_or(text, |(_, rest)| rest)
        .contains('/');
    assert!(!accepted || path, "{text:?} is taken for a pattern");
}

/// What a target shows of itself names the same target, once its path is encoded.
fn assert_written_back(target: &Target) {
    let shown = target.to_string();
    let (scheme, rest) = shown.split_once("://").expect("a scheme");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let encoded: String = path
        .bytes()
        .map(|byte| match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let again = Target::parse(&format!("{scheme}://{authority}/{encoded}"));
    assert_eq!(again.as_ref(), Ok(target), "{shown}");
    let decoded = Target::with_decoded_path(&format!("{scheme}://{authority}"), path);
    assert_eq!(decoded.as_ref(), Ok(target), "{shown}");
    let host = target.host().as_str();
    assert_eq!(Host::parse(host).as_ref(), Ok(target.host()));
    assert!(!host.bytes().any(|b| b.is_ascii_uppercase()));
    assert!(scheme == "https" || target.host().is_loopback());
}

/// Scheme, host, port and path as a second reader has them, of a text that the first has accepted.
fn parts(text: &str) -> (Option<String>, String, Option<u16>, Vec<String>) {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, text),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let port_at = authority
        .rfind(':')
        .filter(|at| !authority[*at..].contains(']'));
    let (host, port) = match port_at {
        Some(at) => (&authority[..at], authority[at + 1..].parse().ok()),
        None => (authority, None),
    };
    let host = match host.trim_matches(['[', ']']).parse::<Ipv6Addr>() {
        Ok(address) => address.to_string(),
        Err(_) => host.to_ascii_lowercase(),
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments = path
        .split('/')
        .filter(|_| !path.is_empty())
        .map(decoded)
        .collect();
    (scheme, host, port, segments)
}

fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let [byte, behind @ ..] = rest {
        rest = behind;
        match (byte, rest) {
            (b'%', [high, low, behind @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("digits"));
                rest = behind;
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).expect("an accepted path is UTF-8")
}

/// Whether a pattern means a target, in the words of the README: exact hosts, whole segments, the scheme's own port, `*.` one label.
pub fn means(pattern: &str, target: &str) -> bool {
    let (wanted, listed, listed_port, prefix) = parts(pattern);
    let (scheme, host, port, path) = parts(target);
    let scheme = scheme.unwrap_or_else(|| "https".to_owned());
    let own = if scheme == "https" { 443 } else { 80 };
    let host_fits = match listed.strip_prefix("*.") {
        Some(parent) => {
            let label = host
                .strip_suffix(parent)
                .and_then(|rest| rest.strip_suffix('.'));
            label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        }
        None => listed == host,
    };
    let segments_fit = prefix.len() <= path.len() && prefix.iter().zip(&path).all(|(a, b)| a == b);
    wanted.is_none_or(|wanted| wanted == scheme)
        && host_fits
        && listed_port.unwrap_or(own) == port.unwrap_or(own)
        && segments_fit
}
