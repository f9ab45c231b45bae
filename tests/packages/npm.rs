//! npm's packages: published to a Verdaccio on loopback, and installed from it by npm and pnpm.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::callers;
use super::offered::{VERSION, files, packages};
use crate::support::tools::{search_path, tool_folder};
use crate::support::verdaccio::{self, PNPM, VERDACCIO};
use crate::support::{Home, Output, Server, http, need, run, run_within};

const PACKAGE: &str = "@keyfob/keyfob";
const CONFIGURATION: &str = "
auth:
  htpasswd: { file: ./htpasswd, max_users: 1 }
packages:
  '**': { access: $all, publish: $authenticated }
storage: ./storage
max_body_size: 100mb
web: { enable: false }
log: { type: stdout, format: json, level: http }
";

/// A registry that holds the packages, and a home that installs from it.
struct World {
    home: Home,
    _server: Server,
}

impl World {
    fn new() -> Option<Self> {
        if !need(&["node", "npm", "git", PNPM, VERDACCIO]) {
            return None;
        }
        let folder = packages()?;
        let mut home = Home::new();
        let (server, port) = verdaccio::start(&home, CONFIGURATION);
        let user = json!({"name": "ci", "password": "s3cret"}).to_string();
        let headers = [("content-type", "application/json")];
        let path = "/-/user/org.couchdb.user:ci";
        let said = http::send("PUT", port, path, &headers, &user).json();
        let registry = format!("127.0.0.1:{port}");
        let npmrc = format!(
            "registry=http://{registry}/\n//{registry}/:_authToken={}\nupdate-notifier=false\n\
             audit=false\nfund=false\n",
            said["token"].as_str().unwrap()
        );
        home.write("home/.npmrc", npmrc);
        home.set("npm_config_cache", home.path("npm-cache"));
        let world = Self {
            home,
            _server: server,
        };
        // In the workflow's order: the platforms first.
        let mut archives = files(&folder.join("npm"), ".tgz");
        archives.sort_by_key(|name| !name.contains("-x64-") && !name.contains("-arm64-"));
        for archive in archives {
            let path = folder.join("npm").join(&archive);
            let said = world.npm(
                "home",
                &["publish", "--access", "public", path.to_str().unwrap()],
            );
            assert_eq!(said.status, 0, "{}", said.stderr);
            // npm mends what it does not like, and says so.
            assert!(
                !said.stderr.contains("npm warn"),
                "{archive}: {}",
                said.stderr
            );
        }
        Some(world)
    }

    fn npm(&self, folder: &str, words: &[&str]) -> Output {
        let mut command = self.home.command("npm");
        command.args(words).current_dir(self.home.path(folder));
        run_within(&mut command, "", Duration::from_secs(60))
    }

    fn pnpm(&self, folder: &str, words: &[&str]) -> Output {
        let mut command = self.home.command_at(&tool_folder().join(PNPM));
        command.args(words).current_dir(self.home.path(folder));
        run_within(&mut command, "", Duration::from_secs(60))
    }

    /// A folder of a project, and the commands that are installed in it.
    fn project(&self, name: &str) -> PathBuf {
        let described = json!({"name": name, "private": true}).to_string();
        self.home.write(&format!("{name}/package.json"), described);
        self.home.path(name).join("node_modules/.bin")
    }

    /// A signal that ends the program ends the launcher, and one to the launcher reaches the program.
    fn passes_signals_on(&self) {
        let script = "rm -f started
            keyfob run --spec demo -- sh -c 'kill -TERM $$'; echo $?
            keyfob run --spec demo -- sh -c 'kill -PIPE $$'; echo $?
            keyfob run --spec demo -- sh -c 'kill -USR1 $$'; echo $?
            keyfob run --spec demo -- sh -c 'echo $$ >started; exec sleep 60' & launcher=$!
            until [ -s started ]; do sleep 0.05; done
            kill -TERM $launcher; wait $launcher; echo $?
            ! kill -0 $(cat started)";
        let output = run(self.home.command("sh").args(["-c", script]), "");
        assert_eq!(
            (output.stdout.as_str(), output.status),
            ("143\n141\n138\n143\n", 0),
            "{output:?}"
        );
    }

