//! What the released program may cost, and what it does before it answers: size, instructions and system calls of a cache hit, and the lookup of
//! hosts in a static program.
//!
//! `KEYFOB_RELEASE` names the program, as `.ci/release` prints it, and `KEYFOB_RELEASE_DYNAMIC` the ordinary one; `tests/run` sets both. Never measures
//! time: that is `tests/bench/run`'s.

mod names;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::tools::loads_libraries;
use crate::support::{Answer, Home, Provider, need, run};

/// The released program; without one the test is skipped aloud, and fails where `CI=true` promises that it is there.
pub fn release() -> Option<PathBuf> {
    named_by("KEYFOB_RELEASE")
}

fn named_by(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    if path.is_none() {
        need(&[&format!("{variable} (set by tests/run)")]);
    }
    path
}

/// A home in which the tokens of spec `ci`, which names a preset, and of spec `plain`, which names a grant, are in the cache.
fn warm(release: &Path) -> Home {
    let provider = Provider::start(|_| {
        let token = format!("eyJ{}", "a".repeat(600));
        Answer::token(&token, 86_400)
    });
    let mut home = Home::new();
    let spec = json!({
        "provider": "mongodb-atlas",
        "base_url": provider.at(""),
        "client_id": "mdb_sa_id_00112233445566778899aabb",
        "client_secret": {"env": "CLIENT_SECRET"},
        "targets": ["https://git.example.com/team", "registry.example.com:5000"],
    });
    home.spec("ci", spec.to_string());
    let spec = json!({
        "provider": "client_credentials",
        "token_url": provider.at("/oauth/token"),
        "client_id": "ci",
        "client_secret": {"env": "CLIENT_SECRET"},
        "targets": ["https://git.example.com/team", "registry.example.com:5000"],
    });
    home.spec("plain", spec.to_string());
    home.set("CLIENT_SECRET", "hunter2");
    for (spec, count) in [("ci", 1), ("plain", 2)] {
        let words = ["token", "--spec", spec];
        run(home.command_at(release).args(words), "").answer();
        assert_eq!(provider.count(), count);
    }
    home
}

const GIT: &str = "protocol=https\nhost=git.example.com\npath=team/x\n\n";
const DOCKER: &str = "registry.example.com:5000\n";
/// The hits: words, standard input.
const HITS: &[(&[&str], &str)] = &[
    (&["kubectl", "--spec", "ci"], ""),
    (&["token", "--spec", "ci"], ""),
    (&["git", "--spec", "ci", "get"], GIT),
    (&["docker", "--spec", "ci", "get"], DOCKER),
];

/// Most user-space instructions of a hit, by way of a preset as by that of a plain grant. They are 195,000 to 206,000; a third of them relocates the
/// program (6,000 pointers, eleven instructions each), and grows with its tables and vtables and not with what a hit does: the commands that people
/// type brought a thousand of them.
const INSTRUCTIONS: u64 = 210_000;

/// Most parts of 64 KiB, which is what a page fault brings in, that hold code which a hit runs: what they are now and a little. Linked in the
/// compiler's order they are thirty-six; where the names of `.ci/layout.ld` have grown old, `tests/bench/layout` writes them anew.
const PARTS: usize = 16;

#[test]
fn a_hit_takes_few_instructions_and_they_lie_side_by_side() {
    let Some(release) = release() else { return };
    if !need(&["valgrind"]) {
        return;
    }
    let home = warm(&release);
    let named = HITS.iter().flat_map(|(words, stdin)| {
        ["ci", "plain"].map(|spec| {
            let words = words
                .iter()
                .map(|word| if *word == "ci" { spec } else { word });
            (words.collect::<Vec<&str>>(), *stdin)
        })
    });
    for (words, stdin) in named {
        assert_few(&home, &release, &words, stdin);
    }
    // Found by the target that it lists.
    std::fs::remove_file(home.path("config/plain.json")).unwrap();
    assert_few(&home, &release, &["git", "get"], GIT);
    assert_few(&home, &release, &["docker", "get"], DOCKER);
}

