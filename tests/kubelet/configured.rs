//! The shipped configuration, read by the YAML library that is kubelet's too (helm's), judged by kubelet's rules, and used as kubelet uses it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{V1, entries, home, numbering, read, request, spec};
use crate::mangled::invariants::matches_image;
use crate::support::{Home, Output, Provider, need, run, tool};

const SHIPPED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/integrations/kubelet/credential-provider-config.yaml"
);

/// The shipped file as JSON; none where helm is missing.
fn shipped(home: &Home) -> Option<Value> {
    if !need(&["helm-4/helm"]) {
        return None;
    }
    home.write(
        "chart/Chart.yaml",
        "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    );
    let template = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"c":{{ .Values | toJson | quote }}}}"#;
    home.write("chart/templates/c.yaml", template);
    let mut helm = home.command_at(&tool("helm-4/helm"));
    helm.arg("template")
        .arg(home.path("chart"))
        .args(["-f", SHIPPED]);
    let printed = run(&mut helm, "").answer().to_owned();
    let line = printed.lines().find(|line| line.starts_with('{')).unwrap();
    let map: Value = serde_json::from_str(line).unwrap();
    Some(serde_json::from_str(map["data"]["c"].as_str().unwrap()).unwrap())
}

/// Runs the first provider as kubelet does: `BIN-DIR/NAME ARGS`, with the configured environment over its own, which here is empty.
fn pull(bin_dir: &Path, config: &Value, image: &str) -> Output {
    let provider = &config["providers"][0];
    let patterns = provider["matchImages"].as_array().unwrap();
    let allowed = |pattern: &Value| matches_image(pattern.as_str().unwrap(), image);
    assert!(patterns.iter().any(allowed), "kubelet would not ask");
    let name = provider["name"].as_str().unwrap();
    let mut command = Command::new(bin_dir.join(name));
    command.env_clear().current_dir("/");
    for argument in provider["args"].as_array().into_iter().flatten() {
        command.arg(argument.as_str().unwrap());
    }
    for variable in provider["env"].as_array().unwrap() {
        let text = |member: &str| variable[member].as_str().unwrap();
        command.env(text("name"), text("value"));
    }
    let version = provider["apiVersion"].as_str().unwrap();
    run(&mut command, request(version, image))
}

/// The shipped configuration with this home's folders, a spec whose secret is a file, and a link in a folder of its own.
fn setting() -> Option<(Home, Provider, Value)> {
    let (home, provider) = (home(), numbering(3600));
    let mut config = shipped(&home)?;
    for variable in config["providers"][0]["env"].as_array_mut().unwrap() {
        let folder = match variable["name"].as_str().unwrap() {
            "KEYFOB_CONFIG_DIR" => home.config(),
            // Made by who is the first to need it.
            "KEYFOB_CACHE_DIR" => home.path("run/keyfob"),
            other => panic!("{other} is new"),
        };
        variable["value"] = folder.to_str().unwrap().into();
    }
    let mut spec = spec(&provider, &["registry.example.com:5000"]);
    let secret = home.write("config/secret", "s3cret");
    spec["client_secret"] = json!({ "file": secret });
    home.spec("registry", spec.to_string());
    Some((home, provider, config))
}

#[test]
fn the_shipped_file_holds_to_kubelets_rules() {
    let Some(config) = shipped(&home()) else {
        return;
    };
    let names = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let set =
        |names: &[&str]| -> BTreeSet<String> { names.iter().map(ToString::to_string).collect() };
    assert_eq!(names(&config), set(&["apiVersion", "kind", "providers"]));
    assert_eq!(config["apiVersion"], "kubelet.config.k8s.io/v1");
    assert_eq!(config["kind"], "CredentialProviderConfig");
    let provider = &config["providers"][0];
    let known = set(&[
        "apiVersion",
        "args",
        "defaultCacheDuration",
        "env",
        "matchImages",
        "name",
        "tokenAttributes",
    ]);
    assert!(names(provider).is_subset(&known), "{provider}");
    let callers = keyfob::protocol::CALLERS.iter();
    let caller = callers.clone().find(|caller| caller.name == "kubelet");
    assert_eq!(provider["name"], caller.unwrap().link);
    assert_eq!(provider["apiVersion"], V1);
    assert_eq!(
        provider["matchImages"],
        json!(["registry.example.com:5000"])
    );
    assert_eq!(provider["defaultCacheDuration"], "0s");
    for variable in provider["env"].as_array().unwrap() {
        assert_eq!(names(variable), set(&["name", "value"]));
        assert!(variable["value"].is_string());
    }
}

