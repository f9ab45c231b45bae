//! Decodes a text by the encodings that servers use, once and twice.
//!
//! Lenient: what cannot be decoded stays unchanged or becomes noise. The result is searched, never
//! shown.

use zeroize::Zeroizing;

type Text = Zeroizing<String>;

/// The text, every decoding of it, and every decoding of those.
pub(super) fn decodings(text: &str) -> Vec<Text> {
    let stripped = strip_separators(text);
    let once = [
        decode_escapes(&stripped),
        decode_hex(&stripped),
        decode_base64(&stripped),
        decode_base32(&stripped),
        decode_numbers(&stripped),
        reversed_and_rot13(&stripped),
    ];
    let twice: Vec<Text> = once
        .iter()
        .flat_map(|text| {
            [
                decode_escapes,
                decode_hex,
                decode_base64,
                decode_base32,
                decode_numbers,
                reversed_and_rot13,
            ]
            .map(|decode| decode(text))
        })
        .collect();
    let mut decodings = vec![stripped];
    decodings.extend(once);
    decodings.extend(twice);
    decodings
}

/// Strips blanks, soft line breaks of quoted-printable (RFC 2045 §6.7) and invisible characters,
/// which no encoding uses. Full-width characters become ASCII.
fn strip_separators(text: &str) -> Text {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text.chars().map(fullwidth_to_ascii).peekable();
    while let Some(c) = rest.next() {
        let soft = c == '=' && rest.peek().is_some_and(|next| next.is_whitespace());
        if !soft && (c.is_ascii_graphic() || c.is_alphanumeric()) {
            out.push(c);
        }
    }
    out
}

