//! Requirements on a response, which its spec makes.

use serde_json::Value;

use super::Location;
use crate::credential::Secret;
use crate::http::Response;

/// A requirement on a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The location of a value: a JSON pointer or a header field.
    pub at: Location,
    /// The test of the value there.
    pub test: Test,
    /// The error message if the test fails.
    pub otherwise: String,
}

/// A test of a value in a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The value equals this one. A missing value equals null.
    Equals(Value),
    /// The value is a prefix of the token that ends at a `_` or is the whole token: the part that a
    /// vendor shows.
    BeginsToken,
}

impl Requirement {
    /// What the first of the requirements says that the response does not meet.
    #[must_use]
    pub fn broken<'a>(
        requirements: &'a [Self],
        response: &Response,
        body: &Value,
        token: Option<&Secret>,
    ) -> Option<&'a str> {
        let holds = |it: &&Self| match &it.at {
            Location::Header(name) => {
                let found = response.only_header(name).ok().map(Value::from);
                it.test.accepts(&found.unwrap_or_default(), token)
            }
            _ => it.test.accepts(it.in_body(body), token),
        };
        let broken = requirements.iter().find(|it| !holds(it))?;
        Some(&broken.otherwise)
    }

    /// The public part of the token, if this test compares it and succeeds: at most half of the
    /// token, and at most its first two words (`ddsat_PUBLIC_…`).
    #[must_use]
    pub fn public_part<'a>(&self, body: &'a Value, token: Option<&Secret>) -> Option<&'a str> {
        let found = self.in_body(body);
        let part = found.as_str()?;
        let short = 2 * part.len() <= token?.len() && part.matches('_').count() < 2;
        let shown = matches!(self.test, Test::BeginsToken) && short;
        (shown && self.test.accepts(found, token)).then_some(part)
    }

    fn in_body<'a>(&self, body: &'a Value) -> &'a Value {
        match &self.at {
            Location::Pointer(pointer) => body.pointer(pointer).unwrap_or(&Value::Null),
            _ => &Value::Null,
        }
    }
}

impl Test {
    fn accepts(&self, found: &Value, token: Option<&Secret>) -> bool {
        match self {
            Self::Equals(wanted) => found == wanted,
            Self::BeginsToken => {
                let token = token.and_then(Secret::expose_text);
                let rest = token
                    .zip(found.as_str().filter(|found| !found.is_empty()))
                    .and_then(|(token, found)| token.strip_prefix(found));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            }
        }
    }
}
