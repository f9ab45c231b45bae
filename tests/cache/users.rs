//! The cache folder among several users: root with a user's HOME, a user in a folder of root's, and
//! a user whose umask takes away what is made. Root alone can play them.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::{TOKEN, home, numbering};
use crate::support::home::keyfob_binary;
use crate::support::tools::need_root;
use crate::support::{Home, Output, run};

/// An ordinary user.
const USER: u32 = 65534;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Hands a folder over, with all that is in it.
fn hand_over(path: &Path) {
    chown(path, Some(USER), Some(USER)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for item in fs::read_dir(path).unwrap() {
            let path = item.unwrap().path();
            if !path.is_symlink() {
                hand_over(&path);
            }
        }
    }
}

/// The program as the user: a copy, since the user may not look into root's folders.
fn as_user(home: &Home, first: &str, words: &[&str]) -> Command {
    let program = home.path("home/keyfob");
    if !program.exists() {
        // Not by this process: what another test starts meanwhile would hold the copy open for
        // writing, and it could not be run.
        let copied = Command::new("cp")
            .arg(keyfob_binary())
            .arg(&program)
            .status();
        assert!(copied.unwrap().success());
    }
    let mut command = home.command("sh");
    command
        .args(["-c", &format!("{first}\nexec \"$0\" \"$@\"")])
        .arg(program)
        .args(words)
        .uid(USER)
        .gid(USER);
    command
}

#[track_caller]
fn token(output: &Output) -> String {
    assert_eq!(output.stderr, "");
    output.answer().trim_end().to_owned()
}

#[test]
fn under_any_umask_its_user_can_use_what_was_made() {
    if !need_root() {
        return;
    }
    for umask in ["0177", "0277", "0477", "0777"] {
        let provider = numbering();
        let mut home = home(&provider);
        let folder = home.path("home/new/keyfob");
        home.set("KEYFOB_CACHE_DIR", &folder);
        hand_over(&home.path(""));
        for _ in 0..2 {
            let output = run(&mut as_user(&home, &format!("umask {umask}"), &TOKEN), "");
            assert_eq!(token(&output), "token-1", "{umask}");
        }
    }
}

#[test]
fn a_folder_that_a_umask_broke_is_mended() {
    if !need_root() {
        return;
    }
    for mode in [0o000, 0o300, 0o500, 0o600] {
        let provider = numbering();
        let home = home(&provider);
        hand_over(&home.path(""));
        let ask = || token(&run(&mut as_user(&home, ":", &TOKEN), ""));
        assert_eq!(ask(), "token-1");
        for file in fs::read_dir(home.cache()).unwrap() {
            set_mode(&file.unwrap().path(), 0);
        }
        set_mode(&home.cache(), mode);
        assert_eq!([ask(), ask()], ["token-2", "token-2"], "{mode:o}");
        assert_eq!(home.cache().metadata().unwrap().mode() & 0o7777, 0o700);
    }
}

#[test]
fn root_makes_no_folder_in_the_home_of_another() {
    if !need_root() {
        return;
    }
    for (variable, place) in [
        ("HOME", "home/.cache"),
        ("XDG_CACHE_HOME", "xdg/keyfob"),
        ("XDG_RUNTIME_DIR", "run/keyfob"),
    ] {
        let provider = numbering();
        let mut home = home(&provider);
        let folder = home.path(place).parent().unwrap().to_owned();
        fs::create_dir_all(&folder).unwrap();
        chown(&folder, Some(USER), Some(USER)).unwrap();
        for other in ["KEYFOB_CACHE_DIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"] {
            home.unset(other);
        }
        home.set(variable, &folder);
        let ask = |words: &[&str]| run(&mut home.keyfob(words), "");
        assert_eq!(
            [token(&ask(&TOKEN)), token(&ask(&TOKEN))],
            ["token-1", "token-2"]
        );
        assert!(!home.path(place).exists(), "{variable}");
        let output = ask(&["doctor"]);
        assert!(!home.path(place).exists(), "{variable}");
        let says = "is another user's; nothing is made in it";
        let hint = "hint: no token is kept, and every call asks the provider; use `sudo -H`, or";
        assert!(
            output.stdout.contains(says) && output.stdout.contains(hint),
            "{}",
            output.stdout
        );
        // A folder that is named is the user's own choice.
        home.set("KEYFOB_CACHE_DIR", folder.join("named"));
        let ask = || token(&run(&mut home.keyfob(TOKEN), ""));
        assert_eq!([ask(), ask()], ["token-3", "token-3"]);
    }
}

