//! The demo's token server: RFC 6749 §4.4 with Basic credentials (§2.3.1), on a loopback port, counting its requests.
//!
//! Strict about what it is asked (<https://www.rfc-editor.org/rfc/rfc6749#section-5.2> for its refusals), and generous with tokens that
//! no other server would take: unsigned words in the shape of a JWT. Never part of the program.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SecureRandom as _;

/// The one client that it knows.
pub const CLIENT_ID: &str = "demo-client";
/// That client's secret.
pub const CLIENT_SECRET: &str = "not-a-secret";
/// Life of its tokens, in seconds.
const LIFE: u64 = 3600;

/// A server that runs until the process ends.
pub struct TokenServer {
    address: String,
    requests: Arc<AtomicUsize>,
}

impl TokenServer {
    /// Listens on a free loopback port.
    ///
    /// # Errors
    /// The system's.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?.to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                if let Err(why) = serve(stream) {
                    let _ = writeln!(std::io::stderr(), "demo's token server: {why}");
                }
            }
        });
        Ok(Self { address, requests })
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How many connections were made.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream) -> Result<(), Box<dyn Error>> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let request_line = line.trim_end().to_owned();
    let mut fields = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let field = |name: &str| {
        let of_name = fields.iter().find(|(field, _)| field == name);
        of_name.map_or("", |(_, value)| value.as_str())
    };
    let length: u64 = field("content-length").parse()?;
    let mut body = String::new();
    reader.take(length.min(65_536)).read_to_string(&mut body)?;
    let (status, answer) = answer(&request_line, &field, &body)?;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )?;
    Ok(())
}

/// What the server says: a token only to a request that is right in every part.
fn answer<'a>(
    request_line: &str,
    field: &dyn Fn(&str) -> &'a str,
    body: &str,
) -> Result<(&'static str, String), Box<dyn Error>> {
    let refusal = |code: &str| format!(r#"{{"error":"{code}"}}"#);
    let credentials = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    Ok(if request_line != "POST /oauth/token HTTP/1.1" {
        ("404 Not Found", refusal("invalid_request"))
    } else if field("authorization") != format!("Basic {credentials}") {
        ("401 Unauthorized", refusal("invalid_client"))
    } else if field("content-type") != "application/x-www-form-urlencoded" {
        ("400 Bad Request", refusal("invalid_request"))
    } else if !body
        .split('&')
        .any(|pair| pair == "grant_type=client_credentials")
    {
        ("400 Bad Request", refusal("unsupported_grant_type"))
    } else {
        let token = token()?;
        (
            "200 OK",
            format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{LIFE}}}"#),
        )
    })
}

fn token() -> Result<String, Box<dyn Error>> {
    let end = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() + LIFE;
    let mut noise = [0; 16];
    ring::rand::SystemRandom::new()
        .fill(&mut noise)
        .map_err(|_| "no randomness")?;
    let parts = [
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"demo","exp":{end}}}"#)),
        URL_SAFE_NO_PAD.encode(noise),
    ];
    Ok(parts.join("."))
}
