//! The files for CI runners: read strictly, held against the schemas that the runners' makers publish, and their shell run as the runners run it,
//! in an environment like theirs, against the test's provider.

mod azure;
mod buildkite;
mod circle;
mod fetch;
mod files;
mod github;
mod gitlab;
mod jenkins;
mod keyless;
mod release;
mod release_page;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use self::release_page::Release;
use crate::house::root;
use crate::support::tools::{find, tool_folder};
use crate::support::{Answer, Home, Output, Provider, need, run};

/// A token with what a shell, a runner's command or a quoted string could trip over.
const TOKEN: &str = "t0ken%25;100%]'a\"b\\c$HOME`id`$(id)!#~{x}%AZP25";

/// One value of several, of the same kind.
const KEY: &str = "k3y%25;]'\\$HOME`id`%AZP25";

/// The variables of a step or job.
pub type Variables = BTreeMap<String, String>;

/// A job on a runner: its checkout is the home folder, where `ci/api.json` is a spec whose secret is the variable `API_SECRET`.
struct Job {
    home: Home,
    provider: Provider,
    refuses: Arc<AtomicBool>,
}

impl Job {
    fn new() -> Self {
        let refuses = Arc::new(AtomicBool::new(false));
        let refused = Arc::clone(&refuses);
        let provider = Provider::start(move |request| match request.path.as_str() {
            "/token" if refused.load(Ordering::Relaxed) => Answer::error("invalid_client"),
            "/token" => Answer::token(TOKEN, 3600),
            "/keys" => Answer::json(200, json!({"id": "ASIA0", "secret": KEY}).to_string()),
            "/revoke" if refused.load(Ordering::Relaxed) => Answer::empty(503),
            "/revoke" => Answer::empty(200),
            path => panic!("nobody should ask for {path}"),
        });
        let mut home = Home::new();
        // The scripts say where the cache is, or the runner's user has one.
        home.unset("KEYFOB_CACHE_DIR");
        let spec = json!({
            "provider": "client_credentials",
            "token_url": provider.at("/token"),
            "revocation_url": provider.at("/revoke"),
            "client_id": "ci",
            "client_secret": { "env": "API_SECRET" },
            "timeout": 2,
        });
        home.write("home/ci/api.json", spec.to_string());
        Self {
            home,
            provider,
            refuses,
        }
    }

    /// From now on `ci/api.json` is a token of two values: `ASIA0` and [`KEY`].
    fn keys(&self) {
        let spec = json!({
            "provider": "http", "method": "GET", "url": self.provider.at("/keys"),
            "headers": {"x-key": {"secret": {"env": "API_SECRET"}}},
            "token_pointer": {"id": "/id", "secret": "/secret"}, "expires": {"constant": 900},
        });
        self.home.write("home/ci/api.json", spec.to_string());
    }

    /// Jobs in a container whose checkout keyfob would refuse: everybody's to write, as GitLab makes
    /// it (umask 0000), and another user's, where root can make it so.
    fn exposed() -> Vec<Self> {
        let mut jobs = vec![Self::new()];
        let path = |job: &Self| job.home.path("home/ci/api.json");
        let open = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(path(&jobs[0]), open).unwrap();
        if rustix::process::geteuid().is_root() {
            let job = Self::new();
            std::os::unix::fs::chown(path(&job), Some(65534), None).unwrap();
            jobs.push(job);
        }
        for job in &jobs {
            let direct = run(&mut job.home.keyfob(["token", "--spec", "ci/api.json"]), "");
            assert!(direct.stderr.contains("(spec-unsafe)"), "{}", direct.stderr);
        }
        jobs
    }

    /// On a machine that has what default images have, and neither keyfob nor Rust; the page that it
    /// can be fetched from.
    fn bare() -> (Self, Release) {
        let mut job = Self::new();
        let release = Release::start();
        let dash = find("dash").map_or("", |_| "dash");
        release_page::only(&mut job.home, &format!("{} {dash}", release_page::PROGRAMS));
        (job, release)
    }

    /// From now on the provider refuses the request.
    fn refuse(&self) {
        self.refuses.store(true, Ordering::Relaxed);
    }

