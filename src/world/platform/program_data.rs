//! Windows' folder for the programs of the machine, from what the registry says of it; and what an
//! ordinary user can have put there.

use super::rights::Owner;

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

/// Whether the machine's folder is neither the system's nor holds a policy that is. A policy of an
/// administrator's in a folder of somebody else's counts, and cannot be used. What is behind a link
/// of somebody else's is what that one chose.
#[must_use]
pub fn is_planted(folder: Owner, is_link: bool, policy: impl FnOnce() -> Option<Owner>) -> bool {
    folder != Owner::System && (is_link || policy() != Some(Owner::System))
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

    #[test]
    fn a_folder_or_a_link_of_an_ordinary_user_is_not_the_machines() {
        let (user, system, another) = (Owner::User, Owner::System, Owner::Another);
        for (folder, is_link, policy, planted) in [
            (system, false, None, false),
            (system, false, Some(another), false),
            (system, true, None, false),
            (another, false, None, true),
            (another, false, Some(another), true),
            (user, false, Some(user), true),
            // An administrator's policy is never ignored, where its folder is a folder.
            (another, false, Some(system), false),
            (another, true, Some(system), true),
            (user, true, Some(system), true),
            (another, true, None, true),
        ] {
            let row = format!("{folder:?} {is_link} {policy:?}");
            assert_eq!(is_planted(folder, is_link, || policy), planted, "{row}");
        }
    }
}
