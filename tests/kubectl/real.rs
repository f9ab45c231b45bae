//! Real kubectls with the files of `integrations/kubectl`, against a small API server over TLS.
//!
//! 1.32 (before kuberc), 1.35 (kuberc with `name`), 1.37 (kuberc with `command`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SECRET, home, provider};
use crate::support::apiserver::ApiServer;
use crate::support::{Answer, Home, Output, Provider, Tls, need, run};

pub const VERSIONS: [&str; 3] = [
    "kubectl-1.32/kubectl",
    "kubectl-1.35/kubectl",
    "kubectl-1.37/kubectl",
];

/// The shipped file, as it is.
pub fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("integrations/kubectl")
        .join(name)
}

/// The shipped file with one place changed, in the home.
fn changed(home: &Home, name: &str, from: &str, to: &str) -> PathBuf {
    let text = fs::read_to_string(shipped(name)).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} in {name}");
    home.write(&format!("home/{name}"), text.replace(from, to))
}

/// kubectl with a kubeconfig whose address and authority are the stub's.
fn kubectl(
    version: &str,
    home: &Home,
    kubeconfig: &Path,
    server: &ApiServer,
    tls: &Tls,
) -> Command {
    let mut command = home.command(version);
    command
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .arg("--certificate-authority")
        .arg(&tls.ca_file);
    command.args(["--server", &server.url(), "--request-timeout", "10s"]);
    command
}

pub fn get_pods(
    version: &str,
    home: &Home,
    kubeconfig: &Path,
    server: &ApiServer,
    tls: &Tls,
) -> Output {
    run(
        kubectl(version, home, kubeconfig, server, tls).args(["get", "pods", "-o", "name"]),
        "",
    )
}

/// The newest kubectl, with the shipped kubeconfig, reaches the server.
#[track_caller]
pub fn assert_reaches(home: &Home, server: &ApiServer, tls: &Tls) {
    let kubeconfig = shipped("kubeconfig.yaml");
    let output = get_pods("kubectl-1.37/kubectl", home, &kubeconfig, server, tls);
    assert_eq!(output.answer(), "pod/web\n");
}

#[test]
fn the_token_that_a_runners_identity_was_exchanged_for_logs_every_kubectl_in() {
    if !need(&VERSIONS) {
        return;
    }
    let provider = Provider::start(|request| {
        let sent = |name| request.parameter(name).unwrap_or_default();
        let type_of = "urn:ietf:params:oauth:token-type:id_token";
        match (
            sent("subject_token").as_str(),
            sent("subject_token_type").as_str(),
        ) {
            ("eyJh.runner.c2ln", kind) if kind == type_of => Answer::json(
                200,
                r#"{"access_token": "token-1", "token_type": "N_A", "expires_in": 3600}"#,
            ),
            _ => Answer::error("invalid_request"),
        }
    });
    let (tls, mut home) = (Tls::new(), home(&provider, &[]));
    let spec = serde_json::json!({
        "provider": "token_exchange", "token_url": provider.at("/token"),
        "subject_token": { "env": "ID_TOKEN" }, "subject_token_type": "id_token",
        "audience": ["cluster", "registry"],
    });
    home.spec("my-cluster", spec.to_string());
    home.set("ID_TOKEN", "eyJh.runner.c2ln");
    let server = ApiServer::for_token(&tls, "token-1");
    for version in VERSIONS {
        let pods = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert_eq!(
            (pods.answer(), pods.stderr.as_str()),
            ("pod/web\n", ""),
            "{version}"
        );
    }
    assert_eq!(
        provider.request().parameters("audience"),
        ["cluster", "registry"]
    );
}

