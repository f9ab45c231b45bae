//! `fetch/`: the script that fetches a release, in every shell that runs it, from a page that gives what it should, and less, and worse.

mod archive;
mod copies;
mod ended;
mod kept;
mod page;
mod told;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use keyfob::protocol::CALLERS;

use crate::ci::release_page::{PROGRAMS, Release, VERSION, archive, name, only, sha256};
use crate::ci::{Job, Variables, names_in, path};
use crate::house::root;
use crate::support::home::keyfob_binary;
use crate::support::process::run_within;
use crate::support::{Home, Output, Provider, need, run};

/// A machine without keyfob, and what the script is told.
struct Machine {
    home: Home,
    shell: &'static [&'static str],
    told: Variables,
}

impl Machine {
    fn new(programs: &str) -> Self {
        let mut home = Home::new();
        let folder = only(&mut home, programs);
        // What is asked again is asked at once.
        let sleep = folder.join("sleep");
        if sleep.exists() {
            fs::remove_file(&sleep).unwrap();
            symlink("/bin/true", sleep).unwrap();
        }
        Self {
            home,
            shell: &["sh"],
            told: Variables::new(),
        }
    }

    /// One that fetches this release.
    fn of(release: &Release) -> Self {
        Self::new(PROGRAMS).told(&release.page, &release.checksum())
    }

    fn told(mut self, page: &Provider, checksum: &str) -> Self {
        self.tell("VERSION", VERSION);
        self.tell("CHECKSUM", checksum);
        self.tell("RELEASES", &page.url());
        self
    }

    fn tell(&mut self, name: &str, value: &str) {
        self.told.insert(format!("KEYFOB_{name}"), value.to_owned());
    }

    /// A program of the machine that is this script.
    fn stub(&self, name: &str, body: &str) {
        let path = self.home.path("programs").join(name);
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn folder(&self) -> PathBuf {
        self.home.path("job/bin")
    }

    fn fetch_into(&self, folder: &Path) -> Output {
        let (program, options) = self.shell.split_first().unwrap();
        let mut command = self.home.command(program);
        command
            .args(options)
            .arg(path("fetch/keyfob-fetch.sh"))
            .arg(folder)
            .envs(&self.told);
        run_within(&mut command, "", Duration::from_secs(60))
    }

    fn fetch(&self) -> Output {
        self.fetch_into(&self.folder())
    }

    #[track_caller]
    fn fetched(&self) {
        let said = format!("{}\n", self.folder().display());
        assert_eq!(self.fetch(), Output::success(&said));
        let keyfob = self.folder().join("keyfob");
        let version = run(self.home.command_at(&keyfob).arg("--version"), "");
        let version = version.answer();
        assert!(
            version.starts_with(&format!("keyfob {VERSION}")),
            "{version}"
        );
        self.left_nothing_else();
    }

    /// It failed so, ran nothing, and left nothing.
    #[track_caller]
    fn failed(&self, why: &str) {
        let output = self.fetch();
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, ""),
            "{output:?}"
        );
        let first = output.stderr.lines().next().unwrap_or_default();
        assert_eq!(
            first,
            format!("keyfob-fetch: error: {why}"),
            "{}",
            output.stderr
        );
        let lines: Vec<&str> = output.stderr.lines().skip(1).collect();
        assert!(lines.len() <= 1, "{}", output.stderr);
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with("keyfob-fetch: hint: "))
        );
        assert!(!self.folder().join("keyfob").exists());
        assert!(!self.home.path("home/ran").exists(), "it was run");
        self.left_nothing_else();
    }

    #[track_caller]
    fn left_nothing_else(&self) {
        if self.folder().exists() {
            assert_eq!(names_in(&self.folder(), ".fetch"), [""; 0]);
        }
        assert_eq!(names_in(&self.home.path("tmp"), ""), [""; 0]);
    }
}

fn archive_name() -> String {
    format!("{}.tar.gz", name())
}

