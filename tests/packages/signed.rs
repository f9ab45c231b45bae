//! The sums, and a maintainer's signature over them, made with a key that is thrown away.

use std::fs;

use super::offered::{VERSION, files, packages};
use crate::house::root;
use crate::support::{Home, Output, need, run};

/// A copy of the release's sums and smaller files beside a key of its own.
struct Release {
    home: Home,
}

impl Release {
    fn new() -> Option<Self> {
        if !need(&["minisign", "sha256sum", "python3"]) {
            return None;
        }
        let folder = packages()?;
        let release = Self { home: Home::new() };
        for name in files(folder, "") {
            let copy = release.home.path("out").join(&name);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::hard_link(folder.join(&name), &copy)
                .or_else(|_| fs::copy(folder.join(&name), &copy).map(drop))
                .unwrap();
        }
        // Without a password, which minisign asks for on a terminal.
        release.run(
            "minisign",
            &["-G", "-W", "-p", "../keyfob.pub", "-s", "../key"],
        );
        Some(release)
    }

    fn run(&self, program: &str, words: &[&str]) -> Output {
        let mut command = self.home.command(program);
        run(command.args(words).current_dir(self.home.path("out")), "")
    }

    fn sign(&self, version: &str) -> Output {
        let script = root().join(".ci/packaging/sign");
        let mut command = self.home.command_at(&script);
        command.args([".", version, "../key"]);
        run(command.current_dir(self.home.path("out")), "")
    }

    fn verify(&self) -> Output {
        self.run(
            "minisign",
            &["-V", "-m", "SHA256SUMS", "-p", "../keyfob.pub"],
        )
    }
}

#[test]
fn a_signature_holds_for_the_sums_and_the_sums_for_every_file() {
    let Some(release) = Release::new() else {
        return;
    };
    assert_eq!(release.sign(VERSION).status, 0);
    let verified = release.verify();
    assert!(verified.answer().ends_with(&format!("keyfob {VERSION}\n")));
    let checked = release.run("sha256sum", &["--check", "--strict", "SHA256SUMS"]);
    let listed = checked.answer().lines().count();
    // All but the sums and their signature.
    assert_eq!(listed, files(&release.home.path("out"), "").len() - 2);

    let sums = release.home.path("out/SHA256SUMS");
    let text = fs::read_to_string(&sums).unwrap();
    fs::remove_file(&sums).unwrap();
    fs::write(&sums, text.replacen('0', "1", 1)).unwrap();
    assert_eq!(release.verify().status, 1);
}

#[test]
fn what_the_sums_do_not_list_or_say_otherwise_is_not_signed() {
    let Some(release) = Release::new() else {
        return;
    };
    let refused = |version: &str, why: &str| {
        let output = release.sign(version);
        assert_eq!(
            (output.status, output.stderr),
            (1, format!("sign: {why}\n"))
        );
        assert!(!release.home.path("out/SHA256SUMS.minisig").exists());
    };
    let other = |version: &str| format!("its archives are of version {VERSION}, not {version}");
    refused("9.9.9", &other("9.9.9"));
    for name in ["added", "npm/SHA256SUMS", "SHA256SUMS.old"] {
        let added = release.home.write(&format!("out/{name}"), "");
        let why = format!("there, or in SHA256SUMS, but not both: {name}");
        refused(VERSION, &why);
        fs::remove_file(added).unwrap();
    }
    let name = format!("keyfob-{VERSION}-1.aarch64.rpm");
    let changed = release.home.path("out").join(&name);
    let mut content = fs::read(&changed).unwrap();
    content[600] ^= 1;
    fs::remove_file(&changed).unwrap();
    fs::write(&changed, content).unwrap();
    refused(VERSION, &format!("{name} is not what SHA256SUMS says"));
}

#[test]
fn a_release_candidate_is_not_signed_as_the_version_that_follows_it() {
    if !need(&["minisign", "python3"]) {
        return;
    }
    let release = Release { home: Home::new() };
    let name = "keyfob-9.8.7-rc.1-x86_64-unknown-linux-gnu.tar.gz";
    release.home.write(&format!("out/{name}"), "");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let sums = format!("{empty}  {name}\n");
    release.home.write("out/SHA256SUMS", sums);
    let why = "sign: its archives are of version 9.8.7-rc.1, not 9.8.7\n";
    let output = release.sign("9.8.7");
    assert_eq!((output.status, &*output.stderr), (1, why));
}
