//! `keyless/`: jobs whose identity is exchanged for what kubectl, git and docker need, as their runners run them. The
//! identity endpoints are scripted after the runners' own clients; OpenBao verifies what they sign, by its issuer's keys;
//! a scripted exchange stands in Google's place; kubectl, git and skopeo are the real ones.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Variables, documents, path, ready, variables};
use crate::aws::moto;
use crate::house::files_below;
use crate::providers::now;
use crate::support::apiserver::ApiServer;
use crate::support::git_server::{self, GitServer};
use crate::support::issuer::Issuer;
use crate::support::openbao::OpenBao;
use crate::support::registry::{self, Authentication, Registry};
use crate::support::{Answer, Home, Output, Provider, Request, Tls, need, run};

const GITHUB: &str = "/token/7?api-version=2.0";
const AZURE: &str = "/org/_apis/distributedtask/hubs/build/plans/2c/jobs/3d/oidctoken";
const AUDIENCE: &str = "https://ci.example.com";
const AZURES_AUDIENCE: &str = "api://AzureADTokenExchange";
const POOL: &str = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/providers/job";

/// What stands in `./deploy.sh`: each tool once.
const DEPLOY: &str = "#!/bin/sh
set -eu
kubectl get pods -o name
git ls-remote --heads \"$GIT_URL\" | cut -f2
skopeo copy -q \"dir:$IMAGE\" \"docker://$REGISTRY/team/image:1\"
";

/// A job's checkout in a home, and all that its tools reach.
struct World {
    home: Home,
    issuer: Arc<Issuer>,
    endpoint: Provider,
    exchange: Provider,
    bao: OpenBao,
    cluster: ApiServer,
    git: GitServer,
    registry: Registry,
    _tls: Tls,
}

fn claims(audience: &str, repository: &str) -> Value {
    json!({
        "iss": "https://runner.example.com", "sub": "job:7", "aud": audience, "repository": repository,
        "iat": now() - 5, "exp": now() + 300,
    })
}

/// The runners' endpoints, each with the request that the runner's own clients make, and the issuer's keys.
fn endpoint(request: &Request, issuer: &Issuer) -> Answer {
    let header = |name| request.header(name).unwrap_or_default();
    let target = format!("{}?{}", request.path, request.query);
    let github = format!("{GITHUB}&audience=https%3A%2F%2Fci.example.com");
    let azure = format!("{AZURE}?api-version=7.1");
    match (request.method.as_str(), header("authorization"), target) {
        ("GET", "", target) if target == "/keys?" => Answer::json(200, issuer.keys().to_string()),
        ("GET", "Bearer request-token", target) if target == github => {
            assert_eq!(header("accept"), "application/json; api-version=2.0");
            let token = issuer.sign(&claims(AUDIENCE, "octo-org/app"));
            Answer::json(200, json!({"count": 1, "value": token}).to_string())
        }
        ("POST", "Bearer access-token", target) if target == azure => {
            assert_eq!(header("x-tfs-fedauthredirect"), "Suppress");
            assert_eq!(header("content-type"), "application/json");
            assert_eq!(request.text(), "");
            let token = issuer.sign(&claims(AZURES_AUDIENCE, "octo-org/app"));
            Answer::json(200, json!({"oidcToken": token}).to_string())
        }
        other => panic!("nobody should ask for {other:?}"),
    }
}

/// Google's exchange: a form, no client, and a subject that the pool's issuer has signed.
fn exchange(request: &Request, issuer: &Issuer) -> Answer {
    let kind = |name: &str| format!("urn:ietf:params:oauth:token-type:{name}");
    let sent = |name| request.parameter(name).unwrap_or_default();
    assert_eq!(request.header("authorization"), None);
    for (name, value) in [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("audience", POOL),
        ("subject_token_type", &kind("jwt")),
        ("requested_token_type", &kind("access_token")),
        ("scope", "https://www.googleapis.com/auth/cloud-platform"),
    ] {
        assert_eq!(sent(name), value, "{name}");
    }
    match issuer.verify(&sent("subject_token")) {
        Some(claims) if claims["repository"] == "octo-org/app" => {
            let issued = kind("access_token");
            let body = json!({
                "access_token": "ya29.of-the-cluster", "issued_token_type": issued, "token_type": "Bearer", "expires_in": 3600,
            });
            Answer::json(200, body.to_string())
        }
        _ => Answer::error("invalid_grant"),
    }
}

