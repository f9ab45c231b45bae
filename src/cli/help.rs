//! The help texts, generated from the tables of callers and commands.

use crate::protocol::{CALLERS, Caller};

/// The help text of the program.
#[must_use]
pub fn help() -> String {
    let mut text = String::from(
        "Usage: keyfob [-v] COMMAND …\n\nTurns a provider spec into a short-lived token, in the \
         language of the tool that asks.\n\nCallers:\n",
    );
    for caller in CALLERS {
        let arguments = match caller.synopsis {
            "" => String::new(),
            synopsis => format!(" ({synopsis})"),
        };
        text.push_str(&format!(
            "  {:<11}{}{arguments}\n",
            caller.name, caller.about
        ));
    }
    text.push_str("\nCommands:\n");
    for (name, about) in TYPED {
        text.push_str(&format!("  {name:<11}{about}\n"));
    }
    text.push_str(
        "\nSPEC, by --spec or KEYFOB_SPEC: inline JSON, - for standard input, a file, or a name \
         in the configuration folder.\n\
         -v logs each step on standard error. `keyfob COMMAND --help` says \
         more. Exit status: 0 answered, 1 could not, 2 called wrongly.\n",
    );
    text
}

/// The help text of a command that people type, with what argh does not know: the command after a
/// bare `--`, and the option that every command has.
pub(super) fn of_typed(words: &[&str], text: String) -> String {
    let text = with_usage(words, text);
    let (verbose, last) = (VERBOSE, "\n  -h, --help ");
    text.replacen(last, &format!("\n{verbose}{last}"), 1)
}

const VERBOSE: &str = "  -v, --verbose     log each step on standard error";

/// argh's help text with the usage that argh cannot know.
pub(super) fn with_usage(words: &[&str], text: String) -> String {
    match words.first() {
        Some(&"run") => text.replacen("\n\n", " -- CMD [ARGUMENT …]\n\n", 1),
        Some(&"explain") => text.replacen("[<caller target...>]", "[<caller> [<target>]]", 1),
        _ => text,
    }
}

/// The help text of a caller.
pub(super) fn of_caller(caller: &Caller) -> String {
    let usage = [caller.name, "[--spec SPEC]", caller.synopsis].join(" ");
    format!(
        "Usage: keyfob {}\n\n{}\n\nAlso by the name {}. -v logs each step on standard error.\n",
        usage.trim_end(),
        caller.about,
        caller.link
    )
}

/// The names of all commands and callers.
pub(super) fn command_names() -> impl Iterator<Item = &'static str> {
    let typed = TYPED.iter().map(|(name, _)| *name);
    typed.chain(CALLERS.iter().map(|caller| caller.name))
}

/// The commands that people type, each with a description of one line.
pub const TYPED: &[(&str, &str)] = &[
    ("add", "write a spec, ask for what is missing, and check it"),
    ("token", "print a token, for scripts and CI"),
    ("run", "run a command with the token in its environment"),
    (
        "check",
        "ask the provider about the account or token behind a spec",
    ),
    (
        "revoke",
        "revoke the cached token at the provider, then forget it",
    ),
    (
        "status",
        "list every spec and its tokens, never the tokens themselves",
    ),
    (
        "forget",
        "drop cached tokens, and the times until which no provider is asked",
    ),
    (
        "secret",
        "set, remove, list, show, rename or copy secrets in the OS keyring",
    ),
    (
        "setup",
        "write the configuration of kubectl, git, docker and others",
    ),
    (
        "doctor",
        "check whether keyfob can work here, and show failures that tools did not show",
    ),
    (
        "explain",
        "say what would happen for a target or with a spec, and why",
    ),
    (
        "providers",
        "list the presets, or show what one takes and expands to",
    ),
    ("schema", "print the JSON Schema of a spec, for editors"),
    (
        "completions",
        "print a script that completes keyfob's words in a shell",
    ),
    ("help", "show what keyfob or one of its commands does"),
    ("version", "show the version"),
];
