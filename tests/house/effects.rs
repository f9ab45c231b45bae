//! Effects have one room; secrets are exposed in few places.

use super::{Source, sources};

#[test]
fn effects_are_only_in_the_world_and_at_the_door() {
    let effects = [
        "std::fs",
        "fs::",
        "std::net::Tcp",
        "TcpStream",
        "UdpSocket",
        "std::env::",
        "std::process",
        "Command::new",
        "SystemTime",
        "Instant",
        "ureq::",
        "keyring_core",
        "std::thread",
        "std::io::std",
    ];
    for source in sources().iter().filter(|source| {
        let door = ["main.rs", "start.rs"].contains(&source.path.as_str());
        !source.path.starts_with("world/") && !door && !source.is_test()
    }) {
        for effect in effects {
            let code = source.code().replace("rustix::fs::", "");
            assert!(
                !code.contains(effect),
                "{} reaches for {effect}",
                source.path
            );
        }
    }
}

/// What has every effect: the dispatch, a caller's request, and the command that inspects all.
const EVERYTHING: &[&str] = &["command/serve/session.rs", "command/serve.rs", "run.rs"];

#[test]
fn only_these_take_the_whole_world() {
    let takes: Vec<String> = sources()
        .into_iter()
        .filter(|source| !source.path.starts_with("world/"))
        .filter(|source| {
            source.code().contains("dyn World") || source.code().contains("impl World")
        })
        .map(|source| source.path)
        .collect();
    assert_eq!(takes, EVERYTHING);
}

#[test]
fn what_decides_has_no_effect() {
    for decides in ["clock", "decide", "failure", "life"] {
        let path = format!("obtain/{decides}.rs");
        let source = sources().into_iter().find(|source| source.path == path);
        let code = source.unwrap().code();
        let effects = ["world: ", "world.", "world::{", "dyn "];
        for effect in effects {
            assert!(!code.contains(effect), "{path} has `{effect}`");
        }
    }
}

/// The files in which a secret may be seen, by what it is seen for.
const EXPOSING: &[&str] = &[
    // It leaves: on standard output, to a caller, to a program, to a file, on the wire, into the
    // keyring.
    "command/token.rs",
    "command/token/github.rs",
    "command/token/masks.rs",
    "protocol/askpass.rs",
    "protocol/aws.rs",
    "protocol/bazel.rs",
    "protocol/cargo/bare.rs",
    "protocol/git.rs",
    "protocol/goauth.rs",
    "protocol/google.rs",
    "protocol/keyring.rs",
    "protocol/kubelet.rs",
    "protocol/pnpm.rs",
    "protocol/reply.rs",
    "protocol/terraform.rs",
    "world/cache.rs",
    "world/cache/entry.rs",
    "world/http.rs",
    "world/http/identity.rs",
    "world/http/tunnel.rs",
    "world/keyring.rs",
    "world/output_file.rs",
    "world/programs.rs",
    "world/programs/output.rs",
    "world/terminal.rs",
    // It becomes a part of another secret: a body, a header field, a signature, a record.
    "grant/encode.rs",
    "grant/kept_token/record.rs",
    "grant/template.rs",
    "http/sigv4.rs",
    "http/sigv4/canonical.rs",
    "source/jwt.rs",
    // It is parsed: a value, or what came in and may hold one (a response, a caller's request, a
    // spec on standard input, the output of `git config`, a tool's configuration).
    "command/add.rs",
    "command/add/places.rs",
    "command/doctor/docker.rs",
    "command/doctor/git.rs",
    "command/doctor/tools.rs",
    "credential/certificate.rs",
    "command/mod.rs",
    "credential/certificate.rs",
    "find/text.rs",
    "grant/kept_token.rs",
    "grant/response.rs",
    "grant/response/body.rs",
    "grant/response/location.rs",
    "grant/response/refusal.rs",
    "grant/response/requirement.rs",
    "grant/response/token_location.rs",
    "grant/rotation.rs",
    "grant/static_token.rs",
    "protocol/cargo.rs",
    "protocol/docker.rs",
    "protocol/kubernetes.rs",
    "source/value.rs",
    "tool/called.rs",
    "tool/git_config.rs",
    "tool/helpers.rs",
    // A token's claims are shown, once they were searched for secrets.
    "command/check.rs",
    // It is none: a placeholder.
    "command/explain/told.rs",
    "obtain/preview.rs",
    "obtain/preview/placeholders.rs",
    // A message is searched for it, so that none repeats it.
    "grant/response/secret_search.rs",
    "world/programs/last_line.rs",
    // It is compared, or becomes a digest.
    "credential.rs",
    "obtain/kept_token/fingerprint.rs",
];

