//! A program that asks a second time for a token that is still good.

use serde_json::json;

use super::{compile, program};
use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::wine::windows_path;
use crate::support::{Windows, run};

/// Runs its arguments twice, and seems to be built by Go if `MARK` says so.
const TWICE: &str = r#"
#include <process.h>
static volatile const char mark[] = MARK;
int main(int count, char **words) {
    (void)mark[0];
    for (int i = 0; i < 2; i++) {
        intptr_t status = _spawnv(_P_WAIT, words[1], (const char *const *)(words + 1));
        if (status != 0) return (int)status;
    }
    return 0;
}
"#;

#[test]
fn client_go_that_asks_again_is_given_another_token_and_others_the_same() {
    let Some(user) = Windows::new() else { return };
    let provider = numbering();
    user.spec("ci", spec(&provider, &[]).to_string());
    let request = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {"interactive": false},
    });
    for (name, mark, tokens) in [
        ("c.exe", "\"c\"", ["token-1", "token-1"]),
        (
            "go.exe",
            r#""\xff Go build ID: \"x\"""#,
            ["token-1", "token-2"],
        ),
    ] {
        let twice = compile(&user, name, &TWICE.replace("MARK", mark));
        let keyfob = windows_path(&program());
        let words = [keyfob.as_str(), "kubectl", "--spec", "ci"];
        let mut command = user.command(&windows_path(&twice), words);
        command
            .env(SECRET_VARIABLE, "s3cret")
            .env("KUBERNETES_EXEC_INFO", request.to_string());
        let output = run(&mut command, "");
        let answers = output.answer().lines().map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            answer["status"]["token"].as_str().unwrap().to_owned()
        });
        assert_eq!(answers.collect::<Vec<_>>(), tokens, "{name}");
    }
}
