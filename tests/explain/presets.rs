//! What `explain` shows of every preset's request is what goes over the wire, and no secret is in it.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{explain, facts};
use crate::house::root;
use crate::support::{Answer, Home, Provider, Request, run};

/// A text in which `[NAME]` stands for any text, against the text that was sent.
fn is_like(shown: &str, sent: &str) -> bool {
    let mut rest = sent;
    let mut is_first = true;
    let (parts, ends_open) = literal_parts(shown);
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let at = match (is_first, is_last && !ends_open) {
            (true, _) => rest.starts_with(part.as_str()).then_some(0),
            (false, true) => rest
                .ends_with(part.as_str())
                .then(|| rest.len() - part.len()),
            (false, false) => rest.find(part.as_str()),
        };
        let Some(at) = at else { return false };
        rest = &rest[at + part.len()..];
        is_first = false;
    }
    ends_open || rest.is_empty()
}

/// What stands between the placeholders, and whether a placeholder is at the end.
fn literal_parts(shown: &str) -> (Vec<String>, bool) {
    let (mut parts, mut rest) = (vec![String::new()], shown);
    while let Some((before, after)) = rest.split_once('[') {
        let inner = after
            .split_once(']')
            .filter(|(name, _)| !name.is_empty() && !name.contains(['[', '"', '{', '}', ',']));
        parts.last_mut().unwrap().push_str(before);
        match inner {
            Some((_, after)) => {
                parts.push(String::new());
                rest = after;
            }
            None => {
                parts.last_mut().unwrap().push('[');
                rest = after;
            }
        }
    }
    parts.last_mut().unwrap().push_str(rest);
    let ends_open = parts.len() > 1 && parts.last().is_some_and(String::is_empty);
    (parts, ends_open)
}

#[test]
fn a_placeholder_stands_for_any_text_and_nothing_else_differs() {
    assert!(is_like("a=[X]&b=1", "a=secret&b=1"));
    assert!(is_like("Bearer [X]", "Bearer s"));
    assert!(is_like("[\"a\"]", "[\"a\"]"));
    assert!(!is_like("a=[X]&b=1", "a=secret&b=2"));
    assert!(!is_like("a=1", "a=12"));
    assert!(!is_like("[X]b", "sc"));
}

/// Times differ by a second between two runs.
fn without_times(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        match c {
            '0'..='9' => digits.push(c),
            c => {
                // `T20:02:03`, and AWS' `T200203`.
                let is_time = digits.len() >= 10
                    || (matches!(digits.len(), 2 | 6) && out.ends_with([':', 'T']));
                out.push_str(if is_time { "#" } else { &digits });
                digits.clear();
                out.push(c);
            }
        }
    }
    out.trim_end_matches('\0').to_owned()
}

#[test]
fn times_are_no_difference() {
    for (one, other) in [
        ("20261130T200203Z", "20261130T200204Z"),
        ("2026-11-30T20:02:03Z", "2026-11-30T21:12:13Z"),
        ("exp=1764532923", "exp=1764532924"),
    ] {
        assert_eq!(without_times(one), without_times(other));
    }
    assert_ne!(without_times("T2002"), without_times("T2003"));
}

/// Whether a shown request is the one that was sent; what differs, if not.
fn difference(shown: &Value, sent: &Request, provider: &str) -> Option<String> {
    let differs = |what: &str, shown: &str, sent: &str| {
        let (shown, sent) = (without_times(shown), without_times(sent));
        (!is_like(&shown, &sent)).then(|| format!("{what}: `{shown}` is shown, `{sent}` sent"))
    };
    let path = match sent.query.as_str() {
        "" => sent.path.clone(),
        query => format!("{}?{query}", sent.path),
    };
    let url = format!("{provider}{path}");
    let shown_url = shown["url"].as_str().unwrap();
    // Where the environment gives the URL, it may have a query of its own.
    let shown_url = match shown_url.starts_with('[') {
        true => shown_url.replacen(
            '?',
            if url.matches('?').count() > 0 {
                "[X]"
            } else {
                "?"
            },
            1,
        ),
        false => shown_url.to_owned(),
    };
    let mut found = Vec::new();
    found.extend(differs(
        "method",
        shown["method"].as_str().unwrap(),
        &sent.method,
    ));
    found.extend(differs("url", &shown_url, &url));
    let mut names = Vec::new();
    for header in shown["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        names.push(name.to_owned());
        let real = match (value.strip_prefix("Basic base64("), sent.basic()) {
            (Some(_), Some((user, password))) => {
                let value = value.strip_prefix("Basic base64(").unwrap();
                let value = value.strip_suffix(')').unwrap();
                found.extend(differs(name, value, &format!("{user}:{password}")));
                continue;
            }
            _ => sent.header(name),
        };
        match real {
            Some(real) => found.extend(differs(name, value, real)),
            // A session's token, where the key has one.
            None if value.contains("SessionToken") => {}
            None => found.push(format!("{name} is shown, and not sent")),
        }
    }
    for (name, _) in &sent.headers {
        let name = name.to_ascii_lowercase();
        let own = ["host", "user-agent", "content-length", "accept-encoding"];
        if !names.contains(&name) && !own.contains(&name.as_str()) {
            found.push(format!("{name} is sent, and not shown"));
        }
    }
    found.extend(differs(
        "body",
        shown["body"].as_str().unwrap_or_default(),
        sent.text(),
    ));
    (!found.is_empty()).then(|| found.join("; "))
}

