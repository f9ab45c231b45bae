//! A caller's request: read in its language, answered in its language.

use super::{admit, credential, given, no_spec, token};
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::find::{self, Found};
use crate::obtain::{Wish, rejected, resolve};
use crate::protocol::{Ask, Caller, Get, Input, Reply, Talk, Told, Until};
use crate::target::Target;
use crate::world::World;
use crate::world::cache::Failed;

/// Serves one request, or one after the other where that is how the caller talks.
pub fn serve(world: &dyn World, caller: &Caller, spec: Option<&str>, words: &[String]) -> Reply {
    match (caller.talk)(words) {
        Talk::Once | Talk::OnOneStream => request(world, caller, spec, words, &mut |until| {
            world.standard_input(until).map_err(Told::malformed)
        }),
        Talk::Lines { greeting } => conversation(world, caller, spec, words, greeting),
    }
}

fn conversation(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    words: &[String],
    greeting: &str,
) -> Reply {
    let mut said = world.say(greeting.as_bytes());
    while said.is_ok() {
        let line = world.standard_input(Until::Line);
        if line.as_ref().is_ok_and(Secret::is_empty) {
            break;
        }
        let unread = line.is_err();
        let reply = request(world, caller, spec, words, &mut |_| {
            line.clone().map_err(Told::malformed)
        });
        said = world.say(reply.stdout.expose());
        if unread {
            break;
        }
    }
    match said {
        Ok(()) => Reply::silence(),
        Err(why) => Reply::failure(&Error::new(Code::OutputFailed, why).told()),
    }
}

fn request(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    words: &[String],
    stdin: &mut dyn FnMut(Until) -> Result<Secret, Told>,
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
        Ask::Say(reply) => reply,
        Ask::List(render) => render(&hosts(world, named)),
        Ask::Erase {
            targets,
            presented,
            done,
        } => {
            erase(world, caller, named, &targets, presented.as_ref());
            done
        }
        Ask::Ours { get, erase, reply } => {
            let spec = given(get.spec());
            match ours(world, caller, spec.as_deref(), get.targets(), erase) {
                Ok(()) => reply,
                Err(error) => refuse(world, caller, &*get, &error),
            }
        }
        Ask::Get(get) => answer(world, caller, given(get.spec()).as_deref(), &*get),
    }
}

fn answer(world: &dyn World, caller: &Caller, spec: Option<&str>, get: &dyn Get) -> Reply {
    let given = find(world, caller, spec, get.targets()).and_then(|found| {
        let wish = Wish {
            least_life: get.least_life(),
            asker: get.asks_again_when_refused().map(fingerprint),
            refused: get.refused(),
        };
        let token = token(world, &found, get.targets(), wish)?;
        Ok(credential(world, found, token))
    });
    match given {
        Ok(credential) => {
            if let Some(aside) = get.aside(&credential)
                && let Err(why) = world.replace_file(&aside.path, &aside.content)
            {
                world.tell(&|| format!("the file that the caller named cannot be written: {why}"));
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

fn refuse(world: &dyn World, caller: &Caller, get: &dyn Get, error: &Error) -> Reply {
    world.tell(&|| format!("{}: {}", error.code.as_str(), error.sentence));
    match error.code {
        Code::TargetNotListed => get.not_mine(&error.told()),
        _ => {
            if caller.hides_failures {
                world.keep_failure(&failed(world, caller, get, error));
            }
            get.fail(&error.told())
        }
    }
}

/// What `keyfob doctor` will tell of it.
fn failed(world: &dyn World, caller: &Caller, get: &dyn Get, error: &Error) -> Failed {
    Failed {
        caller: caller.name.to_owned(),
        at: world.now(),
        code: error.code.as_str().to_owned(),
        sentence: error.sentence.clone(),
        hint: error.hint.clone(),
        target: get.targets().first().map(Target::to_string),
    }
}

/// Whether a spec lists one of these targets; what was handed out for them is dropped where `erase` says so.
fn ours(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    targets: &[Target],
    erase: bool,
) -> Result<(), Error> {
    let found = find(world, caller, spec, targets)?;
    let admitted = admit(&found, targets)?;
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
    targets: &[Target],
) -> Result<Found, Error> {
    match spec {
        Some("-") if !caller.owns_stdin => super::spec(world, Some("-"), false),
        Some(spec) => find::named(world, spec, None),
        None if targets.is_empty() => Err(no_spec()),
        None => find::by_target(world, targets),
    }
}

/// Drops what was handed out for these targets, if it is what the caller presents. A token that is presented is
/// looked for at its host too: what rejected it may name another path than what asked for it, or none.
/// Never a failure: there is nothing to be done about it.
fn erase(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    targets: &[Target],
    presented: Option<&Secret>,
) {
    let listing = find(world, caller, spec, targets).ok();
    let admitted = listing.as_ref().and_then(|found| found.spec.admit(targets));
    let drop = |admitted| rejected::drop(world, &resolve(world, "", admitted), presented);
    if admitted.is_some_and(drop) || presented.is_none() {
        return;
    }
    let at_host = |found: &Found| {
        let patterns = found.spec.targets.iter();
        let mut pairs = patterns.flat_map(|pattern| targets.iter().map(move |to| (pattern, to)));
        pairs.any(|(pattern, target)| pattern.is_at_host_of(target))
    };
    let others = match spec {
        Some(spec) => find::named(world, spec, None).into_iter().collect(),
        None => find::all(world),
    };
    for found in others.iter().filter(|found| at_host(found)) {
        drop(found.spec.admit_by_name());
    }
}

/// Every host that can be served, with its user name.
fn hosts(world: &dyn World, spec: Option<&str>) -> Vec<(String, String)> {
    let found: Vec<Found> = match spec {
        Some(spec) => find::named(world, spec, None)
            .into_iter()
            .filter(|found| find::validate(&found.spec).is_ok())
            .collect(),
        None => find::all(world),
    };
    let hosts = |found: &Found| {
        let hosts: Vec<_> = found
            .spec
            .targets
            .iter()
            .filter_map(|pattern| pattern.concrete_host())
            .collect();
        hosts
            .into_iter()
            .map(|host| (host, found.spec.username.clone()))
            .collect::<Vec<_>>()
    };
    found.iter().flat_map(hosts).collect()
}
