//! Bazel's request: the host is the one that the URI names to anybody who reads it, and an answer is one that Bazel can read.

use keyfob::credential::Authtype;
use keyfob::protocol::CallerRequest;
use keyfob::protocol::bazel::CALLER;

use super::readers;
use super::requests::{
    END, TOKEN, ask, assert_failure_on_stderr, assert_named, credential, given, some_failure,
};

/// Bazel's request.
pub fn bazel(bytes: &[u8]) -> bool {
    match ask(&CALLER, &["get"], bytes, None) {
        CallerRequest::Credential(get) => {
            let text = std::str::from_utf8(bytes).expect("UTF-8");
            // A broken value of a member that is ignored is ignored too, and read by nobody.
            let request: Option<serde_json::Value> = serde_json::from_str(text).ok();
            let [target] = get.targets() else {
                panic!("a URI is one target")
            };
            if let Some(request) = request {
                let uri = request["uri"].as_str().expect("a string");
                let (_, rest) = uri.split_once("://").expect("a scheme");
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                assert_named(target.host().as_str(), authority.as_bytes());
            }
            for (authtype, end) in [(None, None), (Some(Authtype::Basic), Some(END))] {
                let answer = readers::json(&given(&*get, &credential(authtype, end)));
                let headers = answer.member("headers");
                assert_eq!(headers.names(), ["Authorization"]);
                let readers::Json::List(values) = headers.member("Authorization") else {
                    panic!("a header is an array")
                };
                let [value] = values.as_slice() else {
                    panic!("one value")
                };
                match end {
                    None => assert_eq!(value.text(), format!("Bearer {TOKEN}")),
                    Some(_) => {
                        assert!(value.text().starts_with("Basic "));
                        assert_eq!(answer.member("expires").text(), "2026-01-01T01:00:00Z");
                    }
                }
            }
            assert_failure_on_stderr(&get.failure(&some_failure()));
            assert_eq!(get.not_listed(&some_failure()).stdout.expose(), b"{}\n");
            true
        }
        // Over plain http there is no credential, whatever a spec lists.
        CallerRequest::OtherScheme(get) => {
            assert_eq!(get.not_listed(&some_failure()).stdout.expose(), b"{}\n");
            false
        }
        CallerRequest::Reply(reply) if reply.status == 0 => {
            assert_eq!((reply.stdout.expose(), &*reply.stderr), (&b"{}\n"[..], ""));
            false
        }
        CallerRequest::Reply(reply) => {
            assert_failure_on_stderr(&reply);
            false
        }
        _ => panic!("get asks for something else"),
    }
}
