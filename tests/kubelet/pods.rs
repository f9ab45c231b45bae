//! Pods that pull as themselves (KEP-4412): the service account's token in kubelet's request is
//! exchanged for the registry's, where a spec says so.

use serde_json::{Value, json};

use super::V1;
use crate::support::{Answer, Home, Provider, run};

/// A request as kubelet writes it with `tokenAttributes`.
fn request(token: &str, role: Option<&str>) -> String {
    let mut request = json!({
        "apiVersion": V1, "kind": "CredentialProviderRequest",
        "image": "registry.example.com:5000/team/image", "serviceAccountToken": token,
    });
    if let Some(role) = role {
        request["serviceAccountAnnotations"] = json!({ "example.com/role": role });
    }
    request.to_string()
}

fn setting() -> (Home, Provider) {
    let provider = Provider::start(|request| {
        let sent = |name| request.parameter(name).unwrap_or_default();
        Answer::token(
            &format!("{}-as-{}", sent("subject_token"), sent("role")),
            3600,
        )
    });
    let home = Home::new();
    let spec = json!({
        "provider": "http",
        "url": provider.at("/exchange"),
        "form": {
            "subject_token": { "secret": { "request": "/serviceAccountToken" } },
            "role": { "secret": { "request": "/serviceAccountAnnotations/example.com~1role" } },
        },
        "expires": { "seconds": "/expires_in" },
        "targets": ["registry.example.com:5000"],
    });
    home.spec("registry", spec.to_string());
    (home, provider)
}

#[test]
fn each_pods_account_gets_its_own_token_and_none_is_another_ones() {
    let (home, provider) = setting();
    let password = |token: &str, role: &str| -> Value {
        let output = run(&mut home.keyfob(["kubelet"]), request(token, Some(role)));
        output.json()["auth"]["registry.example.com:5000"]["password"].clone()
    };
    assert_eq!(password("account-a", "reader"), "account-a-as-reader");
    assert_eq!(password("account-b", "reader"), "account-b-as-reader");
    assert_eq!(password("account-a", "reader"), "account-a-as-reader");
    assert_eq!(password("account-a", "writer"), "account-a-as-writer");
    assert_eq!(provider.count(), 3);
}

#[test]
fn an_account_without_the_annotation_is_told_and_nothing_is_asked() {
    let (home, provider) = setting();
    let output = run(&mut home.keyfob(["kubelet"]), request("account-a", None));
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    let told = "kubelet with the provider's `tokenAttributes`";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    assert!(!output.stderr.contains("account-a"));
    assert_eq!(provider.connections(), 0);
}

/// kubelet does not ask again for another image of a registry for which it keeps an answer.
#[test]
fn an_answer_that_depends_on_the_request_is_not_kept_for_the_whole_registry() {
    let (home, provider) = setting();
    let spec = json!({
        "provider": "http",
        "url": provider.at("/exchange"),
        "query": { "scope": { "request": "/image" } },
        "targets": ["registry.example.com:5000"],
    });
    home.spec("registry", spec.to_string());
    let mut named = home.keyfob(["kubelet", "--spec", "registry"]);
    let answer = run(&mut named, request("account-a", None)).json();
    assert_eq!(answer["cacheKeyType"], "Image");
}
