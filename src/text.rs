//! The rules for text from outside: how it is shown, how it is percent-decoded, and which known
//! word a misspelt one was meant to be; and hexadecimal digits.

pub mod columns;

/// Whether the answer to a question is a yes.
#[must_use]
pub fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    ["y", "yes"]
        .iter()
        .any(|yes| answer.eq_ignore_ascii_case(yes))
}

/// Replaces a character with a blank if it controls a terminal, changes the direction of writing,
/// or is invisible.
#[must_use]
pub fn visible(c: char) -> char {
    match c {
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// The first `most` characters of a text, made visible, for a message.
#[must_use]
pub fn excerpt(text: &str, most: usize) -> String {
    text.chars().map(visible).take(most).collect()
}

/// Makes a text one line for a terminal or a CI log. Sequences that a CI runner parses as a command
/// are broken up: `##` anywhere (Azure Pipelines, GitHub), and `::` at the start (GitHub).
#[must_use]
pub fn one_line(text: &str) -> String {
    // A fast path for names: every cache hit cleans one.
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return text.to_owned();
    }
    let visible: String = text.chars().map(visible).collect();
    let line = visible.replace("##", "# #").replace("##", "# #");
    match line.trim_start().strip_prefix("::") {
        Some(rest) => format!(": :{rest}"),
        None => line,
    }
}

/// Decodes percent-encoding (RFC 3986 §2.1). Returns `None` if a `%` is not followed by two
/// hexadecimal digits.
#[must_use]
pub fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut escapes = text.split(|byte| *byte == b'%').skip(1);
    let is_whole = |escape: &[u8]| match escape {
        [high, low, ..] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        _ => false,
    };
    escapes
        .all(is_whole)
        .then(|| percent_encoding::percent_decode(text).collect())
}

/// Lower-case hexadecimal digits, two for each byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |number: u8| match number {
        0..=9 => b'0' + number,
        _ => b'a' + number - 10,
    };
    let mut digits = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 15));
    }
    // Digits are ASCII.
    String::from_utf8(digits).unwrap_or_default()
}

/// The known word that a misspelt one was meant to be: at most a third of its letters differ, and
/// letter case does not count. `None` if there is none.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let mut nearest: Option<(usize, &str)> = None;
    for word in known {
        let distance = edit_distance(&written, &word.to_lowercase());
        let is_near = distance <= (word.len() / 3).clamp(1, 3);
        if is_near && nearest.is_none_or(|(least, _)| distance < least) {
            nearest = Some((distance, word));
        }
    }
    nearest.map(|(_, word)| word)
}

/// How many letters have to be replaced, inserted, removed or swapped with the next one to make one
/// word of another. Only the first 64 letters count.
#[must_use]
pub fn edit_distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last = None;
    for (index, letter) in one.chars().take(64).enumerate() {
        let mut next = vec![index + 1];
        for (column, against) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let replaced = at(&row, column) + usize::from(letter != *against);
            let removed = at(&row, column + 1) + 1;
            let inserted = at(&next, column) + 1;
            let previous = column.checked_sub(1);
            let is_swap = previous.is_some_and(|previous| {
                other.get(previous) == Some(&letter) && last == Some(*against)
            });
            let swapped = match previous {
                Some(previous) if is_swap => at(&before, previous).saturating_add(1),
                _ => usize::MAX,
            };
            next.push(replaced.min(removed).min(inserted).min(swapped));
        }
        last = Some(letter);
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{excerpt, nearest, one_line, percent_decoded};

    #[test]
    fn what_turns_the_direction_of_writing_or_is_not_seen_becomes_a_blank() {
        for hidden in [
            '\u{1b}', '\n', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}',
        ] {
            assert_eq!(excerpt(&format!("a{hidden}b"), 9), "a b", "{hidden:?}");
            assert_eq!(one_line(&format!("a{hidden}b")), "a b", "{hidden:?}");
        }
        assert_eq!(excerpt("größer", 3), "grö");
    }

    #[test]
    fn a_misspelt_word_is_found_and_another_word_is_not() {
        let known = ["secret", "status", "setup", "add", "run"];
        for (written, meant) in [
            ("secert", Some("secret")),
            ("statsu", Some("status")),
            ("rnu", Some("run")),
            ("Setup", Some("setup")),
            ("ad", Some("add")),
            ("rum", Some("run")),
            ("hunter2", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known.into_iter()), meant, "{written}");
        }
    }

    #[test]
    fn a_percent_sign_that_begins_no_two_digits_is_an_error() {
        let decoded = |text: &str| percent_decoded(text.as_bytes());
        assert_eq!(decoded("a%2Fb%c3%a4"), Some("a/bä".into()));
        assert_eq!(decoded("%2525"), Some("%25".into()));
        assert_eq!(decoded(""), Some(Vec::new()));
        for text in ["%", "a%2", "%g0", "%0g", "%+1", "%%41"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
