//! What a command takes, read from its help text: its options, arguments and commands, each with
//! its description. Help, completions and manual pages so have one source.

use argh::FromArgs as _;

use super::help;
use super::words::Top;

/// An option, an argument or a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name; of an option the long one.
    pub name: String,
    /// The short name of an option.
    pub short: Option<String>,
    /// Whether it is an option with a value.
    pub takes_value: bool,
    /// Its description.
    pub about: String,
}

/// What a command takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The usage line, without `Usage: `.
    pub usage: String,
    /// The description.
    pub about: String,
    /// Its arguments.
    pub arguments: Vec<Item>,
    /// Its options.
    pub options: Vec<Item>,
    /// The commands below it.
    pub commands: Vec<Item>,
}

/// The outline of a command: `["secret", "set"]`. `None` if there is no such command.
#[must_use]
pub fn outline(path: &[&str]) -> Option<Outline> {
    let words: Vec<&str> = path.iter().copied().chain(["--help"]).collect();
    let early = Top::from_args(&["keyfob"], &words).err()?;
    let help = early.status.is_ok().then_some(early.output)?;
    let help = help::with_usage(path, help);
    let (usage, rest) = help.split_once("\n\n")?;
    let (about, rest) = rest.split_once("\n\n").unwrap_or((rest, ""));
    let mut outline = Outline {
        usage: joined(usage.strip_prefix("Usage: ")?),
        about: joined(about),
        ..Outline::default()
    };
    for section in rest.split("\n\n") {
        let (title, lines) = section.split_once('\n')?;
        let items = items(lines, usage);
        match title {
            "Options:" => outline.options = items,
            "Commands:" => outline.commands = items,
            _ => outline.arguments = items,
        }
    }
    Some(outline)
}

/// Words that were broken into lines.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The items of a section. A line that is indented further goes on with the description.
fn items(lines: &str, usage: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for line in lines.lines() {
        let more = line.strip_prefix("  ").unwrap_or(line);
        let is_name = !more.starts_with(' ');
        match items.last_mut() {
            Some(item) if !is_name => {
                let separator = if item.about.is_empty() { "" } else { " " };
                item.about = format!("{}{separator}{}", item.about, more.trim());
            }
            _ => {
                let (names, about) = more.split_once("  ").unwrap_or((more, ""));
                let (short, name) = match names.split_once(", ") {
                    Some((short, name)) => (Some(short.to_owned()), name),
                    None => (None, names),
                };
                items.push(Item {
                    name: name.to_owned(),
                    short,
                    takes_value: usage.contains(&format!("{name} <")),
                    about: about.trim().to_owned(),
                });
            }
        }
    }
    items
}
