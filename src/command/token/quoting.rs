//! Quoting, as those read it who take a token's format: shells, dotenv readers, netrc(5), curl. Pure; never leaves a copy behind that is not wiped.

use zeroize::Zeroizing;

/// Whether no shell expands anything in it as an assignment's value, `~` at its start and after `:` included.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=:@%,".contains(&b))
        && !text.starts_with(['~', '='])
        && !text.contains(":~")
}

/// A backslash before each of these characters.
pub(super) fn escaped(text: &str, characters: &[char]) -> Zeroizing<String> {
    // Room for the worst: text that grows leaves copies of itself behind.
    let mut out = Zeroizing::new(String::with_capacity(2 * text.len()));
    for c in text.chars() {
        if characters.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The text between two quotes.
fn between(quote: &str, text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 2 * quote.len()));
    [quote, text, quote]
        .iter()
        .for_each(|part| out.push_str(part));
    out
}

/// As it is where no shell could misread it, else in single quotes (POSIX.1-2024, Shell Command Language §2.2.2).
pub(super) fn for_shell(text: &str) -> Zeroizing<String> {
    if is_plain(text) {
        Zeroizing::new(text.to_owned())
    } else {
        in_single_quotes(text)
    }
}

/// In single quotes, in which a shell reads nothing but the quote that ends them.
pub(super) fn in_single_quotes(text: &str) -> Zeroizing<String> {
    let mut inside = Zeroizing::new(String::with_capacity(4 * text.len()));
    for c in text.chars() {
        match c {
            '\'' => inside.push_str("'\\''"),
            c => inside.push(c),
        }
    }
    between("'", &inside)
}

/// In single quotes, which dotenv readers take literally; where it holds a single quote in double quotes, with everything escaped that a
/// shell would read in them, for there are those who source such a file.
pub(super) fn for_dotenv(text: &str) -> Zeroizing<String> {
    match (is_plain(text), text.contains('\'')) {
        (true, _) => Zeroizing::new(text.to_owned()),
        (false, false) => between("'", text),
        (false, true) => between("\"", &escaped(text, &['\\', '"', '$', '`'])),
    }
}

/// As it is, since not every reader of netrc(5) knows quotes; in double quotes where without them curl or Python would read something else.
pub(super) fn for_netrc(text: &str) -> Zeroizing<String> {
    let special = |c: char| c.is_whitespace() || matches!(c, '"' | '\\');
    let plain = !text.is_empty() && !text.contains(special) && !text.starts_with('#');
    if plain {
        Zeroizing::new(text.to_owned())
    } else {
        between("\"", &escaped(text, &['"', '\\']))
    }
}
