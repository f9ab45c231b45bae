//! `keyfob token`: prints a token for scripts and CI, in a format that they read. The token goes to
//! standard output, except with `--format github`, which writes it to files of the runner.

mod github;
mod masks;
mod quoting;

use super::{spec, token_by_name};
use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::find::{self, LoadedSpec};
use crate::obtain::Needs;
use crate::protocol::Reply;
use crate::target::Pattern;
use crate::time::Timestamp;
use crate::world::Commanding;
pub use github::GithubFile;
use quoting::{escaped, for_dotenv, for_netrc, for_shell, in_single_quotes};

/// How the token is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{"access_token","token_type","expires_at"}`
    Json,
    /// The bare token with a trailing newline.
    Token,
    /// `Authorization: Bearer …`
    Header,
    /// `Bearer …`
    HeaderValue,
    /// `{"Authorization":"Bearer …"}`
    HeadersJson,
    /// `NAME=TOKEN`, quoted for a shell if necessary.
    Env,
    /// `export NAME='TOKEN'`
    Export,
    /// `NAME=TOKEN`, quoted for dotenv readers.
    Dotenv,
    /// A netrc(5) line for each host in `targets`.
    Netrc,
    /// A line for `curl --config -`.
    Curl,
    /// Masks the token in the log, and writes it to a file of the GitHub Actions runner.
    Github,
    /// `NAME=TOKEN` for a dotenv report of GitLab, whose values are not quoted.
    Gitlab,
    /// Every value that a runner has to mask, one per line, the token first.
    Masks,
}

impl Format {
    /// The values of `--format`, in the order of the help text.
    pub const ALL: &'static [(&'static str, Format)] = &[
        ("json", Format::Json),
        ("token", Format::Token),
        ("header", Format::Header),
        ("header-value", Format::HeaderValue),
        ("headers-json", Format::HeadersJson),
        ("env", Format::Env),
        ("export", Format::Export),
        ("dotenv", Format::Dotenv),
        ("netrc", Format::Netrc),
        ("curl", Format::Curl),
        ("github", Format::Github),
        ("gitlab", Format::Gitlab),
        ("masks", Format::Masks),
    ];
}

/// How the token is printed.
#[derive(Debug, Clone)]
pub struct TokenOutput {
    /// The format.
    pub format: Format,
    /// The name of the variable, for formats that have one.
    pub variable: Option<String>,
    /// The files of the GitHub Actions runner to write to.
    pub to: GithubFile,
    /// Whether the token may be written to a file that the CI system does not mask.
    pub unmasked: bool,
}

/// The default name of the variable.
pub const VARIABLE: &str = "KEYFOB_TOKEN";

/// The longest line of a netrc file, in bytes. curl before version 8 silently skips lines of more
/// than 4095 bytes.
const NETRC_LINE: usize = 4000;
/// The size in bytes at which GitLab refuses a dotenv report, unless its administrator changed
/// `dotenv_size`.
const GITLAB_REPORT: usize = 5 * 1024;

/// Prints the token of a spec.
///
/// # Errors
/// Returns an error if an option is not valid, there is no token, or the token cannot be
/// represented in this format or written to the runner's files.
pub fn run(
    world: &dyn Commanding,
    named: Option<&str>,
    printing: &TokenOutput,
) -> Result<Reply, Error> {
    let name = variable_name(printing.variable.as_deref())?;
    if printing.format == Format::Gitlab && !printing.unmasked {
        let sentence =
            "a dotenv report is kept as an artifact, and GitLab does not mask what is in it";
        return Err(Error::new(Code::Usage, sentence)
            .hint("for one job use --format export; --unmasked writes the report all the same"));
    }
    let files = match printing.format {
        Format::Github => github::files(world, printing.to)?,
        _ => Vec::new(),
    };
    let loaded = spec(world, named, true)?;
    if printing.format == Format::Netrc && hosts(&loaded).is_empty() {
        // A misspelt `targets` is reported as such: it is why there is no host.
        find::validate(&loaded.spec)?;
        return Err(Error::new(
            Code::SpecInvalid,
            "netrc wants a host, and the spec's `targets` list none without a wildcard, a path or \
            a port",
        ));
    }
    let token = token_by_name(world, &loaded, Needs::default())?;
    let is_whole = matches!(
        printing.format,
        Format::Json | Format::Token | Format::Masks
    );
    if !is_whole && token.access_token.certificate().is_some() {
        let sentence = "the token is a client certificate with its key, and this format would send \
             the key as a token";
        return Err(Error::new(Code::NotSupported, sentence)
            .hint("client certificates are for kubectl; --format json or token prints both"));
    }
    if printing.format == Format::Github {
        github::write(world, &token.access_token, name, &files)?;
        return Ok(Reply::silence());
    }
    render(&loaded, &token, printing.format, name).map(Reply::answer)
}

