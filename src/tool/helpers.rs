//! The helpers that the tools' configuration files name: which program, and with which spec.
//!
//! The files are read as text, because a file that its tool could not read may name a helper too.

use std::path::PathBuf;

use serde_json::Value;

use super::files::{file_name, files, json};
use crate::world::Resolving;

/// A helper that a tool's configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    /// The tool, as in [`super::TOOLS`].
    pub tool: &'static str,
    /// The configuration file.
    pub file: PathBuf,
    /// The line in the file, from 1.
    pub line: usize,
    /// The program: a path, or a name that the tool looks for on PATH.
    pub program: String,
    /// What the helper is for, where the line says it: a registry, a profile.
    pub target: Option<String>,
    /// The spec that the arguments name.
    pub spec: Option<String>,
}

impl Helper {
    /// Whether the program is keyfob or one of its links.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        file_name(&self.program).contains("keyfob")
    }
}

/// The words before the helper's command line in each tool's configuration, and what the tool puts
/// before a program that is no path.
const KEYS: &str = "kubectl command: -
git helper= git-credential-
git askpass= -
cargo credential-provider= -
cargo global-credential-providers= -
terraform credentials_helper terraform-credentials-
go goauth= -
pnpm :tokenhelper= -
bazel --credential_helper= -
vault token_helper= -
aws credential_process= -
google \"command\": -";

/// The helpers in every configuration file of the user.
#[must_use]
pub fn helpers(world: &dyn Resolving) -> Vec<Helper> {
    let mut found = Vec::new();
    for tool in super::TOOLS.split(' ') {
        for file in files(world, tool) {
            let Ok(content) = world.read_value(&file) else {
                continue;
            };
            let text = content.expose_text().unwrap_or_default();
            let here = helpers_in(tool, text).into_iter();
            found.extend(here.map(|helper| Helper {
                file: file.clone(),
                ..helper
            }));
        }
    }
    found
}

/// The helpers in the text of one file. Their `file` is empty.
#[must_use]
pub fn helpers_in(tool: &'static str, text: &str) -> Vec<Helper> {
    match tool {
        "docker" | "podman" => in_docker(tool, text),
        _ => in_lines(tool, text),
    }
}

fn in_docker(tool: &'static str, text: &str) -> Vec<Helper> {
    let Ok(Value::Object(members)) = json(text) else {
        return Vec::new();
    };
    let helper = |target: Option<&str>, suffix: &str| {
        let place = target.unwrap_or("\"credsStore\"");
        let line = text.lines().position(|line| line.contains(place));
        Helper {
            tool,
            file: PathBuf::new(),
            line: line.map_or(1, |line| line + 1),
            program: format!("docker-credential-{suffix}"),
            target: target.map(str::to_owned),
            spec: None,
        }
    };
    let store = members.get("credsStore").and_then(Value::as_str);
    let store = store.filter(|suffix| !suffix.is_empty());
    let of_registries = members.get("credHelpers").and_then(Value::as_object);
    let of_registries = of_registries.into_iter().flatten();
    of_registries
        .filter_map(|(registry, suffix)| Some(helper(Some(registry), suffix.as_str()?)))
        .chain(store.map(|suffix| helper(None, suffix)))
        .collect()
}

fn in_lines(tool: &'static str, text: &str) -> Vec<Helper> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut section = None;
    for (at, line) in lines.iter().enumerate() {
        let written = line.trim();
        if written.starts_with(['#', ';']) || written.starts_with("//") && tool != "pnpm" {
            continue;
        }
        if written.starts_with('[') {
            section = Some(written.trim_matches(['[', ']']).to_owned());
        }
        // Blanks around `=` and the case of a key have no meaning in any of these files.
        let squeezed = written.replace(" =", "=");
        let lower = squeezed.to_ascii_lowercase();
        for row in KEYS.lines() {
            let mut columns = row.split(' ');
            let (Some(of), Some(key), Some(prefix)) =
                (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            if of != tool {
                continue;
            }
            let Some(start) = lower.find(key) else {
                continue;
            };
            let value = squeezed.get(start + key.len()..).unwrap_or_default();
            let target = match tool {
                "pnpm" => squeezed.get(..start).map(str::to_owned),
                _ => section.clone(),
            };
            for command in commands(tool, value) {
                let words = words(command);
                let Some(program) = words.first().filter(|word| !word.is_empty()) else {
                    continue;
                };
                let is_name = !program.contains(['/', '\\']) && !program.starts_with('!');
                let program = match is_name && prefix != "-" {
                    true => format!("{prefix}{program}"),
                    false => program.trim_start_matches('!').to_owned(),
                };
                let spec = match tool {
                    "kubectl" => spec_in(&words_around(&lines, at)),
                    _ => spec_in(&words),
                };
                found.push(Helper {
                    tool,
                    file: PathBuf::new(),
                    line: at + 1,
                    program,
                    target: target.clone(),
                    spec,
                });
            }
        }
    }
    found
}

/// The command lines in a value: go's are a list, and bazel's follow a host.
fn commands<'a>(tool: &str, value: &'a str) -> Vec<&'a str> {
    match tool {
        "go" => value
            .split(';')
            .map(str::trim)
            .filter(|command| !matches!(*command, "netrc" | "off") && !command.starts_with("git "))
            .collect(),
        "bazel" => vec![value.split_once('=').map_or(value, |(_, program)| program)],
        _ => vec![value],
    }
}

