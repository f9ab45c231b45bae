//! A git server: nginx, fcgiwrap and `git http-backend` over TLS, with one repository of one commit.
//!
//! Whoever asks for `/basic/…`, `/bearer/…` or `/both/…` is challenged in that way; what it then shows is compared
//! with the tokens that the test has accepted, and kept. git-lfs finds its batch API beside the repository
//! (<https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md>). It never listens off loopback.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Answer, Home, Output, Provider, Request, Server, Tls, free_port, run, tool};

/// What it is made of, for `need`; `git-http-backend` comes with git.
pub const PROGRAMS: [&str; 3] = ["git", "nginx", "fcgiwrap"];

#[derive(Default)]
struct State {
    accepted: Vec<String>,
    objects: HashMap<String, Vec<u8>>,
}

/// A running git server; its processes end when this is dropped.
pub struct GitServer {
    port: u16,
    bare: PathBuf,
    state: Arc<Mutex<State>>,
    checker: Provider,
    _servers: [Server; 2],
}

impl GitServer {
    /// Starts in `git-server` below the home's root; no token is accepted yet.
    pub fn start(home: &Home, tls: &Tls) -> Self {
        let directory = home.path("git-server");
        let bare = directory.join("repositories/repository.git");
        fs::create_dir_all(&bare).unwrap();
        create_repository(home, &bare);
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let checker = Provider::start(move |request| answer(request, &mut shared.lock().unwrap()));

        let socket = directory.join("fcgiwrap.socket");
        let mut fcgiwrap = home.command("fcgiwrap");
        let mut fcgiwrap =
            Server::start(fcgiwrap.arg("-s").arg(format!("unix:{}", socket.display())));
        fcgiwrap.wait_until("listening", |_| socket.exists().then_some(()));

        let port = free_port();
        let exec_path = run(home.command("git").arg("--exec-path"), "")
            .answer()
            .trim()
            .to_owned();
        for (name, template) in [
            ("nginx.conf", include_str!("git/nginx.conf")),
            ("backend.conf", include_str!("git/backend.conf")),
        ] {
            let filled = template
                .replace("@DIR@", directory.to_str().unwrap())
                .replace("@PORT@", &port.to_string())
                .replace("@CHECKER@", &checker.port().to_string())
                .replace("@CERTIFICATE@", tls.certificate_file.to_str().unwrap())
                .replace("@KEY@", tls.key_file.to_str().unwrap())
                .replace("@BACKEND@", &format!("{exec_path}/git-http-backend"));
            home.write(&format!("git-server/{name}"), filled);
        }
        let mut nginx = home.command("nginx");
        nginx
            .arg("-p")
            .arg(&directory)
            .arg("-e")
            .arg("stderr")
            .arg("-c")
            .arg(directory.join("nginx.conf"));
        let mut nginx = Server::start(&mut nginx);
        nginx.wait_until_listening(port);
        Self {
            port,
            bare,
            state,
            checker,
            _servers: [nginx, fcgiwrap],
        }
    }

    /// From now on these tokens pass, and no others.
    pub fn accept(&self, tokens: &[&str]) {
        self.state.lock().unwrap().accepted = tokens.iter().map(ToString::to_string).collect();
    }

    /// Every `Authorization` so far, without repetitions in a row: `none`, `Basic user:password`, `Bearer token`.
    pub fn seen(&self) -> Vec<String> {
        let mut seen: Vec<String> = self.checker.requests().iter().map(authorization).collect();
        seen.dedup();
        seen
    }

    /// How many LFS objects have been uploaded.
    pub fn objects(&self) -> usize {
        self.state.lock().unwrap().objects.len()
    }

    /// `127.0.0.1:PORT`, as git says it to a helper.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `https://127.0.0.1:PORT/SCHEME`, to be listed in a spec.
    pub fn target(&self, scheme: &str) -> String {
        format!("https://{}/{scheme}", self.host())
    }

    /// The repository's URL, challenged by `basic`, `bearer` or `both`.
    pub fn url(&self, scheme: &str) -> String {
        format!("{}/repository.git", self.target(scheme))
    }

