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
    refused("9.9.9", "nothing in it is of version 9.9.9");
    let added = release.home.write("out/added", "");
    refused(VERSION, "there, or in SHA256SUMS, but not both: added");
    fs::remove_file(added).unwrap();
    let name = format!("keyfob-{VERSION}-1.aarch64.rpm");
    let changed = release.home.path("out").join(&name);
    let mut content = fs::read(&changed).unwrap();
    content[600] ^= 1;
    fs::remove_file(&changed).unwrap();
    fs::write(&changed, content).unwrap();
    refused(VERSION, &format!("{name} is not what SHA256SUMS says"));
}
