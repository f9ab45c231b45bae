//! The user that kubectl is to have, as lines and as steps of kubectl's own writer.

use super::super::kubeconfig;
use super::super::plan::step;

const VERSION: &str = "client.authentication.k8s.io/v1";

/// What to write: the user and the context that gets it.
pub(super) struct Wanted {
    pub(super) user: String,
    pub(super) context: Option<String>,
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) pin: bool,
}

impl Wanted {
    /// The lines below `user:`.
    pub(super) fn body(&self) -> Vec<String> {
        let mut lines = vec![
            "exec:".to_owned(),
            format!("  apiVersion: {VERSION}"),
            format!("  command: {}", kubeconfig::scalar(&self.program)),
            "  args:".to_owned(),
        ];
        let arguments = self.arguments.iter();
        lines.extend(arguments.map(|word| format!("  - {}", kubeconfig::scalar(word))));
        lines.push("  interactiveMode: Never".to_owned());
        lines.push(format!("  provideClusterInfo: {}", self.pin));
        lines
    }

    pub(super) fn steps(&self, kubectl: &str, with_mode: bool) -> Vec<Vec<String>> {
        let words = |words: &[&str]| step(&[&[kubectl, "config"], words].concat());
        let mut set = words(&["set-credentials", &self.user]);
        set.push(format!("--exec-command={}", self.program));
        set.push(format!("--exec-api-version={VERSION}"));
        set.extend(
            self.arguments
                .iter()
                .map(|word| format!("--exec-arg={word}")),
        );
        set.push(format!("--exec-provide-cluster-info={}", self.pin));
        if with_mode {
            set.push("--exec-interactive-mode=Never".to_owned());
        }
        let mut steps = vec![set];
        if let Some(context) = &self.context {
            let user = format!("--user={}", self.user);
            steps.push(words(&["set-context", context, &user]));
        }
        steps.push(words(&["view", "--raw", "--output=json"]));
        steps
    }
}
