//! A module proxy on TLS with four modules, go's environment, and a spec that lists the proxy.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::{home, numbering, run, spec};
use crate::support::git_server::authorization;
use crate::support::{Answer, Home, Output, Provider, Request, Tls, need};

/// What `tests/setup` puts in place.
pub(super) const GO: &str = "go-1.27/bin/go";
const SHIPPED: &str = include_str!("../../integrations/goauth/env");

const MODULES: [&str; 4] = ["a", "b", "c", "d"];
const ZIP: &str = r#"
import sys, zipfile
for name in sys.argv[1:]:
    with zipfile.ZipFile(name + ".zip", "w") as archive:
        archive.writestr(f"example.com/team/{name}@v1.0.0/go.mod", f"module example.com/team/{name}\n")
"#;

pub(super) struct World {
    pub(super) proxy: Provider,
    pub(super) provider: Provider,
    pub(super) home: Home,
    accepted: Arc<Mutex<String>>,
    _tls: Tls,
}

impl World {
    /// A proxy that takes `token-1`, listed in a spec; none where a program is missing.
    pub(super) fn new() -> Option<Self> {
        Self::with(numbering())
    }

    pub(super) fn with(provider: Provider) -> Option<Self> {
        if !need(&[GO, "python3"]) {
            return None;
        }
        let (mut home, tls) = (home(), Tls::new());
        // Go reads the folder besides the file.
        home.trust(&tls).set("SSL_CERT_DIR", "/nowhere");
        let accepted = Arc::new(Mutex::new("token-1".to_owned()));
        let shared = Arc::clone(&accepted);
        let archives = archives(&home);
        let proxy = Provider::tls(&tls, move |request| {
            answer(request, &shared.lock().unwrap(), &archives)
        });
        home.set("GOPROXY", proxy.at("/go"));
        home.set("GOTOOLCHAIN", "local").set("GOSUMDB", "off");
        home.set("GOFLAGS", "-mod=mod -modcacherw");
        let world = Self {
            proxy,
            provider,
            home,
            accepted,
            _tls: tls,
        };
        world.list(&world.proxy.at("/go"));
        world.configure("keyfob goauth");
        Some(world)
    }

    /// The one target of the spec.
    pub(super) fn list(&self, target: &str) {
        let spec = spec(&self.provider, &[target]);
        self.home.spec("go", spec.to_string());
    }

    /// Writes the shipped file with this command in place of `keyfob goauth`.
    pub(super) fn configure(&self, command: &str) {
        assert!(SHIPPED.contains("GOAUTH=keyfob goauth;"));
        let shipped = SHIPPED.replace("keyfob goauth;", &format!("{command};"));
        self.home.write("home/.config/go/env", shipped);
    }

    /// From now on the proxy takes this token and no other.
    pub(super) fn accept(&self, token: &str) {
        *self.accepted.lock().unwrap() = token.to_owned();
    }

    /// `go mod download FLAGS…` of all modules, with a module cache of its own.
    pub(super) fn download(&self, folder: &str, flags: &[&str]) -> Command {
        let requires = MODULES.map(|name| format!("require example.com/team/{name} v1.0.0\n"));
        let module = format!("module example.com/own\n\ngo 1.24\n\n{}", requires.concat());
        let path = format!("home/{folder}/go.mod");
        let file = self.home.write(&path, module);
        let mut command = self.home.command(GO);
        command.current_dir(file.parent().unwrap());
        command.env("GOMODCACHE", self.home.path(format!("modules/{folder}")));
        command.args(["mod", "download"]).args(flags);
        command
    }

    pub(super) fn run(&self, flags: &[&str]) -> Output {
        run(&mut self.download("job", flags), "")
    }

    /// Whether all modules are in this folder's cache.
    pub(super) fn has_modules(&self, folder: &str) -> bool {
        MODULES.iter().all(|name| {
            let path = format!("modules/{folder}/example.com/team/{name}@v1.0.0/go.mod");
            self.home.path(path).exists()
        })
    }

    /// Every `Authorization` that the proxy was shown, each once.
    pub(super) fn seen(&self) -> Vec<String> {
        let requests = self.proxy.requests();
        let mut seen: Vec<String> = requests.iter().map(authorization).collect();
        seen.sort();
        seen.dedup();
        seen
    }
}

fn archives(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let mut python = home.command("python3");
    run(python.args(["-c", ZIP]).args(MODULES), "").answer();
    let read = |name: &str| std::fs::read(home.home().join(format!("{name}.zip"))).unwrap();
    MODULES.map(|name| (name.to_owned(), read(name))).into()
}

/// The module proxy protocol (<https://go.dev/ref/mod#goproxy-protocol>), for who shows the token in either way.
fn answer(request: &Request, token: &str, archives: &BTreeMap<String, Vec<u8>>) -> Answer {
    let shown = request.basic().map(|(_, password)| password);
    let shown = shown.or(request.bearer().map(str::to_owned));
    if shown.as_deref() != Some(token) {
        return Answer::empty(401).header("WWW-Authenticate", "Basic realm=\"modules\"");
    }
    let path = request.path.strip_prefix("/go/example.com/team/");
    let Some((name, file)) = path.and_then(|path| path.split_once("/@v/")) else {
        // git's way asks for the host itself.
        return Answer::empty(if request.path == "/" || request.path.is_empty() {
            200
        } else {
            404
        });
    };
    match (file, archives.get(name)) {
        ("v1.0.0.info", Some(_)) => {
            Answer::json(200, r#"{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}"#)
        }
        ("v1.0.0.mod", Some(_)) => Answer::text(200, format!("module example.com/team/{name}\n")),
        ("v1.0.0.zip", Some(archive)) => Answer {
            body: archive.clone(),
            ..Answer::empty(200)
        },
        _ => Answer::empty(404),
    }
}
