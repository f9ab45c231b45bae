//! The end of a token, in every form that providers use.

use super::{IN_AN_HOUR, JWT, UNREADABLE, life, life_of, until};
use keyfob::time::{TokenExpiry, xml};

#[test]
fn e1_seconds_as_a_number_count_from_the_moment_of_asking() {
    let rules = r#"[{"seconds":"/expires_in"}]"#;
    assert_eq!(life(rules, r#"{"expires_in":3600}"#), until(IN_AN_HOUR));
    assert_eq!(
        life(rules, r#"{"expires_in":899}"#),
        until("2026-01-01T00:14:59Z")
    );
    assert_eq!(
        life(rules, r#"{"expires_in":3599.9}"#),
        until("2026-01-01T00:59:59Z")
    );
    assert_eq!(
        life(rules, r#"{"expires_in":0.5}"#),
        until("2026-01-01T00:00:00Z")
    );
}

#[test]
fn e2_seconds_as_a_string() {
    let rules = r#"[{"seconds":"/expires_in"}]"#;
    assert_eq!(
        life(rules, r#"{"expires_in":"3599"}"#),
        until("2026-01-01T00:59:59Z")
    );
    assert_eq!(life(rules, r#"{"expires_in":"3600.0"}"#), until(IN_AN_HOUR));
    assert_eq!(life(rules, r#"{"expires_in":" 3600 "}"#), until(IN_AN_HOUR));
    assert_eq!(life(rules, r#"{"expires_in":"+3600"}"#), until(IN_AN_HOUR));
    assert_eq!(
        life(rules, r#"{"expires_in":"1e3"}"#),
        until("2026-01-01T00:16:40Z")
    );
}

#[test]
fn e3_epoch_as_a_number() {
    assert_eq!(
        life(r#"[{"epoch":"/exp"}]"#, r#"{"exp":1767225840}"#),
        until("2026-01-01T00:04:00Z")
    );
}

#[test]
fn e4_epoch_as_a_string() {
    assert_eq!(
        life(
            r#"[{"epoch":"/expires_on"}]"#,
            r#"{"expires_on":"1767229200"}"#
        ),
        until(IN_AN_HOUR)
    );
    // Long gone is no reason to doubt it: such a token is expired.
    assert_eq!(
        life(
            r#"[{"epoch":"/expires_on"}]"#,
            r#"{"expires_on":"1506484173"}"#
        ),
        until("2017-09-27T03:49:33Z")
    );
}

#[test]
fn e5_epoch_as_a_float_or_in_milliseconds() {
    let rules = r#"[{"epoch":"/authorizationData/0/expiresAt"}]"#;
    for number in [
        "1.7672292E9",
        "1767229200.999",
        "1767229200123",
        "1.767229200123E12",
        "\"1767229200123\"",
    ] {
        let answer = format!(r#"{{"authorizationData":[{{"expiresAt":{number}}}]}}"#);
        assert_eq!(life(rules, &answer), until(IN_AN_HOUR), "{number}");
    }
}

#[test]
fn e6_rfc_3339_with_any_fraction_and_offset() {
    let rules = r#"[{"date":"/data/attributes/expires_at"}]"#;
    for date in [
        "2026-01-01T01:00:00Z",
        "2026-01-01T01:00:00.736320584Z",
        "2026-01-01T01:00:00+00:00",
    ] {
        let answer = format!(r#"{{"data":{{"attributes":{{"expires_at":"{date}"}}}}}}"#);
        assert_eq!(life(rules, &answer), until(IN_AN_HOUR), "{date}");
    }
}

#[test]
fn e7_go_s_time_string() {
    let rules = r#"[{"date":"/expiresAt"}]"#;
    assert_eq!(
        life(rules, r#"{"expiresAt":"2026-03-26 04:58:26 +0000 UTC"}"#),
        until("2026-03-26T04:58:26Z")
    );
    assert_eq!(
        life(
            rules,
            r#"{"expiresAt":"2026-03-26 04:58:26.123456789 +0000 UTC m=+1.23"}"#
        ),
        until("2026-03-26T04:58:26Z")
    );
}

#[test]
fn e8_a_bare_date_ends_as_its_day_begins() {
    assert_eq!(
        life(
            r#"[{"date":"/expires_at"}]"#,
            r#"{"expires_at":"2026-01-31"}"#
        ),
        until("2026-01-31T00:00:00Z")
    );
}

#[test]
fn a_date_rule_also_reads_an_http_date_and_an_epoch() {
    let rules = r#"[{"date":"/expires"}]"#;
    assert_eq!(
        life(rules, r#"{"expires":"Thu, 01 Jan 2026 01:00:00 GMT"}"#),
        until(IN_AN_HOUR)
    );
    assert_eq!(life(rules, r#"{"expires":1767229200}"#), until(IN_AN_HOUR));
    assert_eq!(
        life(rules, r#"{"expires":"1767229200"}"#),
        until(IN_AN_HOUR)
    );
}

#[test]
fn e9_the_claim_exp_of_the_token_itself() {
    assert_eq!(
        life_of(r#"[{"jwt":"token"}]"#, "{}", JWT),
        until(IN_AN_HOUR)
    );
}

#[test]
fn e11_and_e12_what_was_requested_or_documented_counts_when_the_answer_is_silent() {
    let rules = r#"[{"seconds":"/expires_in"},{"jwt":"token"},{"constant":1800}]"#;
    assert_eq!(
        life(rules, r#"{"access_token":"opaque"}"#),
        until("2026-01-01T00:30:00Z")
    );
    for silent in ["null", "\"\"", "\" \""] {
        let answer = format!(r#"{{"expires_in":{silent}}}"#);
        assert_eq!(
            life(rules, &answer),
            until("2026-01-01T00:30:00Z"),
            "{silent}"
        );
    }
    // Beside another rule, silence is no end, and nonsense is a short one.
    let rules = r#"[{"epoch":"/expires_on"},{"constant":1800}]"#;
    let beside = |value: &str| life(rules, &format!(r#"{{"expires_on":{value}}}"#));
    assert_eq!(beside("\"\""), until("2026-01-01T00:30:00Z"));
    assert_ne!(beside("\"soon\""), until("2026-01-01T00:30:00Z"));
    assert_eq!(
        life(r#"[{"constant":"840"}]"#, r#"{"key":"opaque"}"#),
        until("2026-01-01T00:14:00Z")
    );
}

#[test]
fn e15_an_xml_element_of_a_text_answer() {
    let rules = r#"[{"element":"Expiration"}]"#;
    let expiration = |element: &str| {
        let text = format!(
            "<?xml version=\"1.0\"?><R><Credentials>\n<Id>A</Id>{element}</Credentials></R>"
        );
        let document = xml::parse(&text).unwrap_or_default();
        life(rules, &document.to_string())
    };
    assert_eq!(
        expiration("<Expiration>2026-01-01T01:00:00Z</Expiration>"),
        until(IN_AN_HOUR)
    );
    assert_eq!(
        expiration("<sts:Expiration a=\"b\">\n 2026-01-01T01:00:00Z\n</sts:Expiration>"),
        until(IN_AN_HOUR)
    );
    for absent in [
        "",
        "<Expiration/>",
        "<Expiration></Expiration>",
        "<Expirations>2026-01-31</Expirations>",
        "<Expiration",
    ] {
        assert_eq!(expiration(absent), Some(TokenExpiry::Unknown), "{absent}");
    }
    for unreadable in [
        "<Expiration>soon</Expiration>",
        "<Expiration><At>2026-01-01T01:00:00Z</At></Expiration>",
    ] {
        assert_eq!(expiration(unreadable), Some(UNREADABLE), "{unreadable}");
    }
    // The earliest of several, and in JSON the member of that name.
    assert_eq!(
        expiration(
            "<A><Expiration>2026-01-01T02:00:00Z</Expiration></A><Expiration>2026-01-01T01:00:00Z</Expiration>"
        ),
        until(IN_AN_HOUR)
    );
    assert_eq!(
        life(rules, r#"{"C":{"Expiration":"2026-01-01T01:00:00Z"}}"#),
        until(IN_AN_HOUR)
    );
}