/// What `explain` says of the spec `ci` of this home, before it is asked for a token.
pub fn before(home: &Home, spec: &str) -> Value {
    facts(home, &["--spec", spec]).0
}

/// Each request is one of those that were shown.
#[track_caller]
pub fn assert_shown(facts: &Value, requests: &[Request], provider: &str, place: &str) {
    let shown: Vec<&Value> = facts["specs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|spec| &spec["request"])
        .filter(|request| !request.is_null())
        .collect();
    for request in requests {
        let all: Vec<Option<String>> = shown
            .iter()
            .map(|shown| difference(shown, request, provider))
            .collect();
        assert!(
            all.iter().any(Option::is_none),
            "{place}: {request:#?} is not shown: {all:#?}\n{shown:#?}"
        );
    }
}

fn pem() -> &'static str {
    static PEM: OnceLock<String> = OnceLock::new();
    PEM.get_or_init(|| {
        let home = Home::new();
        let key = run(home.command("openssl").args(["genrsa", "2048"]), "");
        key.answer().to_owned()
    })
}

/// Puts a variable in place of each source that is a keyring entry, a file or a program, and returns
/// their names.
fn plant(value: &mut Value, names: &mut Vec<String>) {
    let is_source = |members: &serde_json::Map<String, Value>| {
        ["keyring", "file", "command"]
            .iter()
            .any(|name| members.contains_key(*name))
    };
    match value {
        Value::Object(members) if is_source(members) && !members.contains_key("provider") => {
            let name = format!("PLANTED_{}", names.len());
            let pointer = members.get("pointer").cloned();
            *value = json!({"env": name});
            if let Some(pointer) = pointer {
                value["pointer"] = pointer;
            }
            names.push(name);
        }
        // An entry that keyfob writes.
        Value::Object(members) => {
            let read = members.iter_mut().filter(|(name, _)| *name != "store");
            read.for_each(|(_, value)| plant(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|it| plant(it, names)),
        _ => {}
    }
}

#[test]
fn every_shipped_preset_is_explained_without_a_secret_and_as_it_is_sent() {
    let mut compared = 0;
    for name in keyfob::spec::preset::names() {
        let path = root().join(format!("integrations/providers/{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        let mut written: Value = serde_json::from_str(&text).unwrap();
        if written.get("parameters").is_some() {
            continue;
        }
        let provider = Provider::start(|_| Answer::error("invalid_request"));
        let mut home = Home::new();
        let mut names = Vec::new();
        plant(&mut written, &mut names);
        let text_of_preset = keyfob::spec::preset::shipped(name).unwrap();
        let preset = keyfob::spec::preset::parse_preset(text_of_preset).unwrap();
        let has_base = preset.parameters.contains_key("base_url");
        if has_base {
            written["base_url"] = json!(provider.url());
        }
        home.spec("ci", written.to_string());
        let mut secrets = Vec::new();
        for (index, planted) in names.iter().enumerate() {
            let secret = format!("pl4nted-{index}-s3cret");
            home.set(planted, &secret);
            secrets.push(secret);
        }
        let output = explain(&home, &["--spec", "ci"]);
        let facts = before(&home, "ci");
        let all = format!("{}{facts}", output.stdout);
        for secret in &secrets {
            assert!(!all.contains(secret.as_str()), "{name}: {all}");
        }
        let spec = &facts["specs"][0];
        let says = ["request", "token"]
            .iter()
            .any(|what| !spec[what].is_null());
        assert!(says, "{name}: {facts:#}");
        assert_eq!(provider.count(), 0, "{name}: explain sends nothing");
        if !has_base {
            continue;
        }
        // A key has to be one.
        for (index, planted) in names.iter().enumerate() {
            let is_key = text.contains("private_key") || text.contains("\"key\"");
            let value = if is_key { pem() } else { &secrets[index] };
            home.set(planted, value);
        }
        run(&mut home.keyfob(["token", "--spec", "ci"]), "");
        let requests = provider.requests();
        if requests.is_empty() {
            continue;
        }
        assert_shown(&facts, &requests[..1], &provider.url(), name);
        compared += 1;
    }
    // Those that send nothing here are in the conversations, or sign and read their token.
    assert!(compared > 15, "{compared}");
}
