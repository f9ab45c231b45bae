//! A client certificate in place of a token (`clientCertificateData` and `clientKeyData`).

use serde_json::{Value, json};

use super::real::{VERSIONS, get_pods, shipped};
use super::{V1, V1BETA1, ask, exec_info};
use crate::support::apiserver::ApiServer;
use crate::support::openbao::OpenBao;
use crate::support::{Answer, Home, Provider, Tls, need, run};

/// A spec whose tokens are certificates that OpenBao's or Vault's PKI engine issues.
fn pki(url: &str) -> Value {
    json!({
        "provider": "http",
        "url": url,
        "headers": { "X-Vault-Token": { "secret": { "env": "VAULT_TOKEN" } } },
        "json": { "common_name": "ci.example.com", "ttl": "1h" },
        "token_pointer": { "certificate": "/data/certificate", "key": "/data/private_key" },
        "expires": { "epoch": "/data/expiration" },
    })
}

#[test]
fn a_certificate_of_openbao_logs_every_kubectl_in() {
    if !need(&VERSIONS) || !OpenBao::can_start() {
        return;
    }
    let (tls, mut home) = (Tls::new(), Home::new());
    let bao = OpenBao::start(&home);
    bao.root("POST", "/v1/sys/mounts/pki", &json!({ "type": "pki" }));
    let root = json!({ "common_name": "clients of the cluster", "ttl": "24h" });
    let root = bao.root("POST", "/v1/pki/root/generate/internal", &root);
    let authority = root["data"]["certificate"].as_str().unwrap();
    let role = json!({ "allowed_domains": "example.com", "allow_subdomains": true, "max_ttl": "2h",
        "client_flag": true });
    bao.root("POST", "/v1/pki/roles/kubectl", &role);
    let server = ApiServer::for_clients_of(&tls, authority);
    home.set("VAULT_TOKEN", "root-token");
    home.spec(
        "my-cluster",
        pki(&bao.at("/v1/pki/issue/kubectl")).to_string(),
    );
    for (index, version) in VERSIONS.into_iter().enumerate() {
        let output = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert_eq!(output.answer(), "pod/web\n", "{version}");
        assert!(server.count() > index);
    }
    // All of them were let in by one certificate.
    assert_eq!(bao.came(), ["POST /v1/pki/issue/kubectl"]);
}

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcC+/=\n-----END EC PRIVATE KEY-----";

fn issuing() -> (Home, Provider) {
    let provider = Provider::start(|_| {
        let data = json!({ "certificate": CERTIFICATE, "private_key": KEY, "expiration": 4_102_444_800_u64 });
        Answer::json(200, json!({ "data": data }).to_string())
    });
    let mut home = Home::new();
    home.set("VAULT_TOKEN", "root");
    let mut spec = pki(&provider.at("/issue"));
    spec["targets"] = json!(["https://kubernetes.example.com:6443", "git.example.com"]);
    home.spec("my-cluster", spec.to_string());
    (home, provider)
}

#[test]
fn the_answer_has_certificate_and_key_and_no_token() {
    let (home, provider) = issuing();
    for version in [V1, V1BETA1, V1] {
        let info = exec_info(version, None);
        let output = ask(&home, &["kubectl", "--spec", "my-cluster"], Some(&info));
        let answer = output.json();
        assert_eq!(answer["apiVersion"], version);
        let status = answer["status"].as_object().unwrap();
        assert_eq!(status["clientCertificateData"], CERTIFICATE);
        assert_eq!(status["clientKeyData"], KEY);
        assert!(!status.contains_key("token"));
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn other_callers_say_that_they_cannot_use_a_certificate() {
    let (home, _provider) = issuing();
    let mut git = home.keyfob(["git", "get"]);
    let output = run(&mut git, "protocol=https\nhost=git.example.com\n\n");
    let told =
        "spec `my-cluster` yields a client certificate, which git cannot use (not-supported)";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    assert!(!output.stdout.contains("BEGIN"));
    let output = run(&mut home.keyfob(["docker", "get"]), "git.example.com");
    assert!(!output.stdout.contains("BEGIN"), "{}", output.stdout);
    assert_ne!(output.status, 0);
}

#[test]
fn what_is_no_certificate_or_no_key_is_an_error_and_no_format_sends_a_key_as_a_token() {
    for (certificate, key) in [("abc", KEY), (CERTIFICATE, "abc"), (KEY, CERTIFICATE)] {
        let body =
            json!({ "data": { "certificate": certificate, "private_key": key } }).to_string();
        let provider = Provider::start(move |_| Answer::json(200, body.clone()));
        let mut home = Home::new();
        home.set("VAULT_TOKEN", "root");
        let mut spec = pki(&provider.at("/issue"));
        spec["expires"] = json!({ "constant": 600 });
        home.spec("my-cluster", spec.to_string());
        let output = ask(&home, &["kubectl", "--spec", "my-cluster"], None);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        let told = "that is not one in PEM (provider-nonsense)";
        assert!(output.stderr.contains(told), "{}", output.stderr);
    }
    let (home, _provider) = issuing();
    for format in ["header", "curl", "netrc", "headers-json", "env", "dotenv"] {
        let words = ["token", "--spec", "my-cluster", "--format", format];
        let output = ask(&home, &words, None);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""), "{format}");
        assert!(
            output.stderr.contains("(not-supported)"),
            "{}",
            output.stderr
        );
    }
}
