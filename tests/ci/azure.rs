//! `azure-pipelines/`: the templates, expanded as Azure Pipelines does it, their scripts run by bash, and what they say read as the agent reads its
//! commands: anywhere in a line, unescaped, in the order of the lines.

use serde_json::Value;

use super::{
    Job, KEY, TOKEN, Variables, documents, failed_in_keyfobs_words, filled, path, ready, variables,
};
use crate::support::Output;

/// A command of the agent: `##vso[area.event name=value;…]data`.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    name: String,
    properties: Variables,
    data: String,
}

fn unescaped(text: &str) -> String {
    text.replace("%3B", ";")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%5D", "]")
        .replace("%AZP25", "%")
}

#[track_caller]
fn commands(stdout: &str) -> Vec<Command> {
    let command = |line: &str| {
        let (before, rest) = line
            .split_once("##vso[")
            .expect("a line that is no command");
        assert_eq!(before, "");
        let (head, data) = rest.split_once(']').unwrap();
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let properties = properties
            .split(';')
            .filter_map(|property| property.split_once('='));
        Command {
            name: name.to_owned(),
            properties: properties
                .map(|(name, value)| (name.to_owned(), unescaped(value)))
                .collect(),
            data: unescaped(data),
        }
    };
    stdout.lines().map(command).collect()
}

/// The only step of a template, with these parameters.
#[track_caller]
fn step(file: &str, parameters: &[(&str, &str)]) -> Value {
    let template = documents(&format!("azure-pipelines/{file}")).remove(0);
    let given = variables(parameters);
    let declared = template["parameters"].as_array().unwrap();
    let value = |expression: &str| {
        let name = expression.strip_prefix("parameters.")?;
        let parameter = declared
            .iter()
            .find(|parameter| parameter["name"] == name)?;
        given
            .get(name)
            .cloned()
            .or_else(|| parameter["default"].as_str().map(str::to_owned))
    };
    let [step] = template["steps"].as_array().unwrap().as_slice() else {
        panic!("one step is enough");
    };
    let mut step = step.clone();
    let mut env = serde_json::Map::new();
    for (name, text) in step["env"].as_object().unwrap() {
        let text = text.as_str().unwrap();
        if name == "${{ insert }}" {
            assert_eq!(text, "${{ parameters.secrets }}");
            env.insert("API_SECRET".to_owned(), "s3cret".into());
        } else {
            env.insert(name.clone(), filled(text, "${{", "}}", &value).into());
        }
    }
    step["env"] = env.into();
    step
}

/// Runs a step as the agent does, its variables expanded.
fn run(job: &Job, step: &Value) -> Output {
    let temporary = job.home.path("tmp/agent%temp");
    std::fs::create_dir_all(&temporary).unwrap();
    let known = |name: &str| {
        (name == "Agent.TempDirectory").then(|| temporary.to_str().unwrap().to_owned())
    };
    let env: Variables = super::strings(&step["env"])
        .into_iter()
        .map(|(name, value)| (name, filled(&value, "$(", ")", &known)))
        .collect();
    job.script(
        &["bash", "--noprofile", "--norc"],
        step["bash"].as_str().unwrap(),
        &env,
    )
}

const SPEC: (&str, &str) = ("spec", "ci/api.json");

#[test]
fn the_token_is_a_secret_variable_and_masked_before_that() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    let output = run(&job, &step("token.yml", &[SPEC, ("variable", "API_TOKEN")]));
    assert_eq!(output.stderr, "");
    let cache = job.home.path("tmp/agent%temp/keyfob");
    let command = |name: &str, properties: &[(&str, &str)], data: &str| Command {
        name: name.to_owned(),
        properties: variables(properties),
        data: data.to_owned(),
    };
    assert_eq!(
        commands(output.answer()),
        [
            command("task.setsecret", &[], TOKEN),
            command(
                "task.setvariable",
                &[("variable", "API_TOKEN"), ("issecret", "true")],
                TOKEN
            ),
            command(
                "task.setvariable",
                &[("variable", "KEYFOB_CACHE_DIR")],
                cache.to_str().unwrap()
            ),
        ]
    );
    let last = step("revoke.yml", &[SPEC]);
    assert_eq!(last["condition"], "always()");
    let last = run(&job, &last);
    assert_eq!((last.answer(), last.stderr.as_str()), ("", ""));
    assert_eq!(job.given_back(), [TOKEN]);
    job.leaves_the_users_cache_alone();
    job.kept_the_token_out_of_arguments();
}

