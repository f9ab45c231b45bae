//! `buildkite/`: the plugin's hooks, sourced by a wrapper that keeps what they export, as the agent does it; the agent itself is a stub that
//! keeps what it is to redact.

use std::fs;

use super::{
    Job, KEY, TOKEN, Variables, failed_in_keyfobs_words, names_in, path, ready, variables,
};
use crate::support::Output;

struct Agent {
    job: Job,
    environment: Variables,
}

impl Agent {
    fn new(configuration: &[(&str, &str)]) -> Self {
        Self::of(Job::new(), configuration)
    }

    fn of(job: Job, configuration: &[(&str, &str)]) -> Self {
        job.home.script(
            "buildkite-agent",
            "PATH=/usr/bin:/bin; [ \"$*\" = 'redactor add --format none' ] || exit 9\ncat >>\"$HOME/redacted\"; printf '\\0' >>\"$HOME/redacted\"",
        );
        let mut environment = variables(&[
            ("API_SECRET", "s3cret"),
            ("BUILDKITE_JOB_ID", "0190-7"),
            ("BUILDKITE_PLUGIN_KEYFOB_SPEC", "ci/api.json"),
        ]);
        environment.extend(variables(configuration));
        Self { job, environment }
    }

    /// Runs a hook; what it exports stays for the hooks after it.
    fn hook(&mut self, name: &str) -> Output {
        let wrapper = format!(
            ". {}\nstatus=$?\nenv -0 >\"$TMPDIR/after\"\nexit $status\n",
            path("buildkite/hooks").join(name).display()
        );
        let output = self.job.script(&["bash"], &wrapper, &self.environment);
        let after = self.job.home.path("tmp/after");
        if let Ok(text) = fs::read_to_string(&after) {
            fs::remove_file(after).unwrap();
            let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            self.environment = pairs.collect();
        }
        output
    }

