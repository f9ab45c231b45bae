//! Edits a member of a JSON file in its text, so that order, indentation, unknown members, line
//! ends and a byte order mark stay as they are.

use std::ops::Range;

/// Where a member of an object lies in the text.
struct Member {
    name: String,
    /// From the quote of the name.
    start: usize,
    value: Range<usize>,
}

/// An object in the text: its braces and its members.
struct Object {
    open: usize,
    close: usize,
    members: Vec<Member>,
}

/// A byte order mark, which docker and podman do not read and editors write.
const MARK: char = '\u{feff}';

/// Checks that a text is one JSON object.
///
/// # Errors
/// A sentence without any of the file's content.
pub fn check(text: &str) -> Result<(), String> {
    let parsed = serde_json::from_str::<serde_json::Value>(text.trim_start_matches(MARK));
    match parsed {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        Ok(_) => Err("it is not a JSON object".to_owned()),
        Err(why) => {
            let (line, column) = (why.line(), why.column());
            Err(format!(
                "it is not valid JSON, at line {line} column {column}"
            ))
        }
    }
}

/// Sets `"object": {"name": value}`; `value` is a string. The member is put first in its object, so
/// that no other line changes.
///
/// # Errors
/// A sentence: the text is not a JSON object, or the member is there and no object.
pub fn set(text: &str, object: &str, name: &str, value: &str) -> Result<String, String> {
    check(text)?;
    let top = read(text).ok_or("it is not valid JSON")?;
    let style = Style::of(text);
    let quoted = quote(value);
    let Some(outer) = top
        .members
        .iter()
        .rev()
        .find(|member| member.name == object)
    else {
        let inner = match style.unit.as_str() {
            "" => format!("{{{}{}{quoted}}}", quote(name), style.colon),
            unit => format!(
                "{{{nl}{unit}{unit}{}{}{quoted}{nl}{unit}}}",
                quote(name),
                style.colon,
                nl = style.newline
            ),
        };
        return Ok(insert(text, &top, &style, object, &inner));
    };
    let there = text.get(outer.value.clone()).unwrap_or_default();
    if there == "null" {
        let inner = format!("{{{}{}{quoted}}}", quote(name), style.colon);
        return Ok(replaced(text, &outer.value, &inner));
    }
    if !there.starts_with('{') {
        return Err(format!("its member `{object}` is not an object"));
    }
    let within = object_at(text, outer.value.start).ok_or("it is not valid JSON")?;
    match within
        .members
        .iter()
        .rev()
        .find(|member| member.name == name)
    {
        Some(member) => Ok(replaced(text, &member.value, &quoted)),
        None => Ok(insert(text, &within, &style, name, &quoted)),
    }
}

/// Removes `"object": {"name": value}` if that is its value, and the object if it is empty then.
/// Returns the text as it is if there is no such member.
#[must_use]
pub fn remove(text: &str, object: &str, name: &str, value: &str) -> String {
    let removed = || {
        let top = read(text)?;
        let outer = top
            .members
            .iter()
            .position(|member| member.name == object)?;
        let within = object_at(text, top.members.get(outer)?.value.start)?;
        let at = within
            .members
            .iter()
            .position(|member| member.name == name)?;
        let there = text.get(within.members.get(at)?.value.clone())?;
        if there != quote(value) {
            return None;
        }
        Some(match within.members.len() {
            1 => without(text, &top, outer),
            _ => without(text, &within, at),
        })
    };
    removed().unwrap_or_else(|| text.to_owned())
}

/// A string member of an object.
#[must_use]
pub fn get(text: &str, object: &str, name: &str) -> Option<String> {
    let text = text.trim_start_matches(MARK);
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.get(object)?.get(name)?.as_str().map(str::to_owned)
}

/// How the file is written.
struct Style {
    newline: &'static str,
    /// One step of indentation; empty if the file is one line.
    unit: String,
    colon: &'static str,
}