/// The shells that runners run: Debian's, everybody's, Alpine's.
const SHELLS: [&[&str]; 4] = [
    &["dash"],
    &["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    &["bash", "--posix"],
    &["busybox", "sh"],
];

#[test]
fn every_shell_and_either_program_fetches_the_archive_and_keeps_it_for_the_next_job() {
    if !need(&["busybox", "wget", "dash", "python3"]) {
        return;
    }
    for shell in SHELLS {
        for downloader in ["curl", "wget"] {
            let programs = PROGRAMS.replace("curl", downloader) + " dash busybox";
            let release = Release::start();
            let mut machine = Machine::new(&programs).told(&release.page, &release.checksum());
            machine.shell = shell;
            machine.fetched();
            // Once more in the same job, and in another.
            machine.fetched();
            fs::remove_dir_all(machine.folder()).unwrap();
            machine.fetched();
            let asked = release.page.requests();
            let asked: Vec<&str> = asked.iter().map(|request| &*request.path).collect();
            let wanted = format!("/v{VERSION}/{}", archive_name());
            assert_eq!(asked, [wanted.as_str()], "{shell:?} {downloader}");
            let kept = machine.home.path("home/.cache/keyfob-archives");
            assert_eq!(names_in(&kept, ""), [release.checksum()]);
        }
    }
}

/// In a machine whose every program is busybox's, but for curl.
#[test]
fn an_image_that_has_busybox_and_curl_is_enough() {
    if !need(&["busybox", "python3"]) {
        return;
    }
    let release = Release::start();
    let mut machine = Machine::of(&release);
    machine.shell = &["busybox", "sh"];
    only(&mut machine.home, "curl busybox");
    for name in PROGRAMS.split_whitespace() {
        let applet = machine.home.path("programs").join(name);
        if name != "curl" && name != "bash" {
            symlink(machine.home.path("programs/busybox"), applet).unwrap();
        }
    }
    machine.fetched();
    fs::remove_file(machine.home.path("programs/curl")).unwrap();
    fs::remove_dir_all(machine.folder()).unwrap();
    symlink(
        machine.home.path("programs/busybox"),
        machine.home.path("programs/wget"),
    )
    .unwrap();
    machine.fetched();
    fs::remove_dir_all(machine.home.path("home/.cache")).unwrap();
    fs::remove_dir_all(machine.folder()).unwrap();
    machine.failed("neither curl nor GNU wget is installed");
}

#[test]
fn the_real_archive_is_fetched_by_its_line_in_the_real_sums_and_every_link_answers() {
    if !need(&["python3", "cargo"]) {
        return;
    }
    let home = Home::new();
    let out = home.path("out");
    let target = name().replace(&format!("keyfob-{VERSION}-"), "");
    let mut package = std::process::Command::new(root().join(".ci/package"));
    package.arg(&out).args(["--only", "archive", "--program"]);
    package.arg(format!("{target}={}", keyfob_binary()));
    let made = run_within(&mut package, "", Duration::from_secs(120));
    assert_eq!(made.status, 0, "{}", made.stderr);
    let release = Release::empty();
    release.offer(&archive_name(), fs::read(out.join(archive_name())).unwrap());
    let sums = fs::read_to_string(out.join("SHA256SUMS")).unwrap();
    let others = format!(
        "{}  keyfob-{VERSION}-x86_64-apple-darwin.tar.gz\n",
        "0".repeat(64)
    );
    let machine = Machine::new(PROGRAMS).told(&release.page, &(others + &sums));
    machine.fetched();
    let links: BTreeSet<&str> = CALLERS.iter().map(|caller| caller.link).collect();
    let mut there = links.clone();
    there.remove("keyring");
    there.insert("keyfob");
    let found = names_in(&machine.folder(), "");
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, there);
    // The archive itself has them all, whatever is installed where it is made.
    let mut list = home.command("tar");
    let listed = run(list.arg("-tzf").arg(out.join(archive_name())), "");
    let bin = format!("{}/bin/", name());
    let members = listed.answer().lines();
    let packed: BTreeSet<&str> = members
        .filter_map(|line| line.strip_prefix(bin.as_str()))
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(packed, there);
    let docker = machine.folder().join("docker-credential-keyfob");
    let said = run(machine.home.command_at(&docker).arg("version"), "");
    assert!(said.answer().contains(VERSION), "{}", said.stdout);
}

#[test]
fn what_was_kept_and_changed_since_is_fetched_anew() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let machine = Machine::of(&release);
    machine.fetched();
    let kept = machine
        .home
        .path("home/.cache/keyfob-archives")
        .join(release.checksum());
    fs::write(&kept, "other").unwrap();
    machine.fetched();
    assert_eq!(release.page.count(), 2);
    assert_eq!(sha256(&fs::read(kept).unwrap()), release.checksum());
}

