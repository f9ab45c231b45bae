//! keyring's service and user, a line each: a miss says nothing, an answer is as many lines as its shape has, and nothing else is a success.

use keyfob::protocol::keyring::CALLER;
use keyfob::protocol::{CallerRequest, Reply};

use super::readers;
use super::requests::{END, TOKEN, ask, assert_named, credential, given, is_silence, some_failure};

/// keyring's service and user: arguments, so UTF-8.
pub fn keyring(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (service, user) = text.split_once('\n').unwrap_or((&text, ""));
    let user = user.trim_end_matches('\n');
    // A word that begins so is an option and no service.
    if service.starts_with('-') || user.starts_with('-') {
        return false;
    }
    match ask(&CALLER, &["del", service, user], b"", None) {
        CallerRequest::Erase {
            targets,
            user: None,
            presented,
            reply,
        } => {
            assert!((1..=2).contains(&targets.len()) && presented.is_none());
            assert!(is_silence(&reply));
        }
        CallerRequest::Reply(reply) if service.is_empty() => assert_refused(&reply),
        CallerRequest::Reply(reply) => assert!(is_silence(&reply)),
        _ => panic!("del asks for something else"),
    }
    let CallerRequest::Reply(reply) = ask(&CALLER, &["set", service, user], b"", None) else {
        panic!("set keeps something")
    };
    assert_refused(&reply);

    let credential = credential(None, Some(END));
    let asked = if user.is_empty() {
        &credential.username
    } else {
        user
    };
    let shapes: [(&[&str], String); 3] = [
        (
            &["get", service, user, "--mode=password"],
            format!("{TOKEN}\n"),
        ),
        (
            &["get", service, user, "--mode", "creds"],
            format!("{asked}\n{TOKEN}\n"),
        ),
        (
            &["--output=json", "get", service, user],
            format!("{{\"password\":{}}}\n", quoted()),
        ),
    ];
    let mut accepted = 0;
    for (words, expected) in shapes {
        match ask(&CALLER, words, b"", None) {
            CallerRequest::Credential(get) => {
                accepted += 1;
                assert_eq!(given(&*get, &credential), expected);
                let authority = service.split_once("://").map_or(service, |(_, rest)| rest);
                let authority = authority.split('/').next().unwrap_or_default();
                for target in get.targets() {
                    assert_named(target.host().as_str(), authority.as_bytes());
                }
                assert_missed(&get.not_listed(&some_failure()));
                assert_refused(&get.failure(&some_failure()));
            }
            // Over plain http there is no credential, whatever a spec lists.
            CallerRequest::OtherScheme(get) => {
                assert_missed(&get.not_listed(&some_failure()));
                assert_missed(&get.reply(&credential));
            }
            CallerRequest::Reply(reply) if reply.stderr.is_empty() => assert_missed(&reply),
            CallerRequest::Reply(reply) => assert_refused(&reply),
            _ => panic!("get asks for something else"),
        }
    }
    assert!(
        [0, 3].contains(&accepted),
        "one shape is served and another is not"
    );
    accepted == 3
}

fn quoted() -> String {
    serde_json::to_string(TOKEN).expect("a string")
}

fn assert_missed(reply: &Reply) {
    assert!(reply.status == 1 && reply.stdout.is_empty() && reply.stderr.is_empty());
}

/// In words that neither pip nor uv takes for those of a program that is too old.
fn assert_refused(reply: &Reply) {
    assert!([1, 2].contains(&reply.status) && reply.stdout.is_empty());
    readers::told(&reply.stderr);
    assert!(
        !reply.stderr.contains("unrecognized arguments"),
        "{}",
        reply.stderr
    );
}
