//! `github-actions/`: the composite actions, run as GitHub's runner runs them: inputs are filled into `env` only, the script is a file of
//! `bash --noprofile --norc -e -o pipefail`, and the files of each step are read when it has ended.

use std::fs;

use serde_json::Value;

use super::release_page::VERSION;
use super::{
    Job, TOKEN, Variables, documents, failed_in_keyfobs_words, filled, path, ready, strings,
    variables,
};
use crate::formats::github::{masks, pairs};
use crate::support::Output;

/// A job: what its steps have in their environment, grown by what they wrote into the runner's files.
struct Runner {
    job: Job,
    environment: Variables,
    added_to_path: Vec<String>,
}

/// What came of a step.
struct Step {
    output: Output,
    outputs: Variables,
}

impl Runner {
    fn new() -> Self {
        Self::of(Job::new())
    }

    fn of(job: Job) -> Self {
        let temporary = job.home.path("tmp/runner");
        fs::create_dir(&temporary).unwrap();
        let environment = variables(&[("RUNNER_TEMP", temporary.to_str().unwrap())]);
        Self {
            job,
            environment,
            added_to_path: Vec::new(),
        }
    }

    /// Runs a step's script with its own variables, then reads its files.
    fn step(&mut self, script: &str, own: &Variables) -> Step {
        let mut all = self.environment.clone();
        all.extend(own.clone());
        for (variable, file) in [
            ("GITHUB_ENV", "env"),
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_PATH", "path"),
        ] {
            let file = self.job.home.write(&format!("tmp/{file}"), "");
            all.insert(variable.to_owned(), file.to_str().unwrap().to_owned());
        }
        let added = self.added_to_path.iter().rev().cloned();
        let path: Vec<String> = added.chain([self.job.home.variable("PATH")]).collect();
        all.insert("PATH".to_owned(), path.join(":"));
        let shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"];
        let output = self.job.script(&shell, script, &all);
        let read = |name: &str| fs::read_to_string(self.job.home.path("tmp").join(name)).unwrap();
        let outputs = pairs(&read("output")).into_iter().collect();
        let path = read("path");
        self.environment.extend(pairs(&read("env")));
        self.added_to_path.extend(path.lines().map(str::to_owned));
        Step { output, outputs }
    }

    /// A composite action with these inputs; the secrets are the calling step's `env`. Its outputs are read as the manifest says.
    fn action(&mut self, folder: &str, inputs: &[(&str, &str)]) -> Step {
        let manifest = &documents(&format!("{folder}/action.yml"))[0];
        let mut given: Variables = variables(inputs);
        for (name, input) in manifest["inputs"].as_object().unwrap() {
            if let Some(default) = input["default"].as_str() {
                given.entry(name.clone()).or_insert(default.to_owned());
            }
            let required = input["required"] == Value::Bool(true);
            assert!(!required || given.contains_key(name), "{name} is required");
        }
        let steps = manifest["runs"]["steps"].as_array().unwrap();
        let [step] = steps.as_slice() else {
            panic!("one step is enough");
        };
        assert_eq!(step["shell"], "bash");
        let input = |expression: &str| given.get(expression.strip_prefix("inputs.")?).cloned();
        let mut own = variables(&[("API_SECRET", "s3cret")]);
        let action = path(folder).to_str().unwrap().to_owned();
        own.insert("GITHUB_ACTION_PATH".to_owned(), action);
        for (name, value) in strings(&step["env"]) {
            own.insert(name, filled(&value, "${{", "}}", &input));
        }
        let mut done = self.step(step["run"].as_str().unwrap(), &own);
        if manifest["outputs"]["token"]["value"] == "${{ steps.token.outputs[inputs.env] }}" {
            assert_eq!(step["id"], "token");
            let token = done.outputs.get(&given["env"]).cloned();
            done.outputs = token
                .map(|token| ("token".to_owned(), token))
                .into_iter()
                .collect();
        }
        done
    }

