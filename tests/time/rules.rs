//! Expiry rules as a spec writes them: read strictly, and written back as they were.

use keyfob::time::{ExpiryRule, deserialize_rules};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Spec {
    #[serde(default, deserialize_with = "deserialize_rules")]
    expiry: Vec<ExpiryRule>,
}

fn complaint(rule: &str) -> String {
    match serde_json::from_str::<ExpiryRule>(rule) {
        Ok(rule) => format!("read as {rule:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_rule_is_one_object() {
    let seconds = |at: &str, relative_to: Option<&str>| ExpiryRule::Seconds {
        at: at.to_owned(),
        relative_to: relative_to.map(str::to_owned),
    };
    for (json, rule) in [
        (r#"{"seconds":"/expires_in"}"#, seconds("/expires_in", None)),
        (
            r#"{"seconds":"/a~1b/0/~0c","relative_to":"/issued_at"}"#,
            seconds("/a~1b/0/~0c", Some("/issued_at")),
        ),
        (
            r#"{"epoch":"/expires_on"}"#,
            ExpiryRule::Epoch("/expires_on".to_owned()),
        ),
        (
            r#"{"date":"/data/attributes/expires_at"}"#,
            ExpiryRule::Date {
                at: "/data/attributes/expires_at".to_owned(),
                utc: false,
            },
        ),
        (
            r#"{"date":"","zone":"utc"}"#,
            ExpiryRule::Date {
                at: String::new(),
                utc: true,
            },
        ),
        (
            r#"{"element":"Expiration"}"#,
            ExpiryRule::Element {
                name: "Expiration".to_owned(),
                utc: false,
            },
        ),
        (r#"{"jwt":"token"}"#, ExpiryRule::Jwt),
        (r#"{"constant":1800}"#, ExpiryRule::Constant(1800)),
        (r#"{"never":true}"#, ExpiryRule::Never),
    ] {
        assert_eq!(serde_json::to_string(&rule).ok().as_deref(), Some(json));
        assert_eq!(
            serde_json::from_str::<ExpiryRule>(json).ok(),
            Some(rule),
            "{json}"
        );
    }
}

#[test]
fn a_constant_may_come_from_a_parameter_in_a_string() {
    assert_eq!(
        serde_json::from_str::<ExpiryRule>(r#"{"constant":"840"}"#).ok(),
        Some(ExpiryRule::Constant(840))
    );
}

#[test]
fn a_spec_says_one_rule_or_a_list_of_them() {
    let read = |json| {
        serde_json::from_str::<Spec>(json)
            .map(|spec| spec.expiry)
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        read(r#"{"expiry":{"jwt":"token"}}"#),
        Ok(vec![ExpiryRule::Jwt])
    );
    assert_eq!(
        read(r#"{"expiry":[{"jwt":"token"},{"constant":1800}]}"#),
        Ok(vec![ExpiryRule::Jwt, ExpiryRule::Constant(1800)])
    );
    assert_eq!(read(r#"{"expiry":[]}"#), Ok(vec![]));
    assert_eq!(read("{}"), Ok(vec![]));
    assert_eq!(
        read(r#"{"expiry":3600}"#),
        Err("invalid type: integer `3600`, expected an expiry rule or a list of them at line 1 column 14".to_owned())
    );
    assert_eq!(
        read(r#"{"expiry":[{"never":false}]}"#),
        Err("`never` takes `true` at line 1 column 27".to_owned())
    );
}

#[test]
fn an_unknown_or_repeated_member_is_an_error() {
    assert!(
        complaint(r#"{"secnods":"/expires_in"}"#)
            .starts_with("unknown field `secnods`, expected one of `seconds`")
    );
    assert!(complaint(r#"{"seconds":"/a","default":60}"#).starts_with("unknown field `default`"));
    assert!(complaint(r#"{"date":"/a","date":"/b"}"#).starts_with("duplicate field `date`"));
}

#[test]
fn a_rule_that_says_nothing_or_two_things_or_a_wrong_thing_is_an_error() {
    let not_one = "an expiry rule has exactly one of";
    let pointer = "an expiry rule takes a JSON pointer";
    let constant = "`constant` takes whole seconds";
    for (rule, sentence) in [
        ("{}", not_one),
        (r#"{"seconds":null}"#, not_one),
        (r#"{"relative_to":"/issued_at"}"#, not_one),
        (r#"{"seconds":"/a","constant":60}"#, not_one),
        (r#"{"never":true,"jwt":"token"}"#, not_one),
        (r#"{"seconds":"expires_in"}"#, pointer),
        (r#"{"seconds":"/a","relative_to":"issued_at"}"#, pointer),
        (r#"{"epoch":"$.expires_on"}"#, pointer),
        (r#"{"date":"/a~2"}"#, pointer),
        (r#"{"date":"/a~"}"#, pointer),
        (
            r#"{"date":"/a","relative_to":"/b"}"#,
            "`relative_to` goes with `seconds` only",
        ),
        (r#"{"element":""}"#, "`element` takes the bare name"),
        (
            r#"{"element":"<Expiration>"}"#,
            "`element` takes the bare name",
        ),
        (r#"{"jwt":"exp"}"#, "`jwt` takes `token`"),
        (r#"{"jwt":true}"#, "invalid type: boolean"),
        (r#"{"constant":0}"#, constant),
        (r#"{"constant":-1}"#, constant),
        (r#"{"constant":1.5}"#, constant),
        (r#"{"constant":315576001}"#, constant),
        (r#"{"constant":18446744073709551616}"#, constant),
        (r#"{"constant":""}"#, constant),
        (r#"{"constant":"+60"}"#, constant),
        (r#"{"constant":"{lifetime}"}"#, constant),
        (r#"{"constant":[60]}"#, constant),
        (r#"{"never":false}"#, "`never` takes `true`"),
        (r#""jwt""#, "invalid type: string"),
    ] {
        let complaint = complaint(rule);
        assert!(complaint.starts_with(sentence), "{rule}: {complaint}");
    }
}
