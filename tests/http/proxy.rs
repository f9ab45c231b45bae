//! Through a proxy: what it is told, what it is not, and what is said when it will not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use keyfob::http::NoResponse;

use super::authority::{Authority, showing};
use super::{Try, UNSENT, read_head, said, server};
use crate::support::{Home, run};

/// A proxy that keeps the heads it was sent, and leads every tunnel to one address.
fn leading_to(target: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    let address = server(move |mut client| {
        kept.lock().unwrap().push(read_head(&mut client));
        client
            .write_all(b"HTTP/1.0 200 Connection established\r\nVia: test\r\n\r\n")
            .unwrap();
        let mut provider = TcpStream::connect(target).unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), provider.try_clone().unwrap());
        thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut provider, &mut client);
    });
    (address, heads)
}

/// A proxy that answers every head with these bytes.
fn answering(bytes: &'static str) -> SocketAddr {
    server(move |mut client| {
        read_head(&mut client);
        let _ = client.write_all(bytes.as_bytes());
    })
}

#[test]
fn a_proxy_learns_host_port_and_its_own_credentials_and_nothing_else() {
    let authority = Authority::new();
    let (proxy, heads) = leading_to(showing(authority.leaf("provider.test", |_| {})));
    // No name server knows provider.test: only the proxy has to.
    let get = Try::get("https://provider.test/token?secret=hunter2")
        .header("Authorization", "Bearer hunter2")
        .trusting(&authority.file)
        .with("HTTPS_PROXY", format!("http://user:p%40ss@{proxy}"));
    assert_eq!(get.answer(), "ok");
    let head = heads.lock().unwrap().join("");
    let expected = format!(
        "CONNECT provider.test:443 HTTP/1.1\r\nHost: provider.test:443\r\nUser-Agent: keyfob/{}\r\n\
         Proxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(head, expected);
}

#[test]
fn a_certificate_is_checked_through_a_proxy_as_well() {
    let authority = Authority::new();
    let (proxy, _) = leading_to(showing(authority.leaf("other.test", |_| {})));
    let get = Try::get("https://provider.test:8443/")
        .trusting(&authority.file)
        .with("all_proxy", proxy.to_string());
    let words = "TLS failed: the certificate is not valid for name `provider.test`";
    assert_eq!(get.failure(), (UNSENT, said(words)));
}

#[test]
fn a_proxy_that_will_not_is_named_without_its_password() {
    let table = [
        (
            "HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\n\r\n",
            "answered 407: it needs credentials, or other ones",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!",
            "answered 403 to CONNECT",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n",
            "answered 302 to CONNECT",
        ),
        ("HTTP/1.1 502 X\r\n\r\n", "answered 502 to CONNECT"),
        (
            "SSH-2.0-x\r\n\r\n",
            "answered with something that is not HTTP",
        ),
        (
            "HTTP/1.1 2000 X\r\n\r\n",
            "answered with something that is not HTTP",
        ),
        ("HTTP/1.1 200 O", "closed the connection to CONNECT"),
        ("", "closed the connection to CONNECT"),
    ];
    for (bytes, why) in table {
        let proxy = answering(bytes);
        let get = Try::get("https://provider.test/")
            .with("HTTPS_PROXY", format!("http://user:hunter2@{proxy}"));
        let words = format!("cannot connect: the proxy {proxy} {why}");
        assert_eq!(get.failure(), (UNSENT, words), "{bytes:?}");
    }
}

#[test]
fn a_proxys_head_may_have_16_kib_and_no_byte_more() {
    for (length, why) in [
        (16 << 10, "answered 403 to CONNECT"),
        ((16 << 10) + 1, "answered with something that is not HTTP"),
    ] {
        let begin = "HTTP/1.1 403 X\r\nX: ";
        let end = "\r\n\r\n";
        let filling = "x".repeat(length - begin.len() - end.len());
        let head = format!("{begin}{filling}{end}");
        let proxy = server(move |mut client| {
            read_head(&mut client);
            let _ = client.write_all(head.as_bytes());
        });
        let get = Try::get("https://provider.test/").with("HTTPS_PROXY", proxy.to_string());
        let words = format!("cannot connect: the proxy {proxy} {why}");
        assert_eq!(get.failure(), (UNSENT, words), "{length}");
    }
}

#[test]
fn a_proxy_that_says_no_is_not_asked_with_the_same_password_again() {
    for (status, times) in [(407, 1), (403, 1), (429, 1), (502, 3), (504, 3)] {
        let asked = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&asked);
        let proxy = server(move |mut client| {
            read_head(&mut client);
            *counted.lock().unwrap() += 1;
            let _ = write!(client, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
        });
        let mut home = Home::new();
        home.set("HTTPS_PROXY", format!("http://user:hunter2@{proxy}"))
            .set("SECRET", "s3cret-value");
        let spec = r#"{"provider": "client_credentials", "token_url": "https://id.test/token",
            "client_id": "ci", "client_secret": {"env": "SECRET"}}"#;
        let output = run(&mut home.keyfob(["token", "--spec", spec]), "");
        assert_eq!(output.status, 1);
        assert!(
            output.stderr.contains("(provider-unreachable)"),
            "{}",
            output.stderr
        );
        assert_eq!(*asked.lock().unwrap(), times, "{status}: {}", output.stderr);
    }
}

