//! terraform's host: the one that is asked about is the one that was written, and no failure passes for "no token".

use keyfob::protocol::CallerRequest;
use keyfob::protocol::terraform::CALLER;

use super::readers;
use super::requests::{
    END, TOKEN, ask, assert_failure_on_stderr, assert_named, credential, given, is_silence,
    some_failure,
};

/// terraform's host, for every verb; and the same bytes as what it wants stored.
pub fn terraform(bytes: &[u8]) -> bool {
    let host = String::from_utf8_lossy(bytes).into_owned();
    let CallerRequest::Reply(reply) = ask(&CALLER, &["store", &host], bytes, None) else {
        panic!("store stores nothing")
    };
    assert_failure_on_stderr(&reply);
    match ask(&CALLER, &["forget", &host], b"", None) {
        CallerRequest::Erase {
            targets,
            user: None,
            presented,
            reply,
        } => {
            assert!(targets.len() == 1 && presented.is_none() && is_silence(&reply));
        }
        CallerRequest::Reply(reply) => assert_failure_on_stderr(&reply),
        _ => panic!("forget asks for something else"),
    }
    match ask(&CALLER, &["get", &host], b"", None) {
        CallerRequest::Credential(get) => {
            let [target] = get.targets() else {
                panic!("one host, one target")
            };
            assert_named(target.host().as_str(), bytes);
            assert!(target.to_string().starts_with("https://"));
            let answer = readers::json(&given(&*get, &credential(None, Some(END))));
            assert_eq!(answer.names(), ["token"]);
            assert_eq!(answer.member("token").text(), TOKEN);
            assert_failure_on_stderr(&get.failure(&some_failure()));
            assert_eq!(get.not_listed(&some_failure()).stdout.expose(), b"{}\n");
            true
        }
        CallerRequest::Reply(reply) => {
            assert_failure_on_stderr(&reply);
            false
        }
        _ => panic!("get asks for something else"),
    }
}
