//! A spec is one JSON object: what is not, is refused with line and column (RFC 8259).

use serde_json::json;

use super::{Bench, assert_told};
use crate::support::run;

#[test]
fn nothing_is_no_spec() {
    for nothing in ["", " ", "\n", "\r\n\t ", "\u{feff}", "\u{feff}\n"] {
        Bench::new().refuses(nothing, "the spec is empty (spec-invalid)\nkeyfob: hint: ");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_line_and_column() {
    let table: [(&[u8], &str); 10] = [
        (b"{", "EOF while parsing an object at line 1 column 1"),
        (
            b"{\n  \"provider\": \"x\",\n}",
            "trailing comma at line 3 column 1",
        ),
        (
            b"{'provider': 1}",
            "key must be a string at line 1 column 2",
        ),
        (b"provider: x", "expected value at line 1 column 1"),
        (b"{\"a\": undefined}", "expected value at line 1 column 7"),
        (
            b"{\"a\": 1} {\"b\": 2}",
            "trailing characters at line 1 column 10",
        ),
        (b"{\"a\": 1}\n]", "trailing characters at line 2 column 1"),
        (b"{\"a\": 1}\0", "trailing characters at line 1 column 9"),
        (
            b"{\"a\": 1} // comment",
            "trailing characters at line 1 column 10",
        ),
        (b"\xff\xfe{\0}\0", "expected value at line 1 column 1"),
    ];
    for (text, why) in table {
        Bench::new().refuses(
            text,
            &format!("the spec is not valid JSON: {why} (spec-invalid)\n"),
        );
    }
}

#[test]
fn a_text_that_is_not_utf_8_is_refused() {
    Bench::new().refuses(
        b"{\"provider\": \"\xff\"}",
        "the spec is not valid JSON: invalid unicode code point at line 1 column ",
    );
}

#[test]
fn a_truncated_spec_is_refused_wherever_it_is_cut() {
    let bench = Bench::new();
    let whole = bench.text(json!({}));
    for end in (1..whole.len()).step_by(7) {
        bench.refuses(
            &whole[..end],
            "the spec is not valid JSON: EOF while parsing",
        );
    }
}

#[test]
fn the_top_level_is_an_object_and_nothing_else() {
    let bench = Bench::new();
    let in_a_list = format!("[{}]", bench.text(json!({})));
    for other in [&in_a_list, "[]", "\"mongodb-atlas\"", "7", "null", "true"] {
        bench.refuses(other, "a spec is one JSON object (spec-invalid)\n");
    }
}

#[test]
fn a_member_that_comes_twice_is_refused_at_any_depth() {
    let table = [
        (r#"{"provider":"talend","provider":"talend"}"#, "provider"),
        (r#"{"client_secret":{"env":"A","env":"B"}}"#, "env"),
        (r#"{"client_secret":[{"file":"a","file":"a"}]}"#, "file"),
        (
            r#"{"targets":[],"x":{"y":[{"targets":[],"targets":[]}]}}"#,
            "targets",
        ),
        // The same name, written differently.
        (r#"{"provider":"a","pro\u0076ider":"b"}"#, "provider"),
    ];
    for (text, name) in table {
        Bench::new().refuses(
            text,
            &format!("the spec is not valid JSON: member `{name}` comes twice at line 1 column "),
        );
    }
}

/// A spec whose client assertion has a claim with this number, and one whose body has it.
fn with_number(bench: &Bench, number: &str) -> [String; 2] {
    let (url, key) = (bench.provider.at("/token"), r#"{"env": "KEY"}"#);
    [
        format!(
            r#"{{"provider": "client_credentials", "token_url": "{url}", "client_id": "ci", "client_assertion":
               {{"jwt": {{"alg": "HS256", "key": {key}, "claims": {{"account": {number}}}}}}}}}"#
        ),
        format!(
            r#"{{"provider": "http", "url": "{url}",
               "json": {{"account": {number}, "quoted": "1e999 \\ \" 0.10000000000000000001"}}}}"#
        ),
    ]
}

#[test]
fn a_number_that_would_not_be_kept_as_it_is_written_is_refused_with_its_place() {
    for number in [
        "18446744073709551616",
        "18446744073709551617",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "9007199254740993.0",
        "0.10000000000000000001",
        "1.00000000000000000001",
        "1e-400",
    ] {
        let mut bench = Bench::new();
        bench.home.set("KEY", "k");
        for text in with_number(&bench, number) {
            bench.refuses(text, "the number at line 2 column ");
        }
    }
}

#[test]
fn a_number_that_is_kept_is_sent_as_it_is_written() {
    for number in [
        "18446744073709551615",
        "-9223372036854775808",
        "9007199254740993",
        "1.5",
        "0.1",
        "-0.25",
        "0",
    ] {
        let bench = Bench::new();
        let [_, body] = with_number(&bench, number);
        let output = bench.token(body);
        assert_eq!(output.stderr, "");
        let request = bench.provider.request();
        let member = format!("\"account\":{number},");
        assert!(request.text().contains(&member), "{}", request.text());
    }
}

#[test]
fn nesting_without_end_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!(
            "{{\"provider\":{}1{}}}",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        Bench::new().refuses(
            deep,
            "the spec is not valid JSON: recursion limit exceeded at line 1 column ",
        );
    }
}

#[test]
fn ten_megabytes_are_not_read_to_their_end() {
    let bench = Bench::new();
    let padding = " ".repeat(10 << 20);
    let huge = format!("{padding}{}", bench.text(json!({})));
    let output = bench.token(&huge);
    assert_told(
        &output,
        2,
        "the spec: standard input is larger than 1 MiB (spec-invalid)\n",
    );
    let path = bench.home.spec("huge", &huge);
    for spec in ["huge", path.to_str().unwrap()] {
        let output = run(&mut bench.home.keyfob(["token", "--spec", spec]), "");
        let told = format!(
            "spec {} cannot be used: it is larger than 1 MiB (spec-invalid)\n",
            path.display()
        );
        assert_told(&output, 2, &told);
    }
    bench.assert_untouched("10 MiB");
}

#[test]
fn a_mebibyte_is_read_whole_and_not_one_byte_more() {
    let bench = Bench::new();
    let padded = |length: usize| {
        let text = bench.text(json!({}));
        " ".repeat(length - text.len()) + &text
    };
    for (length, status) in [(1 << 20, 0), ((1 << 20) + 1, 2)] {
        let text = padded(length);
        assert_eq!(bench.token(&text).status, status, "{length}");
        bench.home.spec("large", &text);
        let output = run(&mut bench.home.keyfob(["token", "--spec", "large"]), "");
        assert_eq!(output.status, status, "{length}");
    }
}

#[test]
fn a_byte_order_mark_before_it_is_no_harm() {
    let bench = Bench::new();
    let output = bench.token(format!("\u{feff}{}\r\n", bench.text(json!({}))));
    assert_eq!(output.json()["access_token"], "token-1");
}

#[test]
fn the_words_of_an_error_stay_on_their_line_and_within_bounds() {
    let bench = Bench::new();
    let name = format!("\u{1b}[31m\n::add-mask::x\r{}", "n".repeat(5000));
    let twice = format!("{{{0}:1,{0}:2}}", json!(name));
    for text in [twice, bench.text(json!({ name.as_str(): 1 }))] {
        let output = bench.token(text);
        assert_eq!(output.status, 2);
        assert!(!output.stderr.contains(['\u{1b}', '\r']));
        assert!(output.stderr.len() < 1500, "{}", output.stderr);
        for line in output.stderr.lines() {
            assert!(line.starts_with("keyfob: "), "{line}");
        }
        bench.assert_untouched("a name");
    }
}
