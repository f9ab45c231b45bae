//! A package index over TLS with one package in it (PEP 503), which answers 401 to whoever shows no token that it takes; pip and uv beside it,
//! each with the shipped file.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::{home, numbering, spec};
use crate::support::tools::tool_folder;
use crate::support::{Answer, Home, Output, Provider, Request, Tls, need, run, run_within};

const PIP_CONF: &str = include_str!("../../../integrations/keyring/pip.conf");
const UV_TOML: &str = include_str!("../../../integrations/keyring/uv.toml");
/// The index that both of them name, and the user that `pip.conf` names.
const SHIPPED: &str = "https://pypi.example.com/simple/";
const USER: &str = "oauth2@";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    /// pip 23.2, which asks only about a user whom it knows.
    OldPip,
    Pip,
    Uv,
}

impl Client {
    pub(super) const ALL: [Self; 3] = [Self::OldPip, Self::Pip, Self::Uv];

    fn program(self) -> &'static str {
        match self {
            Self::OldPip => "python-clients/pip-23.2/pip/__main__.py",
            Self::Pip => "python-clients/pip-26.3/pip/__main__.py",
            Self::Uv => "python-clients/uv/bin/uv",
        }
    }
}

pub(super) struct World {
    pub(super) home: Home,
    pub(super) provider: Provider,
    pub(super) index: Provider,
    /// The password that the index takes.
    taken: Arc<Mutex<String>>,
    _tls: Tls,
}

impl World {
    /// An index that takes `token-1`, listed in a spec; none where a program is missing.
    pub(super) fn new() -> Option<Self> {
        Self::with(numbering())
    }