/// The words of a command line. Quotes, brackets and commas separate words, so that a list in TOML,
/// YAML or JSON reads like a command line.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "\"'[],{}".contains(c));
    let words = words.filter(|word| !word.is_empty() && *word != "-");
    words.map(str::to_owned).collect()
}

/// The words of the `exec` block around a kubeconfig's `command`.
fn words_around(lines: &[&str], at: usize) -> Vec<String> {
    let is_start = |line: &&str| line.contains("exec:");
    let before = lines.get(..at).unwrap_or_default().iter().rev();
    let before: Vec<&str> = before.copied().take_while(|line| !is_start(line)).collect();
    let after = lines.get(at..).unwrap_or_default().iter().copied();
    let after = after.take_while(|line| !is_start(line) && !line.contains("name:"));
    let block = before.into_iter().rev().chain(after);
    block.flat_map(words).collect()
}

/// The value of `--spec` among the words of a command line.
#[must_use]
pub fn spec_in(words: &[String]) -> Option<String> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("--spec") {
            Some("") => return words.next().cloned(),
            Some(rest) => return rest.strip_prefix('=').map(str::to_owned),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::helpers_in;

    #[track_caller]
    fn assert_found(tool: &'static str, text: &str, expected: &[(usize, &str, Option<&str>)]) {
        let found = helpers_in(tool, text);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.line, it.program.as_str(), it.spec.as_deref()))
            .collect();
        assert_eq!(found, expected, "{tool}: {text}");
    }

    #[test]
    fn each_tools_helpers_are_found_with_their_specs() {
        let keyfob = "/usr/bin/keyfob";
        assert_found(
            "kubectl",
            "users:\n- name: a\n  user:\n    exec:\n      args:\n      - kubectl\n      - --spec\n\
             \x20     - mine\n      command: /usr/bin/keyfob\n- name: b\n  user:\n    exec:\n\
             \x20     command: \"aws\"\n      args: [eks, --spec=x]\n",
            &[(9, keyfob, Some("mine")), (13, "aws", Some("x"))],
        );
        assert_found(
            "git",
            "[credential]\n\thelper =\n\thelper = cache --timeout=1\n# helper = no\n\
             [credential \"https://a\"]\n\tHelper=/usr/bin/keyfob git --spec=mine\n",
            &[(3, "git-credential-cache", None), (6, keyfob, Some("mine"))],
        );
        assert_found(
            "docker",
            "{\"credsStore\": \"pass\",\n\"credHelpers\": {\"r:5\": \"keyfob\"}}",
            &[
                (2, "docker-credential-keyfob", None),
                (1, "docker-credential-pass", None),
            ],
        );
        assert_found(
            "cargo",
            "[registry]\nglobal-credential-providers = [\"cargo:token\", \"keyfob\"]\n\
             [registries.a]\ncredential-provider = [\"keyfob\", \"cargo\", \"--spec\", \"mine\"]\n",
            &[(2, "cargo:token", None), (4, "keyfob", Some("mine"))],
        );
        assert_found(
            "terraform",
            "credentials_helper \"keyfob\" {\n  args = []\n}\n",
            &[(1, "terraform-credentials-keyfob", None)],
        );
        assert_found(
            "go",
            "GOFLAGS=-mod=mod\nGOAUTH=/usr/bin/keyfob goauth --spec mine; netrc\n",
            &[(2, keyfob, Some("mine"))],
        );
        assert_found(
            "pnpm",
            "//npm.example.com/:tokenHelper=/usr/bin/keyfob pnpm --spec mine\n",
            &[(1, keyfob, Some("mine"))],
        );
        assert_found(
            "bazel",
            "common --credential_helper=a.example.com=bazel-credential-keyfob\n",
            &[(1, "bazel-credential-keyfob", None)],
        );
        assert_found(
            "vault",
            "token_helper = \"/x/vault-token-keyfob\"\n",
            &[(1, "/x/vault-token-keyfob", None)],
        );
        assert_found(
            "aws",
            "[profile keyfob]\ncredential_process = /usr/bin/keyfob aws --spec mine\n",
            &[(2, keyfob, Some("mine"))],
        );
    }
}
