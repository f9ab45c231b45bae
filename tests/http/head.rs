//! What leaves and what counts as an answer.

use std::io::Write;
use std::sync::mpsc;

use keyfob::http::Method;

use super::{SENT, Then, Try, UNSENT, read_head, said, saying, server};
use crate::support::{Answer, Provider};

#[test]
fn a_request_says_what_it_was_given_and_no_more() {
    let (heard, hearing) = mpsc::channel();
    let address = server(move |mut stream| {
        heard.send(read_head(&mut stream)).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .unwrap();
    });
    let post = Try::post(
        format!("http://{address}/token?tenant=a%20b"),
        "grant_type=x",
    )
    .header("Content-Type", "application/x-www-form-urlencoded")
    .header("Authorization", "Basic aTpz");
    assert_eq!(post.answer(), "ok");
    let head = hearing.recv().unwrap();
    let (line, fields) = head.trim_end().split_once("\r\n").unwrap();
    assert_eq!(line, "POST /token?tenant=a%20b HTTP/1.1");
    let mut fields: Vec<String> = fields.lines().map(str::to_lowercase).collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "accept-encoding: identity",
            "accept: */*",
            "authorization: basic atpz",
            "content-length: 12",
            "content-type: application/x-www-form-urlencoded",
            &format!("host: {address}"),
            &format!("user-agent: keyfob/{}", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[test]
fn the_callers_own_user_agent_and_accept_stand_alone() {
    let provider = Provider::start(|_| Answer::text(200, "ok"));
    let get = Try::get(provider.url())
        .header("User-Agent", "mine")
        .header("Accept", "application/json");
    assert_eq!(get.answer(), "ok");
    let request = provider.request();
    assert_eq!(request.header("user-agent").unwrap(), "mine");
    assert_eq!(request.header("accept").unwrap(), "application/json");
}

#[test]
fn every_method_carries_a_body_and_does_without() {
    let provider = Provider::start(|request| {
        Answer::text(200, format!("{} {}", request.method, request.text()))
    });
    for method in [
        Method::Get,
        Method::Post,
        Method::Put,
        Method::Patch,
        Method::Delete,
    ] {
        for body in [None, Some("{}")] {
            let mut one = Try::get(provider.url());
            one.request.method = method;
            one.request.body = body.map(|body| body.to_owned().into());
            assert_eq!(
                one.answer(),
                format!("{} {}", method.as_str(), body.unwrap_or_default())
            );
            // RFC 9110 §8.6: of a method that expects a body, its absence is said.
            let length = match (method, body) {
                (_, Some(body)) => Some(body.len().to_string()),
                (Method::Get | Method::Delete, None) => None,
                (_, None) => Some("0".to_owned()),
            };
            let request = provider.requests().pop().unwrap();
            assert_eq!(request.header("content-length"), length.as_deref());
        }
    }
}

#[test]
fn a_header_of_sixty_kilobytes_arrives_whole() {
    let provider = Provider::start(|_| Answer::text(200, "ok"));
    let token = "t".repeat(60_000);
    assert_eq!(
        Try::get(provider.url())
            .header("Authorization", &token)
            .answer(),
        "ok"
    );
    assert_eq!(provider.request().header("authorization").unwrap(), token);
}

#[test]
fn a_header_that_would_start_a_new_line_never_leaves() {
    let provider = Provider::start(|_| Answer::text(200, "ok"));
    let value = Try::get(provider.url()).header("X-Token", "hunter2\r\nX-Admin: yes");
    let words = "cannot set up the connection: the value of header `X-Token` cannot be sent";
    assert_eq!(value.failure(), (UNSENT, said(words)));
    let name = Try::get(provider.url()).header("X Token\n", "hunter2");
    let words = "cannot set up the connection: the name of header `X Token ` cannot be sent";
    assert_eq!(name.failure(), (UNSENT, said(words)));
    assert_eq!(provider.connections(), 0);
}

#[test]
fn a_redirect_is_an_answer_and_its_place_is_never_visited() {
    let second = Provider::start(|_| Answer::text(200, "the token, please"));
    for status in [301, 302, 303, 307, 308] {
        let place = second.at("/token");
        let first =
            Provider::start(move |_| Answer::text(status, "elsewhere").header("Location", &place));
        let answer = Try::post(first.at("/token"), "client_secret=hunter2")
            .header("Authorization", "Basic aHVudGVyMg==")
            .send()
            .unwrap();
        assert_eq!(
            (answer.status, answer.body.expose()),
            (status, b"elsewhere".as_slice())
        );
        assert_eq!(
            answer.header("location"),
            Some(second.at("/token").as_str())
        );
        assert_eq!(first.count(), 1);
    }
    assert_eq!(second.connections(), 0);
}

#[test]
fn any_status_is_an_answer_and_a_challenge_is_not_taken_up() {
    for status in [201, 204, 304, 400, 401, 403, 404, 407, 429, 500, 503] {
        let provider = Provider::start(move |_| {
            Answer::empty(status).header("WWW-Authenticate", "Digest realm=x, nonce=y")
        });
        assert_eq!(Try::get(provider.url()).send().unwrap().status, status);
        assert_eq!(provider.count(), 1);
    }
}

#[test]
fn header_names_come_in_lower_case_and_repeated_fields_in_order() {
    let url = saying(
        "HTTP/1.1 429 \r\nRetry-After: 7\r\nX-A: 1\r\nx-a:  é 2 \r\nContent-Length: 0\r\n\r\n",
        Then::Close,
    );
    let answer = Try::get(url).send().unwrap();
    assert_eq!(answer.header("retry-after"), Some("7"));
    let both: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "x-a")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(both, ["1", "é 2"]);
}

#[test]
fn early_hints_are_passed_over() {
    let bytes = "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    assert_eq!(Try::get(saying(bytes, Then::Close)).answer(), "ok");
}

#[test]
fn a_body_ends_where_its_framing_says() {
    for (bytes, body) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
            "ok",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\nTrailer: z\r\n\r\n",
            "ok",
        ),
        ("HTTP/1.1 200 OK\r\n\r\nok", "ok"),
        ("HTTP/1.0 200 OK\r\n\r\nok", "ok"),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ""),
    ] {
        assert_eq!(
            Try::get(saying(bytes, Then::Close)).answer(),
            body,
            "{bytes:?}"
        );
    }
}

#[test]
fn one_mebibyte_is_an_answer_and_one_byte_more_is_not() {
    for framing in ["Content-Length: {}\r\n", ""] {
        let of = |length: usize| {
            let head = format!(
                "HTTP/1.1 200 OK\r\n{}\r\n",
                framing.replace("{}", &length.to_string())
            );
            Try::get(saying(
                [head.into_bytes(), vec![b'x'; length]].concat(),
                Then::Close,
            ))
        };
        assert_eq!(of(1 << 20).answer().len(), 1 << 20);
        assert_eq!(
            of((1 << 20) + 1).failure(),
            (SENT, said("the connection broke: answer over 1 MiB"))
        );
    }
}

#[test]
fn ipv6_and_both_forms_of_localhost_are_reached() {
    let six = std::net::TcpListener::bind(("::1", 0)).unwrap();
    let port = six.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in six.incoming().map_while(Result::ok) {
            read_head(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nsix");
        }
    });
    assert_eq!(Try::get(format!("http://[::1]:{port}/")).answer(), "six");
    assert_eq!(
        Try::get(format!("http://localhost:{port}/")).answer(),
        "six"
    );
    let four = Provider::start(|_| Answer::text(200, "four"));
    assert_eq!(
        Try::get(format!("http://localhost:{}/", four.port())).answer(),
        "four"
    );
}