impl Style {
    fn of(text: &str) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let indented = text.lines().find_map(|line| {
            let name = line.find('"')?;
            let indent = line.get(..name)?;
            let is_blank = indent.chars().all(|c| c == ' ' || c == '\t');
            (is_blank && !indent.is_empty()).then(|| indent.to_owned())
        });
        let is_one_line = text.trim_end().lines().count() == 1 && text.contains(':');
        Self {
            newline,
            unit: match is_one_line {
                true => String::new(),
                false => indented.unwrap_or_else(|| "\t".to_owned()),
            },
            colon: match is_one_line && !text.contains("\": ") {
                true => ":",
                false => ": ",
            },
        }
    }
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn replaced(text: &str, range: &Range<usize>, with: &str) -> String {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    [before, with, after].concat()
}

/// The text with a new first member.
fn insert(text: &str, object: &Object, style: &Style, name: &str, value: &str) -> String {
    let member = format!("{}{}{value}", quote(name), style.colon);
    let inside = object.open + 1;
    let at = inside..inside;
    let Some(first) = object.members.first() else {
        // An empty object: its brace says how deep it is.
        let start = text.get(..object.open).unwrap_or_default();
        let line = start.rsplit('\n').next().unwrap_or_default();
        let depth = line.len() - line.trim_start_matches([' ', '\t']).len();
        let indent = line.get(..depth).unwrap_or_default();
        let (newline, unit) = (style.newline, style.unit.as_str());
        let inner = match unit {
            "" => member,
            _ => format!("{newline}{indent}{unit}{member}{newline}{indent}"),
        };
        return replaced(text, &(inside..object.close), &inner);
    };
    let before = text.get(inside..first.start).unwrap_or_default();
    let inner = match before.contains('\n') {
        true => {
            let indent = before.rsplit('\n').next().unwrap_or_default();
            format!("{}{indent}{member},", style.newline)
        }
        false => {
            let blank = if style.colon == ":" { "" } else { " " };
            format!("{before}{member},{blank}")
        }
    };
    let at = match before.contains('\n') {
        true => at,
        false => inside..first.start,
    };
    replaced(text, &at, &inner)
}

/// The text without a member and its comma.
fn without(text: &str, object: &Object, at: usize) -> String {
    let members = &object.members;
    let range = match (members.get(at), members.get(at + 1), at.checked_sub(1)) {
        (Some(member), Some(next), _) => member.start..next.start,
        (Some(member), None, Some(previous)) => {
            let from = members.get(previous).map(|member| member.value.end);
            from.unwrap_or(member.start)..member.value.end
        }
        (Some(_), None, None) => object.open + 1..object.close,
        _ => return text.to_owned(),
    };
    replaced(text, &range, "")
}

fn read(text: &str) -> Option<Object> {
    object_at(text, text.find('{')?)
}

/// The object whose brace stands at `open`. The text is valid JSON.
fn object_at(text: &str, open: usize) -> Option<Object> {
    let bytes = text.as_bytes();
    let mut members = Vec::new();
    let mut at = blanks(bytes, open + 1);
    while *bytes.get(at)? != b'}' {
        let start = at;
        let end = value_end(bytes, start)?;
        let name = serde_json::from_str(text.get(start..end)?).ok()?;
        at = blanks(bytes, end);
        if *bytes.get(at)? != b':' {
            return None;
        }
        let from = blanks(bytes, at + 1);
        let end = value_end(bytes, from)?;
        members.push(Member {
            name,
            start,
            value: from..end,
        });
        at = blanks(bytes, end);
        if *bytes.get(at)? == b',' {
            at = blanks(bytes, at + 1);
        }
    }
    Some(Object {
        open,
        close: at,
        members,
    })
}

fn blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| b" \t\r\n".contains(byte));
    from + count.count()
}

/// Where a value ends that begins at `from`.
fn value_end(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut depth, mut in_string) = (from, 0_usize, false);
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => {
                in_string = !in_string;
                if !in_string && depth == 0 {
                    return Some(at);
                }
            }
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' | b']' if depth == 1 => return Some(at),
            b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return Some(at - 1),
            _ => {}
        }
    }
}
