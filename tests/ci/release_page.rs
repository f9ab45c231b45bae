//! A release page on loopback, and machines that have a few programs and no keyfob.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use crate::support::home::keyfob_binary;
use crate::support::tools::find;
use crate::support::{Answer, Home, Provider, run};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What every runner's default image has. No Rust, and no keyfob.
pub const PROGRAMS: &str = "sh bash env uname tr cut sed grep tail head mkdir mktemp chmod cp mv \
    rm ln cat ls cksum dirname printenv sleep timeout sha256sum tar gzip curl";

/// `keyfob-VERSION-TARGET` of this machine.
pub fn name() -> String {
    let system = "unknown-linux-gnu";
    format!("keyfob-{VERSION}-{}-{system}", std::env::consts::ARCH)
}

/// The page: files by their names, and the requests for them.
pub struct Release {
    pub page: Provider,
    files: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Release {
    /// A page that offers the archive of this machine.
    pub fn start() -> Self {
        let release = Self::empty();
        release.offer(&format!("{}.tar.gz", name()), archive());
        release
    }

    pub fn empty() -> Self {
        let files = Arc::new(Mutex::new(HashMap::<String, Vec<u8>>::new()));
        let offered = Arc::clone(&files);
        let page = Provider::start(move |request| {
            let name = request.path.strip_prefix(&format!("/v{VERSION}/"));
            let files = offered.lock().unwrap();
            name.and_then(|name| files.get(name))
                .map_or_else(|| Answer::empty(404), |content| answer(content))
        });
        Self { page, files }
    }

    pub fn offer(&self, name: &str, content: Vec<u8>) {
        self.files.lock().unwrap().insert(name.to_owned(), content);
    }

    /// What a user writes into the pipeline: inputs of these names, and their values.
    pub fn inputs(&self) -> [(&'static str, String); 3] {
        [
            ("version", VERSION.to_owned()),
            ("checksum", self.checksum()),
            ("releases", self.page.url()),
        ]
    }

    /// The SHA-256 of this machine's archive.
    pub fn checksum(&self) -> String {
        sha256(&self.files.lock().unwrap()[&format!("{}.tar.gz", name())])
    }
}

/// A file as a release page sends it.
pub fn answer(content: &[u8]) -> Answer {
    let mut answer = Answer::empty(200).header("Content-Type", "application/octet-stream");
    answer.body = content.to_vec();
    answer
}

pub fn sha256(content: &[u8]) -> String {
    let home = Home::new();
    let file = home.write("content", content);
    let sum = run(home.command("sha256sum").arg(file), "");
    sum.answer()[..64].to_owned()
}

/// The program under test, called by a script, so that the archive is small.
pub fn program() -> String {
    format!("#!/bin/sh\nexec {} \"$@\"\n", keyfob_binary())
}

/// The archive of this machine.
pub fn archive() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || packed(&[(format!("{}/bin/keyfob", name()), program())]);
    MADE.get_or_init(make).clone()
}

/// A `.tar.gz` of these members, whatever their names are.
pub fn packed(members: &[(String, String)]) -> Vec<u8> {
    let home = Home::new();
    let make = "import io, sys, tarfile\n\
        archive = tarfile.open(sys.argv[1], 'w:gz')\n\
        words = sys.argv[2:]\n\
        for name, content in zip(words[::2], words[1::2]):\n    \
            entry = tarfile.TarInfo(name)\n    \
            if content.startswith('-> '):\n        \
                entry.type, entry.linkname = tarfile.SYMTYPE, content[3:]\n    \
            entry.size, entry.mode = len(content) if entry.isreg() else 0, 0o755\n    \
            archive.addfile(entry, io.BytesIO(content.encode()))\n\
        archive.close()\n";
    let file = home.path("tmp/packed");
    let mut command = home.command("python3");
    command.args(["-c", make]).arg(&file);
    for (name, content) in members {
        command.args([name, content]);
    }
    run(&mut command, "").answer();
    fs::read(file).unwrap()
}

/// PATH is a folder that holds these programs (and what busybox is to be) alone.
pub fn only(home: &mut Home, programs: &str) -> PathBuf {
    let folder = home.path("programs");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    for name in programs.split_whitespace() {
        let program = find(name).unwrap_or_else(|| panic!("{name} is not installed"));
        symlink(program, folder.join(name)).unwrap();
    }
    home.set("PATH", &folder);
    folder
}
