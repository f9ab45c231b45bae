//! What docker, podman and skopeo have stored beside a helper of keyfob's.

use serde_json::Value;

use super::findings::Findings;
use crate::tool;
use crate::world::inspection::Examining;

/// Looks for a stored password of a registry that keyfob serves.
pub(super) fn check(world: &dyn Examining, findings: &mut Findings) {
    for tool in ["docker", "podman"] {
        for file in tool::files(world, tool) {
            let Ok(content) = world.read_value(&file) else {
                continue;
            };
            let text = content.expose_text().unwrap_or_default();
            let config = match tool::json(text) {
                Ok(config) => config,
                Err(_) => {
                    let says = format!("{} is not valid JSON", file.display());
                    findings.fail(tool, &says, None);
                    continue;
                }
            };
            let helpers = config.get("credHelpers").and_then(Value::as_object);
            let store = config.get("credsStore").and_then(Value::as_str);
            let stored = config.get("auths").and_then(Value::as_object);
            for (registry, stored) in stored.into_iter().flatten() {
                let helper = helpers.and_then(|helpers| helpers.get(registry));
                let helper = helper.and_then(Value::as_str).or(store);
                let has = |name: &str| {
                    stored
                        .get(name)
                        .and_then(Value::as_str)
                        .is_some_and(|it| !it.is_empty())
                };
                if helper == Some("keyfob") && (has("auth") || has("identitytoken")) {
                    let says = format!(
                        "{} holds a stored password of {registry} beside its helper",
                        file.display()
                    );
                    let hint = format!("`{tool} logout {registry}` removes it");
                    findings.note(tool, &says, Some(&hint));
                }
            }
        }
    }
}
