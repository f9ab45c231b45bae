//! The canonical form of a request's parts, which is what AWS signs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use zeroize::Zeroizing;

use crate::credential::Secret;
use crate::text::hex;

/// The bytes that are percent-encoded in a query: all but the unreserved ones (RFC 3986 §2.3).
pub(super) const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The bytes that are percent-encoded in a path.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// The canonical path: without dot segments and empty segments (RFC 3986 §5.2.4), then encoded. A
/// path that is sent encoded is encoded once more.
pub(super) fn path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut text = Zeroizing::new(String::from("/"));
    encode(segments.join("/").as_bytes(), PATH, &mut text);
    if path.ends_with('/') && !segments.is_empty() {
        text.push('/');
    }
    text.to_string()
}

/// Appends the bytes, percent-encoded if the set contains them.
pub(super) fn encode(bytes: &[u8], set: &'static AsciiSet, out: &mut Zeroizing<String>) {
    percent_encode(bytes, set).for_each(|part| out.push_str(part));
}

/// Appends a header's canonical value: trimmed, with one blank for each run of blanks.
pub(super) fn one_line(value: &Secret, out: &mut Zeroizing<String>) {
    let text = value.expose_text().unwrap_or_default();
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}
