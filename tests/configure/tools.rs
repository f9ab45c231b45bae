//! The real tools read what `keyfob setup` wrote, and get a token.

use serde_json::json;

use super::{Tools as _, content, setup};
use crate::support::apiserver::ApiServer;
use crate::support::git_server::{self, GitServer};
use crate::support::registry::{Authentication, PROGRAMS, Registry, configure_clients};
use crate::support::{Answer, Home, Provider, Tls, need, run};

/// A provider whose n-th token is `token-n`, a home that trusts `tls`, and the spec `demo`.
fn world(tls: &Tls, targets: &[&str]) -> (Home, Provider) {
    let provider =
        Provider::start(|request| Answer::token(&format!("token-{}", request.number), 3600));
    let mut home = Home::new();
    home.trust(tls)
        .set("SSL_CERT_DIR", "/nowhere")
        .set("SECRET", "s3cret");
    list(&home, &provider, targets);
    home.set_tools();
    (home, provider)
}

fn list(home: &Home, provider: &Provider, targets: &[&str]) {
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "ci",
        "client_secret": {"env": "SECRET"}, "targets": targets,
    });
    home.spec("demo", spec.to_string());
}

#[test]
fn kubectl_gets_a_token_pinned_or_not() {
    let versions = [
        "kubectl-1.32/kubectl",
        "kubectl-1.35/kubectl",
        "kubectl-1.37/kubectl",
    ];
    if !need(&versions) {
        return;
    }
    for version in versions {
        for pin in ["", " --pin"] {
            let tls = Tls::new();
            let server = ApiServer::for_token(&tls, "token-1");
            let (home, _provider) = world(&tls, &[&server.url()]);
            let program = crate::support::tool(version);
            let _ = std::fs::remove_file(home.bin().join("kubectl"));
            std::os::unix::fs::symlink(program, home.bin().join("kubectl")).unwrap();
            let config = format!(
                "# mine\napiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: c\n  cluster:\n    \
                 server: {}\n    certificate-authority: {}\ncontexts:\n- name: c\n  context:\n    cluster: c\n    user: x\n",
                server.url(),
                tls.ca_file.display()
            );
            home.write("home/.kube/config", &config);
            // A list of the plugins that may run: 1.35 calls `name` what 1.37 calls `command`.
            if version.contains("1.35") || version.contains("1.37") {
                let member = if version.contains("1.35") {
                    "name"
                } else {
                    "command"
                };
                let kuberc = format!(
                    "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: \
                     Allowlist\ncredentialPluginAllowlist:\n- {member}: aws\n"
                );
                home.write("home/.kube/kuberc", kuberc);
            }
            setup(&home, &format!("kubectl --yes{pin}")).answer();
            let mut kubectl = home.command_at(&home.bin().join("kubectl"));
            let output = run(kubectl.args(["get", "pods", "-o", "name"]), "");
            assert_eq!(output.answer(), "pod/web\n", "{version}{pin}");
            setup(&home, "kubectl --undo --yes").answer();
            assert_eq!(content(&home, ".kube/config").unwrap(), config);
        }
    }
}

/// kubectl before 1.30 has no option for the mode of a plugin; one that refuses it stands in for it.
#[test]
fn a_kubectl_without_an_option_for_the_mode_is_set_up_too() {
    if !need(&["kubectl-1.32/kubectl"]) {
        return;
    }
    let tls = Tls::new();
    let (home, _provider) = world(&tls, &["https://kubernetes.example.com:6443"]);
    let real = crate::support::tool("kubectl-1.32/kubectl");
    let _ = std::fs::remove_file(home.bin().join("kubectl"));
    let body = format!(
        "case \"$*\" in *--exec-interactive-mode*) echo 'unknown flag' >&2; exit 1;; esac\nexec {} \"$@\"",
        real.display()
    );
    home.script("kubectl", &body);
    for user in ["me", "me@example.com"] {
        let output = setup(&home, &format!("kubectl --yes --user {user}"));
        assert_eq!(output.status, 0, "{output:?}");
        let config = content(&home, ".kube/config").unwrap();
        assert!(config.contains("interactiveMode: Never"), "{config}");
        setup(&home, "kubectl --undo --yes").answer();
        assert_eq!(content(&home, ".kube/config"), None);
    }
}