    /// The commands answer by their names, as links would.
    fn works(&mut self, bin: &Path) {
        let _provider = callers::answer(&mut self.home, bin);
        let home = &self.home;
        let at = |name: &str, words: &[&str]| callers::at(home, bin, name, words, "");
        // A prompt is a prompt, whatever a server writes in it.
        let prompt = at("keyfob-askpass", &["--version"]);
        assert_eq!(
            (prompt.status, prompt.stdout.as_str()),
            (1, ""),
            "{prompt:?}"
        );
        // The exit status is the program's, and so is a signal.
        assert_eq!(at("keyfob", &["no-such-command"]).status, 2);
        let words = ["run", "--spec", "demo", "--", "sh", "-c", "exit 7"];
        assert_eq!(at("keyfob", &words).status, 7);
        self.passes_signals_on();
        let doctor = at("keyfob", &["doctor"]);
        assert!(!doctor.stdout.contains("two versions"), "{doctor:?}");
        let setup = at("keyfob", &["setup", "git", "--spec", "demo", "--print"]);
        assert!(setup.stdout.contains("/bin/keyfob git"), "{setup:?}");
        assert!(!setup.stdout.contains(".js"), "{setup:?}");
    }
}

#[test]
fn npm_and_pnpm_install_the_platforms_program_and_its_names_without_scripts() {
    let Some(mut world) = World::new() else {
        return;
    };
    let bin = world.project("with-npm");
    let words = ["install", "--ignore-scripts", PACKAGE];
    world.npm("with-npm", &words).answer();
    // Those of other platforms are left out.
    let installed = fs::read_dir(world.home.path("with-npm/node_modules/@keyfob")).unwrap();
    let mut installed: Vec<_> = installed.map(|entry| entry.unwrap().file_name()).collect();
    installed.sort();
    assert_eq!(installed, ["keyfob", "linux-x64"]);
    world.works(&bin);

    let bin = world.project("with-pnpm");
    world
        .home
        .set("PATH", std::env::join_paths(search_path()).unwrap());
    let output = world.pnpm("with-pnpm", &["add", "--ignore-scripts", PACKAGE]);
    output.answer();
    world.works(&bin);

    world
        .home
        .set("PATH", std::env::join_paths(search_path()).unwrap());
    world.home.write("empty/.keep", "");
    let once = world.npm("empty", &["exec", "--yes", "--", PACKAGE, "--version"]);
    assert!(
        once.answer().starts_with(&format!("keyfob {VERSION} (")),
        "{once:?}"
    );
}

#[test]
fn a_platform_without_a_package_is_told_which_there_are() {
    let Some(folder) = packages() else { return };
    if !need(&["node", "tar"]) {
        return;
    }
    let home = Home::new();
    let mut tar = home.command("tar");
    let archive = folder.join(format!("npm/keyfob-keyfob-{VERSION}.tgz"));
    run(tar.arg("-xzf").arg(archive), "").answer();
    let launcher = home.path("home/package/bin/keyfob.js");
    let told = |platform: &str, processor: &str| {
        let pretend = format!(
            "Object.defineProperty(process, 'platform', {{ value: '{platform}' }}); \
             Object.defineProperty(process, 'arch', {{ value: '{processor}' }}); \
             require('{}')",
            launcher.display()
        );
        let output = run(home.command("node").args(["-e", &pretend]), "");
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, ""),
            "{output:?}"
        );
        output.stderr
    };
    let text = told("sunos", "x64");
    assert!(
        text.starts_with(
            "keyfob: error: no package has a program for sunos-x64\n\
             keyfob: hint: there are @keyfob/linux-arm64, @keyfob/linux-x64, "
        ),
        "{text}"
    );
    // Windows runs the same program on both.
    for processor in ["x64", "arm64"] {
        assert_eq!(
            told("win32", processor),
            "keyfob: error: the package @keyfob/win32-x64 is not installed\n\
             keyfob: hint: install @keyfob/keyfob again, with optional dependencies\n"
        );
    }
    let mut tar = home.command("tar");
    let archive = folder.join(format!("npm/keyfob-win32-x64-{VERSION}.tgz"));
    let words = ["--to-stdout", "package/package.json"];
    let described = run(tar.arg("-xzf").arg(archive).args(words), "").json();
    assert_eq!(described["cpu"], json!(["x64", "arm64"]));
}
