//! Decides whether a provider's text may contain a part of a secret. Such a text is withheld.
//!
//! A server may echo a secret, in any encoding, whole or truncated, so replacing the secret in the
//! text is not enough. A text may be shown only if neither it nor one of its decodings contains ten
//! consecutive letters or digits of the secret, or of its Base64 and hexadecimal forms.
//! Punctuation, blanks and case are ignored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::decode::{decodings, fold};
use crate::credential::Secret;

/// How many consecutive letters and digits are a part of a secret.
const WINDOW: usize = 10;
/// A secret with fewer letters and digits is not searched for: it would be found in any text.
const MIN_LENGTH: usize = 4;
/// The limit of what can be searched for in the time of a call: each byte takes a hundred windows.
/// Twice the longest token.
const MAX_SECRET_BYTES: usize = 128_000;
/// The same for how many secrets there are: each takes forty encodings, however short it is.
const MAX_SECRETS: usize = 1000;

type Text = Zeroizing<String>;

/// Whether a text may contain a part of one of the secrets, in any encoding. True for a text with
/// lookalike letters.
#[must_use]
pub fn may_contain_secret(text: &str, secrets: &[Secret]) -> bool {
    if text.is_empty() || secrets.is_empty() {
        return false;
    }
    let is_too_much = secrets.len() > MAX_SECRETS
        || secrets.iter().map(Secret::len).sum::<usize>() > MAX_SECRET_BYTES;
    if is_too_much || has_lookalikes(text) {
        return true;
    }
    let decodings: Vec<Text> = decodings(text).iter().map(|text| fold(text)).collect();
    let hashes = Hashes::of(&decodings);
    secrets.iter().any(|secret| {
        let secret = without_pem_lines(secret.expose());
        let length = fold(&secret).chars().count();
        if length < MIN_LENGTH {
            // A secret of punctuation cannot be searched for, so every text is withheld.
            return secret.trim().chars().count() >= MIN_LENGTH;
        }
        encoded_forms(&secret).iter().any(|form| {
            let form = fold(form);
            let windows = || form.as_bytes().windows(window_length(form.len()));
            let found = |window: &[u8]| match std::str::from_utf8(window) {
                _ if window.len() == WINDOW => {
                    hashes.contain(hash(window)) && is_distinctive(window)
                }
                Ok(text) => {
                    is_distinctive(window)
                        && decodings.iter().any(|decoding| decoding.contains(text))
                }
                Err(_) => false,
            };
            if windows().any(is_distinctive) {
                windows().any(found)
            } else {
                decodings
                    .iter()
                    .any(|decoding| decoding.contains(form.as_str()))
            }
        })
    })
}

/// How many consecutive letters and digits are a part of a secret of this length: fewer of a short
/// one.
fn window_length(length: usize) -> usize {
    (length / 2 + 2).clamp(MIN_LENGTH, WINDOW).min(length)
}

/// The hashes of all windows of the decodings.
struct Hashes {
    sorted: Vec<u64>,
    /// Whether a hash with this prefix exists: for most windows it does not, which saves the
    /// search.
    prefixes: Vec<bool>,
}

impl Hashes {
    /// The length of a prefix in bits.
    const PREFIX_BITS: u32 = 20;

    fn of(decodings: &[Text]) -> Self {
        let windows = decodings
            .iter()
            .flat_map(|text| text.as_bytes().windows(WINDOW));
        let mut sorted: Vec<u64> = windows.map(hash).collect();
        sorted.sort_unstable();
        let mut prefixes = vec![false; 1 << Self::PREFIX_BITS];
        for hash in &sorted {
            if let Some(there) = prefixes.get_mut(Self::prefix(*hash)) {
                *there = true;
            }
        }
        Self { sorted, prefixes }
    }

    fn prefix(hash: u64) -> usize {
        usize::try_from(hash >> (u64::BITS - Self::PREFIX_BITS)).unwrap_or_default()
    }

    fn contain(&self, hash: u64) -> bool {
        self.prefixes.get(Self::prefix(hash)) == Some(&true)
            && self.sorted.binary_search(&hash).is_ok()
    }
}

/// A window of one or two different characters occurs in many texts.
fn is_distinctive(window: &[u8]) -> bool {
    let (Some(first), Some(other)) = (
        window.first(),
        window.iter().find(|byte| Some(*byte) != window.first()),
    ) else {
        return false;
    };
    window.iter().any(|byte| byte != first && byte != other)
}

/// FNV-1a (<https://www.rfc-editor.org/rfc/rfc9923>): a collision withholds a text that could have
/// been shown, no more.
fn hash(window: &[u8]) -> u64 {
    window.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The secret as text, without the BEGIN and END lines of PEM, which are the same in every key.
fn without_pem_lines(secret: &[u8]) -> Text {
    let text = Zeroizing::new(String::from_utf8_lossy(secret).into_owned());
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    Zeroizing::new(lines.collect::<Vec<_>>().join("\n"))
}

/// The secret and its UTF-16, each encoded in Base64 and hexadecimal, once and twice.
fn encoded_forms(secret: &Text) -> Vec<Text> {
    let wide: Zeroizing<Vec<u8>> =
        Zeroizing::new(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let mut forms = encode(&wide);
    forms.extend(encode(secret.as_bytes()));
    let twice: Vec<Text> = forms
        .iter()
        .flat_map(|form| encode(form.as_bytes()))
        .collect();
    forms.extend(twice);
    forms.push(secret.clone());
    forms
}

/// Base 16, and Base 64 at each of the three alignments (Basic puts `id:` before a secret), without
/// the characters at either end that depend on neighbouring bytes.
fn encode(bytes: &[u8]) -> Vec<Text> {
    let mut forms = vec![hexadecimal(bytes)];
    for (before, skipped) in [(0, 0), (1, 2), (2, 3)] {
        let mut shifted = Zeroizing::new(vec![0; before]);
        shifted.extend_from_slice(bytes);
        let shared = usize::from(shifted.len() % 3 != 0);
        let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*shifted));
        let inner = encoded.get(skipped..encoded.len().saturating_sub(shared));
        // A shorter one would be found in any text.
        if let Some(inner) = inner.filter(|inner| inner.len() >= MIN_LENGTH + 2) {
            forms.push(Zeroizing::new(inner.to_owned()));
        }
    }
    forms
}

fn hexadecimal(bytes: &[u8]) -> Text {
    let mut form = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for half in bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
        form.extend(char::from_digit(u32::from(half), 16));
    }
    form
}

/// Whether the text has lookalike letters, invisible characters, or words that mix alphabets.
fn has_lookalikes(text: &str) -> bool {
    let is_lookalike = |c: char| {
        matches!(c,
            '\u{1d00}'..='\u{1dbf}' | '\u{2070}'..='\u{209f}' | '\u{2100}'..='\u{218f}'
            | '\u{2460}'..='\u{24ff}' | '\u{2800}'..='\u{28ff}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}'
            | '\u{e0000}'..='\u{e0fff}')
    };
    let is_greek_or_cherokee =
        |c: char| matches!(c, '\u{370}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}');
    let mixed = |word: &str| {
        word.contains(|c: char| c.is_ascii_alphabetic()) && word.contains(is_greek_or_cherokee)
    };
    text.contains(is_lookalike) || text.split_whitespace().any(mixed)
}
