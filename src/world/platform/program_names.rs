//! Which files a program's name means on Windows, as a function of values.
//!
//! `cmd` looks for a program in the working directory first, and CreateProcess in the folder of the
//! program that calls it and in the working directory. A repository may have put a program there
//! (CVE-2020-26233), so keyfob asks neither of them: it looks in the folders of PATH alone and
//! starts what it found by its whole path.

/// The extensions of programs that Windows starts by themselves. PATHEXT may name others (`.JS`,
/// `.PY`), which another program would have to start.
const STARTABLE: [&str; 4] = [".com", ".exe", ".bat", ".cmd"];

/// The names of the files in a folder of PATH that `name` may mean, the preferred one first.
/// `extensions` is the value of PATHEXT; by default it names all that can be started.
#[must_use]
pub fn file_names(name: &str, extensions: Option<&str>) -> Vec<String> {
    // Windows ignores dots and blanks at the end of a name: `tool.bat. ` would be a batch file that
    // does not look like one. A colon begins a stream of a file or ends the name of a drive.
    let is_plain = !name.is_empty()
        && !name.ends_with(['.', ' '])
        && !name.contains(|c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c));
    if !is_plain {
        return Vec::new();
    }
    let exact = is_startable(name).then(|| name.to_owned());
    let appended = order(extensions)
        .into_iter()
        .map(|end| format!("{name}{end}"));
    exact.into_iter().chain(appended).collect()
}

/// Whether the name ends in an extension of a program.
#[must_use]
pub fn is_startable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    STARTABLE
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|stem| !stem.is_empty()))
}

/// The extensions of programs in the order of PATHEXT.
fn order(extensions: Option<&str>) -> Vec<&'static str> {
    let mut order = Vec::new();
    for named in extensions.unwrap_or_default().split(';') {
        let known = STARTABLE
            .into_iter()
            .find(|end| named.trim().eq_ignore_ascii_case(end));
        order.extend(known.filter(|end| !order.contains(end)));
    }
    match order.is_empty() {
        true => STARTABLE.to_vec(),
        false => order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_the_files_that_pathext_says_in_its_order() {
        let usual = ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC;.PY";
        let table: &[(&str, Option<&str>, &[&str])] = &[
            ("npm", None, &["npm.com", "npm.exe", "npm.bat", "npm.cmd"]),
            (
                "npm",
                Some(usual),
                &["npm.com", "npm.exe", "npm.bat", "npm.cmd"],
            ),
            ("npm", Some(".cmd;.EXE"), &["npm.cmd", "npm.exe"]),
            ("npm", Some(" .CMD ; .cmd;;"), &["npm.cmd"]),
            (
                "npm",
                Some(".JS;.PY"),
                &["npm.com", "npm.exe", "npm.bat", "npm.cmd"],
            ),
            (
                "npm",
                Some(""),
                &["npm.com", "npm.exe", "npm.bat", "npm.cmd"],
            ),
            ("az.cmd", Some(".EXE"), &["az.cmd", "az.cmd.exe"]),
            ("AZ.CMD", Some(".EXE"), &["AZ.CMD", "AZ.CMD.exe"]),
            ("python3.11", Some(".EXE"), &["python3.11.exe"]),
            ("run.js", Some(".JS;.EXE"), &["run.js.exe"]),
            (".exe", Some(".EXE"), &[".exe.exe"]),
            ("ключ", Some(".EXE"), &["ключ.exe"]),
        ];
        for (name, extensions, files) in table {
            assert_eq!(
                file_names(name, *extensions),
                *files,
                "{name} {extensions:?}"
            );
        }
    }

    #[test]
    fn what_is_no_plain_name_is_no_program_of_path() {
        for name in [
            "",
            ".",
            "..",
            "tool.",
            "tool.bat ",
            "tool.bat.",
            "tool.bat. .",
            r"..\tool",
            "a/b",
            "c:tool",
            "file.txt:tool.exe",
            "tool?",
            "to*l",
            "\"tool\"",
            "a|b",
            "a\nb",
            "a\0b",
        ] {
            assert!(file_names(name, None).is_empty(), "{name:?}");
        }
    }
}
