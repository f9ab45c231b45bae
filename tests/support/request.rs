//! A request as the provider saw it, and the ways a test reads it: forms (RFC 6749 appendix B), Basic (RFC 7617), Bearer (RFC 6750).

use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// One request, word for word.
#[derive(Debug, Clone)]
pub struct Request {
    /// 1 for the provider's first request.
    pub number: usize,
    /// `POST`, …
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The query as sent, without `?`; empty when there is none.
    pub query: String,
    /// Every header in its order and spelling.
    pub headers: Vec<(String, String)>,
    /// The body, freed from chunks.
    pub body: Vec<u8>,
    /// When its first line was read.
    pub at: Instant,
    /// The certificate (DER) the client showed.
    pub client_certificate: Option<Vec<u8>>,
}

impl Request {
    pub(super) fn begin(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Some(Self {
            number: 0,
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: Vec::new(),
            body: Vec::new(),
            at: Instant::now(),
            client_certificate: None,
        })
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body as a form, decoded, in its order.
    #[track_caller]
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(self.text())
    }

    /// The form's one value of this name; a name that is sent twice fails the test.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut values = self.parameters(name);
        assert!(values.len() < 2, "{name} was sent twice: {}", self.text());
        values.pop()
    }

    /// The form's values of this name.
    #[track_caller]
    pub fn parameters(&self, name: &str) -> Vec<String> {
        self.form()
            .into_iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value)
            .collect()
    }

    /// The query's pairs, decoded.
    #[track_caller]
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(&self.query)
    }

    /// What stands after `Bearer `.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// User and password of `Basic`, only freed from base64: whatever else was encoded is seen.
    pub fn basic(&self) -> Option<(String, String)> {
        let pair = BASE64_STANDARD
            .decode(self.header("authorization")?.strip_prefix("Basic ")?)
            .ok()?;
        let pair = String::from_utf8(pair).ok()?;
        pair.split_once(':')
            .map(|(user, password)| (user.to_owned(), password.to_owned()))
    }
}

/// The pairs of a form or query.
#[track_caller]
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Frees text from `+` and `%XX`.
#[track_caller]
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit(), digit());
                u8::try_from(
                    high.zip(low)
                        .map(|(high, low)| high * 16 + low)
                        .expect(text),
                )
                .unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
