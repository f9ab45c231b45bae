//! The facts of an explanation, and their JSON.

use serde_json::{Map, Value, json};

use super::caller::CallerFacts;
use crate::obtain::inspect::Presence;
use crate::obtain::preview::{Preview, Signed};
use crate::protocol::Message;
use crate::target::Pattern;

/// Everything that is explained.
#[derive(Debug, Default)]
pub(super) struct Explanation {
    pub(super) caller: Option<CallerFacts>,
    /// What the caller asks for, in each spelling.
    pub(super) targets: Vec<String>,
    /// A remark on how the caller asks.
    pub(super) note: Option<String>,
    /// The folders in which specs were found.
    pub(super) folder: Option<String>,
    pub(super) considered: Vec<Considered>,
    /// The spec, and then those whose tokens it uses.
    pub(super) chain: Vec<Link>,
    pub(super) told: Option<Told>,
    pub(super) outcome: Outcome,
}

/// Whether a credential would be tried, else why not.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) would_try: bool,
    /// What would be done, or why nothing is.
    pub(super) sentence: String,
    pub(super) code: Option<&'static str>,
    pub(super) hint: Option<String>,
}

impl Outcome {
    pub(super) fn yes(sentence: impl Into<String>) -> Self {
        Self {
            would_try: true,
            sentence: sentence.into(),
            ..Self::default()
        }
    }

    pub(super) fn not(message: Message) -> Self {
        Self {
            would_try: false,
            sentence: message.sentence,
            code: Some(message.code.as_str()),
            hint: message.hint,
        }
    }
}

/// What a spec is to the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Chosen,
    Tied,
    Lists,
    Near,
    Broken,
    BrokenElsewhere,
    Other,
}

impl Standing {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Tied => "tied",
            Self::Lists => "lists",
            Self::Near => "near",
            Self::Broken => "broken",
            Self::BrokenElsewhere => "broken-elsewhere",
            Self::Other => "other",
        }
    }
}

/// A spec that was considered.
#[derive(Debug)]
pub(super) struct Considered {
    pub(super) spec: String,
    pub(super) standing: Standing,
    /// The entry of `targets` that is meant.
    pub(super) entry: Option<String>,
    pub(super) why: String,
    pub(super) mend: Option<String>,
}

impl Considered {
    pub(super) fn new(spec: &str, standing: Standing, entry: Option<&Pattern>, why: &str) -> Self {
        Self {
            spec: spec.to_owned(),
            standing,
            entry: entry.map(Pattern::to_string),
            why: why.to_owned(),
            mend: None,
        }
    }

    /// A spec that would be chosen is only listed where no token may be sent.
    pub(super) fn not_over_plain_http(&mut self) {
        if self.standing == Standing::Chosen {
            self.standing = Standing::Lists;
            self.why = "listed, but no token is sent over plain http".to_owned();
        }
    }

    pub(super) fn mend(self, mend: &str) -> Self {
        let mend = Some(mend.to_owned());
        Self { mend, ..self }
    }
}

