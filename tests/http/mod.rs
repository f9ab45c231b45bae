//! One try over the wire: what leaves, what comes back, and what is said when nothing does.
//!
//! Servers that break every rule, on loopback; each try is also timed, for none may outlast its budget.

mod authority;
mod faults;
mod head;
mod metadata;
mod proxy;
mod roots;
mod sigv4;
mod tls;
mod tls_proxy;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use keyfob::credential::Secret;
use keyfob::http::{Method, Request, Response, Transport};
use keyfob::target::Endpoint;
use keyfob::world::http::{Failure, send};

/// What a busy machine may add to a budget.
const SLACK: Duration = Duration::from_millis(1500);

/// One try, as a test words it.
struct Try {
    request: Request,
    transport: Transport,
    variables: Vec<(&'static str, String)>,
    budget: Duration,
}

impl Try {
    fn get(url: impl AsRef<str>) -> Self {
        let request = Request {
            method: Method::Get,
            endpoint: Endpoint::parse(url.as_ref()).unwrap(),
            headers: Vec::new(),
            body: None,
            repeatable: true,
        };
        let budget = Duration::from_millis(2500);
        Self {
            request,
            transport: Transport::default(),
            variables: Vec::new(),
            budget,
        }
    }

    fn post(url: impl AsRef<str>, body: &str) -> Self {
        let mut post = Self::get(url);
        post.request.method = Method::Post;
        post.request.body = Some(body.to_owned().into());
        post
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.request
            .headers
            .push((name.to_owned(), Secret::from(value.to_owned())));
        self
    }

    fn trusting(mut self, ca_file: &std::path::Path) -> Self {
        self.transport.ca_file = Some(ca_file.to_owned());
        self
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn within(mut self, milliseconds: u64) -> Self {
        self.budget = Duration::from_millis(milliseconds);
        self
    }

    #[track_caller]
    fn send(&self) -> Result<Response, Failure> {
        let environment = |name: &str| {
            let found = self.variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        };
        let start = Instant::now();
        let outcome = send(&self.request, &self.transport, &environment, self.budget);
        let took = start.elapsed();
        assert!(
            took < self.budget + SLACK,
            "took {took:?} of {:?}",
            self.budget
        );
        if let Err(failure) = &outcome {
            let words = failure.to_string();
            assert!(!words.contains(char::is_control), "{words:?}");
            assert!(
                words.starts_with(char::is_lowercase) || words.starts_with("TLS "),
                "{words:?}"
            );
            assert!(!words.contains("hunter2"), "{words:?}");
        }
        outcome
    }

    /// The body of the answer, which has to come with status 200.
    #[track_caller]
    fn answer(&self) -> String {
        let answer = self.send().unwrap();
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.body.expose().to_vec()).unwrap()
    }

    /// Whether the request left, and the words of the failure.
    #[track_caller]
    fn failure(&self) -> (bool, String) {
        let failure = self.send().unwrap_err();
        (failure.sent, failure.to_string())
    }
}

const SENT: bool = true;
const UNSENT: bool = false;

fn said(words: &str) -> String {
    words.to_owned()
}

/// A server that treats every connection in its own way.
fn server(treat: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let treat = treat.clone();
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = stream.set_write_timeout(Some(Duration::from_secs(10)));
            thread::spawn(move || treat(stream));
        }
    });
    address
}

/// A server that reads one head and sends these bytes, over and over where `endless`.
fn saying(bytes: impl Into<Vec<u8>>, then: Then) -> String {
    let bytes = bytes.into();
    let address = server(move |mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(&bytes);
        match &then {
            Then::Close => {}
            Then::Forever(more) => while stream.write_all(more).is_ok() {},
            Then::Drip(more) => {
                while stream.write_all(more).is_ok() {
                    thread::sleep(Duration::from_millis(50));
                }
            }
        }
    });
    format!("http://{address}/")
}

/// What a server does after it has said something.
#[derive(Clone)]
enum Then {
    /// Closes the connection.
    Close,
    /// Goes on with these bytes, as fast as it can.
    Forever(Vec<u8>),
    /// Goes on with these bytes, twenty times a second.
    Drip(Vec<u8>),
}

/// Reads a head with its blank line.
fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
