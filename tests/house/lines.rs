//! Lines end at 100 columns, prose too: rustfmt breaks code, and this test holds comments and strings.

use super::sources;

/// Columns that a line may have.
const COLUMNS: usize = 100;

/// A word of this length (a URL, a key, a signature) cannot be broken.
const UNBREAKABLE: usize = 60;

/// Files and folders of `src` that still have longer lines.
const NOT_YET: &[&str] = &[];

fn is_too_long(line: &str) -> bool {
    let breakable = |word: &str| word.chars().count() < UNBREAKABLE;
    line.chars().count() > COLUMNS && line.split_whitespace().all(breakable)
}

/// Whether a file is the room's own or lies in its folder.
fn is_of_room(path: &str, room: &str) -> bool {
    let rest = path.strip_prefix(room);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
}

#[test]
fn lines_end_at_100_columns() {
    let mut long = Vec::new();
    for source in sources() {
        for (line, number) in source.text.lines().zip(1..) {
            let not_yet = NOT_YET.iter().any(|room| is_of_room(&source.path, room));
            if is_too_long(line) && !not_yet {
                long.push(format!("src/{}:{number}", source.path));
            }
        }
    }
    assert!(long.is_empty(), "longer than {COLUMNS} columns: {long:#?}");
}

#[test]
fn a_room_without_long_lines_is_not_listed_as_one_with_them() {
    for room in NOT_YET {
        let sources = sources();
        let mut files = sources
            .iter()
            .filter(|source| is_of_room(&source.path, room));
        assert!(
            files.any(|source| source.text.lines().any(is_too_long)),
            "take {room} out of NOT_YET"
        );
    }
}