#[test]
fn a_user_in_a_folder_that_all_can_write_is_told_what_helps() {
    if !need_root() {
        return;
    }
    let provider = numbering();
    let mut home = home(&provider);
    // As an emptyDir of Kubernetes is: root's, and everybody's to write.
    let shared = home.path("home/shared");
    fs::create_dir(&shared).unwrap();
    hand_over(&home.path(""));
    chown(&shared, Some(0), Some(0)).unwrap();
    set_mode(&shared, 0o777);
    home.set("KEYFOB_CACHE_DIR", &shared);
    let logged: Vec<&str> = ["-v"].into_iter().chain(TOKEN).collect();
    let output = run(&mut as_user(&home, ":", &logged), "");
    let shown = shared.display();
    let below = format!("set KEYFOB_CACHE_DIR={shown}/private: keyfob makes that folder");
    let told = format!(
        "cache: {shown}: other users can write it, and root owns it; \
         no token is kept, and every call asks the provider; {below}"
    );
    assert!(output.stderr.contains(&told), "{}", output.stderr);
    let output = run(&mut as_user(&home, ":", &["doctor"]), "");
    let hint = format!("hint: no token is kept, and every call asks the provider; {below}\n");
    assert!(output.stdout.contains(&hint), "{}", output.stdout);
    // It does help.
    home.set("KEYFOB_CACHE_DIR", shared.join("private"));
    let ask = || token(&run(&mut as_user(&home, ":", &TOKEN), ""));
    assert_eq!([ask(), ask()], ["token-2", "token-2"]);
}

#[test]
fn a_user_is_told_of_a_folder_that_root_made() {
    if !need_root() {
        return;
    }
    let provider = numbering();
    let home = home(&provider);
    hand_over(&home.path(""));
    chown(home.cache(), Some(0), Some(0)).unwrap();
    let output = run(&mut as_user(&home, ":", &["doctor"]), "");
    let shown = home.cache().display().to_string();
    let told = format!("fail\tcache: {shown}: it is root's, and cannot be written\n");
    let hint = format!("every call asks the provider; `sudo rm -r {shown}`, or set");
    assert!(
        output.stdout.contains(&told) && output.stdout.contains(&hint),
        "{}",
        output.stdout
    );
}

#[test]
fn a_users_own_files_and_roots_are_trusted_and_no_third_ones() {
    if !need_root() {
        return;
    }
    const OTHER: u32 = USER - 1;
    for (owner, mode, allowed) in [
        (USER, 0o700, true),
        // Others can write it, but not replace what is in it.
        (USER, 0o1777, true),
        (0, 0o755, true),
        (0, 0o1777, true),
        (OTHER, 0o755, false),
        (OTHER, 0o1777, false),
        (USER, 0o777, false),
        (0, 0o777, false),
    ] {
        let provider = numbering();
        let home = home(&provider);
        hand_over(&home.path(""));
        chown(home.config(), Some(owner), Some(owner)).unwrap();
        set_mode(&home.config(), mode);
        let output = run(&mut as_user(&home, ":", &TOKEN), "");
        assert_eq!(
            output.status,
            if allowed { 0 } else { 2 },
            "{owner} {mode:o}: {output:?}"
        );
        assert_eq!(provider.count(), usize::from(allowed));
        let refused = output.stderr.contains("(spec-unsafe)");
        assert_eq!(refused, !allowed, "{output:?}");
    }
    for (owner, allowed) in [(USER, true), (0, true), (OTHER, false)] {
        let provider = numbering();
        let home = home(&provider);
        hand_over(&home.path(""));
        let spec = home.config().join("ci.json");
        chown(&spec, Some(owner), Some(owner)).unwrap();
        set_mode(&spec, 0o644);
        let output = run(&mut as_user(&home, ":", &TOKEN), "");
        assert_eq!(
            output.status,
            if allowed { 0 } else { 2 },
            "{owner}: {output:?}"
        );
    }
}
