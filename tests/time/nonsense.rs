//! What makes no sense: never a panic, never a long life.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use keyfob::time::{ExpiryRule, Timestamp, TokenExpiry};
use serde_json::{Value, json};

use super::{UNREADABLE, read};

/// 2026-01-01T00:00:00Z.
const ASKED_AT: Timestamp = Timestamp::from_unix(1_767_225_600);

fn seconds(value: Value) -> TokenExpiry {
    let rule = ExpiryRule::Seconds {
        at: "/x".to_owned(),
        relative_to: None,
    };
    read(&[rule], &json!({ "x": value }), "opaque", ASKED_AT)
}

fn epoch(value: Value) -> TokenExpiry {
    read(
        &[ExpiryRule::Epoch("/x".to_owned())],
        &json!({ "x": value }),
        "opaque",
        ASKED_AT,
    )
}

fn date(value: Value) -> TokenExpiry {
    read(
        &[ExpiryRule::Date {
            at: "/x".to_owned(),
            utc: false,
        }],
        &json!({ "x": value }),
        "opaque",
        ASKED_AT,
    )
}

fn jwt(token: &str) -> TokenExpiry {
    read(&[ExpiryRule::Jwt], &Value::Null, token, ASKED_AT)
}

fn jwt_with(claims: &str) -> TokenExpiry {
    jwt(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)))
}

fn until(unix: i64) -> TokenExpiry {
    TokenExpiry::Until(Timestamp::from_unix(unix))
}

#[test]
fn absurd_values_are_unknown_under_every_rule() {
    for value in [
        json!(1e308),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(0),
        json!(-0.0),
        json!("-0"),
        json!("1e308"),
        json!("1e999"),
        json!("9".repeat(5000)),
        json!("9223372036854775807"),
    ] {
        assert_eq!(
            seconds(value.clone()),
            TokenExpiry::Unknown,
            "seconds {value}"
        );
        assert_eq!(epoch(value.clone()), TokenExpiry::Unknown, "epoch {value}");
        assert_eq!(date(value.clone()), TokenExpiry::Unknown, "date {value}");
    }
}

