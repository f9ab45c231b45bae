//! `KUBERNETES_EXEC_INFO`: odd contents are never fatal, and the answer is the version that was asked for.

use keyfob::protocol::kubernetes::CALLER;
use keyfob::protocol::{CallerRequest, CredentialRequest};

use super::readers;
use super::requests::{END, TOKEN, ask, assert_failure_on_stderr, credential, given, some_failure};

/// `KUBERNETES_EXEC_INFO`.
pub fn kubectl(bytes: &[u8]) -> bool {
    let info = std::str::from_utf8(bytes).ok();
    let CallerRequest::Credential(get) = ask(&CALLER, &["--api-version=v1beta1"], b"", info) else {
        let CallerRequest::Reply(reply) = ask(&CALLER, &[], b"", info) else {
            panic!("kubectl only ever asks for a credential")
        };
        assert_failure_on_stderr(&reply);
        return false;
    };
    assert_kubectl_answered(&*get, "v1beta1");
    let json = info.and_then(|info| serde_json::from_str::<serde_json::Value>(info).ok());
    let named = json
        .as_ref()
        .and_then(|json| json["apiVersion"].as_str())
        .unwrap_or_default();
    let bare = named
        .strip_prefix("client.authentication.k8s.io/")
        .unwrap_or(named);
    let get = match ask(&CALLER, &[], b"", info) {
        CallerRequest::Credential(get) => get,
        CallerRequest::Reply(reply) => {
            // A version that keyfob does not speak.
            assert!(!["", "v1", "v1beta1"].contains(&bare), "{named}");
            assert_failure_on_stderr(&reply);
            return false;
        }
        _ => panic!("kubectl only ever asks for a credential"),
    };
    assert_kubectl_answered(&*get, if bare == "v1beta1" { bare } else { "v1" });
    let server = json
        .as_ref()
        .and_then(|json| json["spec"]["cluster"]["server"].as_str());
    assert_eq!(
        get.targets().len(),
        usize::from(server.is_some_and(|server| !server.is_empty()))
    );
    assert_eq!(get.asks_again_when_refused().is_some(), json.is_some());
    json.is_some()
}

fn assert_kubectl_answered(get: &dyn CredentialRequest, version: &str) {
    for end in [None, Some(END)] {
        let answer = readers::json(&given(get, &credential(None, end)));
        assert_eq!(answer.names(), ["apiVersion", "kind", "status"]);
        let named = answer.member("apiVersion").text();
        assert_eq!(
            named.strip_prefix("client.authentication.k8s.io/"),
            Some(version)
        );
        assert_eq!(answer.member("kind").text(), "ExecCredential");
        let status = answer.member("status");
        assert_eq!(status.member("token").text(), TOKEN);
        match end {
            None => assert_eq!(status.names(), ["token"]),
            Some(_) => assert_eq!(
                status.member("expirationTimestamp").text(),
                "2026-01-01T01:00:00Z"
            ),
        }
    }
    assert_failure_on_stderr(&get.failure(&some_failure()));
    assert_failure_on_stderr(&get.not_listed(&some_failure()));
}
