//! Lines for tools whose files keyfob does not edit: filled in, with where they go.

use std::path::Path;

use super::plan::{self, Chosen, Plan};
use super::targets::{self, Listed};
use crate::error::Error;

/// For each tool its caller, where the lines go, and the lines. A line that begins with `*` is
/// written once for each target, and one that begins with `+` for the first. One text,
/// because a table of texts costs every start of keyfob.
const LINES: &str = r#"== cargo cargo ~/.cargo/config.toml
*[registries.{label}]
*index = "sparse+{url}/"
*credential-provider = ["{program}", "cargo"{list}]
== terraform terraform ~/.terraformrc, or ~/.tofurc for OpenTofu
# The helper is looked for in the plugin folder:
#   ln -s {program} ~/.terraform.d/plugins/terraform-credentials-keyfob
credentials_helper "keyfob" {
  args = [{args}]
}
== bazel bazel ~/.bazelrc
# The link is made by `keyfob setup links`.
*common --credential_helper={host}={folder}/bazel-credential-keyfob
== kubelet kubelet the file of kubelet's --image-credential-provider-config
# A link `kubelet-keyfob` to {program} lies in kubelet's --image-credential-provider-bin-dir.
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: kubelet-keyfob
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    matchImages:
*      - "{host}{path}"
    defaultCacheDuration: 0s
    args: [{args}]
    env: # kubelet is often started without HOME; the spec is root's
      - name: KEYFOB_CONFIG_DIR
        value: /etc/keyfob
      - name: KEYFOB_CACHE_DIR
        value: /run/keyfob
== vault vault ~/.vault, or ~/.bao for OpenBao
# The link is made by `keyfob setup links`.
token_helper = "{folder}/vault-token-keyfob"
== uv keyring ~/.config/uv/uv.toml
# A link `keyring` to {program} comes first on PATH.
keyring-provider = "subprocess"
*
*[[index]]
*name = "{label}"
*url = "{url}/"
*authenticate = "always"
== pip keyring ~/.config/pip/pip.conf
# A link `keyring` to {program} comes first on PATH.
[global]
keyring-provider = subprocess
+index-url = {userurl}/
== google google the file that GOOGLE_APPLICATION_CREDENTIALS names
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
  "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
  "token_url": "https://sts.googleapis.com/v1/token",
  "credential_source": {
    "executable": {
      "command": "{program} google {named}",
      "timeout_millis": 15000
    }
  }
}
== askpass askpass the environment of what runs git
# The link is made by `keyfob setup links`.
GIT_ASKPASS={folder}/keyfob-askpass
GIT_TERMINAL_PROMPT=0"#;

/// The index of crates.io, which cargo knows by itself and has a table of its own for.
const CRATES_IO: &str = "index.crates.io";

/// A tool in [`LINES`].
struct Printed {
    caller: &'static str,
    place: &'static str,
    lines: Vec<&'static str>,
}

impl Printed {
    fn needs_hosts(&self) -> bool {
        self.lines.iter().any(|line| line.starts_with(['*', '+']))
    }
}

fn printed(tool: &str) -> Option<Printed> {
    let mut sections = LINES.split("== ").filter(|section| !section.is_empty());
    sections.find_map(|section| {
        let (head, body) = section.split_once('\n')?;
        let mut words = head.splitn(3, ' ');
        (words.next() == Some(tool)).then_some(())?;
        Some(Printed {
            caller: words.next()?,
            place: words.next()?,
            lines: body.lines().collect(),
        })
    })
}

/// The tools for which lines are printed.
pub fn tools() -> impl Iterator<Item = &'static str> {
    let heads = LINES.split("== ").filter(|section| !section.is_empty());
    heads.filter_map(|section| section.split(' ').next())
}

/// The caller of a tool for which lines are printed.
#[must_use]
pub fn caller(tool: &str) -> Option<&'static str> {
    printed(tool).map(|printed| printed.caller)
}

/// Whether the lines can be filled in for a spec.
#[must_use]
pub fn is_for(tool: &str, loaded: &crate::find::LoadedSpec) -> bool {
    let Some(printed) = printed(tool) else {
        return false;
    };
    let needs_hosts = printed.needs_hosts();
    let has_hosts = !targets::hosts(loaded, form(tool), &|entry| fits(tool, entry))
        .0
        .is_empty();
    loaded.spec.callers.include(printed.caller) && (has_hosts || !needs_hosts)
}

