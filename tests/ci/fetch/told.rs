//! What the script is told, and the machine that it runs on.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use super::{Machine, archive_name};
use crate::ci::names_in;
use crate::ci::release_page::{PROGRAMS, Release, VERSION};
use crate::support::tools::need_root;
use crate::support::{Answer, Output, Provider, need};

#[test]
fn sums_are_taken_as_every_system_writes_them_and_nothing_else_is() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let sum = release.checksum();
    let archive = archive_name();
    for good in [
        sum.to_uppercase(),
        format!("sha256:{sum}"),
        format!("\n  {sum}\r\n"),
        format!("{sum} *{archive}\r\n{}  other.zip\r\n", "0".repeat(64)),
    ] {
        let mut machine = Machine::of(&release);
        machine.tell("CHECKSUM", &good);
        machine.fetched();
    }
    let asked = release.page.count();
    let one = format!("KEYFOB_CHECKSUM is not one SHA-256 for {archive}");
    let none = format!("KEYFOB_CHECKSUM has no SHA-256 for {archive}");
    for (wrong, why) in [
        (String::new(), &none),
        (
            format!("{sum}  keyfob-{VERSION}-aarch64-apple-darwin.tar.gz"),
            &none,
        ),
        (sum[1..].to_owned(), &one),
        (format!("{sum}\n{sum}"), &one),
        ("##vso[task.setvariable variable=PATH]x".to_owned(), &none),
        ("::add-path::x".to_owned(), &one),
        ("latest".to_owned(), &one),
    ] {
        let mut machine = Machine::of(&release);
        machine.tell("CHECKSUM", &wrong);
        machine.failed(why);
    }
    assert_eq!(
        release.page.count(),
        asked,
        "nothing is asked for without a sum"
    );
}

#[test]
fn versions_and_addresses_that_are_none_are_refused_and_not_shown() {
    let page = Provider::start(|_| panic!("nobody should ask"));
    let version = "KEYFOB_VERSION is not a version such as 0.1.0";
    let neither = "KEYFOB_RELEASES is neither https nor the path of a folder";
    let address = "KEYFOB_RELEASES is not an address";
    let name = "KEYFOB_RELEASES holds a user name: a mirror is asked without credentials";
    for (variable, value, why) in [
        ("VERSION", "latest", version),
        ("VERSION", "0/../../x", version),
        ("VERSION", "0.1.0\n::add-path::x", version),
        ("VERSION", "", version),
        ("RELEASES", "http://mirror.example.com", neither),
        ("RELEASES", "http://127.0.0.1.example.com/x", neither),
        ("RELEASES", "ftp://127.0.0.1/x", neither),
        ("RELEASES", "mirror", neither),
        ("RELEASES", "https://me:s3cret@mirror.example.com", name),
        ("RELEASES", "http://127.0.0.1:80@mirror.example.com", name),
        ("RELEASES", "https://x/##vso[x]", address),
        ("RELEASES", "https://x/a b", address),
        ("RELEASES", "/x/##vso[x]", address),
        ("RELEASES", "/x\n::add-path::y", address),
        ("RELEASES", "https://x/\n::add-path::y", address),
        ("SECONDS", "1; id", "KEYFOB_SECONDS is not a number"),
        ("SIGNER", "", ""),
    ] {
        if why.is_empty() {
            continue;
        }
        let mut machine = Machine::new(PROGRAMS).told(&page, &"0".repeat(64));
        machine.tell(variable, value);
        machine.failed(why);
    }
}

#[test]
fn without_version_and_checksum_the_program_on_path_serves() {
    let machine = Machine::new(PROGRAMS);
    machine.failed("keyfob is not on PATH, and no version is named to fetch");
    machine.stub("keyfob", "exit 9");
    assert_eq!(machine.fetch(), Output::success(""));
    assert!(!machine.folder().exists());
}

#[test]
fn each_system_has_its_archive_and_others_are_told() {
    if !need(&["python3", "unzip"]) {
        return;
    }
    let page = Provider::start(|_| Answer::empty(404));
    for (system, processor, archive) in [
        ("Linux", "x86_64", "x86_64-unknown-linux-gnu.tar.gz"),
        ("Linux", "aarch64", "aarch64-unknown-linux-gnu.tar.gz"),
        ("Darwin", "arm64", "aarch64-apple-darwin.tar.gz"),
        ("Darwin", "x86_64", "x86_64-apple-darwin.tar.gz"),
        (
            "MINGW64_NT-10.0-26100",
            "x86_64",
            "x86_64-pc-windows-gnu.zip",
        ),
    ] {
        let machine = Machine::new(PROGRAMS).told(&page, &"0".repeat(64));
        machine.stub(
            "uname",
            &format!("[ $1 = -m ] && echo {processor} || echo {system}"),
        );
        let address = page.at(&format!("/v{VERSION}/keyfob-{VERSION}-{archive}"));
        machine.failed(&format!("{address}: HTTP status 404"));
    }
    for (system, processor) in [("Linux", "riscv64"), ("Linux", "i686"), ("SunOS", "x86_64")] {
        let machine = Machine::new(PROGRAMS).told(&page, &"0".repeat(64));
        machine.stub(
            "uname",
            &format!("[ $1 = -m ] && echo {processor} || echo {system}"),
        );
        machine.failed("no release is made for this system and processor");
    }
}

#[test]
fn a_mac_that_has_shasum_needs_no_sha256sum() {
    if !need(&["python3", "shasum"]) {
        return;
    }
    let release = Release::start();
    let programs = PROGRAMS.replace("sha256sum", "shasum perl");
    Machine::new(&programs)
        .told(&release.page, &release.checksum())
        .fetched();
    let programs = PROGRAMS.replace("sha256sum", "");
    let machine = Machine::new(&programs).told(&release.page, &release.checksum());
    machine.failed("neither sha256sum nor shasum is installed");
    assert_eq!(release.page.count(), 1);
}

#[test]
fn a_folder_that_another_user_could_fill_is_refused() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let why = "the folder for the program is a link, or another user's";
    let machine = Machine::of(&release);
    fs::create_dir_all(machine.home.path("elsewhere")).unwrap();
    fs::create_dir_all(machine.home.path("job")).unwrap();
    symlink(machine.home.path("elsewhere"), machine.folder()).unwrap();
    machine.failed(why);
    if need_root() {
        let machine = Machine::of(&release);
        fs::create_dir_all(machine.folder()).unwrap();
        chown(machine.folder(), Some(65534), None).unwrap();
        machine.failed(why);
    }
    let machine = Machine::of(&release);
    fs::create_dir_all(machine.folder()).unwrap();
    fs::set_permissions(machine.folder(), fs::Permissions::from_mode(0o777)).unwrap();
    machine.fetched();
    let mode = fs::metadata(machine.folder()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[test]
fn a_users_variables_for_his_own_commands_change_nothing() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let mut machine = Machine::of(&release);
    let elsewhere = machine.home.path("elsewhere");
    fs::create_dir_all(elsewhere.join("bin")).unwrap();
    let mut set = |name: &str, value: &str| machine.told.insert(name.to_owned(), value.to_owned());
    set("CDPATH", elsewhere.to_str().unwrap());
    set("TAR_OPTIONS", "--exclude=*");
    let folder = machine.home.path("home/bin");
    let said = format!("{}\n", folder.display());
    assert_eq!(machine.fetch_into(Path::new("bin")), Output::success(&said));
    assert!(folder.join("keyfob").is_file());
    assert_eq!(names_in(&elsewhere.join("bin"), ""), [""; 0]);
}
