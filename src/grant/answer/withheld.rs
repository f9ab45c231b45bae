//! Which of a provider's words are withheld: those that may hold a part of a secret.
//!
//! A server may repeat what it was sent, in any encoding, whole or cut short. So nothing is cut out of its words. They are repeated only
//! if no ten letters or digits in a row of a secret stand in them, neither in the words nor in what the usual decodings make of them, and
//! neither of the secret nor of its Base64 and hexadecimal forms. Punctuation, blanks and case do not count.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::decode::{folded, readings};

/// So many letters and digits in a row are a part of a secret.
const WINDOW: usize = 10;
/// A secret with fewer letters and digits is not looked for: it would be found everywhere.
const FEWEST: usize = 4;
/// So many bytes of secrets can be looked for in the time of a call: each takes a hundred windows. It is twice the longest token.
const MOST: usize = 128_000;

type Text = Zeroizing<String>;

/// Whether the words may hold a part of one of the secrets. Also of words in letters that only look like others.
pub(super) fn may_hold(words: &str, secrets: &[&[u8]]) -> bool {
    if words.is_empty() || secrets.is_empty() {
        return false;
    }
    if is_disguised(words) || secrets.iter().map(|secret| secret.len()).sum::<usize>() > MOST {
        return true;
    }
    let readings: Vec<Text> = readings(words).iter().map(|text| folded(text)).collect();
    let hashes = Hashes::of(&readings);
    secrets.iter().any(|secret| {
        let secret = unarmoured(secret);
        let length = folded(&secret).chars().count();
        if length < FEWEST {
            // Signs alone cannot be looked for, so nothing is said at all.
            return secret.trim().chars().count() >= FEWEST;
        }
        forms(&secret).iter().any(|form| {
            let form = folded(form);
            let windows = || form.as_bytes().windows(window(form.len()));
            let found = |window: &[u8]| match std::str::from_utf8(window) {
                _ if window.len() == WINDOW => hashes.hold(hash(window)) && says_something(window),
                Ok(text) => {
                    says_something(window) && readings.iter().any(|reading| reading.contains(text))
                }
                Err(_) => false,
            };
            if windows().any(says_something) {
                windows().any(found)
            } else {
                readings
                    .iter()
                    .any(|reading| reading.contains(form.as_str()))
            }
        })
    })
}

/// How many letters and digits in a row are a part of a secret that has so many: of a short one fewer.
fn window(length: usize) -> usize {
    (length / 2 + 2).clamp(FEWEST, WINDOW).min(length)
}

/// The hashes of all windows of the readings.
struct Hashes {
    in_order: Vec<u64>,
    /// A bit for every beginning of a hash: nearly all that are asked for are none of them.
    beginnings: Vec<bool>,
}

impl Hashes {
    /// Bits of a hash's beginning.
    const BEGINNING: u32 = 20;

    fn of(readings: &[Text]) -> Self {
        let windows = readings
            .iter()
            .flat_map(|text| text.as_bytes().windows(WINDOW));
        let mut in_order: Vec<u64> = windows.map(hash).collect();
        in_order.sort_unstable();
        let mut beginnings = vec![false; 1 << Self::BEGINNING];
        for hash in &in_order {
            if let Some(there) = beginnings.get_mut(Self::beginning(*hash)) {
                *there = true;
            }
        }
        Self {
            in_order,
            beginnings,
        }
    }

    fn beginning(hash: u64) -> usize {
        usize::try_from(hash >> (u64::BITS - Self::BEGINNING)).unwrap_or_default()
    }

    fn hold(&self, hash: u64) -> bool {
        self.beginnings.get(Self::beginning(hash)) == Some(&true)
            && self.in_order.binary_search(&hash).is_ok()
    }
}

/// A row of zeros, or of two characters, is part of many things.
fn says_something(window: &[u8]) -> bool {
    let (Some(first), Some(other)) = (
        window.first(),
        window.iter().find(|byte| Some(*byte) != window.first()),
    ) else {
        return false;
    };
    window.iter().any(|byte| byte != first && byte != other)
}

/// FNV-1a (<https://www.rfc-editor.org/rfc/rfc9923>): two windows with one hash withhold words that could have been said, no more.
fn hash(window: &[u8]) -> u64 {
    window.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The secret as text, without the lines that frame a PEM: they are the same for every key.
fn unarmoured(secret: &[u8]) -> Text {
    let text = Zeroizing::new(String::from_utf8_lossy(secret).into_owned());
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    Zeroizing::new(lines.collect::<Vec<_>>().join("\n"))
}

/// The secret, its Base64 and hexadecimal forms, and theirs; the same of its UTF-16.
fn forms(secret: &Text) -> Vec<Text> {
    let wide: Zeroizing<Vec<u8>> =
        Zeroizing::new(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let mut forms = encoded(&wide);
    forms.extend(encoded(secret.as_bytes()));
    let twice: Vec<Text> = forms
        .iter()
        .flat_map(|form| encoded(form.as_bytes()))
        .collect();
    forms.extend(twice);
    forms.push(secret.clone());
    forms
}

/// Base 16, and Base 64 wherever the bytes fall among the groups of three (Basic puts `id:` before a secret), without the characters at
/// either end that their neighbours have a part in.
fn encoded(bytes: &[u8]) -> Vec<Text> {
    let mut forms = vec![hexadecimal(bytes)];
    for (before, foreign) in [(0, 0), (1, 2), (2, 3)] {
        let mut shifted = Zeroizing::new(vec![0; before]);
        shifted.extend_from_slice(bytes);
        let shared = usize::from(shifted.len() % 3 != 0);
        let whole = Zeroizing::new(STANDARD_NO_PAD.encode(&*shifted));
        let own = whole.get(foreign..whole.len().saturating_sub(shared));
        // What is shorter than this is found everywhere.
        if let Some(own) = own.filter(|own| own.len() >= FEWEST + 2) {
            forms.push(Zeroizing::new(own.to_owned()));
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

/// Letters that look like others, characters that carry what is not seen, and words of two alphabets.
fn is_disguised(words: &str) -> bool {
    let odd = |c: char| {
        matches!(c,
            '\u{1d00}'..='\u{1dbf}' | '\u{2070}'..='\u{209f}' | '\u{2100}'..='\u{218f}'
            | '\u{2460}'..='\u{24ff}' | '\u{2800}'..='\u{28ff}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}'
            | '\u{e0000}'..='\u{e0fff}')
    };
    let similar = |c: char| matches!(c, '\u{370}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}');
    let mixed =
        |word: &str| word.contains(|c: char| c.is_ascii_alphabetic()) && word.contains(similar);
    words.contains(odd) || words.split_whitespace().any(mixed)
}
