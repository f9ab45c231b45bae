//! `keyfob check`: asks the provider about the account or the token of a spec. The exit status is 0
//! if it is usable, else 1.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{spec, token_by_name};
use crate::credential::Secret;
use crate::error::Error;
use crate::find::LoadedSpec;
use crate::grant::response::{
    self, Location, MAX_CLAIM_LENGTH, Requirement, ResponseFormat, SHOWN_CLAIMS, WITHHELD,
    may_contain_secret, single_line, unverified_claims,
};
use crate::obtain::{self, Call, Needs, Opener, Resolved, send};
use crate::protocol::{Reply, one_line};
use crate::source::Source;
use crate::spec::Check;
use crate::time::{Timestamp, format_duration};
use crate::world::{Commanding, Obtaining};

/// What the provider says about the account or the token.
struct Report {
    usable: bool,
    why_not: Option<String>,
    shown: Vec<(String, Value)>,
    expires_at: Option<Timestamp>,
}

/// Asks the provider, and reports its answer. An expiry within `warn_within` makes the result "not
/// usable".
///
/// # Errors
/// Returns an error if the spec is not valid, a secret cannot be read, or the provider cannot be
/// reached or refuses the request.
pub fn run(
    world: &dyn Commanding,
    named: Option<&str>,
    as_json: bool,
    warn_within: Option<Duration>,
) -> Result<Reply, Error> {
    let loaded = spec(world, named, true)?;
    let admitted = loaded.spec.admit_by_name();
    let specs = obtain::resolve(world, &loaded.name, admitted);
    let provider = specs.provider()?;
    let report = match &provider.check {
        Some(check) => ask(world, &loaded, &specs, check),
        None => obtain::call(world, &specs).and_then(|call| fresh_token(&call)),
    };
    let mut report = report.map_err(|error| obtain::named(error, &specs))?;
    let now = world.now();
    if let Some(expiry) = report.expires_at {
        let left = expiry.since(now);
        if expiry <= now {
            let ago = format_duration(now.since(expiry));
            report.refuse(format!("it expired {ago} ago"));
        } else if let Some(within) = warn_within.filter(|within| left <= *within) {
            let fresh = match provider.check {
                Some(_) => "",
                None => "; this is the expiry of a token that was issued for this check",
            };
            report.refuse(format!(
                "it expires in {}, which is within {}{fresh}",
                format_duration(left),
                format_duration(within)
            ));
        }
    }
    let text = if as_json {
        report.json(&loaded.name, &provider.name)
    } else {
        report.lines(&loaded.name, &provider.name, now)
    };
    Ok(Reply {
        status: i32::from(!report.usable),
        ..Reply::text(text)
    })
}

/// Sends the spec's `check` request.
fn ask(
    world: &dyn Obtaining,
    loaded: &LoadedSpec,
    specs: &Resolved<'_>,
    check: &Check,
) -> Result<Report, Error> {
    let provider = specs.provider()?;
    let issued = is_about_the_token(check)
        .then(|| token_by_name(world, loaded, Needs::default()))
        .transpose()?;
    // A call with a deadline of its own: obtaining the token was a separate call.
    let call = obtain::call(world, specs)?;
    let mut opener = Opener::new(call);
    if let Some(token) = issued {
        opener = opener.about(token.access_token.secret());
    }
    let stored = provider
        .grant
        .stored_token()
        .map(|source| opener.open(source))
        .transpose()?;
    let transport = opener.transport(&provider.connection)?;
    let template = check.template.open(&mut |source| opener.open(source))?;
    let request = template
        .request(world.now())
        .map_err(|why| Error::new(crate::error::Code::SecretUnreadable, why.to_string()))?;
    let response_format = ResponseFormat::without_token(provider.grant.retry_header());
    let secrets = opener.opened;
    let (body, why_not) = send::send(
        world,
        &request,
        &transport,
        call.left(),
        &secrets,
        &|answer, requested_at| {
            let body = response::parse_success(answer, &response_format, requested_at, &secrets)?;
            let broken = Requirement::broken(&check.usable, answer, &body, stored.as_ref());
            Ok((body, broken.map(str::to_owned)))
        },
    )?;
    let public = |pointer: &String| {
        let at = Location::Pointer(pointer.clone());
        let about_it = check.usable.iter().filter(|it| it.at == at);
        about_it
            .filter_map(|requirement| requirement.public_part(&body, stored.as_ref()))
            .next()
    };
    let values = check.show.iter().map(|(label, pointer)| {
        let value = body.pointer(pointer).filter(|_| public(pointer).is_none());
        (one_line(label), value.cloned().unwrap_or_default())
    });
    let mut shown = clean(values.collect(), &secrets);
    for ((_, value), (_, pointer)) in shown.iter_mut().zip(&check.show) {
        if let Some(part) = public(pointer) {
            *value = Value::from(part);
        }
    }
    let expires_at = response::parse_expiry(&check.expiry_rules, &body, "", world.now(), &secrets)
        .map_err(|why| Error::no_token(&request.endpoint.without_query(), &why))?;
    Ok(Report {
        usable: why_not.is_none(),
        why_not,
        shown,
        expires_at,
    })
}