/// A spec of the chain.
#[derive(Debug)]
pub(super) struct Link {
    /// The cache key, which tells specs of the same name apart.
    pub(super) id: String,
    pub(super) spec: String,
    /// Where it is from.
    pub(super) origin: String,
    pub(super) provider: String,
    /// The spec of a plain grant that it expands to.
    pub(super) expanded: Value,
    pub(super) sources: Vec<SourceFacts>,
    pub(super) preview: Result<Preview, String>,
    /// What is set of the connection, by name.
    pub(super) connection: Vec<(&'static str, String)>,
    /// The keyring entry that keeps the token, if one does.
    pub(super) kept_in: Option<String>,
    pub(super) cache: CacheFacts,
    /// What the cache key depends on.
    pub(super) key: Vec<String>,
    /// What the cache key does not depend on.
    pub(super) outside_the_key: Vec<String>,
    /// Why no token can be had, if that is known.
    pub(super) problem: Option<Message>,
}

/// A source of a spec.
#[derive(Debug, PartialEq)]
pub(super) struct SourceFacts {
    pub(super) source: String,
    pub(super) presence: Presence,
    /// Of a source in a list of which one is there: whether it is that one.
    pub(super) alternative: Option<bool>,
    /// How to put a value there.
    pub(super) mend: Option<String>,
}

/// What the cache holds.
#[derive(Debug, Default)]
pub(super) struct CacheFacts {
    /// `none`, `fresh`, `due`, `expired` or `cooling-down`.
    pub(super) state: &'static str,
    /// Times in RFC 3339, by name.
    pub(super) times: Vec<(&'static str, String)>,
    /// How long it is until the state ends, or since the token was issued.
    pub(super) says: String,
    pub(super) failure: Option<String>,
}

/// What the tool would be told.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) username: String,
    /// `spec`, `provider` or `default`.
    pub(super) username_from: &'static str,
    pub(super) expires_at: Option<String>,
    /// The reply, with `[token]`.
    pub(super) reply: Option<String>,
}

impl Explanation {
    /// The facts as JSON.
    pub(super) fn to_json(&self) -> Value {
        let caller = self.caller.as_ref().map(CallerFacts::to_json);
        let considered = self.considered.iter().map(|row| {
            json!({
                "spec": row.spec,
                "standing": row.standing.as_str(),
                "entry": row.entry,
                "why": row.why,
                "mend": row.mend,
            })
        });
        let told = self.told.as_ref().map(|told| {
            json!({
                "username": told.username,
                "username_from": told.username_from,
                "expires_at": told.expires_at,
                "reply": told.reply,
            })
        });
        json!({
            "would_try": self.outcome.would_try,
            "outcome": self.outcome.sentence,
            "code": self.outcome.code,
            "hint": self.outcome.hint,
            "caller": caller,
            "targets": self.targets,
            "note": self.note,
            "folder": self.folder,
            "considered": considered.collect::<Vec<Value>>(),
            "specs": self.chain.iter().map(Link::to_json).collect::<Vec<Value>>(),
            "told": told,
        })
    }
}

impl Link {
    fn to_json(&self) -> Value {
        let sources = self.sources.iter().map(|source| {
            json!({
                "source": source.source,
                "there": match source.presence {
                    Presence::There => Value::Bool(true),
                    Presence::Absent | Presence::Unusable(_) => Value::Bool(false),
                    Presence::Unknown(_) => Value::Null,
                },
                "used": source.alternative.unwrap_or(true),
                "why": why(&source.presence),
                "mend": source.mend,
            })
        });
        let preview = self.preview.as_ref().ok();
        let request = preview
            .and_then(|preview| preview.request.as_ref())
            .map(|request| {
                let headers = request.headers.iter();
                let headers = headers.map(|(name, value)| json!([name, value]));
                json!({
                    "method": request.method,
                    "url": request.url,
                    "headers": headers.collect::<Vec<Value>>(),
                    "body": request.body,
                })
            });
        let signed = preview.map(|preview| &preview.signed);
        let signed = signed.into_iter().flatten().map(signed_json);
        let text =
            |(name, text): &(&'static str, String)| ((*name).to_owned(), text.clone().into());
        let object = |pairs: &[(&'static str, String)]| -> Value {
            Value::Object(pairs.iter().map(text).collect::<Map<String, Value>>())
        };
        json!({
            "spec": self.spec,
            "origin": self.origin,
            "provider": self.provider,
            "expands_to": self.expanded,
            "sources": sources.collect::<Vec<Value>>(),
            "request": request,
            "token": preview.and_then(|preview| preview.handed_out.clone()),
            "signed": signed.collect::<Vec<Value>>(),
            "connection": object(&self.connection),
            "kept_in": self.kept_in,
            "cache": {
                "state": self.cache.state,
                "times": object(&self.cache.times),
                "failure": self.cache.failure,
            },
            "key": self.key,
            "outside_the_key": self.outside_the_key,
            "problem": self.problem.as_ref().map(|problem| problem.sentence.clone()),
        })
    }
}

/// What is known of a presence besides that it is one.
pub(super) fn why(presence: &Presence) -> Option<&str> {
    match presence {
        Presence::There | Presence::Absent => None,
        Presence::Unknown(why) | Presence::Unusable(why) => Some(why),
    }
}

fn signed_json(signed: &Signed) -> Value {
    match signed {
        Signed::Jwt {
            name,
            signer,
            header,
            claims,
        } => json!({"name": name, "key": signer, "header": header, "claims": claims}),
        Signed::Url { name, url } => json!({"name": name, "url": url}),
    }
}
