//! The container image: loaded and run by podman, as a user who is not root, with a read-only root.

use serde_json::Value;

use super::offered::{VERSION, files, packages};
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::tools::{need_root, tool_folder};
use crate::support::{Home, Output, need, run};

const RUNC: &str = "docker-engine/runc";

/// podman with the image loaded, in a home of its own.
struct Image {
    home: Home,
}

impl Image {
    fn load() -> Option<Self> {
        if !need_root() || !need(&["podman", "buildah", RUNC]) {
            return None;
        }
        let folder = packages()?;
        let archives = files(folder, ".oci.tar");
        assert_eq!(archives, [format!("keyfob-{VERSION}.oci.tar")]);
        let mut home = Home::new();
        // Limits that podman raises where it may; here nobody may.
        let file = home.write("containers.conf", "[containers]\ndefault_ulimits = []\n");
        home.set("CONTAINERS_CONF", file);
        let image = Self { home };
        let archive = folder.join(&archives[0]);
        let loaded = image.podman(&["load", "-q", "-i", archive.to_str().unwrap()]);
        let name = format!("Loaded image: localhost/keyfob:{VERSION}\n");
        assert_eq!(loaded.answer(), name);
        Some(image)
    }

    fn podman(&self, words: &[&str]) -> Output {
        let mut podman = self.home.command("podman");
        podman
            .arg("--root")
            .arg(self.home.path("podman"))
            .arg("--runroot")
            .arg(self.home.path("run/podman"))
            .args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"])
            .arg("--runtime")
            .arg(tool_folder().join(RUNC));
        run(podman.args(words), "")
    }

    /// `podman run` with these options, the image, and these words for what it starts.
    fn run(&self, options: &[&str], words: &[&str]) -> Output {
        let image = format!("keyfob:{VERSION}");
        let first = [
            "run",
            "--rm",
            "--network",
            "host",
            "--ulimit",
            "host",
            "--read-only",
        ];
        let words = [&first, options, &[&image], words].concat();
        self.podman(&words)
    }
}

#[test]
fn the_image_gets_tokens_and_answers_by_its_other_names_with_a_read_only_root() {
    let Some(image) = Image::load() else { return };
    let provider = numbering();
    let secret = format!("{SECRET_VARIABLE}=s3cret");
    let spec = spec(&provider, &["https://git.example.com"]).to_string();
    let words = ["token", "--spec", &spec, "--format", "token"];
    let output = image.run(&["-e", &secret], &words);
    assert_eq!(output.answer(), "token-1\n");

    let named = format!("KEYFOB_SPEC={spec}");
    let output = image.run(&["-e", &secret, "-e", &named], &["kubectl"]);
    assert_eq!(
        output.json()["status"]["token"],
        "token-2",
        "nothing is kept"
    );
    let git = ["--entrypoint", "git-credential-keyfob"];
    let capability = image.run(&git, &["capability"]);
    assert!(capability.answer().starts_with("version 0\n"));
    assert_eq!(provider.count(), 2);
}

#[test]
fn the_image_has_a_user_who_is_not_root_trusts_its_own_roots_and_says_what_it_is() {
    let Some(image) = Image::load() else { return };
    let doctor = image.run(&[], &["doctor"]).stdout;
    let bundle = "certificates from the system's bundle /etc/ssl/certs/ca-certificates.crt";
    assert!(doctor.contains(bundle), "{doctor}");
    let told = image.podman(&["image", "inspect", &format!("keyfob:{VERSION}")]);
    let told = &told.json()[0];
    assert_eq!(told["User"], "65532:65532");
    let arch = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    };
    assert_eq!(told["Architecture"], arch);
    for words in ["Labels", "Annotations"] {
        let word = |name: &str| told[words][format!("org.opencontainers.image.{name}")].clone();
        assert_eq!(word("title"), "keyfob");
        assert_eq!(word("version"), VERSION);
        assert_eq!(word("licenses"), "MIT OR Apache-2.0");
        assert_eq!(word("created"), "2026-11-21T23:43:17Z");
    }
    assert_eq!(told["RootFS"]["Layers"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_archive_holds_an_image_for_each_architecture() {
    if !need(&["skopeo"]) || !need_root() {
        return;
    }
    let Some(folder) = packages() else { return };
    let home = Home::new();
    let archive = folder.join(format!("keyfob-{VERSION}.oci.tar"));
    let mut skopeo = home.command("skopeo");
    skopeo.args(["inspect", "--raw"]);
    let output = run(skopeo.arg(format!("oci-archive:{}", archive.display())), "");
    let index = output.json();
    let platform = |it: &Value| it["platform"]["architecture"].as_str().unwrap().to_owned();
    let manifests = index["manifests"].as_array().unwrap().iter();
    let mut platforms: Vec<String> = manifests.map(platform).collect();
    platforms.sort();
    assert_eq!(platforms, ["amd64", "arm64"]);
}