/// Checks that a shell accepts the name of the variable; `None` is the default name.
///
/// # Errors
/// Returns a usage error for any other name.
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

/// The hosts among the spec's targets. netrc(5) has no wildcard, port, scheme or path, so targets
/// that need one are left out.
fn hosts(loaded: &LoadedSpec) -> Vec<String> {
    let prefixes = loaded.spec.targets.iter().filter_map(Pattern::https_prefix);
    let machine = |prefix: String| {
        let host = prefix.strip_prefix("https://")?;
        (!host.contains(['/', ':', '['])).then(|| host.to_owned())
    };
    let mut hosts: Vec<String> = prefixes.filter_map(machine).collect();
    hosts.dedup();
    hosts
}

fn render(loaded: &LoadedSpec, token: &Token, format: Format, name: &str) -> Result<Secret, Error> {
    let bare = token.access_token.expose();
    Ok(match format {
        Format::Json => {
            let end = token.expires_at.map(Timestamp::rfc3339);
            let (quote, end) = match &end {
                Some(end) => ("\"", end.as_str()),
                None => ("", "null"),
            };
            let between = "\",\"token_type\":\"Bearer\",\"expires_at\":";
            Secret::joined(&[
                "{\"access_token\":\"",
                &token.access_token.in_json(),
                between,
                quote,
                end,
                quote,
                "}\n",
            ])
        }
        Format::Token => Secret::joined(&[bare, "\n"]),
        Format::Header => Secret::joined(&["Authorization: Bearer ", bare, "\n"]),
        Format::HeaderValue => Secret::joined(&["Bearer ", bare, "\n"]),
        Format::HeadersJson => {
            let token = token.access_token.in_json();
            Secret::joined(&["{\"Authorization\":\"Bearer ", &token, "\"}\n"])
        }
        Format::Env => Secret::joined(&[name, "=", &for_shell(bare), "\n"]),
        Format::Export => Secret::joined(&["export ", name, "=", &in_single_quotes(bare), "\n"]),
        Format::Dotenv => Secret::joined(&[name, "=", &for_dotenv(bare), "\n"]),
        Format::Netrc => netrc(loaded, token)?,
        Format::Curl => {
            let escaped = escaped(bare, &['"', '\\']);
            Secret::joined(&["header = \"Authorization: Bearer ", &escaped, "\"\n"])
        }
        Format::Gitlab => gitlab(name, bare)?,
        Format::Masks => masks::lines(&token.access_token),
        // The token goes to the runner's files, not to standard output.
        Format::Github => Secret::new(Vec::new()),
    })
}

fn netrc(loaded: &LoadedSpec, token: &Token) -> Result<Secret, Error> {
    let login = for_netrc(loaded.spec.username_with(token).0);
    let password = for_netrc(token.access_token.expose());
    let hosts = hosts(loaded);
    let lines: Vec<[&str; 7]> = hosts
        .iter()
        .map(|host| {
            [
                "machine ",
                host,
                " login ",
                &login,
                " password ",
                &password,
                "\n",
            ]
        })
        .collect();
    let length = |line: &[&str; 7]| line.iter().map(|part| part.len()).sum::<usize>();
    if lines.iter().any(|line| length(line) > NETRC_LINE) {
        let sentence = format!(
            "the token is too long for netrc: curl passes over lines of more than {NETRC_LINE} \
            bytes"
        );
        return Err(Error::new(Code::NotSupported, sentence)
            .hint("use --format curl, or --format header with `curl --header @-`"));
    }
    Ok(Secret::joined(&lines.concat()))
}

/// Formats a line of a dotenv report. GitLab takes the value literally, quotes included, and
/// expands `$` in it. So a token with such characters is refused.
fn gitlab(name: &str, bare: &str) -> Result<Secret, Error> {
    let refused = |why: String| {
        Err(Error::new(Code::NotSupported, why)
            .hint("obtain the token in the job that needs it: --format export"))
    };
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=:@".contains(&byte);
    if !bare.bytes().all(safe) {
        return refused(
            "the token holds characters that a dotenv report of GitLab's cannot".to_owned(),
        );
    }
    let report = Secret::joined(&[name, "=", bare, "\n"]);
    if report.len() >= GITLAB_REPORT {
        return refused(format!(
            "the token is too long for a dotenv report: GitLab refuses {GITLAB_REPORT} bytes and \
            more"
        ));
    }
    Ok(report)
}
