//! The forms in which a server may write what it was sent: one change after another, always the same ones in the same order.
//!
//! None is taken from the code that looks for them.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

use super::percent;

type Change = (&'static str, fn(&str) -> String);

/// Changes that leave the letters and digits in their order.
pub const LAYOUT: &[Change] = &[
    ("as it is", str::to_owned),
    ("a line break in the middle", |text| {
        every(text, text.chars().count() / 2 + 1, "\n")
    }),
    ("CR LF every seven", |text| every(text, 7, "\r\n")),
    ("dashes", |text| every(text, 1, "-")),
    ("dots and blanks", |text| every(text, 3, " . ")),
    ("underscores", |text| every(text, 2, "_")),
    ("zero-width spaces", |text| every(text, 1, "\u{200b}")),
    ("zero-width joiners", |text| every(text, 2, "\u{200d}")),
    ("soft hyphens", |text| every(text, 2, "\u{ad}")),
    ("word joiners", |text| every(text, 1, "\u{2060}")),
    ("combining marks", |text| every(text, 1, "\u{332}")),
    ("right-to-left marks", |text| every(text, 4, "\u{202e}")),
    ("controls", |text| every(text, 2, "\u{1b}")),
    ("quotes and plus signs", |text| every(text, 5, "\" + \"")),
    ("in upper case", str::to_uppercase),
    ("in lower case", str::to_lowercase),
    ("case by turns", by_turns),
    ("less its first character", |text| {
        text.chars().skip(1).collect()
    }),
    ("less its last character", |text| less_last(text, 1)),
    ("less three at each end", |text| {
        less_last(&text.chars().skip(3).collect::<String>(), 3)
    }),
    ("between words", |text| format!("secret{text}given")),
];

/// Changes that write other characters.
pub const ENCODINGS: &[Change] = &[
    ("percent", |text| percent(text, "*-._", false)),
    ("percent, all, lower case", |text| {
        percent_all(text).to_lowercase()
    }),
    ("percent, all", percent_all),
    ("twice percent", |text| {
        percent_all(text).replace('%', "%25")
    }),
    ("IIS percent", |text| {
        each(text, |code| format!("%u{code:04X}"))
    }),
    ("JSON escapes", |text| {
        each(text, |code| format!("\\u{code:04x}"))
    }),
    ("JSON escapes of signs", |text| {
        signs(text, |code| format!("\\u{code:04X}"))
    }),
    ("JavaScript escapes", |text| {
        each(text, |code| format!("\\u{{{code:x}}}"))
    }),
    ("C escapes", |text| {
        each(text, |code| format!("\\x{code:02x}"))
    }),
    ("octal escapes", |text| {
        each(text, |code| format!("\\{code:03o}"))
    }),
    ("U+ names", |text| {
        each(text, |code| format!("U+{code:04X} "))
    }),
    ("decimal entities", |text| {
        each(text, |code| format!("&#{code};"))
    }),
    ("hexadecimal entities", |text| {
        each(text, |code| format!("&#x{code:X};"))
    }),
    ("entities of signs", |text| {
        signs(text, |code| format!("&#x{code:X};"))
    }),
    ("named entities", |text| {
        let text = text.replace('&', "&amp;").replace('"', "&quot;");
        text.replace('/', "&sol;")
            .replace('+', "&plus;")
            .replace('=', "&equals;")
    }),
    ("twice entities", |text| {
        signs(text, |code| format!("&amp;#x{code:X};"))
    }),
    ("quoted-printable", |text| {
        every(&each(text, |code| format!("={code:02X}")), 30, "=\r\n")
    }),
    ("base 16", hex),
    ("base 16, mixed case", |text| by_turns(&hex(text))),
    ("base 16 with colons", |text| every(&hex(text), 2, ":")),
    ("base 16 with blanks", |text| {
        every(&hex(text).to_uppercase(), 2, " ")
    }),
    ("a list of bytes in base 16", |text| {
        each(text, |code| format!("0x{code:02x}, "))
    }),
    ("a list of bytes", |text| {
        each(text, |code| format!("{code}, "))
    }),
    ("base 64", |text| BASE64_STANDARD.encode(text)),
    ("base 64 for URLs", |text| {
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }),
    ("base 64 of a pair", |text| {
        BASE64_STANDARD.encode(format!("the-client:{text}"))
    }),
    ("base 64 of a pair in turn", |text| {
        BASE64_STANDARD.encode(format!("{text}:x"))
    }),
    ("base 64 in lines", |text| {
        every(&BASE64_STANDARD.encode(text), 8, "\n")
    }),
    ("base 64 with dashes", |text| {
        every(&BASE64_STANDARD.encode(text), 16, "-")
    }),
    ("base 64 of UTF-16", |text| {
        BASE64_STANDARD.encode(wide(text, u16::to_le_bytes))
    }),
    ("base 64 of big-endian UTF-16", |text| {
        BASE64_STANDARD.encode(wide(text, u16::to_be_bytes))
    }),
    ("base 32", base32),
    ("full width", |text| {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_graphic());
        text.chars().map(|c| wide(c).unwrap_or(c)).collect()
    }),
    ("backwards", |text| text.chars().rev().collect()),
    ("thirteen letters on", |text| {
        let turned = |c: char| match c {
            'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
            'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
            c => c,
        };
        text.chars().map(turned).collect()
    }),
];

