//! The request that a spec would send, with `[NAME]` in place of each secret, for `keyfob explain`.
//!
//! The grant is opened with placeholders, and makes its request as it does with secrets: what is
//! shown is the request of the code that sends. A placeholder is a word that no encoding changes,
//! and becomes `[NAME]` in the text that is shown. Nothing here can send a request: there is no
//! network among the effects, and no secret among the values.

mod placeholders;

use serde_json::Value;

use super::inspect::Inspector;
use crate::credential::Secret;
use crate::grant::Grant;
use crate::grant::encode::NotText;
use crate::grant::template::Template;
use crate::grant::url::{Start, Url};
use crate::http::Request;
use crate::source::Source;
use crate::source::aws::Keys;
use crate::spec::Provider;
use crate::time::Timestamp;
pub use placeholders::Signed;
use placeholders::{Placeholders, Purpose};

/// A request as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRequest {
    /// The HTTP method.
    pub method: &'static str,
    /// The URL.
    pub url: String,
    /// The header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<String>,
}

/// What a grant would do, with placeholders.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The request; `None` if the token is not requested.
    pub request: Option<ShownRequest>,
    /// The stored token, if the grant hands out one.
    pub handed_out: Option<String>,
    /// What is signed for the request or the token.
    pub signed: Vec<Signed>,
}

/// The request of a provider at this time.
///
/// # Errors
/// A placeholder cannot stand where the spec has the value.
pub fn preview(
    provider: &Provider,
    inspector: &Inspector<'_>,
    now: Timestamp,
) -> Result<Preview, NotText> {
    let mut placeholders = Placeholders::new(inspector, now);
    let grant = &provider.grant;
    let (create, opened);
    let template = match grant {
        Grant::Http(template, _) => Some(template),
        Grant::StaticToken(grant) => grant.metadata.as_ref().map(|metadata| &metadata.template),
        Grant::KeptToken(grant) => {
            create = grant.create.with_unique_suffix(&placeholders.unique()).0;
            Some(&create)
        }
        Grant::OAuth(_) => None,
    };
    let purpose = |source: &Source| template.map_or(Purpose::Text, |it| purpose_of(it, source));
    let (request, token) = match grant {
        Grant::KeptToken(grant) => {
            let template = grant.create.with_unique_suffix(&placeholders.unique()).0;
            opened = template.open(&mut |source| placeholders.open(source, purpose(source)))?;
            (Some(opened.request(now)?), None)
        }
        _ => {
            let open = &mut |source: &Source| placeholders.open(source, purpose(source));
            let grant: Grant<Secret> = grant.open(open)?;
            let token = grant.stored_token().cloned();
            (grant.request(now)?, token)
        }
    };
    Ok(Preview {
        request: request.map(|request| shown(&request, &placeholders)),
        handed_out: token.map(|token| placeholders.show(token.expose_text().unwrap_or_default())),
        signed: placeholders.signed(),
    })
}

/// What a value has to look like where a template has it.
fn purpose_of(template: &Template<Source>, source: &Source) -> Purpose {
    let is_url = |url: &Url<Source>| match url {
        Url::Composed {
            start: Start::Whole(whole),
            ..
        } => whole == source,
        _ => false,
    };
    let keys = template.aws.as_ref().map(|aws| &aws.keys);
    match keys {
        Some(Keys::Document(document)) if document == source => Purpose::AccessKey,
        _ if is_url(&template.url) => Purpose::Url,
        _ => Purpose::Text,
    }
}

fn shown(request: &Request, placeholders: &Placeholders<'_>) -> ShownRequest {
    let text = |secret: &Secret| secret.expose_text().unwrap_or_default().to_owned();
    let headers = request.headers.iter();
    ShownRequest {
        method: request.method.as_str(),
        url: placeholders.show(&request.endpoint.url()),
        headers: headers
            .map(|(name, value)| (name.clone(), placeholders.show_header(&text(value))))
            .collect(),
        body: request
            .body
            .as_ref()
            .map(|body| placeholders.show(&text(body))),
    }
}

impl ShownRequest {
    /// The fields of a form, one on each line; another body as it is.
    #[must_use]
    pub fn body_lines(&self) -> Vec<String> {
        let Some(body) = &self.body else {
            return Vec::new();
        };
        let is_form = !body.starts_with('{') && !body.starts_with('[');
        match serde_json::from_str::<Value>(body) {
            Ok(json) => {
                let pretty = serde_json::to_string_pretty(&json).unwrap_or_default();
                pretty.lines().map(str::to_owned).collect()
            }
            Err(_) if is_form => {
                let fields = body.split('&').enumerate();
                let line = |(index, field): (usize, &str)| match index {
                    0 => field.to_owned(),
                    _ => format!("&{field}"),
                };
                fields.map(line).collect()
            }
            Err(_) => vec![body.clone()],
        }
    }
}
