//! The syntax of git's configuration files (git-config(1), "Syntax"): text → variables.

use std::iter::Peekable;
use std::str::Chars;

/// A variable. Its section and its name are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) section: String,
    /// The text in quotes in the section's header.
    pub(super) context: Option<String>,
    pub(super) name: String,
    /// `None` for a name without `=`.
    pub(super) value: Option<String>,
}

/// The variables of a file.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut chars = text.chars().peekable();
    let (mut section, mut context) = (String::new(), None);
    let mut entries = Vec::new();
    while let Some(&next) = chars.peek() {
        match next {
            '#' | ';' => skip_line(&mut chars),
            '[' => (section, context) = header(&mut chars),
            next if next.is_ascii_alphabetic() => {
                let name = name(&mut chars);
                while chars.next_if(|c| [' ', '\t'].contains(c)).is_some() {}
                let value = chars.next_if_eq(&'=').map(|_| value(&mut chars));
                entries.push(Entry {
                    section: section.clone(),
                    context: context.clone(),
                    name,
                    value,
                });
            }
            _ => _ = chars.next(),
        }
    }
    entries
}

/// The variable of a whole key, such as `credential.https://git.example.com.useHttpPath`.
pub(super) fn of_key(key: &str, value: String) -> Option<Entry> {
    let (head, name) = key.rsplit_once('.')?;
    let (section, context) = match head.split_once('.') {
        Some((section, context)) => (section, Some(context.to_owned())),
        None => (head, None),
    };
    Some(Entry {
        section: section.to_ascii_lowercase(),
        context,
        name: name.to_ascii_lowercase(),
        value: Some(value),
    })
}

fn skip_line(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| *c != '\n').is_some() {}
}

fn name(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '-') {
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// `[section]`, or `[section "context"]`.
fn header(chars: &mut Peekable<Chars<'_>>) -> (String, Option<String>) {
    let (mut section, mut context) = (String::new(), None);
    let mut is_quoted = false;
    chars.next();
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        match (c, is_quoted) {
            (']', false) => break,
            ('"', _) => {
                is_quoted = !is_quoted;
                context.get_or_insert_with(String::new);
            }
            ('\\', true) => context.get_or_insert_default().extend(chars.next()),
            (c, true) => context.get_or_insert_default().push(c),
            (c, false) if !c.is_whitespace() => section.push(c.to_ascii_lowercase()),
            _ => {}
        }
    }
    (section, context)
}

/// A value up to the end of its line: quotes and escapes are resolved, a comment is left out, and a
/// backslash at the end of a line joins the next.
fn value(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    // Blanks count only before something else, or in quotes.
    let (mut blanks, mut is_quoted) = (String::new(), false);
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        let escaped = match c {
            '\\' => match chars.next() {
                Some('\n') | None => continue,
                Some('n') => '\n',
                Some('t') => '\t',
                Some('b') => '\u{8}',
                Some(other) => other,
            },
            '"' => {
                is_quoted = !is_quoted;
                value.push_str(&std::mem::take(&mut blanks));
                continue;
            }
            '#' | ';' if !is_quoted => {
                skip_line(chars);
                break;
            }
            c if c.is_whitespace() && !is_quoted => {
                if !value.is_empty() {
                    blanks.push(c);
                }
                continue;
            }
            c => c,
        };
        value.push_str(&std::mem::take(&mut blanks));
        value.push(escaped);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::entries;

    #[test]
    fn variables_are_read_as_git_reads_them() {
        let text = "\u{feff}; a comment\n[credential \"https://a\\\"b\"] useHttpPath = true\r\n\
                    [Credential]\n\tuseHttpPath\n\thelper = \"a # b\" \\\n c  ; comment\n\
                    \thelper =\n[http \"x]y\"]\nname = 1 # no\n";
        let found: Vec<String> = entries(text)
            .iter()
            .map(|it| format!("{} {:?} {} {:?}", it.section, it.context, it.name, it.value))
            .collect();
        assert_eq!(
            found,
            [
                r#"credential Some("https://a\"b") usehttppath Some("true")"#,
                "credential None usehttppath None",
                r#"credential None helper Some("a # b  c")"#,
                r#"credential None helper Some("")"#,
                r#"http Some("x]y") name Some("1")"#,
            ]
        );
    }
}
