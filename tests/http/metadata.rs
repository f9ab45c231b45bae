//! Metadata services of clouds: plain http to link-local addresses, and nothing more than that.

use std::time::{SystemTime, UNIX_EPOCH};

use keyfob::time::Timestamp;
use serde_json::{Value, json};

use crate::support::metadata::{keyfob_at, need_network, seen};
use crate::support::{Home, Output, run};

/// The same conversation on every address: a header that is wanted, and a token.
fn conversations() -> Value {
    json!([{
        "method": "GET", "target": "/token?a=b", "headers": { "Metadata": "true" },
        "answer": { "Content-Type": "application/json" },
        "body": json!({ "access_token": "of-this-machine", "expires_in": "3599" }).to_string(),
    }])
}

fn spec(url: &str) -> String {
    json!({
        "provider": "http",
        "url": url,
        "headers": { "Metadata": "true" },
        "expires": { "seconds": "/expires_in" },
    })
    .to_string()
}

fn token(home: &Home, addresses: &str, conversations: &Value, spec: &str) -> Output {
    run(
        &mut keyfob_at(home, addresses, conversations, ["token", "--spec", spec]),
        "",
    )
}

#[test]
fn each_of_the_addresses_is_reached_and_no_proxy_is_asked() {
    if !need_network() {
        return;
    }
    for (address, host) in [
        ("169.254.169.254", "169.254.169.254"),
        ("169.254.170.2", "169.254.170.2"),
        ("169.254.170.23", "169.254.170.23"),
        ("fd00:ec2::254", "[fd00:ec2::254]"),
        ("fd00:ec2::23", "[fd00:ec2:0:0::23]"),
        ("fd20:ce::254", "[FD20:CE::254]"),
    ] {
        let mut home = Home::new();
        for variable in [
            "http_proxy",
            "https_proxy",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "all_proxy",
        ] {
            home.set(variable, "http://127.0.0.1:9");
        }
        let spec = spec(&format!("http://{host}/token?a=b"));
        let output = token(&home, address, &conversations(), &spec);
        assert_eq!(output.json()["access_token"], "of-this-machine");
        assert_eq!(seen(&home), [["GET", "/token?a=b", ""]]);
        // The second call is a hit: nobody is there.
        let output = run(&mut home.keyfob(["token", "--spec", &spec]), "");
        assert_eq!(output.json()["access_token"], "of-this-machine");
    }
}

#[test]
fn off_the_cloud_it_fails_fast_and_says_so() {
    if !need_network() {
        return;
    }
    let silent = json!([{ "method": "GET", "target": "/token" }]);
    for (addresses, words) in [
        ("", "cannot connect"),
        ("169.254.169.254", "no answer in time"),
    ] {
        let home = Home::new();
        let mut spec: Value = serde_json::from_str(&spec("http://169.254.169.254/token")).unwrap();
        spec["timeout"] = json!(120);
        let output = token(&home, addresses, &silent, &spec.to_string());
        let told = format!("keyfob: error: http://169.254.169.254/token: {words}");
        assert!(output.stderr.starts_with(&told), "{}", output.stderr);
        assert!(
            output.stderr.ends_with(
                "(provider-unreachable)\nkeyfob: hint: is this a machine of that cloud? its metadata \
                service may be switched off, or out of reach of containers\n"
            ),
            "{}",
            output.stderr
        );
        // It is not asked again and again within the two seconds, or beyond them.
        assert!(seen(&home).len() <= 1);
    }
}

#[test]
fn a_name_that_another_machine_answers_gets_no_secret_but_those_of_the_machine() {
    // Nobody answers for this name here; the spec is refused before it is looked up.
    let home = Home::new();
    let spec = json!({
        "provider": "http",
        "url": "http://metadata.google.internal/token",
        "headers": { "X": { "secret": { "keyring": "mine" } } },
    });
    let output = run(&mut home.keyfob(["token", "--spec", &spec.to_string()]), "");
    assert_eq!(output.status, 2);
    assert!(
        output
            .stderr
            .contains("holds only values of the environment and of files")
    );
}

#[test]
fn a_metadata_service_that_redirects_is_not_followed() {
    if !need_network() {
        return;
    }
    let home = Home::new();
    let conversations = json!([{
        "method": "GET", "target": "/token", "status": 302,
        "answer": { "Location": "http://169.254.169.254/elsewhere" }, "body": "",
    }]);
    let output = token(
        &home,
        "169.254.169.254",
        &conversations,
        &spec("http://169.254.169.254/token"),
    );
    assert!(output.stderr.contains("302"), "{}", output.stderr);
    assert_eq!(seen(&home).len(), 1);
}

#[test]
fn the_credentials_of_a_task_are_found_by_the_path_in_its_variable() {
    if !need_network() {
        return;
    }
    let mut home = Home::new();
    home.set(
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "/v2/credentials/7a3f",
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let expiry = Timestamp::from_unix(now.as_secs() as i64 + 6 * 3600).rfc3339();
    let conversations = json!([{
        "method": "GET", "target": "/v2/credentials/7a3f",
        "body": json!({
            "RoleArn": "r", "AccessKeyId": "ASIA7", "SecretAccessKey": "s3cret", "Token": "session",
            "Expiration": expiry,
        }).to_string(),
    }]);
    let spec = json!({
        "provider": "http",
        "url": {
            "base": "http://169.254.170.2",
            "path": { "env": "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" },
        },
        "token_pointer": {
            "AccessKeyId": "/AccessKeyId",
            "SecretAccessKey": "/SecretAccessKey",
            "SessionToken": "/Token",
        },
        "expires": { "date": "/Expiration" },
    });
    let arguments = ["aws", "--spec", &spec.to_string()];
    let output = run(
        &mut keyfob_at(&home, "169.254.170.2", &conversations, arguments),
        "",
    );
    let keys = output.json();
    assert_eq!(keys["AccessKeyId"], "ASIA7");
    assert_eq!(keys["SessionToken"], "session");
    // SDKs renew at this time, so it is five minutes early.
    let published = Timestamp::from_unix(now.as_secs() as i64 + 6 * 3600 - 300);
    assert_eq!(keys["Expiration"], published.rfc3339());
}