fn trust(bao: &OpenBao, keys: String) {
    bao.root("POST", "/v1/sys/auth/jwt", &json!({ "type": "jwt" }));
    let config = json!({ "jwks_url": keys, "bound_issuer": "https://runner.example.com" });
    bao.root("POST", "/v1/auth/jwt/config", &config);
    let rules = r#"path "secret/data/git" { capabilities = ["read"] } path "secret/data/registry" { capabilities = ["read"] }"#;
    let policy = json!({ "policy": rules });
    bao.root("PUT", "/v1/sys/policies/acl/deploy", &policy);
    let role = json!({
        "role_type": "jwt", "user_claim": "sub", "bound_audiences": [AUDIENCE, AZURES_AUDIENCE],
        "bound_claims": { "repository": "octo-org/app" }, "token_ttl": "15m", "token_policies": ["deploy"],
    });
    bao.root("POST", "/v1/auth/jwt/role/deploy", &role);
    let secret = |name: &str, data: Value| {
        let path = format!("/v1/secret/data/{name}");
        bao.root("POST", &path, &json!({ "data": data }));
    };
    secret("git", json!({ "token": "token-for-git" }));
    secret("registry", json!({ "password": "token-for-docker" }));
}

impl World {
    /// A checkout with the shipped folder and the runner's `job.json`, in which the hosts are the test's own; none where a
    /// program is missing.
    fn new(runner: &str) -> Option<Self> {
        let tools = ["kubectl-1.37/kubectl", "skopeo", "git", "bash"];
        if !ready(&tools) || !OpenBao::can_start() {
            return None;
        }
        if !need(&git_server::PROGRAMS) || !need(&registry::PROGRAMS) {
            return None;
        }
        let (mut home, tls, issuer) = (Home::new(), Tls::new(), Arc::new(Issuer::new()));
        for variable in ["KEYFOB_CONFIG_DIR", "KEYFOB_CACHE_DIR"] {
            home.unset(variable);
        }
        home.trust(&tls).set("SSL_CERT_DIR", "/nowhere");
        home.set("GIT_SSL_CAINFO", &tls.ca_file)
            .set("GIT_TERMINAL_PROMPT", "0");
        let signer = Arc::clone(&issuer);
        let endpoint = Provider::start(move |request| endpoint(request, &signer));
        let verifier = Arc::clone(&issuer);
        let exchange = Provider::start(move |request| exchange(request, &verifier));
        let bao = OpenBao::start(&home);
        trust(&bao, endpoint.at("/keys"));
        let cluster = ApiServer::for_token(&tls, "ya29.of-the-cluster");
        let git = GitServer::start(&home, &tls);
        git.accept(&["token-for-git"]);
        let registry = Registry::start(&home, &tls, Authentication::TokenEndpoint);
        registry.accept_login("robot", "token-for-docker");
        let authority = format!(
            "server: {}\n      certificate-authority: {}",
            cluster.url(),
            tls.ca_file.display()
        );
        let own = [
            ("https://vault.example.com", bao.at("")),
            ("https://sts.googleapis.com", exchange.url()),
            ("https://git.example.com", format!("https://{}", git.host())),
            ("registry.example.com", registry.host()),
            ("server: https://k8s.example.com", authority),
        ];
        let folder = path("keyless");
        let mut files = files_below(&folder);
        files.push(path(runner).join("job.json"));
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let text = own
                .iter()
                .fold(text, |text, (theirs, ours)| text.replace(theirs, ours));
            let name = file.strip_prefix(&folder).map_or_else(
                |_| file.file_name().unwrap().to_str().unwrap().to_owned(),
                |path| path.to_str().unwrap().to_owned(),
            );
            let written = home.write(&format!("home/ci/keyfob/{name}"), text);
            // As a checkout in a container is.
            fs::set_permissions(written, fs::Permissions::from_mode(0o666)).unwrap();
        }
        registry::configure_clients(&mut home);
        let image = registry::write_image(&home);
        home.set("GIT_URL", git.url("basic"))
            .set("REGISTRY", registry.host())
            .set("IMAGE", image);
        let script = home.write("home/deploy.sh", DEPLOY);
        fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
        let kubectl = crate::support::tool("kubectl-1.37/kubectl");
        std::os::unix::fs::symlink(kubectl, home.bin().join("kubectl")).unwrap();
        Some(Self {
            home,
            issuer,
            endpoint,
            exchange,
            bao,
            cluster,
            git,
            registry,
            _tls: tls,
        })
    }

    /// A file's one piece of shell, with the variables that it and the runner set.
    fn run(&self, shell: &str, script: &str, of_job: &Variables) -> Output {
        let file = self.home.write("tmp/script", script);
        let job = self.home.path("tmp/job");
        let mut command = self.home.command(shell);
        command.arg(file).env("KEYFOB_JOB", job).envs(of_job);
        run(&mut command, "")
    }

    /// Each tool was let in, with what its own exchange gave it, and nothing stands in the log.
    #[track_caller]
    fn deployed(&self, output: &Output) {
        assert_eq!(
            (output.answer(), output.stderr.as_str()),
            ("pod/web\nrefs/heads/main\n", "")
        );
        assert_eq!(self.cluster.distinct_tokens(), ["ya29.of-the-cluster"]);
        let git = self.git.seen();
        assert!(git.iter().any(|shown| shown.ends_with(":token-for-git")));
        let docker = self.registry.seen();
        assert!(docker.contains(&"Basic robot:token-for-docker".to_owned()));
        let came = self.bao.came();
        let wanted = [
            "POST /v1/auth/jwt/login",
            "GET /v1/secret/data/git",
            "GET /v1/secret/data/registry",
        ];
        assert_eq!(came, wanted, "one login serves both");
        assert_eq!(self.exchange.count(), 1);
    }

    /// The requests for an identity.
    fn identities(&self) -> usize {
        let asked = self.endpoint.requests();
        asked.iter().filter(|one| one.path != "/keys").count()
    }
}

