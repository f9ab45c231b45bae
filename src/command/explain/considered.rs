//! The specs that were considered for a request: the one that wins and by which rule, and what
//! each of the others lacks.

use super::asked::Request;
use super::facts::{Considered, Standing};
use crate::command::admit;
use crate::error::{Code, Error};
use crate::find::{self, Extent, LoadedSpec, Lookup, Survey};
use crate::protocol::Caller;
use crate::target::{NearMiss, Pattern, Rule, Specificity, Target};
use crate::world::inspection::Explaining;

/// SPEC, if one is named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    /// SPEC
    pub(super) spec: Option<&'a str>,
    /// Whether KEYFOB_SPEC names it, and no argument.
    pub(super) by_variable: bool,
}

/// What was considered, and the spec that serves the request.
pub(super) type Found = (Vec<Considered>, Result<LoadedSpec, Error>);

/// Finds the spec of a request.
pub(super) fn find(
    world: &dyn Explaining,
    caller: &'static Caller,
    named: Named<'_>,
    request: &Request,
) -> Found {
    let lookup = request.lookup(caller);
    let Some(spec) = named.spec else {
        return match lookup.targets.is_empty() {
            true => (Vec::new(), Err(find::no_spec())),
            false => by_target(world, request, lookup),
        };
    };
    let loaded = match spec {
        "-" => crate::command::spec(world, Some("-"), false),
        spec => find::for_request(world, Some(spec), lookup),
    };
    let (mut rows, found) = match loaded {
        Err(error) => (Vec::new(), Err(error)),
        Ok(loaded) => match admit(&loaded, lookup).map(|_| ()) {
            Ok(()) => {
                let entry = entry_of(&loaded, lookup.targets);
                let why = match named.by_variable {
                    true => "KEYFOB_SPEC names it",
                    false => "it is named",
                };
                let row = Considered::new(&loaded.name, Standing::Chosen, entry, why);
                (vec![row], Ok(loaded))
            }
            Err(error) => (vec![row_of(&loaded, request, lookup)], Err(error)),
        },
    };
    if found.is_err() && named.by_variable {
        rows.extend(in_the_way(world, spec, lookup));
    }
    (rows, found)
}

/// The spec that would serve the request if KEYFOB_SPEC did not name another one.
fn in_the_way(world: &dyn Explaining, spec: &str, lookup: Lookup<'_>) -> Option<Considered> {
    let other = find::for_request(world, None, lookup).ok()?;
    let entry = entry_of(&other, lookup.targets);
    let shown = match spec.starts_with('{') {
        true => "a spec in it",
        false => spec,
    };
    let why = format!("KEYFOB_SPEC names {shown}, so this one is not looked for");
    let row = Considered::new(&other.name, Standing::Near, entry, &why);
    Some(row.mend("unset KEYFOB_SPEC"))
}

fn by_target(world: &dyn Explaining, request: &Request, lookup: Lookup<'_>) -> Found {
    let survey = match find::survey(world, lookup, Extent::All) {
        Ok(survey) => survey,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut rows = listing(&survey, lookup);
    rows.extend(survey.broken.iter().map(|broken| {
        let why = format!("{} ({})", broken.error.sentence, broken.error.code);
        let standing = match broken.may_list {
            true => Standing::Broken,
            false => Standing::BrokenElsewhere,
        };
        let row = Considered::new(&broken.name, standing, None, &why);
        match &broken.error.hint {
            Some(hint) => row.mend(hint),
            None => row,
        }
    }));
    let mut others: Vec<Considered> = Vec::new();
    for loaded in &survey.others {
        let row = row_of(loaded, request, lookup);
        match row.standing {
            Standing::Near => rows.push(row),
            _ => others.push(row),
        }
    }
    rows.append(&mut others);
    (rows, survey.choose(world, lookup))
}

/// The specs that list the target, the most specific one first, and by which rule each comes
/// before the next.
fn listing(survey: &Survey, lookup: Lookup<'_>) -> Vec<Considered> {
    let best = survey.listing.iter().map(|(closeness, _)| *closeness).max();
    let of_best = |closeness: &Specificity| Some(*closeness) == best;
    let count = survey.listing.iter().filter(|(it, _)| of_best(it)).count();
    let second = survey.listing.iter().map(|(closeness, _)| *closeness);
    let second = second.filter(|closeness| !of_best(closeness)).max();
    let chosen = survey.listing.iter().find(|(it, _)| of_best(it));
    let chosen = chosen.map_or("", |(_, loaded)| loaded.name.as_str());
    let row = |(closeness, loaded): &(Specificity, LoadedSpec)| {
        let entry = entry_of(loaded, lookup.targets);
        let new = |standing, why: &str| Considered::new(&loaded.name, standing, entry, why);
        match best.and_then(|best| best.rule_over(*closeness)) {
            None if count > 1 => new(Standing::Tied, "another spec lists it equally closely")
                .mend(&find::how_to_untie(lookup.caller)),
            None => new(
                Standing::Chosen,
                second
                    .and_then(|second| closeness.rule_over(second))
                    .map_or("it alone lists it", wins),
            ),
            Some(rule) if count > 1 => new(Standing::Lists, loses(rule)),
            Some(rule) => new(
                Standing::Lists,
                &format!("`{chosen}` comes first: {}", wins(rule)),
            ),
        }
    };
    let (mut first, mut rest): (Vec<Considered>, Vec<Considered>) = Default::default();
    for row in survey.listing.iter().map(row) {
        match row.standing {
            Standing::Lists => rest.push(row),
            _ => first.push(row),
        }
    }
    first.append(&mut rest);
    first
}

fn wins(rule: Rule) -> &'static str {
    match rule {
        Rule::ExactHost => "an exact host comes before a wildcard",
        Rule::LongerPath => "a longer path comes before a shorter one",
        Rule::SamePath => {
            "a path written like the caller's comes before one that differs in `.git`"
        }
        Rule::User => "the user name decides",
        Rule::SchemeOrPort => "a written scheme or port comes before none",
    }
}

