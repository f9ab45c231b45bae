//! `gitlab-ci/`: inputs are interpolated as GitLab does it, variables expanded as its runner does it; `before_script` and `script` are one
//! shell, bash or a POSIX sh, and `after_script` is another.

use serde_json::{Value, json};

use super::{Job, TOKEN, Variables, documents, failed_in_keyfobs_words, filled, ready, variables};
use crate::support::{Output, need};

/// The shells in which a runner runs jobs, with the options that it sets.
const SHELLS: [(&str, &str); 2] = [("bash", "set -eo pipefail\n"), ("dash", "set -e\n")];

/// The job `.keyfob`, with these inputs.
#[track_caller]
fn hidden_job(inputs: &[(&str, &str)]) -> Value {
    let read = documents("gitlab-ci/template.yml");
    let [header, content] = read.as_slice() else {
        panic!("a header and a content");
    };
    let declared = header["spec"]["inputs"].as_object().unwrap();
    let given = variables(inputs);
    assert!(given.keys().all(|name| declared.contains_key(name)));
    let value = |name: &str| {
        let name = name.strip_prefix("inputs.")?;
        let default = &declared.get(name)?["default"];
        let given = given.get(name).cloned();
        given.or_else(|| {
            default
                .as_str()
                .map(str::to_owned)
                .or_else(|| default.as_bool().map(|value| value.to_string()))
        })
    };
    fn fill(node: &Value, value: &dyn Fn(&str) -> Option<String>) -> Value {
        match node {
            Value::String(text) => filled(text, "$[[", "]]", value).into(),
            Value::Array(items) => items.iter().map(|item| fill(item, value)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), fill(member, value)))
                .collect(),
            other => other.clone(),
        }
    }
    fill(&content[".keyfob"], &value)
}

fn lines(job: &Value, name: &str) -> String {
    let lines = job[name].as_array().unwrap();
    lines
        .iter()
        .map(|line| format!("{}\n", line.as_str().unwrap()))
        .collect()
}

/// A job that extends `.keyfob`: what its script and what its `after_script` said.
fn run_job(
    job: &Job,
    shell: (&str, &str),
    inputs: &[(&str, &str)],
    script: &str,
) -> (Output, Output) {
    let hidden = hidden_job(inputs);
    let project = job.home.home().to_str().unwrap().to_owned();
    let mut all = variables(&[
        ("CI_PROJECT_DIR", &project),
        ("CI_JOB_ID", "7"),
        ("API_SECRET", "s3cret"),
    ]);
    let known: Variables = all.clone();
    for (name, value) in hidden["variables"].as_object().unwrap() {
        let text = value.as_str().map_or_else(
            || {
                assert_eq!(value["expand"], false);
                value["value"].as_str().unwrap().to_owned()
            },
            |text| {
                known.iter().fold(text.to_owned(), |text, (name, value)| {
                    text.replace(&format!("${name}"), value)
                })
            },
        );
        all.insert(name.clone(), text);
    }
    let (program, options) = shell;
    let run = |body: String| job.script(&[program], &format!("{options}{body}"), &all);
    let main = run(lines(&hidden, "before_script") + script);
    (main, run(lines(&hidden, "after_script")))
}

#[test]
fn the_script_has_the_token_and_the_end_of_the_job_gives_it_back() {
    if !ready(&[]) {
        return;
    }
    for shell in SHELLS {
        if !need(&[shell.0]) {
            continue;
        }
        let job = Job::new();
        let inputs = [
            ("spec", "ci/api.json"),
            ("variable", "API_TOKEN"),
            ("revoke", "true"),
        ];
        let (main, after) = run_job(
            &job,
            shell,
            &inputs,
            "printenv API_TOKEN; test -z \"${keyfob_export:-}\"",
        );
        assert_eq!(
            (main.answer(), main.stderr.as_str()),
            (format!("{TOKEN}\n").as_str(), "")
        );
        assert_eq!((after.answer(), after.stderr.as_str()), ("", ""));
        assert_eq!(job.given_back(), [TOKEN]);
        assert_eq!(
            super::names_in(&job.home.path("home.tmp"), "keyfob-"),
            [""; 0]
        );
        job.leaves_the_users_cache_alone();
        job.kept_the_token_out_of_arguments();
    }
}

