//! Networks and servers that fail: the kind of failure, whether the request can have been seen, and never too late.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::{SENT, Then, Try, UNSENT, read_head, said, saying, server};
use keyfob::http::NoResponse;

#[test]
fn a_closed_port_refuses_and_nothing_was_sent() {
    let address = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let get = Try::get(format!("http://{address}/"));
    assert_eq!(
        get.failure(),
        (UNSENT, said("cannot connect: connection refused"))
    );
}

#[test]
fn a_name_without_an_address_is_named_and_nothing_was_sent() {
    let failure = Try::get("https://no-such-provider.invalid/?client_secret=hunter2")
        .within(700)
        .send()
        .unwrap_err();
    assert!(!failure.sent);
    // Without a name server the system keeps us waiting, and then the budget ends it.
    match failure.why {
        NoResponse::Dns(why) => assert!(why.starts_with("no-such-provider.invalid: "), "{why}"),
        why => assert_eq!(why, NoResponse::TimedOut(said("while looking its name up"))),
    }
}

#[test]
fn a_budget_that_is_spent_sends_nothing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let get = Try::get(format!("http://{}/", listener.local_addr().unwrap())).within(0);
    assert_eq!(
        get.failure(),
        (
            UNSENT,
            said("no answer in time: no time was left to send it")
        )
    );
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
fn a_server_that_accepts_nobody_is_given_up_while_connecting() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    // Its queue is full when the kernel stops answering.
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
        assert!(waiting.len() < 20_000, "the queue has no end");
    }
    let get = Try::get(format!("http://{address}/")).within(500);
    assert_eq!(
        get.failure(),
        (UNSENT, said("no answer in time: while connecting"))
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up_at_the_deadline() {
    let address = server(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let http = Try::post(format!("http://{address}/"), "x").within(500);
    assert_eq!(
        http.failure(),
        (
            SENT,
            said("no answer in time: while waiting for the answer")
        )
    );
    let https = Try::post(format!("https://{address}/"), "x").within(500);
    assert_eq!(
        https.failure(),
        (UNSENT, said("no answer in time: during the TLS handshake"))
    );
}

#[test]
fn a_server_that_never_reads_is_given_up_at_the_deadline() {
    let address = server(|_stream| thread::sleep(Duration::from_secs(10)));
    let body = "x".repeat(32 << 20);
    let post = Try::post(format!("http://{address}/"), &body).within(600);
    assert_eq!(
        post.failure(),
        (
            SENT,
            said("no answer in time: while waiting for the answer")
        )
    );
}

#[test]
fn a_dripping_head_and_a_dripping_body_end_at_the_deadline() {
    let head = saying("HTTP/1.1 200 OK\r\nX-Long: ", Then::Drip(b"x".to_vec()));
    let words = "no answer in time: while waiting for the answer";
    assert_eq!(Try::get(head).within(600).failure(), (SENT, said(words)));
    let body = saying(
        "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
        Then::Drip(b"x".to_vec()),
    );
    let words = "no answer in time: while reading the answer";
    assert_eq!(Try::get(body).within(600).failure(), (SENT, said(words)));
    let chunks = saying(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        Then::Drip(b"1\r\nx\r\n".to_vec()),
    );
    assert_eq!(Try::get(chunks).within(600).failure(), (SENT, said(words)));
}

#[test]
fn a_dripping_handshake_ends_at_the_deadline() {
    let address = server(|mut stream| {
        // A record of 16 KiB that never becomes whole.
        let _ = stream.write_all(&[22, 3, 3, 64, 0, 2]);
        while stream.write_all(&[0]).is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let post = Try::post(format!("https://{address}/"), "x").within(600);
    assert_eq!(
        post.failure(),
        (UNSENT, said("no answer in time: during the TLS handshake"))
    );
}

#[test]
fn endless_headers_are_cut_off() {
    let line = saying(
        "HTTP/1.1 200 OK\r\nX-Long: ",
        Then::Forever(vec![b'x'; 4096]),
    );
    let words = "the connection broke: the head of the answer is over 64 KiB";
    assert_eq!(Try::get(line).failure(), (SENT, said(words)));
    let fields = saying("HTTP/1.1 200 OK\r\n", Then::Forever(b"X: y\r\n".to_vec()));
    let words = "the connection broke: the response is not valid HTTP/1.1: http parse resulted in too many headers";
    assert_eq!(Try::get(fields).failure(), (SENT, said(words)));
}

#[test]
fn an_endless_body_is_cut_off() {
    let words = "the connection broke: answer over 1 MiB";
    let until_close = saying("HTTP/1.1 200 OK\r\n\r\n", Then::Forever(vec![b'x'; 8192]));
    assert_eq!(Try::get(until_close).failure(), (SENT, said(words)));
    let chunk = [b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat();
    let chunked = saying(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        Then::Forever(chunk),
    );
    assert_eq!(Try::get(chunked).failure(), (SENT, said(words)));
}

#[test]
fn an_answer_cut_short_is_no_answer() {
    let words = "the connection broke: the answer was cut short: the connection was closed";
    for bytes in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ] {
        assert_eq!(
            Try::get(saying(bytes, Then::Close)).failure(),
            (SENT, said(words)),
            "{bytes:?}"
        );
    }
    let words = "the connection broke: no answer: the connection was closed";
    for bytes in ["", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\n"] {
        assert_eq!(
            Try::get(saying(bytes, Then::Close)).failure(),
            (SENT, said(words)),
            "{bytes:?}"
        );
    }
}

#[test]
fn what_is_no_http_is_no_answer() {
    for bytes in [
        "\u{0}\u{1}\u{2}garbage\r\n\r\n".to_owned(),
        "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(),
        "<html>hunter2</html>\r\n\r\n".to_owned(),
        "HTTP/2 200\r\n\r\n".to_owned(),
        "HTTP/1.1 20 OK\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nno colon hunter2\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhunter2\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nab\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nab\r\n"
            .to_owned(),
    ] {
        let failure = Try::get(saying(bytes.clone(), Then::Close))
            .send()
            .unwrap_err();
        assert!(failure.sent, "{bytes:?}");
        assert!(
            matches!(failure.why, NoResponse::Broken(_)),
            "{bytes:?} {failure}"
        );
    }
}

#[test]
fn a_reset_is_no_answer() {
    for bytes in [
        "",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour",
    ] {
        let address = server(move |mut stream| {
            // Closed with bytes unread, a connection is reset (RFC 1122 §4.2.2.13).
            let _ = stream.peek(&mut [0]);
            let _ = stream.write_all(bytes.as_bytes());
        });
        let failure = Try::post(format!("http://{address}/"), "x")
            .send()
            .unwrap_err();
        assert!(failure.sent);
        assert!(
            matches!(failure.why, NoResponse::Broken(_)),
            "{bytes:?} {failure}"
        );
    }
}

#[test]
fn an_answer_to_a_half_sent_request_still_counts() {
    // A server that refuses early (413, 401) answers before it has read the body.
    let address = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\nno");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let answer = Try::post(format!("http://{address}/"), &"x".repeat(100_000))
        .send()
        .unwrap();
    assert_eq!(
        (answer.status, answer.body.expose()),
        (401, b"no".as_slice())
    );
}