#[track_caller]
fn assert_few(home: &Home, release: &Path, words: &[&str], stdin: &str) {
    let found = home.path("callgrind.out");
    let mut command = home.command("valgrind");
    command.args(["--tool=callgrind", "--dump-instr=yes", "--compress-pos=no"]);
    command.arg(format!("--callgrind-out-file={}", found.display()));
    let output = run(command.arg(release).args(words), stdin);
    output.answer();
    let counted = output.stderr.lines().find_map(|line| {
        let (_, number) = line.split_once("Collected : ")?;
        number.trim().parse::<u64>().ok()
    });
    let counted = counted.unwrap_or_else(|| panic!("{}", output.stderr));
    assert!(counted > 20_000, "{words:?}: {counted}: nothing was run");
    assert!(counted <= INSTRUCTIONS, "{words:?}: {counted}");

    let found = std::fs::read_to_string(&found).unwrap();
    let address = |line: &str| {
        let hexadecimal = line.strip_prefix("0x")?.split(' ').next()?;
        u64::from_str_radix(hexadecimal, 16).ok()
    };
    let addresses = found.lines().filter_map(address);
    let parts: BTreeSet<u64> = addresses.map(|at| at >> 16).collect();
    assert!(parts.len() > 3, "{words:?}: nothing was run");
    assert!(parts.len() <= PARTS, "{words:?}: {}", parts.len());
}

#[test]
fn the_static_program_is_small_and_needs_no_library() {
    let Some(release) = release() else { return };
    let size = release.metadata().unwrap().len();
    assert!(size <= 4_400_000, "{size} bytes");
    let home = Home::new();
    assert!(!loads_libraries(&release));
    run(home.command_at(&release).arg("--version"), "").answer();
}

#[test]
fn the_ordinary_program_is_small_and_needs_the_c_library_alone() {
    let Some(release) = named_by("KEYFOB_RELEASE_DYNAMIC") else {
        return;
    };
    let size = release.metadata().unwrap().len();
    assert!(size <= 3_700_000, "{size} bytes");
    let home = Home::new();
    // The loader tells what it would load (ld.so(8), LD_TRACE_LOADED_OBJECTS).
    let mut command = home.command_at(&release);
    let loaded = run(command.env("LD_TRACE_LOADED_OBJECTS", "1"), "");
    let loaded = loaded.answer();
    let libraries: Vec<&str> = loaded
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| !name.contains("vdso") && !name.contains("ld-linux"))
        .collect();
    assert_eq!(libraries, ["libc.so.6"], "{loaded}");
    run(home.command_at(&release).arg("--version"), "").answer();
}

#[test]
fn a_hit_opens_its_spec_and_its_entry_and_nothing_else() {
    let Some(release) = release() else { return };
    if !need(&["strace"]) {
        return;
    }
    let home = warm(&release);
    for (words, stdin) in HITS {
        let trace = home.path("trace");
        let mut command = home.command("strace");
        command.args(["-f", "-qq", "-o"]).arg(&trace).arg(&release);
        run(command.args(*words), stdin).answer();
        let trace = std::fs::read_to_string(&trace).unwrap();
        let calls = |name: &str| {
            let of_name = |line: &&str| {
                line.split_once(' ')
                    .is_some_and(|(_, call)| call.trim_start().starts_with(name))
            };
            trace.lines().filter(of_name).collect::<Vec<_>>()
        };
        assert_eq!(calls("execve").len(), 1, "{words:?}: {trace}");
        for none in [
            "socket",
            "connect",
            "clone",
            "fork",
            "vfork",
            "add_key",
            "keyctl",
            "request_key",
        ] {
            assert!(calls(none).is_empty(), "{words:?}: {trace}");
        }
        let opened = calls("open");
        assert_eq!(opened.len(), 2, "{words:?}: {opened:?}");
        assert!(opened[0].contains("/config/ci.json"), "{opened:?}");
        assert!(opened[1].contains("/cache/") && opened[1].contains("O_RDONLY"));
    }
}