    /// Runs a script of this shell with these variables.
    fn script(&self, shell: &[&str], script: &str, variables: &Variables) -> Output {
        let file = self.home.write("tmp/script", script);
        let (program, options) = shell.split_first().unwrap();
        let mut command = if find("strace").is_some() {
            let mut command = self.home.command("strace");
            let trace = self.home.path("trace");
            command
                .args(["-f", "-qq", "-s", "99999", "-e", "trace=execve", "-A", "-o"])
                .arg(trace)
                .arg(program);
            command
        } else {
            self.home.command(program)
        };
        run(command.args(options).arg(file).envs(variables), "")
    }

    /// An argument can be read by every process of the machine: no program that was run until now had the token in one.
    #[track_caller]
    fn kept_the_token_out_of_arguments(&self) {
        if !need(&["strace"]) {
            return;
        }
        let trace = std::fs::read_to_string(self.home.path("trace")).unwrap();
        assert!(trace.contains("\"token\", \"--format\""), "{trace}");
        for start in [&TOKEN[..12], &TOKEN[..5]] {
            assert!(!trace.contains(start), "{trace}");
        }
    }

    /// The paths that were asked for, in order.
    fn asked(&self) -> Vec<String> {
        let requests = self.provider.requests();
        requests
            .iter()
            .map(|request| request.path.clone())
            .collect()
    }

    /// The tokens that were given back.
    fn given_back(&self) -> Vec<String> {
        let requests = self.provider.requests();
        let revocations = requests.iter().filter(|request| request.path == "/revoke");
        revocations
            .map(|request| request.parameter("token").unwrap())
            .collect()
    }

    /// The cache that every job of this user would share is as it was.
    #[track_caller]
    fn leaves_the_users_cache_alone(&self) {
        for folder in ["run/keyfob", "home/.cache", "cache/keyfob"] {
            assert!(!self.home.path(folder).exists(), "{folder}");
        }
    }
}

/// A name that begins so, of one file or folder in `folder`.
fn names_in(folder: &Path, start: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(start)).collect()
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(pair).collect()
}

/// Members that are all strings.
#[track_caller]
pub fn strings(value: &Value) -> Variables {
    let members = value.as_object().into_iter().flatten();
    let pair = |(name, value): (&String, &Value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text)
    };
    members.map(pair).collect()
}

fn path(file: &str) -> std::path::PathBuf {
    root().join("integrations").join(file)
}

fn python(words: &[&str]) -> Command {
    let home = Home::new();
    let mut command = home.command("python3");
    command
        .current_dir(root())
        .arg("tests/support/ci/yaml_and_schemas.py")
        .arg(tool_folder().join("ci"))
        .args(words)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Whether the reader of YAML is there, and these programs.
fn ready(programs: &[&str]) -> bool {
    let reader = ["python3", "bash", "ci/check_jsonschema/__init__.py"];
    need(&reader.iter().chain(programs).copied().collect::<Vec<_>>())
}

/// A file's YAML documents.
#[track_caller]
fn documents(file: &str) -> Vec<Value> {
    let output = run(&mut python(&["read", path(file).to_str().unwrap()]), "");
    assert_eq!(output.stderr, "", "{file}");
    output.json().as_array().unwrap().clone()
}

/// What a schema says against a document: nothing, if all is well.
#[track_caller]
pub fn against(schema: &str, document: &Value) -> String {
    let output = run(&mut python(&["check", schema]), document.to_string());
    assert_eq!(output.stderr, "", "{schema}");
    assert_eq!(output.status == 0, output.stdout.is_empty());
    output.stdout
}

/// Fills in `OPEN name CLOSE` wherever it stands; a name that `values` lacks is left, for the caller to refuse.
fn filled(text: &str, open: &str, close: &str, values: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(open) {
        let (name, after) = behind.split_once(close).expect("it is closed");
        let value = values(name.trim()).unwrap_or_else(|| panic!("nothing is known of {name}"));
        out.push_str(before);
        out.push_str(&value);
        rest = after;
    }
    out + rest
}

/// keyfob's own words about a refusal, on standard error, and no token anywhere.
#[track_caller]
fn failed_in_keyfobs_words(output: &Output) {
    assert_ne!(output.status, 0);
    assert!(
        output.stderr.contains("keyfob: error: ")
            && output.stderr.contains(" (provider-refused)\n"),
        "{output:?}"
    );
    assert!(!output.stdout.contains("t0ken"), "{output:?}");
}
