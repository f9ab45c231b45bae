//! A private registry: a sparse index, downloads and the web API, all of which want a token; plain http on loopback, as cargo allows it.
//!
//! Specified by <https://doc.rust-lang.org/cargo/reference/registry-index.html> and
//! <https://doc.rust-lang.org/cargo/reference/registry-web-api.html>. `Authorization` is compared verbatim, and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::support::{Answer, Provider, Request};

#[derive(Default)]
struct State {
    accepted: Vec<String>,
    /// A line of the index and a file, by name.
    packages: HashMap<String, (Value, Vec<u8>)>,
}

/// A running registry; it ends when this is dropped.
pub(super) struct Registry {
    state: Arc<Mutex<State>>,
    server: Provider,
}

impl Registry {
    /// Accepts nobody yet, and has no packages.
    pub(super) fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = Provider::start(move |request| reply(request, &mut shared.lock().unwrap()));
        Self { state, server }
    }

    /// From now on these values of `Authorization` pass, and no others.
    pub(super) fn accept(&self, values: &[&str]) {
        self.state.lock().unwrap().accepted = values.iter().map(ToString::to_string).collect();
    }

    /// Puts version 1.0.0 of a package without dependencies into the index.
    pub(super) fn add(&self, name: &str, file: Vec<u8>) {
        let line = json!({"name": name, "vers": "1.0.0", "deps": [], "features": {}, "yanked": false, "cksum": sum(&file)});
        let mut state = self.state.lock().unwrap();
        state.packages.insert(name.to_owned(), (line, file));
    }

    /// Whether it has a package of this name, and not yanked.
    pub(super) fn has(&self, name: &str) -> bool {
        let state = self.state.lock().unwrap();
        let package = state.packages.get(name);
        package.is_some_and(|(line, _)| line["yanked"] == false)
    }

    /// `http://127.0.0.1:PORT/index`, to be listed in a spec.
    pub(super) fn target(&self) -> String {
        self.server.at("/index")
    }

    /// The index, as it is configured.
    pub(super) fn index(&self) -> String {
        format!("sparse+{}/", self.target())
    }

    /// Every request so far: method, path, and `Authorization` or `none`; without repetitions in a row.
    pub(super) fn seen(&self) -> Vec<String> {
        let shown = |request: &Request| {
            let value = request.header("authorization").unwrap_or("none");
            format!("{} {} {value}", request.method, request.path)
        };
        let mut seen: Vec<String> = self.server.requests().iter().map(shown).collect();
        seen.dedup();
        seen
    }

    /// Every `Authorization` so far, without repetitions in a row.
    pub(super) fn shown(&self) -> Vec<String> {
        let requests = self.server.requests();
        let values = requests.iter().map(|request| {
            let value = request.header("authorization");
            value.unwrap_or("none").to_owned()
        });
        let mut shown: Vec<String> = values.collect();
        shown.dedup();
        shown
    }
}

fn sum(file: &[u8]) -> String {
    let digest = digest(&SHA256, file);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn reply(request: &Request, state: &mut State) -> Answer {
    let shown = request.header("authorization").unwrap_or_default();
    if !state.accepted.iter().any(|accepted| accepted == shown) {
        return Answer::empty(401).header(
            "WWW-Authenticate",
            "Cargo login_url=\"https://registry.example.com/me\"",
        );
    }
    let base = format!("http://{}", request.header("host").unwrap());
    let words: Vec<&str> = request.path.split('/').skip(1).collect();
    let ok = Answer::json(200, json!({"ok": true}).to_string());
    let package = words.get(3).and_then(|name| state.packages.get_mut(*name));
    match (request.method.as_str(), &words[..], package) {
        ("GET", ["index", "config.json"], _) => {
            let config = json!({"dl": format!("{base}/dl"), "api": base, "auth-required": true});
            Answer::json(200, config.to_string())
        }
        ("GET", ["index", _, _, _], Some((line, _))) => Answer::json(200, line.to_string()),
        ("GET", ["dl", name, _, "download"], _) => match state.packages.get(*name) {
            Some((_, file)) => Answer {
                body: file.clone(),
                ..Answer::empty(200)
            },
            None => Answer::empty(404),
        },
        ("PUT", ["api", "v1", "crates", "new"], _) => {
            publish(&request.body, state);
            Answer::json(200, json!({"warnings": {}}).to_string())
        }
        ("GET", ["api", "v1", "crates", _, "owners"], _) => {
            let users = json!({"users": [{"id": 1, "login": "robot", "name": "A robot"}]});
            Answer::json(200, users.to_string())
        }
        ("DELETE" | "PUT", ["api", "v1", "crates", _, _, last], Some((line, _))) => {
            line["yanked"] = Value::from(*last == "yank");
            ok
        }
        _ => Answer::empty(404),
    }
}

/// The length of the metadata (32 bits, little endian), the metadata, the length of the file, the file.
fn publish(body: &[u8], state: &mut State) {
    let part = |bytes: &[u8]| {
        let length = u32::from_le_bytes(bytes[..4].try_into().unwrap());
        bytes[4..4 + usize::try_from(length).unwrap()].to_vec()
    };
    let metadata = part(body);
    let file = part(&body[4 + metadata.len()..]);
    let metadata: Value = serde_json::from_slice(&metadata).unwrap();
    let line = json!({
        "name": metadata["name"], "vers": metadata["vers"], "deps": [], "features": {}, "yanked": false, "cksum": sum(&file),
    });
    let name = metadata["name"].as_str().unwrap().to_owned();
    state.packages.insert(name, (line, file));
}
