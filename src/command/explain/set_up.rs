//! Whether the tool calls keyfob at all, as far as its configuration files tell.

use super::asked::Request;
use super::caller::CallerFacts;
use super::facts::{Explanation, Outcome};
use crate::find;
use crate::protocol::Caller;
use crate::tool::called::{self, Called};
use crate::tool::git_config::GitConfig;
use crate::world::inspection::Explaining;

/// The caller, and whether its tool calls keyfob for this request.
pub(super) fn caller_facts(
    world: &dyn Explaining,
    caller: &'static Caller,
    request: Option<&Request>,
) -> CallerFacts {
    let link = world.find_program(caller.link);
    let called = match (caller.name, request) {
        ("git", Some(request)) => {
            let asked = request.with_path.as_ref().unwrap_or(&request.request);
            let target = asked.targets().first();
            let config = GitConfig::read(world);
            target.map(|target| called::by_git(world, &config, target, asked.user()))
        }
        ("docker", Some(request)) => Some(called::by_docker(world, request.request.targets())),
        ("kubectl" | "cargo" | "terraform" | "goauth" | "pnpm" | "bazel" | "vault", _)
        | ("aws" | "google", _) => Some(called::by_files(world, caller.name)),
        _ => None,
    };
    let by_name = match &called {
        Some(Called::By(program)) if program.contains('/') => None,
        Some(Called::By(program)) => Some(program.clone()),
        // kubectl needs no link.
        Some(Called::Unknown(_)) if caller.name == "kubectl" => None,
        _ => Some(caller.link.to_owned()),
    };
    let lacks = by_name.filter(|name| world.find_program(name).is_none());
    CallerFacts {
        name: caller.name,
        link: caller.link,
        path: link.map(|path| path.display().to_string()),
        lacks,
        called,
    }
}

/// Where the tool certainly does not call keyfob, it gets no credential, whatever the specs say.
pub(super) fn check(explanation: &mut Explanation) {
    let Some(caller) = &explanation.caller else {
        return;
    };
    if !explanation.outcome.would_try {
        return;
    }
    let name = caller.name;
    match &caller.called {
        Some(Called::Not) => {}
        Some(Called::Refused(why)) => {
            explanation.outcome = Outcome {
                sentence: why.clone(),
                ..Outcome::default()
            };
            return;
        }
        _ => return,
    }
    let spec = explanation.chain.first().map(|link| link.spec.as_str());
    let spec = spec.filter(|spec| !find::is_nameless(spec));
    explanation.outcome = Outcome {
        sentence: format!("{name} does not call keyfob for this host"),
        hint: Some(format!(
            "keyfob setup {name} --spec {}",
            spec.unwrap_or("NAME")
        )),
        ..Outcome::default()
    };
}
