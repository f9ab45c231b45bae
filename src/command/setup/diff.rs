//! The differences between two texts, line by line.

/// A run of lines that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk<'a> {
    /// The number of lines before it in the old text.
    pub old_at: usize,
    /// The number of lines before it in the new text.
    pub new_at: usize,
    /// The lines of the old text, with their line ends.
    pub removed: Vec<&'a str>,
    /// The lines of the new text, with their line ends.
    pub added: Vec<&'a str>,
}

/// The lines of a text, with their line ends.
#[must_use]
pub fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Above this number of pairs of lines, everything between the first and the last difference is
/// one hunk.
const MOST: usize = 4_000_000;

/// The hunks in the order of the texts.
#[must_use]
pub fn hunks<'a>(old: &'a str, new: &'a str) -> Vec<Hunk<'a>> {
    let (old, new) = (lines(old), lines(new));
    let pairs = || old.iter().zip(&new);
    let head = pairs().take_while(|(a, b)| a == b).count();
    let ends = old.iter().rev().zip(new.iter().rev());
    let most = old.len().min(new.len()) - head;
    let tail = ends.take(most).take_while(|(a, b)| a == b).count();
    let between = |lines: &[&'a str]| -> Vec<&'a str> {
        let end = lines.len() - tail;
        lines.get(head..end).unwrap_or_default().to_vec()
    };
    let (old, new) = (between(&old), between(&new));
    if old.len().saturating_mul(new.len()) > MOST {
        return vec![Hunk {
            old_at: head,
            new_at: head,
            removed: old,
            added: new,
        }];
    }
    walk(&old, &new, head)
}

/// Walks through the table of the longest common subsequences.
fn walk<'a>(old: &[&'a str], new: &[&'a str], head: usize) -> Vec<Hunk<'a>> {
    let width = new.len() + 1;
    let mut table = vec![0_u32; (old.len() + 1) * width];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let longest = match a == b {
                true => at(&table, i + 1, j + 1) + 1,
                false => at(&table, i + 1, j).max(at(&table, i, j + 1)),
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = longest;
            }
        }
    }
    let mut hunks: Vec<Hunk<'a>> = Vec::new();
    let (mut i, mut j, mut is_open) = (0, 0, false);
    loop {
        let (a, b) = (old.get(i), new.get(j));
        if a.is_none() && b.is_none() {
            return hunks;
        }
        if a == b {
            (i, j, is_open) = (i + 1, j + 1, false);
            continue;
        }
        if !is_open {
            hunks.push(Hunk {
                old_at: head + i,
                new_at: head + j,
                removed: Vec::new(),
                added: Vec::new(),
            });
            is_open = true;
        }
        let Some(hunk) = hunks.last_mut() else {
            return hunks;
        };
        match (a, b) {
            (Some(a), _) if b.is_none() || at(&table, i + 1, j) >= at(&table, i, j + 1) => {
                hunk.removed.push(a);
                i += 1;
            }
            (_, Some(b)) => {
                hunk.added.push(b);
                j += 1;
            }
            _ => return hunks,
        }
    }
}

/// The difference in the unified format without context. `shown` redacts the lines of a file, one
/// after another: what is hidden may begin above a difference.
#[must_use]
pub fn unified(old: &str, new: &str, shown: &dyn Fn(&[&str]) -> Vec<String>) -> String {
    let bare = |text| -> Vec<&str> {
        let lines = lines(text).into_iter();
        lines
            .map(|line| line.trim_end_matches(['\r', '\n']))
            .collect()
    };
    let (shown_old, shown_new) = (shown(&bare(old)), shown(&bare(new)));
    let mut text = String::new();
    for hunk in hunks(old, new) {
        // A range without lines names the line before it.
        let range = |at: usize, lines: &[&str]| match lines.len() {
            0 => format!("{at},0"),
            1 => format!("{}", at + 1),
            count => format!("{},{count}", at + 1),
        };
        text.push_str(&format!(
            "@@ -{} +{} @@\n",
            range(hunk.old_at, &hunk.removed),
            range(hunk.new_at, &hunk.added)
        ));
        let removed = hunk.removed.iter().zip(shown_old.iter().skip(hunk.old_at));
        let added = hunk.added.iter().zip(shown_new.iter().skip(hunk.new_at));
        let removed = removed.map(|line| ('-', line));
        for (sign, (line, shown)) in removed.chain(added.map(|line| ('+', line))) {
            text.push(sign);
            let content = line.strip_suffix('\n').unwrap_or(line);
            let bare = content.trim_end_matches('\r');
            text.push_str(shown);
            // A line end of Windows, as git shows it: it may be all that differs.
            text.push_str(if bare == content { "\n" } else { "^M\n" });
            if !line.ends_with('\n') {
                text.push_str("\\ No newline at end of file\n");
            }
        }
    }
    text
}