    fn token(&mut self, inputs: &[(&str, &str)]) -> Step {
        let inputs = [&[("spec", "ci/api.json")], inputs].concat();
        self.action("github-actions", &inputs)
    }

    fn revoke(&mut self) -> Step {
        self.action("github-actions/revoke", &[("spec", "ci/api.json")])
    }
}

#[test]
fn a_later_step_has_the_token_its_log_does_not_and_the_last_step_gives_it_back() {
    if !ready(&[]) {
        return;
    }
    let mut runner = Runner::new();
    let step = runner.token(&[("env", "API_TOKEN")]);
    assert_eq!((step.output.status, step.output.stderr.as_str()), (0, ""));
    let masks = masks(&step.output.stdout);
    assert_eq!(masks, [TOKEN], "and nothing else is in the log");
    assert_eq!(step.outputs, Variables::new());

    let later = runner.step("printenv API_TOKEN; keyfob status", &Variables::new());
    let (token, status) = later.output.answer().split_once('\n').unwrap();
    assert_eq!(token, TOKEN);
    assert!(
        status.starts_with("api\tclient_credentials\t"),
        "{status}: the cache is the job's"
    );
    let log = masks.iter().fold(later.output.stdout.clone(), |log, mask| {
        log.replace(mask, "***")
    });
    assert!(log.starts_with("***\n"));

    let last = runner.revoke();
    assert_eq!(
        (last.output.answer(), last.output.stderr.as_str()),
        ("", "")
    );
    assert_eq!(runner.job.given_back(), [TOKEN]);
    assert_eq!(runner.job.asked(), ["/token", "/revoke"]);
    runner.job.leaves_the_users_cache_alone();
    runner.job.kept_the_token_out_of_arguments();
}

#[test]
fn the_token_is_an_output_where_that_is_said() {
    if !ready(&[]) {
        return;
    }
    for (to, in_env) in [("output", false), ("both", true)] {
        let mut runner = Runner::new();
        let step = runner.token(&[("to", to)]);
        assert_eq!(masks(step.output.answer()), [TOKEN]);
        assert_eq!(step.outputs, variables(&[("token", TOKEN)]));
        assert_eq!(
            runner.environment.contains_key("KEYFOB_TOKEN"),
            in_env,
            "{to}"
        );
    }
}

#[test]
fn a_provider_that_refuses_fails_the_step_and_the_last_step_finds_nothing_to_give_back() {
    if !ready(&[]) {
        return;
    }
    let mut runner = Runner::new();
    runner.job.refuse();
    let step = runner.token(&[]);
    failed_in_keyfobs_words(&step.output);
    assert_eq!(step.output.stdout, "");
    assert!(!runner.environment.contains_key("KEYFOB_TOKEN"));
    let last = runner.revoke();
    assert_eq!(
        (last.output.answer(), last.output.stderr.as_str()),
        ("nothing to revoke: no token of spec `api` is cached\n", "")
    );
    assert_eq!(runner.job.given_back(), [""; 0]);
}

#[test]
fn a_token_that_is_not_taken_back_fails_the_last_step() {
    if !ready(&[]) {
        return;
    }
    let mut runner = Runner::new();
    runner.token(&[]).output.answer();
    runner.job.refuse();
    let last = runner.revoke();
    assert_eq!(last.output.status, 1);
    assert!(
        last.output.stderr.contains("(provider-unavailable)"),
        "{:?}",
        last.output
    );
}

#[test]
fn without_a_first_step_the_last_does_nothing() {
    if !ready(&[]) {
        return;
    }
    let mut runner = Runner::new();
    fs::remove_file(runner.job.home.bin().join("keyfob")).unwrap();
    assert_eq!(runner.revoke().output.answer(), "");
}

#[test]
fn inputs_are_never_words_of_the_shell() {
    if !ready(&[]) {
        return;
    }
    for name in ["$(id)", "A; id", "A B", "A\nB=1"] {
        let mut runner = Runner::new();
        let step = runner.token(&[("env", name)]);
        assert_eq!(
            (step.output.status, step.output.stdout.as_str()),
            (2, ""),
            "{name}"
        );
        assert!(step.output.stderr.contains(" (usage)\n"));
        assert_eq!(runner.job.asked(), [""; 0]);
    }
}

