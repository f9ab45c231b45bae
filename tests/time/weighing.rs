//! Several rules, several values, and values that say "none": which of them counts.

use super::{IN_AN_HOUR, JWT, UNREADABLE, life, life_of, until};
use keyfob::time::TokenExpiry;

#[test]
fn e10_issued_at_is_where_the_seconds_begin_unless_it_lies_ahead() {
    let rules = r#"[{"seconds":"/expires_in","relative_to":"/issued_at"},{"constant":60}]"#;
    assert_eq!(
        life(
            rules,
            r#"{"expires_in":300,"issued_at":"2025-12-31T23:59:00.5Z"}"#
        ),
        until("2026-01-01T00:04:00Z")
    );
    assert_eq!(
        life(rules, r#"{"expires_in":300,"issued_at":1767225540}"#),
        until("2026-01-01T00:04:00Z")
    );
    let from_the_moment_of_asking = until("2026-01-01T00:05:00Z");
    for issued_at in ["\"2026-01-01T00:01:00Z\"", "null", "0", "-1"] {
        let answer = format!(r#"{{"expires_in":300,"issued_at":{issued_at}}}"#);
        assert_eq!(
            life(rules, &answer),
            from_the_moment_of_asking,
            "{issued_at}"
        );
    }
    for issued_at in ["\"yesterday\"", "{}"] {
        let answer = format!(r#"{{"expires_in":300,"issued_at":{issued_at}}}"#);
        assert_eq!(life(rules, &answer), Some(UNREADABLE), "{issued_at}");
    }
    assert_eq!(
        life(rules, r#"{"expires_in":300}"#),
        from_the_moment_of_asking
    );
    assert_eq!(
        life(rules, r#"{"issued_at":"2025-12-31T23:59:00Z"}"#),
        until("2026-01-01T00:01:00Z")
    );
    assert_eq!(
        life(
            rules,
            r#"{"expires_in":-5,"issued_at":"2025-12-31T23:59:00Z"}"#
        ),
        until("2025-12-31T23:58:55Z")
    );
}

#[test]
fn a_constant_never_overrides_what_the_provider_says() {
    let rules = r#"[{"constant":1800},{"seconds":"/expires_in"},{"jwt":"token"}]"#;
    assert_eq!(
        life_of(rules, r#"{"expires_in":60}"#, JWT),
        until("2026-01-01T00:01:00Z")
    );
    assert_eq!(
        life_of(rules, r#"{"expires_in":7200}"#, JWT),
        until(IN_AN_HOUR)
    );
    assert_eq!(
        life(rules, r#"{"expires_in":0}"#),
        Some(TokenExpiry::Unknown)
    );
    assert_eq!(
        life(r#"[{"date":"/end"},{"constant":60}]"#, r#"{"end":null}"#),
        Some(TokenExpiry::Never)
    );
}

#[test]
fn e13_a_lease_of_zero_is_unknown_and_not_for_ever() {
    let rules = r#"[{"seconds":"/auth/lease_duration"}]"#;
    assert_eq!(
        life(rules, r#"{"auth":{"lease_duration":2764800}}"#),
        until("2026-02-02T00:00:00Z")
    );
    assert_eq!(
        life(rules, r#"{"auth":{"lease_duration":0}}"#),
        Some(TokenExpiry::Unknown)
    );
}

#[test]
fn e14_null_is_never_where_an_end_is_due_and_absent_is_unknown() {
    for rules in [
        r#"[{"date":"/expires_at"}]"#,
        r#"[{"epoch":"/expires_at"}]"#,
    ] {
        assert_eq!(
            life(rules, r#"{"expires_at":null}"#),
            Some(TokenExpiry::Never),
            "{rules}"
        );
        assert_eq!(
            life(rules, r#"{"expires_at":-1}"#),
            Some(TokenExpiry::Never),
            "{rules}"
        );
        assert_eq!(
            life(rules, r#"{"expires_at":"-1"}"#),
            Some(TokenExpiry::Never),
            "{rules}"
        );
        assert_eq!(
            life(rules, r#"{"expires_at":0}"#),
            Some(TokenExpiry::Unknown),
            "{rules}"
        );
        assert_eq!(
            life(rules, r#"{"expires_at":""}"#),
            Some(TokenExpiry::Unknown),
            "{rules}"
        );
        assert_eq!(life(rules, "{}"), Some(TokenExpiry::Unknown), "{rules}");
        assert_eq!(life(rules, "null"), Some(TokenExpiry::Unknown), "{rules}");
    }
    for nothing in ["0", "null", "\"\"", "\"0\""] {
        let answer = format!(r#"{{"expires_in":{nothing}}}"#);
        assert_eq!(
            life(r#"[{"seconds":"/expires_in"}]"#, &answer),
            Some(TokenExpiry::Unknown),
            "{nothing}"
        );
    }
    assert_eq!(life(r#"[{"never":true}]"#, "{}"), Some(TokenExpiry::Never));
    assert_eq!(
        life("[]", r#"{"expires_in":3600}"#),
        Some(TokenExpiry::Unknown)
    );
}

#[test]
fn of_several_ends_the_earliest_counts_and_an_end_outweighs_never_and_nonsense() {
    let rules = r#"[{"seconds":"/in"},{"epoch":"/on"},{"date":"/at"}]"#;
    assert_eq!(
        life(
            rules,
            r#"{"in":7200,"on":1767232800,"at":"2026-01-01T01:00:00Z"}"#
        ),
        until(IN_AN_HOUR)
    );
    assert_eq!(
        life(
            rules,
            r#"{"in":3600,"on":1767232800,"at":"2026-01-01T02:00:00Z"}"#
        ),
        until(IN_AN_HOUR)
    );
    assert_eq!(
        life(rules, r#"{"in":3600,"on":-1,"at":null}"#),
        until(IN_AN_HOUR)
    );
    assert_eq!(
        life(rules, r#"{"in":0,"on":0,"at":"2026-01-01T01:00:00Z"}"#),
        until(IN_AN_HOUR)
    );
    assert_eq!(life(rules, r#"{"in":"what","at":null}"#), Some(UNREADABLE));
}