    /// `git ls-remote --heads` by this git, with keyfob as its helper; `scheme` as for [`Self::url`].
    pub fn heads(&self, mut git: Command, scheme: &str) -> Output {
        git.args([
            "-c",
            "credential.helper=!keyfob git",
            "ls-remote",
            "--heads",
        ]);
        run(git.arg(self.url(scheme)), "")
    }

    /// The subject of the newest commit that the server has.
    pub fn newest(&self, home: &Home) -> String {
        let mut log = home.command("git");
        log.arg("--git-dir")
            .arg(&self.bare)
            .args(["log", "-1", "--format=%s", "main"]);
        run(&mut log, "").answer().trim().to_owned()
    }
}

/// `none`, `Basic user:password` freed from base64, or the header as it is.
pub fn authorization(request: &Request) -> String {
    match (request.basic(), request.header("authorization")) {
        (Some((user, password)), _) => format!("Basic {user}:{password}"),
        (None, Some(other)) => other.to_owned(),
        (None, None) => "none".to_owned(),
    }
}

fn answer(request: &Request, state: &mut State) -> Answer {
    let original = request.header("x-original-uri").unwrap_or_default();
    let scheme = original.split('/').nth(1).unwrap_or_default();
    let shown = match scheme {
        "basic" => request.basic().map(|(_, password)| password),
        "bearer" => request.bearer().map(str::to_owned),
        _ => request
            .basic()
            .map(|(_, password)| password)
            .or(request.bearer().map(str::to_owned)),
    };
    if !shown.is_some_and(|shown| state.accepted.contains(&shown)) {
        let challenge = if scheme == "basic" { "Basic" } else { "Bearer" };
        return Answer::empty(401).header(
            "WWW-Authenticate",
            &format!("{challenge} realm=\"keyfob tests\""),
        );
    }
    if request.path == "/check" {
        return Answer::empty(204);
    }
    let (path, last) = original.rsplit_once('/').unwrap();
    match (request.method.as_str(), last) {
        ("POST", "batch") => batch(
            request,
            &format!("https://{}{path}", request.header("host").unwrap()),
            state,
        ),
        ("PUT", id) => {
            state.objects.insert(id.to_owned(), request.body.clone());
            Answer::empty(200)
        }
        ("GET", id) if state.objects.contains_key(id) => Answer {
            body: state.objects[id].clone(),
            ..Answer::empty(200)
        },
        _ => lfs(404, &json!({"message": "not here"})),
    }
}

fn lfs(status: u16, body: &Value) -> Answer {
    Answer {
        body: body.to_string().into_bytes(),
        ..Answer::empty(status).header("Content-Type", "application/vnd.git-lfs+json")
    }
}

/// The batch API with the basic transfer: says where each object is to be read or written.
fn batch(request: &Request, base: &str, state: &State) -> Answer {
    let asked: Value = serde_json::from_slice(&request.body).unwrap();
    let operation = asked["operation"].as_str().unwrap();
    let objects = asked["objects"].as_array().unwrap().iter().map(|object| {
        let id = object["oid"].as_str().unwrap();
        let mut answer = json!({"oid": id, "size": object["size"]});
        if state.objects.contains_key(id) == (operation == "download") {
            answer["actions"] = json!({operation: {"href": format!("{base}/{id}")}});
        }
        answer
    });
    lfs(
        200,
        &json!({"transfer": "basic", "objects": objects.collect::<Vec<_>>()}),
    )
}

/// A bare repository with one commit; Debian's http-backend takes a push when it is told to.
fn create_repository(home: &Home, bare: &std::path::Path) {
    let git = |arguments: &[&str]| {
        let mut git = home.command_at(&tool("git"));
        git.arg("--git-dir").arg(bare).args([
            "-c",
            "user.name=Tests",
            "-c",
            "user.email=tests@example.com",
        ]);
        run(git.args(arguments), "").answer().trim().to_owned()
    };
    git(&["init", "-q", "--bare", "-b", "main"]);
    git(&["config", "http.receivepack", "true"]);
    let tree = git(&["hash-object", "-w", "-t", "tree", "/dev/null"]);
    let commit = git(&["commit-tree", "-m", "the first commit", &tree]);
    git(&["update-ref", "refs/heads/main", &commit]);
}