/// The step that deploys, and its environment as the file has it.
#[track_caller]
fn step<'a>(steps: &'a Value, shell: &str) -> (&'a str, &'a Value) {
    let steps = steps.as_array().unwrap();
    let step = steps.iter().find(|step| step[shell].is_string()).unwrap();
    (step[shell].as_str().unwrap(), &step["env"])
}

#[test]
fn a_job_of_github_actions_needs_no_secret() {
    let Some(world) = World::new("github-actions") else {
        return;
    };
    let workflow = &documents("github-actions/keyless.yml")[0];
    assert_eq!(workflow["permissions"]["id-token"], "write");
    let (script, environment) = step(&workflow["jobs"]["deploy"]["steps"], "run");
    assert_eq!(
        *environment,
        json!({"KEYFOB_JOB": "${{ runner.temp }}/keyfob"})
    );
    let job = variables(&[
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &world.endpoint.at(GITHUB)),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
    ]);
    world.deployed(&world.run("bash", script, &job));
    assert_eq!(world.identities(), 1);
    // Without `id-token: write` the job has no identity, and ends before it deploys.
    fs::remove_dir_all(world.home.path("tmp/job")).unwrap();
    let output = world.run("bash", script, &Variables::new());
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    let words = "no secret in environment variable ACTIONS_ID_TOKEN_REQUEST_URL (secret-missing)";
    assert!(output.stderr.contains(words), "{}", output.stderr);
}

#[test]
fn a_job_of_azure_pipelines_needs_no_secret() {
    let Some(world) = World::new("azure-pipelines") else {
        return;
    };
    let pipeline = &documents("azure-pipelines/keyless.yml")[0];
    let (script, environment) = step(&pipeline["steps"], "bash");
    assert_eq!(environment["SYSTEM_ACCESSTOKEN"], "$(System.AccessToken)");
    let job = variables(&[
        ("SYSTEM_OIDCREQUESTURI", &world.endpoint.at(AZURE)),
        ("SYSTEM_ACCESSTOKEN", "access-token"),
    ]);
    world.deployed(&world.run("bash", script, &job));
    assert_eq!(world.identities(), 1);
}

#[test]
fn a_job_of_gitlab_ci_needs_no_secret_and_another_projects_job_gets_nothing() {
    for shell in ["bash", "dash"] {
        let Some(world) = World::new("gitlab-ci").filter(|_| need(&[shell])) else {
            return;
        };
        let job = &documents("gitlab-ci/keyless.yml")[0]["deploy"];
        let audience = job["id_tokens"]["JOB_IDENTITY"]["aud"].as_str().unwrap();
        let lines = |name: &str| -> String {
            let lines = job[name].as_array().unwrap().iter();
            lines
                .map(|line| format!("{}\n", line.as_str().unwrap()))
                .collect()
        };
        let script = format!("set -e\n{}", lines("script"));
        let identity = |repository| world.issuer.sign(&claims(audience, repository));
        let variables = |repository| variables(&[("JOB_IDENTITY", &identity(repository))]);
        world.deployed(&world.run(shell, &script, &variables("octo-org/app")));
        world
            .run(shell, &lines("after_script"), &Variables::new())
            .answer();
        assert!(!world.home.path("tmp/job").exists());
        assert_eq!(world.identities(), 0);
        let output = world.run(shell, &script, &variables("octo-org/other"));
        assert_ne!(output.status, 0);
        assert!(
            output.stderr.contains("invalid_grant (provider-refused)"),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains("eyJ"), "{}", output.stderr);
    }
}