/// A text in every layout and encoding, and in every layout of every encoding; with `deep`, in every encoding of every encoding too.
pub fn forms(text: &str, deep: bool) -> Vec<(String, String)> {
    let alone = LAYOUT
        .iter()
        .map(|(name, change)| (name.to_string(), change(text)));
    let mut forms: Vec<(String, String)> = alone.collect();
    for (name, change) in ENCODINGS {
        let encoded = change(text);
        let second = if deep { ENCODINGS } else { &[] };
        let again = LAYOUT.iter().chain(second);
        let again = again.filter(|(then, _)| makes_sense(name, then));
        forms.extend(again.map(|(then, again)| (format!("{name}, {then}"), again(&encoded))));
    }
    forms
}

/// Whether somebody could still read it: numbers that are broken apart are others, and these letters are not bytes.
fn makes_sense(name: &str, then: &str) -> bool {
    let broken = [
        "dots and blanks",
        "dashes",
        "underscores",
        "quotes and plus signs",
    ];
    let whole = [
        "C escapes",
        "quoted-printable",
        "a list of bytes in base 16",
        "octal escapes",
        "base 64 of UTF-16",
        "base 64 of big-endian UTF-16",
        "IIS percent",
        "JSON escapes",
    ];
    let broken = name == "a list of bytes" && broken.contains(&then);
    let whole = name == "full width" && whole.contains(&then);
    !broken && !whole
}

fn every(text: &str, count: usize, what: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let pieces = characters
        .chunks(count)
        .map(|piece| piece.iter().collect::<String>());
    pieces.collect::<Vec<String>>().join(what)
}

fn by_turns(text: &str) -> String {
    let turn = |(at, c): (usize, char)| match at % 2 {
        0 => c.to_ascii_uppercase(),
        _ => c.to_ascii_lowercase(),
    };
    text.chars().enumerate().map(turn).collect()
}

fn less_last(text: &str, count: usize) -> String {
    text.chars()
        .take(text.chars().count().saturating_sub(count))
        .collect()
}

fn each(text: &str, write: fn(u32) -> String) -> String {
    text.chars().map(|c| write(u32::from(c))).collect()
}

fn signs(text: &str, write: fn(u32) -> String) -> String {
    let one = |c: char| match c.is_alphanumeric() {
        true => c.to_string(),
        false => write(u32::from(c)),
    };
    text.chars().map(one).collect()
}

fn percent_all(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn hex(text: &str) -> String {
    super::hexadecimal(text)
}

fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn base32(text: &str) -> String {
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let digit = |bits: &[u8]| {
        let bits = format!("{:0<5}", std::str::from_utf8(bits).unwrap());
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from_str_radix(&bits, 2).unwrap()])
    };
    bits.as_bytes().chunks(5).map(digit).collect()
}
