//! The help text, made from the tables of callers and commands.

use crate::protocol::CALLERS;

/// The help text: callers from their table, typed commands from theirs.
#[must_use]
pub fn help() -> String {
    let mut text = String::from(
        "Usage: keyfob [-v] COMMAND …\n\nTurns a provider spec into a short-lived token, in the language of the tool that asks.\n\nCallers:\n",
    );
    for caller in CALLERS {
        let words = match caller.words {
            "" => String::new(),
            words => format!(" ({words})"),
        };
        text.push_str(&format!("  {:<11}{}{words}\n", caller.name, caller.about));
    }
    text.push_str("\nCommands:\n");
    for (name, about) in TYPED {
        text.push_str(&format!("  {name:<11}{about}\n"));
    }
    text.push_str(
        "\nSPEC, by --spec or KEYFOB_SPEC: inline JSON, - for standard input, a file, or a name in the configuration folder.\n\
         -v tells each step on standard error. `keyfob COMMAND --help` says more. Exit status: 0 answered, 1 could not, 2 called wrongly.\n",
    );
    text
}

/// Commands that people type, with a line each.
pub const TYPED: &[(&str, &str)] = &[
    ("token", "print a token, for scripts and CI"),
    ("run", "run a command with the token in its environment"),
    (
        "check",
        "ask the provider about the account or token behind a spec",
    ),
    (
        "revoke",
        "give the cached token back to the provider, then forget it",
    ),
    (
        "status",
        "list the cached tokens, never the tokens themselves",
    ),
    ("forget", "drop cached tokens and cool-downs"),
    (
        "secret",
        "set, remove, list or show secrets in the OS keyring",
    ),
    (
        "doctor",
        "say whether keyfob can work here, and what went wrong unseen",
    ),
    (
        "providers",
        "list the presets, or show what one takes and expands to",
    ),
];