    /// What the agent was told to redact.
    fn redacted(&self) -> Vec<String> {
        let text = fs::read_to_string(self.job.home.path("home/redacted")).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    fn command(&self, script: &str) -> Output {
        self.job.script(&["bash", "-e"], script, &self.environment)
    }
}

#[test]
fn the_command_has_the_token_the_agent_redacts_it_and_pre_exit_gives_it_back() {
    if !ready(&[]) {
        return;
    }
    let mut agent = Agent::new(&[
        ("BUILDKITE_PLUGIN_KEYFOB_ENV", "API_TOKEN"),
        ("BUILDKITE_PLUGIN_KEYFOB_REVOKE", "true"),
    ]);
    let before = agent.hook("pre-command");
    assert_eq!((before.answer(), before.stderr.as_str()), ("", ""));
    assert_eq!(agent.redacted(), [TOKEN]);
    let command = agent.command("printenv API_TOKEN; keyfob run -- printenv KEYFOB_TOKEN");
    assert_eq!(command.answer(), format!("{TOKEN}\n{TOKEN}\n"));
    assert!(!agent.environment.contains_key("keyfob_token"));
    let exit = agent.hook("pre-exit");
    assert_eq!((exit.answer(), exit.stderr.as_str()), ("", ""));
    assert_eq!(agent.job.asked(), ["/token", "/revoke"]);
    assert_eq!(agent.job.given_back(), [TOKEN]);
    assert_eq!(names_in(&agent.job.home.path("tmp"), "keyfob"), [""; 0]);
    agent.job.leaves_the_users_cache_alone();
    agent.job.kept_the_token_out_of_arguments();
}

#[test]
fn each_value_of_a_token_of_several_is_redacted() {
    if !ready(&[]) {
        return;
    }
    let mut agent = Agent::new(&[]);
    agent.job.keys();
    assert_eq!(agent.hook("pre-command").answer(), "");
    let whole = agent.environment["KEYFOB_TOKEN"].clone();
    assert!(whole.starts_with("{\"id\":\"ASIA0\","), "{whole}");
    let redacted = agent.redacted();
    for value in [&*whole, "ASIA0", KEY] {
        assert!(
            redacted.contains(&value.to_owned()),
            "{value}: {redacted:?}"
        );
    }
    assert_eq!(agent.job.asked(), ["/keys"]);
}

#[test]
fn an_agent_that_cannot_redact_gets_no_token_into_the_environment() {
    if !ready(&[]) {
        return;
    }
    let mut agent = Agent::new(&[]);
    agent.job.home.script("buildkite-agent", "exit 1");
    let before = agent.hook("pre-command");
    assert_ne!(before.status, 0);
    assert!(!agent.environment.contains_key("KEYFOB_TOKEN"));
    assert_eq!(before.stdout, "");
}

#[test]
fn a_provider_that_refuses_fails_the_hook() {
    if !ready(&[]) {
        return;
    }
    let mut agent = Agent::new(&[("BUILDKITE_PLUGIN_KEYFOB_REVOKE", "true")]);
    agent.job.refuse();
    failed_in_keyfobs_words(&agent.hook("pre-command"));
    assert!(!agent.job.home.path("home/redacted").exists());
    assert_eq!(
        agent.hook("pre-exit").answer(),
        "nothing to revoke: no token of spec `api` is cached\n"
    );
    assert_eq!(names_in(&agent.job.home.path("tmp"), "keyfob"), [""; 0]);
}

#[test]
fn nothing_is_given_back_unless_the_step_says_so_and_the_cache_goes_with_the_job() {
    if !ready(&[]) {
        return;
    }
    let mut agent = Agent::new(&[]);
    agent.hook("pre-command").answer();
    assert_eq!(agent.environment["KEYFOB_TOKEN"], TOKEN);
    assert_eq!(names_in(&agent.job.home.path("tmp"), "keyfob").len(), 1);
    assert_eq!(agent.hook("pre-exit").answer(), "");
    assert_eq!(agent.job.asked(), ["/token"]);
    assert_eq!(names_in(&agent.job.home.path("tmp"), "keyfob"), [""; 0]);
}

#[test]
fn a_token_that_is_not_taken_back_fails_the_job_and_the_cache_goes_all_the_same() {
    if !ready(&[]) {
        return;
    }
    let mut agent = Agent::new(&[("BUILDKITE_PLUGIN_KEYFOB_REVOKE", "true")]);
    agent.hook("pre-command").answer();
    agent.job.refuse();
    let exit = agent.hook("pre-exit");
    assert_eq!(exit.status, 1);
    assert!(exit.stderr.contains("(provider-unavailable)"), "{exit:?}");
    assert_eq!(names_in(&agent.job.home.path("tmp"), "keyfob"), [""; 0]);
}

#[test]
fn a_spec_in_a_container_that_others_can_write_or_own_serves_all_the_same() {
    if !ready(&[]) {
        return;
    }
    for job in Job::exposed() {
        let mut agent = Agent::of(job, &[("BUILDKITE_PLUGIN_KEYFOB_REVOKE", "true")]);
        for hook in ["pre-command", "pre-exit"] {
            let output = agent.hook(hook);
            assert_eq!((output.answer(), output.stderr.as_str()), ("", ""));
        }
        assert_eq!(agent.job.given_back(), [TOKEN]);
    }
}

#[test]
fn an_agent_without_keyfob_fetches_it_for_the_job() {
    if !ready(&["curl"]) {
        return;
    }
    let (mut job, release) = Job::bare();
    let path = format!("{}:{}", job.home.bin().display(), job.home.variable("PATH"));
    fs::remove_file(job.home.bin().join("keyfob")).unwrap();
    job.home.set("PATH", &path);
    let checksum = release.checksum();
    let mut agent = Agent::of(
        job,
        &[
            (
                "BUILDKITE_PLUGIN_KEYFOB_VERSION",
                super::release_page::VERSION,
            ),
            ("BUILDKITE_PLUGIN_KEYFOB_CHECKSUM", &checksum),
            ("BUILDKITE_PLUGIN_KEYFOB_RELEASES", &release.page.url()),
            ("BUILDKITE_PLUGIN_KEYFOB_REVOKE", "true"),
        ],
    );
    let before = agent.hook("pre-command");
    assert_eq!((before.answer(), before.stderr.as_str()), ("", ""));
    assert_eq!(agent.redacted(), [TOKEN]);
    let command = agent.command("printenv KEYFOB_TOKEN; docker-credential-keyfob version");
    assert!(command.answer().starts_with(TOKEN));
    assert!(!agent.environment.contains_key("KEYFOB_CHECKSUM"));
    let exit = agent.hook("pre-exit");
    assert_eq!((exit.answer(), exit.stderr.as_str()), ("", ""));
    assert_eq!(agent.job.given_back(), [TOKEN]);
    assert_eq!(names_in(&agent.job.home.path("tmp"), "keyfob"), [""; 0]);
    assert_eq!(
        agent.environment["PATH"], path,
        "nothing is looked for in what is gone"
    );

    // The hook fails after the token was obtained: what it would have exported is not.
    agent.job.home.script("buildkite-agent", "exit 1");
    assert_ne!(agent.hook("pre-command").status, 0);
    let exit = agent.hook("pre-exit");
    assert_eq!((exit.answer(), exit.stderr.as_str()), ("", ""));
    assert_eq!(agent.job.given_back(), [TOKEN, TOKEN]);
    assert_eq!(agent.environment["PATH"], path);

    agent.environment.insert(
        "BUILDKITE_PLUGIN_KEYFOB_CHECKSUM".to_owned(),
        "0".repeat(64),
    );
    let before = agent.hook("pre-command");
    assert!(
        before.stderr.contains(" is not what KEYFOB_CHECKSUM says"),
        "{before:?}"
    );
    assert_eq!(before.status, 1);
    agent.hook("pre-exit").answer();
    assert_eq!(names_in(&agent.job.home.path("tmp"), "keyfob"), [""; 0]);
}
