//! A token that was made elsewhere and is stored (`static`), with an optional call that may veto it and tells when it ends.

use serde_json::Value;

use super::answer::{self, NoToken, ResponseFormat};
use super::encode::NotText;
use super::template::Template;
use crate::credential::{AccessToken, Secret, Token};
use crate::http::{Request, Response};
use crate::time::Timestamp;

/// What must hold of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Where to look: a JSON pointer.
    pub pointer: String,
    /// What must be there.
    pub test: Test,
    /// What it means where it is not: a sentence for the error.
    pub otherwise: String,
}

/// What must be at a place of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// This value; null is also what is not there.
    Equals(Value),
    /// The token's own beginning, up to the end or a `_`: the part of it that a vendor shows.
    BeginsToken,
}

impl Requirement {
    /// The part of the token that its vendor shows, where it is about that and holds: at most half of the token, and no more than its first two
    /// words (`ddsat_PUBLIC_…`).
    #[must_use]
    pub fn public_part<'a>(&self, answer: &'a Value, token: Option<&Secret>) -> Option<&'a str> {
        let part = answer.pointer(&self.pointer)?.as_str()?;
        let short = 2 * part.len() <= token?.len() && part.matches('_').count() < 2;
        let shown = matches!(self.test, Test::BeginsToken) && short;
        (shown && self.holds(answer, token)).then_some(part)
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, answer: &Value, token: Option<&Secret>) -> bool {
        let found = answer.pointer(&self.pointer).unwrap_or(&Value::Null);
        match &self.test {
            Test::Equals(wanted) => found == wanted,
            Test::BeginsToken => {
                let token = token.and_then(Secret::expose_text);
                let rest = token
                    .zip(found.as_str().filter(|found| !found.is_empty()))
                    .and_then(|(token, found)| token.strip_prefix(found));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            }
        }
    }
}

/// The call that may veto a stored token.
#[derive(Debug, Clone)]
pub struct Metadata<S> {
    /// The request.
    pub template: Template<S>,
    /// What must hold of its answer.
    pub require: Vec<Requirement>,
}

/// A stored token.
#[derive(Debug, Clone)]
pub struct StaticToken<S> {
    /// The token.
    pub token: S,
    /// The call about it.
    pub metadata: Option<Metadata<S>>,
    /// What tells when it ends: pointers into the metadata.
    pub reading: ResponseFormat,
}

impl<S> StaticToken<S> {
    /// The same with its secrets opened.
    ///
    /// # Errors
    /// What `open` gives.
    pub fn open<T, E>(
        &self,
        open: &mut dyn FnMut(&S) -> Result<T, E>,
    ) -> Result<StaticToken<T>, E> {
        let metadata = match &self.metadata {
            None => None,
            Some(metadata) => Some(Metadata {
                template: metadata.template.open(open)?,
                require: metadata.require.clone(),
            }),
        };
        Ok(StaticToken {
            token: open(&self.token)?,
            metadata,
            reading: self.reading.clone(),
        })
    }
}

impl StaticToken<Secret> {
    /// The metadata request, where there is one.
    ///
    /// # Errors
    /// [`NotText`] where a secret cannot be put into it.
    pub fn request(&self, now: Timestamp) -> Result<Option<Request>, NotText> {
        self.metadata
            .as_ref()
            .map(|metadata| metadata.template.request(now))
            .transpose()
    }

    /// The stored token, if the answer does not speak against it.
    ///
    /// # Errors
    /// [`NoToken`].
    pub fn read(
        &self,
        answer: Option<&Response>,
        asked_at: Timestamp,
        secrets: &[Secret],
    ) -> Result<Token, NoToken> {
        let nonsense = |why: &str| NoToken::Nonsense(why.to_owned());
        let body = match (answer, &self.metadata) {
            (Some(answer), Some(metadata)) => {
                let body = answer::success(answer, &self.reading, asked_at, secrets)?;
                let broken = metadata
                    .require
                    .iter()
                    .find(|requirement| !requirement.holds(&body, Some(&self.token)));
                if let Some(requirement) = broken {
                    return Err(NoToken::Vetoed(requirement.otherwise.clone()));
                }
                body
            }
            _ => Value::Null,
        };
        let text = self
            .token
            .expose_text()
            .ok_or_else(|| nonsense("the stored token is no text"))?;
        let access_token = AccessToken::parse(text)
            .map_err(|why| nonsense(&format!("in the stored token, {why}")))?;
        let expires_at = answer::end(&self.reading.expires, &body, text, asked_at, secrets)?;
        Ok(Token {
            access_token,
            issued_at: asked_at,
            expires_at,
            scope: None,
            repeats_secret: false,
        })
    }
}