#[test]
fn the_shipped_kubeconfig_logs_every_kubectl_in() {
    if !need(&VERSIONS) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let home = home(&provider, &[]);
    let server = ApiServer::for_token(&tls, "token-1");
    for version in VERSIONS {
        let mut raw = kubectl(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert!(
            run(raw.args(["get", "--raw", "/version"]), "")
                .answer()
                .contains("v1.37.1")
        );
        let pods = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert_eq!(
            (pods.answer(), pods.stderr.as_str()),
            ("pod/web\n", ""),
            "{version}"
        );
    }
    assert_eq!(server.distinct_tokens(), ["token-1"]);
    assert_eq!(provider.count(), 1, "six kubectls, one token");
}

#[test]
fn a_kubeconfig_in_v1beta1_is_answered_in_it() {
    if !need(&VERSIONS) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let home = home(&provider, &[]);
    let server = ApiServer::start(&tls);
    let kubeconfig = changed(&home, "kubeconfig.yaml", "k8s.io/v1\n", "k8s.io/v1beta1\n");
    for version in VERSIONS {
        assert_eq!(
            get_pods(version, &home, &kubeconfig, &server, &tls).answer(),
            "pod/web\n",
            "{version}"
        );
    }
}

#[test]
fn under_its_link_name_it_needs_no_sub_command() {
    if !need(&VERSIONS) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let home = home(&provider, &[]);
    home.link("kubectl-keyfob");
    let server = ApiServer::start(&tls);
    let kubeconfig = changed(
        &home,
        "kubeconfig.yaml",
        "command: keyfob\n        args: [kubectl, ",
        "command: kubectl-keyfob\n        args: [",
    );
    for version in VERSIONS {
        assert_eq!(
            get_pods(version, &home, &kubeconfig, &server, &tls).answer(),
            "pod/web\n",
            "{version}"
        );
    }
}

#[test]
fn a_listed_cluster_finds_its_spec_and_an_unlisted_one_gets_nothing() {
    if !need(&VERSIONS) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let server = ApiServer::start(&tls);
    let listed = home(&provider, &[&server.url()]);
    let unlisted = home(&provider, &["https://kubernetes.example.com:6443"]);
    for version in VERSIONS {
        let pods = get_pods(
            version,
            &listed,
            &shipped("kubeconfig-pinned.yaml"),
            &server,
            &tls,
        );
        assert_eq!(pods.answer(), "pod/web\n", "{version}");
    }
    let asked = (provider.count(), server.tokens().len());
    for version in VERSIONS {
        let pods = get_pods(
            version,
            &unlisted,
            &shipped("kubeconfig-pinned.yaml"),
            &server,
            &tls,
        );
        assert_eq!((pods.status, pods.stdout.as_str()), (1, ""), "{version}");
        assert!(
            pods.stderr.contains("(target-not-listed)"),
            "{version}: {}",
            pods.stderr
        );
    }
    assert_eq!(
        (provider.count(), server.tokens().len()),
        asked,
        "neither was asked again"
    );
}

#[test]
fn what_keyfob_says_reaches_the_terminal() {
    if !need(&VERSIONS) {
        return;
    }
    let tls = Tls::new();
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let home = home(&provider, &[]);
    let server = ApiServer::start(&tls);
    for version in VERSIONS {
        let pods = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert_eq!((pods.status, pods.stdout.as_str()), (1, ""), "{version}");
        assert!(
            pods.stderr.contains("keyfob: error: "),
            "{version}: {}",
            pods.stderr
        );
        assert!(
            pods.stderr.contains("(provider-refused)"),
            "{version}: {}",
            pods.stderr
        );
        assert!(!pods.stderr.contains(SECRET), "{version}: {}", pods.stderr);
    }
    assert_eq!(server.tokens(), [""; 0], "the cluster was never asked");
}

#[test]
fn the_shipped_kuberc_lets_keyfob_run_and_nothing_else() {
    let versions = &VERSIONS[1..];
    if !need(versions) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let server = ApiServer::start(&tls);
    for version in versions {
        let home = home(&provider, &[]);
        let text = fs::read_to_string(shipped("kuberc.yaml")).unwrap();
        let field = if version.contains("1.35") {
            "- name: keyfob"
        } else {
            "- command: keyfob"
        };
        home.write(
            "home/.kube/kuberc",
            text.replace("- command: keyfob", field),
        );
        let allowed = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert_eq!(allowed.answer(), "pod/web\n", "{version}");

        home.link("kubectl-keyfob");
        let kubeconfig = changed(
            &home,
            "kubeconfig.yaml",
            "command: keyfob",
            "command: kubectl-keyfob",
        );
        let denied = get_pods(version, &home, &kubeconfig, &server, &tls);
        assert_eq!(
            (denied.status, denied.stdout.as_str()),
            (1, ""),
            "{version}"
        );
        assert!(
            denied.stderr.contains("allowlist"),
            "{version}: {}",
            denied.stderr
        );
    }
}

#[test]
fn the_shipped_kubeconfig_logs_helm_in() {
    if !need(&["helm-4/helm"]) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let home = home(&provider, &[]);
    let server = ApiServer::for_token(&tls, "token-1");
    let mut helm = home.command("helm-4/helm");
    helm.arg("--kubeconfig")
        .arg(shipped("kubeconfig.yaml"))
        .arg("--kube-ca-file")
        .arg(&tls.ca_file);
    helm.args(["--kube-apiserver", &server.url(), "list", "--short"]);
    assert_eq!(run(&mut helm, "").answer(), "");
    assert_eq!(server.distinct_tokens(), ["token-1"]);
}
