//! The facts about a spec and those below it: sources, request, cache and key.

use std::time::Duration;

use serde_json::Value;

use super::facts::{CacheFacts, Link, Outcome};
use super::sources::{add_source, lacks};
use crate::http::Transport;
use crate::obtain::Resolved;
use crate::obtain::decide::{self, State};
use crate::obtain::inspect::Inspector;
use crate::obtain::preview::preview;
use crate::protocol::Message;
use crate::source::Source;
use crate::spec::Provider;
use crate::time::{Timestamp, format_duration};
use crate::world::cache::Entry;
use crate::world::http;
use crate::world::inspection::Explaining;

/// The spec, and those whose tokens it uses, each once.
pub(super) fn chain(
    world: &dyn Explaining,
    resolved: &Resolved<'_>,
    least_life: Duration,
) -> Vec<Link> {
    let inspector = Inspector::new(world);
    let mut chain = Vec::new();
    add(world, &inspector, resolved, least_life, &mut chain);
    if let (Err(error), Some(first)) = (resolved.totals(), chain.first_mut()) {
        first.problem = Some(error.message());
    }
    chain
}

/// Adds a spec and those below it, and returns why its token cannot be had.
fn add(
    world: &dyn Explaining,
    inspector: &Inspector<'_>,
    resolved: &Resolved<'_>,
    least_life: Duration,
    chain: &mut Vec<Link>,
) -> Option<Message> {
    let id = resolved.key().as_str();
    if let Some(known) = chain.iter().find(|link| link.id == id) {
        return known.problem.clone();
    }
    let at = chain.len();
    let (link, has_token) = link(world, inspector, resolved, least_life);
    let own = link.problem.clone();
    chain.push(link);
    let below = resolved.bases();
    let below = below
        .into_iter()
        .map(|base| add(world, inspector, base, Duration::ZERO, chain));
    let below: Vec<Option<Message>> = below.collect();
    let problem = own.or_else(|| below.into_iter().flatten().next());
    let problem = problem.filter(|_| !has_token);
    if let Some(link) = chain.get_mut(at) {
        link.problem.clone_from(&problem);
    }
    problem
}

/// The facts about one spec, and whether its cached token is handed out.
fn link(
    world: &dyn Explaining,
    inspector: &Inspector<'_>,
    resolved: &Resolved<'_>,
    least_life: Duration,
) -> (Link, bool) {
    let (spec, now) = (resolved.spec(), world.now());
    let entry = world.cached(resolved.key());
    let state = entry
        .as_ref()
        .map_or(State::Empty, |entry| decide::state(entry, now, least_life));
    let cache = cache(entry.as_ref(), state, now);
    let mut key = vec!["the text of the spec".to_owned()];
    if spec.is_over_a_preset() {
        key.push("the text of the preset".to_owned());
    }
    key.extend(spec.sources.iter().map(Source::describe));
    if world.variable("KEYFOB_KEYRING").is_some() {
        key.push("environment variable KEYFOB_KEYRING".to_owned());
    }
    let mut link = Link {
        id: resolved.key().as_str().to_owned(),
        spec: resolved.name().to_owned(),
        origin: spec.origin.to_string(),
        provider: spec.provider.clone(),
        expanded: Value::Null,
        sources: Vec::new(),
        preview: Err(String::new()),
        connection: Vec::new(),
        kept_in: None,
        cache,
        key,
        outside_the_key: spec
            .members_outside_the_key()
            .map(|it| format!("`{it}`"))
            .collect(),
        problem: None,
    };
    match resolved.provider() {
        Err(error) => link.problem = Some(error.message()),
        Ok(provider) => {
            link.expanded = spec.expanded().unwrap_or_default();
            describe(world, inspector, provider, now, &mut link);
            link.problem = lacks(resolved.name(), &link.sources);
        }
    }
    let usable = entry.as_ref().and_then(|entry| entry.stored.as_ref());
    let usable = usable.is_some_and(|stored| stored.use_until > now);
    let failure = entry
        .as_ref()
        .and_then(|entry| decide::cool_down(entry, now));
    if let (State::CoolingDown, false, Some(failure)) = (state, usable, failure) {
        link.problem = Some(failure.message());
    }
    // What is not valid or forbidden is an error, whatever the cache holds.
    let handed_out = resolved.provider().is_ok()
        && match state {
            State::Fresh => true,
            State::CoolingDown => usable,
            _ => false,
        };
    (link, handed_out)
}

