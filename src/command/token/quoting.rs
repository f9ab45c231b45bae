//! Quoting for shells, dotenv readers, netrc(5) and curl. Pure; every copy of the token is wiped.

use zeroize::Zeroizing;

/// Whether no shell expands anything in this text as the value of an assignment. Shells expand `~`
/// at the start and after `:`.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=:@%,".contains(&b))
        && !text.starts_with(['~', '='])
        && !text.contains(":~")
}

/// Puts a backslash before each of these characters.
pub(super) fn escaped(text: &str, characters: &[char]) -> Zeroizing<String> {
    // Room for the longest result: a string that grows leaves unwiped copies behind.
    let mut out = Zeroizing::new(String::with_capacity(2 * text.len()));
    for c in text.chars() {
        if characters.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Puts the text between two quotes.
fn between(quote: &str, text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 2 * quote.len()));
    [quote, text, quote]
        .iter()
        .for_each(|part| out.push_str(part));
    out
}

/// Leaves text unquoted if no shell could misread it, else puts it in single quotes (POSIX.1-2024,
/// Shell Command Language §2.2.2).
pub(super) fn for_shell(text: &str) -> Zeroizing<String> {
    if is_plain(text) {
        Zeroizing::new(text.to_owned())
    } else {
        in_single_quotes(text)
    }
}

/// Puts text in single quotes, between which a shell treats no character as special.
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

/// Quotes text for a dotenv file. Plain text stays unquoted. Other text is in single quotes, which
/// dotenv readers take literally. Text with a single quote is in double quotes, and everything that
/// a shell expands there is escaped, because some users source such a file.
pub(super) fn for_dotenv(text: &str) -> Zeroizing<String> {
    match (is_plain(text), text.contains('\'')) {
        (true, _) => Zeroizing::new(text.to_owned()),
        (false, false) => between("'", text),
        (false, true) => between("\"", &escaped(text, &['\\', '"', '$', '`'])),
    }
}

/// Quotes text for netrc(5) only if curl or Python would otherwise misread it, because not every
/// reader of netrc(5) supports quotes.
pub(super) fn for_netrc(text: &str) -> Zeroizing<String> {
    let special = |c: char| c.is_whitespace() || matches!(c, '"' | '\\');
    let plain = !text.is_empty() && !text.contains(special) && !text.starts_with('#');
    if plain {
        Zeroizing::new(text.to_owned())
    } else {
        between("\"", &escaped(text, &['"', '\\']))
    }
}
