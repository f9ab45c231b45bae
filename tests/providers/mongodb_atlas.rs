//! MongoDB Atlas service accounts: <https://www.mongodb.com/docs/atlas/api/service-accounts/generate-oauth2-token/>.

use serde_json::{Value, json};

use super::{NAME, assert_life, failure, headers, home, now, token, unix};
use crate::support::{Answer, Provider, run};

const ID: &str = "mdb_sa_id_00112233445566778899aabb";
pub(super) const SECRET: &str = "mdb_sa_sk_EXAMPLE-0123456789_abcdefghijklmnopqrstu";
const AUTHORIZATION: &str = "Basic bWRiX3NhX2lkXzAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYjptZGJfc2Ffc2tfRVhBTVBMRS0wMTIzNDU2Nzg5X2FiY2RlZmdoaWprbG1ub3BxcnN0dQ==";
pub(super) const TOKEN: &str = "eyJ.sample.atlas";

pub(super) fn spec(base_url: &str) -> Value {
    json!({
        "provider": "mongodb-atlas",
        "base_url": base_url,
        "client_id": ID,
        "client_secret": { "env": "VENDOR_SECRET" },
        "targets": ["https://git.example.com/team", "registry.example.com:5000"],
    })
}

/// The vendor's own answer to the vendor's own request, and to no other.
fn atlas() -> Provider {
    Provider::start(|request| {
        let expected = request.method == "POST"
            && request.path == "/api/oauth/token"
            && request.query.is_empty()
            && request.header("authorization") == Some(AUTHORIZATION)
            && request.body == b"grant_type=client_credentials";
        match expected {
            true => Answer::json(
                200,
                r#"{"access_token":"eyJ.sample.atlas","expires_in":3600,"token_type":"Bearer"}"#,
            ),
            false => refusal(400, "invalid_request", "not the documented request"),
        }
    })
}

pub(super) fn refusal(status: u16, code: &str, description: &str) -> Answer {
    Answer::json(
        status,
        json!({ "error": code, "error_description": description }).to_string(),
    )
}

fn fails(answer: &Answer) -> (crate::support::Output, usize) {
    failure(|provider| spec(&provider.url()), SECRET, answer)
}

#[test]
fn the_request_is_the_vendors_worked_example() {
    let atlas = atlas();
    assert_eq!(
        token(&home(&spec(&atlas.url()), SECRET)).json()["access_token"],
        TOKEN
    );
    let request = atlas.request();
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/api/oauth/token")
    );
    assert_eq!(request.query, "");
    let wanted = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("authorization", AUTHORIZATION),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        headers(&request),
        wanted.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
    assert_eq!(
        request.form(),
        [("grant_type".to_owned(), "client_credentials".to_owned())]
    );
}

#[test]
fn the_token_lives_for_an_hour_and_is_asked_for_once() {
    let atlas = atlas();
    let home = home(&spec(&atlas.url()), SECRET);
    let before = now();
    let first = token(&home);
    assert_life(&first, 3600, before, now());
    assert_eq!(first.stderr, "");
    let answer = first.json();
    assert_eq!(
        first.stdout,
        format!(
            "{{\"access_token\":\"{TOKEN}\",\"token_type\":\"Bearer\",\"expires_at\":{}}}\n",
            answer["expires_at"]
        )
    );
    assert_eq!(token(&home), first, "the cache says the same");
    assert_eq!(atlas.count(), 1);
}

#[test]
fn kubectl_git_and_docker_each_hear_it_in_their_own_language() {
    let atlas = atlas();
    let home = home(&spec(&atlas.url()), SECRET);
    let before = now();
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", NAME]), "");
    let after = now();
    let answer = kubectl.json();
    let published = unix(answer["status"]["expirationTimestamp"].as_str().unwrap());
    // Five minutes early, when the renewal begins.
    assert!((before + 3300..=after + 3300).contains(&published));
    assert_eq!(
        kubectl.stdout,
        format!(
            "{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{TOKEN}\",\"expirationTimestamp\":{}}}}}\n",
            answer["status"]["expirationTimestamp"]
        )
    );
    let git = run(
        &mut home.keyfob(["git", "get"]),
        "protocol=https\nhost=git.example.com\npath=team/app.git\n\n",
    );
    assert_eq!(
        git.answer(),
        format!("username=oauth2\npassword={TOKEN}\npassword_expiry_utc={published}\n")
    );
    let docker = run(
        &mut home.keyfob(["docker", "get"]),
        "registry.example.com:5000",
    );
    assert_eq!(
        docker.answer(),
        format!(
            "{{\"ServerURL\":\"registry.example.com:5000\",\"Username\":\"oauth2\",\"Secret\":\"{TOKEN}\"}}\n"
        )
    );
    assert_eq!(
        (
            kubectl.stderr.as_str(),
            git.stderr.as_str(),
            docker.stderr.as_str()
        ),
        ("", "", "")
    );
    assert_eq!(atlas.count(), 1, "one token for all three");
}

