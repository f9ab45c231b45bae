//! Every spelling of a registry's name that clients send: docker, podman, skopeo, go-containerregistry, jib, gcloud.

use super::{NOT_FOUND, helper, home, numbering, spec};

/// Lists `target` and asks for `key`: served under the key as it was sent, but for blanks around it.
#[track_caller]
fn served(target: &str, key: &str) {
    let (home, provider) = (home(), numbering());
    home.spec("registry", spec(&provider, &[target]).to_string());
    let answer = helper(&home, "get", key).json();
    let expected =
        serde_json::json!({"ServerURL": key.trim(), "Username": "oauth2", "Secret": "token-1"});
    assert_eq!(answer, expected, "{key}");
}

#[test]
fn a_host_with_a_port() {
    let target = "registry.example.com:5000";
    for key in [
        "registry.example.com:5000",
        "registry.example.com:5000\n",
        "registry.example.com:5000\r\n",
        " registry.example.com:5000 ",
        "Registry.Example.COM:5000",
        "registry.example.com:5000/",
        "registry.example.com:5000/team/image",
        "https://registry.example.com:5000",
        "https://registry.example.com:5000/",
        "https://registry.example.com:5000/v1/",
        "https://registry.example.com:5000/v2/",
        "http://registry.example.com:5000",
    ] {
        served(target, key);
    }
}

#[test]
fn a_host_without_a_port() {
    for key in [
        "gcr.io",
        "gcr.io/project/image",
        "https://gcr.io",
        "https://gcr.io/v2/",
        "gcr.io:443",
        "GCR.io",
    ] {
        served("gcr.io", key);
        served("https://gcr.io", key);
    }
}

#[test]
fn docker_hub_under_each_of_its_names() {
    let names = [
        "https://index.docker.io/v1/",
        "https://index.docker.io/v1",
        "index.docker.io",
        "docker.io",
        "registry-1.docker.io",
        "https://registry-1.docker.io/v2/",
        "docker.io/library/alpine",
        "index.docker.io/library/alpine",
    ];
    for target in [
        "docker.io",
        "index.docker.io",
        "registry-1.docker.io",
        "https://index.docker.io/v1/",
    ] {
        for key in names {
            served(target, key);
        }
    }
}

#[test]
fn this_machine_under_its_names() {
    served("[::1]:5000", "[::1]:5000");
    served("[::1]:5000", "https://[::1]:5000/v2/");
    served("localhost:5000", "localhost:5000");
    served("127.0.0.1:5000", "127.0.0.1:5000");
    served("http://127.0.0.1:5000", "127.0.0.1:5000");
    served("http://127.0.0.1:5000", "http://127.0.0.1:5000");
}

#[test]
fn a_wildcard_is_one_label() {
    served("*.dkr.example.com", "one.dkr.example.com");
}

#[test]
fn names_that_only_look_like_a_listed_one_are_not_found() {
    let (home, provider) = (home(), numbering());
    let targets = [
        "registry.example.com:5000",
        "docker.io",
        "*.dkr.example.com",
        "https://paths.example.com/team",
    ];
    home.spec("registry", spec(&provider, &targets).to_string());
    for key in [
        "registry.example.com",
        "registry.example.com:5001",
        "registry.example.com:50000",
        "evil-registry.example.com:5000",
        "registry.example.com.evil.example:5000",
        "registry.example.co:5000",
        "evil.example/registry.example.com:5000",
        "evil.docker.io",
        "docker.io.evil.example",
        "dockerhub.io",
        "hub.docker.com",
        "dkr.example.com",
        "two.labels.dkr.example.com",
        "paths.example.com",
        "paths.example.com/teammate",
    ] {
        let output = helper(&home, "get", key);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, NOT_FOUND),
            "{key}"
        );
        let near = output
            .stderr
            .starts_with("keyfob: hint: spec `registry` lists ");
        assert!(output.stderr.is_empty() || near, "{key}: {output:?}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn names_that_could_be_read_in_two_ways_are_refused_in_words() {
    let (home, provider) = (home(), numbering());
    home.spec(
        "registry",
        spec(&provider, &["registry.example.com:5000", "docker.io"]).to_string(),
    );
    let long = format!("registry.example.com:5000/{}", "a".repeat(10 << 20));
    for key in [
        "user@registry.example.com:5000",
        "https://user:password@registry.example.com:5000",
        "registry.example.com:5000@evil.example",
        "oci://registry.example.com:5000",
        "docker://registry.example.com:5000",
        "file:///etc/passwd",
        "https://evil.example/https://registry.example.com:5000",
        "https://https://registry.example.com:5000",
        "registry.example.com.:5000",
        "registry.example.com:5000:5000",
        "registry.example.com:",
        "registry.example.com:5000#evil.example",
        "registry.example.com:5000?evil.example",
        "registry.example.com:5000\\evil.example",
        "registry.example.com:5000 evil.example",
        "registry.example.com:5000\nevil.example",
        "registry.example.com:5000\0",
        "registry.example.com:5000/../x",
        "*.example.com:5000",
        "::1:5000",
        "registry.ex\u{430}mple.com:5000", // a Cyrillic letter
        &long,
    ] {
        let output = helper(&home, "get", key);
        let shown = &key[..key.len().min(80)];
        assert_eq!((output.status, output.stderr.as_str()), (1, ""), "{shown}");
        assert!(
            output.stdout.starts_with("keyfob: error: "),
            "{shown}: {}",
            output.stdout
        );
        assert!(
            !output.stdout.contains("credentials not found"),
            "{shown}: {}",
            output.stdout
        );
        assert!(
            !output.stdout.contains("password"),
            "{shown}: {}",
            output.stdout
        );
        assert_eq!(
            output
                .stdout
                .trim_end()
                .lines()
                .filter(|line| !line.starts_with("keyfob: "))
                .count(),
            0
        );
    }
    assert_eq!(
        helper(&home, "get", b"registry.example.com:5000\xff").status,
        1
    );
    assert_eq!(provider.count(), 0);
}
