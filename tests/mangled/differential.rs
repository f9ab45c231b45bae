//! The reader of git's attributes beside git's own: the same bytes to `git credential fill` and to keyfob.
//!
//! What git does not read is never a request to us. What git reads and we do not is one of the differences listed here, and nothing else.

use keyfob::protocol::{CallerRequest, git::CALLER};
use keyfob::target::Target;

use super::invariants::ask;
use super::random::Random;
use crate::support::{Home, need, run, tool};

/// Why git takes what we refuse, or leaves to others; tells whether it does so for this request.
type Difference = (&'static str, fn(&Context) -> bool);

/// Where we are stricter than git, with the words of the reason.
const STRICTER: &[Difference] = &[
    ("a NUL ends a line for git, and is refused by us", |asked| {
        asked.bytes.contains(&0)
    }),
    (
        "a carriage return inside a value is refused, whatever credential.protectProtocol says",
        |asked| {
            asked
                .lines()
                .any(|line| line.strip_suffix(b"\r").unwrap_or(line).contains(&b'\r'))
        },
    ),
    (
        "a protocol other than https and http is somebody else's",
        |asked| !["https", "http"].contains(&asked.protocol.to_ascii_lowercase().as_str()),
    ),
    ("plain http is only for loopback", |asked| {
        asked.protocol.eq_ignore_ascii_case("http")
            && !asked.host.starts_with("localhost")
            && !asked.host.starts_with("[::1]")
    }),
    (
        "a host is a DNS name or an address, with or without a port",
        |asked| {
            Target::parse(&format!("https://{}", asked.host)).is_err()
                || asked.host.contains(['/', '?', '#'])
        },
    ),
    (
        "a path with dots, empty segments or control characters could be another one",
        |asked| {
            Target::with_decoded_path("https://x.example", asked.path.trim_start_matches('/'))
                .is_err()
        },
    ),
    (
        "git takes a URL from its user; a helper is never sent one",
        |asked| asked.lines().any(|line| line.starts_with(b"url=")),
    ),
];

/// Keys at which git stops and which it never writes to a helper: there we read on.
const LENIENT: &[&[u8]] = &[b"url=", b"quit="];

/// What git's helper was asked, and with which bytes all began.
struct Context {
    bytes: Vec<u8>,
    protocol: String,
    host: String,
    path: String,
}

impl Context {
    /// The lines that count.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines.take_while(|line| !matches!(line, [] | [b'\r']))
    }
}

/// What git makes of the bytes: what it asks its helper, or nothing where it refuses them.
fn git_reads(home: &Home, bytes: &[u8]) -> Option<(Context, Vec<u8>)> {
    let told = home.path("told");
    let helper = format!(
        "!f() {{ cat >'{}'; echo username=u; echo password=p; }}; f",
        told.display()
    );
    let _ = std::fs::remove_file(&told);
    let mut command = home.command_at(&tool("git"));
    command.args([
        "-c",
        "credential.useHttpPath=true",
        "-c",
        "credential.protectProtocol=false",
    ]);
    command.args([
        "-c",
        &format!("credential.helper={helper}"),
        "credential",
        "fill",
    ]);
    if run(&mut command, bytes).status != 0 {
        return None;
    }
    let told = std::fs::read(&told).expect("the helper was asked");
    let value = |key: &str| {
        let mut lines = told.split(|byte| *byte == b'\n');
        let found = lines.find_map(|line| line.strip_prefix(format!("{key}=").as_bytes()));
        String::from_utf8_lossy(found.unwrap_or_default()).into_owned()
    };
    let asked = Context {
        bytes: bytes.to_vec(),
        protocol: value("protocol"),
        host: value("host"),
        path: value("path"),
    };
    Some((asked, told))
}

/// The one target that we make of the bytes.
fn we_read(bytes: &[u8]) -> Option<Target> {
    match ask(&CALLER, &["get"], bytes, None) {
        CallerRequest::Credential(get) => Some(get.targets()[0].clone()),
        _ => None,
    }
}