/// How the targets of a tool are written.
fn form(tool: &str) -> targets::Form {
    match tool {
        "cargo" | "pip" | "uv" => Listed::is_url_with_path,
        _ => |_| true,
    }
}

/// Why a tool cannot name an entry of `targets`.
fn fits(tool: &str, entry: &Listed) -> Result<(), &'static str> {
    // Bazel and kubelet know wildcards themselves.
    match tool {
        "bazel" | "kubelet" => Ok(()),
        _ if entry.is_wildcard() => Err("these lines name one host each: list the host itself"),
        _ => Ok(()),
    }
}

/// Writes the lines into the plan.
///
/// # Errors
/// The spec lists no target that the tool can name.
pub fn plan(tool: &str, chosen: &Chosen, program: &str, plan: &mut Plan) -> Result<(), Error> {
    let Some(printed) = printed(tool) else {
        return Ok(());
    };
    let fits = |entry: &Listed| fits(tool, entry);
    let has_paths = printed
        .lines
        .iter()
        .any(|line| line.contains("url}") || line.contains("{path}"));
    let (hosts, left_out) = match has_paths {
        true => targets::entries(&chosen.loaded, form(tool), &fits),
        false => targets::hosts(&chosen.loaded, form(tool), &fits),
    };
    let needs_hosts = printed.needs_hosts();
    if needs_hosts {
        plan.notes.extend(left_out);
    }
    if needs_hosts && hosts.is_empty() {
        return Err(plan::usage(
            format!("spec `{}` lists no target for {tool}", chosen.loaded.name),
            "add `https://HOST` to its `targets`",
        ));
    }
    plan.note(format!(
        "keyfob does not edit this file; these lines are for {}",
        printed.place
    ));
    let words = chosen.unless_found();
    // JSON's quotes are those of TOML, HCL and YAML too.
    let quoted = |word: &str| serde_json::Value::from(word).to_string();
    let args: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    let args = args.join(", ");
    let named = quoted(&chosen.named().join(" "));
    let folder = Path::new(program).parent().unwrap_or(Path::new("/"));
    let fill = |line: &str| {
        line.replace("{program}", program)
            .replace("{folder}", folder.to_str().unwrap_or_default())
            .replace(
                "{list}",
                &if args.is_empty() {
                    String::new()
                } else {
                    format!(", {args}")
                },
            )
            .replace("{args}", &args)
            .replace("{named}", named.trim_matches('"'))
    };
    let fill_host = |line: &str, host: &Listed| {
        let scheme = if host.is_http { "http" } else { "https" };
        let label = format!("{}{}", host.host, host.path);
        let label = label.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let user = &chosen.loaded.spec.username;
        let (at, path) = (&host.host, &host.path);
        fill(line)
            .replace("{userurl}", &format!("{scheme}://{user}@{at}{path}"))
            .replace("{url}", &format!("{scheme}://{at}{path}"))
            .replace("{host}", at)
            .replace("{path}", path)
            .replace("{label}", &label)
    };
    let mut lines = printed.lines.iter().peekable();
    while let Some(line) = lines.next() {
        if let (Some(line), Some(host)) = (line.strip_prefix('+'), hosts.first()) {
            plan.lines.push_str(&fill_host(line, host));
            plan.lines.push('\n');
            continue;
        }
        let Some(first) = line.strip_prefix('*') else {
            plan.lines.push_str(&fill(line));
            plan.lines.push('\n');
            continue;
        };
        // The lines that are repeated together.
        let mut block = vec![first];
        while let Some(more) = lines.peek().and_then(|line| line.strip_prefix('*')) {
            block.push(more);
            lines.next();
        }
        for host in &hosts {
            if tool == "cargo" && host.host == CRATES_IO {
                plan.lines.push_str("[registry]\n");
                block.last().into_iter().for_each(|line| {
                    plan.lines.push_str(&fill_host(line, host));
                    plan.lines.push('\n');
                });
                continue;
            }
            for line in &block {
                plan.lines.push_str(&fill_host(line, host));
                plan.lines.push('\n');
            }
        }
    }
    Ok(())
}
