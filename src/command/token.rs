//! `keyfob token`: a token for scripts and CI, in the format that they read.

use zeroize::Zeroizing;

use super::{spec, token};
use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::find::Found;
use crate::obtain::Wish;
use crate::protocol::Reply;
use crate::world::World;

/// How the token is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{"access_token","token_type","expires_at"}`
    Json,
    /// The bare token and a line break.
    Token,
    /// `Authorization: Bearer …`
    Header,
    /// `NAME=TOKEN`, quoted for a shell where that is needed.
    Env,
    /// The same as dotenv files have it.
    Dotenv,
    /// A netrc(5) line for each host in `targets`.
    Netrc,
    /// A line for `curl --config -`.
    Curl,
}

impl Format {
    /// Words of `--format`, in the order of the help text.
    pub const ALL: &'static [(&'static str, Format)] = &[
        ("json", Format::Json),
        ("token", Format::Token),
        ("header", Format::Header),
        ("env", Format::Env),
        ("dotenv", Format::Dotenv),
        ("netrc", Format::Netrc),
        ("curl", Format::Curl),
    ];
}

/// Name of the variable where none is given.
pub const VARIABLE: &str = "KEYFOB_TOKEN";

/// Prints the token of SPEC.
///
/// # Errors
/// Why there is none.
pub fn run(
    world: &dyn World,
    named: Option<&str>,
    format: Format,
    variable: Option<&str>,
) -> Result<Reply, Error> {
    let name = variable_name(variable)?;
    let found = spec(world, named, true)?;
    if format == Format::Netrc && hosts(&found).is_empty() {
        return Err(Error::new(
            Code::SpecInvalid,
            "netrc wants a host, and the spec's `targets` list none without a wildcard or a path",
        ));
    }
    let token = token(world, &found, &[], Wish::default())?;
    Ok(Reply::answer(render(&found, &token, format, name)))
}

/// A name that a shell takes for a variable.
///
/// # Errors
/// Anything else.
pub fn variable_name(name: Option<&str>) -> Result<&str, Error> {
    let name = name.unwrap_or(VARIABLE);
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if plain && !name.is_empty() {
        Ok(name)
    } else {
        Err(Error::new(
            Code::Usage,
            "--env takes a variable's name: letters, digits and `_`",
        ))
    }
}

fn hosts(found: &Found) -> Vec<String> {
    // netrc(5) knows machines, not ports.
    let hosts = found
        .provider
        .targets
        .iter()
        .filter_map(|pattern| pattern.concrete_host());
    let mut hosts: Vec<String> = hosts
        .map(|host| host.split(':').next().unwrap_or_default().to_owned())
        .filter(|host| !host.starts_with('['))
        .collect();
    hosts.dedup();
    hosts
}

fn render(found: &Found, token: &Token, format: Format, name: &str) -> Secret {
    let bare = token.access_token.expose();
    match format {
        Format::Json => {
            let end = token
                .expires_at
                .map_or_else(|| "null".to_owned(), |end| format!("\"{}\"", end.rfc3339()));
            let token = token.access_token.as_json();
            let rest = format!(",\"token_type\":\"Bearer\",\"expires_at\":{end}}}\n");
            Secret::joined(&["{\"access_token\":", &token, &rest])
        }
        Format::Token => Secret::joined(&[bare, "\n"]),
        Format::Header => Secret::joined(&["Authorization: Bearer ", bare, "\n"]),
        Format::Env => Secret::joined(&[name, "=", &for_shell(bare), "\n"]),
        Format::Dotenv => Secret::joined(&[name, "=", &for_dotenv(bare), "\n"]),
        Format::Netrc => {
            let login = for_netrc(&found.provider.username);
            let password = for_netrc(bare);
            let hosts = hosts(found);
            let lines = hosts.iter().flat_map(|host| {
                [
                    "machine ",
                    host,
                    " login ",
                    &login,
                    " password ",
                    &password,
                    "\n",
                ]
            });
            Secret::joined(&lines.collect::<Vec<_>>())
        }
        Format::Curl => {
            let escaped = escaped(bare, &['"', '\\']);
            Secret::joined(&["header = \"Authorization: Bearer ", &escaped, "\"\n"])
        }
    }
}

/// Whether no shell expands anything in it as an assignment's value, `~` at its start and after `:` included.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=:@%,".contains(&b))
        && !text.starts_with(['~', '='])
        && !text.contains(":~")
}

/// A backslash before each of these characters.
fn escaped(text: &str, characters: &[char]) -> Zeroizing<String> {
    // Room for the worst: text that grows leaves copies of itself behind.
    let mut out = Zeroizing::new(String::with_capacity(2 * text.len()));
    for c in text.chars() {
        if characters.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The text between two quotes.
fn between(quote: &str, text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len() + 2 * quote.len()));
    [quote, text, quote]
        .iter()
        .for_each(|part| out.push_str(part));
    out
}

/// As it is where no shell could misread it, else in single quotes (POSIX.1-2024, Shell Command Language §2.2.2).
fn for_shell(text: &str) -> Zeroizing<String> {
    if is_plain(text) {
        return Zeroizing::new(text.to_owned());
    }
    let mut inside = Zeroizing::new(String::with_capacity(4 * text.len()));
    for c in text.chars() {
        match c {
            '\'' => inside.push_str("'\\''"),
            c => inside.push(c),
        }
    }
    between("'", &inside)
}

/// In single quotes, which dotenv readers take literally; where it holds a single quote in double quotes, with everything escaped that a
/// shell would read in them, for there are those who source such a file.
fn for_dotenv(text: &str) -> Zeroizing<String> {
    match (is_plain(text), text.contains('\'')) {
        (true, _) => Zeroizing::new(text.to_owned()),
        (false, false) => between("'", text),
        (false, true) => between("\"", &escaped(text, &['\\', '"', '$', '`'])),
    }
}

/// As it is, since not every reader of netrc(5) knows quotes; in double quotes where without them curl or Python would read something else.
fn for_netrc(text: &str) -> Zeroizing<String> {
    let plain = !text.contains(['"', '\\', ' ']) && !text.starts_with('#');
    if plain {
        Zeroizing::new(text.to_owned())
    } else {
        between("\"", &escaped(text, &['"', '\\']))
    }
}
