//! The cache folder: private where it is made here, not used where others could reach it, and never in the way of a login.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::geteuid;

use super::{TOKEN, entry, home, names, numbering, spec, token};
use crate::support::home::keyfob_binary;
use crate::support::{Home, Provider, run};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// keyfob by way of a shell that does this first.
fn after(home: &Home, first: &str) -> Command {
    let mut shell = home.command("sh");
    shell.args([
        "-c",
        &format!("{first}\nexec \"$0\" \"$@\""),
        keyfob_binary(),
    ]);
    shell.args(TOKEN);
    shell
}

/// Every call brings a new token and none a complaint: nothing was kept, and nothing broken.
#[track_caller]
fn keeps_nothing(home: &Home, provider: &Provider) {
    let before = provider.count();
    let begun = Instant::now();
    for number in 1..=2 {
        assert_eq!(token(home), format!("token-{}", before + number));
    }
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn folders_are_0700_and_files_0600_under_any_umask() {
    for umask in ["000", "022", "077", "0177", "0277", "0477", "0777"] {
        let provider = numbering();
        let mut home = home(&provider);
        let folder = home.path("new/folder/keyfob");
        home.set("KEYFOB_CACHE_DIR", &folder);
        fs::create_dir(home.path("new")).unwrap();
        run(&mut after(&home, &format!("umask {umask}")), "").answer();
        assert_eq!(mode(&folder), 0o700, "{umask}");
        assert_eq!(mode(&home.path("new/folder")), 0o700, "{umask}");
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 2, "an entry and its lock");
        for file in files {
            assert_eq!(mode(&file.path()), 0o600, "{umask} {file:?}");
        }
    }
}

#[test]
fn the_folder_is_found_as_the_xdg_specification_says() {
    let provider = numbering();
    let mut home = home(&provider);
    let xdg = home.path("xdg");
    home.unset("KEYFOB_CACHE_DIR").set("XDG_CACHE_HOME", xdg);
    let lies = |home: &Home, folder: &str| {
        token(home);
        fs::read_dir(home.path(folder)).is_ok_and(|mut items| items.next().is_some())
    };
    assert!(lies(&home, "run/keyfob"));
    home.set("XDG_RUNTIME_DIR", "relative/is/ignored");
    assert!(lies(&home, "xdg/keyfob"));
    home.unset("XDG_RUNTIME_DIR").unset("XDG_CACHE_HOME");
    assert!(lies(&home, "home/.cache/keyfob"));
    assert_eq!(mode(&home.path("home/.cache")), 0o700);
}

#[test]
fn a_runtime_folder_that_is_not_there_is_not_made() {
    for gone in [true, false] {
        let provider = numbering();
        let mut home = home(&provider);
        let (runtime, xdg) = (home.path("gone"), home.path("xdg"));
        if !gone {
            home.write("gone", "a file");
        }
        home.unset("KEYFOB_CACHE_DIR")
            .set("XDG_RUNTIME_DIR", &runtime)
            .set("XDG_CACHE_HOME", &xdg);
        assert_eq!([token(&home), token(&home)], ["token-1", "token-1"]);
        assert!(fs::read_dir(xdg.join("keyfob")).unwrap().count() > 0);
        assert_eq!(runtime.exists(), !gone);
    }
}

#[test]
fn forget_all_says_where_it_could_not_forget() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    let forget = || {
        let output = run(&mut home.keyfob(["forget", "--all"]), "");
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        let (told, hint) = output.stderr.split_once('\n').unwrap();
        assert!(told.ends_with(" (cache-unusable)"), "{}", output.stderr);
        assert_eq!(
            hint,
            "keyfob: hint: remove the folder, or name another with KEYFOB_CACHE_DIR\n"
        );
    };
    set_mode(&home.cache(), 0o777);
    forget();
    set_mode(&home.cache(), 0o700);
    assert_eq!(token(&home), "token-1", "nothing was removed");
    let stays = home.cache().join(format!("{}.json", "2".repeat(64)));
    fs::create_dir(&stays).unwrap();
    forget();
    fs::remove_dir(&stays).unwrap();
    assert_eq!(run(&mut home.keyfob(["forget", "--all"]), "").answer(), "");
    assert_eq!(token(&home), "token-2");
}

#[test]
fn a_folder_that_is_none_breaks_nothing() {
    let provider = numbering();
    let mut home = home(&provider);
    let file = home.write("file", "mine");
    let dangling = home.path("dangling");
    symlink("nowhere", &dangling).unwrap();
    let below = file.join("below");
    for folder in [&file, &below, &dangling] {
        home.set("KEYFOB_CACHE_DIR", folder);
        keeps_nothing(&home, &provider);
    }
    for folder in ["/proc/keyfob", "/dev/null", "/dev/null/keyfob"] {
        home.set("KEYFOB_CACHE_DIR", folder);
        keeps_nothing(&home, &provider);
    }
    assert_eq!(fs::read(file).unwrap(), b"mine");
}

#[test]
fn a_symlink_is_not_followed_to_the_folder() {
    let provider = numbering();
    let mut home = home(&provider);
    let real = home.path("cache");
    symlink(&real, home.path("link")).unwrap();
    let link = home.path("link").display().to_string();
    for end in ["", "/", "//", "/.", "/./"] {
        home.set("KEYFOB_CACHE_DIR", format!("{link}{end}"));
        keeps_nothing(&home, &provider);
        assert_eq!(names(&home), Vec::<String>::new(), "{end}");
    }
}

