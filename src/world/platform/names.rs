//! Paths that Windows takes for something else than a file of that name: devices, pipes, streams
//! of a file, and names whose end it drops
//! (<https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file>).

use std::path::{Path, PathBuf};

/// Names of devices, in every folder and with every ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

const A_DEVICE: &str = "its path names a device of Windows, such as CON or NUL";
const A_PIPE: &str = "its path names a device or a pipe, not a file";
const A_STREAM: &str = "its path names a stream of a file: a colon stands only after the drive";
const AN_END: &str = "a name in its path ends with a dot or a blank, which Windows drops";
const A_CONTROL: &str = "its path holds a control character";

/// Checks that a path is that of a file on Windows.
///
/// # Errors
/// A clause that says why it is not.
pub fn check(path: &str) -> Result<(), &'static str> {
    // Behind this prefix Windows takes each name as it is written.
    let (is_literal, path) = match path.strip_prefix(r"\\?\") {
        Some(rest) => (true, rest),
        None => (false, path),
    };
    let is_separator = |c: char| c == '\\' || (c == '/' && !is_literal);
    let rest = match path.as_bytes() {
        [drive, b':', ..] if drive.is_ascii_alphabetic() => path.get(2..).unwrap_or_default(),
        _ if is_literal => match path.get(..4) {
            Some(unc) if unc.eq_ignore_ascii_case(r"UNC\") => share(path.get(4..), &is_separator)?,
            _ => return Err(A_PIPE),
        },
        [first, second, ..]
            if is_separator(char::from(*first)) && is_separator(char::from(*second)) =>
        {
            share(path.get(2..), &is_separator)?
        }
        _ => path,
    };
    for name in rest
        .split(is_separator)
        .filter(|name| !matches!(*name, "" | "." | ".."))
    {
        if name.contains(':') {
            return Err(A_STREAM);
        }
        if name.contains(|c: char| c.is_ascii_control()) {
            return Err(A_CONTROL);
        }
        if name.ends_with(['.', ' ']) {
            return Err(AN_END);
        }
        if is_device(name) {
            return Err(A_DEVICE);
        }
    }
    Ok(())
}

/// A path without the prefix behind which Windows takes it as it is written: few tools know it.
#[must_use]
pub fn without_prefix(path: &Path) -> PathBuf {
    let text = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    let text = text.filter(|text| matches!(text.as_bytes(), [_, b':', b'\\', ..]));
    text.map_or_else(|| path.to_owned(), PathBuf::from)
}

/// The path behind the server of a network path. Pipes and mail slots pass for shares.
fn share<'a>(
    path: Option<&'a str>,
    is_separator: &dyn Fn(char) -> bool,
) -> Result<&'a str, &'static str> {
    let path = path.unwrap_or_default();
    let mut parts = path.splitn(2, is_separator);
    let (server, rest) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let share = rest.split(is_separator).next().unwrap_or_default();
    let is_pipe = ["pipe", "mailslot"]
        .iter()
        .any(|it| share.eq_ignore_ascii_case(it));
    match ["", ".", "?"].contains(&server) || is_pipe {
        true => Err(A_PIPE),
        false => Ok(rest),
    }
}

/// Whether a name is a device's. What follows the first dot does not matter, nor do blanks before
/// it.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_lowercase();
    let port = ["com", "lpt"]
        .iter()
        .find_map(|port| stem.strip_prefix(port));
    let is_number = |number: &str| {
        let mut digits = number.chars();
        digits
            .next()
            .is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c))
            && digits.next().is_none()
    };
    DEVICES.contains(&&*stem) || port.is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_file_is_one() {
        for path in [
            r"C:\Users\me\spec.json",
            "C:/Users/me/spec.json",
            r"c:\a b\.hidden\..\x",
            r"\\server\share\spec.json",
            "//server/share/spec.json",
            r"\\?\C:\very\long.json",
            r"\\?\UNC\server\share\x.json",
            "spec.json",
            r"sub\spec.json",
            r"C:\console\com10\lpt\auxiliary\nullable.json",
            r"C:\com\comx\com¹0",
            r"C:\.con",
            "C:\\Users\\Jürgen\\ß.json",
            "",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn a_prefix_is_taken_from_a_drive_alone() {
        for (path, plain) in [
            (r"\\?\C:\x", r"C:\x"),
            (r"\\?\UNC\server\share", r"\\?\UNC\server\share"),
            (r"\\?\C:", r"\\?\C:"),
            ("/tmp/x", "/tmp/x"),
        ] {
            assert_eq!(without_prefix(Path::new(path)), Path::new(plain), "{path}");
        }
    }

    #[test]
    fn what_windows_takes_for_something_else_is_refused() {
        for (path, why) in [
            ("CON", A_DEVICE),
            (r"C:\x\con.json", A_DEVICE),
            (r"C:\x\Nul", A_DEVICE),
            (r"C:\x\NUL.tar.gz", A_DEVICE),
            (r"C:\x\nul .json", A_DEVICE),
            (r"C:\x\COM1", A_DEVICE),
            (r"C:\x\lpt9.txt", A_DEVICE),
            (r"C:\x\COM².json", A_DEVICE),
            (r"C:\aux\spec.json", A_DEVICE),
            (r"C:\x\CONIN$", A_DEVICE),
            (r"\\server\share\prn", A_DEVICE),
            (r"\\?\C:\x\con", A_DEVICE),
            (r"C:\x\spec.json:hidden", A_STREAM),
            (r"C:\x\spec.json::$DATA", A_STREAM),
            ("spec.json:hidden", A_STREAM),
            (r"\\server\share\a:b", A_STREAM),
            (r"C:\x\spec.json.", AN_END),
            (r"C:\x\spec.json ", AN_END),
            (r"C:\x \spec.json", AN_END),
            (r"C:\x\...", AN_END),
            (r"\\.\pipe\x", A_PIPE),
            (r"\\.\C:\x", A_PIPE),
            ("//./pipe/x", A_PIPE),
            (r"\\?\pipe\x", A_PIPE),
            (r"\\?\GLOBALROOT\Device\x", A_PIPE),
            (r"\\?\UNC\server\pipe\x", A_PIPE),
            (r"\\server\pipe\x", A_PIPE),
            (r"\\server\PIPE\x", A_PIPE),
            (r"\\server\mailslot\x", A_PIPE),
            (r"\\?/C:/x", A_PIPE),
            (r"\\", A_PIPE),
            ("C:\\x\ny", A_CONTROL),
        ] {
            assert_eq!(check(path), Err(why), "{path}");
        }
    }
}