    pub(super) fn with(provider: Provider) -> Option<Self> {
        let programs = Client::ALL.map(Client::program);
        if !need(&["python3"]) || !need(&programs) {
            return None;
        }
        let (mut home, tls) = (home(), Tls::new());
        home.trust(&tls).set("PIP_CERT", &tls.ca_file);
        home.set("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        home.set("PYTHONDONTWRITEBYTECODE", "1");
        home.set("UV_PYTHON_DOWNLOADS", "never");
        let (wheel, taken) = (wheel(&home), Arc::new(Mutex::new("token-1".to_owned())));
        let takes = Arc::clone(&taken);
        let index = Provider::tls(&tls, move |request| {
            let shown = request.basic().map(|(_, password)| password);
            if shown.as_ref() == Some(&*takes.lock().unwrap()) {
                serve(request, &wheel)
            } else {
                Answer::text(401, "who asks?").header("WWW-Authenticate", "Basic realm=\"index\"")
            }
        });
        let listed = index.url();
        home.spec("index", spec(&provider, &[&listed]).to_string());
        let world = Self {
            home,
            provider,
            index,
            taken,
            _tls: tls,
        };
        world.configure(USER);
        Some(world)
    }

    /// Writes both shipped files with the index's address; `user` (`name@`, or nothing) for pip.
    pub(super) fn configure(&self, user: &str) {
        let own = self.index.at("/simple/");
        assert!(PIP_CONF.contains(&SHIPPED.replace("https://", &format!("https://{USER}"))));
        assert!(UV_TOML.contains(SHIPPED));
        let with_user = own.replace("https://", &format!("https://{user}"));
        let pip = PIP_CONF.replace(
            &SHIPPED.replace("https://", &format!("https://{USER}")),
            &with_user,
        );
        self.home.write("home/.config/pip/pip.conf", pip);
        let uv = UV_TOML.replace(SHIPPED, &own);
        self.home.write("home/.config/uv/uv.toml", uv);
    }

    /// uv's file in this form, with `INDEX` for the index's address.
    pub(super) fn configure_uv(&self, text: &str) {
        let text = text.replace("INDEX", &self.index.at("/simple/"));
        self.home.write("home/.config/uv/uv.toml", text);
    }

    pub(super) fn take(&self, password: &str) {
        *self.taken.lock().unwrap() = password.to_owned();
    }

    /// Installs the package into a folder of its own: the command, and the folder.
    pub(super) fn install(&self, client: Client, number: usize) -> (Command, PathBuf) {
        let folder = self.home.path(format!("site-{number}"));
        let program = tool_folder().join(client.program());
        let mut command = match client {
            Client::Uv => {
                let mut uv = self.home.command_at(&program);
                uv.args(["pip", "install", "--no-cache", "--python"]);
                uv.arg(crate::support::tool("python3"));
                uv
            }
            _ => {
                let mut pip = self.home.command("python3");
                pip.arg(program.parent().unwrap());
                pip.args(["install", "--no-input", "--no-cache-dir", "--no-deps"]);
                pip
            }
        };
        command.arg("--target").arg(&folder).arg("tiny-of-keyfob");
        (command, folder)
    }

    /// Installs it; it must be there afterwards.
    #[track_caller]
    pub(super) fn installs(&self, client: Client) -> Output {
        let (mut command, folder) = self.install(client, 0);
        let output = run_within(&mut command, "", std::time::Duration::from_secs(60));
        output.answer();
        let installed = std::fs::read_to_string(folder.join("tiny_of_keyfob.py"));
        assert_eq!(installed.unwrap(), "ANSWER = 42\n");
        std::fs::remove_dir_all(folder).unwrap();
        output
    }

    /// Tries to install it; it must not succeed.
    #[track_caller]
    pub(super) fn does_not_install(&self, client: Client) -> Output {
        let (mut command, folder) = self.install(client, 0);
        let output = run_within(&mut command, "", std::time::Duration::from_secs(60));
        assert_ne!(output.status, 0, "{output:?}");
        assert!(!folder.join("tiny_of_keyfob.py").exists());
        output
    }

    /// `user:password` of every request that the index answered with more than 401, without repetitions.
    pub(super) fn let_in(&self) -> Vec<String> {
        let shown = self.index.requests().into_iter();
        let mut shown: Vec<String> = shown
            .filter_map(|request| request.basic())
            .filter(|(_, password)| !password.is_empty())
            .map(|(user, password)| format!("{user}:{password}"))
            .collect();
        shown.dedup();
        shown
    }
}

const WHEEL: &str = "tiny_of_keyfob-1.0-py3-none-any.whl";

fn serve(request: &Request, wheel: &[u8]) -> Answer {
    match request.path.as_str() {
        "/simple/tiny-of-keyfob/" => {
            let page = format!(r#"<!DOCTYPE html><a href="/files/{WHEEL}">{WHEEL}</a>"#);
            let answer = Answer::text(200, page);
            Answer {
                headers: Vec::new(),
                ..answer
            }
            .header("Content-Type", "text/html")
        }
        path if path == format!("/files/{WHEEL}") => {
            let answer = Answer::empty(200).header("Content-Type", "application/zip");
            Answer {
                body: wheel.to_vec(),
                ..answer
            }
        }
        _ => Answer::text(404, "not here"),
    }
}

/// A wheel of one module, packed by Python.
fn wheel(home: &Home) -> Vec<u8> {
    let information = "tiny_of_keyfob-1.0.dist-info";
    for (path, text) in [
        ("tiny_of_keyfob.py".to_owned(), "ANSWER = 42\n".to_owned()),
        (
            format!("{information}/METADATA"),
            "Metadata-Version: 2.1\nName: tiny-of-keyfob\nVersion: 1.0\n".to_owned(),
        ),
        (
            format!("{information}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                .to_owned(),
        ),
        (
            format!("{information}/RECORD"),
            format!(
                "tiny_of_keyfob.py,,\n{information}/METADATA,,\n{information}/WHEEL,,\n{information}/RECORD,,\n"
            ),
        ),
    ] {
        home.write(&format!("wheel/{path}"), text);
    }
    let mut python = home.command("python3");
    python.current_dir(home.path("wheel"));
    python.args([
        "-m",
        "zipfile",
        "-c",
        WHEEL,
        "tiny_of_keyfob.py",
        information,
    ]);
    run(&mut python, "").answer();
    std::fs::read(home.path("wheel").join(WHEEL)).unwrap()
}
