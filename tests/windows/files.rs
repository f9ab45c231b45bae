//! Files on Windows: the folders, who may write them, names that are no files, and a cache that others use at the same time.
//!
//! Wine shows the owner and mode of a file on the drive `Z:` as an owner and an access list, so that `chmod` and `chown` play other users. What it
//! cannot play is said in integrations/windows.md.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Stdio;

use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::tools::need_root;
use crate::support::wine::windows_path;
use crate::support::{Output, Provider, Windows, run};

/// A user with a spec `ci`, and its provider.
fn user() -> Option<(Windows, Provider)> {
    let user = Windows::new()?;
    let provider = numbering();
    user.spec(
        "ci",
        spec(&provider, &["https://git.example.com"]).to_string(),
    );
    Some((user, provider))
}

const TOKEN: [&str; 5] = ["token", "--spec", "ci", "--format", "token"];

fn called(user: &Windows, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = user.keyfob(arguments);
    let variables = variables.iter().copied();
    run(command.env(SECRET_VARIABLE, "s3cret").envs(variables), "")
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn tokens_lie_in_the_local_folder_and_nothing_else_is_made() {
    let Some((user, provider)) = user() else {
        return;
    };
    for _ in 0..2 {
        assert_eq!(called(&user, &TOKEN, &[]), Output::success("token-1\n"));
    }
    assert_eq!(provider.requests().len(), 1);
    let names = |folder: &str| -> Vec<String> {
        let items = fs::read_dir(user.home().path(folder)).unwrap();
        let names = items.map(|item| item.unwrap().file_name().into_string().unwrap());
        names.collect()
    };
    assert_eq!(names("local"), ["keyfob"]);
    assert_eq!(names("roaming"), ["keyfob"]);
    assert_eq!(names("profile"), [""; 0]);
    let mut cached: Vec<String> = names("local/keyfob");
    cached.retain(|name| !name.ends_with(".json") && !name.ends_with(".lock"));
    assert_eq!(cached, [""; 0]);
}

#[test]
fn a_message_names_the_variable_of_windows() {
    let Some((user, _provider)) = user() else {
        return;
    };
    let none = called(&user, &TOKEN, &[("WIN_APPDATA", "")]);
    let why = "neither KEYFOB_CONFIG_DIR nor APPDATA is set";
    assert!(none.stderr.contains(why), "{none:?}");
    let doctor = called(&user, &["doctor"], &[("WIN_LOCALAPPDATA", "")]);
    let why = "neither KEYFOB_CACHE_DIR nor LOCALAPPDATA is set";
    assert!(doctor.stdout.contains(why), "{doctor:?}");
}

/// On Windows `\folder` and `C:folder` depend on the folder in which git or docker runs.
#[test]
fn a_path_without_a_drive_is_relative() {
    let Some((user, provider)) = user() else {
        return;
    };
    for folder in ["keyfob", r"\keyfob", "/keyfob", "C:keyfob"] {
        let refused = called(&user, &TOKEN, &[("KEYFOB_CONFIG_DIR", folder)]);
        let why = "KEYFOB_CONFIG_DIR is not an absolute path";
        assert!(refused.stderr.contains(why), "{folder}: {refused:?}");
    }
    for path in [r"\ci.json", "/ci.json", "C:ci.json", r"sub\ci.json"] {
        let mut docker = user.keyfob(["docker", "--spec", path, "get"]);
        let refused = run(&mut docker, "git.example.com");
        assert!(
            refused.stdout.contains("is a relative path"),
            "{path}: {refused:?}"
        );
    }
    for path in ["/etc/secret", r"\secret", "Z:secret"] {
        let text = spec(&provider, &[]).to_string();
        let place = serde_json::json!({ "file": path }).to_string();
        let text = text.replace(r#"{"env":"TEST_CLIENT_SECRET"}"#, &place);
        let refused = called(&user, &["token", "--spec", &text], &[]);
        assert!(
            refused.stderr.contains("from which drive on"),
            "{path}: {refused:?}"
        );
    }
    assert_eq!(provider.requests().len(), 0);
}

#[test]
fn a_spec_that_others_can_write_is_refused() {
    let Some((user, provider)) = user() else {
        return;
    };
    let file = user.home().path("roaming/keyfob/ci.json");
    let folder = user.home().path("roaming/keyfob");
    for (path, mode, sound, what) in [
        (&file, 0o646, 0o644, "it"),
        (&folder, 0o757, 0o755, "its folder"),
    ] {
        set_mode(path, mode);
        let refused = called(&user, &TOKEN, &[]);
        assert_eq!(
            (refused.status, refused.stdout.as_str()),
            (2, ""),
            "{refused:?}"
        );
        // No command takes writing from others and surely leaves them reading.
        let why = format!(
            "other users can write {what} (take that from them in its properties, under \
             Security) (spec-unsafe)"
        );
        assert!(refused.stderr.contains(&why), "{refused:?}");
        set_mode(path, sound);
    }
    if need_root() {
        chown(&file, Some(65534), None).unwrap();
        let refused = called(&user, &TOKEN, &[]);
        assert!(
            refused
                .stderr
                .contains("another user owns it (spec-unsafe)"),
            "{refused:?}"
        );
        chown(&file, Some(0), None).unwrap();
    }
    assert_eq!(provider.requests().len(), 0);
    assert_eq!(called(&user, &TOKEN, &[]), Output::success("token-1\n"));
}

#[test]
fn a_cache_folder_that_others_can_use_is_not_used_and_one_that_keyfob_makes_is_closed() {
    let Some((user, provider)) = user() else {
        return;
    };
    let open = user.home().path("open");
    fs::create_dir(&open).unwrap();
    for mode in [0o757, 0o755] {
        set_mode(&open, mode);
        let here = [("KEYFOB_CACHE_DIR", windows_path(&open))];
        let here = here.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(called(&user, &TOKEN, &here).status, 0);
        assert_eq!(fs::read_dir(&open).unwrap().count(), 0, "{mode:o}");
        let doctor = called(&user, &["doctor"], &here);
        let what = if mode == 0o757 { "write" } else { "read" };
        let why = format!("other users can {what} it (`icacls \"");
        assert!(doctor.stdout.contains(&why), "{doctor:?}");
    }
    assert_eq!(provider.requests().len(), 2);
    // Wine hands the rights of the folder above down, even where it is told not to.
    set_mode(&open, 0o711);
    let made = user.home().path("open/deep/private");
    let here = [("KEYFOB_CACHE_DIR", windows_path(&made))];
    let here = here.each_ref().map(|(name, value)| (*name, value.as_str()));
    for _ in 0..2 {
        assert_eq!(called(&user, &TOKEN, &here).stdout, "token-3\n");
    }
    let mode = fs::metadata(&made).unwrap().permissions().mode();
    assert_eq!(mode & 0o006, 0, "{mode:o}");
}

#[test]
fn names_that_are_no_files_are_refused() {
    let Some((user, provider)) = user() else {
        return;
    };
    let folder = windows_path(&user.home().path("roaming/keyfob"));
    for (path, why) in [
        (format!(r"{folder}\con.json"), "names a device of Windows"),
        (
            format!(r"{folder}\ci.json:other.json"),
            "names a stream of a file",
        ),
        (format!(r"{folder}\ci.json."), "ends with a dot or a blank"),
        (format!(r"{folder} \ci.json"), "ends with a dot or a blank"),
        (r"\\.\pipe\spec.json".to_owned(), "names a device or a pipe"),
    ] {
        let refused = called(&user, &["token", "--spec", &path], &[]);
        assert!(refused.stderr.contains(why), "{path}: {refused:?}");
    }
    let named = called(&user, &["token", "--spec", "nul"], &[]);
    assert!(
        named.stderr.contains("names a device of Windows"),
        "{named:?}"
    );
    let stream = called(&user, &["token", "--spec", "ci:other"], &[]);
    assert!(
        stream.stderr.contains("the spec's name is not valid"),
        "{stream:?}"
    );
    for (path, why) in [("Z:\\nul", "device"), ("Z:\\tmp\\a:b", "stream")] {
        let text = spec(&provider, &[]).to_string();
        let place = serde_json::json!({ "file": path }).to_string();
        let text = text.replace(r#"{"env":"TEST_CLIENT_SECRET"}"#, &place);
        let refused = called(&user, &["token", "--spec", &text], &[]);
        assert!(refused.stderr.contains(why), "{path}: {refused:?}");
    }
    assert_eq!(provider.requests().len(), 0);
}

/// A path of more than 260 characters, a byte order mark and Windows' line ends; slashes as well.
#[test]
fn a_long_path_and_the_text_of_windows_editors_are_read() {
    let Some((user, provider)) = user() else {
        return;
    };
    let deep = "a-folder-with-a-name-of-fifty-characters-or-so-here/".repeat(6);
    let text = serde_json::to_string_pretty(&spec(&provider, &[])).unwrap();
    let text = format!("\u{feff}{}\r\n", text.replace('\n', "\r\n"));
    let path = user.home().write(&format!("{deep}ci.json"), text);
    let written = windows_path(&path);
    assert!(written.len() > 300, "{written}");
    for path in [written.clone(), written.replace('\\', "/")] {
        let token = called(&user, &["token", "--spec", &path, "--format", "token"], &[]);
        assert_eq!(token, Output::success("token-1\n"));
    }
    let home = [
        "token",
        "--spec",
        "~/../roaming/keyfob/ci.json",
        "--format",
        "token",
    ];
    assert_eq!(called(&user, &home, &[]).status, 0);
}

#[test]
fn many_at_once_make_one_request() {
    let Some((user, provider)) = user() else {
        return;
    };
    let start = |_| {
        let mut command = user.keyfob(TOKEN);
        command.env(SECRET_VARIABLE, "s3cret").stdin(Stdio::null());
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let count = std::env::var("KEYFOB_AT_ONCE").map_or(16, |count| count.parse().unwrap());
    let all: Vec<_> = (0..count).map(start).collect();
    for one in all {
        let output = one.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "token-1\n");
    }
    assert_eq!(provider.requests().len(), 1);
}

/// Another program, such as a virus scanner, has the entry open and lets nobody replace it.
#[test]
fn an_entry_that_another_program_holds_breaks_no_login() {
    let Some((user, provider)) = user() else {
        return;
    };
    assert_eq!(called(&user, &TOKEN, &[]).stdout, "token-1\n");
    let folder = user.home().path("local/keyfob");
    let entry = || {
        let mut items = fs::read_dir(&folder)
            .unwrap()
            .map(|item| item.unwrap().path());
        items
            .find(|path| path.extension().is_some_and(|it| it == "json"))
            .unwrap()
    };
    let text = fs::read_to_string(entry()).unwrap();
    // It is a miss, and has the name that the next token takes.
    fs::write(entry(), text.replace("token-1", "")).unwrap();
    let held = windows_path(&entry());
    let mut holder = user.command(
        "cmd.exe",
        ["/c", &format!("C:\\keyfob-launch.exe --hold 3<{held}")],
    );
    let mut holder = holder.stdin(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(called(&user, &TOKEN, &[]).stdout, "token-2\n");
    drop(holder.stdin.take());
    holder.wait().unwrap();
    let after = called(&user, &TOKEN, &[]);
    assert_eq!(after.status, 0);
    assert_eq!(called(&user, &TOKEN, &[]).stdout, after.stdout);
    let left = fs::read_dir(&folder)
        .unwrap()
        .map(|item| item.unwrap().path());
    let left = left.filter(|path| path.extension().is_some_and(|it| it == "tmp"));
    assert_eq!(left.count(), 0);
    assert!(provider.requests().len() <= 3);
}

/// Whoever can make `C:\ProgramData\keyfob` first is no administrator by that.
#[test]
fn a_folder_of_the_machine_that_an_ordinary_user_made_decides_nothing() {
    let Some((user, _provider)) = user() else {
        return;
    };
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("wine/prefix/drive_c/ProgramData/keyfob");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("policy.json"), r#"{"user_specs": false}"#).unwrap();
    let token = called(&user, &TOKEN, &[]);
    let doctor = called(&user, &["doctor"], &[]);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(token, Output::success("token-1\n"));
    let says = r"C:\ProgramData\keyfob does not count: no administrator owns it";
    assert!(doctor.stdout.contains(says), "{doctor:?}");
}

#[test]
fn the_log_of_a_user_is_closed_to_others() {
    let Some((user, _provider)) = user() else {
        return;
    };
    let log = user.home().path("log.txt");
    let setting = format!("debug:{}", windows_path(&log));
    assert_eq!(
        called(&user, &TOKEN, &[("KEYFOB_LOG", &setting)]),
        Output::success("token-1\n")
    );
    assert!(fs::read_to_string(&log).unwrap().contains("cache: miss"));
    let mode = fs::metadata(&log).unwrap().permissions().mode();
    assert_eq!(mode & 0o007, 0, "{mode:o}");
}
