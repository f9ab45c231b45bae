//! The Linux kernel's keyring: one user's entries, whatever session a process is in.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{ask, code, error, hint};
use crate::support::{Answer, Home, Output, Provider, need, run};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Ends with the error EPERM or ENOSYS whoever adds, asks for or reads a key, as the default profile of a container does.
const WITHOUT_KEYS: &str = r#"
import ctypes, os, platform, struct, sys
calls = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}[platform.machine()]
program = struct.pack("HBBI", 0x20, 0, 0, 0)
for index, call in enumerate(calls):
    program += struct.pack("HBBI", 0x15, len(calls) - index, 0, call)
program += struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)
program += struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | int(sys.argv[1]))
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(program)
filter = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, filter, 0, 0) == 0, os.strerror(ctypes.get_errno())
os.execv(sys.argv[2], sys.argv[2:])
"#;

/// An entry name of this test's own, taken out of the kernel when the test ends.
struct Name {
    home: Home,
    name: String,
}

impl Name {
    /// Nothing, and the test is skipped, where this machine has no kernel keyring.
    fn new() -> Option<Self> {
        if !need(&["keyctl"]) {
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut home = Home::new();
        home.set("KEYFOB_KEYRING", "kernel");
        let name = Self {
            home,
            name: format!("test-{}-{number}@example.com", std::process::id()),
        };
        let refused = run(name.home.command("keyctl").args(["show", "@u"]), "").status != 0;
        if refused && std::env::var_os("CI").is_none_or(|ci| ci != "true") {
            return None;
        }
        Some(name)
    }

    #[track_caller]
    fn keyfob(&self, verb: &str, stdin: &str) -> Output {
        run(&mut self.home.keyfob(["secret", verb, &self.name]), stdin)
    }

    /// keyfob in a session keyring of its own, to which nothing is linked.
    #[track_caller]
    fn keyfob_in_a_new_session(&self, verb: &str, stdin: &str) -> Output {
        let mut keyctl = self.home.command("keyctl");
        let keyfob = self.home.bin().join("keyfob");
        keyctl
            .args(["session", "-"])
            .arg(keyfob)
            .args(["secret", verb]);
        if verb != "list" {
            keyctl.arg(&self.name);
        }
        let mut output = run(&mut keyctl, stdin);
        output.stderr = output
            .stderr
            .lines()
            .filter(|line| !line.starts_with("Joined session keyring"))
            .collect();
        output
    }

    fn ask(&self) -> Result<String, Output> {
        let entry = format!(r#"{{"user":"{}","store":"kernel"}}"#, self.name);
        ask(&self.home, &entry)
    }

    #[track_caller]
    fn secret(&self) -> String {
        self.ask().unwrap_or_else(|output| panic!("{output:?}"))
    }

    fn is_listed(&self, list: &Output) -> bool {
        list.answer().lines().any(|line| line == self.name)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let _ = run(&mut self.home.keyfob(["secret", "remove", &self.name]), "");
    }
}

#[test]
fn a_secret_in_the_kernel_is_set_listed_shown_and_removed_without_any_desktop() {
    let Some(name) = Name::new() else { return };
    let list = || run(&mut name.home.keyfob(["secret", "list"]), "");
    assert_eq!(code(&name.keyfob("show", "")), "secret-missing");
    assert!(!name.is_listed(&list()));
    assert_eq!(name.keyfob("set", "s3cret\n").answer(), "");
    assert!(name.is_listed(&list()));
    let shown = name.keyfob("show", "");
    let told = format!(
        "{0}: 6 bytes, service `keyfob`, user `{0}`, Linux kernel keyring (memory only, gone at reboot)\n",
        name.name
    );
    assert_eq!(shown.answer(), told);
    assert_eq!(name.secret(), "s3cret");
    assert_eq!(name.keyfob("set", "second").answer(), "");
    assert_eq!(name.secret(), "second");
    assert_eq!(name.keyfob("remove", "").answer(), "");
    assert!(!name.is_listed(&list()));
    assert_eq!(code(&name.ask().expect_err("a refusal")), "secret-missing");
    assert_eq!(name.keyfob("set", "third").answer(), "");
    assert_eq!(name.secret(), "third");
}

#[test]
fn the_kernel_keyring_is_the_same_inside_and_outside_of_a_session() {
    let Some(name) = Name::new() else { return };
    name.keyfob("set", "outside").answer();
    assert!(
        name.keyfob_in_a_new_session("show", "")
            .answer()
            .contains("7 bytes")
    );
    assert!(name.is_listed(&name.keyfob_in_a_new_session("list", "")));
    name.keyfob_in_a_new_session("set", "within").answer();
    assert_eq!(name.secret(), "within");
    name.keyfob_in_a_new_session("remove", "").answer();
    assert_eq!(code(&name.keyfob("show", "")), "secret-missing");
    name.keyfob_in_a_new_session("set", "again").answer();
    assert_eq!(name.secret(), "again");
    assert!(
        name.keyfob_in_a_new_session("show", "")
            .answer()
            .contains("5 bytes")
    );
}

#[test]
fn the_kernel_keyring_is_asked_for_by_an_option_too() {
    let Some(mut name) = Name::new() else { return };
    name.home.unset("KEYFOB_KEYRING");
    let entry = name.name.clone();
    run(
        &mut name
            .home
            .keyfob(["secret", "set", "--store", "kernel", &entry]),
        "s3cret",
    )
    .answer();
    assert_eq!(name.secret(), "s3cret");
    assert_eq!(code(&name.keyfob("show", "")), "keyring-unavailable");
    run(
        &mut name
            .home
            .keyfob(["secret", "remove", "--store", "kernel", &entry]),
        "",
    )
    .answer();
    assert_eq!(code(&name.ask().expect_err("a refusal")), "secret-missing");
}

#[test]
fn what_the_kernel_would_not_hold_is_refused_and_the_old_secret_stays() {
    let Some(name) = Name::new() else { return };
    name.keyfob("set", "first").answer();
    let refused = name.keyfob("set", &"x".repeat(32_768));
    assert_eq!(code(&refused), "secret-too-large");
    assert!(
        error(&refused).contains("32767") && error(&refused).contains("32768"),
        "{refused:?}"
    );
    assert!(hint(&refused).contains(r#"{"file""#), "{refused:?}");
    assert!(error(&name.keyfob("set", "")).contains("empty"));
    assert_eq!(name.secret(), "first");
    // All that it holds is more than the quota of a user who is not root.
    if rustix::process::geteuid().is_root() {
        let longest = "x".repeat(32_767);
        name.keyfob("set", &longest).answer();
        assert_eq!(name.secret(), longest);
    }
}

#[test]
fn what_no_provider_could_mean_is_not_stored() {
    let Some(name) = Name::new() else { return };
    name.keyfob("set", "first").answer();
    let table: [(&[u8], &str); 5] = [
        (b"\xff\xfes\x003\0", "it is UTF-16, not UTF-8"),
        (b"s\x003\0", "it holds a NUL byte"),
        (b"s\xe9cret", "it is not UTF-8 text"),
        (b"two\nlines\n", "it holds more than one line"),
        (b"a\x1b[31m", "it holds a control character"),
    ];
    for (bytes, why) in table {
        let words = ["secret", "set", &name.name];
        let refused = run(&mut name.home.keyfob(words), bytes);
        let told = format!(
            "keyfob: error: keyring entry `{}`: {why}; nothing was stored (secret-unreadable)",
            name.name
        );
        assert_eq!(error(&refused), told);
        assert_eq!(name.secret(), "first");
    }
    name.keyfob("set", "\u{feff}second\r\n\n").answer();
    assert!(name.keyfob("show", "").answer().contains("6 bytes"));
    assert_eq!(name.secret(), "second");
    name.keyfob("set", "-----BEGIN X-----\nA\n-----END X-----\n\n")
        .answer();
    assert!(name.keyfob("show", "").answer().contains("35 bytes"));
}

#[test]
fn what_another_program_stored_obeys_the_rule_of_every_place() {
    let Some(name) = Name::new() else { return };
    let key = format!("keyring:{}@keyfob", name.name);
    let store = |content: &str| {
        let words = ["padd", "user", &key, "@u"];
        run(name.home.command("keyctl").args(words), content).answer();
    };
    store("third\n\n");
    assert_eq!(name.secret(), "third");
    store("two\nlines");
    let refused = name.ask().expect_err("a refusal");
    let told = format!("keyring entry `{}`: it holds more than one line", name.name);
    assert!(error(&refused).contains(&told), "{refused:?}");
    store("\n");
    assert_eq!(code(&name.ask().expect_err("nothing")), "secret-missing");
}

#[test]
fn a_secret_in_the_kernel_lies_in_the_users_ring_and_in_no_sessions() {
    let Some(name) = Name::new() else { return };
    name.keyfob("set", "s3cret").answer();
    let key = format!("keyring:{}@keyfob", name.name);
    let found = |ring| {
        run(
            name.home
                .command("keyctl")
                .args(["search", ring, "user", &key]),
            "",
        )
        .status
            == 0
    };
    assert!(found("@u"));
    let session = run(
        name.home
            .command("keyctl")
            .args(["session", "-", "keyctl", "search", "@s", "user", &key]),
        "",
    );
    assert_ne!(session.status, 0, "{session:?}");
}

#[test]
fn a_kernel_that_refuses_its_keyring_is_unavailable() {
    if !need(&["python3"]) || !cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        return;
    }
    let mut home = Home::new();
    home.set("KEYFOB_KEYRING", "kernel");
    let script = home.write("without-keys.py", WITHOUT_KEYS);
    for (errno, name) in [("1", "EPERM"), ("38", "ENOSYS")] {
        for (arguments, stdin) in [(["show", "atlas-ci"], ""), (["set", "atlas-ci"], "s3cret")] {
            let mut python = home.command("python3");
            python
                .args([script.as_path(), Path::new(errno)])
                .arg(home.bin().join("keyfob"));
            let refused = run(python.arg("secret").args(arguments), stdin);
            assert_eq!(code(&refused), "keyring-unavailable", "{name}");
        }
    }
}

#[test]
fn a_token_that_is_fetched_with_a_secret_while_it_is_replaced_is_not_kept() {
    let Some(name) = Name::new() else { return };
    name.keyfob("set", "old").answer();
    let replace = name.home.keyfob(["secret", "set", &name.name]);
    let replace = std::sync::Mutex::new(replace);
    let provider = Provider::start(move |request| {
        if request.number == 1 {
            run(&mut replace.lock().unwrap(), "new").answer();
        }
        Answer::token(&format!("t-{}", request.number), 3600)
    });
    let spec = serde_json::json!({
        "provider": "client_credentials", "token_url": provider.url(), "client_id": "ci",
        "client_secret": { "keyring": name.name }, "token_endpoint_auth_method": "client_secret_post",
    });
    name.home.spec("ci", spec.to_string());
    let token = || {
        let words = ["token", "--spec", "ci", "--format", "token"];
        let output = run(&mut name.home.keyfob(words), "");
        output.answer().trim_end().to_owned()
    };
    assert_eq!([token(), token(), token()], ["t-1", "t-2", "t-2"]);
    let sent = |request: &crate::support::Request| request.parameter("client_secret").unwrap();
    let secrets: Vec<String> = provider.requests().iter().map(sent).collect();
    assert_eq!(secrets, ["old", "new"]);
}

#[test]
fn a_new_secret_drops_the_tokens_that_stand_on_it_through_another_spec() {
    let Some(name) = Name::new() else { return };
    let provider = Provider::start(|request| Answer::token(&format!("t-{}", request.number), 60));
    let spec = |secret: serde_json::Value| {
        let spec = serde_json::json!({
            "provider": "client_credentials", "token_url": provider.url(), "client_id": "ci", "client_secret": secret,
            "token_endpoint_auth_method": "client_secret_post",
        });
        spec.to_string()
    };
    let entry = serde_json::json!({ "keyring": name.name });
    name.home.spec("inner", spec(entry));
    let inner = serde_json::json!({ "token": "inner" });
    name.home.spec("outer", spec(inner));
    let token = || {
        let words = ["token", "--spec", "outer", "--format", "token"];
        let output = run(&mut name.home.keyfob(words), "");
        output.answer().trim_end().to_owned()
    };
    assert_eq!(name.keyfob("set", "old").answer(), "");
    assert_eq!([token(), token()], ["t-2", "t-2"]);
    assert_eq!(name.keyfob("set", "new").answer(), "");
    assert_eq!([token(), token()], ["t-4", "t-4"]);
    let sent = |request: &crate::support::Request| request.parameter("client_secret").unwrap();
    let secrets: Vec<String> = provider.requests().iter().map(sent).collect();
    assert_eq!(secrets, ["old", "t-1", "new", "t-3"]);
}
