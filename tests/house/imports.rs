//! Imports are a line, not a graph; effects have one room; secrets are exposed in few places.

use super::{Source, sources};

/// The modules in reading order, as `lib.rs` declares them.
fn order() -> Vec<String> {
    let lib = sources()
        .into_iter()
        .find(|source| source.path == "lib.rs")
        .unwrap();
    let modules = lib
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    modules.map(str::to_owned).collect()
}

fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Modules named after `crate::` in a file.
fn named_after_crate(source: &Source) -> Vec<String> {
    let code = source.code();
    let names = code.split("crate::").skip(1).map(|rest| {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_file_imports_only_what_stands_earlier() {
    let order = order();
    assert_eq!(order.first().map(String::as_str), Some("time"));
    assert_eq!(order.last().map(String::as_str), Some("run"));
    let place = |module: &str| order.iter().position(|name| name == module);
    let mut looked_at = 0;
    for source in sources()
        .iter()
        .filter(|source| !["lib.rs", "main.rs", "start.rs"].contains(&source.path.as_str()))
    {
        let own = module_of(&source.path);
        let own_place =
            place(own).unwrap_or_else(|| panic!("{} is in no module of lib.rs", source.path));
        for name in named_after_crate(source) {
            looked_at += 1;
            let other =
                place(&name).unwrap_or_else(|| panic!("{} names crate::{name}", source.path));
            assert!(
                other < own_place || name == own,
                "{} imports crate::{name}, which stands later",
                source.path
            );
        }
    }
    assert!(
        looked_at > 50,
        "{looked_at} imports only: this test has lost sight of them"
    );
}

/// What the files of a family share: they may import these, and no other sibling.
const SHARED: &[(&str, &[&str])] = &[
    (
        "grant",
        &["answer", "encode", "endpoint", "refusal", "template"],
    ),
    ("source", &["jwt"]),
    (
        "spec",
        &["node", "source", "strict", "preset", "grants", "members"],
    ),
    ("protocol", &[]),
    ("command", &["token"]),
];

#[test]
fn siblings_of_a_family_do_not_import_one_another() {
    for source in sources() {
        let Some((family, file)) = source.path.split_once('/') else {
            continue;
        };
        let Some((_, shared)) = SHARED.iter().find(|(name, _)| *name == family) else {
            continue;
        };
        if file == "mod.rs" || file.contains('/') {
            continue;
        }
        let siblings: Vec<String> = sources()
            .iter()
            .filter_map(|other| {
                other
                    .path
                    .strip_prefix(&format!("{family}/"))
                    .map(|file| module_of(file).to_owned())
            })
            .filter(|sibling| {
                sibling != "mod"
                    && !file.starts_with(sibling.as_str())
                    && !shared.contains(&sibling.as_str())
            })
            .collect();
        for sibling in siblings {
            for path in [
                format!("super::{sibling}::"),
                format!("crate::{family}::{sibling}::"),
            ] {
                assert!(
                    !source.code().contains(&path),
                    "{} imports its sibling {sibling}",
                    source.path
                );
            }
        }
    }
}

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

/// The files in which a secret may be seen.
const EXPOSING: &[&str] = &[
    "command/check.rs",
    "command/mod.rs",
    "command/revoke.rs",
    "command/secret.rs",
    "command/serve.rs",
    "command/token.rs",
    "command/token/github.rs",
    "command/token/masks.rs",
    "credential.rs",
    "find/by_target.rs",
    "grant/answer.rs",
    "grant/answer/place.rs",
    "grant/encode.rs",
    "grant/minted.rs",
    "grant/minted/record.rs",
    "grant/stored.rs",
    "grant/template.rs",
    "obtain/decide.rs",
    "obtain/minted.rs",
    "obtain/opener.rs",
    "obtain/resolved.rs",
    "protocol/askpass.rs",
    "protocol/aws.rs",
    "protocol/bazel.rs",
    "protocol/cargo.rs",
    "protocol/docker.rs",
    "protocol/git.rs",
    "protocol/goauth.rs",
    "protocol/google.rs",
    "protocol/keyring.rs",
    "protocol/kubelet.rs",
    "protocol/pnpm.rs",
    "protocol/reply.rs",
    "protocol/terraform.rs",
    "source/jwt.rs",
    "source/mod.rs",
    "spec/template.rs",
    "unlock.rs",
    "world/aside.rs",
    "world/cache.rs",
    "world/cache/entry.rs",
    "world/http.rs",
    "world/http/identity.rs",
    "world/http/tunnel.rs",
    "world/keyring.rs",
    "world/programs.rs",
    "world/terminal.rs",
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
        let may = ["world/terminal.rs", "world/log.rs"].contains(&source.path.as_str());
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
