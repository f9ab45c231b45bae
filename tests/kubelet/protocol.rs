//! Request and response, member by member (`pkg/credentialprovider/plugin/plugin.go`).

use std::time::Duration;

use serde_json::json;

use super::{V1, entries, home, numbering, pull, read, request, spec};
use crate::mangled::invariants::response;
use crate::support::{Answer, Home, Output, Provider, need, run};

const IMAGE: &str = "registry.example.com:5000/team/image";

fn listed(life: u64) -> (Home, Provider) {
    let (home, provider) = (home(), numbering(life));
    let targets = ["registry.example.com:5000"];
    home.spec("registry", spec(&provider, &targets).to_string());
    (home, provider)
}

#[track_caller]
fn fails(output: &Output, status: i32, code: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (status, ""));
    assert!(
        output.stderr.starts_with("keyfob: error: ") && output.stderr.contains(code),
        "{}",
        output.stderr
    );
}

#[test]
fn an_answer_is_one_object_keyed_by_the_registry() {
    let (home, _provider) = listed(3600);
    let expected = concat!(
        r#"{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse","#,
        r#""cacheKeyType":"Image","cacheDuration":"10m0s","#,
        r#""auth":{"registry.example.com:5000":{"username":"oauth2","password":"token-1"}}}"#,
        "\n"
    );
    let output = pull(&home, IMAGE);
    assert_eq!((output.answer(), output.stderr.as_str()), (expected, ""));
    let mut by_command = home.keyfob(["kubelet"]);
    assert_eq!(run(&mut by_command, request(V1, IMAGE)), output);
}

#[test]
fn the_answer_has_the_version_of_the_request() {
    let (home, _provider) = listed(3600);
    for version in ["v1", "v1beta1", "v1alpha1"] {
        let version = format!("credentialprovider.kubelet.k8s.io/{version}");
        for image in [IMAGE, "registry.example.org/x"] {
            let output = run(&mut home.keyfob(["kubelet"]), request(&version, image));
            assert_eq!(output.stderr, "");
            response(output.answer(), &version);
        }
    }
}

#[test]
fn a_registry_that_no_spec_lists_is_answered_without_auth_and_opens_no_secret() {
    let (home, provider) = listed(3600);
    let opened = home.path("secret-was-opened");
    let secret = home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = spec(&provider, &["registry.example.com:5000"]);
    spec["client_secret"] = json!({"command": [secret]});
    home.spec("registry", spec.to_string());
    let expected = concat!(
        r#"{"apiVersion":"credentialprovider.kubelet.k8s.io/v1","kind":"CredentialProviderResponse","#,
        r#""cacheKeyType":"Image","cacheDuration":"0s"}"#,
        "\n"
    );
    for image in [
        "registry.example.org/x",
        "registry.example.com/x",
        "docker.io/library/x",
    ] {
        assert_eq!(pull(&home, image).answer(), expected, "{image}");
        let mut named = home.keyfob(["kubelet", "--spec", "registry"]);
        assert_eq!(run(&mut named, request(V1, image)).answer(), expected);
    }
    assert!(!opened.exists());
    assert_eq!(provider.count(), 0);
}

/// An answer that is kept for a registry shadows every closer one, and a path is nobody's but its own.
#[test]
fn an_answer_is_kept_for_the_registry_only_where_one_named_spec_lists_all_of_it() {
    let (home, provider) = listed(3600);
    let kept_for = |spec: Option<&str>, image: &str| {
        let mut command = home.keyfob(["kubelet"]);
        spec.into_iter().for_each(|spec| {
            command.args(["--spec", spec]);
        });
        read(&run(&mut command, request(V1, image))).cache_key_type
    };
    assert_eq!(kept_for(None, IMAGE), "Image");
    assert_eq!(kept_for(Some("registry"), IMAGE), "Registry");
    let targets = ["https://registry.example.com:5000/team", "docker.io"];
    home.spec("team", spec(&provider, &targets).to_string());
    assert_eq!(kept_for(Some("team"), IMAGE), "Image");
    assert_eq!(kept_for(Some("team"), "docker.io/library/x"), "Registry");
}

#[test]
fn a_path_of_a_registry_is_compared_by_whole_segments_without_tag_and_digest() {
    let (home, provider) = (home(), numbering(3600));
    let targets = ["https://registry.example.com/team/image"];
    home.spec("team", spec(&provider, &targets).to_string());
    for (image, ours) in [
        ("registry.example.com/team/image", true),
        ("registry.example.com/team/image:1.2", true),
        ("registry.example.com/team/image@sha256:00ff", true),
        ("registry.example.com/team/image:1@sha256:00ff", true),
        ("registry.example.com/team/image/part", true),
        ("registry.example.com/team/images", false),
        ("registry.example.com/team", false),
        ("registry.example.com/team:image", false),
    ] {
        let auth = read(&pull(&home, image)).auth;
        let expected = entries(&[("registry.example.com", "token-1")]);
        assert_eq!(auth, if ours { expected } else { vec![] }, "{image}");
    }
}

