//! Takes secrets out of lines of configuration files before they are shown.
//!
//! A diff has no context, but a tool may write lines anew that were there before: kubectl writes a
//! whole kubeconfig in its own style. What follows the name of a secret is not shown, nor are user
//! names and passwords in URLs, nor long words that look like keys.

/// Ends of names whose values are secrets, in lower case and without `-` and `_`.
const SECRET: &str = "token password passwd secret keydata auth apikey accesskey extraheader \
                      privatekey passphrase cookie credentials assertion value";
/// Names that end in the same way and hold no secret.
const HARMLESS: &str = "goauth proxyauth useragentauth alwaysauth";
/// The shortest word that is taken for a key: shorter ones are paths and names.
const LONG: usize = 40;
const REDACTED: &str = "[redacted]";

/// Redacts lines one after another: a value may begin on the line after its name.
#[derive(Debug, Default)]
pub struct Lines {
    /// The indentation of a name whose value is on the lines below it.
    above: Option<usize>,
    /// Whether the line before is an option whose value is the next item of a list.
    is_value: bool,
}

impl Lines {
    /// The next line as it may be shown.
    pub fn shown(&mut self, written: &str) -> String {
        let content = written.trim_start();
        let (indent, _) = written.split_at(written.len() - content.len());
        let is_below = self.above.is_some_and(|above| indent.len() > above);
        if (is_below || self.is_value) && !content.is_empty() {
            self.is_value = false;
            let item = if content.starts_with("- ") { "- " } else { "" };
            return format!("{indent}{item}{REDACTED}");
        }
        let name = content
            .trim_start_matches("- ")
            .trim_start_matches(['"', '\'']);
        let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        let value = after.trim_start_matches(['"', '\'']).strip_prefix(':');
        let value = value.map(str::trim);
        let is_open = |value: &str| value.is_empty() || value.starts_with(['|', '>']);
        let opens = is_secret(name) && value.is_some_and(is_open);
        self.above = opens.then_some(indent.len());
        self.is_value = is_secret(name)
            && name.starts_with("--")
            && after
                .trim_matches(|c: char| "\"',".contains(c) || c.is_whitespace())
                .is_empty();
        line(written)
    }
}

/// A line as it may be shown.
#[must_use]
pub fn line(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(is_name) {
        let (before, from) = rest.split_at(start);
        shown.push_str(before);
        let end = from.find(|c| !is_name(c)).unwrap_or(from.len());
        let (name, after) = from.split_at(end);
        rest = after;
        shown.push_str(name);
        if !is_secret(name) {
            continue;
        }
        // `"name": "value"`, `name: value`, `name = value`, `name=value`, `--name value`
        let between = after.find(|c: char| !" \t\"':=".contains(c));
        let (separator, value) = after.split_at(between.unwrap_or(after.len()));
        let is_option = name.starts_with("--") && separator.starts_with(' ');
        if !(separator.contains([':', '=']) || is_option) || value.is_empty() {
            continue;
        }
        // An object follows in braces, and its members are looked at one by one.
        if value.starts_with(['{', '[']) {
            continue;
        }
        shown.push_str(separator);
        shown.push_str(REDACTED);
        let quote = separator.chars().next_back().filter(|c| "\"'".contains(*c));
        let end = match quote {
            Some(quote) => closing(value, quote),
            None if is_option => value.find(' '),
            None if line.trim_start().starts_with(['{', '"']) => value.find([',', '}']),
            None => None,
        };
        rest = value.get(end.unwrap_or(value.len())..).unwrap_or_default();
    }
    shown.push_str(rest);
    words(&without_userinfo(&shown))
}

/// Where a quoted text ends. A quote behind a backslash belongs to the text.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether a name is that of a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !"-_".contains(*c)).collect();
    let plain = plain.to_ascii_lowercase();
    let ends = |names: &str| names.split_whitespace().any(|end| plain.ends_with(end));
    ends(SECRET) && !ends(HARMLESS)
}

/// `https://user:password@host` without what is before the `@`.
fn without_userinfo(line: &str) -> String {
    let mut parts = line.split("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str("://");
        let end = part.find(|c: char| c.is_whitespace() || "/\"'".contains(c));
        let (authority, after) = part.split_at(end.unwrap_or(part.len()));
        match authority.rsplit_once('@') {
            Some((_, host)) => shown.push_str(&format!("{REDACTED}@{host}{after}")),
            None => shown.push_str(part),
        }
    }
    shown
}

/// Replaces words that look like keys.
fn words(line: &str) -> String {
    let of_key = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    let mut shown = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(of_key) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !of_key(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        shown.push_str(before);
        let is_path = word.starts_with('/') || word.contains("//");
        let digit = word.chars().any(|c| c.is_ascii_digit());
        shown.push_str(match word.len() >= LONG && digit && !is_path {
            true => REDACTED,
            false => word,
        });
        rest = after;
    }
    shown.push_str(rest);
    shown
}