#[test]
fn a_cache_that_cannot_be_written_is_done_without() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    for (variable, value) in [
        ("KEYFOB_ARCHIVES", "/proc/self"),
        ("RUNNER_TOOL_CACHE", "/dev/null/tools"),
        ("HOME", "/dev/null"),
        ("HOME", ""),
    ] {
        let mut machine = Machine::of(&release);
        machine.told.insert(variable.to_owned(), value.to_owned());
        machine.fetched();
    }
    assert_eq!(release.page.count(), 4);
    for variable in [
        "KEYFOB_ARCHIVES",
        "RUNNER_TOOL_CACHE",
        "AGENT_TOOLSDIRECTORY",
    ] {
        let mut machine = Machine::of(&release);
        let cache = machine.home.path("tools");
        machine
            .told
            .insert(variable.to_owned(), cache.to_str().unwrap().to_owned());
        machine.fetched();
        assert_eq!(names_in(&cache.join("keyfob-archives"), "").len(), 1);
        assert!(!machine.home.path("home/.cache").exists());
    }
}

#[test]
fn jobs_that_fetch_at_once_do_not_disturb_one_another() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let machine = Machine::of(&release);
    let own: Vec<PathBuf> = (0..3)
        .map(|job| machine.home.path(format!("job-{job}")))
        .collect();
    // Three in folders of their own, and three in one.
    let folders = own
        .iter()
        .cloned()
        .chain([(); 3].map(|()| machine.folder()));
    thread::scope(|jobs| {
        for folder in folders {
            let machine = &machine;
            jobs.spawn(move || {
                let said = format!("{}\n", folder.display());
                assert_eq!(machine.fetch_into(&folder), Output::success(&said));
                let keyfob = folder.join("keyfob");
                run(machine.home.command_at(&keyfob).arg("--version"), "").answer();
            });
        }
    });
    machine.left_nothing_else();
    let kept = machine.home.path("home/.cache/keyfob-archives");
    assert_eq!(names_in(&kept, ""), [release.checksum()]);
}

#[test]
fn a_folder_of_files_serves_where_there_is_no_network() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let mut machine = Machine::of(&release);
    let mirror = machine.home.path("a mirror@2");
    machine.tell("RELEASES", mirror.to_str().unwrap());
    let file = mirror.join(format!("v{VERSION}")).join(archive_name());
    machine.failed(&format!("{} cannot be read", file.display()));
    machine.home.write(
        &format!("a mirror@2/v{VERSION}/{}", archive_name()),
        archive(),
    );
    only(&mut machine.home, &PROGRAMS.replace("curl", ""));
    machine.fetched();
    assert_eq!(release.page.count(), 0);
}

/// `keyless/` on a machine without keyfob: the script lies beside the specs.
#[test]
fn a_job_without_a_secret_fetches_keyfob_as_well() {
    if !need(&["python3"]) {
        return;
    }
    let (job, release) = Job::bare();
    let spec = fs::read(job.home.path("home/ci/api.json")).unwrap();
    job.home.write("home/ci/keyfob/job.json", spec);
    for file in ["keyless/prepare.sh", "fetch/keyfob-fetch.sh"] {
        let name = Path::new(file).file_name().unwrap().to_str().unwrap();
        let content = fs::read(path(file)).unwrap();
        job.home.write(&format!("home/ci/keyfob/{name}"), content);
    }
    let script = ". ci/keyfob/prepare.sh\ncommand -v keyfob\ndocker-credential-keyfob version\n";
    let mut told = Variables::new();
    told.insert("API_SECRET".to_owned(), "s3cret".to_owned());
    let folder = job.home.path("tmp/job");
    told.insert("KEYFOB_JOB".to_owned(), folder.to_str().unwrap().to_owned());
    for (name, value) in release.inputs() {
        told.insert(format!("KEYFOB_{}", name.to_uppercase()), value);
    }
    let output = job.script(&["sh"], script, &told);
    let program = folder.join("bin/keyfob");
    let start = format!("{}\n", program.display());
    assert!(output.answer().starts_with(&start), "{output:?}");
    assert!(output.stdout.contains(VERSION) && output.stderr.is_empty());
    assert_eq!(job.asked(), ["/token"]);

    told.insert("KEYFOB_CHECKSUM".to_owned(), "0".repeat(64));
    let output = job.script(&["sh"], script, &told);
    assert!(output.stderr.contains("is not what KEYFOB_CHECKSUM says"));
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
}
