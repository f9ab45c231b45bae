//! Access lists as Windows writes them, and what they mean. Most are of a Windows 11 as installed.

use super::*;

const USER: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";
const OTHER: &str = "S-1-5-21-1004336348-1177238915-682003330-1002";

fn verdict(sddl: &str) -> (Owner, Result<(), Flaw>, bool, bool) {
    let sddl = sddl.replace("USER", USER).replace("OTHER", OTHER);
    let descriptor = Descriptor::parse(&sddl).unwrap();
    (
        descriptor.owner(USER),
        descriptor.check(USER),
        descriptor.others_can_read(USER),
        descriptor.is_systems_alone(),
    )
}

/// A descriptor, who owns it, whether it is sound (`-`), ours to mend (`ours`) or another's to mend
/// (`anothers`), whether others can read it, and whether it is the system's alone.
const VERDICTS: &str = r#"
O:USERG:S-1-5-21-1-2-3-513D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;USER) | User | - | no | no
O:BAG:S-1-5-21-1-2-3-513D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;USER) | System | - | no | no
O:SYG:SYD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;USER) | System | - | no | no
O:USERG:BUD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;USER)(A;;0x1200a9;;;BU) | User | - | yes | no
O:USERG:BUD:(A;;FA;;;USER)(A;;FR;;;WD) | User | - | yes | no
O:USERG:BUD:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU) | User | ours | yes | no
O:USERG:BUD:(A;;FA;;;USER)(A;;FW;;;WD) | User | ours | no | no
O:USERG:BUD:(A;;FA;;;USER)(A;;DT;;;AU) | User | ours | no | no
O:USERG:BUD:(A;;FA;;;USER)(A;;SD;;;AU) | User | ours | no | no
O:USERG:BUD:(A;;FA;;;USER)(A;;WD;;;OTHER) | User | ours | yes | no
O:USERG:BUD:(A;;FA;;;USER)(A;;WO;;;OTHER) | User | ours | yes | no
O:USERG:BUD:(A;;FA;;;USER)(A;;GW;;;OTHER) | User | ours | no | no
O:USERG:BUD:(A;;FA;;;USER)(A;;GA;;;OTHER) | User | ours | yes | no
O:USERG:BUD:(A;;FA;;;USER)(A;;0x100;;;OTHER) | User | ours | no | no
O:USERG:BUD:(A;;FA;;;USER)(A;;RCCCLC;;;OTHER) | User | ours | yes | no
O:USERG:BUD:(A;;FA;;;USER)(A;;RC;;;OTHER) | User | - | no | no
O:USERG:BUD:(A;;FA;;;USER)(A;;QQ;;;OTHER) | User | ours | yes | no
O:USERG:BUD:(A;;FA;;;USER)(A;;0xnonsense;;;OTHER) | User | ours | yes | no
O:USERG:BUD:(A;OICIIO;FA;;;CO)(A;;FA;;;OW)(A;;FA;;;USER) | User | - | no | no
O:USERG:BUD:(A;OICIIO;SDGXGWGR;;;AU)(A;;FA;;;USER) | User | ours | yes | no
O:USERG:BUD:(D;;FA;;;WD)(A;;FA;;;USER) | User | - | no | no
O:USERG:BUD:(D;;FA;;;OTHER)(A;;FA;;;OTHER) | User | ours | yes | no
O:USERG:BUD:(XA;;FR;;;USER;(@User.clearance>=(5)))(A;;FA;;;USER) | User | ours | yes | no
O:USERG:BUD:(XA;;FR;;;USER;(@User.x == "("))(A;;FA;;;WD) | User | ours | yes | no
O:USERG:BUD:(XA;;FR;;;USER;(@User.x == ")"))(A;;FA;;;USER) | User | ours | yes | no
O:USERG:BUD:(XD;;FR;;;USER;(@User.x == "D:("))(A;;FA;;;WD) | User | ours | yes | no
O:USERG:BUD:(XD;;;;;AN;(@X == "a"b"))(A;;FA;;;WD)(XD;;;;;AN;(@X == "c"d")) | User | ours | yes | no
O:BAG:BUD:(XA;;FR;;;BA;(@User.x == "("))(A;;FA;;;WD) | System | anothers | yes | no
O:BAG:BUD:(XD;;FR;;;BA;(@User.x == "")S:"))(A;;FA;;;WD) | System | anothers | yes | no
O:USERG:BUD:P(A;;FA;;;USER | User | ours | yes | no
O:USERG:BUD:P(A;;FA;;;USER)) | User | ours | yes | no
O:USERG:BUD:P(A;;FA;;;USER) (A;;FR;;;USER) | User | ours | yes | no
O:USERG:BUD:P(A;;FA;;;USER)nonsense | User | ours | yes | no
O:USERG:BUD:P"(A;;FA;;;WD)" | User | ours | yes | no
O:USERG:BUD:P(A;;FA;;;USER;x) | User | ours | yes | no
O:USERG:BUD:(OA;;FA;01234567-89ab-cdef-0123-456789abcdef;;USER) | User | ours | yes | no
O:USERG:BUD:NO_ACCESS_CONTROL | User | ours | yes | no
O:USERG:BU | User | ours | yes | no
O:USERG:BUD: | User | - | no | no
O:USERG:BUD:PAI | User | - | no | no
O:USERD:(A;;FA;;;USER)S:AI(ML;;NW;;;LW)(AU;SAFA;FA;;;WD) | User | - | no | no
O:OTHERG:BUD:(A;;FA;;;USER) | Another | anothers | no | no
O:S-1-5-7G:BUD:(A;;FA;;;USER) | Another | anothers | no | no
O:BUG:BUD:(A;;FA;;;USER) | Another | anothers | no | no
O:BAG:BUD:(A;;FA;;;BA)(A;;FW;;;BU) | System | anothers | no | no
O:BAG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU) | System | - | yes | yes
O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;CI;DCLCRPCR;;;BU) | System | anothers | no | no
O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464G:SYD:PAI(A;;FA;;;SY)(A;;0x1200a9;;;AC) | System | - | yes | yes
"#;