#[test]
fn a_folder_that_others_can_write_is_not_used() {
    let provider = numbering();
    let home = home(&provider);
    for open in [0o770, 0o702, 0o777, 0o1777] {
        set_mode(&home.cache(), open);
        keeps_nothing(&home, &provider);
        assert_eq!(names(&home), Vec::<String>::new());
    }
    set_mode(&home.cache(), 0o700);
    let kept = token(&home);
    set_mode(&home.cache(), 0o770);
    assert_ne!(
        token(&home),
        kept,
        "an entry that others could have put there"
    );
    set_mode(&home.cache(), 0o700);
    assert_eq!(token(&home), kept);
}

#[test]
fn a_folder_or_an_entry_of_somebody_else_is_not_used() {
    if !geteuid().is_root() {
        return; // nobody else can give files away
    }
    let provider = numbering();
    let home = home(&provider);
    let stranger = |path: &Path, uid| chown(path, Some(uid), Some(uid)).unwrap();
    stranger(&home.cache(), 65534);
    keeps_nothing(&home, &provider);
    assert_eq!(names(&home), Vec::<String>::new());
    stranger(&home.cache(), 0);
    let kept = token(&home);
    stranger(&entry(&home), 65534);
    assert_ne!(token(&home), kept);
}

#[test]
fn an_entry_that_others_can_write_is_not_used() {
    let provider = numbering();
    let home = home(&provider);
    for open in [0o620, 0o602, 0o666] {
        let kept = token(&home);
        set_mode(&entry(&home), open);
        assert_ne!(token(&home), kept);
        assert_eq!(mode(&entry(&home)), 0o600, "written anew");
    }
}

#[test]
fn a_full_disk_breaks_nothing_and_leaves_nothing() {
    let provider = numbering();
    let home = home(&provider);
    // A limit of zero on a file's size fails like a disk that is full, for every user.
    for number in 1..=2 {
        let output = run(&mut after(&home, "trap '' XFSZ; ulimit -f 0"), "");
        assert_eq!(output.answer(), format!("token-{number}\n"));
        assert_eq!(output.stderr, "");
    }
    assert!(
        names(&home).iter().all(|name| name.ends_with(".lock")),
        "{:?}",
        names(&home)
    );
    assert_eq!(token(&home), "token-3");
    assert_eq!(token(&home), "token-3");
}

#[test]
fn a_disk_that_fills_up_keeps_what_was_there() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    let before = fs::read(entry(&home)).unwrap();
    let mut asks = after(&home, "trap '' XFSZ; ulimit -f 0");
    asks.env("CACHE_SECRET", "another");
    assert_eq!(run(&mut asks, "").answer(), "token-2\n");
    assert_eq!(fs::read(entry(&home)).unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_written_still_gives_what_it_has() {
    let provider = numbering();
    let home = home(&provider);
    assert_eq!(token(&home), "token-1");
    let cache = home.cache();
    // Permissions do not bind root; a mount does, in a name space of its own.
    let bind = format!("mount -o bind,ro {0} {0} || exit 77", cache.display());
    let read_only = |change: &str| {
        let script = match geteuid().is_root() {
            true => format!("{bind}\n{change}\nexec \"$0\" \"$@\""),
            false => format!("{change}\nexec \"$0\" \"$@\""),
        };
        let mut command = match geteuid().is_root() {
            true => home.command("unshare"),
            false => home.command("sh"),
        };
        if geteuid().is_root() {
            command.args(["-m", "sh"]);
        }
        command.args(["-c", &script, keyfob_binary()]).args(TOKEN);
        run(&mut command, "")
    };
    set_mode(&cache, 0o500);
    let (hit, miss) = (read_only(""), read_only("export CACHE_SECRET=another"));
    set_mode(&cache, 0o700);
    if [1, 77].contains(&hit.status) && geteuid().is_root() && hit.stdout.is_empty() {
        return; // no mounts here
    }
    assert_eq!((hit.answer(), hit.stderr.as_str()), ("token-1\n", ""));
    assert_eq!((miss.answer(), miss.stderr.as_str()), ("token-2\n", ""));
}

#[test]
fn without_home_and_any_folder_there_is_still_a_login() {
    let provider = numbering();
    let mut home = home(&provider);
    for variable in [
        "HOME",
        "XDG_RUNTIME_DIR",
        "XDG_CACHE_HOME",
        "KEYFOB_CACHE_DIR",
        "KEYFOB_CONFIG_DIR",
    ] {
        home.unset(variable);
    }
    home.set("KEYFOB_SPEC", spec(&provider).to_string());
    for number in 1..=2 {
        let output = run(&mut home.keyfob(["token", "--format", "token"]), "");
        assert_eq!(output.answer(), format!("token-{number}\n"));
        assert_eq!(output.stderr, "");
    }
    for command in [&["status"][..], &["forget", "--all"]] {
        assert_eq!(run(&mut home.keyfob(command), "").status, 0);
    }
}

#[test]
fn names_in_the_folder_are_digests_and_tell_nothing() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    let names = names(&home);
    let (json, lock) = (&names[0], &names[1]);
    let key = json.strip_suffix(".json").unwrap();
    assert_eq!(lock.strip_suffix(".lock"), Some(key));
    assert_eq!(key.len(), 64);
    assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()));
}
