//! A provider's words made into one sober line: for a terminal, a CI log, and a cache that others read.
//!
//! A server may repeat what it was sent, as it is or encoded, whole or cut short; it may also be hostile. Azure Pipelines looks for
//! `##vso[` and GitHub's runner for `##[` anywhere in a line, so no two `#` ever stand together. Never an error, never longer than asked.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Longest excerpt of a provider's words, in characters.
const EXCERPT: usize = 300;
/// How much of a text is looked at, in characters: a secret is looked for at each of them.
const CONSIDERED: usize = 4096;
/// Shorter secrets are not looked for: they would be found everywhere.
const SHORTEST: usize = 4;
/// The first bytes of a secret that are enough to be one, for a server that cuts it short.
const ENOUGH: usize = 12;
/// How HTML writes what could end an attribute or a text.
const ENTITIES: &[(u8, &[u8])] = &[
    (b'&', b"&amp;"),
    (b'<', b"&lt;"),
    (b'>', b"&gt;"),
    (b'"', b"&quot;"),
    (b'"', b"&#34;"),
    (b'\'', b"&#39;"),
];

/// The character, or a blank for one that controls a terminal or turns the direction of writing.
#[must_use]
pub fn visible(c: char) -> char {
    match c {
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// The words in one line of at most 300 characters, without control and bidirectional characters, and without `secrets`.
pub(super) fn sober(text: &str, secrets: &[&str]) -> String {
    let is_long = |secret: &&&str| secret.len() >= SHORTEST;
    let secrets: Vec<&str> = secrets.iter().filter(is_long).copied().collect();
    let forms = |secret: &&str| {
        let itself = Zeroizing::new((*secret).to_owned());
        std::iter::once(itself)
            .chain(in_base64(secret.as_bytes()))
            .chain(in_hexadecimal(secret.as_bytes()))
    };
    let needles: Vec<Zeroizing<String>> = secrets.iter().flat_map(forms).collect();
    let end = text.char_indices().nth(CONSIDERED).map(|(at, _)| at);
    let beginning = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let line = in_one_line(&without(beginning, &needles));
    // A secret of several words whose blanks were written as tabs or line breaks has become itself only now.
    let lines = secrets
        .iter()
        .map(|secret| Zeroizing::new(in_one_line(secret)));
    let needles: Vec<Zeroizing<String>> = lines.filter(|line| line.len() >= SHORTEST).collect();
    let line = without(&line, &needles);
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => line.get(..end).unwrap_or_default().to_owned() + "…",
        None => line,
    }
}

/// Words separated by one blank each, no two `#` together; not much more of them than an excerpt holds.
fn in_one_line(text: &str) -> String {
    let text = Zeroizing::new(text.chars().map(visible).collect::<String>());
    let mut line = String::with_capacity(EXCERPT);
    let mut before = '#';
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
            before = ' ';
        }
        for c in word.chars() {
            if c == '#' && before == '#' && !line.is_empty() {
                line.push(' ');
            }
            line.push(c);
            before = c;
        }
        if line.len() > 8 * EXCERPT {
            break;
        }
    }
    line
}

/// The text with `[redacted]` wherever one of the needles, or enough of its beginning, stands in it. All of them at once: what one
/// leaves of another could not be found any more.
fn without(text: &str, needles: &[Zeroizing<String>]) -> String {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    // The first byte of a needle, as it is or as the first of how it may be written: all others need no closer look.
    let firsts = needles.iter().filter_map(|needle| needle.bytes().next());
    let firsts: Vec<u8> = firsts.chain(*b"%\\&+").collect();
    while let Some((first, after)) = rest.split_first() {
        let found = needles.iter().flat_map(|needle| {
            [false, true].map(|literal| spelled(rest, needle.as_bytes(), literal))
        });
        let longest = || found.flatten().max();
        let longest = firsts.contains(first).then(longest).flatten();
        match longest.and_then(|length| rest.get(length..)) {
            Some(behind) => {
                out.extend_from_slice(b"[redacted]");
                rest = behind;
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// How many bytes `text` takes to spell `secret`, or enough of its beginning; `None` where it does not begin with it.
fn spelled(text: &[u8], secret: &[u8], literal: bool) -> Option<usize> {
    let mut rest = text;
    let mut count = 0;
    for byte in secret {
        let Some(behind) = character(rest, *byte, literal) else {
            break;
        };
        rest = behind;
        count += 1;
    }
    (count == secret.len() || count >= ENOUGH).then(|| text.len() - rest.len())
}

/// What follows one byte of a secret as it is or, unless `literal`, percent-encoded, escaped as in JSON or HTML, or a blank as `+`.
fn character(text: &[u8], byte: u8, literal: bool) -> Option<&[u8]> {
    let plain = || text.strip_prefix(&[byte]);
    if literal {
        return plain();
    }
    let hexadecimal = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    let percent = || {
        let (digits, behind) = text.strip_prefix(b"%")?.split_at_checked(2)?;
        (hexadecimal(digits) == Some(byte)).then_some(behind)
    };
    let escaped = || {
        let behind = text.strip_prefix(b"\\")?.strip_prefix(&[byte])?;
        b"\"\\/'".contains(&byte).then_some(behind)
    };
    let entity = || {
        let written = ENTITIES.iter().filter(|(known, _)| *known == byte);
        written
            .filter_map(|(_, entity)| text.strip_prefix(*entity))
            .next()
    };
    let plus = || text.strip_prefix(b"+").filter(|_| byte == b' ');
    percent()
        .or_else(escaped)
        .or_else(entity)
        .or_else(plain)
        .or_else(plus)
}

/// The secret in base 16, in both cases (RFC 4648 §8).
fn in_hexadecimal(secret: &[u8]) -> [Zeroizing<String>; 2] {
    [b"0123456789abcdef", b"0123456789ABCDEF"].map(|digits| {
        let mut form = Zeroizing::new(String::with_capacity(2 * secret.len()));
        for half in secret.iter().flat_map(|byte| [byte >> 4, byte & 0xf]) {
            form.extend(digits.get(usize::from(half)).copied().map(char::from));
        }
        form
    })
}

/// The secret in both alphabets of RFC 4648, wherever it falls among the groups of three (Basic puts `id:` before it); without the
/// characters at either end that its neighbours have a part in.
fn in_base64(secret: &[u8]) -> Vec<Zeroizing<String>> {
    let mut forms = Vec::new();
    for (before, foreign) in [(0, 0), (1, 2), (2, 3)] {
        let mut bytes = Zeroizing::new(vec![0; before]);
        bytes.extend_from_slice(secret);
        let last_is_shared = bytes.len() % 3 != 0;
        for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = Zeroizing::new(alphabet.encode(&*bytes));
            let end = encoded.len() - usize::from(last_is_shared);
            if let Some(own) = encoded
                .get(foreign..end)
                .filter(|own| own.len() >= SHORTEST)
            {
                forms.push(Zeroizing::new(own.to_owned()));
            }
        }
    }
    forms
}
