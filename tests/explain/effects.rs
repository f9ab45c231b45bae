//! `explain` opens no secret, makes no socket and runs no program.

use super::explain;
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::{Home, need, run};

#[test]
fn no_socket_is_made_and_no_program_run() {
    if !need(&["strace"]) {
        return;
    }
    let provider = numbering();
    let mut home = Home::new();
    let mut written = spec(&provider, &["git.example.com"]);
    let program = home.script("secret", "echo ran >>$HOME/ran; echo hunter2");
    written["client_secret"] = serde_json::json!({"command": [program]});
    home.spec("ran", written.to_string());
    written["client_secret"] = serde_json::json!({"keyring": "ci"});
    written["targets"] = serde_json::json!(["hub.example.com"]);
    home.spec("kept", written.to_string());
    home.set("KEYFOB_KEYRING", "kernel")
        .set(SECRET_VARIABLE, "s3cret");
    for words in [
        &["git", "https://git.example.com/team/app"][..],
        &["docker", "hub.example.com"],
        &["--spec", "ran"],
        &["kubectl", "--spec", "kept"],
    ] {
        let same = explain(&home, words);
        let log = home.path("calls");
        let mut strace = home.command("strace");
        strace.args(["-f", "-e", "trace=network,process,keyctl", "-o"]);
        strace
            .arg(&log)
            .arg(home.bin().join("keyfob"))
            .arg("explain");
        let output = run(strace.args(words), "");
        assert!(output.stderr.is_empty(), "{output:?}");
        let calls = std::fs::read_to_string(&log).unwrap();
        let started = calls.matches("execve(").count();
        assert_eq!(started, 1, "{words:?}: {calls}");
        for call in ["socket(", "connect(", "sendto(", "fork(", "KEYCTL_UPDATE"] {
            assert!(!calls.contains(call), "{words:?}: {calls}");
        }
        assert_eq!(same.stdout, output.stdout, "{words:?}");
    }
    assert!(!home.path("home/ran").exists());
    assert_eq!(provider.count(), 0);
}
