//! What the checks found, and how it is shown: problems first.

use serde_json::{Value, json};

use crate::error::Error;
use crate::protocol::one_line;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Something will fail.
    Fail,
    /// Something may surprise.
    Note,
    /// All is well.
    Ok,
}

struct Finding {
    level: Level,
    what: String,
    says: String,
    hint: Option<String>,
}

/// The findings of all checks, in their order.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, what: &str, says: &str) {
        self.add(Level::Ok, what, says, None);
    }

    pub(super) fn note(&mut self, what: &str, says: &str, hint: Option<&str>) {
        self.add(Level::Note, what, says, hint);
    }

    pub(super) fn fail(&mut self, what: &str, says: &str, hint: Option<&str>) {
        self.add(Level::Fail, what, says, hint);
    }

    /// A failure with the words and the code of an error.
    pub(super) fn error(&mut self, what: &str, error: &Error) {
        let says = error.sentence.strip_prefix(&format!("{what}: "));
        let says = says.unwrap_or(&error.sentence);
        self.fail(
            what,
            &format!("{says} ({})", error.code),
            error.hint.as_deref(),
        );
    }

    fn add(&mut self, level: Level, what: &str, says: &str, hint: Option<&str>) {
        self.0.push(Finding {
            level,
            what: one_line(what),
            says: one_line(says),
            hint: hint.map(one_line),
        });
    }

    /// Whether nothing has been found yet that will fail, or may surprise, under this name.
    pub(super) fn is_clean(&self, what: &str) -> bool {
        !self
            .0
            .iter()
            .any(|it| it.level != Level::Ok && it.what == what)
    }

    pub(super) fn has_failure(&self) -> bool {
        self.0.iter().any(|finding| finding.level == Level::Fail)
    }

    /// A line for each finding: the level, a tab, what was checked and what was found.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for finding in self.sorted() {
            let level = word(finding.level);
            text.push_str(&format!("{level}\t{}: {}\n", finding.what, finding.says));
            if let Some(hint) = &finding.hint {
                text.push_str(&format!("\thint: {hint}\n"));
            }
        }
        text
    }

    pub(super) fn json(&self) -> String {
        let finding = |it: &Finding| {
            json!({
                "level": word(it.level), "what": it.what, "says": it.says, "hint": it.hint,
            })
        };
        let findings: Vec<Value> = self.sorted().map(finding).collect();
        let json = json!({ "usable": !self.has_failure(), "findings": findings });
        format!("{json}\n")
    }

    fn sorted(&self) -> impl Iterator<Item = &Finding> {
        let of = |level| self.0.iter().filter(move |finding| finding.level == level);
        of(Level::Fail).chain(of(Level::Note)).chain(of(Level::Ok))
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Fail => "fail",
        Level::Note => "note",
        Level::Ok => "ok",
    }
}
