//! Which spec a target finds: the closest, never a guess between two, and never silence about one that is broken.

use keyfob::find::{self, Lookup};
use keyfob::target::Target;
use keyfob::world::SpecFile;
use keyfob::world::files::FileError;

use super::world::Fake;

fn spec(targets: &str) -> String {
    format!(
        r#"{{"provider":"client_credentials","token_url":"https://id.example.com/token","targets":[{targets}]}}"#
    )
}

/// Which of these specs serves the target, or why none.
fn found(specs: &[(&str, &str)], target: &str) -> Result<String, String> {
    let world = Fake::new();
    let named = |(name, content): &(&str, &str)| {
        let path = std::path::PathBuf::from(format!("{name}.json"));
        let content = match *content {
            broken if broken.starts_with('{') => broken.to_owned(),
            targets => spec(targets),
        };
        let mut files = world.files.borrow_mut();
        files.insert(path.clone(), content.clone());
        SpecFile {
            path,
            name: (*name).to_owned(),
            content: match *name {
                "unsafe" => Err(FileError::NotOurs("other users can write it".into())),
                _ => Ok(content.into()),
            },
        }
    };
    *world.specs.borrow_mut() = specs.iter().map(named).collect();
    let found = find::by_target(
        &world,
        Lookup::new("git", &[Target::parse(target).unwrap()]),
    );
    // A spec that others could have written is looked at, to see whether it was meant; nothing else is touched.
    let mut effects = world.effects();
    effects.retain(|effect| effect != "read unsafe.json");
    assert_eq!(effects, Vec::<String>::new(), "looking has effects");
    match found {
        Ok(found) => match find::validate(&found.spec) {
            Ok(()) => Ok(found.name),
            Err(error) => Err(format!("{}: {}", error.code.as_str(), error.sentence)),
        },
        Err(error) => Err(format!("{}: {}", error.code.as_str(), error.sentence)),
    }
}

fn serves(name: &str) -> Result<String, String> {
    Ok(name.to_owned())
}

