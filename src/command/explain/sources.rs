//! The sources of a spec, and the first value that lacks.

use super::facts::SourceFacts;
use crate::error::{Code, Error};
use crate::obtain::inspect::{Inspector, Presence};
use crate::protocol::Message;
use crate::source::Source;

/// Adds what a value is read from. `alternative` says of a source in a list whether it is used, if
/// one of them is there.
pub(super) fn add_source(
    inspector: &Inspector<'_>,
    source: &Source,
    alternative: Option<bool>,
    rows: &mut Vec<SourceFacts>,
) {
    match source {
        Source::FirstOf(sources) => {
            let first = inspector.first_present(sources);
            for each in sources {
                let used = first.map(|first| std::ptr::eq(first, each));
                let used = used.map(|used| used && alternative != Some(false));
                add_source(inspector, each, used.or(alternative), rows);
            }
        }
        Source::Jwt(jwt) => {
            let texts = jwt.texts.iter().map(|text| &text.source);
            let all = std::iter::once(&jwt.key)
                .chain(&jwt.certificate)
                .chain(texts);
            all.for_each(|source| add_source(inspector, source, alternative, rows));
        }
        Source::Presigned(presigned) => {
            let all = presigned.sources();
            all.for_each(|source| add_source(inspector, source, alternative, rows));
        }
        Source::Public(of) | Source::Base64Url { of, .. } => {
            add_source(inspector, of, alternative, rows);
        }
        _ => {
            let row = SourceFacts {
                source: source.describe(),
                presence: inspector.presence(source),
                alternative,
                mend: source.how_to_set(),
            };
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
}

/// The first value that lacks.
pub(super) fn lacks(spec: &str, rows: &[SourceFacts]) -> Option<Message> {
    let is_lacking = |row: &&SourceFacts| {
        let is_there = !matches!(row.presence, Presence::Absent | Presence::Unusable(_));
        row.alternative != Some(false) && !is_there
    };
    let row = rows.iter().find(is_lacking)?;
    let (code, why) = match &row.presence {
        Presence::Unusable(why) => (Code::SecretUnreadable, format!("{}: {why}", row.source)),
        _ => (
            Code::SecretMissing,
            format!("there is no secret in {}", row.source),
        ),
    };
    let error = Error::new(code, format!("spec `{spec}`: {why}"));
    let error = match &row.mend {
        Some(mend) => error.hint(mend.clone()),
        None => error,
    };
    Some(error.message())
}
