//! Verdaccio on loopback, with one user, for whom it signs tokens that live an hour, and no access for anybody else.
//!
//! Ends with the test.

use serde_json::{Value, json};

use crate::support::http;
use crate::support::tools::tool_folder;
use crate::support::verdaccio::{self, PNPM, VERDACCIO};
use crate::support::{Home, Output, Server, need, run, tool};

pub(super) const SHIPPED: &str = include_str!("../../integrations/pnpm/npmrc");
const SHIPPED_7_TO_10: &str = include_str!("../../integrations/pnpm/npmrc-7-to-10");

/// Packages are there for who is logged in, and for nobody else.
const CONFIGURATION: &str = "
auth:
  htpasswd: { file: ./htpasswd }
security:
  api:
    legacy: false
    jwt: { sign: { expiresIn: 1h } }
packages:
  '**': { access: $authenticated, publish: $authenticated }
storage: ./storage
web: { enable: false }
log: { type: stdout, format: json, level: http }
";

/// The registry, and a home whose `~/.npmrc` is the shipped file with its host.
pub(super) struct World {
    server: Server,
    port: u16,
    pub(super) home: Home,
}

/// The program of pnpm 7 or 10, among the tools.
pub(super) fn older(version: &str) -> String {
    format!("pnpm-7-to-10/node_modules/pnpm-{version}/bin/pnpm.cjs")
}

impl World {
    pub(super) fn new() -> Option<Self> {
        if !need(&["node", "htpasswd", PNPM, VERDACCIO]) {
            return None;
        }
        let mut home = Home::new();
        home.set("CI", "true").set("VERDACCIO_PASSWORD", "s3cret");
        let mut htpasswd = home.command("htpasswd");
        let users = run(htpasswd.args(["-nbB", "ci", "s3cret"]), "");
        home.write("verdaccio/htpasswd", users.answer());
        let (server, port) = verdaccio::start(&home, CONFIGURATION);
        // One answer, since it is slow to begin.
        http::get(port, "/-/ping", &[]).json();
        let world = Self { server, port, home };
        world
            .home
            .spec("my-registry", world.login("VERDACCIO_PASSWORD").to_string());
        world.home.write("home/.npmrc", world.npmrc());
        Some(world)
    }

    /// The shipped file, for this registry and this keyfob.
    pub(super) fn npmrc(&self) -> String {
        self.filled(SHIPPED)
    }

    /// The file that is shipped for pnpm 7 to 10, likewise.
    pub(super) fn npmrc_7_to_10(&self) -> String {
        self.filled(SHIPPED_7_TO_10)
    }

    fn filled(&self, shipped: &str) -> String {
        shipped
            .replace("https:", "http:")
            .replace("npm.example.com", &self.host())
            .replace("/usr/local/bin", self.home.bin().to_str().unwrap())
    }

    pub(super) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A spec that logs in as `npm login` does, with the password in this variable.
    pub(super) fn login(&self, variable: &str) -> Value {
        let password = json!({"env": variable});
        json!({
            "provider": "http",
            "method": "PUT",
            "url": format!("http://{}/-/user/org.couchdb.user:ci", self.host()),
            "headers": {"Authorization": {"basic": {"username": "ci", "password": password}}},
            "json": {"name": "ci", "password": {"secret": password}},
            "token_pointer": "/token",
            "expires": {"jwt": "token"},
        })
    }

    /// pnpm in a folder of the home.
    pub(super) fn pnpm(&self, folder: &str, words: &[&str]) -> Output {
        let mut command = self.home.command_at(&tool_folder().join(PNPM));
        run(command.args(words).current_dir(self.home.path(folder)), "")
    }

    /// pnpm 7 or 10, which run a helper without arguments.
    pub(super) fn older_pnpm(&self, version: &str, folder: &str, words: &[&str]) -> Output {
        let mut command = self.home.command("node");
        command
            .arg(tool_folder().join(older(version)))
            .args(words)
            .current_dir(self.home.path(folder));
        run(&mut command, "")
    }

    /// Puts this pnpm on PATH.
    pub(super) fn install_as_pnpm(&self, version: &str) {
        let program = match version {
            "12" => tool_folder().join(PNPM).display().to_string(),
            older_one => {
                let script = tool_folder().join(older(older_one));
                format!("{} {}", tool("node").display(), script.display())
            }
        };
        self.home.script("pnpm", &format!("exec {program} \"$@\""));
    }

    /// Publishes the package that [`World::project`] wants.
    pub(super) fn publish(&self) -> Output {
        let package = r#"{"name":"greeting","version":"1.0.0","main":"index.js"}"#;
        self.home.write("package/package.json", package);
        self.home
            .write("package/index.js", "module.exports = 'hello'\n");
        self.pnpm("package", &["publish", "--no-git-checks"])
    }

    /// A project that wants the package.
    pub(super) fn project(&self, folder: &str) {
        let project = r#"{"name":"app","private":true,"dependencies":{"greeting":"1.0.0"}}"#;
        self.home.write(&format!("{folder}/package.json"), project);
    }

    /// How often somebody logged in.
    pub(super) fn logins(&self) -> usize {
        let log = self.server.log();
        let requests = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["request"]["method"] == "PUT" && line["status"] == 201);
        requests
            .filter(|line| {
                line["request"]["url"]
                    .as_str()
                    .is_some_and(|url| url.starts_with("/-/user/"))
            })
            .count()
    }
}
