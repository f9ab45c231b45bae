//! `keyfob explain`: what would happen for a target or with a spec, and why.
//!
//! It opens no secret, sends no request and runs no program: [`Explaining`] has no effect for
//! these. Each fact is read where the caller's own request reads it: the request by the caller's
//! module, the spec by `find`, the key by `obtain`, the request to the provider by its grant.

mod asked;
mod caller;
mod considered;
mod facts;
mod link;
mod set_up;
mod sources;
mod text;
mod told;

use std::time::Duration;

use super::{admit, plain_http, selected_spec, spec};
use crate::error::{Code, Error, TargetMatch};
use crate::find::{self, LoadedSpec};
use crate::obtain::resolve_for;
use crate::protocol::{CALLERS, Caller, CredentialRequest, Reply};
use crate::spec::{Admitted, nearest_caller};
use crate::target::NearMiss;
use crate::text::nearest;
use crate::world::inspection::Explaining;
use asked::{Asked, Request};
use considered::Named;
use facts::{Explanation, Outcome};

/// What a person asks to have explained.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// `--spec`
    pub spec: Option<&'a str>,
    /// The caller's name, or that of its link.
    pub caller: Option<&'a str>,
    /// The target, as the caller's tool spells it.
    pub target: Option<&'a str>,
    /// Whether JSON is printed.
    pub as_json: bool,
}

/// Explains what would happen. The exit status is 0 if a credential would be tried.
///
/// # Errors
/// There is no such caller, it names no target or needs one, or the named spec cannot be used.
pub fn run(world: &dyn Explaining, question: Question<'_>) -> Result<Reply, Error> {
    let caller = question
        .caller
        .map(|name| caller(world, name))
        .transpose()?;
    let explanation = match caller {
        None => spec_alone(world, question.spec)?,
        Some(caller) => for_caller(world, caller, question)?,
    };
    let status = i32::from(!explanation.outcome.would_try);
    let text = match question.as_json {
        true => format!("{:#}\n", explanation.to_json()),
        false => text::of(&explanation),
    };
    Ok(Reply {
        status,
        ..Reply::text(text)
    })
}

/// The caller of this name or with this link.
fn caller(world: &dyn Explaining, name: &str) -> Result<&'static Caller, Error> {
    let mut callers = CALLERS.iter();
    let found = callers.find(|caller| [caller.name, caller.link].contains(&name));
    found.ok_or_else(|| {
        let error = Error::new(Code::Usage, "there is no such caller");
        let specs = world.spec_files().unwrap_or_default();
        let links = CALLERS.iter().map(|caller| caller.link);
        error.hint(match () {
            () if name.contains(['.', ':', '/']) => {
                "name the caller first: keyfob explain git https://HOST/PATH".to_owned()
            }
            () if specs.iter().any(|spec| spec.name == name) => {
                format!("did you mean `--spec {name}`?")
            }
            () => match nearest(name, links) {
                Some(link) => format!("did you mean `{link}`?"),
                None => nearest_caller(name),
            },
        })
    })
}

/// A spec that is named, without a caller.
fn spec_alone(world: &dyn Explaining, named: Option<&str>) -> Result<Explanation, Error> {
    let loaded = spec(world, named, true)?;
    let mut explanation = Explanation::default();
    let admitted = loaded.spec.admit_by_name();
    explain_spec(world, &mut explanation, &loaded, admitted, None);
    Ok(explanation)
}

/// What the caller gets.
fn for_caller(
    world: &dyn Explaining,
    caller: &'static Caller,
    question: Question<'_>,
) -> Result<Explanation, Error> {
    let spec = selected_spec(world, question.spec);
    let asked = asked::read(world, caller, question.target, spec.is_some())?;
    let request = match &asked {
        Asked::Credential(request) => Some(request),
        Asked::Nothing(_) => None,
    };
    let mut explanation = Explanation {
        caller: Some(set_up::caller_facts(world, caller, request)),
        ..Explanation::default()
    };
    let request = match asked {
        Asked::Credential(request) => request,
        Asked::Nothing(why) => {
            explanation.outcome = Outcome::not(why);
            return Ok(explanation);
        }
    };
    let named = Named {
        spec: spec.as_deref(),
        by_variable: question.spec.is_none(),
    };
    let lookup = request.lookup(caller);
    let (considered, found) = considered::find(world, caller, named, &request);
    if named.spec.is_none() {
        explanation.folder = folders(world);
    }
    explanation.targets = asked::shown(&request);
    explanation.considered = considered;
    match found {
        Err(error) if considered::is_usage(&error, lookup) => return Err(error),
        Err(_) if request.is_plain_http => {
            explanation.outcome = refusal(caller, &request, plain_http(None, lookup));
        }
        Err(error) => {
            let shadowed = named.by_variable && named.spec.is_some();
            let error = match shadowed {
                true => find::with_shadowed(error, world, lookup),
                false => error,
            };
            explanation.outcome = refusal(caller, &request, error);
        }
        Ok(loaded) if request.is_plain_http => {
            for row in &mut explanation.considered {
                row.not_over_plain_http();
            }
            explanation.outcome = refusal(caller, &request, plain_http(Some(&loaded), lookup));
        }
        Ok(loaded) => match admit(&loaded, lookup) {
            Err(error) => explanation.outcome = refusal(caller, &request, error),
            Ok(admitted) => {
                let asks = Some(&*request.request);
                explain_spec(world, &mut explanation, &loaded, admitted, asks);
            }
        },
    }
    asked::add_path_note(world, caller, named.spec, &request, &mut explanation);
    set_up::check(&mut explanation);
    Ok(explanation)
}

/// The folders in which specs were found; the user's own if there are none.
fn folders(world: &dyn Explaining) -> Option<String> {
    let files = world.spec_files().unwrap_or_default();
    let mut folders: Vec<String> = Vec::new();
    let own = world.config_folder().filter(|_| files.is_empty());
    let parents = files.iter().filter_map(|file| file.path.parent());
    for folder in parents.chain(own.as_deref()) {
        let folder = folder.display().to_string();
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    (!folders.is_empty()).then(|| folders.join(", "))
}

/// Why the caller gets nothing, with the mend that its request would be told.
fn refusal(caller: &Caller, request: &Request, mut error: Error) -> Outcome {
    if let TargetMatch::Nearly(NearMiss::NoPath) = error.whose
        && let Some(how) = find::without_path(caller.name, &*request.request)
        && let Some(hint) = &mut error.hint
    {
        hint.push_str(&format!(": {how}"));
    }
    Outcome::not(error.message())
}

/// Adds the facts about a spec and those below it.
fn explain_spec(
    world: &dyn Explaining,
    explanation: &mut Explanation,
    loaded: &LoadedSpec,
    admitted: Admitted<'_>,
    request: Option<&dyn CredentialRequest>,
) {
    let said = request.and_then(CredentialRequest::said);
    let least_life = request.map_or(Duration::ZERO, CredentialRequest::least_life);
    let resolved = resolve_for(world, &loaded.name, admitted, said);
    explanation.chain = link::chain(world, &resolved, least_life);
    explanation.outcome = link::outcome(&explanation.chain);
    explanation.told = told::told(world, loaded, &resolved, request);
}