#[test]
fn a_secret_is_exposed_only_where_this_list_says() {
    let exposing: Vec<String> = sources()
        .into_iter()
        .filter(|source| !source.is_test())
        .filter(|source| {
            [".expose(", ".expose_text(", "::expose)", "::expose_text)"]
                .iter()
                .any(|call| source.code().contains(call))
        })
        .map(|source| source.path)
        .collect();
    for path in &exposing {
        assert!(
            EXPOSING.contains(&path.as_str()),
            "{path} exposes a secret and is not in the list"
        );
    }
    for path in EXPOSING {
        assert!(
            exposing.iter().any(|exposing| exposing == path),
            "{path} is in the list and exposes nothing"
        );
    }
}

#[test]
fn only_the_start_is_unsafe_and_the_library_forbids_it() {
    let sources = sources();
    // `spec-unsafe` is an error's code.
    let says = |source: &&Source| source.code().replace("spec-unsafe", "").contains("unsafe");
    let unsafe_files: Vec<&str> = sources
        .iter()
        .filter(|source| says(source) && source.path != "lib.rs")
        .map(|source| source.path.as_str())
        .collect();
    assert_eq!(unsafe_files, ["main.rs", "start.rs"]);
    let text = |path: &str| {
        let source = sources.iter().find(|source| source.path == path);
        source.unwrap().code()
    };
    assert!(text("lib.rs").contains("#![forbid(unsafe_code)]"));
    assert_eq!(text("lib.rs").matches("unsafe").count(), 1);
    assert!(text("main.rs").contains("#![deny(unsafe_code)]"));
    assert_eq!(text("main.rs").matches("unsafe").count(), 1);
    // An unmangled `main`, two declarations, one call.
    assert_eq!(text("start.rs").matches("unsafe").count(), 5);
}

#[test]
fn nothing_prints_but_the_terminal_and_the_log() {
    let streams = ["io::stdout(", "io::stderr("];
    for source in &sources() {
        for macro_name in ["println!(", "eprintln!(", "print!(", "eprint!(", "dbg!("] {
            assert!(
                !source.code().contains(macro_name),
                "{} prints",
                source.path
            );
        }
        let prints = streams.iter().any(|stream| source.code().contains(stream));
        let may = ["world/terminal.rs", "world/prompt.rs", "world/log.rs"]
            .contains(&source.path.as_str());
        assert_eq!(prints, may, "{} prints, or does not", source.path);
    }
}

#[test]
fn a_secret_cannot_be_shown_compared_or_serialised() {
    let sources = sources();
    for source in &sources {
        for forbidden in [
            "Display for Secret",
            "Display for AccessToken",
            "PartialEq for Secret",
            "PartialEq for AccessToken",
            "Serialize for Secret",
        ] {
            assert!(
                !source.text.contains(forbidden),
                "{} has {forbidden}",
                source.path
            );
        }
    }
    let credential = sources
        .iter()
        .find(|source| source.path == "credential.rs")
        .unwrap();
    assert!(
        credential
            .text
            .contains("#[derive(Clone)]\npub struct Secret(Zeroizing<Vec<u8>>);"),
        "Secret derives more than Clone, or is not wiped"
    );
    assert!(
        credential
            .text
            .contains("#[derive(Clone)]\npub struct AccessToken {\n    secret: Secret,"),
        "AccessToken derives more than Clone"
    );
    let secret = keyfob::credential::Secret::from("hunter2".to_owned());
    assert_eq!(format!("{secret:?}"), "[redacted]");
    let token = keyfob::credential::AccessToken::parse("hunter2").unwrap();
    assert_eq!(format!("{token:?}"), "[redacted]");
}
