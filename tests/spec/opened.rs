//! What lies where a source says: its form, its place in a JSON file, and the words for where that is.

use keyfob::credential::Secret;
use keyfob::source::value::{self, InvalidValue};
use keyfob::source::{KeyringEntry, KeyringKind, NoValue, Source, at_pointer, has_fraction};
use serde_json::json;

#[test]
fn a_value_is_one_line_or_pem_or_json() {
    use InvalidValue::{Control, Lines, NotUtf8, Nul, Utf16};
    let pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    for (bytes, value) in [
        (&b"s3cret"[..], Ok("s3cret")),
        (b"\xef\xbb\xbfs3cret\r\n\n", Ok("s3cret")),
        (b"\n", Ok("")),
        (pem.as_bytes(), Ok(pem)),
        (b"{\n\t\"a\": 1\r\n}", Ok("{\n\t\"a\": 1\r\n}")),
        (b" [\n1]\n", Ok(" [\n1]")),
        (b"one\ntwo", Err(Lines)),
        (b"one\rtwo", Err(Lines)),
        (b"one\ttwo", Err(Control)),
        (b"{\n\x1b\n}", Err(Control)),
        (b"s3cret\0", Err(Nul)),
        (b"s3cr\xe9t", Err(NotUtf8)),
        (b"\xff\xfes\0", Err(Utf16)),
        (b"\xfe\xff\0s", Err(Utf16)),
    ] {
        let read = value::parse_text(&Secret::new(bytes.to_vec()));
        let read = read.map(|text| text.expose_text().unwrap().to_owned());
        assert_eq!(read.as_deref().map_err(|why| *why), value, "{bytes:?}");
    }
    for (why, advice) in [
        (Utf16, "save it as UTF-8 text"),
        (Nul, "save it as UTF-8 text"),
        (NotUtf8, "save it as UTF-8 text"),
        (Lines, "only PEM and JSON have lines"),
        (Control, "only PEM and JSON have lines"),
    ] {
        assert!(why.hint().starts_with(advice), "{why}");
    }
}

#[test]
fn one_value_of_a_json_file_is_a_string_or_a_whole_number_or_an_object() {
    use NoValue::{Absent, NotJson, NotText};
    let document = json!({
        "text": "s3cret", "empty": "", "null": null, "number": 7, "fraction": 7.5, "true": true,
        "list": ["a"], "jwk": { "kty": "oct" }, "deep": { "a": [{ "n": 1.5 }] },
    });
    let document = document.to_string();
    for (pointer, value) in [
        ("/text", Ok("s3cret")),
        ("/number", Ok("7")),
        ("/list/0", Ok("a")),
        ("/jwk", Ok(r#"{"kty":"oct"}"#)),
        ("/empty", Err(Absent)),
        ("/null", Err(Absent)),
        ("/none", Err(Absent)),
        ("/fraction", Err(NotText)),
        ("/deep", Err(NotText)),
        ("/true", Err(NotText)),
        ("/list", Err(NotText)),
    ] {
        let found = at_pointer(&Secret::from(document.clone()), pointer);
        let found = found.map(|text| text.expose_text().unwrap().to_owned());
        assert_eq!(found.as_deref().map_err(|why| *why), value, "{pointer}");
    }
    let cut_off = at_pointer(&Secret::from("{".to_owned()), "/text");
    assert_eq!(cut_off.map(|_| ()), Err(NotJson));
}

#[test]
fn a_number_that_is_no_integer_is_found_at_any_depth() {
    for (value, holds) in [
        (json!(1), false),
        (json!(u64::MAX), false),
        (json!(i64::MIN), false),
        (json!(1.0), true),
        (json!(1e30), true),
        (json!("1.5"), false),
        (json!([1, [2.5]]), true),
        (json!({ "a": { "b": 2.5 } }), true),
        (json!({ "a": [1, null, true] }), false),
    ] {
        assert_eq!(has_fraction(&value), holds, "{value}");
    }
}

#[test]
fn an_entry_of_another_service_is_told_with_it() {
    for (service, told) in [
        ("keyfob", "keyring entry `ci`"),
        ("vault", "keyring entry `ci` of service `vault`"),
    ] {
        let entry = KeyringEntry {
            service: service.to_owned(),
            user: "ci".to_owned(),
            store: KeyringKind::Default,
        };
        assert_eq!(Source::Keyring(entry).describe(), told);
    }
}