#[test]
fn the_job_says_nothing_of_the_token_by_itself_and_gives_nothing_back_unless_told() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    let (main, after) = run_job(&job, SHELLS[0], &[("spec", "ci/api.json")], "true");
    assert_eq!((main.answer(), main.stderr.as_str()), ("", ""));
    assert_eq!((after.answer(), after.stderr.as_str()), ("", ""));
    assert_eq!(job.asked(), ["/token"]);
    assert_eq!(
        super::names_in(&job.home.path("home.tmp"), "keyfob-"),
        [""; 0]
    );
}

#[test]
fn a_provider_that_refuses_fails_the_job_before_its_script() {
    if !ready(&[]) {
        return;
    }
    for shell in SHELLS {
        if !need(&[shell.0]) {
            continue;
        }
        let job = Job::new();
        job.refuse();
        let (main, after) = run_job(
            &job,
            shell,
            &[("spec", "ci/api.json"), ("revoke", "true")],
            "echo t0ken ran",
        );
        failed_in_keyfobs_words(&main);
        assert_eq!(
            after.answer(),
            "nothing to revoke: no token of spec `api` is cached\n"
        );
    }
}

#[test]
fn an_inline_spec_arrives_as_it_is_written() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    let mut spec: Value =
        serde_json::from_slice(&std::fs::read(job.home.path("home/ci/api.json")).unwrap()).unwrap();
    spec["description"] = json!("costs $5 and \"more\"");
    let (main, _) = run_job(
        &job,
        SHELLS[0],
        &[("spec", &spec.to_string())],
        "printenv KEYFOB_TOKEN",
    );
    assert_eq!(main.answer(), format!("{TOKEN}\n"));
}

#[test]
fn a_spec_in_a_container_that_others_can_write_or_own_serves_all_the_same() {
    if !ready(&[]) {
        return;
    }
    for job in Job::exposed() {
        for shell in SHELLS {
            if !need(&[shell.0]) {
                continue;
            }
            let inputs = [("spec", "ci/api.json"), ("revoke", "true")];
            let (main, after) = run_job(&job, shell, &inputs, "printenv KEYFOB_TOKEN");
            let said = (main.answer(), main.stderr.as_str());
            assert_eq!(said, (format!("{TOKEN}\n").as_str(), ""));
            assert_eq!((after.answer(), after.stderr.as_str()), ("", ""));
            assert_eq!(job.given_back().last().map(String::as_str), Some(TOKEN));
        }
    }
}

#[test]
fn a_job_whose_image_lacks_keyfob_fetches_it_and_takes_it_away_again() {
    if !ready(&["curl"]) {
        return;
    }
    for shell in SHELLS {
        if !need(&[shell.0]) {
            continue;
        }
        let (job, release) = Job::bare();
        let fetched = release.inputs();
        let mut inputs: Vec<(&str, &str)> = fetched
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        inputs.extend([("spec", "ci/api.json"), ("revoke", "true")]);
        let script = "docker-credential-keyfob version >&2; printenv KEYFOB_TOKEN";
        let (main, after) = run_job(&job, shell, &inputs, script);
        assert_eq!(main.answer(), format!("{TOKEN}\n"), "{}", main.stderr);
        assert!(
            main.stderr.contains(super::release_page::VERSION),
            "{}",
            main.stderr
        );
        assert_eq!((after.answer(), after.stderr.as_str()), ("", ""));
        assert_eq!(job.given_back(), [TOKEN]);
        assert_eq!(super::names_in(&job.home.path("home.tmp"), ""), [""; 0]);

        inputs[1].1 = "";
        let (main, _) = run_job(&job, shell, &inputs, "echo ran");
        assert_eq!((main.status, main.stdout.as_str()), (1, ""));
        assert!(
            main.stderr
                .starts_with("keyfob-fetch: error: KEYFOB_CHECKSUM has no SHA-256")
        );
    }
}