#[test]
fn what_is_there_and_cannot_be_read_is_told_with_its_place() {
    for value in [
        json!(true),
        json!([3600]),
        json!({ "value": 3600 }),
        json!("NaN"),
        json!("inf"),
        json!("-infinity"),
        json!("0x10"),
        json!("3_600"),
        json!("3600s"),
        json!("1 hour"),
        json!("٣٦٠٠"),
    ] {
        assert_eq!(seconds(value.clone()), UNREADABLE, "seconds {value}");
        assert_eq!(epoch(value.clone()), UNREADABLE, "epoch {value}");
        assert_eq!(date(value.clone()), UNREADABLE, "date {value}");
    }
    // Also beside a rule that finds an end.
    let rules: Vec<ExpiryRule> =
        serde_json::from_str(r#"[{"seconds":"/in"},{"date":"/at"},{"constant":60}]"#).unwrap();
    for (at, missing_zone) in [("soon", false), ("2026-01-01T00:00:00", true)] {
        let why = TokenExpiry::from_response(&rules, &json!({ "in": 60, "at": at }), "", ASKED_AT);
        let why = why.unwrap_err();
        assert_eq!((why.location.as_str(), why.text.as_str()), ("/at", at));
        assert_eq!(why.missing_zone, missing_zone);
    }
}

#[test]
fn less_than_nothing_is_an_end_that_has_passed() {
    for value in [
        json!(-1),
        json!("-1"),
        json!(-0.5),
        json!(-3600),
        json!(-1e308),
        json!(i64::MIN),
    ] {
        let TokenExpiry::Until(end) = seconds(value.clone()) else {
            panic!("{value}");
        };
        assert!(end <= ASKED_AT, "{value}");
    }
    assert_eq!(seconds(json!(-90)), until(ASKED_AT.unix() - 90));
    for value in [json!(-2), json!("-2.5"), json!(-1e308), json!(i64::MIN)] {
        for read in [epoch, date] {
            let TokenExpiry::Until(end) = read(value.clone()) else {
                panic!("{value}");
            };
            assert!(end < Timestamp::from_unix(0), "{value}");
        }
    }
    assert_eq!(epoch(json!(-1)), TokenExpiry::Never);
}

#[test]
fn ten_years_are_believed_and_a_second_more_is_not() {
    assert_eq!(seconds(json!(315_576_000)), until(2_082_801_600));
    assert_eq!(seconds(json!(315_576_001)), TokenExpiry::Unknown);
    assert_eq!(epoch(json!(2_082_801_600)), until(2_082_801_600));
    assert_eq!(epoch(json!(2_082_801_601)), TokenExpiry::Unknown);
    assert_eq!(epoch(json!(2_082_801_601_000_i64)), TokenExpiry::Unknown);
    assert_eq!(date(json!("2036-01-01T12:00:00Z")), until(2_082_801_600));
    assert_eq!(date(json!("2036-01-01T12:00:01Z")), TokenExpiry::Unknown);
}

#[test]
fn placeholders_for_no_date_are_unknown_and_a_past_date_is_an_end() {
    assert_eq!(date(json!("9999-12-31T23:59:59Z")), TokenExpiry::Unknown);
    assert_eq!(date(json!("0001-01-01T00:00:00Z")), TokenExpiry::Unknown);
    assert_eq!(
        date(json!("0001-01-01 00:00:00 +0000 UTC")),
        TokenExpiry::Unknown
    );
    assert_eq!(date(json!("2026-02-30")), UNREADABLE);
    assert_eq!(date(json!("2026-01-01T00:00:00")), UNREADABLE);
    assert_eq!(date(json!("2025-12-31T23:59:59Z")), until(1_767_225_599));
    assert_eq!(date(json!("1970-01-01T00:00:00Z")), until(0));
    assert_eq!(epoch(json!(1)), until(1));
}

#[test]
fn a_clock_at_its_ends_does_no_harm() {
    let rules = [
        ExpiryRule::Seconds {
            at: "/in".to_owned(),
            relative_to: Some("/at".to_owned()),
        },
        ExpiryRule::Date {
            at: "/at".to_owned(),
            utc: false,
        },
        ExpiryRule::Constant(u64::MAX),
    ];
    let answer = json!({ "in": 3600, "at": "2026-01-01T00:00:00Z" });
    let (first, last) = (
        Timestamp::from_unix(i64::MIN),
        Timestamp::from_unix(i64::MAX),
    );
    assert_eq!(read(&rules, &answer, "", last), until(1_767_225_600));
    assert_eq!(read(&rules, &answer, "", first), until(i64::MIN + 3600));
    assert_eq!(
        read(&rules, &Value::Null, "", last),
        TokenExpiry::Until(last)
    );
    assert_eq!(
        read(&rules, &Value::Null, "", ASKED_AT),
        until(2_082_801_600)
    );
}

#[test]
fn exp_is_read_whether_padded_or_not_and_with_stray_last_bits() {
    let claims = r#"{"exp":1767229200,"s":"?>~"}"#;
    let (bare, padded) = (URL_SAFE_NO_PAD.encode(claims), URL_SAFE.encode(claims));
    assert!(padded.ends_with('=') && !bare.ends_with('='));
    assert_eq!(jwt(&format!("e30.{bare}.c2ln")), until(1_767_229_200));
    assert_eq!(jwt(&format!("e30.{padded}.c2ln")), until(1_767_229_200));
    assert_eq!(jwt(&format!("e30.{bare}.")), until(1_767_229_200));
    assert_eq!(
        jwt("e30.eyJleHAiOjE3NjcyMjkyMDAgfQ.c2ln"),
        until(1_767_229_200)
    );
    assert_eq!(
        jwt("e30.eyJleHAiOjE3NjcyMjkyMDAgfR.c2ln"),
        until(1_767_229_200)
    );
}

#[test]
fn exp_as_a_float_or_a_string_of_digits_is_read() {
    assert_eq!(jwt_with(r#"{"exp":1767229200.75}"#), until(1_767_229_200));
    assert_eq!(jwt_with(r#"{"exp":1.7672292e9}"#), until(1_767_229_200));
    assert_eq!(jwt_with(r#"{"exp":"1767229200"}"#), until(1_767_229_200));
    assert_eq!(jwt_with(r#"{"exp":1}"#), until(1));
}

#[test]
fn exp_that_makes_no_sense_is_unknown() {
    for claims in [
        "{}",
        r#"{"exp":null}"#,
        r#"{"exp":""}"#,
        r#"{"exp":0}"#,
        r#"{"exp":1e308}"#,
        r#"{"exp":1e999}"#,
        r#"{"exp":1767229200,"exp":1767229201}"#,
        r#"{"exp":1767229200"#,
        "1767229200",
        "null",
        "",
    ] {
        assert_eq!(jwt_with(claims), TokenExpiry::Unknown, "{claims}");
    }
    assert_eq!(jwt_with(&"[".repeat(100_000)), TokenExpiry::Unknown);
    for claims in [
        r#"{"exp":"soon"}"#,
        r#"{"exp":"2026-01-01T01:00:00Z"}"#,
        r#"{"exp":true}"#,
        r#"{"exp":[1767229200]}"#,
        r#"{"exp":{}}"#,
    ] {
        assert_eq!(jwt_with(claims), UNREADABLE, "{claims}");
    }
    assert_eq!(jwt_with(r#"{"exp":-1}"#), until(-1));
}

#[test]
fn what_is_no_jwt_has_no_exp() {
    let claims = URL_SAFE_NO_PAD.encode(r#"{"exp":1767229200}"#);
    assert_eq!(jwt(&format!("e30.{claims}.c2ln")), until(1_767_229_200));
    for token in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        claims.clone(),
        format!("e30.{claims}"),
        format!("e30.{claims}.c2ln.c2ln"),
        format!("e30.{claims}.c2ln.c2ln.c2ln"),
        format!("e30. {claims}.c2ln"),
        format!("e30.{claims}!.c2ln"),
        format!("e30.{claims}A.c2ln"),
        "e30./w.c2ln".to_owned(),
        "e30._w.c2ln".to_owned(),
        "é.é.é".to_owned(),
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a".to_owned(),
    ] {
        assert_eq!(jwt(&token), TokenExpiry::Unknown, "{token}");
    }
}

#[test]
fn a_broken_token_leaves_the_word_to_the_next_rule() {
    let rules = [ExpiryRule::Jwt, ExpiryRule::Constant(60)];
    assert_eq!(
        read(&rules, &Value::Null, "opaque", ASKED_AT),
        until(1_767_225_660)
    );
}