/// What the runners' programs print, for the audience that the pipeline or the spec names.
fn agent(identity: &str, words: &str) -> String {
    format!("[ \"$*\" = '{words}' ] && printf %s {identity}")
}

#[test]
fn a_job_of_buildkite_circleci_or_jenkins_needs_no_secret() {
    for runner in ["buildkite", "circleci", "jenkins"] {
        let Some(world) = World::new(runner) else {
            return;
        };
        let identity = world.issuer.sign(&claims(AUDIENCE, "octo-org/app"));
        let mut job = Variables::new();
        let script = match runner {
            "buildkite" => {
                let words = format!("oidc request-token --audience {AUDIENCE}");
                let program = agent(&identity, &words);
                world.home.script("buildkite-agent", &program);
                let pipeline = &documents("buildkite/keyless.yml")[0];
                // The agent puts in what a single `$` names.
                pipeline["steps"][0]["command"]
                    .as_str()
                    .unwrap()
                    .replace("$$", "$")
            }
            "circleci" => {
                let words = format!(r#"run oidc get --claims {{"aud":"{AUDIENCE}"}}"#);
                world.home.script("circleci", &agent(&identity, &words));
                let config = &documents("circleci/keyless.yml")[0];
                let steps = &config["jobs"]["deploy"]["steps"];
                steps[1]["run"]["command"].as_str().unwrap().to_owned()
            }
            _ => {
                job.insert("JOB_IDENTITY".to_owned(), identity);
                let text = fs::read_to_string(path("jenkins/keyless.groovy")).unwrap();
                text.split("'''").nth(1).unwrap().to_owned()
            }
        };
        world.deployed(&world.run("bash", &script, &job));
        // In `TMPDIR`, or where the build says.
        let left = fs::read_dir(world.home.path("tmp")).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["script"], "{runner}");
    }
}

#[test]
fn the_aws_cli_gets_the_keys_of_a_role_for_a_jobs_identity() {
    let Some(mut aws) = moto::World::new().filter(|_| ready(&[])) else {
        return;
    };
    let shipped =
        |file: &str| -> Value { serde_json::from_slice(&fs::read(path(file)).unwrap()).unwrap() };
    let mut spec = shipped("keyless/aws.json");
    spec["base_url"] = json!(aws.sts.url());
    // The shipped profile names this spec.
    aws.home.spec("my-account", spec.to_string());
    let job = shipped("gitlab-ci/job.json");
    aws.home.spec("job", job.to_string());
    let identity = Issuer::new().sign(&claims(AUDIENCE, "octo-org/app"));
    aws.home.set("JOB_IDENTITY", &identity);
    let caller = aws.aws(&["sts", "get-caller-identity"]).json();
    let arn = "arn:aws:sts::123456789012:assumed-role/deploy/keyfob";
    assert_eq!(caller["Arn"], arn);
    let sent = aws.sts.request().parameter("WebIdentityToken");
    assert_eq!(sent.as_deref(), Some(identity.as_str()));
}

/// The shipped `job.json` of every runner reads what its pipeline has.
#[test]
fn every_runner_has_an_identity_and_a_pipeline() {
    for runner in [
        "github-actions",
        "gitlab-ci",
        "azure-pipelines",
        "buildkite",
        "circleci",
        "jenkins",
    ] {
        let spec = fs::read(path(runner).join("job.json")).unwrap();
        let spec = crate::support::read_spec(&spec, &|_| Ok(None)).unwrap();
        let names = files_below(&path(runner));
        let pipeline = names
            .iter()
            .find(|file| file.file_stem().unwrap() == "keyless");
        let text = fs::read_to_string(pipeline.unwrap()).unwrap();
        assert!(text.contains(". ci/keyfob/prepare.sh\n") && text.contains("KEYFOB_JOB"));
        let variable = fs::read_to_string(path(runner).join("job.json")).unwrap();
        assert_eq!(
            variable.contains("JOB_IDENTITY"),
            text.contains("JOB_IDENTITY"),
            "{}",
            spec.name
        );
    }
}
