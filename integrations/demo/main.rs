//! The demo: `cargo run --example demo` shows one token reaching kubectl's, git's and docker's doors, and one request for it.
//!
//! It starts a token server on a loopback port, writes a spec into a private folder under the system's temporary files, and runs the
//! real program there, through `sh`, so that each line behind `$` is the line that ran. Specified by RFC 6749 §4.4
//! (<https://www.rfc-editor.org/rfc/rfc6749#section-4.4>) on the server's side. Never reads or writes the user's own configuration,
//! cache or keyring, never leaves loopback, and removes its folder. With a path as its argument it runs that keyfob; else it builds one.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program that shows things"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

mod server;

use server::TokenServer;

/// What the shipped file makes git do: ask keyfob.
const GITCONFIG: &str = include_str!("../git/gitconfig");

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("demo: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let keyfob = match std::env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => build()?,
    };
    let server = TokenServer::start()?;
    let desk = Desk::new(&keyfob)?;
    desk.write("demo.json", &spec(server.address()))?;
    desk.write("gitconfig", GITCONFIG)?;

    desk.show("cat demo.json")?;
    desk.show("keyfob kubectl --spec demo")?;
    let git = Command::new("git")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let asks = if git.is_ok_and(|status| status.success()) {
        "git credential fill"
    } else {
        // What git itself would call.
        "git-credential-keyfob get"
    };
    desk.show(&format!(
        r"printf 'protocol=https\nhost=git.example.com\n\n' | {asks}"
    ))?;
    desk.show("echo registry.example.com:5000 | docker-credential-keyfob get")?;
    desk.show("keyfob status")?;
    println!("requests at the token server: {}", server.requests());
    Ok(())
}

/// A spec that anybody could have written: the secret is named, not held.
fn spec(server: &str) -> String {
    format!(
        r#"{{
  "provider": "client_credentials",
  "token_url": "http://{server}/oauth/token",
  "client_id": "{id}",
  "client_secret": {{ "env": "DEMO_SECRET" }},
  "targets": ["https://git.example.com", "registry.example.com:5000"]
}}
"#,
        id = server::CLIENT_ID
    )
}

/// Builds the program, as the demo itself was built; `cargo run --example` builds the example alone.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "--quiet",
        "--bin=keyfob",
        "--message-format=json-render-diagnostics",
    ]);
    command.arg(concat!(
        "--manifest-path=",
        env!("CARGO_MANIFEST_DIR"),
        "/Cargo.toml"
    ));
    if cfg!(not(debug_assertions)) {
        command.arg("--release");
    }
    let built = command.stderr(Stdio::inherit()).output()?;
    let executable = String::from_utf8(built.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|said| Some(PathBuf::from(said.get("executable")?.as_str()?)))
        .next_back();
    executable.ok_or_else(|| "keyfob cannot be built".into())
}

/// A private folder with keyfob and its links, and the environment that points into it.
struct Desk {
    folder: PathBuf,
    path: std::ffi::OsString,
}

impl Desk {
    fn new(keyfob: &Path) -> Result<Self, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("keyfob-demo-{}", std::process::id()));
        make(&folder)?;
        let bin = folder.join("bin");
        let desk = Self {
            folder,
            path: std::env::join_paths(std::iter::once(bin.clone()).chain(std::env::split_paths(
                &std::env::var_os("PATH").unwrap_or_default(),
            )))?,
        };
        make(&bin)?;
        let keyfob = keyfob.canonicalize()?;
        for name in [
            "keyfob",
            "git-credential-keyfob",
            "docker-credential-keyfob",
        ] {
            link(&keyfob, &bin.join(name))?;
        }
        Ok(desk)
    }

    fn write(&self, name: &str, content: &str) -> std::io::Result<()> {
        use std::io::Write as _;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        // Not for its content, which is not a secret: keyfob refuses a spec that others can write.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(self.folder.join(name))?
            .write_all(content.as_bytes())
    }

    /// Prints a line and what it does.
    fn show(&self, line: &str) -> Result<(), Box<dyn Error>> {
        println!("$ {line}");
        let done = Command::new("sh")
            .args(["-c", line])
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", &self.folder)
            .env("KEYFOB_CONFIG_DIR", &self.folder)
            .env("KEYFOB_CACHE_DIR", self.folder.join("cache"))
            .env("DEMO_SECRET", server::CLIENT_SECRET)
            .env("GIT_CONFIG_GLOBAL", self.folder.join("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .output()?;
        println!("{}", String::from_utf8_lossy(&done.stdout));
        eprint!("{}", String::from_utf8_lossy(&done.stderr));
        if done.status.success() {
            Ok(())
        } else {
            Err(format!("`{line}` ended with {}", done.status).into())
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(unix)]
fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The user's temporary folder hands its access list down.
#[cfg(not(unix))]
fn make(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir(folder)
}

#[cfg(unix)]
fn link(program: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, name)
}

#[cfg(not(unix))]
fn link(program: &Path, name: &Path) -> std::io::Result<()> {
    std::fs::copy(program, name.with_extension("exe")).map(|_| ())
}