fn loses(rule: Rule) -> &'static str {
    match rule {
        Rule::ExactHost => "an exact host comes before this wildcard",
        Rule::LongerPath => "a longer path comes before this one",
        Rule::SamePath => "a path written like the caller's comes before this one",
        Rule::User => "another spec's user name is closer",
        Rule::SchemeOrPort => "a written scheme or port comes before this",
    }
}

/// A spec that does not list the target for the caller.
fn row_of(loaded: &LoadedSpec, request: &Request, lookup: Lookup<'_>) -> Considered {
    let spec = &loaded.spec;
    let new = |standing, entry: Option<&Pattern>, why: &str| {
        Considered::new(&loaded.name, standing, entry, why)
    };
    let caller = lookup.caller;
    if spec.specificity(lookup.targets).is_some() {
        let why = format!("its `callers` leave {caller} out");
        let mend = format!("add \"{caller}\" to its `callers`");
        return new(Standing::Near, entry_of(loaded, lookup.targets), &why).mend(&mend);
    }
    if let Some((near, entry, target)) = find::near_entry(loaded, lookup.targets) {
        let no_path = format!("the spec lists a path, and {caller} names none");
        let why = match near {
            NearMiss::NoPath => no_path.as_str(),
            NearMiss::LetterCase => "upper and lower case differ",
            NearMiss::GitSuffix => "it differs in `.git`",
            NearMiss::Port => "another port",
            NearMiss::Scheme => "another scheme",
        };
        let mend = match near {
            NearMiss::NoPath => {
                let command = request.request.how_to_send_a_path();
                let command = command.map(|command| format!("`{command}`"));
                command.or_else(|| find::without_path(caller, &*request.request))
            }
            _ => Some(find::mend(entry, target)),
        };
        let row = new(Standing::Near, Some(entry), why);
        return match mend {
            Some(mend) => row.mend(mend.trim_start_matches("; ")),
            None => row,
        };
    }
    let at = |test: &dyn Fn(&Pattern, &Target) -> bool| {
        let mut patterns = spec.targets.iter();
        patterns.find(|entry| lookup.targets.iter().any(|target| test(entry, target)))
    };
    if let Some(entry) = at(&Pattern::misses_a_label)
        && let Some(target) = lookup.targets.first()
    {
        let mend = find::mend(entry, target);
        let why = "`*.` stands for exactly one label";
        return new(Standing::Near, Some(entry), why).mend(mend.trim_start_matches("; "));
    }
    if let Some(entry) = at(&Pattern::is_at_host) {
        return new(
            Standing::Other,
            Some(entry),
            "another path or port of this host",
        );
    }
    match spec.targets.is_empty() {
        true => new(
            Standing::Other,
            None,
            "it lists no target: it serves where it is named",
        ),
        false => new(Standing::Other, None, "it lists other hosts"),
    }
}

/// The entry of `targets` that matches most specifically.
fn entry_of<'a>(loaded: &'a LoadedSpec, targets: &[Target]) -> Option<&'a Pattern> {
    let best = loaded.spec.specificity(targets)?;
    let mut patterns = loaded.spec.targets.iter();
    patterns.find(|pattern| {
        targets
            .iter()
            .any(|target| pattern.matches(target) == Some(best))
    })
}

/// Whether an error is the person's, who named no spec and no target.
pub(super) fn is_usage(error: &Error, lookup: Lookup<'_>) -> bool {
    lookup.targets.is_empty() && matches!(error.code, Code::SpecNotFound | Code::Usage)
}
