//! A token's life as real kubectls see it: shared by all, replaced when it has run out, asked for again after a 401.

use std::thread;
use std::time::Duration;

use super::real::{VERSIONS, get_pods, shipped};
use super::{home, provider};
use crate::support::apiserver::ApiServer;
use crate::support::{Answer, Provider, Tls, need};

#[test]
fn after_a_401_kubectl_asks_again_and_goes_on() {
    if !need(&VERSIONS) {
        return;
    }
    let tls = Tls::new();
    for version in VERSIONS {
        let provider = provider();
        let home = home(&provider, &[]);
        let server = ApiServer::refusing_first(&tls, 1);
        assert_eq!(
            get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls).answer(),
            "pod/web\n",
            "{version}"
        );
    }
}

#[test]
fn a_token_that_has_run_out_is_replaced() {
    if !need(&VERSIONS) {
        return;
    }
    let tls = Tls::new();
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 2));
    let home = home(&provider, &[]);
    let server = ApiServer::start(&tls);
    let kubeconfig = shipped("kubeconfig.yaml");
    assert_eq!(
        get_pods(VERSIONS[2], &home, &kubeconfig, &server, &tls).answer(),
        "pod/web\n"
    );
    let (minted, shown) = (provider.count(), server.tokens());
    thread::sleep(Duration::from_millis(2100));
    assert_eq!(
        get_pods(VERSIONS[2], &home, &kubeconfig, &server, &tls).answer(),
        "pod/web\n"
    );
    assert!(provider.count() > minted, "a new token");
    assert!(
        server.tokens()[shown.len()..]
            .iter()
            .all(|token| !shown.contains(token)),
        "the old one is not shown again"
    );
}

#[test]
fn two_kubectls_at_once_ask_for_one_token() {
    if !need(&VERSIONS) {
        return;
    }
    let tls = Tls::new();
    let provider = Provider::start(|request| {
        Answer::token(&format!("token-{}", request.number), 3600).after(Duration::from_millis(700))
    });
    let home = home(&provider, &[]);
    let server = ApiServer::start(&tls);
    thread::scope(|scope| {
        for version in [VERSIONS[0], VERSIONS[2]] {
            let (home, server, tls) = (&home, &server, &tls);
            scope.spawn(move || {
                let pods = get_pods(version, home, &shipped("kubeconfig.yaml"), server, tls);
                assert_eq!(pods.answer(), "pod/web\n", "{version}");
            });
        }
    });
    assert_eq!(provider.count(), 1);
    assert_eq!(server.distinct_tokens(), ["token-1"]);
}
