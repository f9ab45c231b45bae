//! What the user is advised to do about a failure: one hint for each cause, and the provider's own word on the account.

use keyfob::http::NoResponse;
use keyfob::world::http::Failure;

use super::world::{Fake, SPEC, says};

#[test]
fn each_way_of_having_no_answer_has_its_own_advice() {
    type Cause = fn(String) -> NoResponse;
    let table: [(Cause, &str); 5] = [
        (NoResponse::Tls, "is this machine's clock right"),
        (NoResponse::Dns, "check the URL, the network"),
        (NoResponse::Connect, "check the URL, the network"),
        (NoResponse::Denied, "check the proxy and its credentials"),
        (NoResponse::TimedOut, "set a longer `timeout` in the spec"),
    ];
    for (why, advice) in table {
        let world = Fake::new();
        world.answers(move |_| {
            let why = why("in the middle".to_owned());
            Err(Failure { sent: true, why })
        });
        let error = world.ask(SPEC, 0).unwrap_err();
        assert_eq!(error.code.as_str(), "provider-unreachable");
        let hint = error.hint.unwrap_or_default();
        assert!(hint.starts_with(advice), "{hint}\nis not\n{advice}");
    }
}

#[test]
fn a_refusal_names_the_check_where_the_spec_has_one() {
    let check = r#"{"check": {"url": "https://id.example.com/me"}, "#;
    let advice = "`keyfob check` with this spec asks the provider about the account";
    for (member, status, told) in [
        (check, 401, true),
        (check, 403, true),
        (check, 500, false),
        ("{", 401, false),
    ] {
        let world = Fake::new();
        world.answers(move |_| says(status, &[], ""));
        let error = world.ask(&SPEC.replacen('{', member, 1), 0).unwrap_err();
        let hint = error.hint.unwrap_or_default();
        assert_eq!(hint.starts_with(advice), told, "{status}: {hint}");
        assert_eq!(hint.contains("`keyfob check`"), told, "{status}: {hint}");
    }
}

#[test]
fn where_no_desktop_keeps_a_keyring_the_other_places_are_named() {
    for bus in [true, false] {
        let world = Fake::new();
        world.own.borrow_mut().push("ci".to_owned());
        if bus {
            let named = ("DBUS_SESSION_BUS_ADDRESS".to_owned(), "unix:".to_owned());
            world.variables.borrow_mut().extend([named]);
        }
        let hint = world.ask(SPEC, 0).unwrap_err().hint.unwrap();
        assert!(
            hint.starts_with("put it there: keyfob secret set ci"),
            "{hint}"
        );
        let is_told = !bus && keyfob::world::keyring::NEEDS_SESSION_BUS;
        assert_eq!(hint.contains("on a runner"), is_told, "{hint}");
    }
}
