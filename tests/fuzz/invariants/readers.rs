//! Strict readers of what keyfob says, written from the grammars and not from the code that writes: JSON (RFC 8259), git's credential
//! lines (git-credential(1)), and the lines on a terminal. Each panics on what its grammar does not have.

/// A JSON value (RFC 8259). Numbers stay as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The member of that name.
    #[track_caller]
    pub fn member(&self, name: &str) -> &Json {
        let Json::Object(members) = self else {
            panic!("{self:?} is no object")
        };
        let found = members.iter().find(|(member, _)| member == name);
        &found.unwrap_or_else(|| panic!("no `{name}` in {self:?}")).1
    }

    /// The text that it is.
    #[track_caller]
    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    /// The names of its members, in their order.
    #[track_caller]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Json::Object(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
            other => panic!("{other:?} is no object"),
        }
    }
}

/// Reads one JSON text and nothing after it; no object may have a member twice.
#[track_caller]
pub fn json(text: &str) -> Json {
    let mut rest = text;
    let value = value(&mut rest);
    blanks(&mut rest);
    assert!(rest.is_empty(), "{rest:?} follows the JSON text");
    value
}

fn blanks(rest: &mut &str) {
    *rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
}

#[track_caller]
fn expect(rest: &mut &str, literal: &str) {
    *rest = rest
        .strip_prefix(literal)
        .unwrap_or_else(|| panic!("{literal:?} is wanted before {rest:?}"));
}

fn starts(rest: &mut &str, literal: char) -> bool {
    blanks(rest);
    match rest.strip_prefix(literal) {
        Some(behind) => {
            *rest = behind;
            true
        }
        None => false,
    }
}

#[track_caller]
fn value(rest: &mut &str) -> Json {
    blanks(rest);
    match rest.chars().next() {
        Some('n') => {
            expect(rest, "null");
            Json::Null
        }
        Some('t') => {
            expect(rest, "true");
            Json::Bool(true)
        }
        Some('f') => {
            expect(rest, "false");
            Json::Bool(false)
        }
        Some('"') => Json::Text(string(rest)),
        Some('[') => {
            expect(rest, "[");
            let mut items = Vec::new();
            if !starts(rest, ']') {
                loop {
                    items.push(value(rest));
                    if starts(rest, ']') {
                        break;
                    }
                    expect(rest, ",");
                }
            }
            Json::List(items)
        }
        Some('{') => Json::Object(object(rest)),
        _ => Json::Number(number(rest)),
    }
}

#[track_caller]
fn object(rest: &mut &str) -> Vec<(String, Json)> {
    expect(rest, "{");
    let mut members: Vec<(String, Json)> = Vec::new();
    if starts(rest, '}') {
        return members;
    }
    loop {
        blanks(rest);
        let name = string(rest);
        assert!(starts(rest, ':'), "no colon before {rest:?}");
        let value = value(rest);
        assert!(
            !members.iter().any(|(known, _)| *known == name),
            "{name} comes twice"
        );
        members.push((name, value));
        if starts(rest, '}') {
            return members;
        }
        expect(rest, ",");
    }
}

#[track_caller]
fn number(rest: &mut &str) -> String {
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c))
        .unwrap_or(rest.len());
    let (number, behind) = rest.split_at(end);
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.strip_prefix(['+', '-']).unwrap_or(exponent),
        ),
        None => (number, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    assert!(
        [whole, fraction, exponent].into_iter().all(digits)
            && (whole == "0" || !whole.starts_with('0')),
        "{number:?} is no number"
    );
    *rest = behind;
    number.to_owned()
}

#[track_caller]
fn string(rest: &mut &str) -> String {
    expect(rest, "\"");
    let mut out = Vec::new();
    loop {
        let c = rest.chars().next().expect("the string has an end");
        *rest = &rest[c.len_utf8()..];
        match c {
            '"' => return String::from_utf16(&out).expect("no lone surrogate"),
            '\\' => {
                let escaped = rest.chars().next().expect("something is escaped");
                *rest = &rest[escaped.len_utf8()..];
                out.push(match escaped {
                    '"' | '\\' | '/' => escaped as u16,
                    'b' => 8,
                    'f' => 12,
                    'n' => 10,
                    'r' => 13,
                    't' => 9,
                    'u' => {
                        let (digits, behind) = rest.split_at(4);
                        *rest = behind;
                        u16::from_str_radix(digits, 16).expect("four hexadecimal digits")
                    }
                    other => panic!("\\{other} is no escape"),
                });
            }
            c => {
                assert!(c >= ' ', "a bare control character in a string");
                out.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            }
        }
    }
}

/// Keys that a helper may answer with (git-credential(1), "INPUT/OUTPUT FORMAT"); never where it is to be sent.
const GIT_KEYS: &[&str] = &[
    "username",
    "password",
    "password_expiry_utc",
    "capability[]",
    "authtype",
    "credential",
    "ephemeral",
    "quit",
    "state[]",
    "continue",
];

/// Reads a helper's answer as git does, and more strictly: every line ends, no key is unknown or comes twice.
#[track_caller]
pub fn git(reply: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(reply).expect("git is answered in UTF-8");
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "the last line does not end: {text:?}"
    );
    let mut attributes: Vec<(String, String)> = Vec::new();
    for line in text.split_terminator('\n') {
        assert!(
            line.len() < 65_535 && !line.contains(['\r', '\0']),
            "{line:?}"
        );
        let (key, value) = line.split_once('=').expect("every line is key=value");
        assert!(GIT_KEYS.contains(&key), "{key} is not for a helper to say");
        let twice = |(known, said): &(String, String)| {
            known == key && (key != "capability[]" || said == value)
        };
        assert!(!attributes.iter().any(twice), "{key} comes twice");
        // git reads line by line, and forgets these where the capability comes later.
        if ["authtype", "credential", "ephemeral"].contains(&key) {
            let announced = ("capability[]".to_owned(), "authtype".to_owned());
            assert!(attributes.contains(&announced), "{key} was not announced");
        }
        if ["state[]", "continue"].contains(&key) {
            let announced = ("capability[]".to_owned(), "state".to_owned());
            assert!(attributes.contains(&announced), "{key} was not announced");
        }
        attributes.push((key.to_owned(), value.to_owned()));
    }
    attributes
}

/// Asserts that a line does nothing to a terminal or a CI runner: no control or bidirectional character, no `##`.
#[track_caller]
pub fn assert_sober(line: &str) {
    let bidirectional = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    assert!(
        !line.chars().any(|c| c.is_control() || bidirectional(c)),
        "{line:?}"
    );
    assert!(!line.contains("##"), "{line:?}");
}

/// Reads `keyfob: error: SENTENCE (CODE)` and at most one hint; gives the sentence and the code.
#[track_caller]
pub fn told(text: &str) -> (String, String) {
    assert!(text.ends_with('\n'), "{text:?}");
    let lines: Vec<&str> = text.split_terminator('\n').collect();
    lines.iter().for_each(|line| assert_sober(line));
    let rest = lines[0].strip_prefix("keyfob: error: ").expect("an error");
    let (sentence, code) = rest.rsplit_once(" (").expect("a code");
    let code = code.strip_suffix(')').expect("a code in brackets");
    let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
    assert!(!code.is_empty() && code.chars().all(kebab), "{code:?}");
    match lines.as_slice() {
        [_] => {}
        [_, hint] => assert!(hint.starts_with("keyfob: hint: "), "{hint:?}"),
        _ => panic!("more than an error and a hint: {text:?}"),
    }
    (sentence.to_owned(), code.to_owned())
}
