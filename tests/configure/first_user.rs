//! The way of a first-time user, from an empty HOME to kubectl, git and docker: the commands of the README as they stand there, at a
//! terminal, with a real keyring and real servers.

use serde_json::json;

use super::Tools as _;
use crate::keyring::desktop::Desktop;
use crate::readme::console;
use crate::support::apiserver::ApiServer;
use crate::support::git_server::{self, GitServer};
use crate::support::registry::{Authentication, PROGRAMS, Registry, configure_clients};
use crate::support::{Answer, Provider, Tls, Typist, need, run};

const SECRET: &str = "s3cret-of-the-first-user";

#[test]
fn four_commands_of_the_readme_lead_from_an_empty_home_to_three_tools() {
    let programs = ["kubectl-1.37/kubectl", "docker", "skopeo"];
    if !need(&git_server::PROGRAMS) || !need(&PROGRAMS) || !need(&programs) {
        return;
    }
    let Some(mut desktop) = Desktop::unlocked() else {
        return;
    };
    let tls = Tls::new();
    let home = &mut desktop.home;
    home.trust(&tls)
        .set("SSL_CERT_DIR", "/nowhere")
        .set("GIT_SSL_CAINFO", &tls.ca_file)
        .set("GIT_TERMINAL_PROMPT", "0");
    home.set_tools();
    configure_clients(home);
    let provider = Provider::start(|request| {
        let is_the_client = request.basic() == Some(("ci".to_owned(), SECRET.to_owned()));
        match is_the_client {
            true => Answer::token("token-1", 3600),
            false => Answer::error("invalid_client"),
        }
    });
    let cluster = ApiServer::for_token(&tls, "token-1");
    let git = GitServer::start(home, &tls);
    git.accept(&["token-1"]);
    let registry = Registry::start(home, &tls, Authentication::TokenEndpoint);
    registry.accept(&["token-1"]);
    // What a platform team gives out: where the cluster is, and nobody's credential.
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "team",
        "clusters": [{"name": "team", "cluster": {
            "server": cluster.url(), "certificate-authority": tls.ca_file,
        }}],
        "contexts": [{"name": "team", "context": {"cluster": "team", "user": "nobody"}}],
    });
    home.write("home/.kube/config", kubeconfig.to_string());

    let commands = console("README.md", "first user");
    assert!((1..=4).contains(&commands.len()), "{commands:?}");
    for line in commands {
        let line = line
            .replace(
                "https://login.example.com/oauth/token",
                &provider.at("/token"),
            )
            .replace("https://kubernetes.example.com:6443", &cluster.url())
            .replace("https://git.example.com/team", &git.target("basic"))
            .replace("registry.example.com:5000", &registry.host());
        assert!(!line.contains("example.com"), "{line}");
        let mut shell = desktop.home.command("sh");
        let mut typist = Typist::start(shell.args(["-c", &line]));
        while let Some(question) = typist.question() {
            let answer = match () {
                () if question.starts_with("which? ") => "1",
                () if question.ends_with("] ") => "y",
                () if question.starts_with("client_secret") => SECRET,
                () => "",
            };
            typist.types(answer).types("\r");
        }
        let (status, screen) = typist.ends();
        assert_eq!(status, 0, "{line}: {screen}");
        assert!(!screen.contains(SECRET), "{screen}");
    }

    let home = &desktop.home;
    let mut kubectl = home.command_at(&home.bin().join("kubectl"));
    let pods = run(kubectl.args(["get", "pods", "-o", "name"]), "");
    assert_eq!(pods.answer(), "pod/web\n");
    let mut clone = home.command("git");
    let heads = run(clone.args(["ls-remote", "--heads", &git.url("basic")]), "");
    assert!(heads.answer().contains("refs/heads/"));
    registry.push(home, "image:1").answer();
    let image = format!("{}/team/image:1", registry.host());
    let mut docker = home.command("docker");
    let manifest = run(docker.args(["manifest", "inspect", &image]), "");
    assert_eq!(manifest.json()["schemaVersion"], 2);
    // One request by the check, which goes past the cache, and one token for the three tools.
    assert_eq!(provider.count(), 2);
}
