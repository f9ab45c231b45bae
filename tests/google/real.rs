//! google-auth, with the shipped file, against a token exchange (RFC 8693) that takes one subject token and no other.

use serde_json::{Value, json};

use super::{ID_TOKEN, home, jwt, numbering, spec};
use crate::support::tools::tool_folder;
use crate::support::{Answer, Home, Output, Provider, Request, need, run};

const SHIPPED: &str = include_str!("../../integrations/google/credentials.json");

/// What a program that uses the library does; the file is read by the library's own class, since its finder also asks a host of Google's.
const PROGRAM: &str = "
import json, sys
import google.auth.exceptions, google.auth.pluggable, google.auth.transport.requests
credentials = google.auth.pluggable.Credentials.from_info(json.load(open(sys.argv[1])))
try:
    credentials.refresh(google.auth.transport.requests.Request())
    print(credentials.token)
except google.auth.exceptions.RefreshError as error:
    sys.exit(str(error))
";

/// What Google's STS says, to who shows the first token.
fn exchange(request: &Request) -> Answer {
    let parameter = |name: &str| request.parameter(name).unwrap_or_default();
    let grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    assert_eq!(parameter("grant_type"), grant);
    assert_eq!(parameter("subject_token_type"), ID_TOKEN);
    if parameter("subject_token") != jwt(1) {
        return Answer::error("invalid_grant");
    }
    let answer = json!({
        "access_token": "ya29.federated", "token_type": "Bearer", "expires_in": 3600,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
    });
    Answer::json(200, answer.to_string())
}

struct World {
    sts: Provider,
    home: Home,
    file: Value,
}

impl World {
    fn new(provider: &Provider) -> Option<Self> {
        if !need(&["python3", "cloud/google/auth/pluggable.py"]) {
            return None;
        }
        let (sts, mut home) = (Provider::start(exchange), home(&spec(provider)));
        home.set("PYTHONPATH", tool_folder().join("cloud"));
        home.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1");
        let keyfob = home.bin().join("keyfob");
        let shipped = SHIPPED
            .replace("/usr/local/bin/keyfob", keyfob.to_str().unwrap())
            .replace("https://sts.googleapis.com", &sts.url());
        let file = serde_json::from_str(&shipped).unwrap();
        Some(Self { sts, home, file })
    }

    /// One program that wants a token.
    fn program(&self) -> Output {
        let file = self.home.write("credentials.json", self.file.to_string());
        run(
            self.home.command("python3").args(["-c", PROGRAM]).arg(file),
            "",
        )
    }
}

#[test]
fn google_auth_exchanges_the_jwt_and_two_programs_ask_the_provider_once() {
    let provider = numbering(3600);
    let Some(world) = World::new(&provider) else {
        return;
    };
    for _ in 0..2 {
        assert_eq!(world.program().answer(), "ya29.federated\n");
    }
    assert_eq!((provider.count(), world.sts.count()), (1, 2));
}

#[test]
fn google_auth_shows_the_code_and_the_words_of_a_failure() {
    let provider = Provider::start(|_| Answer::error("invalid_client"));
    let Some(world) = World::new(&provider) else {
        return;
    };
    let output = world.program();
    let shown = "Executable returned unsuccessful response: code: provider-refused, message: ";
    assert!(output.stderr.contains(shown), "{output:?}");
    assert!(
        output.stderr.contains("HTTP 400, invalid_client"),
        "{output:?}"
    );
    assert_eq!(world.sts.count(), 0);
}

#[test]
fn a_log_that_somebody_turned_on_does_not_spoil_the_answer_for_google_auth() {
    let provider = numbering(3600);
    let Some(mut world) = World::new(&provider) else {
        return;
    };
    world.home.set("KEYFOB_LOG", "debug");
    assert_eq!(world.program().answer(), "ya29.federated\n");
}

/// A person logs in and out: the program's streams are the terminal's, so the token is read from the file.
const INTERACTIVE: &str = "
import json, sys
import google.auth.pluggable, google.auth.transport.requests
credentials = google.auth.pluggable.Credentials.from_info(json.load(open(sys.argv[1])), interactive=True)
request = google.auth.transport.requests.Request()
credentials.refresh(request)
print(credentials.token)
credentials.revoke(request)
";

#[test]
fn an_interactive_login_is_read_from_the_output_file_and_a_logout_drops_the_token() {
    let provider = numbering(3600);
    let Some(mut world) = World::new(&provider) else {
        return;
    };
    world.file["audience"] =
        json!("//iam.googleapis.com/locations/global/workforcePools/p/providers/keyfob");
    let executable = &mut world.file["credential_source"]["executable"];
    executable["output_file"] = json!(world.home.path("subject.json"));
    executable["interactive_timeout_millis"] = json!(30_000);
    let file = world.home.write("credentials.json", world.file.to_string());
    let mut python = world.home.command("python3");
    let output = run(python.args(["-c", INTERACTIVE]).arg(file), "");
    assert!(output.answer().ends_with("ya29.federated\n"), "{output:?}");
    let status = run(&mut world.home.keyfob(["status"]), "");
    let line = status
        .answer()
        .lines()
        .find(|line| line.starts_with("my-identity\t"));
    assert_eq!(
        line.and_then(|line| line.split('\t').nth(3)),
        Some("none"),
        "{status:?}"
    );
    assert_eq!(provider.count(), 1);
}

#[test]
fn google_auth_reads_the_output_file_and_runs_nothing_until_the_jwt_has_ended() {
    let provider = numbering(3600);
    let Some(mut world) = World::new(&provider) else {
        return;
    };
    let output = world.home.path("subject.json");
    world.file["credential_source"]["executable"]["output_file"] = json!(output);
    assert_eq!(world.program().answer(), "ya29.federated\n");
    world.home.unset("TEST_CLIENT_SECRET");
    let command = &mut world.file["credential_source"]["executable"]["command"];
    let running = command.clone();
    *command = json!("/nowhere/keyfob");
    assert_eq!(world.program().answer(), "ya29.federated\n");
    // It has ended: the program is run again, and says why there is no other token.
    let mut written: Value = serde_json::from_slice(&std::fs::read(&output).unwrap()).unwrap();
    written["expiration_time"] = json!(1);
    std::fs::write(&output, written.to_string()).unwrap();
    world.file["credential_source"]["executable"]["command"] = running;
    let ended = world.program();
    assert!(ended.stderr.contains("code: secret-missing"), "{ended:?}");
}
