//! The aws CLI and botocore, with the shipped profile and spec, against moto, which checks what they sign.

use super::moto::World;
use super::protocol::{keys, spec};
use crate::support::{Answer, Provider};

#[test]
fn the_aws_cli_is_who_keyfob_got_keys_for_and_two_runs_ask_once() {
    let Some(world) = World::new() else { return };
    for _ in 0..2 {
        let identity = world.aws(&["sts", "get-caller-identity"]).json();
        let arn = "arn:aws:sts::123456789012:assumed-role/ci/keyfob";
        assert_eq!(identity["Arn"], arn);
    }
    let asked = world.sts.request();
    assert_eq!(
        asked.parameter("WebIdentityToken").unwrap(),
        "an.identity.token"
    );
}

#[test]
fn keys_that_nobody_issued_are_refused_so_that_moto_is_known_to_check() {
    let Some(world) = World::new() else { return };
    // The one request that need not be signed.
    crate::support::run(&mut world.home.keyfob(["aws", "--spec", "my-account"]), "").answer();
    let invented = Provider::start(|_| keys(1, 3600));
    world.home.spec("my-account", spec(&invented).to_string());
    let output = world.aws(&["sts", "get-caller-identity"]);
    assert_ne!(output.status, 0);
    let refused = "(InvalidClientTokenId)";
    assert!(output.stderr.contains(refused), "{}", output.stderr);
}

#[test]
fn the_aws_cli_shows_why_there_are_no_keys() {
    let Some(world) = World::new() else { return };
    let refusing = Provider::start(|_| Answer::error("invalid_grant"));
    let opaque = Provider::start(|_| Answer::token("opaque", 3600));
    let mut other = spec(&opaque);
    other["token_pointer"] = "/access_token".into();
    for (spec, words) in [
        (
            spec(&refusing),
            "HTTP 400, invalid_grant (provider-refused)",
        ),
        (other, "the spec yields no AWS keys"),
    ] {
        world.home.spec("my-account", spec.to_string());
        let output = world.aws(&["sts", "get-caller-identity"]);
        assert_eq!(output.status, 255, "{output:?}");
        let shown = "Error when retrieving credentials from custom-process: keyfob: error: ";
        assert!(output.stderr.contains(shown), "{}", output.stderr);
        assert!(output.stderr.contains(words), "{}", output.stderr);
        assert!(!output.stderr.contains("opaque"), "{}", output.stderr);
    }
}

/// botocore asks again within 15 minutes of the end, and with every use within 10.
const TWICE: &str = "
import botocore.session
credentials = botocore.session.Session(profile='keyfob').get_credentials()
print(*[credentials.get_frozen_credentials().access_key for _ in range(3)])
";

#[test]
fn botocore_asks_with_every_use_for_keys_of_ten_minutes_and_the_provider_is_asked_once() {
    for (life, runs) in [(3600, 1), (600, 3)] {
        let Some(mut world) = World::new() else {
            return;
        };
        let provider = Provider::start(move |request| keys(request.number, life));
        world.home.spec("my-account", spec(&provider).to_string());
        let log = world.home.path("log");
        let setting = format!("debug:{}", log.display());
        world.home.set("KEYFOB_LOG", setting);
        let output = world.python(&["-c", TWICE]);
        assert_eq!(output.answer(), "ASIA1 ASIA1 ASIA1\n");
        assert_eq!(provider.count(), 1);
        let told = std::fs::read_to_string(log).unwrap();
        let hits = told.matches("cache: hit").count();
        assert!(
            hits + 1 >= runs && (runs > 1 || hits == 0),
            "{life}: {told}"
        );
    }
}
