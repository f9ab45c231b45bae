//! A caller's request: read in its language, answered in its language.

use super::{admit, credential, given, no_spec, token};
use crate::credential::Secret;
use crate::error::{Code, Error, TargetMatch};
use crate::find::{self, LoadedSpec, Lookup, Naming};
use crate::obtain::{Needs, rejected, resolve};
use crate::protocol::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Listing, Message, Reply, Until,
};
use crate::target::{NearMiss, Target};
use crate::world::World;
use crate::world::cache::FailureNote;

/// Serves one request, or one after the other where that is how the caller talks.
pub fn serve(world: &dyn World, caller: &Caller, spec: Option<&str>, words: &[String]) -> Reply {
    match (caller.talk)(words) {
        Conversation::Once | Conversation::OnOneStream => {
            request(world, caller, spec, words, &mut |until| {
                world.read_stdin(until).map_err(Message::malformed)
            })
        }
        Conversation::Lines { greeting } => conversation(world, caller, spec, words, greeting),
    }
}

fn conversation(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    words: &[String],
    greeting: &str,
) -> Reply {
    let mut said = world.write_stdout(greeting.as_bytes());
    let mut stderr = String::new();
    while said.is_ok() {
        let line = world.read_stdin(Until::Line);
        if line.as_ref().is_ok_and(Secret::is_empty) {
            break;
        }
        let unread = line.is_err();
        let reply = request(world, caller, spec, words, &mut |_| {
            line.clone().map_err(Message::malformed)
        });
        said = world.write_stdout(reply.stdout.expose());
        stderr.push_str(&reply.stderr);
        if unread {
            break;
        }
    }
    match said {
        Ok(()) => Reply {
            stderr,
            ..Reply::silence()
        },
        Err(why) => Reply::failure(&Error::new(Code::OutputFailed, why).told()),
    }
}

fn request(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    words: &[String],
    stdin: &mut dyn FnMut(Until) -> Result<Secret, Message>,
) -> Reply {
    let variable = |name: &str| world.variable(name);
    let given = |named| given(world, spec.or(named));
    let named = given(None);
    let named = named.as_deref();
    match (caller.read)(&mut Input {
        words,
        named: named.is_some(),
        stdin,
        variable: &variable,
    }) {
        CallerRequest::Reply(reply) => reply,
        CallerRequest::List(listing) => list(world, caller, named, &listing),
        CallerRequest::Erase {
            targets,
            user,
            presented,
            done,
        } => {
            let wanted = Lookup {
                caller: caller.name,
                user: user.as_deref(),
                targets: &targets,
            };
            erase(world, caller, named, wanted, presented.as_ref());
            done
        }
        CallerRequest::Acknowledge { get, erase, reply } => {
            let spec = given(get.spec());
            match ours(world, caller, spec.as_deref(), wanted(caller, &*get), erase) {
                Ok(()) => reply,
                Err(error) => refuse(world, caller, &*get, &error),
            }
        }
        CallerRequest::OtherScheme(get) => {
            let spec = given(get.spec());
            elsewhere(world, caller, spec.as_deref(), &*get)
        }
        CallerRequest::Credential(get) => {
            answer(world, caller, given(get.spec()).as_deref(), &*get)
        }
    }
}

/// A request that gets nothing, whatever is listed; said where that is for its scheme alone.
fn elsewhere(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    get: &dyn CredentialRequest,
) -> Reply {
    let wanted = wanted(caller, get);
    let found = find(world, caller, spec, wanted).ok();
    let found = found.filter(|found| found.spec.admit(wanted.caller, wanted.targets).is_some());
    let shown = wanted.targets.first().map(Target::to_string);
    let shown = shown.unwrap_or_default();
    let error = find::not_listed(&shown.replacen("https", "http", 1));
    let error = match found {
        Some(found) => error
            .hint(format!(
                "spec `{}` lists {shown}: nothing is handed to plain http",
                found.name
            ))
            .whose(TargetMatch::Nearly(NearMiss::Scheme)),
        None => error,
    };
    refuse(world, caller, get, &error)
}

/// What a caller's request asks for.
fn wanted<'a>(caller: &Caller, get: &'a dyn CredentialRequest) -> Lookup<'a> {
    Lookup {
        caller: caller.name,
        user: get.user(),
        targets: get.targets(),
    }
}

fn answer(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    get: &dyn CredentialRequest,
) -> Reply {
    let wanted = wanted(caller, get);
    let given = find(world, caller, spec, wanted).and_then(|found| {
        let wish = Needs {
            least_life: get.least_life(),
            asker: get.asks_again_when_refused().map(fingerprint),
            refused: get.refused(),
        };
        let token = token(world, &found, wanted, wish)?;
        Ok(credential(world, found, token))
    });
    match given {
        Ok(credential) => {
            if let Some(aside) = get.output_file(&credential)
                && let Err(why) = world.replace_file(&aside.path, &aside.content)
            {
                world.log(&|| format!("the file that the caller named cannot be written: {why}"));
            }
            get.give(&credential)
        }
        Err(error) => refuse(world, caller, get, &error),
    }
}

