//! Takes secrets out of lines of configuration files before they are shown.
//!
//! A tool may write lines anew that were there before: kubectl writes a whole kubeconfig in its own
//! style, and a JSON file may be one line. So values are shown only if they consist of words that
//! setup writes itself, or stand behind a name whose values are no secrets. Names and structure are
//! always shown.

/// Ends of names whose values are secrets, in lower case and without `-` and `_`.
const SECRET: &str = "token password passwd secret keydata auth apikey accesskey extraheader \
                      privatekey passphrase cookie credentials assertion value";
/// Names that end in the same way and hold no secret.
const HARMLESS: &str = "goauth proxyauth useragentauth alwaysauth";
/// Names of a kubeconfig whose values are names and addresses.
const NAMES: &str = "name cluster user namespace server current-context apiVersion kind";
/// Words of every tool's configuration.
const WORDS: &str = "true false null Never keyfob --spec kubectl git aws pnpm goauth netrc {} []";
const REDACTED: &str = "[redacted]";

/// Redacts the lines of a file one after another, from the first one on: a value may begin on the
/// line after its name, and a text on several lines says at its first line what it is.
#[derive(Debug)]
pub struct Lines<'a> {
    own: &'a str,
    is_nested: bool,
    /// The indentation of a name whose text is on the lines below it.
    above: Option<usize>,
    /// The quote that closes a text of several lines.
    quote: Option<char>,
    /// Whether the line before ends with a backslash.
    is_continued: bool,
}

impl<'a> Lines<'a> {
    /// The lines of YAML and JSON if `is_nested`, else `NAME=VALUE` in sections. `own` holds the
    /// words that setup writes, separated by blanks.
    #[must_use]
    pub fn new(is_nested: bool, own: &'a str) -> Self {
        Self {
            own,
            is_nested,
            above: None,
            quote: None,
            is_continued: false,
        }
    }

    /// The next line as it may be shown.
    pub fn shown(&mut self, line: &str) -> String {
        let content = line.trim_start();
        let (indent, _) = line.split_at(line.len() - content.len());
        if content.trim().is_empty() {
            return line.to_owned();
        }
        let is_continued = std::mem::replace(
            &mut self.is_continued,
            !self.is_nested && content.ends_with('\\'),
        );
        if let Some(quote) = self.quote {
            if closing(content, quote).is_some() {
                self.quote = None;
            }
            return format!("{indent}{REDACTED}");
        }
        let is_below = self.above.is_some_and(|above| indent.len() > above);
        if is_continued || is_below {
            return format!("{indent}{REDACTED}");
        }
        self.above = None;
        let comment = content.chars().next().filter(|c| "#;".contains(*c));
        let shown = match comment {
            Some(mark) => format!("{mark} {REDACTED}"),
            None if self.is_nested => self.nested(indent.len(), content),
            None => self.assignment(content),
        };
        format!("{indent}{shown}")
    }

    /// A line of YAML or JSON.
    fn nested(&mut self, indent: usize, content: &str) -> String {
        let rest = content.trim_start_matches("- ");
        let (dashes, _) = content.split_at(content.len() - rest.len());
        if rest.starts_with(['{', '[', '}', ']', '"', '\'', '\u{feff}']) {
            return format!("{dashes}{}", self.flow(rest, ""));
        }
        let end = rest
            .find(": ")
            .or_else(|| rest.trim_end().strip_suffix(':').map(str::len));
        let Some((name, value)) = end.and_then(|end| rest.split_at_checked(end)) else {
            return format!("{dashes}{}", self.value("", rest.trim_end()));
        };
        if !name.chars().all(is_name) {
            return format!("{dashes}{REDACTED}");
        }
        let after = value.trim_start_matches([':', ' ']);
        let (colon, _) = value.split_at(value.len() - after.len());
        let shown = match after.chars().next() {
            Some('|' | '>') => {
                self.above = Some(indent + dashes.len());
                after.chars().take(1).collect()
            }
            Some('{' | '[' | '"' | '\'') => self.flow(after, name),
            _ => {
                let (value, comment) = match after.split_once(" #") {
                    Some((value, _)) => (value, format!(" # {REDACTED}")),
                    None => (after, String::new()),
                };
                self.value(name, value.trim_end()) + &comment
            }
        };
        format!("{dashes}{name}{colon}{shown}")
    }

