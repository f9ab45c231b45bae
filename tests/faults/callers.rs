//! The callers, how each asks, where each finds its token, and how each wants to be told that there is none.

use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use keyfob::error::Code;

use super::TOKEN;
use crate::support::{Home, Output, run};

/// What a run may take: the spec's two seconds, and what a busy machine adds.
const DEADLINE: Duration = Duration::from_secs(10);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Script,
    Kubectl,
    Git,
    Docker,
    Keyring,
    Bazel,
    Cargo,
    Terraform,
    Goauth,
    Vault,
    Askpass,
    Kubelet,
    Pnpm,
}

pub(super) const ALL: [Caller; 13] = [
    Caller::Script,
    Caller::Kubectl,
    Caller::Git,
    Caller::Docker,
    Caller::Keyring,
    Caller::Bazel,
    Caller::Cargo,
    Caller::Terraform,
    Caller::Goauth,
    Caller::Vault,
    Caller::Askpass,
    Caller::Kubelet,
    Caller::Pnpm,
];

impl Caller {
    /// What follows `keyfob`.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Script => &TOKEN,
            Self::Kubectl => &["kubectl", "--spec", "ci"],
            Self::Git => &["git", "get"],
            Self::Docker => &["docker", "get"],
            Self::Keyring => &["keyring", "get", "https://registry.example.com/", "u"],
            Self::Bazel => &["bazel", "get"],
            Self::Cargo => &["--cargo-plugin"],
            Self::Terraform => &["terraform", "get", "registry.example.com"],
            Self::Goauth => &["goauth", "https://git.example.com/team/@v/list"],
            Self::Vault => &["vault", "--spec", "ci", "get"],
            Self::Askpass => &["askpass", "Password for 'https://git.example.com': "],
            Self::Kubelet => &["kubelet"],
            Self::Pnpm => &["pnpm", "--spec", "ci"],
        }
    }

    pub(super) fn command(self, home: &Home) -> Command {
        home.keyfob(self.arguments())
    }

    pub(super) fn stdin(self) -> &'static str {
        match self {
            Self::Kubelet => {
                r#"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"registry.example.com/x"}"#
            }
            Self::Script | Self::Kubectl | Self::Pnpm => "",
            Self::Git => "protocol=https\nhost=git.example.com\n\n",
            Self::Docker => "registry.example.com",
            Self::Bazel => r#"{"uri":"https://registry.example.com/a"}"#,
            Self::Cargo => CARGO,
            Self::Goauth => "HTTP/1.1 401 Unauthorized\n\n",
            _ => "",
        }
    }

    /// One run, which ends in time.
    #[track_caller]
    pub(super) fn ask(self, home: &Home) -> Output {
        self.ask_by(&mut self.command(home))
    }

    /// The same by way of another command.
    #[track_caller]
    pub(super) fn ask_by(self, command: &mut Command) -> Output {
        let begun = Instant::now();
        let output = run(command, self.stdin());
        let took = begun.elapsed();
        assert!(took < DEADLINE, "{took:?} {output:?}");
        output
    }

    /// The token in an answer that is nothing but an answer.
    #[track_caller]
    pub(super) fn token(self, output: &Output) -> String {
        assert_eq!(output.stderr, "", "{output:?}");
        let answer = output.answer();
        match self {
            Self::Script | Self::Keyring | Self::Askpass => {
                answer.strip_suffix('\n').unwrap().to_owned()
            }
            Self::Vault => answer.to_owned(),
            Self::Kubelet => {
                let login = &output.json()["auth"]["registry.example.com"];
                login["password"].as_str().unwrap().to_owned()
            }
            Self::Kubectl => output.json()["status"]["token"]
                .as_str()
                .unwrap()
                .to_owned(),
            Self::Pnpm => {
                let line = answer.strip_suffix('\n').unwrap();
                line.strip_prefix("Bearer ").unwrap().to_owned()
            }
            Self::Docker => output.json()["Secret"].as_str().unwrap().to_owned(),
            Self::Bazel => {
                let value = output.json()["headers"]["Authorization"][0].clone();
                value
                    .as_str()
                    .unwrap()
                    .strip_prefix("Bearer ")
                    .unwrap()
                    .to_owned()
            }
            Self::Cargo => self.line(output)["Ok"]["token"]
                .as_str()
                .unwrap()
                .to_owned(),
            Self::Terraform => output.json()["token"].as_str().unwrap().to_owned(),
            Self::Goauth => {
                let header = answer.lines().nth(2).unwrap();
                let pair = header.strip_prefix("Authorization: Basic ").unwrap();
                let pair = String::from_utf8(BASE64_STANDARD.decode(pair).unwrap()).unwrap();
                pair.split_once(':').unwrap().1.to_owned()
            }
            Self::Git => {
                let line = |line: &str| line.strip_prefix("password=").map(str::to_owned);
                answer.lines().find_map(line).unwrap()
            }
        }
    }

    /// What cargo reads after the greeting, of a run that never fails.
    #[track_caller]
    fn line(self, output: &Output) -> serde_json::Value {
        assert_eq!((output.status, output.stderr.as_str()), (0, ""));
        let line = output.stdout.strip_prefix("{\"v\":[1]}\n").unwrap();
        serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {output:?}"))
    }

    /// The code of the one documented error that this run tells, as its caller wants it told.
    #[track_caller]
    pub(super) fn error(self, output: &Output) -> &'static str {
        if self == Self::Cargo {
            let error = self.line(output)["Err"].take();
            assert_eq!(error["kind"], "other", "{output:?}");
            return the_error(&format!("{}\n", error["message"].as_str().unwrap()));
        }
        let (told, rest) = match self {
            Self::Git => (&output.stderr, (output.stdout.as_str(), "quit=1\n")),
            Self::Docker => (&output.stdout, (output.stderr.as_str(), "")),
            Self::Cargo => unreachable!("told in its own way"),
            _ => (&output.stderr, (output.stdout.as_str(), "")),
        };
        assert_eq!(rest.0, rest.1, "{output:?}");
        let code = the_error(told);
        assert_ne!(output.status, 0, "{output:?}");
        if matches!(self, Self::Docker | Self::Keyring) {
            assert_eq!(output.status, 1, "{output:?}");
        }
        code
    }
}

const CARGO: &str = r#"{"v":1,"registry":{"index-url":"sparse+https://registry.example.com/"},"kind":"get","operation":"read"}
"#;

/// The code of exactly one error in these words, with at most one hint after it.
#[track_caller]
pub(super) fn the_error(told: &str) -> &'static str {
    let lines: Vec<&str> = told.split_inclusive('\n').collect();
    assert!(matches!(lines.len(), 1 | 2), "{told}");
    let error = lines[0].strip_prefix("keyfob: error: ").expect(told);
    if let Some(hint) = lines.get(1) {
        assert!(hint.starts_with("keyfob: hint: "), "{told}");
    }
    let code = error
        .strip_suffix(")\n")
        .and_then(|error| error.rsplit_once('('))
        .expect(told)
        .1;
    let known = Code::ALL.iter().find(|known| known.as_str() == code);
    known
        .unwrap_or_else(|| panic!("{code} is no code"))
        .as_str()
}
