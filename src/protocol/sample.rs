//! How each caller asks for a target that a person writes, for `keyfob explain`: the arguments,
//! standard input and variables from which the caller's own module reads the request. Nothing here
//! decides: the request is read by [`super::Caller::read`].

use serde_json::json;

use crate::text;

/// What a caller's program would pass to keyfob.
#[derive(Debug, Default)]
pub struct Sample {
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its standard input.
    pub stdin: String,
    /// Its variables.
    pub variables: Vec<(&'static str, String)>,
}

/// Why there is no sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSample {
    /// The caller names no target.
    NoTarget,
    /// The caller needs a target.
    Needed,
    /// The tool asks no helper for this target: a sentence.
    NeverAsks(&'static str),
}

/// How a caller asks for a target. git leaves the path out unless `with_path` is set.
///
/// # Errors
/// [`NoSample`].
pub fn sample(caller: &str, target: Option<&str>, with_path: bool) -> Result<Sample, NoSample> {
    match (caller, target) {
        ("pnpm" | "aws" | "google", Some(_)) => Err(NoSample::NoTarget),
        ("kubectl" | "pnpm" | "aws" | "google" | "goauth", None) => Ok(Sample::default()),
        (_, None) => Err(NoSample::Needed),
        (_, Some(target)) => for_target(caller, target, with_path),
    }
}

fn for_target(caller: &str, target: &str, with_path: bool) -> Result<Sample, NoSample> {
    let url = match target.contains("://") {
        true => target.to_owned(),
        false => format!("https://{target}"),
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Ok(match caller {
        "git" => return git(target, &url, with_path),
        "kubectl" => {
            let info = json!({
                "apiVersion": "client.authentication.k8s.io/v1",
                "kind": "ExecCredential",
                "spec": {"interactive": false, "cluster": {"server": url}},
            });
            Sample {
                variables: vec![("KUBERNETES_EXEC_INFO", info.to_string())],
                ..Sample::default()
            }
        }
        "docker" => Sample {
            arguments: words(&["get"]),
            stdin: registry(target),
            ..Sample::default()
        },
        "cargo" => {
            let request = json!({
                "v": 1,
                "registry": {"index-url": url},
                "kind": "get",
                "operation": "read",
            });
            Sample {
                arguments: words(&["--cargo-plugin"]),
                stdin: format!("{request}\n"),
                ..Sample::default()
            }
        }
        "terraform" => Sample {
            arguments: words(&["get", bare(target)]),
            ..Sample::default()
        },
        "goauth" => Sample {
            arguments: words(&[&url]),
            ..Sample::default()
        },
        "keyring" => Sample {
            arguments: words(&["--mode=creds", "get", target]),
            ..Sample::default()
        },
        "bazel" => Sample {
            arguments: words(&["get"]),
            stdin: json!({"uri": url}).to_string(),
            ..Sample::default()
        },
        "kubelet" => {
            let request = json!({
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "kind": "CredentialProviderRequest",
                "image": image(target),
            });
            Sample {
                stdin: request.to_string(),
                ..Sample::default()
            }
        }
        "vault" => Sample {
            arguments: words(&["get"]),
            variables: vec![("VAULT_ADDR", url)],
            ..Sample::default()
        },
        "askpass" => {
            let is_prompt =
                target.starts_with("Password for ") || target.starts_with("Username for ");
            let prompt = match is_prompt {
                true => target.to_owned(),
                false => format!("Password for '{url}': "),
            };
            Sample {
                arguments: vec![prompt],
                ..Sample::default()
            }
        }
        _ => return Err(NoSample::NoTarget),
    })
}

/// The attributes of a URL, as git writes them (git-credential(1)): the path is decoded, and left
/// out without `useHttpPath`.
fn git(written: &str, url: &str, with_path: bool) -> Result<Sample, NoSample> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let before_slash = written.split('/').next().unwrap_or_default();
    let is_scp = !written.contains("://") && before_slash.contains('@');
    let ssh = ["ssh", "git+ssh", "ssh+git"].contains(&scheme);
    if is_scp || ssh {
        return Err(NoSample::NeverAsks(
            "git logs in by ssh with this URL, and asks no credential helper",
        ));
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (user.split(':').next(), host),
        None => (None, authority),
    };
    let mut stdin = format!("protocol={scheme}\nhost={host}\n");
    let decoded = |text: &str| {
        let bytes = text::percent_decoded(text.as_bytes());
        let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded = decoded.filter(|decoded| !decoded.contains(char::is_control));
        decoded.unwrap_or_else(|| text.to_owned())
    };
    if with_path && !path.is_empty() {
        stdin.push_str(&format!("path={}\n", decoded(path)));
    }
    if let Some(user) = user.filter(|user| !user.is_empty()) {
        stdin.push_str(&format!("username={}\n", decoded(user)));
    }
    Ok(Sample {
        arguments: vec!["get".to_owned()],
        stdin,
        variables: Vec::new(),
    })
}

/// `host[:port]` of a URL or of a name.
fn bare(target: &str) -> &str {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// The server key of an image or a registry. The first part of an image's name is its registry if
/// it has a dot or a colon, or is `localhost`; else the image is Docker Hub's.
fn registry(target: &str) -> String {
    if target.contains("://") {
        return target.to_owned();
    }
    match target.split_once('/') {
        Some((host, _)) if !is_registry(host) => HUB.to_owned(),
        Some((host, _)) => host.to_owned(),
        None if is_image(target) => HUB.to_owned(),
        None => target.to_owned(),
    }
}

/// The server key that docker uses for Docker Hub.
const HUB: &str = "https://index.docker.io/v1/";

/// Whether a name without a slash is that of an image: `ubuntu`, `ubuntu:22.04`. With digits alone
/// after the colon it is a registry with its port.
fn is_image(name: &str) -> bool {
    let (host, tag) = name.split_once(':').unwrap_or((name, "latest"));
    !is_registry(host) && tag.contains(|c: char| !c.is_ascii_digit())
}

fn is_registry(host: &str) -> bool {
    host.contains(['.', ':']) || host == "localhost"
}

/// The name of an image, as kubelet writes it: with its registry. A registry alone stands for an
/// image there.
fn image(target: &str) -> String {
    let name = target.split_once("://").map_or(target, |(_, rest)| rest);
    let name = name.trim_end_matches('/');
    match name.split_once('/') {
        Some((host, _)) if is_registry(host) => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None if is_registry(name) => format!("{name}/image"),
        None => format!("docker.io/library/{name}"),
    }
}