#[test]
fn the_longest_path_wins_in_whichever_order_they_lie() {
    let mut specs = vec![
        ("all", r#""git.example.com""#),
        ("team", r#""https://git.example.com/team""#),
        ("deep", r#""https://git.example.com/team/deep""#),
    ];
    for _ in 0..3 {
        specs.rotate_left(1);
        let serving = |target| found(&specs, target);
        assert_eq!(serving("https://git.example.com/other/r"), serves("all"));
        assert_eq!(serving("https://git.example.com/team/r"), serves("team"));
        assert_eq!(serving("https://git.example.com/team/deep"), serves("deep"));
        assert_eq!(
            serving("https://git.example.com/team/deeper"),
            serves("team")
        );
        assert_eq!(serving("https://git.example.com/teams"), serves("all"));
    }
}

#[test]
fn an_exact_host_wins_over_a_wildcard_with_a_longer_path() {
    let specs = [
        ("wild", r#""https://*.example.com/team/deep""#),
        ("exact", r#""git.example.com""#),
    ];
    assert_eq!(
        found(&specs, "https://git.example.com/team/deep"),
        serves("exact")
    );
    assert_eq!(
        found(&specs, "https://hub.example.com/team/deep"),
        serves("wild")
    );
}

#[test]
fn a_tie_names_both_and_serves_neither() {
    for (one, other) in [
        (r#""git.example.com""#, r#""git.example.com""#),
        (
            r#""git.example.com""#,
            r#""GIT.example.com", "x.example.com""#,
        ),
        (
            r#""https://git.example.com/team""#,
            r#""https://git.example.com/team/""#,
        ),
    ] {
        let specs = [("a", one), ("zebra", r#""*.example.com""#), ("b", other)];
        assert_eq!(
            found(&specs, "https://git.example.com/team/r")
                .map_err(|error| error.replace("/team/r", "")),
            Err(
                "target-ambiguous: specs `a` and `b` list https://git.example.com equally closely"
                    .to_owned()
            )
        );
    }
}

#[test]
fn what_no_spec_lists_is_said_to_be_so() {
    let specs = [("one", r#""git.example.com""#)];
    for target in [
        "https://example.com",
        "https://git.example.com.evil.example",
    ] {
        assert_eq!(
            found(&specs, target),
            Err(format!("target-not-listed: no spec lists {target}"))
        );
    }
    assert!(found(&[], "https://example.com").is_err());
}

/// A spec that cannot be used, since it has a member too many.
const BROKEN: &str =
    r#"{"provider":"client_credentials","targets":["git.example.com"],"tokn_url":""}"#;

#[track_caller]
fn stopped_by(specs: &[(&str, &str)], target: &str, told: &str) {
    let error = found(specs, target).unwrap_err();
    assert!(error.starts_with(told), "{target}: {error}");
}

#[test]
fn a_broken_spec_that_alone_lists_the_target_is_told_rather_than_passed_over() {
    let told = "spec-invalid: spec `broken`: ";
    stopped_by(&[("broken", BROKEN)], "https://git.example.com", told);
    stopped_by(&[("broken", BROKEN)], "https://git.example.com/team", told);
    let beside = [("broken", BROKEN), ("good", r#""hub.example.com""#)];
    stopped_by(&beside, "https://git.example.com", told);
    for targets in [
        r#"["*.example.com"]"#,
        r#"["https://git.example.com/team", 7]"#,
        r#"["no host", "GIT.example.com:443"]"#,
    ] {
        let broken = BROKEN.replace(r#"["git.example.com"]"#, targets);
        stopped_by(&[("broken", &broken)], "https://git.example.com/team", told);
    }
}

/// A hit is not to pay for the reading of the grant.
#[test]
fn a_spec_that_alone_lists_the_target_is_found_without_its_grant_being_read() {
    let world = Fake::new();
    *world.specs.borrow_mut() = vec![SpecFile {
        path: "broken.json".into(),
        name: "broken".to_owned(),
        content: Ok(BROKEN.into()),
    }];
    let target = Target::parse("https://git.example.com").unwrap();
    let found = find::by_target(&world, Lookup::new("git", &[target])).unwrap();
    assert_eq!(found.name, "broken");
    let sentence = find::validate(&found.spec).unwrap_err().sentence;
    assert!(sentence.contains("is missing"), "{sentence}");
}

#[test]
fn a_target_may_be_written_with_escapes() {
    let specs = [("escaped", r#""git.\u0065xample.\u006frg""#)];
    assert_eq!(found(&specs, "https://git.example.org"), serves("escaped"));
}

#[test]
fn where_a_sound_spec_lists_the_target_a_broken_one_is_in_nobodys_way() {
    let team = BROKEN.replace("git.example.com", "https://git.example.com/team");
    for broken in [BROKEN, &team, "{\"targets\":[\"git.example.com\"]"] {
        let mut specs = vec![("broken", broken), ("wide", r#""*.example.com""#)];
        for _ in 0..2 {
            specs.rotate_left(1);
            assert_eq!(
                found(&specs, "https://git.example.com/team"),
                serves("wide")
            );
        }
    }
}

#[test]
fn a_broken_spec_that_speaks_of_the_host_elsewhere_is_in_nobodys_way() {
    for broken in [
        r#"{"token_url":"https://git.example.com/token","targets":["hub.example.com"],"x":1}"#,
        r#"{"token_url":"https://git.example.com/token"}"#,
        r#"{"targets":"git.example.com"}"#,
        r#"{"targets":["notgit.example.com","git.example.com.evil.example"]}"#,
        r#"{"targets":["https://git.example.com/team"]}"#,
        r#"{"targets":["git.example.com:8443"]}"#,
        r#"{"targets":["*.git.example.com"]}"#,
        // No JSON: the host as a word of its own within the targets.
        r#"{"token_url":"https://git.example.com/token","targets":["hub.example.com"],}"#,
        r#"{"targets":["hub.example.com"],"token_url":"https://git.example.com/token",}"#,
        r#"{"targets":["notgit.example.com","git.example.com.evil.example",]}"#,
        r#"{"token_url":"https://git.example.com/token","#,
    ] {
        let told = "target-not-listed: ";
        stopped_by(&[("broken", broken)], "https://git.example.com", told);
    }
}

#[test]
fn a_spec_that_is_no_json_stops_what_its_targets_name_as_a_word() {
    for broken in [
        r#"{"targets":["git.example.com"],}"#,
        r#"{"targets": [ "hub.example.com", "https://GIT.example.com/team" "#,
        r#"{"targets":["git.example.com:443"] "provider":"static"}"#,
    ] {
        let told = "spec-invalid: spec `broken`: ";
        stopped_by(&[("broken", broken)], "https://git.example.com/team", told);
    }
}

#[test]
fn a_spec_that_somebody_else_could_have_written_serves_nothing() {
    let specs = [
        ("unsafe", r#""git.example.com""#),
        ("good", r#""hub.example.com""#),
    ];
    assert_eq!(found(&specs, "https://hub.example.com"), serves("good"));
    stopped_by(&specs, "https://git.example.com", "spec-unsafe: ");
    stopped_by(&specs, "https://other.example.com", "target-not-listed: ");
    let both = [
        ("unsafe", r#""git.example.com""#),
        ("good", r#""*.example.com""#),
    ];
    assert_eq!(found(&both, "https://git.example.com"), serves("good"));
}

#[test]
fn specs_that_stand_on_one_another_too_deep_are_told_before_any_lock() {
    let world = Fake::new();
    let nested = |depth: usize| {
        let end = r#"{"env":"X"}"#.to_owned();
        (0..depth).fold(end, |source, _| {
            format!(
                r#"{{"token":{{"provider":"client_credentials","token_url":"https://id.example.com/token","client_id":"ci","client_secret":{source}}}}}"#
            )
        })
    };
    let spec = |depth: usize| {
        nested(depth + 1)
            .strip_prefix(r#"{"token":"#)
            .and_then(|spec| spec.strip_suffix('}'))
            .unwrap()
            .to_owned()
    };
    assert_eq!(world.obtain_for(&spec(6), 0), Err("spec-invalid"));
    assert_eq!(world.effects(), ["look"]);
    assert_eq!(world.obtain_for(&spec(5), 0), Err("secret-missing"));
}
