//! `list` and what is done with it: docker's classic build, docker-py and testcontainers get every
//! name that is listed, and send all of it to the engine. So it names registries and nothing else,
//! and nothing that `get` would not give.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use serde_json::{Value, json};

use super::protocol::says;
use super::{helper, home, numbering, run, spec};
use crate::support::{Answer, Home, Provider, need};

const HUB: &str = "https://index.docker.io/v1/";

/// What docker-py's `Store.list` and then `Store.get` make of it, as
/// `docker.auth.AuthConfig.get_all_credentials` does: one that fails ends it.
fn all(home: &Home) -> Value {
    let mut credentials = json!({});
    for name in helper(home, "list", "").json().as_object().unwrap().keys() {
        let got = helper(home, "get", name).json();
        assert_eq!(got["ServerURL"], **name);
        credentials[name] = got["Secret"].clone();
    }
    credentials
}

#[test]
fn list_names_the_hosts_that_can_be_served_and_opens_nothing() {
    let (home, provider) = (home(), numbering());
    assert_eq!(helper(&home, "list", "unused"), says(0, "{}\n"));
    let targets = [
        "registry.example.com:5000",
        "*.example.org",
        "https://git.example.com",
        "https://a.example.com/team",
    ];
    home.spec("registry", spec(&provider, &targets).to_string());
    let mut other = spec(&provider, &["ghcr.io"]);
    other["username"] = "x-access-token".into();
    other["client_secret"] = json!({"env": "NOBODY_SET_THIS"});
    home.spec("other", other.to_string());
    for stdin in ["unused", "unused\n", ""] {
        let listed = helper(&home, "list", stdin);
        let expected = json!({"ghcr.io": "x-access-token", "registry.example.com:5000": "oauth2"});
        assert_eq!((listed.json(), listed.stderr.as_str()), (expected, ""));
        assert!(listed.stdout.ends_with("}\n"));
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn list_names_what_is_written_for_docker_in_every_form_and_nothing_that_is_for_others() {
    let (home, provider) = (home(), numbering());
    let targets = [
        "one.example.com",
        "https://two.example.com",
        "https://three.example.com:8443/",
        "http://127.0.0.1:5000",
        "https://four.example.com/team",
        "*.five.example.com",
    ];
    let mut registries = spec(&provider, &targets);
    registries["callers"] = json!(["docker", "kubelet"]);
    home.spec("registries", registries.to_string());
    let mut repositories = spec(&provider, &["git.example.com", "one.example.com"]);
    repositories["callers"] = json!(["git"]);
    home.spec("repositories", repositories.to_string());
    let names = [
        "127.0.0.1:5000",
        "one.example.com",
        "three.example.com:8443",
        "two.example.com",
    ];
    let listed = helper(&home, "list", "").json();
    let listed: Vec<&String> = listed.as_object().unwrap().keys().collect();
    assert_eq!(listed, names);
    assert_eq!(all(&home).as_object().unwrap().len(), names.len());
    assert_eq!(provider.count(), 1);
}

#[test]
fn docker_hub_has_one_name_however_a_spec_spells_it() {
    for spelling in [
        "docker.io",
        "index.docker.io",
        "registry-1.docker.io",
        "https://index.docker.io/v1/",
        "https://docker.io",
    ] {
        let (home, provider) = (home(), numbering());
        home.spec("hub", spec(&provider, &[spelling]).to_string());
        assert_eq!(all(&home), json!({HUB: "token-1"}), "{spelling}");
    }
    let (home, provider) = (home(), numbering());
    let targets = [
        "docker.io",
        "https://index.docker.io/v1/",
        "registry-1.docker.io",
    ];
    home.spec("hub", spec(&provider, &targets).to_string());
    assert_eq!(all(&home), json!({HUB: "token-1"}));
}

#[test]
fn nothing_is_listed_that_get_would_not_give() {
    let (home, provider) = (home(), numbering());
    let targets = [
        "docker.io:5000",
        "https://docker.io/library",
        "twice.example.com",
    ];
    home.spec("one", spec(&provider, &targets).to_string());
    home.spec(
        "two",
        spec(&provider, &["twice.example.com", "registry.example.com"]).to_string(),
    );
    assert_eq!(helper(&home, "get", "twice.example.com").status, 1);
    assert_eq!(all(&home), json!({"registry.example.com": "token-1"}));
    home.spec("one", spec(&provider, &["*.docker.io"]).to_string());
    home.spec("two", spec(&provider, &["*.example.com"]).to_string());
    assert_eq!(all(&home), json!({}));
}

#[test]
fn what_is_listed_is_what_get_gives_where_one_spec_is_closer() {
    let home = home();
    let (wide, close) = (numbering(), numbering());
    let mut https = spec(&close, &["https://registry.example.com"]);
    https["username"] = "close".into();
    home.spec("close", https.to_string());
    home.spec("wide", spec(&wide, &["registry.example.com"]).to_string());
    assert_eq!(
        helper(&home, "list", "").json(),
        json!({"registry.example.com": "close"})
    );
    all(&home);
    assert_eq!((wide.count(), close.count()), (0, 1));
}

#[test]
fn everything_that_list_names_can_be_got() {
    let (home, provider) = (home(), numbering());
    let targets = [
        "registry.example.com:5000",
        "docker.io",
        "[::1]:5000",
        "localhost:5000",
        "UPPER.example.com",
    ];
    home.spec("registry", spec(&provider, &targets).to_string());
    assert_eq!(all(&home).as_object().unwrap().len(), targets.len());
}

#[test]
fn a_broken_spec_takes_nothing_from_the_others() {
    let (home, provider) = (home(), numbering());
    home.spec(
        "registry",
        spec(&provider, &["registry.example.com"]).to_string(),
    );
    home.spec("broken", "{");
    let mut unknown = spec(&provider, &["other.example.com"]);
    unknown["callers"] = json!(["podman"]);
    home.spec("unknown", unknown.to_string());
    // It would be refused by its provider, and docker would then have nothing at all.
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    home.spec(
        "git-only",
        spec(&refusing, &["https://git.example.com"]).to_string(),
    );
    assert_eq!(all(&home), json!({"registry.example.com": "token-1"}));
    assert_eq!(refusing.count(), 0);
}

#[test]
fn a_spec_that_is_named_and_missing_is_an_error_of_list_as_well() {
    let mut home = home();
    home.set("KEYFOB_SPEC", "gone");
    let output = helper(&home, "list", "");
    assert_eq!((output.status, output.stderr.as_str()), (1, ""));
    assert!(output.stdout.contains("(spec-not-found)"), "{output:?}");
}

/// docker's classic builder, and an engine that only notes what it is sent.
#[test]
fn a_classic_build_sends_the_engine_registries_and_nothing_else() {
    if !need(&["docker"]) {
        return;
    }
    let engine = Provider::start(|request| match request.path.as_str() {
        "/_ping" => Answer::text(200, "OK")
            .header("Api-Version", "1.47")
            .header("Ostype", "linux"),
        path if path.ends_with("/build") => Answer::json(200, "{\"stream\":\"done\\n\"}\n"),
        _ => Answer::json(404, r#"{"message":"no such thing"}"#),
    });
    let (mut home, provider) = (home(), numbering());
    home.set("DOCKER_HOST", format!("tcp://127.0.0.1:{}", engine.port()))
        .set("DOCKER_BUILDKIT", "0");
    home.write("home/.docker/config.json", r#"{"credsStore": "keyfob"}"#);
    home.write("home/context/Dockerfile", "FROM scratch\n");
    home.spec(
        "registry",
        spec(&provider, &["registry.example.com:5000", "docker.io"]).to_string(),
    );
    let cluster = Provider::start(|_| Answer::token("of-the-cluster", 3600));
    home.spec(
        "cluster",
        spec(&cluster, &["https://cluster.example.com:6443"]).to_string(),
    );
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    let mut repositories = spec(&refusing, &["git.example.com"]);
    repositories["callers"] = json!(["git"]);
    home.spec("repositories", repositories.to_string());
    let built = run(home.command("docker").args(["build", "context"]), "");
    assert_eq!(built.status, 0, "{built:?}");
    let requests = engine.requests();
    let build = requests
        .iter()
        .find(|request| request.path.ends_with("/build"))
        .unwrap();
    let sent = BASE64_URL_SAFE
        .decode(build.header("X-Registry-Config").unwrap())
        .unwrap();
    let sent: Value = serde_json::from_slice(&sent).unwrap();
    let names: Vec<&String> = sent.as_object().unwrap().keys().collect();
    assert_eq!(names, [HUB, "registry.example.com:5000"]);
    for name in names {
        assert_eq!(sent[name]["password"], "token-1");
    }
    assert_eq!(
        (provider.count(), cluster.count(), refusing.count()),
        (1, 0, 0)
    );
}
