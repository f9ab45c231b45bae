//! Each near miss: the real git or skopeo fails, `explain` says why and how to mend it, and once that is done literally, both succeed.

use serde_json::{Value, json};

use super::{explain, facts};
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::git_server::{GitServer, PROGRAMS};
use crate::support::registry::{Authentication, Registry, configure_clients};
use crate::support::{Home, Provider, Tls, need, run};

/// A git server whose tokens a provider issues, and a git whose only helper is keyfob.
struct World {
    home: Home,
    server: GitServer,
    provider: Provider,
    _tls: Tls,
}

impl World {
    fn new() -> Option<Self> {
        if !need(&PROGRAMS) {
            return None;
        }
        let (mut home, tls) = (Home::new(), Tls::new());
        home.link("git-credential-keyfob");
        home.set(SECRET_VARIABLE, "s3cret")
            .set("GIT_TERMINAL_PROMPT", "0")
            .set("GIT_CONFIG_NOSYSTEM", "1")
            .set("GIT_SSL_CAINFO", &tls.ca_file);
        home.write("home/.gitconfig", "[credential]\n\thelper = keyfob\n");
        let server = GitServer::start(&home, &tls);
        let provider = numbering();
        server.accept(&["token-1"]);
        Some(Self {
            home,
            server,
            provider,
            _tls: tls,
        })
    }

    /// What git says, and whether it got in.
    fn git(&self) -> (String, bool) {
        let mut git = self.home.command("git");
        let output = run(git.args(["ls-remote", &self.server.url("basic")]), "");
        (output.stderr, output.status == 0)
    }

    fn explain(&self) -> (Value, bool) {
        facts(&self.home, &["git", &self.server.url("basic")])
    }

    /// git fails, and `explain` shows a spec with this standing and this mend.
    #[track_caller]
    fn advice(&self, spec: &str, standing: &str) -> String {
        let (said, got_in) = self.git();
        assert!(!got_in, "{said}");
        let (facts, would_try) = self.explain();
        assert!(!would_try, "{facts:#}");
        let rows = facts["considered"].as_array().unwrap();
        let is_meant = |row: &&Value| row["spec"] == spec && row["standing"] == standing;
        let row = rows.iter().find(is_meant);
        let row = row.unwrap_or_else(|| panic!("{facts:#}"));
        assert_eq!(self.provider.count(), 0, "nothing is asked");
        row["mend"].as_str().unwrap_or_default().to_owned()
    }

    /// `explain` finds the spec now, and git gets in.
    #[track_caller]
    fn works(&self, spec: &str) {
        let (facts, would_try) = self.explain();
        assert!(would_try, "{facts:#}");
        assert_eq!(facts["specs"][0]["spec"], spec);
        let (said, got_in) = self.git();
        assert!(got_in, "{said}");
        assert_eq!(said, "");
    }

    fn spec(&self, name: &str, targets: &[&str]) -> Value {
        let spec = spec(&self.provider, targets);
        self.home.spec(name, spec.to_string());
        spec
    }

    /// Does what a mend says: runs the command in it, or adds the text in quotes to the member.
    fn follow(&self, name: &str, mend: &str) {
        if let Some(command) = mend.strip_prefix('`').and_then(|it| it.strip_suffix('`')) {
            let words: Vec<&str> = command.split(' ').collect();
            run(self.home.command(words[0]).args(&words[1..]), "").answer();
            return;
        }
        let words = mend
            .strip_prefix("add \"")
            .unwrap_or_else(|| panic!("{mend}"));
        let (entry, rest) = words.split_once('"').unwrap();
        let member = rest.split('`').nth(1).unwrap();
        let file = self.home.config().join(format!("{name}.json"));
        let text = std::fs::read_to_string(file).unwrap();
        let mut spec: Value = serde_json::from_str(&text).unwrap();
        spec[member].as_array_mut().unwrap().push(json!(entry));
        self.home.spec(name, spec.to_string());
    }
}

/// Lets git name the path of this host's URLs.
fn name_paths(world: &World, host: &str) {
    let how = format!("credential.https://{host}.useHttpPath");
    let mut git = world.home.command("git");
    run(git.args(["config", "--global", &how, "true"]), "").answer();
}

