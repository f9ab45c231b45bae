//! A token's life as real kubectls see it: shared by all, replaced when it has run out, asked for again after a 401.

use std::thread;
use std::time::Duration;

use super::real::{VERSIONS, get_pods, shipped};
use super::{home, provider};
use crate::support::apiserver::ApiServer;
use crate::support::{Answer, Provider, Tls, need, run};

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

/// kubectl runs a plugin that fails five times.
#[test]
fn a_kubectl_whose_plugin_fails_asks_the_provider_once() {
    if !need(&VERSIONS) {
        return;
    }
    let tls = Tls::new();
    for version in VERSIONS {
        for hangs in [false, true] {
            let provider = Provider::start(move |_| {
                if hangs {
                    thread::sleep(Duration::from_secs(4));
                }
                Answer::json(401, r#"{"error":"invalid_client"}"#)
            });
            let home = home(&provider, &[]);
            let spec = std::fs::read_to_string(home.path("config/my-cluster.json")).unwrap();
            home.spec("my-cluster", spec.replacen('{', r#"{"timeout": 2,"#, 1));
            let server = ApiServer::start(&tls);
            let begun = std::time::Instant::now();
            let output = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
            assert_ne!(output.status, 0, "{version}");
            let code = match hangs {
                true => "(provider-unreachable)",
                false => "(provider-refused)",
            };
            assert!(output.stderr.contains(code), "{version}: {}", output.stderr);
            assert_eq!(provider.count(), 1, "{version}, hangs: {hangs}");
            assert!(begun.elapsed() < Duration::from_secs(8), "{version}");
        }
    }
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

/// "HTTP 401 ⇒ plugin re-run immediately, but the 401 response is still returned": the plugin is not told why it is asked again.
#[test]
fn a_token_that_the_cluster_no_longer_takes_costs_one_failed_command() {
    if !need(&VERSIONS) {
        return;
    }
    for version in VERSIONS {
        let (tls, provider) = (Tls::new(), provider());
        let home = home(&provider, &[]);
        let server = ApiServer::guarded(&tls, |request| request.bearer() != Some("token-1"));
        let pods = || get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        pods();
        assert_eq!(pods().answer(), "pod/web\n", "{version}");
        assert_eq!(pods().answer(), "pod/web\n", "{version}");
        assert_eq!(provider.count(), 2, "{version}");
    }
}

#[test]
fn a_cluster_that_takes_no_token_at_all_costs_one_more_mint_and_no_storm() {
    if !need(&VERSIONS) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let home = home(&provider, &[]);
    let server = ApiServer::guarded(&tls, |_| false);
    for version in VERSIONS.iter().cycle().take(9) {
        let refused = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert_eq!(refused.status, 1, "{version}");
    }
    assert_eq!(provider.count(), 2);
}

#[test]
fn a_loop_of_a_hundred_kubectls_makes_one_mint() {
    if !need(&VERSIONS) {
        return;
    }
    let (tls, provider) = (Tls::new(), provider());
    let home = home(&provider, &[]);
    let server = ApiServer::guarded(&tls, |request| request.bearer() == Some("token-1"));
    for version in VERSIONS.iter().cycle().take(100) {
        let pods = get_pods(version, &home, &shipped("kubeconfig.yaml"), &server, &tls);
        assert_eq!(pods.answer(), "pod/web\n", "{version}");
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_script_that_runs_the_plugin_itself_in_a_loop_makes_one_mint() {
    let provider = provider();
    let home = home(&provider, &[]);
    for _ in 0..5 {
        run(&mut home.keyfob(["kubectl", "--spec", "my-cluster"]), "").answer();
    }
    assert_eq!(provider.count(), 1);
}
