//! Windows' folder for the programs of the machine, from what the registry says of it.

/// Whether a path begins with a drive and a separator. `C:file` and `\file` do not: both depend on
/// the working directory.
fn is_on_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

/// Windows' folder for the programs of the machine, from the values `ProgramData` and `SystemRoot`
/// of the registry. The environment's variables would be the caller's word.
#[must_use]
pub fn program_data(program_data: Option<&str>, system_root: Option<&str>) -> String {
    let drive = system_root.filter(|root| is_on_drive(root));
    let drive = drive.and_then(|root| root.get(..2)).unwrap_or("C:");
    let named = program_data.map(|path| {
        const DRIVE: &str = "%systemdrive%";
        let rest = path.get(DRIVE.len()..);
        match path.get(..DRIVE.len()).zip(rest) {
            Some((begin, rest)) if begin.eq_ignore_ascii_case(DRIVE) => format!("{drive}{rest}"),
            _ => path.to_owned(),
        }
    });
    let named = named.filter(|path| is_on_drive(path) && !path.contains('%'));
    let folder = named.unwrap_or_else(|| format!("{drive}\\ProgramData"));
    folder.trim_end_matches('\\').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_the_machine_is_what_the_registry_says() {
        for (data, root, folder) in [
            (
                Some(r"%SystemDrive%\ProgramData"),
                Some(r"C:\Windows"),
                r"C:\ProgramData",
            ),
            (
                Some(r"%SYSTEMDRIVE%\Data\"),
                Some(r"E:\Windows"),
                r"E:\Data",
            ),
            (
                Some(r"D:\ProgramData"),
                Some(r"C:\Windows"),
                r"D:\ProgramData",
            ),
            (
                Some("%USERPROFILE%"),
                Some(r"C:\Windows"),
                r"C:\ProgramData",
            ),
            (
                Some(r"%SystemDrive%\%USERNAME%"),
                Some(r"C:\Windows"),
                r"C:\ProgramData",
            ),
            (Some("ProgramData"), Some(r"E:\Windows"), r"E:\ProgramData"),
            (None, Some(r"E:\Windows"), r"E:\ProgramData"),
            (None, None, r"C:\ProgramData"),
        ] {
            assert_eq!(program_data(data, root), folder, "{data:?} {root:?}");
        }
    }
}
