//! Looks for targets and callers in the text of a spec that is invalid or need not be parsed.

use std::path::Path;

use crate::target::{Pattern, Target};
use crate::world::Files;

/// A spec's text, without a check of the file's owner and mode: only its targets and callers are
/// used.
pub(super) fn unchecked(world: &dyn Files, path: &Path) -> Option<Vec<u8>> {
    world
        .read_value(path)
        .ok()
        .map(|text| text.expose().to_vec())
}

/// Whether no entry of this text's `targets` can match one of these targets: the text does not
/// contain the host without its first label, which an exact entry and a `*.` entry both contain. A
/// text with escapes may match, and so may an IPv6 address.
pub(super) fn cannot_list(text: &[u8], targets: &[Target]) -> bool {
    let occurs = |target: &Target| {
        let host = target.host().as_str();
        let above = host.split_once('.').map_or(host, |(_, above)| above);
        let is_that_host = |at: &[u8]| at.eq_ignore_ascii_case(above.as_bytes());
        host.starts_with('[') || text.windows(above.len().max(1)).any(is_that_host)
    };
    !text.contains(&b'\\') && !targets.iter().any(occurs)
}

/// Whether an invalid spec may be for this caller: it is not JSON, or its `callers` are empty or
/// include the caller.
pub(super) fn is_for(bytes: &[u8], caller: &str) -> bool {
    let spec = serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let callers = spec.as_ref().and_then(|spec| spec.get("callers"));
    match callers.and_then(serde_json::Value::as_array) {
        Some(named) => named.is_empty() || named.iter().any(|name| name == caller),
        None => true,
    }
}

/// Whether an invalid spec seems to list the target: by its `targets`, or, if it is not JSON, by
/// the host as a word in the text.
pub(super) fn lists(bytes: &[u8], target: &Target) -> bool {
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(value) => {
            let listed = value
                .get("targets")
                .and_then(serde_json::Value::as_array)
                .into_iter()
                .flatten();
            let patterns = listed.filter_map(|entry| Pattern::parse(entry.as_str()?).ok());
            patterns
                .into_iter()
                .any(|pattern| pattern.matches(target).is_some())
        }
        Err(_) => {
            let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
            let targets = text
                .split_once("\"targets\"")
                .map_or("", |(_, after)| after);
            let targets = targets.split(']').next().unwrap_or_default();
            let of_host = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
            let mut words = targets.split(|c: char| !of_host(c));
            let host = target.host().as_str();
            words.any(|word| {
                word == host
                    || word
                        .strip_prefix(host)
                        .is_some_and(|rest| rest.starts_with(':'))
            })
        }
    }
}

/// Whether the text of an invalid spec has `targets`.
pub(super) fn has_targets(bytes: &[u8]) -> bool {
    match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(value) => value
            .get("targets")
            .is_some_and(serde_json::Value::is_array),
        Err(_) => String::from_utf8_lossy(bytes).contains("\"targets\""),
    }
}
