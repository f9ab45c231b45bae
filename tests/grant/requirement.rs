//! What must hold of an answer. Whatever is not there, or is of another kind, does not hold.

use keyfob::credential::Secret;
use keyfob::grant::response::{Location, Requirement, Test};
use keyfob::http::Response;
use serde_json::{Value, json};

const TOKEN: &str = "ddsat_AAAA_BBBB";

fn holds(test: Test, answer: &Value, token: Option<&str>) -> bool {
    let at = Location::Pointer("/a/b".to_owned());
    let token = token.map(|token| Secret::from(token.to_owned()));
    let broken = broken(at, test, &[], answer, token.as_ref());
    assert!(broken.as_deref().is_none_or(|why| why == "it does not"));
    broken.is_none()
}

fn broken(
    at: Location,
    test: Test,
    headers: &[(&str, &str)],
    answer: &Value,
    token: Option<&Secret>,
) -> Option<String> {
    let otherwise = "it does not".to_owned();
    let requirement = Requirement {
        at,
        test,
        otherwise,
    };
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let response = Response {
        status: 200,
        headers: headers.collect(),
        body: Secret::from(String::new()),
    };
    Requirement::broken(&[requirement], &response, answer, token).map(str::to_owned)
}

#[test]
fn a_header_is_equal_where_it_is_there_once() {
    let holds = |headers: &[(&str, &str)], wanted: Value| {
        let at = Location::Header("metadata-flavor".to_owned());
        broken(at, Test::Equals(wanted), headers, &json!({}), None).is_none()
    };
    let google = || json!("Google");
    assert!(holds(
        &[("date", "x"), ("metadata-flavor", "Google")],
        google()
    ));
    for headers in [
        &[][..],
        &[("metadata-flavor", "google")],
        &[("metadata-flavor", "")],
        &[("metadata-flavor", "Google"), ("metadata-flavor", "Google")],
        &[("x-metadata-flavor", "Google")],
    ] {
        assert!(!holds(headers, google()), "{headers:?}");
    }
    assert!(holds(&[], Value::Null));
    assert!(!holds(&[("metadata-flavor", "Google")], Value::Null));
}

#[test]
fn a_string_is_equal_to_the_letter() {
    let equals = |found: Value| {
        let test = Test::Equals(json!("id-1"));
        holds(test, &json!({ "a": { "b": found } }), None)
    };
    assert!(equals(json!("id-1")));
    for other in [
        json!("ID-1"),
        json!("id-1 "),
        json!("id-10"),
        json!("id-"),
        json!(""),
        json!(1),
        json!(true),
        json!(null),
        json!(["id-1"]),
        json!({ "id-1": "id-1" }),
    ] {
        assert!(!equals(other.clone()), "{other}");
    }
}

#[test]
fn a_number_a_boolean_and_null_are_equal_to_themselves_alone() {
    for wanted in [json!(true), json!(7), json!(["a"])] {
        let equals = |found: Value| {
            holds(
                Test::Equals(wanted.clone()),
                &json!({ "a": { "b": found } }),
                None,
            )
        };
        assert!(equals(wanted.clone()), "{wanted}");
        for other in [json!(false), json!(8), json!("true"), json!("7"), json!([])] {
            assert!(!equals(other.clone()), "{wanted} {other}");
        }
    }
    for (answer, null) in [
        (json!({ "a": { "b": null } }), true),
        (json!({ "a": {} }), true),
        (json!({ "a": { "b": false } }), false),
        (json!({ "a": { "b": "" } }), false),
    ] {
        assert_eq!(
            holds(Test::Equals(Value::Null), &answer, None),
            null,
            "{answer}"
        );
    }
}

#[test]
fn what_is_not_there_does_not_hold() {
    for answer in [
        json!({}),
        json!({ "a": {} }),
        json!({ "a": "b" }),
        json!([]),
        json!(null),
        json!("id-1"),
    ] {
        assert!(
            !holds(Test::Equals(json!("id-1")), &answer, Some(TOKEN)),
            "{answer}"
        );
        assert!(!holds(Test::BeginsToken, &answer, Some(TOKEN)), "{answer}");
    }
}

#[test]
fn a_token_begins_with_its_public_part_up_to_an_underscore_or_its_end() {
    let begins = |found: Value, token: Option<&str>| {
        holds(Test::BeginsToken, &json!({ "a": { "b": found } }), token)
    };
    for found in ["ddsat", "ddsat_AAAA", "ddsat_AAAA_BBBB"] {
        assert!(begins(json!(found), Some(TOKEN)), "{found}");
    }
    for found in [
        "",
        "d",
        "ddsat_",
        "ddsat_AAA",
        "ddsat_AAAA_",
        "ddsat_AAAA_BBB",
        "ddsat_AAAA_BBBB_",
        "DDSAT",
        "AAAA",
    ] {
        assert!(!begins(json!(found), Some(TOKEN)), "{found}");
    }
    assert!(!begins(json!(null), Some(TOKEN)));
    assert!(
        !begins(json!("ddsat"), None),
        "where no token is stored none begins"
    );
    assert!(!begins(json!(""), Some("")));
}

/// What its vendor shows of a token may be told; more of it may not, whatever the answer says.
#[test]
fn no_more_of_a_token_is_public_than_its_first_two_words_and_half() {
    let public = |test: Test, part: &str, token: &str| {
        let requirement = Requirement {
            at: Location::Pointer("/a".to_owned()),
            test,
            otherwise: String::new(),
        };
        let token = Secret::from(token.to_owned());
        let answer = json!({ "a": part });
        requirement
            .public_part(&answer, Some(&token))
            .map(str::to_owned)
    };
    for (part, token, shown) in [
        ("ddsat", "ddsat_AAAA_BBBB", true),
        ("ddsat_AAAA", "ddsat_AAAA_BBBBBBBBB", true), // half of twenty
        ("ddsat_AAAA", "ddsat_AAAA_BBBBBBBB", false), // more than half of nineteen
        ("ab", "ab_c", true),
        ("abc", "abc_d", false),
        ("a_b_c", "a_b_c_ddddddddddddd", false), // three words
        ("ddsat", "other_AAAA_BBBB", false),
        ("", "ddsat_AAAA_BBBB", false),
    ] {
        let told = public(Test::BeginsToken, part, token);
        assert_eq!(told.as_deref(), shown.then_some(part), "{part} {token}");
        assert_eq!(public(Test::Equals(json!(part)), part, token), None);
    }
}
