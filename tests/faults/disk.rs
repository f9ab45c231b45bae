//! Disks that are full, fill up in the middle of an entry, or cannot be written: a login all the same, and nothing half written.

use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;

use super::callers::{ALL, Caller};
use super::{content, each, entry, files, home, near_renewal, spec};
use crate::support::home::keyfob_binary;
use crate::support::{Answer, Home, Provider, run};

/// A provider whose tokens are long: `token-1xxx…`.
fn long_winded() -> Provider {
    Provider::start(|request| {
        let token = format!("token-{}{}", request.number, "x".repeat(9000));
        Answer::token(&token, 3600)
    })
}

/// The caller by way of a shell that does this first.
fn after(home: &Home, caller: Caller, shell: &[&str], first: &str) -> Command {
    let mut command = home.command(shell[0]);
    let script = format!("{first}\nexec \"$0\" \"$@\"");
    command
        .args(&shell[1..])
        .args(["-c", &script, keyfob_binary()]);
    command.args(caller.arguments());
    command
}

const SHELL: &[&str] = &["sh"];
/// A shell in a mount name space of its own.
const APART: &[&str] = &["unshare", "-m", "sh"];

/// Whether this mount can be made here.
fn mounts(home: &Home, first: &str) -> bool {
    let mut command = home.command(APART[0]);
    command
        .args(&APART[1..])
        .args(["-c", &format!("{first}\ntrue")]);
    geteuid().is_root() && run(&mut command, "").status == 0
}

fn temporary(home: &Home) -> Vec<std::path::PathBuf> {
    let mut files = files(&home.cache());
    files.retain(|path| path.extension().is_some_and(|ending| ending == "tmp"));
    files
}

#[test]
fn a_disk_that_fills_up_in_the_middle_of_an_entry_keeps_the_one_before() {
    // A file may grow to so many blocks of 512 bytes; the entry needs eighteen.
    let cases = [0, 1, 3, 8, 17]
        .into_iter()
        .flat_map(|most| ALL.map(|caller| (format!("{most} {caller:?}"), (most, caller))));
    each(4, cases, |(most, caller)| {
        let provider = long_winded();
        let home = home(&spec(&provider.at("/token")));
        let full = format!("trap '' XFSZ; ulimit -f {most}");
        let cold = caller.ask_by(&mut after(&home, caller, SHELL, &full));
        assert!(caller.token(&cold).starts_with("token-1x"));
        assert_eq!((entry(&home), temporary(&home).len()), (None, 0));

        assert!(caller.token(&caller.ask(&home)).starts_with("token-2x"));
        near_renewal(&home);
        let before = content(&entry(&home).unwrap());
        let renewed = caller.ask_by(&mut after(&home, caller, SHELL, &full));
        assert!(caller.token(&renewed).starts_with("token-3x"));
        assert_eq!(content(&entry(&home).unwrap()), before);
        assert_eq!(temporary(&home).len(), 0);

        assert!(caller.token(&caller.ask(&home)).starts_with("token-4x"));
        assert!(caller.token(&caller.ask(&home)).starts_with("token-4x"));
    });
}

#[test]
fn a_cache_on_a_disk_that_is_really_full_is_done_without() {
    let provider = long_winded();
    let home = home(&spec(&provider.at("/token")));
    let cache = home.cache();
    // Room for a page or two, and none for the entry.
    let full = format!(
        "mount -t tmpfs -o size=4k,mode=0700 none {0} || exit 77",
        cache.display()
    );
    if !mounts(&home, &full) {
        return;
    }
    for caller in ALL {
        let look = format!(
            "{full}\n\"$0\" \"$@\" || exit; ls {}/*.json {0}/*.tmp 2>/dev/null && exit 3; exit 0",
            cache.display()
        );
        let mut command = home.command(APART[0]);
        command
            .args(&APART[1..])
            .args(["-c", &look, keyfob_binary()]);
        command.args(caller.arguments());
        let output = caller.ask_by(&mut command);
        assert!(caller.token(&output).starts_with("token-"), "{output:?}");
    }
    assert_eq!(provider.count(), ALL.len());
}

#[test]
fn a_home_that_is_read_only_and_a_temporary_folder_that_is_full_are_done_without() {
    let provider = long_winded();
    let mut home = home(&spec(&provider.at("/token")));
    for variable in ["KEYFOB_CACHE_DIR", "XDG_RUNTIME_DIR"] {
        home.unset(variable);
    }
    let tmp = home.path("tmp");
    let first = format!(
        "mount -t tmpfs -o size=4k none {0} && mount -o bind,ro {1} {1} || exit 77\n\
         head -c 4096 /dev/zero > {0}/full 2>/dev/null",
        tmp.display(),
        home.home().display()
    );
    if !mounts(&home, &first) {
        return;
    }
    for (number, caller) in (1..).zip(ALL) {
        let output = caller.ask_by(&mut after(&home, caller, APART, &first));
        assert!(
            caller
                .token(&output)
                .starts_with(&format!("token-{number}x"))
        );
    }
    let none: Vec<std::path::PathBuf> = Vec::new();
    assert_eq!(files(&home.home()), none);
}

#[test]
fn without_a_home_every_caller_is_served() {
    let provider = long_winded();
    let mut home = home(&spec(&provider.at("/token")));
    home.set("KEYFOB_SPEC", home.config().join("ci.json"));
    for variable in ["HOME", "XDG_RUNTIME_DIR", "KEYFOB_CACHE_DIR", "TMPDIR"] {
        home.unset(variable);
    }
    for (number, caller) in (1..).zip(ALL) {
        let mut command = caller.command(&home);
        command.current_dir(Path::new("/"));
        let output = caller.ask_by(&mut command);
        assert!(
            caller
                .token(&output)
                .starts_with(&format!("token-{number}x"))
        );
    }
}