fn fullwidth_to_ascii(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// The letters and digits, in lower case.
pub(super) fn fold(text: &str) -> Text {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars().map(fullwidth_to_ascii) {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() && c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// Numeric escapes: prefix, radix, minimum and maximum number of digits, optional suffix.
const ESCAPES: &[(&str, u32, usize, usize, &str)] = &[
    ("%u", 16, 4, 4, ""),
    ("%", 16, 2, 2, ""),
    ("=", 16, 2, 2, ""),
    ("\\u{", 16, 1, 8, "}"),
    ("\\U0000", 16, 4, 4, ""),
    ("\\U", 16, 4, 4, ""),
    ("\\u", 16, 4, 4, ""),
    ("\\x", 16, 2, 2, ""),
    ("\\X", 16, 2, 2, ""),
    ("\\", 8, 3, 3, ""),
    ("&#x", 16, 1, 8, ";"),
    ("&#X", 16, 1, 8, ";"),
    ("&#", 10, 1, 8, ";"),
];

/// Decodes percent, quoted-printable, backslash and HTML escapes, nested ones too. Characters that
/// no escape uses are removed first, since they could separate digits.
fn decode_escapes(text: &Text) -> Text {
    let is_relevant = |c: &char| c.is_alphanumeric() || "%=\\&#;{}".contains(*c);
    let mut text = Zeroizing::new(text.chars().filter(is_relevant).collect::<String>());
    for _ in 0..4 {
        let decoded = decode_escapes_once(&text);
        if decoded == text {
            break;
        }
        text = decoded;
    }
    text
}

fn decode_escapes_once(text: &Text) -> Text {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let escape = ESCAPES.iter().find_map(|kind| parse_escape(rest, kind));
        if let Some((value, rest_after)) = escape {
            match u8::try_from(value) {
                // A byte of UTF-8 or a character below U+0100, which are the same for ASCII.
                Ok(byte) => out.push(byte),
                Err(_) => {
                    let c = char::from_u32(value).unwrap_or(' ');
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            rest = rest_after;
        } else {
            // A named entity is decoded to its character first, for `&amp;#x2f;`.
            let (character, rest_after) = named_entity(rest)
                .unwrap_or_else(|| (c, rest.get(c.len_utf8()..).unwrap_or_default()));
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = rest_after;
        }
    }
    lossy_text(&out)
}

fn parse_escape<'a>(
    text: &'a str,
    (prefix, radix, min_digits, max_digits, end): &(&str, u32, usize, usize, &str),
) -> Option<(u32, &'a str)> {
    let digits = text.strip_prefix(prefix)?;
    let long = digits.chars().take(*max_digits);
    let count = long.take_while(|c| c.is_digit(*radix)).count();
    if count < *min_digits {
        return None;
    }
    let (digits, rest_after) = digits.split_at_checked(count)?;
    let value = u32::from_str_radix(digits, *radix).ok()?;
    Some((value, rest_after.strip_prefix(end).unwrap_or(rest_after)))
}

/// The character of `&name;`, and the rest of the text. Only characters that can begin another
/// escape matter; the others become a blank.
fn named_entity(text: &str) -> Option<(char, &str)> {
    let (name, rest_after) = text.strip_prefix('&')?.split_once(';')?;
    let is_name = (2..=10).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic());
    let character = match name.to_ascii_lowercase().as_str() {
        "amp" => '&',
        "percnt" => '%',
        "bsol" => '\\',
        "equals" => '=',
        "num" => '#',
        "semi" => ';',
        "plus" => '+',
        _ => ' ',
    };
    is_name.then_some((character, rest_after))
}

/// Base 16 with any separators between the digits, `0x` and `\x` included.
fn decode_hex(text: &Text) -> Text {
    let folded = fold(text);
    let without = Zeroizing::new(folded.replace("0x", ""));
    let mut out = Zeroizing::new(String::new());
    for text in [&folded, &without] {
        let digits = text.chars().filter_map(|c| c.to_digit(16));
        unpack(&digits.collect::<Vec<u32>>(), 4, 2, &mut out);
    }
    out
}

/// Base 64 in both alphabets (RFC 4648 §4, §5) with any separators, which may be `-` and `_`.
fn decode_base64(text: &Text) -> Text {
    let mut out = Zeroizing::new(String::new());
    for signs in [true, false] {
        let digit = |byte: u8| match byte {
            b'A'..=b'Z' => Some(byte - b'A'),
            b'a'..=b'z' => Some(byte - b'a' + 26),
            b'0'..=b'9' => Some(byte - b'0' + 52),
            b'+' | b'-' if signs => Some(62),
            b'/' | b'_' if signs => Some(63),
            _ => None,
        };
        let digits = text.bytes().filter_map(digit).map(u32::from);
        unpack(&digits.collect::<Vec<u32>>(), 6, 4, &mut out);
    }
    out
}

/// Base 32 (RFC 4648 §6).
fn decode_base32(text: &Text) -> Text {
    let mut out = Zeroizing::new(String::new());
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    };
    let digits = text.bytes().filter_map(digit).map(u32::from);
    unpack(&digits.collect::<Vec<u32>>(), 5, 8, &mut out);
    out
}

/// Packs digits of `bits` bits into bytes, starting at each of the first `offsets` digits.
fn unpack(digits: &[u32], bits: u32, offsets: usize, out: &mut String) {
    for skipped in 0..offsets {
        let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len()));
        let (mut buffer, mut count) = (0_u32, 0);
        for digit in digits.iter().skip(skipped) {
            buffer = (buffer << bits | digit) & 0xffff;
            count += bits;
            if count >= 8 {
                count -= 8;
                bytes.push((buffer >> count & 0xff) as u8);
            }
        }
        out.push_str(&lossy_text(&bytes));
        out.push('\n');
    }
}

/// Characters as numbers: decimal, octal, binary.
fn decode_numbers(text: &Text) -> Text {
    let mut out = Zeroizing::new(String::new());
    for radix in [10, 8, 2] {
        let numbers = text.split(|c: char| !c.is_ascii_digit());
        let values = numbers.filter_map(|number| u32::from_str_radix(number, radix).ok());
        out.extend(values.filter_map(char::from_u32));
        out.push('\n');
    }
    out
}

/// The text reversed, and ROT13.
fn reversed_and_rot13(text: &Text) -> Text {
    let mut out = Zeroizing::new(text.chars().rev().collect::<String>());
    out.push('\n');
    out.extend(text.chars().map(|c| match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        c => c,
    }));
    out
}

/// Drops NUL: ASCII in UTF-16 has one beside each character.
fn lossy_text(bytes: &[u8]) -> Text {
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let is_text = |c: &char| *c != '\0' && *c != '\u{fffd}';
    Zeroizing::new(text.chars().filter(is_text).collect())
}