#[test]
fn a_proxy_that_is_not_there_or_says_nothing_is_named() {
    let gone = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let get = Try::get("https://provider.test/")
        .with("HTTPS_PROXY", format!("http://user:hunter2@{gone}"));
    assert_eq!(
        get.failure(),
        (
            UNSENT,
            format!("cannot connect: the proxy {gone}: connection refused")
        )
    );

    let nowhere = Try::get("https://provider.test/")
        .with("HTTPS_PROXY", "http://user:hunter2@proxy.invalid:3128")
        .within(700);
    let failure = nowhere.send().unwrap_err();
    match &failure.why {
        NoResponse::Dns(why) | NoResponse::TimedOut(why) => {
            assert!(why.starts_with("the proxy proxy.invalid:3128: "), "{why}")
        }
        why => panic!("{why}"),
    }

    let silent = server(|mut client| {
        let _ = client.read_to_end(&mut Vec::new());
    });
    let dripping = server(|mut client| {
        read_head(&mut client);
        let _ = client.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while client.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    for proxy in [silent, dripping] {
        let get = Try::get("https://provider.test/")
            .with("HTTPS_PROXY", proxy.to_string())
            .within(600);
        let words =
            format!("no answer in time: the proxy {proxy}: while waiting for the proxy's tunnel");
        assert_eq!(get.failure(), (UNSENT, words));
    }
    let endless = server(|mut client| {
        read_head(&mut client);
        while client.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let get = Try::get("https://provider.test/").with("HTTPS_PROXY", endless.to_string());
    let words =
        format!("cannot connect: the proxy {endless} answered with something that is not HTTP");
    assert_eq!(get.failure(), (UNSENT, words));
}

#[test]
fn an_exception_and_this_machine_go_past_the_proxy() {
    let authority = Authority::new();
    let provider = showing(authority.leaf("127.0.0.1", |_| {}));
    let (proxy, heads) = leading_to(provider);
    let direct = Try::get(format!("https://{provider}/"))
        .trusting(&authority.file)
        .with("HTTPS_PROXY", proxy.to_string());
    assert_eq!(direct.answer(), "ok");
    let excepted = Try::get("https://provider.invalid/")
        .with("HTTPS_PROXY", proxy.to_string())
        .with("NO_PROXY", "other.example, .invalid")
        .within(700);
    assert!(!excepted.failure().0);
    assert_eq!(heads.lock().unwrap().len(), 0);
}

#[test]
fn the_specs_own_proxy_is_used_and_a_malformed_one_is_said_to_be_so() {
    let authority = Authority::new();
    let (proxy, heads) = leading_to(showing(authority.leaf("provider.test", |_| {})));
    let mut own = Try::get("https://provider.test/")
        .trusting(&authority.file)
        .with("HTTPS_PROXY", "http://127.0.0.1:1");
    own.transport.proxy = Some(format!("http://{proxy}"));
    assert_eq!(own.answer(), "ok");
    assert_eq!(heads.lock().unwrap().len(), 1);
    let bad = Try::get("https://provider.test/").with("ALL_PROXY", "http://user:hunter2@");
    let words = "cannot set up the connection: `ALL_PROXY` is not a proxy URL such as http://proxy.example.com:3128";
    assert_eq!(bad.failure(), (UNSENT, said(words)));
}