#[test]
fn a_machine_without_keyfob_fetches_it_for_this_step_and_the_later_ones() {
    if !ready(&["curl"]) {
        return;
    }
    let (job, release) = Job::bare();
    let mut runner = Runner::of(job);
    let inputs = release.inputs();
    let inputs: Vec<(&str, &str)> = inputs
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    let step = runner.token(&inputs);
    assert_eq!(
        (masks(step.output.answer()), step.output.stderr.as_str()),
        (vec![TOKEN.to_owned()], "")
    );
    let bin = format!("{}/keyfob/bin", runner.environment["RUNNER_TEMP"]);
    assert_eq!(runner.added_to_path, [bin], "later steps find it too");
    let later = runner.step("docker-credential-keyfob version", &Variables::new());
    assert!(later.output.answer().contains(VERSION));
    // As if the step had been cancelled before the runner read what it wrote.
    runner.added_to_path.clear();
    runner.revoke().output.answer();
    assert_eq!(runner.job.given_back(), [TOKEN]);
}

#[test]
fn a_machine_without_keyfob_runs_nothing_that_it_did_not_ask_for() {
    if !ready(&["curl"]) {
        return;
    }
    let (job, release) = Job::bare();
    let mut runner = Runner::of(job);
    let address = release.page.url();
    let zeros = "0".repeat(64);
    for (version, checksum, why) in [
        (
            "",
            "",
            "keyfob is not on PATH, and no version is named to fetch",
        ),
        (VERSION, "", "KEYFOB_CHECKSUM has no SHA-256 for "),
        (VERSION, &*zeros, " is not what KEYFOB_CHECKSUM says"),
        ("", &*zeros, "KEYFOB_VERSION is not a version"),
    ] {
        let inputs = [
            ("version", version),
            ("checksum", checksum),
            ("releases", &address),
        ];
        let step = runner.token(&inputs);
        assert_eq!((step.output.status, step.output.stdout.as_str()), (1, ""));
        assert!(step.output.stderr.contains(why), "{}", step.output.stderr);
    }
    assert_eq!(runner.added_to_path, [""; 0]);
    assert_eq!(runner.job.asked(), [""; 0]);
}

/// Whatever the workflow shows of the actions is what they take.
#[test]
fn the_workflow_names_inputs_that_there_are_and_its_last_step_always_runs() {
    if !ready(&[]) {
        return;
    }
    let workflow = &documents("github-actions/workflow.yml")[0];
    let steps = workflow["jobs"]["deploy"]["steps"].as_array().unwrap();
    let mut seen = 0;
    for step in steps {
        let uses = step["uses"].as_str().unwrap_or_default();
        let Some((_, folder)) = uses.split_once("keyfob/integrations/") else {
            continue;
        };
        seen += 1;
        let folder = folder.split('@').next().unwrap();
        let manifest = &documents(&format!("{folder}/action.yml"))[0];
        for name in step["with"].as_object().unwrap().keys() {
            assert!(
                !manifest["inputs"][name].is_null(),
                "{uses} takes no {name}"
            );
        }
        assert_eq!(step["if"] == "always()", folder.ends_with("revoke"));
    }
    assert_eq!(seen, 2);
    assert!(
        steps.last().unwrap()["uses"]
            .as_str()
            .unwrap()
            .contains("/revoke@")
    );
}

#[test]
fn a_spec_in_a_container_that_others_can_write_or_own_serves_all_the_same() {
    if !ready(&[]) {
        return;
    }
    for job in Job::exposed() {
        let mut runner = Runner::of(job);
        let step = runner.token(&[]);
        assert_eq!((step.output.status, step.output.stderr.as_str()), (0, ""));
        let last = runner.revoke();
        assert_eq!(
            (last.output.answer(), last.output.stderr.as_str()),
            ("", "")
        );
        assert_eq!(runner.job.given_back(), [TOKEN]);
    }
}
