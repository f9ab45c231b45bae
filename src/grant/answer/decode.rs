//! A text as a reader could undo it: the encodings that servers use, undone one or two times.
//!
//! Lenient: whatever cannot be decoded stays as it is or becomes noise, since the result is only searched, never shown.

use zeroize::Zeroizing;

type Text = Zeroizing<String>;

/// The text itself, and what every decoder makes of it and of what another decoder made of it.
pub(super) fn readings(text: &str) -> Vec<Text> {
    let compact = compact(text);
    let once = [
        escapes(&compact),
        hexadecimal(&compact),
        base64(&compact),
        base32(&compact),
        numbers(&compact),
        turned(&compact),
    ];
    let twice: Vec<Text> = once
        .iter()
        .flat_map(|text| {
            [escapes, hexadecimal, base64, base32, numbers, turned].map(|decode| decode(text))
        })
        .collect();
    let mut readings = vec![compact];
    readings.extend(once);
    readings.extend(twice);
    readings
}

/// Without blanks, quoted-printable's soft line breaks (RFC 2045 §6.7), and what is not seen: no encoding means anything by them. What looks
/// like ASCII in full width is ASCII.
fn compact(text: &str) -> Text {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text.chars().map(narrow).peekable();
    while let Some(c) = rest.next() {
        let soft = c == '=' && rest.peek().is_some_and(|next| next.is_whitespace());
        if !soft && (c.is_ascii_graphic() || c.is_alphanumeric()) {
            out.push(c);
        }
    }
    out
}

fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Letters and digits alone, in lower case.
pub(super) fn folded(text: &str) -> Text {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars().map(narrow) {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() && c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// Escapes with a value, and how they are written: prefix, radix, fewest and most digits, and what may end them.
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

/// Percent, quoted-printable, backslash and HTML escapes undone, also those of escapes. What no escape is written with is left out before:
/// it could only stand between their digits.
fn escapes(text: &Text) -> Text {
    let written = |c: &char| c.is_alphanumeric() || "%=\\&#;{}".contains(*c);
    let mut text = Zeroizing::new(text.chars().filter(written).collect::<String>());
    for _ in 0..4 {
        let undone = without_escapes(&text);
        if undone == text {
            break;
        }
        text = undone;
    }
    text
}

fn without_escapes(text: &Text) -> Text {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let found = ESCAPES.iter().find_map(|kind| escape(rest, kind));
        if let Some((value, behind)) = found {
            match u8::try_from(value) {
                // A byte of UTF-8, or a character below U+0100: for ASCII it is the same.
                Ok(byte) => out.push(byte),
                Err(_) => {
                    let c = char::from_u32(value).unwrap_or(' ');
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            rest = behind;
        } else {
            // A name of a sign first gives its sign, for the sake of `&amp;#x2f;`.
            let (sign, behind) = named_entity(rest)
                .unwrap_or_else(|| (c, rest.get(c.len_utf8()..).unwrap_or_default()));
            out.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes());
            rest = behind;
        }
    }
    lossy(&out)
}

fn escape<'a>(
    text: &'a str,
    (prefix, radix, fewest, most, end): &(&str, u32, usize, usize, &str),
) -> Option<(u32, &'a str)> {
    let digits = text.strip_prefix(prefix)?;
    let long = digits.chars().take(*most);
    let count = long.take_while(|c| c.is_digit(*radix)).count();
    if count < *fewest {
        return None;
    }
    let (digits, behind) = digits.split_at_checked(count)?;
    let value = u32::from_str_radix(digits, *radix).ok()?;
    Some((value, behind.strip_prefix(end).unwrap_or(behind)))
}

/// The sign that `&name;` stands for, and what stands behind it. All such names of ASCII are of signs: which of them matters only where it
/// begins another escape.
fn named_entity(text: &str) -> Option<(char, &str)> {
    let (name, behind) = text.strip_prefix('&')?.split_once(';')?;
    let is_name = (2..=10).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic());
    let sign = match name.to_ascii_lowercase().as_str() {
        "amp" => '&',
        "percnt" => '%',
        "bsol" => '\\',
        "equals" => '=',
        "num" => '#',
        "semi" => ';',
        "plus" => '+',
        _ => ' ',
    };
    is_name.then_some((sign, behind))
}

/// Base 16 with whatever stands between the digits, `0x` and `\x` included.
fn hexadecimal(text: &Text) -> Text {
    let folded = folded(text);
    let without = Zeroizing::new(folded.replace("0x", ""));
    let mut out = Zeroizing::new(String::new());
    for text in [&folded, &without] {
        let digits = text.chars().filter_map(|c| c.to_digit(16));
        unpack(&digits.collect::<Vec<u32>>(), 4, 2, &mut out);
    }
    out
}

/// Base 64 in both alphabets (RFC 4648 §4, §5), with whatever stands between: also where `-` and `_` are separators.
fn base64(text: &Text) -> Text {
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
fn base32(text: &Text) -> Text {
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

/// Bytes out of digits of so many bits, for every place in a group at which they may begin.
fn unpack(digits: &[u32], bits: u32, group: usize, out: &mut String) {
    for skipped in 0..group {
        let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len()));
        let (mut held, mut count) = (0_u32, 0);
        for digit in digits.iter().skip(skipped) {
            held = (held << bits | digit) & 0xffff;
            count += bits;
            if count >= 8 {
                count -= 8;
                bytes.push((held >> count & 0xff) as u8);
            }
        }
        out.push_str(&lossy(&bytes));
        out.push('\n');
    }
}

/// Characters written as numbers: decimal, octal, binary.
fn numbers(text: &Text) -> Text {
    let mut out = Zeroizing::new(String::new());
    for radix in [10, 8, 2] {
        let numbers = text.split(|c: char| !c.is_ascii_digit());
        let values = numbers.filter_map(|number| u32::from_str_radix(number, radix).ok());
        out.extend(values.filter_map(char::from_u32));
        out.push('\n');
    }
    out
}

/// Backwards, and with every letter thirteen places on.
fn turned(text: &Text) -> Text {
    let mut out = Zeroizing::new(text.chars().rev().collect::<String>());
    out.push('\n');
    out.extend(text.chars().map(|c| match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        c => c,
    }));
    out
}

/// UTF-16 of ASCII is ASCII with a NUL beside each character: it is left out.
fn lossy(bytes: &[u8]) -> Text {
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let is_text = |c: &char| *c != '\0' && *c != '\u{fffd}';
    Zeroizing::new(text.chars().filter(is_text).collect())
}
