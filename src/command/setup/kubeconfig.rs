//! Edits a kubeconfig in its text, so that comments, order and style stay. Only the block style
//! that people and kubectl write is understood; kubectl decides afterwards whether the result
//! means what it should.

/// A list of the top level: the line that names it, and its items.
struct List {
    /// The number of the line with the name.
    head: usize,
    /// The blanks before the `-` of its items.
    indent: String,
    /// The first and the last line of each item.
    items: Vec<(usize, usize)>,
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// The list of this name, if it is in block style.
fn list(lines: &[&str], name: &str) -> Option<List> {
    let is_head = |line: &&str| {
        let rest = line
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(':'));
        rest.is_some_and(|rest| !is_content(rest))
    };
    let head = lines.iter().position(is_head)?;
    let below = lines.iter().enumerate().skip(head + 1);
    let below = below.filter(|(_, line)| is_content(line));
    let below = below.take_while(|(_, line)| indent_of(line) > 0 || line.starts_with('-'));
    let mut list = List {
        head,
        indent: String::new(),
        items: Vec::new(),
    };
    for (at, line) in below {
        let indent = indent_of(line);
        let is_item = line.trim_start().starts_with("- ");
        if list.items.is_empty() {
            if !is_item {
                return None;
            }
            list.indent = " ".repeat(indent);
        }
        match list.items.last_mut() {
            Some(last) if !is_item || indent > list.indent.len() => last.1 = at,
            _ => list.items.push((at, at)),
        }
    }
    (!list.items.is_empty()).then_some(list)
}

/// A text as a YAML scalar.
#[must_use]
pub fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let reserved = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let is_reserved = reserved.contains(&text.to_ascii_lowercase().as_str());
    match starts && text.chars().all(plain) && !is_reserved {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The text with a new first user. `body` holds the lines below `user:`, indented from zero.
#[must_use]
pub fn with_user(text: &str, name: &str, body: &[String]) -> Option<String> {
    let newline = newline(text);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let item = |indent: &str| {
        let head = [format!("- name: {}", scalar(name)), "  user:".to_owned()];
        let body = body.iter().map(|line| format!("    {line}"));
        let lines = head.into_iter().chain(body);
        lines
            .map(|line| format!("{indent}{line}{newline}"))
            .collect::<String>()
    };
    if let Some(list) = list(&lines, "users") {
        let (before, after) = lines.split_at(list.head + 1);
        return Some([before.concat(), item(&list.indent), after.concat()].concat());
    }
    // `users: []`, `users: null` and nothing at all are lists without items.
    let is_empty = |line: &&str| {
        let rest = line.strip_prefix("users:").map(str::trim);
        rest.is_some_and(|rest| ["", "[]", "null", "~"].contains(&rest))
    };
    if let Some(at) = lines.iter().position(is_empty) {
        let (before, after) = lines.split_at(at);
        let after = after.get(1..).unwrap_or_default();
        let head = format!("users:{newline}");
        return Some([before.concat(), head, item(""), after.concat()].concat());
    }
    let is_block = lines.iter().any(|line| line.starts_with("apiVersion:"));
    if !is_block || lines.iter().any(|line| line.starts_with("users:")) {
        return None;
    }
    let end = match text.ends_with('\n') {
        true => "",
        false => newline,
    };
    Some([text, end, "users:", newline, &item("")].concat())
}

/// A file in kubectl's own style with the mode of the plugin of a user.
#[must_use]
pub fn with_mode(text: &str, user: &str) -> String {
    let mut edited = String::new();
    let mut is_there = false;
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("- name: ") {
            is_there = name.trim().trim_matches(['"', '\'']) == user;
        }
        if is_there && line.trim().starts_with("interactiveMode:") {
            continue;
        }
        edited.push_str(line);
        if is_there && line.starts_with("      command: ") {
            edited.push_str("      interactiveMode: Never\n");
        }
    }
    edited
}

/// The text with another user in a context.
#[must_use]
pub fn with_context_user(text: &str, context: &str, user: &str) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let borrowed: Vec<&str> = lines.iter().map(String::as_str).collect();
    let list = list(&borrowed, "contexts")?;
    let inner = list.indent.len() + 2;
    let key = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ");
        let (key, value) = line.split_once(':')?;
        let value = value.split(" #").next().unwrap_or_default().trim();
        Some((
            key.trim().to_owned(),
            value.trim_matches(['"', '\'']).to_owned(),
        ))
    };
    let depth = |line: &str| indent_of(line) + 2 * usize::from(line.trim_start().starts_with("- "));
    let is_named = |item: &&(usize, usize)| {
        borrowed
            .get(item.0..=item.1)
            .unwrap_or_default()
            .iter()
            .any(|line| {
                depth(line) == inner && key(line) == Some(("name".to_owned(), context.to_owned()))
            })
    };
    let item = *list.items.iter().find(is_named)?;
    let has_key = |at: &usize, name: &str| {
        let line = borrowed.get(*at);
        line.is_some_and(|line| key(line).is_some_and(|(key, _)| key == name))
    };
    let is_deeper = |at: &usize| borrowed.get(*at).is_some_and(|line| depth(line) > inner);
    let Some(at) = (item.0..=item.1).find(|at| is_deeper(at) && has_key(at, "user")) else {
        // A context without a user: the user becomes its first member.
        let head = (item.0..=item.1).find(|at| has_key(at, "context") && !is_deeper(at))?;
        let first = borrowed.get(head + 1).filter(|_| is_deeper(&(head + 1)))?;
        let indent = " ".repeat(indent_of(first));
        let line = format!("{indent}user: {}{}", scalar(user), newline(text));
        lines.insert(head + 1, line);
        return Some(lines.concat());
    };
    let line = lines.get_mut(at)?;
    let (before, after) = line.split_once("user:")?;
    let rest = after
        .find(" #")
        .map_or("", |comment| after.get(comment..).unwrap_or_default());
    let end = match rest {
        "" => newline(text),
        _ => "",
    };
    *line = format!("{before}user: {}{rest}{end}", scalar(user));
    Some(lines.concat())
}

/// kubectl's preferences with one more plugin in the list of those that may run. `None` if no list
/// rules, or this program is in it.
#[must_use]
pub fn with_allowed(kuberc: &str, program: &str) -> Option<String> {
    let lines: Vec<&str> = kuberc.split_inclusive('\n').collect();
    let is_ruled = lines.iter().any(|line| {
        let rest = line.strip_prefix("credentialPluginPolicy:");
        rest.is_some_and(|rest| rest.trim().trim_matches(['"', '\'']) == "Allowlist")
    });
    let list = list(&lines, "credentialPluginAllowlist").filter(|_| is_ruled)?;
    let entry = |line: &&&str| {
        let line = line.trim().trim_start_matches("- ");
        let value = line
            .strip_prefix("command:")
            .or_else(|| line.strip_prefix("name:"));
        value.is_some_and(|value| value.trim().trim_matches(['"', '\'']) == program)
    };
    if lines.iter().find(entry).is_some() {
        return None;
    }
    // kubectl 1.35 calls `name` what later ones call `command`.
    let by_name = lines
        .iter()
        .any(|line| line.trim().trim_start_matches("- ").starts_with("name:"));
    let member = if by_name { "name" } else { "command" };
    let (before, after) = lines.split_at(list.head + 1);
    let item = format!(
        "{}- {member}: {}{}",
        list.indent,
        scalar(program),
        newline(kuberc)
    );
    Some([before.concat(), item, after.concat()].concat())
}
