//! An answer as the test scripts it: well-formed by default, and as broken as the test wants.

use std::io::Write;
use std::thread;
use std::time::Duration;

use super::Request;

/// What the provider says to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers besides `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long it thinks before the first byte.
    pub delay: Duration,
    /// These bytes in place of status, headers and body; the connection is closed after them.
    pub raw: Option<Vec<u8>>,
    /// So many bytes at a time, with this pause between.
    pub drip: Option<(usize, Duration)>,
}

impl Answer {
    /// A status and a JSON body, as `application/json`.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::of(status, body.into()).header("Content-Type", "application/json")
    }

    /// A status and a text, as `text/plain`.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::of(status, body.into()).header("Content-Type", "text/plain")
    }

    /// A status without a body.
    pub fn empty(status: u16) -> Self {
        Self::of(status, String::new())
    }

    /// RFC 6749 §5.1: a Bearer token and the seconds it lives.
    pub fn token(access_token: &str, expires_in: u64) -> Self {
        let body = serde_json::json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": expires_in,
        });
        Self::json(200, body.to_string()).header("Cache-Control", "no-store")
    }

    /// RFC 6749 §5.2: a refusal with status 400.
    pub fn error(code: &str) -> Self {
        Self::json(400, serde_json::json!({ "error": code }).to_string())
    }

    /// These bytes, then the end of the connection.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            raw: Some(bytes.into()),
            ..Self::empty(0)
        }
    }

    /// The end of the connection and not a word.
    pub fn hang_up() -> Self {
        Self::raw("")
    }

    fn of(status: u16, body: String) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            delay: Duration::ZERO,
            raw: None,
            drip: None,
        }
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Thinks for so long first.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Says it in pieces of so many bytes, with a pause between.
    pub fn drip(mut self, bytes: usize, pause: Duration) -> Self {
        self.drip = Some((bytes, pause));
        self
    }

    /// Sends it; whether the connection can go on.
    pub(super) fn send(&self, request: &Request, stream: &mut impl Write) -> bool {
        thread::sleep(self.delay);
        let bytes = self.raw.clone().unwrap_or_else(|| self.bytes(request));
        let sent = match self.drip {
            None => stream.write_all(&bytes).and_then(|()| stream.flush()),
            Some((size, pause)) => bytes.chunks(size).try_for_each(|piece| {
                stream.write_all(piece)?;
                stream.flush()?;
                thread::sleep(pause);
                Ok(())
            }),
        };
        sent.is_ok() && self.raw.is_none()
    }

    fn bytes(&self, request: &Request) -> Vec<u8> {
        // The words after the number mean nothing (RFC 9112 §4).
        let mut head = format!("HTTP/1.1 {} X\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.headers.iter().any(|(name, _)| {
            name.eq_ignore_ascii_case("content-length")
                || name.eq_ignore_ascii_case("transfer-encoding")
        }) {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        if request.method != "HEAD" {
            bytes.extend(&self.body);
        }
        bytes
    }
}
