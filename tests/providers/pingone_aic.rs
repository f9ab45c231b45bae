//! PingOne Advanced Identity Cloud service accounts:
//! <https://docs.pingidentity.com/pingoneaic/developer-docs/authenticate-to-rest-api-with-access-token.html>.

#[path = "pingone-aic/errors.rs"]
mod errors;
#[path = "pingone-aic/keys.rs"]
mod keys;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::assertion::small;
use super::{NAME, assert_life, headers, now, token, unix};
use crate::support::{Answer, Home, Provider, run};

const ACCOUNT: &str = "449d7e27-7889-47af-a736-83b6bbf97ec5";
const AUDIENCE: &str = "https://openam-example.forgeblocks.com:443/am/oauth2/access_token";
const TOKEN: &str = "eyJ.sample.ping";

pub(super) fn spec(base_url: &str) -> Value {
    json!({
        "provider": "pingone-aic",
        "base_url": base_url,
        "tenant": "openam-example.forgeblocks.com",
        "service_account_id": ACCOUNT,
        "private_key": { "file": "~/key.jwk" },
        "scope": ["fr:am:*", "fr:idm:*"],
        "targets": ["git.example.com", "registry.example.com"],
    })
}

fn with(base_url: &str, member: &str, value: Value) -> Value {
    let mut spec = spec(base_url);
    spec[member] = value;
    spec
}

/// A home with this spec and the account's key as it was downloaded.
pub(super) fn home(spec: &Value) -> Home {
    let home = super::home(spec, "unused");
    home.write("home/key.jwk", small().jwk(true).to_string());
    home
}

/// The vendor's own answer to the vendor's own request, and to no other.
pub(super) fn pingone() -> Provider {
    Provider::start(|request| {
        let form = request.form();
        let names: BTreeSet<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
        let expected = request.method == "POST"
            && request.path == "/am/oauth2/access_token"
            && request.query.is_empty()
            && request.header("authorization").is_none()
            && form.len() == 4
            && names == BTreeSet::from(["assertion", "client_id", "grant_type", "scope"]);
        match expected {
            true => Answer::json(
                200,
                r#"{"access_token":"eyJ.sample.ping","scope":"fr:am:* fr:idm:*","token_type":"Bearer","expires_in":899}"#,
            ),
            false => refusal(400, "invalid_request", "not the documented request"),
        }
    })
}

fn refusal(status: u16, code: &str, description: &str) -> Answer {
    let body = json!({ "error_description": description, "error": code });
    Answer::json(status, body.to_string())
}

#[test]
fn the_request_is_the_vendors_worked_example() {
    let pingone = pingone();
    let home = home(&spec(&pingone.url()));
    let before = now();
    assert_eq!(token(&home).json()["access_token"], TOKEN);
    let after = now();
    let request = pingone.request();
    let wanted = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        headers(&request),
        wanted.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
    let assertion = request.parameter("assertion").unwrap();
    assert_eq!(
        request.text(),
        format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}&scope=fr%3Aam%3A*%20fr%3Aidm%3A*&client_id=service-account"
        )
    );
    assert_eq!(assertion.split('.').next(), Some("eyJhbGciOiJSUzI1NiJ9"));
    let (header, mut claims) = small().verify(&request);
    assert_eq!(header, json!({ "alg": "RS256" }));
    let end = claims["exp"].take().as_i64().unwrap();
    assert!((before + 180..=after + 180).contains(&end), "{end}");
    let unique = claims["jti"].take();
    assert_eq!(unique.as_str().unwrap().len(), 22, "{unique}");
    assert_eq!(
        claims,
        json!({ "iss": ACCOUNT, "sub": ACCOUNT, "aud": AUDIENCE, "exp": null, "jti": null })
    );
}

#[test]
fn each_assertion_has_an_identifier_of_its_own() {
    let pingone = pingone();
    let home = home(&spec(&pingone.url()));
    for _ in 0..3 {
        token(&home).answer();
        run(&mut home.keyfob(["forget", "--all"]), "").answer();
    }
    let seen: BTreeSet<String> = pingone
        .requests()
        .iter()
        .map(|request| small().verify(request).1["jti"].to_string())
        .collect();
    assert_eq!(seen.len(), 3);
}

#[test]
fn scopes_are_words_however_they_are_written() {
    for (written, form) in [
        (json!("fr:am:*"), "fr:am:*"),
        (json!("fr:idc:esv:read fr:am:*"), "fr:idc:esv:read fr:am:*"),
        (json!(["fr:am:*", "fr:idm:*"]), "fr:am:* fr:idm:*"),
    ] {
        let pingone = pingone();
        token(&home(&with(&pingone.url(), "scope", written))).answer();
        let request = pingone.request();
        assert_eq!(request.parameter("scope").unwrap(), form);
        assert_eq!(small().verify(&request).1.get("scope"), None);
    }
}

#[test]
fn another_audience_is_sent_to_the_letter() {
    let pingone = pingone();
    let audience = "https://openam-example.forgeblocks.com/am/oauth2/access_token";
    let spec = with(&pingone.url(), "audience", json!(audience));
    token(&home(&spec)).answer();
    assert_eq!(small().verify(&pingone.request()).1["aud"], audience);
}

#[test]
fn the_token_lives_for_a_quarter_of_an_hour_and_is_asked_for_once() {
    let pingone = pingone();
    let home = home(&spec(&pingone.url()));
    let before = now();
    let first = token(&home);
    assert_life(&first, 899, before, now());
    assert_eq!(token(&home), first, "the cache says the same");
    assert_eq!(pingone.count(), 1);
}

#[test]
fn kubectl_git_and_docker_each_hear_it_in_their_own_language() {
    let pingone = pingone();
    let home = home(&spec(&pingone.url()));
    let before = now();
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    let after = now();
    let answer = kubectl.json();
    assert_eq!(answer["status"]["token"], TOKEN);
    let published = unix(answer["status"]["expirationTimestamp"].as_str().unwrap());
    // A tenth of its life early, when the renewal begins.
    assert!((before + 809..=after + 810).contains(&published));
    let git = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert_eq!(
        git.answer(),
        format!("username=oauth2\npassword={TOKEN}\npassword_expiry_utc={published}\n")
    );
    let docker = run(&mut home.keyfob(["docker", "get"]), "registry.example.com");
    assert_eq!(
        docker.answer(),
        format!(
            "{{\"ServerURL\":\"registry.example.com\",\"Username\":\"oauth2\",\"Secret\":\"{TOKEN}\"}}\n"
        )
    );
    assert_eq!(pingone.count(), 1, "one token for all three");
}

#[test]
fn without_base_url_it_is_the_tenants_own_host() {
    let proxy = Provider::start(|_| Answer::empty(403));
    let mut spec = spec("unused");
    spec.as_object_mut().unwrap().remove("base_url");
    let mut home = home(&spec);
    home.set("HTTPS_PROXY", proxy.url());
    assert_eq!(token(&home).status, 1);
    let request = &proxy.requests()[0];
    assert_eq!(request.path, "openam-example.forgeblocks.com:443");
}

#[test]
fn a_tenant_that_is_no_host_name_is_refused() {
    for tenant in ["https://openam.example.com", "a.example.com/am", "a@b", ""] {
        let mut spec = spec("unused");
        spec.as_object_mut().unwrap().remove("base_url");
        spec["tenant"] = json!(tenant);
        let output = token(&home(&spec));
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(output.stderr.contains("`/tenant`: "), "{}", output.stderr);
    }
}
