//! A token server that says what the test tells it to, and keeps every request: RFC 9112 as far as a client can see it.
//!
//! Loopback only, a port from the kernel, a thread per connection, ended when dropped. Never checks anything by itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::Tls;
pub use super::answer::Answer;
pub use super::request::Request;

type Script = dyn Fn(&Request) -> Answer + Send + Sync;

/// A scripted server.
///
/// ```ignore
/// let provider = Provider::start(|_| Answer::token("t0ken", 3600));
/// …
/// assert_eq!(provider.requests()[0].parameter("grant_type").unwrap(), "client_credentials");
/// ```
pub struct Provider {
    scheme: &'static str,
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<Mutex<usize>>,
    over: Arc<AtomicBool>,
}

impl Provider {
    /// Plain http on 127.0.0.1.
    pub fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve("http", None, Arc::new(script))
    }

    /// https with the test's own certificate.
    pub fn tls(tls: &Tls, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve("https", Some(tls.server(false)), Arc::new(script))
    }

    /// https that demands a client certificate of the test's authority.
    pub fn mutual_tls(
        tls: &Tls,
        script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::serve("https", Some(tls.server(true)), Arc::new(script))
    }

    /// https that demands a client certificate of this authority (PEM).
    pub fn tls_for_clients_of(
        tls: &Tls,
        authority: &str,
        script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::serve(
            "https",
            Some(tls.server_for(Some(authority))),
            Arc::new(script),
        )
    }

    fn serve(
        scheme: &'static str,
        tls: Option<Arc<rustls::ServerConfig>>,
        script: Arc<Script>,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let over = Arc::new(AtomicBool::new(false));
        let provider = Self {
            scheme,
            address,
            requests: Arc::clone(&requests),
            connections: Arc::clone(&connections),
            over: Arc::clone(&over),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                *connections.lock().unwrap() += 1;
                let (tls, script, requests) =
                    (tls.clone(), Arc::clone(&script), Arc::clone(&requests));
                thread::spawn(move || attend(stream, tls, &*script, &requests));
            }
        });
        provider
    }

    /// The port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT` (or `https`), without a slash at the end.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// [`Provider::url`] and a path that begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url())
    }

    /// Every request so far, in the order in which they were read.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many requests have been read so far.
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// How many connections were opened, with those that never said anything.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// The one request there was.
    #[track_caller]
    pub fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "not one request: {requests:#?}");
        requests.remove(0)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the listener, so that its port is free again.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
    }
}

fn attend(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    script: &Script,
    requests: &Mutex<Vec<Request>>,
) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let _ = stream.set_write_timeout(Some(Duration::from_secs(30)));
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else {
        return converse(stream, |_| None, script, requests);
    };
    let connection = rustls::ServerConnection::new(config).unwrap();
    let certificate = |stream: &rustls::StreamOwned<rustls::ServerConnection, TcpStream>| {
        stream
            .conn
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|leaf| leaf.to_vec())
    };
    converse(
        rustls::StreamOwned::new(connection, stream),
        certificate,
        script,
        requests,
    );
}

/// Requests and answers in turn until either side has had enough.
fn converse<S: Read + Write>(
    stream: S,
    certificate: impl Fn(&S) -> Option<Vec<u8>>,
    script: &Script,
    requests: &Mutex<Vec<Request>>,
) {
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = read(&mut stream) {
        request.client_certificate = certificate(stream.get_ref());
        {
            let mut requests = requests.lock().unwrap();
            request.number = requests.len() + 1;
            requests.push(request.clone());
        }
        let answer = script(&request);
        let more = answer.send(&request, stream.get_mut());
        if !more
            || request
                .header("connection")
                .is_some_and(|word| word.eq_ignore_ascii_case("close"))
        {
            break;
        }
    }
}

fn read<S: Read + Write>(stream: &mut BufReader<S>) -> Option<Request> {
    let line = |stream: &mut BufReader<S>| {
        let mut line = Vec::new();
        stream
            .read_until(b'\n', &mut line)
            .ok()
            .filter(|&count| count > 0)?;
        Some(
            String::from_utf8_lossy(&line)
                .trim_end_matches(['\r', '\n'])
                .to_owned(),
        )
    };
    let first = line(stream)?;
    let mut request = Request::begin(&first)?;
    loop {
        let field = line(stream)?;
        if field.is_empty() {
            break;
        }
        let (name, value) = field.split_once(':')?;
        request
            .headers
            .push((name.to_owned(), value.trim().to_owned()));
    }
    if request.header("expect").is_some() {
        stream
            .get_mut()
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .ok()?;
        stream.get_mut().flush().ok()?;
    }
    let take = |stream: &mut BufReader<S>, size: usize| {
        let mut part = vec![0; size];
        stream.read_exact(&mut part).ok().map(|()| part)
    };
    if request
        .header("transfer-encoding")
        .is_some_and(|word| word.eq_ignore_ascii_case("chunked"))
    {
        loop {
            let size = line(stream)?;
            let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
            request.body.extend(take(stream, size)?);
            line(stream)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(size) = request
        .header("content-length")
        .and_then(|size| size.parse().ok())
    {
        request.body = take(stream, size)?;
    }
    Some(request)
}