    /// JSON, or what is in braces in YAML. `name` is that of the first value.
    fn flow(&mut self, text: &str, name: &str) -> String {
        let mut shown = String::new();
        let mut name = name.to_owned();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if "{}[],: \t\r\u{feff}".contains(c) {
                shown.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            if c == '#' && shown.ends_with([' ', '\t']) {
                return shown + "# " + REDACTED;
            }
            let inside = rest.get(1..).unwrap_or_default();
            let (token, after) = match c {
                '"' | '\'' => match closing(inside, c) {
                    Some(end) => rest.split_at(end + 2),
                    None => {
                        self.quote = Some(c);
                        return shown + REDACTED;
                    }
                },
                _ => {
                    let end = rest.find([',', '{', '}', '[', ']']).unwrap_or(rest.len());
                    let (token, _) = rest.split_at(end);
                    let end = token.find(": ").or_else(|| token.find(" #")).unwrap_or(end);
                    let end = match token.split_at(end).0.trim_end() {
                        token if token.ends_with(':') => token.len() - 1,
                        token => token.len(),
                    };
                    rest.split_at(end.max(c.len_utf8()))
                }
            };
            let inner = token.trim_matches(['"', '\'']);
            if after.trim_start().starts_with(':') {
                shown.push_str(&without_userinfo(token));
                inner.clone_into(&mut name);
            } else if self.value(&name, inner) == inner {
                shown.push_str(token);
            } else {
                shown.push_str(&token.replace(inner, REDACTED));
            }
            rest = after;
        }
        shown
    }

    /// `NAME = VALUE`, or the head of a section.
    fn assignment(&mut self, content: &str) -> String {
        if content.starts_with('[') {
            let end = content.find(']').map_or(content.len(), |end| end + 1);
            let (head, after) = content.split_at(end);
            let after = match after.trim() {
                "" => after,
                _ => " [redacted]",
            };
            return without_userinfo(head) + after;
        }
        let Some((written, value)) = content.split_once('=') else {
            return REDACTED.to_owned();
        };
        let name = written.trim_end();
        let is_plain = |c: char| is_name(c) || "/:.".contains(c);
        if !name.trim_start_matches('@').chars().all(is_plain) {
            return REDACTED.to_owned();
        }
        let after = value.trim_start();
        let (blanks, _) = value.split_at(value.len() - after.len());
        let name = name.rsplit(':').next().unwrap_or(name);
        if is_secret(name) && !after.is_empty() {
            return format!("{written}={blanks}{REDACTED}");
        }
        let mut words: Vec<&str> = Vec::new();
        for word in after.split_whitespace() {
            match self.is_own(word) {
                true => words.push(word),
                false if words.last() != Some(&REDACTED) => words.push(REDACTED),
                false => {}
            }
        }
        format!("{written}={blanks}{}", words.join(" "))
    }

    /// A value, as it is or redacted.
    fn value(&self, name: &str, value: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/:._-".contains(c);
        let is_known = NAMES.split(' ').any(|known| known == name) && value.chars().all(is_plain);
        let is_own = value.split_whitespace().all(|word| self.is_own(word));
        match is_known || value.is_empty() || (is_own && !is_secret(name)) {
            true => value.to_owned(),
            false => REDACTED.to_owned(),
        }
    }

    fn is_own(&self, word: &str) -> bool {
        let word = word
            .trim_start_matches('!')
            .trim_matches(['"', '\'', ';', ',']);
        let own = self.own.split_whitespace().chain(WORDS.split(' '));
        let mut own = own.map(|own| own.trim_matches(['"', '\'']));
        word.is_empty() || own.any(|own| own == word)
    }
}

/// Where a quoted text ends. A quote behind a backslash belongs to a text in double quotes.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !is_escaped;
        is_escaped = quote == '"' && c == '\\' && !is_escaped;
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
#[must_use]
pub fn without_userinfo(line: &str) -> String {
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

/// What of git's `helper` may be shown: its first word. The rest could hold a password.
#[must_use]
pub fn git_helper(value: &str) -> &str {
    match value.starts_with('!') {
        true => "a shell command",
        false => value.split_whitespace().next().unwrap_or(value),
    }
}