#[test]
fn without_base_url_it_is_the_vendors_own_host() {
    let proxy = Provider::start(|_| Answer::empty(403));
    let mut spec = spec("unused");
    spec.as_object_mut().unwrap().remove("base_url");
    let mut home = home(&spec, SECRET);
    home.set("HTTPS_PROXY", proxy.url());
    assert_eq!(token(&home).status, 1);
    assert!(proxy.count() > 0, "it goes through the proxy");
    for request in proxy.requests() {
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("CONNECT", "cloud.mongodb.com:443")
        );
    }
}

#[test]
fn every_refusal_of_the_vendors_list_is_told_in_one_line() {
    let check_client = "keyfob: hint: check `client_id` and the client secret (environment variable VENDOR_SECRET; set VENDOR_SECRET to replace it): has it expired, was it replaced?\n";
    let check_url = "keyfob: hint: check `base_url` and the kind of client\n";
    let table = [
        (400, "invalid_request", "Credentials are not valid.", ""),
        (400, "unsupported_grant_type", "Bad grant type.", check_url),
        (400, "invalid_grant", "Invalid grant.", ""),
        (401, "invalid_client", "Invalid credentials.", check_client),
        (
            403,
            "access_denied",
            "IP access list validation failed.",
            "",
        ),
    ];
    for (status, code, description, hint) in table {
        let (output, requests) = fails(&refusal(status, code, description));
        let line = format!(
            "keyfob: error: spec `ci`: PROVIDER/api/oauth/token refused: HTTP {status}, {code}: {description} (provider-refused)\n{hint}"
        );
        assert_eq!(
            (output.status, output.stderr, requests),
            (1, line, 1),
            "{code}"
        );
    }
}

#[test]
fn a_digest_challenge_is_not_taken_up_and_latin_1_breaks_nothing() {
    let body = b"{\"error\":\"invalid_client\",\"error_description\":\"invalid credentials\"}";
    let head = format!(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"MMS Public API\", domain=\"\", nonce=\"jqZ\", algorithm=MD5, qop=\"auth\", stale=false\r\nContent-Type: application/json;charset=ISO-8859-1\r\nX-Request-Id: 7f3a\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (output, requests) = fails(&Answer::raw([head.as_bytes(), body].concat()));
    assert_eq!((output.status, requests), (1, 1), "{}", output.stderr);
    assert!(
        output.stderr.starts_with(
            "keyfob: error: spec `ci`: PROVIDER/api/oauth/token refused: HTTP 401, invalid_client: invalid credentials [request id 7f3a] (provider-refused)\n"
        ),
        "{}",
        output.stderr
    );
}

#[test]
fn a_refusal_that_really_is_latin_1_still_tells_its_status() {
    let body = b"{\"error\":\"invalid_client\",\"error_description\":\"acc\xe8s refus\xe9\"}";
    let head = format!(
        "HTTP/1.1 401 X\r\nContent-Type: application/json;charset=ISO-8859-1\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (output, _) = fails(&Answer::raw([head.as_bytes(), body].concat()));
    assert_eq!(output.status, 1);
    assert!(
        output.stderr.contains("refused: HTTP 401")
            && output.stderr.contains("(provider-refused)\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn an_unexpected_error_of_theirs_is_tried_three_times() {
    let (output, requests) = fails(&refusal(500, "server_error", "Unexpected."));
    assert_eq!(
        (output.status, requests, output.stderr.as_str()),
        (
            1,
            3,
            "keyfob: error: spec `ci`: PROVIDER/api/oauth/token cannot answer at the moment: HTTP 500, server_error: Unexpected. (provider-unavailable)\nkeyfob: hint: try again later\n"
        )
    );
}

#[test]
fn an_error_that_passes_is_not_told() {
    let atlas = Provider::start(|request| match request.number {
        1 => Answer::empty(502),
        2 => Answer::empty(503).header("Retry-After", "1"),
        _ => Answer::token(TOKEN, 3600),
    });
    let output = token(&home(&spec(&atlas.url()), SECRET));
    assert_eq!(output.json()["access_token"], TOKEN);
    assert_eq!((output.stderr.as_str(), atlas.count()), ("", 3));
}

#[test]
fn a_new_secret_is_a_new_question() {
    let atlas = Provider::start(|request| match request.header("authorization") {
        Some(AUTHORIZATION) => Answer::token(TOKEN, 3600),
        _ => refusal(401, "invalid_client", "no"),
    });
    let mut home = home(&spec(&atlas.url()), "mdb_sa_sk_old");
    assert_eq!(token(&home).status, 1);
    home.set("VENDOR_SECRET", SECRET);
    assert_eq!(token(&home).json()["access_token"], TOKEN);
}

/// 100 live tokens an account: <https://www.mongodb.com/docs/atlas/api/service-accounts-overview/>.
#[test]
fn the_limit_of_live_tokens_is_a_limit_and_not_the_access_list() {
    let answer = refusal(403, "access_denied", "Access Token limit reached");
    let (output, count) = fails(&answer);
    assert!(
        output.stderr.contains("(rate-limited)"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("100 live tokens"),
        "{}",
        output.stderr
    );
    assert_eq!(count, 1);
    let listed = refusal(403, "access_denied", "IP address is not on the access list");
    assert!(fails(&listed).0.stderr.contains("(provider-refused)"));
}
