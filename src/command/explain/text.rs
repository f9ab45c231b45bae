//! The explanation as text for people.

use std::collections::BTreeMap as Map;

use serde_json::Value;

use super::facts::{Considered, Explanation, Link, SourceFacts, why};
use crate::obtain::inspect::Presence;
use crate::obtain::preview::{Preview, Signed};
use crate::spec::changes_the_token;
use crate::tool::called::Called;

/// The text.
pub(super) fn of(explanation: &Explanation) -> String {
    let mut lines = Vec::new();
    asked(explanation, &mut lines);
    considered(explanation, &mut lines);
    for link in &explanation.chain {
        spec(link, &mut lines);
    }
    told(explanation, &mut lines);
    outcome(explanation, &mut lines);
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn asked(explanation: &Explanation, lines: &mut Vec<String>) {
    let Some(caller) = &explanation.caller else {
        return;
    };
    if !explanation.targets.is_empty() {
        let targets = explanation.targets.join(", or ");
        lines.push(format!("{} asks for {targets}", caller.name));
    }
    lines.extend(explanation.note.iter().map(|note| format!("  {note}")));
    match &caller.called {
        Some(Called::Not) => lines.push(format!("  {} does not call keyfob for it", caller.name)),
        Some(Called::Unknown(why) | Called::Refused(why)) => lines.push(format!("  {why}")),
        Some(Called::By(_)) | None => {}
    }
    if let Some(name) = &caller.lacks {
        lines.push(format!(
            "  {name} is not on PATH: {} starts keyfob by that name",
            caller.name
        ));
    }
}

fn considered(explanation: &Explanation, lines: &mut Vec<String>) {
    if explanation.considered.is_empty() {
        return;
    }
    gap(lines);
    lines.push(match &explanation.folder {
        Some(folder) => format!("specs in {folder}:"),
        None => "specs:".to_owned(),
    });
    let longest = |of: &dyn Fn(&Considered) -> usize| {
        explanation
            .considered
            .iter()
            .map(of)
            .max()
            .unwrap_or_default()
    };
    let names = longest(&|row| row.spec.chars().count());
    for row in &explanation.considered {
        let entry = row.entry.as_ref().map(|entry| format!("{entry}: "));
        let entry = entry.unwrap_or_default();
        let standing = row.standing.as_str().split('-').next().unwrap_or_default();
        lines.push(format!(
            "  {:<names$}  {standing:<6}  {entry}{}",
            row.spec, row.why
        ));
        if let Some(mend) = &row.mend {
            lines.push(format!("  {:<names$}          mend: {mend}", ""));
        }
    }
}

fn spec(link: &Link, lines: &mut Vec<String>) {
    gap(lines);
    let plain = link.expanded.get("provider").and_then(Value::as_str);
    let plain = plain.filter(|plain| *plain != link.provider);
    let expands = plain
        .map(|plain| format!(", a preset of {plain}"))
        .unwrap_or_default();
    lines.push(format!("{}: {}{expands}", link.origin, link.provider));
    if plain.is_some() {
        let members = link.expanded.as_object().into_iter().flatten();
        let members = members.filter(|(name, _)| changes_the_token(name));
        let members: Map<&String, &Value> = members.collect();
        let pretty = serde_json::to_string_pretty(&members).unwrap_or_default();
        section("expands to", pretty.lines(), lines);
    }
    let sources: Vec<String> = link.sources.iter().flat_map(source).collect();
    section("sources", sources.iter().map(String::as_str), lines);
    if let Ok(preview) = &link.preview {
        previewed(preview, lines);
    }
    for (name, value) in &link.connection {
        lines.push(format!("  {name}: {value}"));
    }
    if let Some(entry) = &link.kept_in {
        lines.push(format!(
            "  kept in {entry}: one that is there and not due is used"
        ));
    }
    let failure = link
        .cache
        .failure
        .as_ref()
        .map(|failure| format!("; {failure}"));
    lines.push(format!(
        "  cache: {}{}",
        link.cache.says,
        failure.unwrap_or_default()
    ));
    lines.push(format!("  cache key: {}", link.key.join(", ")));
    if !link.outside_the_key.is_empty() {
        lines.push(format!(
            "  not part of it: {}",
            link.outside_the_key.join(", ")
        ));
    }
}

fn source(row: &SourceFacts) -> Vec<String> {
    let there = match &row.presence {
        Presence::There => "there".to_owned(),
        Presence::Absent => "not there".to_owned(),
        Presence::Unknown(_) | Presence::Unusable(_) => {
            why(&row.presence).unwrap_or_default().to_owned()
        }
    };
    let used = match row.alternative {
        Some(true) => "; the first that is there",
        Some(false) => "; not used",
        None => "",
    };
    let lacks = matches!(row.presence, Presence::Absent) && row.alternative != Some(false);
    let mut lines = vec![format!("{}: {there}{used}", row.source)];
    lines.extend(
        row.mend
            .iter()
            .filter(|_| lacks)
            .map(|mend| format!("  mend: {mend}")),
    );
    lines
}

fn previewed(preview: &Preview, lines: &mut Vec<String>) {
    if let Some(request) = &preview.request {
        let mut shown = vec![format!("{} {}", request.method, request.url)];
        let headers = request.headers.iter();
        shown.extend(headers.map(|(name, value)| format!("{name}: {value}")));
        let body = request.body_lines();
        if !body.is_empty() {
            shown.push(String::new());
        }
        shown.extend(body);
        section("request", shown.iter().map(String::as_str), lines);
    }
    if let Some(token) = &preview.handed_out {
        lines.push(format!("  token: {token}"));
    }
    for signed in &preview.signed {
        match signed {
            Signed::Jwt {
                name,
                signer,
                header,
                claims,
            } => {
                let shown = [format!("{header}"), format!("{claims}")];
                let title = format!("{name}, signed with {signer}");
                section(&title, shown.iter().map(String::as_str), lines);
            }
            Signed::Url { name, url } => section(name, [url.as_str()].into_iter(), lines),
        }
    }
}

fn told(explanation: &Explanation, lines: &mut Vec<String>) {
    let Some(told) = &explanation.told else {
        return;
    };
    gap(lines);
    let who = explanation
        .caller
        .as_ref()
        .map_or("a caller", |caller| caller.name);
    let from = match told.username_from {
        "spec" => "the spec's",
        "provider" => "the provider's",
        _ => "the default",
    };
    let expiry = told
        .expires_at
        .as_ref()
        .map(|end| format!("; expiry {end}"));
    let expiry = expiry.unwrap_or_default();
    // kubectl and others are told no user name.
    let names_user = told
        .reply
        .as_ref()
        .is_none_or(|reply| reply.contains(&told.username));
    let user = format!(" user name {} ({from})", told.username);
    let user = if names_user { user } else { String::new() };
    lines.push(match format!("{user}{expiry}") {
        said if said.starts_with(';') => format!("{who} is told:{}", said.trim_start_matches(';')),
        said => format!("{who} is told:{said}"),
    });
    let reply = told.reply.iter().flat_map(|reply| reply.lines());
    lines.extend(reply.map(|line| format!("    {line}")));
}

fn outcome(explanation: &Explanation, lines: &mut Vec<String>) {
    gap(lines);
    let outcome = &explanation.outcome;
    let code = outcome
        .code
        .map(|code| format!(" ({code})"))
        .unwrap_or_default();
    lines.push(match outcome.would_try {
        true => format!("result: {}", outcome.sentence),
        false => format!("result: no credential: {}{code}", outcome.sentence),
    });
    lines.extend(outcome.hint.iter().map(|hint| format!("hint: {hint}")));
}

/// A title with lines below it; nothing if there are none.
fn section<'a>(title: &str, shown: impl Iterator<Item = &'a str>, lines: &mut Vec<String>) {
    let shown: Vec<&str> = shown.collect();
    if !shown.is_empty() {
        lines.push(format!("  {title}:"));
        lines.extend(shown.iter().map(|line| match line.is_empty() {
            true => String::new(),
            false => format!("    {line}"),
        }));
    }
}

fn gap(lines: &mut Vec<String>) {
    if !lines.is_empty() {
        lines.push(String::new());
    }
}
