//! What is in an archive, and who signed it.

use std::fs;
use std::path::Path;

use super::{Machine, archive_name};
use crate::ci::release_page::{PROGRAMS, Release, VERSION, name, only, packed, program, sha256};
use crate::support::{Home, need, run};

#[test]
fn an_archive_with_another_sum_is_neither_unpacked_nor_run_nor_kept() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let mut machine = Machine::of(&release);
    let wrong = "0".repeat(64);
    machine.tell("CHECKSUM", &wrong);
    let is = release.checksum();
    machine.stub("tar", "touch \"$HOME/ran\"");
    machine.failed(&format!(
        "{} is not what KEYFOB_CHECKSUM says: its SHA-256 is {is}",
        archive_name()
    ));
    assert_eq!(release.page.count(), 1, "it is not asked for again");
    assert!(!machine.home.path("home/.cache").exists());
}

#[test]
fn of_an_archive_only_the_program_is_written_and_nothing_outside_the_folder() {
    if !need(&["python3"]) {
        return;
    }
    let member = format!("{}/bin/keyfob", name());
    let outside = [
        ("../escaped".to_owned(), "x".to_owned()),
        (format!("{}/../../escaped", name()), "x".to_owned()),
        ("/tmp/keyfob-escaped".to_owned(), "x".to_owned()),
        (format!("{}/bin/more", name()), "x".to_owned()),
        (member.clone(), program()),
    ];
    let release = Release::empty();
    release.offer(&archive_name(), packed(&outside));
    let machine = Machine::of(&release);
    machine.fetched();
    for file in ["escaped", "job/escaped", "job/bin/more", "home/escaped"] {
        assert!(!machine.home.path(file).exists(), "{file}");
    }
    assert!(!Path::new("/tmp/keyfob-escaped").exists());

    let linked = [(member, "-> ../../victim".to_owned())];
    let without = [("keyfob".to_owned(), program())];
    for members in [&linked, &without] {
        let release = Release::empty();
        release.offer(&archive_name(), packed(members));
        let machine = Machine::of(&release);
        machine.home.write("job/victim", program());
        machine.failed(&format!(
            "{} holds no {}/bin/keyfob, or tar, gzip or unzip is not installed",
            archive_name(),
            name()
        ));
    }
}

#[test]
fn a_program_of_another_version_or_machine_is_not_put_into_path() {
    if !need(&["python3"]) {
        return;
    }
    for script in [
        "#!/bin/sh\necho keyfob 0.0.9\n",
        "#!/bin/sh\nexit 1\n",
        "\u{7f}ELF",
    ] {
        let release = Release::empty();
        let member = (format!("{}/bin/keyfob", name()), script.to_owned());
        release.offer(&archive_name(), packed(&[member]));
        Machine::of(&release).failed(&format!(
            "the program of {} does not run here, or is another version",
            archive_name()
        ));
    }
}

/// Played here by its name alone: no Windows was at hand.
#[test]
fn a_zip_is_unpacked_as_a_tar_is_and_each_name_is_a_program() {
    if !need(&["python3", "unzip"]) {
        return;
    }
    let home = Home::new();
    let name = format!("keyfob-{VERSION}-x86_64-pc-windows-gnu");
    let file = home.path("tmp/zip");
    let make =
        "import sys, zipfile\nzipfile.ZipFile(sys.argv[1], 'w').writestr(sys.argv[2], sys.argv[3])";
    let mut command = home.command("python3");
    command.args(["-c", make]).arg(&file);
    run(
        command.args([format!("{name}/bin/keyfob.exe"), program()]),
        "",
    )
    .answer();
    let content = fs::read(&file).unwrap();
    let release = Release::empty();
    release.offer(&format!("{name}.zip"), content.clone());
    let programs = format!("{PROGRAMS} unzip");
    let machine = Machine::new(&programs).told(&release.page, &sha256(&content));
    machine.stub(
        "uname",
        "[ $1 = -m ] && echo x86_64 || echo MSYS_NT-10.0-26100",
    );
    machine.fetch().answer();
    let docker = machine.folder().join("docker-credential-keyfob.exe");
    assert!(
        fs::symlink_metadata(&docker).unwrap().is_file(),
        "a hard link"
    );
    run(machine.home.command_at(&docker).arg("--version"), "").answer();
}

#[test]
fn a_signature_is_checked_where_a_key_is_given() {
    if !need(&["python3", "minisign"]) {
        return;
    }
    let home = Home::new();
    let release = Release::start();
    let sums = format!("{}  {}\n", release.checksum(), archive_name());
    // As `.ci/packaging/sign` does it, with a key of this test's own.
    let (key, public) = (home.path("key"), home.path("public"));
    let mut make = home.command("minisign");
    run(make.arg("-GWfp").arg(&public).arg("-s").arg(&key), "").answer();
    let public = fs::read_to_string(public).unwrap();
    let signer = public.lines().last().unwrap();
    let sign = |sums: &str, comment: &str| {
        let file = home.write("tmp/SHA256SUMS", sums);
        let mut command = home.command("minisign");
        command.arg("-Ss").arg(&key).arg("-m").arg(&file);
        run(command.args(["-t", comment]), "").answer();
        let signature = fs::read(home.path("tmp/SHA256SUMS.minisig")).unwrap();
        release.offer("SHA256SUMS", sums.into());
        release.offer("SHA256SUMS.minisig", signature);
    };
    let programs = format!("{PROGRAMS} minisign");
    let mut machine = Machine::new(&programs).told(&release.page, &release.checksum());
    let unsigned = format!("SHA256SUMS of version {VERSION} is not signed by KEYFOB_SIGNER");
    let signed = format!("keyfob {VERSION}");
    machine.tell("SIGNER", signer);
    sign(&sums, "keyfob 0.0.9");
    machine.failed(&unsigned);
    sign(&sums, &signed);
    release.offer("SHA256SUMS", b"others".to_vec());
    machine.failed(&unsigned);
    sign(&sums.replace('a', "b"), &signed);
    machine.failed(&format!(
        "KEYFOB_CHECKSUM is not the sum of {} that KEYFOB_SIGNER signed",
        archive_name()
    ));
    sign(&sums, &signed);
    machine.tell("SIGNER", "-x /etc/passwd");
    machine.failed("KEYFOB_SIGNER is not a public key of minisign");
    // Another's key.
    let other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    machine.tell("SIGNER", other);
    machine.failed(&unsigned);
    machine.tell("SIGNER", signer);
    machine.fetched();
    only(&mut machine.home, PROGRAMS);
    fs::remove_dir_all(machine.folder()).unwrap();
    machine.failed("KEYFOB_SIGNER is given, and minisign is not installed");
}