/// Tells one asker from another within a process.
fn fingerprint(asker: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    asker.hash(&mut hasher);
    hasher.finish()
}

fn refuse(world: &dyn World, caller: &Caller, get: &dyn CredentialRequest, error: &Error) -> Reply {
    world.log(&|| format!("{}: {}", error.code, error.sentence));
    let mut error = error.clone();
    if let TargetMatch::Nearly(NearMiss::NoPath) = error.whose
        && let Some((hint, way)) = error.hint.as_mut().zip(get.to_name_a_path())
    {
        hint.push_str(&format!(": {way}"));
    }
    let is_ours = error.code != Code::TargetNotListed;
    // Many tools and what runs them drop standard error: no caller is trusted to show it.
    if error.whose != TargetMatch::Plain || is_ours || caller.asked_alone {
        world.record_failure(&FailureNote {
            caller: caller.name.to_owned(),
            at: world.now(),
            code: error.code,
            sentence: error.sentence.clone(),
            hint: error.hint.clone(),
            target: get.targets().first().map(Target::to_string),
        });
    }
    let told = error.told();
    match (is_ours, error.whose) {
        (true, TargetMatch::Unknown) => get.cannot_tell(&told),
        (true, _) => get.fail(&told),
        (false, whose) => {
            let mut reply = get.not_mine(&told);
            let near = matches!(whose, TargetMatch::Nearly(_));
            if near && reply.stderr.is_empty() && get.passes_on_stderr() {
                reply.stderr = told.hint_line();
            }
            reply
        }
    }
}

/// Whether a spec lists one of these targets; what was handed out for them is dropped where `erase` says so.
fn ours(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    wanted: Lookup<'_>,
    erase: bool,
) -> Result<(), Error> {
    let found = find(world, caller, spec, wanted)?;
    let admitted = admit(&found, wanted)?;
    find::validate(&found.spec)?;
    if erase {
        rejected::drop(world, &resolve(world, "", admitted), None);
    }
    Ok(())
}

fn find(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    wanted: Lookup<'_>,
) -> Result<LoadedSpec, Error> {
    match spec {
        Some("-") if !caller.owns_stdin => super::spec(world, Some("-"), false),
        Some(spec) => find::for_caller(world, spec, wanted),
        None if wanted.targets.is_empty() => Err(no_spec()),
        None => find::by_target(world, wanted),
    }
}

/// Drops what was handed out for these targets, if it is what the caller presents. A token that is presented is
/// looked for at its host too: what rejected it may name another path than what asked for it, or none.
/// Never a failure: there is nothing to be done about it.
fn erase(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    wanted: Lookup<'_>,
    presented: Option<&Secret>,
) {
    let listing = find(world, caller, spec, wanted).ok();
    let admitted = listing
        .as_ref()
        .and_then(|found| found.spec.admit(wanted.caller, wanted.targets));
    let drop = |admitted| rejected::drop(world, &resolve(world, "", admitted), presented);
    if admitted.is_some_and(drop) || presented.is_none() {
        return;
    }
    let at_host = |found: &LoadedSpec| {
        let patterns = found.spec.targets.iter();
        let targets = wanted.targets.iter();
        let mut pairs = patterns.flat_map(|pattern| targets.clone().map(move |to| (pattern, to)));
        found.spec.callers.include(caller.name)
            && pairs.any(|(pattern, target)| pattern.is_at_host_of(target))
    };
    let others = match spec {
        Some(spec) => find::named_for_caller(world, spec).into_iter().collect(),
        None => find::all(world),
    };
    for found in others.iter().filter(|found| at_host(found)) {
        drop(found.spec.admit_by_name());
    }
}

/// Every name that can be served, with its user name.
fn list(world: &dyn World, caller: &Caller, spec: Option<&str>, listing: &Listing) -> Reply {
    let specs = match spec {
        Some(spec) => find::named_for_caller(world, spec).map(|found| vec![found]),
        None => find::all_there(world),
    };
    let how = Naming {
        caller: caller.name,
        name: listing.name,
        targets: listing.targets,
    };
    let sound = |found: &LoadedSpec| find::validate(&found.spec).is_ok();
    match specs {
        Ok(mut specs) => {
            specs.retain(sound);
            (listing.reply)(&find::servable(&specs, how))
        }
        Err(error) => (listing.fail)(&error.told()),
    }
}