fn describe(
    world: &dyn Explaining,
    inspector: &Inspector<'_>,
    provider: &Provider,
    now: Timestamp,
    link: &mut Link,
) {
    let mut visit = |source: &Source| add_source(inspector, source, None, &mut link.sources);
    provider.grant.walk(&mut visit);
    if let Some((certificate, key)) = &provider.connection.client_certificate {
        visit(certificate);
        visit(key);
    }
    let mut keyring: Vec<String> = Vec::new();
    provider.walk_sources(&mut |source| {
        let shown = source.describe();
        if matches!(source, Source::Keyring(_)) && !keyring.contains(&shown) {
            keyring.push(shown);
        }
    });
    link.outside_the_key.extend(keyring);
    link.kept_in = provider
        .grant
        .keyring_entry()
        .map(|it| Source::Keyring(it.clone()).describe());
    link.preview = preview(provider, inspector, now).map_err(|why| why.to_string());
    let connection = &provider.connection;
    let file = connection
        .ca_file
        .as_ref()
        .map(|path| path.display().to_string());
    let certificate = connection.client_certificate.as_ref();
    let certificate = certificate.map(|(certificate, _)| certificate.describe());
    let endpoint = provider.grant.endpoint().map(|endpoint| &endpoint.url);
    let transport = Transport {
        proxy: connection.proxy.clone(),
        ..Transport::default()
    };
    let proxy = endpoint.map(|it| http::proxy_for(it, &transport, &|name| world.variable(name)));
    let proxy = proxy.and_then(|proxy| proxy.unwrap_or_else(|why| Some(why.to_string())));
    let timeout = connection.timeout.map(format_duration);
    let all = [
        ("ca_file", file),
        ("client certificate", certificate),
        ("proxy", proxy),
        ("timeout", timeout),
    ];
    let set = all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    link.connection.extend(set);
}

fn cache(entry: Option<&Entry>, state: State, now: Timestamp) -> CacheFacts {
    let stored = entry.and_then(|entry| entry.stored.as_ref());
    let failure = entry.and_then(|entry| entry.failure.as_ref());
    let failure = failure.filter(|failure| failure.until > now);
    let mut times = Vec::new();
    if let Some(stored) = stored {
        times.push(("issued_at", stored.token.issued_at.rfc3339()));
        times.push(("renews_at", stored.renew_at.rfc3339()));
        times.push(("used_until", stored.use_until.rfc3339()));
        times.extend(
            stored
                .token
                .expires_at
                .map(|end| ("expires_at", end.rfc3339())),
        );
    }
    times.extend(failure.map(|failure| ("cooling_down_until", failure.until.rfc3339())));
    let age = stored.map(|stored| format_duration(now.since(stored.token.issued_at)));
    let age = age.unwrap_or_default();
    let left = |until: Timestamp| format_duration(until.since(now));
    let until = |what: &str, at: Option<Timestamp>| {
        let at = at.unwrap_or(now);
        format!("{what} {at} (in {})", left(at))
    };
    let renew_at = stored.map(|stored| stored.renew_at);
    let use_until = stored.map(|stored| stored.use_until);
    let (state, says) = match state {
        State::Empty => ("none", "no token is cached".to_owned()),
        State::Fresh => (
            "fresh",
            format!("a token, {age} old; {}", until("fresh until", renew_at)),
        ),
        State::Due => (
            "due",
            format!(
                "a token, {age} old, is due for renewal; {}",
                until("used until", use_until)
            ),
        ),
        State::Expired => ("expired", format!("a token that has expired, {age} old")),
        State::CoolingDown => {
            let end = failure.map(|failure| failure.until);
            ("cooling-down", until("no request is sent until", end))
        }
    };
    let failure = failure.map(|failure| format!("{} ({})", failure.sentence, failure.code));
    CacheFacts {
        state,
        times,
        says,
        failure,
    }
}

/// What comes of it for the outermost spec.
pub(super) fn outcome(chain: &[Link]) -> Outcome {
    let Some(first) = chain.first() else {
        return Outcome::default();
    };
    if let Some(problem) = &first.problem {
        return Outcome::not(problem.clone());
    }
    let request = first
        .preview
        .as_ref()
        .ok()
        .and_then(|preview| preview.request.as_ref());
    match (first.cache.state, request) {
        ("fresh" | "cooling-down", _) => Outcome::yes("the cached token is handed out"),
        (_, Some(request)) => {
            let url = request.url.split('?').next().unwrap_or_default();
            Outcome::yes(format!("a token is requested: {} {url}", request.method))
        }
        (_, None) => Outcome::yes("the token is read or signed here; no request is sent"),
    }
}