#[test]
fn the_shipped_file_serves_a_kubelet_that_has_no_environment_at_all() {
    let Some((home, provider, config)) = setting() else {
        return;
    };
    for image in [
        "registry.example.com:5000/a",
        "registry.example.com:5000/b/c",
    ] {
        let answer = read(&pull(&home.bin(), &config, image));
        let expected = entries(&[("registry.example.com:5000", "token-1")]);
        assert_eq!(answer.auth, expected);
        assert!(matches_image(&answer.auth[0].0, image));
    }
    assert_eq!(provider.count(), 1);
    assert!(home.path("run/keyfob").is_dir());
}

/// kubelet asks once for each image, and for different images at the same time.
#[test]
fn eight_images_at_once_make_one_request() {
    let Some((home, provider, config)) = setting() else {
        return;
    };
    let bin_dir = home.bin();
    let answers = std::thread::scope(|scope| {
        let (bin_dir, config) = (&bin_dir, &config);
        let image = |number| format!("registry.example.com:5000/team/image-{number}");
        let threads: Vec<_> = (0..8)
            .map(|number| scope.spawn(move || pull(bin_dir, config, &image(number))))
            .collect();
        let answers = threads.into_iter().map(|thread| thread.join().unwrap());
        answers.collect::<Vec<_>>()
    });
    for answer in answers {
        let expected = entries(&[("registry.example.com:5000", "token-1")]);
        assert_eq!(read(&answer).auth, expected);
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_spec_is_named_in_its_arguments() {
    let Some((home, _provider, mut config)) = setting() else {
        return;
    };
    config["providers"][0]["args"] = json!(["--spec", "registry"]);
    let answer = read(&pull(&home.bin(), &config, "registry.example.com:5000/a"));
    assert_eq!(answer.cache_key_type, "Registry");
    assert_eq!(answer.auth.len(), 1);
}

#[test]
fn the_reader_drops_what_kubelet_drops() {
    use crate::mangled::invariants::response;
    let good = r#"{"apiVersion":"V","kind":"CredentialProviderResponse","cacheKeyType":"Image","cacheDuration":"4m30s","auth":{"a":{"username":"u","password":"p"}}}"#;
    let good = good.replace("\"V\"", &format!("\"{V1}\""));
    let read = response(&good, V1);
    assert_eq!(read.cache_duration.unwrap().as_secs(), 270);
    for (from, to) in [
        ("/v1\"", "/v1beta1\""),
        ("Response", "Request"),
        ("\"Image\"", "\"image\""),
        ("\"4m30s\"", "270"),
        ("\"4m30s\"", "\"270\""),
        ("\"4m30s\"", "\"\""),
        ("\"kind\"", "\"extra\":1,\"kind\""),
        ("\"kind\"", "\"cacheDuration\":\"1s\",\"kind\""),
        ("\"username\"", "\"email\":\"e\",\"username\""),
        ("\"username\":\"u\",", ""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let caught = std::panic::catch_unwind(|| response(&bad, V1));
        assert!(caught.is_err(), "{bad}");
    }
    for (pattern, image, takes) in [
        ("a.io", "a.io/x", true),
        ("*.a.io", "b.a.io/x", true),
        ("*.io", "b.a.io/x", false),
        ("a.io", "a.io:5000/x", false),
        ("a.io/team", "a.io/teams/x", true),
        ("a.io/team", "a.io/x", false),
    ] {
        assert_eq!(matches_image(pattern, image), takes, "{pattern} {image}");
    }
}
