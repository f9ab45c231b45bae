//! cargo's request line: whatever it is, the answer is one line of JSON that cargo can read, and no failure passes for somebody else's index.

use keyfob::protocol::cargo::{CALLER, PLUGIN};
use keyfob::protocol::{CallerRequest, CredentialRequest, Reply};

use super::readers;
use super::requests::{END, TOKEN, ask, assert_named, credential, given, some_failure};

/// A line as cargo writes it.
pub fn cargo(bytes: &[u8]) -> bool {
    match ask(&CALLER, &[PLUGIN], bytes, None) {
        CallerRequest::Credential(get) => {
            assert_index(&*get, bytes);
            for (authtype, scheme) in [
                (None, ""),
                (Some(keyfob::credential::Authtype::Bearer), "Bearer "),
            ] {
                let credential = credential(authtype, Some(END));
                let answer = readers::json(&given(&*get, &credential));
                let answer = answer.member("Ok");
                let names = [
                    "kind",
                    "token",
                    "cache",
                    "expiration",
                    "operation_independent",
                ];
                assert_eq!(answer.names(), names);
                assert_eq!(answer.member("token").text(), format!("{scheme}{TOKEN}"));
            }
            true
        }
        CallerRequest::Acknowledge {
            request: get,
            reply,
            ..
        } => {
            assert_index(&*get, bytes);
            assert!(["Ok", "other", "operation-not-supported"].contains(&kind(&reply).as_str()));
            true
        }
        CallerRequest::Reply(reply) => {
            assert!(["other", "url-not-supported"].contains(&kind(&reply).as_str()));
            false
        }
        // Over plain http there is no credential, whatever a spec lists.
        CallerRequest::OtherScheme(get) => {
            assert_eq!(kind(&get.not_listed(&some_failure())), "url-not-supported");
            false
        }
        CallerRequest::Erase { .. }
        | CallerRequest::List(_)
        | CallerRequest::Failure(_)
        | CallerRequest::FailureWith(..) => {
            panic!("cargo asks for something else")
        }
    }
}

/// One target, whose host was written; a failure that is one, and an index of somebody else that is none.
fn assert_index(get: &dyn CredentialRequest, bytes: &[u8]) {
    let [target] = get.targets() else {
        panic!("not one target: {:?}", get.targets())
    };
    // What is not looked at may be anything, and no JSON to a stricter reader.
    let text = String::from_utf8_lossy(bytes);
    if let Ok(request) = serde_json::from_str::<serde_json::Value>(&text) {
        let index = request["registry"]["index-url"].as_str().expect("text");
        let (_, behind) = index.split_once("://").expect("a scheme");
        let host = behind.split('/').next().unwrap_or_default();
        assert_named(target.host().as_str(), host.as_bytes());
    }
    assert_eq!(kind(&get.failure(&some_failure())), "other");
    assert_eq!(kind(&get.not_listed(&some_failure())), "url-not-supported");
}

/// `Ok`, or the kind of the error; one line, and the exit status that lets cargo believe it.
fn kind(reply: &Reply) -> String {
    assert_eq!((reply.status, reply.stderr.as_str()), (0, ""));
    let text = reply.stdout.expose_text().expect("UTF-8");
    let line = text.strip_suffix('\n').expect("a line");
    assert!(!line.contains('\n'), "{line}");
    let json = readers::json(line);
    let names = json.names();
    if names == ["Ok"] {
        return "Ok".to_owned();
    }
    assert_eq!(names, ["Err"]);
    let error = json.member("Err");
    let kind = error.member("kind").text().to_owned();
    match kind.as_str() {
        "other" => drop(readers::told(&format!(
            "{}\n",
            error.member("message").text()
        ))),
        _ => assert_eq!(error.names(), ["kind"]),
    }
    kind
}