#[test]
fn each_access_list_means_what_windows_makes_of_it() {
    let mut seen = 0;
    for line in VERDICTS.lines().filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [sddl, owner, sound, read, system] = parts[..] else {
            panic!("{line}");
        };
        let (whose, check, can_read, is_systems) = verdict(sddl);
        assert_eq!(format!("{whose:?}"), owner, "{line}");
        let is = match check {
            Ok(()) => "-",
            Err(Flaw::NotOurs(_)) => "ours",
            Err(Flaw::Anothers(_)) => "anothers",
        };
        assert_eq!(is, sound, "{line}");
        assert_eq!(can_read, read == "yes", "{line}");
        assert_eq!(is_systems, system == "yes", "{line}");
        seen += 1;
    }
    assert_eq!(seen, 48);
}

#[test]
fn a_descriptor_without_an_owner_is_none() {
    for sddl in ["", "G:BUD:(A;;FA;;;WD)", "D:P", "nonsense", "O:G:BU"] {
        assert_eq!(Descriptor::parse(sddl), None, "{sddl}");
    }
}

/// The command for a folder with these entries, as its check names it. `None`: there is none.
fn line(owner: &str, entries: &str, folder: &str) -> Option<String> {
    let sddl = format!("O:{owner}G:BUD:{entries}(A;;FA;;;USER)");
    let sddl = sddl.replace("USER", USER).replace("OTHER", OTHER);
    let flaw = Descriptor::parse(&sddl)
        .unwrap()
        .check_private(USER, folder);
    let why = flaw.unwrap_err().why().to_owned();
    assert!(why.starts_with("other users can "), "{why}");
    let (_, line) = why.split_once("(`")?;
    Some(line.strip_suffix("` fixes that)").unwrap().to_owned())
}

#[test]
fn the_command_that_mends_names_every_account_by_its_number() {
    let entries = "(A;ID;FA;;;BA)(A;ID;0x1301bf;;;AU)(A;;FA;;;OTHER)(A;;FW;;;BU)(A;;FR;;;WD)";
    let mend = format!(
        "icacls \"C:\\keyfob cache\" /inheritance:r /grant:r \"*{USER}:(OI)(CI)F\" \
         \"*S-1-5-18:(OI)(CI)F\" \"*S-1-5-32-544:(OI)(CI)F\" /remove:g \"*S-1-5-11\" \
         /remove:g \"*S-1-5-32-545\" /remove:g \"*{OTHER}\" /remove:g \"*S-1-1-0\""
    );
    assert_eq!(line("USER", entries, r"C:\keyfob cache"), Some(mend));
}

#[test]
fn no_command_is_named_that_would_not_mend_it_or_run_another() {
    let read = "(A;;FR;;;BU)";
    assert!(line("USER", read, r"C:\keyfob (x)\a'b").is_some());
    for folder in [
        r"C:\",
        r"C:\folder\",
        r"C:\100%",
        r"C:\$(calc)",
        r"C:\a`b",
        "C:\\a\"b",
        "C:\\a\u{201d}b",
        "C:\\a\nb",
    ] {
        assert_eq!(line("USER", read, folder), None, "{folder}");
    }
    // Accounts whose numbers are not known here, and entries that `icacls` does not remove.
    for entries in [
        "(A;;FR;;;DU)",
        "(A;;FA;;;AU)(A;;FA;;;DU)",
        "(XA;;FR;;;WD;(@User.x == 1))",
        "(A;;FA;;;WD",
    ] {
        assert_eq!(line("USER", entries, r"C:\x"), None, "{entries}");
    }
    // What the administrators own is not this user's to mend.
    assert_eq!(line("BA", read, r"C:\x"), None);
}

#[test]
fn where_only_writing_is_wrong_reading_is_left_to_others() {
    let sddl = format!("O:{USER}G:BUD:(A;;0x1301bf;;;AU)(A;;FR;;;BU)");
    let flaw = Descriptor::parse(&sddl).unwrap().check(USER);
    let why = "other users can write it (take that from them in its properties, under Security)";
    assert_eq!(flaw, Err(Flaw::NotOurs(why.into())));
}

#[test]
fn what_keyfob_makes_is_its_users_and_the_systems() {
    for is_folder in [false, true] {
        let made = format!("O:{USER}G:BU{}", private(USER, is_folder));
        let (owner, check, others_read, _) = verdict(&made);
        assert_eq!((owner, check, others_read), (Owner::User, Ok(()), false));
    }
    assert_eq!(
        private("LA", true),
        "D:P(A;OICI;FA;;;LA)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
    );
}