#[test]
fn each_value_of_a_token_of_several_is_a_secret() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    job.keys();
    let output = run(&job, &step("token.yml", &[SPEC]));
    let said = commands(output.answer());
    let of = |name: &str| {
        let named = said.iter().filter(|command| command.name == name);
        named.map(|command| &*command.data).collect::<Vec<_>>()
    };
    let secrets = of("task.setsecret");
    for value in [of("task.setvariable")[0], "ASIA0", KEY] {
        assert!(secrets.contains(&value), "{value}: {secrets:?}");
    }
}

#[test]
fn a_provider_that_refuses_fails_the_step_and_no_command_is_said() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    job.refuse();
    let output = run(&job, &step("token.yml", &[SPEC]));
    failed_in_keyfobs_words(&output);
    assert_eq!(output.stdout, "");
    assert_eq!(
        run(&job, &step("revoke.yml", &[SPEC])).answer(),
        "nothing to revoke: no token of spec `api` is cached\n"
    );
}

#[test]
fn a_variables_name_cannot_end_the_command() {
    if !ready(&[]) {
        return;
    }
    let job = Job::new();
    for name in ["A]x", "A;issecret=false", "$(id)", "A B"] {
        let mut step = step("token.yml", &[SPEC]);
        step["env"]["KEYFOB_VARIABLE"] = name.replace('$', "").into();
        let output = run(&job, &step);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{name}");
    }
    assert_eq!(job.asked(), [""; 0]);
}

#[test]
fn the_pipeline_names_parameters_that_there_are() {
    if !ready(&[]) {
        return;
    }
    let pipeline = documents("azure-pipelines/azure-pipelines.yml").remove(0);
    let mut seen = 0;
    for step in pipeline["steps"].as_array().unwrap() {
        let Some(template) = step["template"].as_str() else {
            continue;
        };
        seen += 1;
        let file = template.rsplit('/').next().unwrap();
        assert!(path("azure-pipelines").join(file).is_file());
        let declared = documents(&format!("azure-pipelines/{file}"))[0]["parameters"].clone();
        for name in step["parameters"].as_object().unwrap().keys() {
            let known = declared
                .as_array()
                .unwrap()
                .iter()
                .any(|parameter| parameter["name"] == *name);
            assert!(known, "{file} takes no {name}");
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_spec_in_a_container_that_others_can_write_or_own_serves_all_the_same() {
    if !ready(&[]) {
        return;
    }
    for job in Job::exposed() {
        let output = run(&job, &step("token.yml", &[SPEC]));
        assert_eq!((output.status, output.stderr.as_str()), (0, ""));
        let last = run(&job, &step("revoke.yml", &[SPEC]));
        assert_eq!((last.answer(), last.stderr.as_str()), ("", ""));
        assert_eq!(job.given_back(), [TOKEN]);
    }
}

#[test]
fn an_agent_without_keyfob_fetches_it_and_later_tasks_find_it() {
    if !ready(&["curl"]) {
        return;
    }
    let (mut job, release) = Job::bare();
    let fetched = release.inputs();
    let mut parameters: Vec<(&str, &str)> = fetched
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    parameters.push(SPEC);
    let output = run(&job, &step("token.yml", &parameters));
    assert_eq!(output.stderr, "");
    let said = commands(output.answer());
    let bin = job.home.path("tmp/agent%temp/keyfob.bin");
    let bin = bin.to_str().unwrap().to_owned();
    let path = said
        .iter()
        .find(|command| command.name == "task.prependpath");
    assert_eq!(path.map(|command| &command.data), Some(&bin));
    // Before there is a token, and a step that is cancelled may not even say that.
    assert_eq!(said[0].name, "task.prependpath");
    run(&job, &step("revoke.yml", &[SPEC])).answer();
    assert_eq!(job.given_back(), [TOKEN]);
    run(&job, &step("token.yml", &parameters)).answer();
    // The agent does so.
    let path = format!("{bin}:{}", job.home.variable("PATH"));
    job.home.set("PATH", path);
    run(&job, &step("revoke.yml", &[SPEC])).answer();
    assert_eq!(job.given_back(), [TOKEN, TOKEN]);

    parameters[1].1 = "";
    let output = run(&job, &step("token.yml", &parameters));
    assert!(
        output.stderr.contains("KEYFOB_CHECKSUM has no SHA-256"),
        "{output:?}"
    );
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
}