#[test]
fn git_gets_a_token_for_the_path_that_the_spec_lists() {
    if !need(&git_server::PROGRAMS) {
        return;
    }
    let tls = Tls::new();
    let (mut home, provider) = world(&tls, &[]);
    home.set("GIT_SSL_CAINFO", &tls.ca_file)
        .set("GIT_TERMINAL_PROMPT", "0");
    let server = GitServer::start(&home, &tls);
    server.accept(&["token-1"]);
    list(&home, &provider, &[&server.target("basic")]);
    home.write("home/.gitconfig", "[credential]\n\thelper = store\n");
    setup(&home, "git --yes").answer();
    let heads = |home: &Home| {
        let mut git = home.command("git");
        run(git.args(["ls-remote", "--heads", &server.url("basic")]), "")
    };
    assert!(heads(&home).answer().contains("refs/heads/"));
    // The helper that was there before is not shown the token.
    assert_eq!(content(&home, ".git-credentials"), None);
    setup(&home, "git --undo --yes").answer();
    assert_ne!(heads(&home).status, 0);
    // A program whose path has a blank is run by a shell.
    let folder = home.path("a folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::rename(home.bin().join("keyfob"), folder.join("keyfob")).unwrap();
    let words = ["setup", "git", "--yes"];
    run(home.command_at(&folder.join("keyfob")).args(words), "").answer();
    assert!(heads(&home).answer().contains("refs/heads/"));
}

#[test]
fn docker_skopeo_and_podman_get_a_token() {
    if !need(&PROGRAMS) || !need(&["docker", "skopeo", "podman"]) {
        return;
    }
    let tls = Tls::new();
    let (mut home, provider) = world(&tls, &[]);
    configure_clients(&mut home);
    let registry = Registry::start(&home, &tls, Authentication::TokenEndpoint);
    registry.accept(&["token-1"]);
    list(&home, &provider, &[&registry.host()]);
    let image = format!("{}/team/image:1", registry.host());
    setup(&home, "podman --yes").answer();
    registry.push(&home, "image:1").answer();
    let inspect = ["inspect", &format!("docker://{image}")].map(str::to_owned);
    let skopeo = |home: &Home| run(home.command("skopeo").args(&inspect), "");
    skopeo(&home).answer();
    let mut podman = home.command("podman");
    let user = run(podman.args(["login", "--get-login", &registry.host()]), "");
    assert_eq!(user.answer(), "oauth2\n");
    setup(&home, "podman --undo --yes").answer();
    assert_ne!(skopeo(&home).status, 0);
    setup(&home, "docker --yes").answer();
    let mut docker = home.command("docker");
    run(docker.args(["manifest", "inspect", &image]), "").answer();
    assert_eq!(provider.count(), 1);
}

#[test]
fn the_aws_cli_runs_what_setup_wrote() {
    if !need(&["python3", "cloud/awscli/__main__.py"]) {
        return;
    }
    let (home, _provider) = world(&Tls::new(), &[]);
    let keys = r#"{"AccessKeyId":"ASIATEST","SecretAccessKey":"k","SessionToken":"t"}"#;
    let spec = json!({"provider": "static", "token": {"env": "KEYS"}, "callers": ["aws"]});
    home.spec("keys", spec.to_string());
    home.write("home/.aws/config", "[default]\nregion = eu-central-1\n");
    setup(&home, "aws --yes --profile me").answer();
    let mut aws = home.command_at(&home.bin().join("aws"));
    aws.args(["configure", "list", "--profile", "me"])
        .env("KEYS", keys);
    let output = run(&mut aws, "");
    assert!(output.answer().contains("custom-process"), "{output:?}");
}