#[test]
fn a_path_letter_case_a_port_or_a_scheme_is_mended_by_what_explain_says() {
    for differs in ["path", "case", "port", "scheme", "case-and-git"] {
        let Some(world) = World::new() else { return };
        let (host, target) = (world.server.host(), world.server.target("basic"));
        let listed = match differs {
            "path" => target.clone(),
            "case" => target.replace("/basic", "/Basic"),
            "port" => "127.0.0.1".to_owned(),
            "case-and-git" => format!("{target}/Repository"),
            _ => format!("http://{host}"),
        };
        world.spec("team", &[&listed]);
        if differs.starts_with("case") {
            name_paths(&world, &host);
        }
        let mend = world.advice("team", "near");
        // git itself shows it.
        let (said, _) = world.git();
        assert!(said.contains(&mend), "{mend}\n{said}");
        world.follow("team", &mend);
        world.works("team");
    }
}

#[test]
fn a_star_in_a_path_a_member_that_is_missing_and_a_file_that_others_can_write_are_named() {
    use std::os::unix::fs::PermissionsExt as _;
    for wrong in ["star", "member", "mode"] {
        let Some(world) = World::new() else { return };
        let host = world.server.host();
        let mut written = world.spec("team", &[&host]);
        let file = world.home.config().join("team.json");
        match wrong {
            "star" => written["targets"] = json!([format!("https://{host}/basic/*"), host]),
            "member" => drop(written.as_object_mut().unwrap().remove("token_url")),
            _ => {}
        }
        world.home.spec("team", written.to_string());
        if wrong == "mode" {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
        }
        // A spec that lists the target is chosen before it is read to its end.
        let (said, got_in) = world.git();
        assert!(!got_in, "{said}");
        let (facts, would_try) = world.explain();
        assert!(!would_try, "{facts:#}");
        let outcome = facts["outcome"].as_str().unwrap();
        assert!(
            said.contains(outcome),
            "git says {said}, and explain {outcome}"
        );
        let hint = facts["hint"].as_str().unwrap_or_default();
        match wrong {
            "star" => {
                assert!(
                    hint.contains("leave the `*` and what follows out"),
                    "{hint}"
                );
                written["targets"] = json!([format!("https://{host}/basic/"), host]);
            }
            "member" => {
                assert!(outcome.contains("`token_url`"), "{outcome}");
                written["token_url"] = json!(world.provider.at("/token"));
            }
            _ => {
                assert!(outcome.contains("chmod go-w"), "{outcome}");
                let mut chmod = world.home.command("chmod");
                run(chmod.arg("go-w").arg(&file), "").answer();
            }
        }
        if wrong != "mode" {
            world.home.spec("team", written.to_string());
        }
        world.works("team");
    }
}

#[test]
fn a_tie_is_ended_by_a_longer_path_or_by_a_user_name() {
    for by in ["path", "user"] {
        let Some(world) = World::new() else { return };
        let host = world.server.host();
        let mut one = world.spec("one", &[&host]);
        world.spec("other", &[&host]);
        let mend = world.advice("one", "tied");
        assert_eq!(mend, world.advice("other", "tied"));
        assert!(
            mend.contains("longer path") && mend.contains("`username`"),
            "{mend}"
        );
        if by == "path" {
            one["targets"] = json!([world.server.target("basic")]);
            name_paths(&world, &host);
            world.home.spec("one", one.to_string());
            world.works("one");
        } else {
            one["username"] = json!("robot");
            world.home.spec("one", one.to_string());
            let url = world
                .server
                .url("basic")
                .replace("https://", "https://robot@");
            let (facts, would_try) = facts(&world.home, &["git", &url]);
            assert!(would_try, "{facts:#}");
            assert_eq!(facts["considered"][0]["why"], "the user name decides");
            let mut git = world.home.command("git");
            run(git.args(["ls-remote", &url]), "").answer();
        }
    }
}

#[test]
fn callers_that_leave_git_out_are_shown_and_mended() {
    let Some(world) = World::new() else { return };
    let mut written = world.spec("team", &[&world.server.host()]);
    written["callers"] = json!(["docker"]);
    world.home.spec("team", written.to_string());
    let mend = world.advice("team", "near");
    assert_eq!(mend, "add \"git\" to its `callers`");
    world.follow("team", &mend);
    world.works("team");
}

#[test]
fn a_spec_in_the_environment_that_lists_other_targets_is_in_the_way() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.spec("team", &[&world.server.host()]);
    world.spec("ci", &["git.example.com"]);
    world.home.set("KEYFOB_SPEC", "ci");
    assert_eq!(world.advice("team", "near"), "unset KEYFOB_SPEC");
    let (said, _) = world.git();
    assert!(said.contains("spec `team` lists"), "{said}");
    assert!(said.contains("unset KEYFOB_SPEC"), "{said}");
    assert!(world.home.last_failure("git").contains("target-not-listed"));
    world.home.unset("KEYFOB_SPEC");
    world.works("team");
}

