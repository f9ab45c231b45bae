//! What a value may look like, wherever it comes from: one line of text, or PEM or JSON; a byte order mark and trailing newlines are dropped.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::{Value, json};

use super::{Bench, assert_told};

/// Every place that a test can put bytes into, with its name in messages. A variable holds no NUL.
fn places(bench: &mut Bench, bytes: &[u8]) -> Vec<(Value, String)> {
    let path = bench.home.write("tmp/value", bytes);
    let path = path.to_str().unwrap().to_owned();
    let mut places = vec![
        (json!({ "file": path }), format!("file {path}")),
        (
            json!({ "command": ["cat", path] }),
            "command cat".to_owned(),
        ),
    ];
    if !bytes.contains(&0) {
        bench.home.set("VALUE", OsStr::from_bytes(bytes));
        places.push((
            json!({ "env": "VALUE" }),
            "environment variable VALUE".to_owned(),
        ));
    }
    places
}

#[test]
fn a_byte_order_mark_and_trailing_newlines_are_dropped() {
    for content in [
        "s3cret\n",
        "s3cret\r\n",
        "s3cret\n\n",
        "s3cret\r\n\r\n\n",
        "s3cret\r",
        "\u{feff}s3cret",
        "\u{feff}s3cret\r\n",
    ] {
        let mut bench = Bench::new();
        for (source, place) in places(&mut bench, content.as_bytes()) {
            let more =
                json!({ "client_secret": source, "token_endpoint_auth_method": "basic_raw" });
            let output = bench.token(bench.text(more));
            assert_eq!(output.stderr, "", "{place} {content:?}");
        }
        for request in bench.provider.requests() {
            assert_eq!(request.basic().unwrap().1, "s3cret", "{content:?}");
        }
        assert!(bench.provider.count() > 0);
    }
}

#[test]
fn a_mark_and_newlines_alone_are_no_secret() {
    for content in ["\n\n", "\r\n", "\u{feff}", "\u{feff}\r\n"] {
        let mut bench = Bench::new();
        for (source, place) in places(&mut bench, content.as_bytes()) {
            let output = bench.token(bench.text(json!({ "client_secret": source })));
            let told = format!("there is no secret in {place} (secret-missing)\n");
            assert_told(&output, 1, &told);
        }
    }
}

#[test]
fn what_is_no_line_of_text_is_refused_with_the_name_of_its_place() {
    let table: [(&[u8], &str); 9] = [
        (b"two\nlines\n", "it holds more than one line"),
        (b"two\r\nlines", "it holds more than one line"),
        (b"\n\nsecond line", "it holds more than one line"),
        (b"tab\there", "it holds a control character"),
        (b"\x1b[31mred", "it holds a control character"),
        (b"nul\0", "it holds a NUL byte"),
        (b"\xff\xfes\x003\0", "it is UTF-16, not UTF-8"),
        (b"\xfe\xff\0s\x003", "it is UTF-16, not UTF-8"),
        (b"s\xe9cret", "it is not UTF-8 text"),
    ];
    for (content, why) in table {
        let mut bench = Bench::new();
        for (source, place) in places(&mut bench, content) {
            let output = bench.token(bench.text(json!({ "client_secret": source })));
            let told = format!("{place}: {why} (secret-unreadable)\n");
            assert_told(&output, 1, &told);
            assert_eq!(bench.provider.connections(), 0, "{why}");
        }
    }
}

#[test]
fn pem_and_json_keep_their_lines() {
    for content in [
        "-----BEGIN X-----\nAAAA\n-----END X-----\n",
        "Bag Attributes\n\tx: y\n-----BEGIN X-----\nAAAA\n-----END X-----\n\n",
        "{\r\n\t\"kty\": \"oct\"\r\n}\r\n",
        "[\n1\n]",
    ] {
        let mut bench = Bench::new();
        for (source, _) in places(&mut bench, content.as_bytes()) {
            let spec = json!({
                "provider": "http", "url": bench.provider.at("/token"), "json": { "key": { "secret": source } },
            });
            let output = bench.token(spec.to_string());
            assert_eq!(output.stderr, "", "{content:?}");
        }
        for request in bench.provider.requests() {
            let kept = content.trim_end_matches(['\r', '\n']);
            assert_eq!(request.json()["key"], kept);
        }
    }
}

#[test]
fn a_value_inside_a_json_file_obeys_the_same_rule() {
    let bench = Bench::new();
    let content = "\u{feff}{\"ends\": \"s3cret\\n\", \"two\": \"a\\nb\", \"large\": 18446744073709551616, \"half\": 0.5}\n";
    let path = bench.home.write("s.json", content);
    let path = path.to_str().unwrap();
    let ask = |pointer: &str| {
        let source = json!({ "file": path, "pointer": pointer });
        let more = json!({ "client_secret": source, "token_endpoint_auth_method": "basic_raw" });
        bench.token(bench.text(more))
    };
    assert_eq!(ask("/ends").stderr, "");
    assert_eq!(bench.provider.request().basic().unwrap().1, "s3cret");
    let told = format!("`/two` in file {path}: it holds more than one line (secret-unreadable)\n");
    assert_told(&ask("/two"), 1, &told);
    // A JSON reader makes another number of these.
    for pointer in ["/large", "/half"] {
        let told = format!("`{pointer}` in file {path}: the value there is neither a string nor ");
        assert_told(&ask(pointer), 1, &told);
    }
    assert_eq!(bench.provider.count(), 1);
}

#[test]
fn a_key_may_be_bytes_that_are_no_text() {
    let bench = Bench::new();
    for (name, key) in [
        ("der", b"0\x82\0\x01\xff\n".as_slice()),
        ("lines", b"two\nlines\n\n"),
    ] {
        let path = bench.home.write(name, key);
        let spec = json!({
            "provider": "client_credentials", "token_url": bench.provider.at("/token"), "client_id": "ci",
            "client_assertion": { "jwt": { "alg": "HS256", "key": { "file": path }, "claims": { "kind": name } } },
        });
        assert_eq!(bench.token(spec.to_string()).stderr, "");
        let request = bench.provider.requests().pop().unwrap();
        let jwt = request.parameter("client_assertion").unwrap();
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        let key = match name {
            "der" => key,
            _ => b"two\nlines",
        };
        let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
        use base64::Engine as _;
        let expected = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(ring::hmac::sign(&hmac, input.as_bytes()));
        assert_eq!(signature, expected, "{name}");
    }
}
