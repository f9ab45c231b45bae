//! The width of text on a terminal, in columns. It follows East Asian Width
//! (<https://www.unicode.org/reports/tr11/>) for whole blocks, not for single characters: a file
//! name of any script keeps its column.

/// The columns that a character takes: none for a mark that is drawn over another character, two
/// for a wide one.
fn of_char(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' => 0,
        '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' => 0,
        '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{fe20}'..='\u{fe2f}' | '\u{e0100}'..='\u{e01ef}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{303e}' | '\u{3041}'..='\u{4dbf}' => 2,
        '\u{4e00}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7a3}' => 2,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' => 2,
        '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' => 2,
        '\u{1f900}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// The columns that a text of one line takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

/// The beginning of a text that fits, with `…` in place of what is cut off.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += of_char(*c);
        taken <= most
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    if most > 0 {
        cut.push('…');
    }
    cut
}

/// The end of a text that fits, with `…` in place of what is cut off: a path's end says more.
#[must_use]
pub fn cut_start(text: &str, most: usize) -> String {
    let reversed: String = text.chars().rev().collect();
    cut(&reversed, most).chars().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{cut, cut_start, width};

    #[test]
    fn wide_characters_take_two_columns_and_marks_take_none() {
        assert_eq!(width("größe"), 5);
        assert_eq!(width("gro\u{308}ße"), 5);
        assert_eq!(width("鍵 key"), 6);
        assert_eq!(width("🔑"), 2);
    }

    #[test]
    fn what_is_cut_never_takes_more_columns_than_there_are() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("鍵鍵鍵", 4), "鍵…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut_start("/home/me/ci.json", 9), "…/ci.json");
    }
}