#[test]
fn without_a_home_explain_names_the_variable_that_lacks() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.spec("team", &[&world.server.host()]);
    let config = world.home.config();
    let git_config = world.home.path("home/.gitconfig");
    world.home.set("GIT_CONFIG_GLOBAL", git_config);
    for variable in ["HOME", "KEYFOB_CONFIG_DIR", "XDG_CONFIG_HOME"] {
        world.home.unset(variable);
    }
    let (said, got_in) = world.git();
    assert!(
        !got_in && said.contains("KEYFOB_CONFIG_DIR nor HOME is set"),
        "{said}"
    );
    let (facts, would_try) = world.explain();
    assert!(!would_try, "{facts:#}");
    let hint = facts["hint"].as_str().unwrap();
    assert!(hint.starts_with("set KEYFOB_CONFIG_DIR"), "{hint}");
    world.home.set("KEYFOB_CONFIG_DIR", config);
    world.works("team");
}

#[test]
fn a_secret_that_is_not_there_is_named_with_the_command_that_puts_it_there() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.spec("team", &[&world.server.host()]);
    world.home.unset(SECRET_VARIABLE);
    let (said, got_in) = world.git();
    assert!(!got_in, "{said}");
    let (facts, would_try) = world.explain();
    assert!(!would_try);
    assert_eq!(facts["code"], "secret-missing");
    let hint = facts["hint"].as_str().unwrap();
    assert_eq!(hint, "set TEST_CLIENT_SECRET");
    assert_eq!(facts["specs"][0]["sources"][0]["there"], false);
    world.home.set(hint.strip_prefix("set ").unwrap(), "s3cret");
    world.works("team");
}

#[test]
fn a_registry_on_another_port_or_with_a_path_is_mended_for_skopeo() {
    if !need(&["skopeo", "docker-registry"]) {
        return;
    }
    for differs in ["port", "path"] {
        let (mut home, tls, provider) = (Home::new(), Tls::new(), numbering());
        home.set(SECRET_VARIABLE, "s3cret");
        home.link("docker-credential-keyfob");
        home.trust(&tls).set("SSL_CERT_DIR", "/nowhere");
        configure_clients(&mut home);
        let registry = Registry::start(&home, &tls, Authentication::TokenEndpoint);
        registry.accept(&["token-1"]);
        let host = registry.host();
        let helpers = json!({ "credHelpers": { &host: "keyfob" } });
        home.write("home/.docker/config.json", helpers.to_string());
        let listed = match differs {
            "port" => "127.0.0.1".to_owned(),
            _ => format!("https://{host}/team"),
        };
        let mut written = spec(&provider, &[&listed]);
        home.spec("registry", written.to_string());
        let pushed = registry.push(&home, "app:1");
        assert_ne!(pushed.status, 0);
        let image = format!("{host}/team/app:1");
        let (before, would_try) = facts(&home, &["docker", &image]);
        assert!(!would_try, "{before:#}");
        let mend = before["considered"][0]["mend"].as_str().unwrap();
        let entry = mend.split('"').nth(1).unwrap_or_else(|| panic!("{mend}"));
        assert!(mend.ends_with("to its `targets`"), "{mend}");
        // skopeo passes keyfob's line on.
        assert!(pushed.stderr.contains(entry), "{pushed:?}");
        written["targets"]
            .as_array_mut()
            .unwrap()
            .push(json!(entry));
        home.spec("registry", written.to_string());
        let (after, would_try) = facts(&home, &["docker", &image]);
        assert!(would_try, "{after:#}");
        registry.push(&home, "app:1").answer();
    }
}

#[test]
fn what_no_helper_is_asked_about_is_said() {
    let home = Home::new();
    for (words, why) in [
        (&["git", "git@git.example.com:team/app.git"][..], "by ssh"),
        (&["git", "ssh://git@git.example.com/team/app.git"], "by ssh"),
        (
            &["git", "http://git.example.com/team"],
            "no spec lists http://git.example.com",
        ),
        (&["terraform", "host/path"], "no spec lists https://host"),
    ] {
        let output = explain(&home, words);
        assert_eq!(output.status, 1, "{words:?}");
        assert!(output.stdout.contains(why), "{words:?}: {}", output.stdout);
    }
}