#[test]
fn docker_hub_is_meant_by_any_of_its_names() {
    for listed in [
        "docker.io",
        "index.docker.io",
        "registry-1.docker.io",
        "https://index.docker.io/v1/",
        "https://docker.io/library",
    ] {
        let (home, provider) = (home(), numbering(3600));
        home.spec("hub", spec(&provider, &[listed]).to_string());
        let auth = read(&pull(&home, "docker.io/library/nginx")).auth;
        assert_eq!(auth, entries(&[("docker.io", "token-1")]), "{listed}");
    }
}

#[test]
fn an_answer_is_kept_for_less_than_the_token_lives_and_for_ten_minutes_at_most() {
    for (life, kept) in [
        (86_400, 600..=600),
        (600, 530..=540),
        (120, 80..=90),
        (80, 40..=50),
        // In a token's last minute its true expiry is published; half a minute is left for the pull.
        (60, 25..=30),
        (30, 10..=15),
    ] {
        let (home, _provider) = listed(life);
        let answer = read(&pull(&home, IMAGE));
        let seconds = answer.cache_duration.unwrap().as_secs();
        assert!(kept.contains(&seconds), "{life} s: kept for {seconds} s");
        assert_eq!(answer.auth.len(), 1);
    }
    let provider = Provider::start(|_| Answer::json(200, r#"{"access_token":"t"}"#));
    let home = home();
    let targets = ["registry.example.com:5000"];
    home.spec("registry", spec(&provider, &targets).to_string());
    let answer = read(&pull(&home, IMAGE));
    assert_eq!(answer.cache_duration, Some(Duration::ZERO));
}

#[test]
fn a_token_in_its_last_five_minutes_is_renewed_since_a_pull_shows_it_again_and_again() {
    if !need(&["faketime"]) {
        return;
    }
    // A tenth of such a life is two minutes: the five are ours.
    let (home, _provider) = listed(1200);
    let after = |seconds: i64| {
        let mut kubelet = home.keyfob_at(seconds, ["kubelet"]);
        read(&run(&mut kubelet, request(V1, IMAGE))).auth[0]
            .2
            .clone()
    };
    assert_eq!(after(0), "token-1");
    assert_eq!(after(850), "token-1");
    assert_eq!(after(920), "token-2");
}

#[test]
fn members_that_nobody_knows_and_the_pods_own_token_are_passed_over() {
    let (home, _provider) = listed(3600);
    let asked = json!({
        "kind": "CredentialProviderRequest", "apiVersion": V1, "image": IMAGE, "flavour": ["vanilla"],
        "serviceAccountToken": "eyJwb2QncyBvd24", "serviceAccountAnnotations": {"a/b": "c"},
    });
    let mut command = home.keyfob(["-v", "kubelet"]);
    let output = run(&mut command, asked.to_string());
    assert!(output.answer().contains("token-1"));
    assert!(!format!("{output:?}").contains("eyJwb2Qncy"), "{output:?}");
    let odd = asked.to_string().replace("CredentialProviderRequest", "X");
    let output = run(&mut home.keyfob(["-v", "kubelet"]), odd);
    fails(&output, 1, "(request-invalid)");
    assert!(!output.stderr.contains("eyJwb2Qncy"), "{output:?}");
}

#[test]
fn a_request_that_is_none_is_refused_in_words() {
    let (home, provider) = listed(3600);
    let good = request(V1, IMAGE);
    for asked in [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        good.replace("CredentialProviderRequest", "CredentialProviderResponse"),
        good.replace("io/v1", "io/v2"),
        good.replace("credentialprovider.kubelet", "client.authentication"),
        good.replace(r#""kind":"CredentialProviderRequest""#, r#""kind":1"#),
        good.replace(r#""image""#, r#""picture""#),
        format!("{good}{good}"),
        request(V1, ""),
        request(V1, "nginx"),
        request(V1, "library/nginx"),
        request(V1, "https://registry.example.com:5000/x"),
        request(V1, "me@registry.example.com:5000/x"),
        request(V1, "registry.example.com:5000/../x"),
        request(V1, "registry.example.com:5000/a//x"),
        request(V1, "*.example.com/x"),
        request(V1, "registry.example.com:5000 /x"),
        request(V1, "registry.example.com:5000/x\n"),
    ] {
        let output = run(&mut home.keyfob(["kubelet"]), &asked);
        fails(&output, 1, "(request-invalid)");
        let of_another_version = asked.contains("io/v2") || asked.contains("authentication");
        assert_eq!(
            output
                .stderr
                .contains("hint: set the provider's apiVersion"),
            of_another_version
        );
    }
    let output = run(&mut home.keyfob(["kubelet", "get"]), &good);
    fails(&output, 2, "(usage)");
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_failure_is_words_and_never_an_answer_without_auth() {
    let (home, _provider) = listed(3600);
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    let targets = ["registry.example.com:5000"];
    home.spec("registry", spec(&refusing, &targets).to_string());
    fails(&pull(&home, IMAGE), 1, "(provider-refused)");
    home.spec(
        "registry",
        r#"{"targets":["registry.example.com:5000"],"colour":1}"#,
    );
    fails(&pull(&home, IMAGE), 2, "(spec-invalid)");
}
