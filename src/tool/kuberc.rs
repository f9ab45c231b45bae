//! Which credential plugins kubectl may run, as its preferences say. What is laid out in another
//! way than in kubectl's documentation is not understood, and nothing is said of it.
//!
//! Specified by <https://kubernetes.io/docs/reference/kubectl/kuberc/>.

/// The plugins that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permitted<'a> {
    /// All, or nothing is known.
    Any,
    /// None at all.
    None,
    /// Those of these names or paths.
    Only(Vec<&'a str>),
}

/// What the text of a `kuberc` permits.
#[must_use]
pub fn permitted(text: &str) -> Permitted<'_> {
    let mut lines = text.lines();
    let policy = text
        .lines()
        .find_map(|line| line.strip_prefix("credentialPluginPolicy:"));
    match policy.map(plain) {
        Some("DenyAll") => Permitted::None,
        Some("Allowlist") => {
            let Some(head) = lines.find_map(|line| line.strip_prefix("credentialPluginAllowlist:"))
            else {
                return Permitted::None;
            };
            // A list within its line.
            if !plain(head).is_empty() {
                return Permitted::Any;
            }
            let is_inside = |line: &&str| line.starts_with([' ', '-', '#']) || line.is_empty();
            let entries = lines.take_while(is_inside).filter_map(|line| {
                let item = line.trim_start().trim_start_matches("- ").trim_start();
                let value = item.strip_prefix("command:");
                value.or_else(|| item.strip_prefix("name:")).map(plain)
            });
            Permitted::Only(entries.collect())
        }
        _ => Permitted::Any,
    }
}

/// A value without its quotes and the comment after it.
fn plain(value: &str) -> &str {
    let value = value.split(" #").next().unwrap_or_default();
    value.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::{Permitted, permitted};

    #[test]
    fn a_policy_and_its_list_are_read_as_kubectl_documents_them() {
        let head = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
        for (text, expected) in [
            ("", Permitted::Any),
            ("credentialPluginPolicy: AllowAll\n", Permitted::Any),
            (
                "credentialPluginPolicy: \"DenyAll\" # all\n",
                Permitted::None,
            ),
            ("credentialPluginPolicy: Allowlist\n", Permitted::None),
            (
                "credentialPluginAllowlist:\n  - command: keyfob\n",
                Permitted::Any,
            ),
            (
                "credentialPluginAllowlist:\n# mine\n- name: 'keyfob' # ours\n\n\
                 \u{20} -  command: /bin/x\ncredentialPluginPolicy: Allowlist\nname: no\n",
                Permitted::Only(vec!["keyfob", "/bin/x"]),
            ),
            (
                "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: x}]\n",
                Permitted::Any,
            ),
        ] {
            assert_eq!(permitted(&format!("{head}{text}")), expected, "{text}");
        }
    }
}