/// Makes values from a response safe to print. Each value is searched for secrets, and so is the
/// text of all values together, because a secret may be spread over several values.
fn clean(shown: Vec<(String, Value)>, secrets: &[Secret]) -> Vec<(String, Value)> {
    let lines = |value: &Value| match value {
        Value::Array(items) => {
            let mut left = MAX_CLAIM_LENGTH;
            let texts = items.iter().filter_map(Value::as_str).map(single_line);
            let fitting = texts.take_while(|text| {
                left = left.saturating_sub(text.chars().count());
                left > 0
            });
            Value::from(fitting.collect::<Vec<String>>())
        }
        Value::String(text) => Value::from(single_line(text)),
        Value::Object(_) => Value::from("…"),
        other => other.clone(),
    };
    let harmless = |(label, value): (String, Value)| {
        let value = lines(&value);
        let value = match may_contain_secret(&text_of(&value), secrets) {
            true => Value::from(WITHHELD),
            false => value,
        };
        (label, value)
    };
    let mut shown: Vec<(String, Value)> = shown.into_iter().map(harmless).collect();
    let visible = shown
        .iter()
        .filter(|(_, value)| value.as_str() != Some(WITHHELD));
    let all: String = visible.map(|(_, value)| text_of(value)).collect();
    if may_contain_secret(&all, secrets) {
        shown
            .iter_mut()
            .for_each(|(_, value)| *value = Value::from(WITHHELD));
    }
    shown
}

/// A value as one line of text.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.join(" ")
        }
        other => other.to_string(),
    }
}

/// Whether the request contains the token itself, which must then be obtained first.
fn is_about_the_token(check: &Check) -> bool {
    check
        .template
        .uses(&|source| matches!(source, Source::Issued))
}

/// Obtains a token for this check alone, and reports its claims.
fn fresh_token(call: &Call<'_>) -> Result<Report, Error> {
    let token = obtain::uncached(call)?;
    let mut shown = Vec::new();
    if let Some(scope) = &token.scope {
        shown.push(("scope".to_owned(), Value::from(scope.as_str())));
    }
    let claims = unverified_claims(token.access_token.expose()).filter(|_| !token.repeats_secret);
    for name in SHOWN_CLAIMS {
        if let Some(claim) = claims.as_ref().and_then(|claims| claims.get(name)) {
            shown.push((name.to_owned(), claim.clone()));
        }
    }
    Ok(Report {
        usable: true,
        why_not: None,
        shown: clean(shown, &[token.access_token.secret()]),
        expires_at: token.expires_at,
    })
}

impl Report {
    fn refuse(&mut self, why: String) {
        self.usable = false;
        self.why_not.get_or_insert(why);
    }

    fn json(&self, spec: &str, provider: &str) -> String {
        let mut object = Map::new();
        object.insert("spec".to_owned(), spec.into());
        object.insert("provider".to_owned(), provider.into());
        object.insert("usable".to_owned(), self.usable.into());
        object.insert("reason".to_owned(), self.why_not.clone().into());
        object.insert(
            "ends_at".to_owned(),
            self.expires_at.map(Timestamp::rfc3339).into(),
        );
        object.insert(
            "details".to_owned(),
            Value::Object(self.shown.iter().cloned().collect()),
        );
        format!("{}\n", Value::Object(object))
    }

    fn lines(&self, spec: &str, provider: &str, now: Timestamp) -> String {
        let verdict = match &self.why_not {
            None => "usable".to_owned(),
            Some(why) => format!("not usable: {why}"),
        };
        let mut lines = format!("{spec} ({provider}): {verdict}\n");
        for (label, value) in &self.shown {
            lines.push_str(&format!("  {label}: {}\n", text_of(value)));
        }
        let expiry = match self.expires_at {
            Some(at) if at > now => format!("{at}, in {}", format_duration(at.since(now))),
            Some(at) => at.to_string(),
            None => "unknown".to_owned(),
        };
        lines.push_str(&format!("  expires: {expiry}\n"));
        lines
    }
}
