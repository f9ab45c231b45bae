//! The source `request`: what kubectl says of the cluster (`provideClusterInfo`) is part of the
//! request for a token, and of the key.

use serde_json::{Value, json};

use super::real::get_pods;
use super::{V1, ask};
use crate::support::apiserver::ApiServer;
use crate::support::{Answer, Home, Provider, Tls, need};

/// A provider whose token names what it was asked for.
fn provider() -> Provider {
    Provider::start(|request| {
        let audience = request.parameter("audience").unwrap_or_default();
        Answer::token(&format!("for-{audience}-{}", request.number), 3600)
    })
}

fn spec(provider: &Provider) -> Value {
    json!({
        "provider": "http",
        "url": provider.at("/token"),
        "form": { "audience": { "secret": { "request": "/spec/cluster/config/audience" } } },
        "expires": { "seconds": "/expires_in" },
    })
}

fn info(config: &Value) -> String {
    json!({ "kind": "ExecCredential", "apiVersion": V1, "spec": { "interactive": false,
        "cluster": { "server": "https://kubernetes.example.com:6443", "config": config } } })
    .to_string()
}

fn home(provider: &Provider) -> Home {
    let home = Home::new();
    let mut spec = spec(provider);
    spec["targets"] = json!(["https://kubernetes.example.com:6443"]);
    home.spec("fleet", spec.to_string());
    home
}

#[test]
fn one_spec_serves_a_fleet_of_clusters_and_each_has_its_own_token() {
    let provider = provider();
    let home = home(&provider);
    let token = |audience: &str| {
        let info = info(&json!({ "audience": audience }));
        let output = ask(&home, &["kubectl"], Some(&info));
        output.json()["status"]["token"].clone()
    };
    assert_eq!(token("blue"), "for-blue-1");
    assert_eq!(token("green"), "for-green-2");
    assert_eq!(token("blue"), "for-blue-1");
    assert_eq!(provider.count(), 2);
}

#[test]
fn what_the_caller_does_not_say_is_an_error_that_tells_what_to_switch_on() {
    let provider = provider();
    let home = home(&provider);
    for info in [info(&Value::Null), info(&json!({ "other": 1 }))] {
        let output = ask(&home, &["kubectl"], Some(&info));
        let told = "there is no secret in `/spec/cluster/config/audience` in the caller's request \
            (secret-missing)\nkeyfob: hint: kubectl says more with `provideClusterInfo: true`";
        assert!(output.stderr.contains(told), "{}", output.stderr);
    }
    let output = ask(&home, &["token", "--spec", "fleet"], None);
    assert!(
        output.stderr.contains("(secret-missing)"),
        "{}",
        output.stderr
    );
    assert_eq!(provider.connections(), 0);
}

#[test]
fn kubectl_hands_on_the_extension_of_its_cluster() {
    if !need(&["kubectl-1.37/kubectl"]) {
        return;
    }
    let (tls, provider, home) = (Tls::new(), provider(), Home::new());
    let server = ApiServer::start(&tls);
    let mut spec = spec(&provider);
    spec["targets"] = json!([server.url()]);
    home.spec("fleet", spec.to_string());
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{ "name": "c", "cluster": { "server": server.url(), "extensions": [{
            "name": "client.authentication.k8s.io/exec", "extension": { "audience": "blue" } }] } }],
        "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
        "users": [{ "name": "u", "user": { "exec": { "apiVersion": V1, "command": "keyfob",
            "args": ["kubectl"], "interactiveMode": "Never", "provideClusterInfo": true } } }],
    });
    let kubeconfig = home.write("home/kubeconfig", kubeconfig.to_string());
    let output = get_pods("kubectl-1.37/kubectl", &home, &kubeconfig, &server, &tls);
    assert_eq!(output.answer(), "pod/web\n");
    assert_eq!(server.distinct_tokens(), ["for-blue-1"]);
}