/// Attribute lines as git's callers, people and attackers write them.
fn generated(random: &mut Random) -> Vec<u8> {
    const LINES: &[&[u8]] = &[
        b"path=team/repository.git",
        b"path=/team//a",
        b"path=a/../b",
        b"path=",
        b"path=a b?c#d",
        b"username=me",
        b"username=",
        b"username=a\rb",
        b"wwwauth[]=Basic realm=\"x\"",
        b"wwwauth[]=",
        b"capability[]=authtype",
        b"state[]=x",
        b"oauth_refresh_token=x",
        b"password_expiry_utc=32503680000",
        b"unknown=x",
        b"=x",
        b"nonsense",
        b" ",
        b"",
        b"\r",
        b"a\0b=c",
        b"unknown=a\0b",
        b"url=https://other.example.com/x",
        b"url=nonsense",
        b"quit=1",
        b"protocol",
        b"host\0=evil.example",
    ];
    const PROTOCOLS: &[&str] = &[
        "https", "https", "https", "http", "HTTPS", "", "cert", "https\r", "ht\rtps", "https\0x",
    ];
    const HOSTS: &[&str] = &[
        "git.example.com",
        "git.example.com",
        "git.example.com",
        "localhost:8080",
        "[::1]",
        "git.example.com:8443",
        "",
        "git.example.com\r",
        "git.example.com\revil",
        "git.example.com\0evil",
        "me@git.example.com",
        "git.example.com/x",
        "git.example.com?x",
        "a b",
        "Git.Example.COM",
        "git.example.com.",
        "*.example.com",
        "git.example.com:",
        "127.1",
    ];
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for (key, values) in [("protocol", PROTOCOLS), ("host", HOSTS)] {
        for _ in 0..random.pick(&[1, 1, 1, 1, 1, 1, 2, 0]) {
            let plain = random.once_in(2);
            let value = if plain {
                values[0]
            } else {
                random.pick(values)
            };
            lines.push(format!("{key}={value}").into_bytes());
        }
    }
    for _ in 0..random.below(4) {
        let at = random.below(lines.len() + 1);
        lines.insert(at, random.pick(LINES).to_vec());
    }
    let end: &[u8] = random.pick(&[&b"\n"[..], b"\n", b"\n", b"\r\n"]);
    let mut bytes = lines.join(end);
    bytes.extend_from_slice(random.pick(&[&b"\n\n"[..], b"\n", b"", b"\n\nhost=evil.example\n"]));
    bytes
}

#[test]
fn what_git_reads_we_read_alike_but_for_the_differences_that_are_listed() {
    if !need(&["git"]) {
        return;
    }
    let mut home = Home::new();
    home.set("GIT_TERMINAL_PROMPT", "0")
        .set("GIT_CONFIG_NOSYSTEM", "1");
    let mut random = Random::new(6);
    let (mut alike, mut refused_by_both) = (0, 0);
    let mut met = vec![0; STRICTER.len()];
    for _ in 0..600 {
        let bytes = generated(&mut random);
        let shown = String::from_utf8_lossy(&bytes).escape_debug().to_string();
        match (git_reads(&home, &bytes), we_read(&bytes)) {
            (None, None) => refused_by_both += 1,
            (None, Some(target)) => {
                let stopped = |line: &[u8]| LENIENT.iter().any(|key| line.starts_with(key));
                let excused = bytes.split(|byte| *byte == b'\n').any(stopped);
                assert!(
                    excused,
                    "git refuses {shown}, and we give a token for {target}"
                );
            }
            (Some((asked, told)), Some(target)) => {
                let origin = format!("{}://{}", asked.protocol, asked.host);
                let path = asked.path.trim_start_matches('/');
                let wanted = Target::with_decoded_path(&origin, path).map(Target::as_repository);
                let url = asked.lines().any(|line| line.starts_with(b"url="));
                assert!(
                    url || wanted == Ok(target.clone()),
                    "git asks for {origin}/{path}, we for {target}: {shown}"
                );
                assert_eq!(
                    we_read(&told).map(Ok),
                    Some(wanted),
                    "of what git writes itself: {shown}"
                );
                alike += 1;
            }
            (Some((asked, _)), None) => {
                let reasons = STRICTER.iter().map(|(_, holds)| holds(&asked));
                let mut reasons: Vec<bool> = reasons.collect();
                assert!(
                    reasons.contains(&true),
                    "git reads {shown}, we do not, and no reason is listed"
                );
                reasons
                    .iter_mut()
                    .zip(&mut met)
                    .for_each(|(holds, count)| *count += u32::from(*holds));
            }
        }
    }
    assert!(
        alike > 60 && refused_by_both > 60,
        "{alike} alike, {refused_by_both} refused by both"
    );
    for ((reason, _), count) in STRICTER.iter().zip(met) {
        assert!(count > 0, "never met: {reason}");
    }
}
