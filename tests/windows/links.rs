//! `keyfob setup` on Windows: copies in place of links, and a tool's file with Windows' line ends.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::wine::windows_path;
use crate::support::{Output, Windows, run};

fn called(user: &Windows, arguments: &[&str]) -> Output {
    run(user.keyfob(arguments).env(SECRET_VARIABLE, "s3cret"), "")
}

/// A user with a spec for a registry, and keyfob.exe in the first folder of PATH.
fn user() -> Option<Windows> {
    let user = Windows::new()?;
    let provider = Box::leak(Box::new(numbering()));
    let text = spec(provider, &["registry.example.com"]).to_string();
    user.spec("ci", text);
    Some(user)
}

/// keyfob.exe in the first folder of PATH.
fn install(user: &Windows) -> PathBuf {
    let program = user.home().bin().join("keyfob.exe");
    let built = std::env::var_os("KEYFOB_WINDOWS").unwrap();
    fs::copy(Path::new(&built), &program).unwrap();
    program
}

#[test]
fn docker_s_file_keeps_its_line_ends_and_gets_a_copy_of_keyfob() {
    let Some(user) = user() else {
        return;
    };
    let program = install(&user);
    let config = user.home().write(
        "profile/.docker/config.json",
        "{\r\n\t\"auths\": {},\r\n\t\"detachKeys\": \"ctrl-e,e\"\r\n}\r\n",
    );
    let before = fs::read_to_string(&config).unwrap();
    let run_it = |words: &[&str]| {
        run(
            user.command(&windows_path(&program), words)
                .env(SECRET_VARIABLE, "s3cret"),
            "",
        )
    };
    let done = run_it(&["setup", "docker", "--spec", "ci", "--yes"]);
    assert_eq!(done.status, 0, "{done:?}");
    let after = fs::read_to_string(&config).unwrap();
    assert!(
        after.contains("\"registry.example.com\": \"keyfob\""),
        "{after}"
    );
    assert_eq!(
        after.matches('\n').count(),
        after.matches("\r\n").count(),
        "{after:?}"
    );
    let link = program.with_file_name("docker-credential-keyfob.exe");
    assert!(link.is_file(), "{done:?}");

    let mut asked = user.command(&windows_path(&link), ["get"]);
    let answer = run(
        asked.env(SECRET_VARIABLE, "s3cret"),
        "registry.example.com\r\n",
    );
    assert_eq!(answer.json()["Secret"], "token-1");

    // An update puts another program in the place of this one: the name is made anew.
    let mut other = fs::read(&program).unwrap();
    other.extend_from_slice(b"another version");
    fs::remove_file(&link).unwrap();
    fs::write(&link, &other).unwrap();
    let again = run_it(&["setup", "docker", "--spec", "ci", "--yes"]);
    assert_eq!(again.status, 0, "{again:?}");
    assert!(fs::read(&link).unwrap() == fs::read(&program).unwrap());

    let undone = run_it(&["setup", "docker", "--undo", "--yes"]);
    assert_eq!(undone.status, 0, "{undone:?}");
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
    assert!(!link.exists() && program.is_file(), "{undone:?}");
}

/// What lies at the name of a link and is no keyfob stays.
#[test]
fn another_program_under_that_name_stays() {
    let Some(user) = user() else {
        return;
    };
    let program = install(&user);
    let link = program.with_file_name("docker-credential-keyfob.exe");
    fs::write(&link, "somebody's").unwrap();
    let done = run(
        &mut user.command(
            &windows_path(&program),
            ["setup", "docker", "--spec", "ci", "--yes"],
        ),
        "",
    );
    assert!(
        done.stdout.contains("it is another program than"),
        "{done:?}"
    );
    assert_eq!(fs::read(&link).unwrap(), b"somebody's");
    assert_eq!(called(&user, &["--version"]).status, 0);
}
