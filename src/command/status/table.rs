//! The table on a terminal. It is never wider than the terminal: where the columns do not fit, the
//! file is left out, then targets and provider are cut. A name is cut by nothing but the edge.

use super::Row;
use super::state::State;
use crate::text::columns::{cut, cut_start, width};
use crate::text::one_line;
use crate::time::{Timestamp, format_duration};
use crate::world::screen::Size;

const HEADER: [&str; 5] = ["NAME", "PROVIDER", "TARGETS", "TOKEN", "FROM"];
/// The column whose text is coloured.
const TOKEN: usize = 3;
const FROM: usize = 4;
/// The columns that give way, in this order, and the width that each keeps.
const GIVING_WAY: [(usize, usize); 4] = [(FROM, 12), (2, 12), (1, 8), (TOKEN, 12)];
const GAP: usize = 2;

/// The table with its header. `home` is shown as `~`.
pub(super) fn table(rows: &[Row], now: Timestamp, screen: Size, home: Option<&str>) -> String {
    let cells: Vec<[String; 5]> = rows.iter().map(|row| cells(row, now, home)).collect();
    let all = || cells.iter().map(|row| row.each_ref().map(String::as_str));
    let mut widths = HEADER.map(width);
    for row in all() {
        for (most, cell) in widths.iter_mut().zip(row) {
            *most = width(cell).max(*most);
        }
    }
    let between = GAP * (HEADER.len() - 1);
    for (column, least) in GIVING_WAY {
        let wide = widths.iter().sum::<usize>() + between;
        if let Some(width) = widths.get_mut(column) {
            let excess = wide.saturating_sub(screen.columns);
            let room = width.saturating_sub(least);
            *width -= match column {
                FROM if excess > room => *width,
                _ => excess.min(room),
            };
        }
    }
    let mut text = line(HEADER, &widths, screen.columns, None);
    for (row, cells) in rows.iter().zip(all()) {
        let colour = colour(row).filter(|_| screen.colours);
        text.push_str(&line(cells, &widths, screen.columns, colour));
    }
    text
}

/// The colour of a row's token: an SGR parameter of ECMA-48.
fn colour(row: &Row) -> Option<&'static str> {
    Some(match row.state {
        State::Fresh if row.gone => "33",
        State::Fresh => "32",
        State::Due | State::CoolingDown => "33",
        State::Broken => "31",
        State::Expired | State::None => return None,
    })
}

fn line(cells: [&str; 5], widths: &[usize; 5], most: usize, colour: Option<&str>) -> String {
    let mut line = String::new();
    let mut left = most;
    for (column, (cell, width_of_column)) in cells.iter().zip(widths).enumerate() {
        let gap = if column == 0 { 0 } else { GAP };
        if left <= gap {
            break;
        }
        left -= gap;
        line.push_str(&" ".repeat(gap));
        let room = left.min(*width_of_column);
        let shown = match column {
            FROM => cut_start(cell, room),
            _ => cut(cell, room),
        };
        let used = width(&shown);
        match colour.filter(|_| column == TOKEN) {
            Some(colour) => line.push_str(&format!("\x1b[{colour}m{shown}\x1b[0m")),
            None => line.push_str(&shown),
        }
        let is_last = column + 1 == cells.len();
        line.push_str(&" ".repeat(if is_last { 0 } else { room - used }));
        left -= room;
    }
    format!("{}\n", line.trim_end_matches(' '))
}

fn cells(row: &Row, now: Timestamp, home: Option<&str>) -> [String; 5] {
    let or_dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    let target = row.entry.as_ref().and_then(|entry| entry.target.as_deref());
    // The target that the token was issued for tells the tokens of one spec apart.
    let targets = match target {
        Some(target) => target.to_owned(),
        None => or_dash(&row.targets.join(", ")),
    };
    let cells = [
        row.name.clone(),
        or_dash(&row.provider),
        targets,
        token(row, now),
        from(row, home),
    ];
    cells.map(|cell| one_line(&cell))
}

/// The file, with the home folder as `~`; for a spec that was passed by value, how it was.
fn from(row: &Row, home: Option<&str>) -> String {
    let Some(path) = row.from.as_deref() else {
        return match row.name.as_str() {
            "inline" => "passed by value".to_owned(),
            "stdin" => "standard input".to_owned(),
            _ => "-".to_owned(),
        };
    };
    let below = home.and_then(|home| path.strip_prefix(home)?.strip_prefix('/'));
    below.map_or_else(|| path.to_owned(), |below| format!("~/{below}"))
}

fn token(row: &Row, now: Timestamp) -> String {
    let stored = row.entry.as_ref().and_then(|entry| entry.stored.as_ref());
    let failure = row.entry.as_ref().and_then(|entry| entry.failure.as_ref());
    let until = |time: Timestamp| format_duration(time.since(now));
    let state = match (row.state, stored) {
        (State::Broken, _) => {
            let code = row.broken.as_ref().map(|error| error.code.as_str());
            format!("broken ({})", code.unwrap_or_default())
        }
        (State::Fresh, Some(stored)) => {
            let renewal = until(stored.renew_at);
            match stored.token.expires_at {
                Some(expiry) => format!("fresh for {}, renewed in {renewal}", until(expiry)),
                None => format!("fresh, expiry unknown, renewed in {renewal}"),
            }
        }
        (State::Due, Some(stored)) => {
            format!(
                "valid for {}, renewed by the next call",
                until(stored.use_until)
            )
        }
        (State::Expired, Some(stored)) => {
            format!(
                "expired {} ago",
                format_duration(now.since(stored.use_until))
            )
        }
        (State::CoolingDown, _) => "cooling down".to_owned(),
        _ => "none yet".to_owned(),
    };
    let pause = failure.filter(|failure| failure.until > now);
    let pause = pause.map(|failure| format!("; {} for {}", failure.code, until(failure.until)));
    let gone = row.gone.then_some("; its spec no longer exists");
    let others = [
        pause.unwrap_or_default(),
        gone.unwrap_or_default().to_owned(),
    ];
    format!("{state}{}", others.concat())
}
