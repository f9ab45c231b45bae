//! Refusals in every shape that providers use: code, words, status and request id, in one line.

use super::{outcome, outcome_of};
use crate::support::Answer;
use serde_json::json;

fn refused(status: u16, told: &str) -> String {
    format!("PROVIDER/token refused: HTTP {status}{told} (provider-refused)")
}

#[test]
fn every_shape_of_error_is_told_with_its_code_and_its_words() {
    let table = [
        // RFC 6749 §5.2
        (
            400,
            r#"{"error":"invalid_scope","error_description":"no such scope","error_uri":"https://x"}"#,
            ", invalid_scope: no such scope",
        ),
        (400, r#"{"error":"invalid_grant"}"#, ", invalid_grant"),
        // Entra
        (
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret\r\nTrace ID: 1","error_codes":[7000215],"trace_id":"0e1a"}"#,
            ", invalid_client: AADSTS7000215: Invalid client secret Trace ID: 1 [request id 0e1a]",
        ),
        // Datadog, Vault
        (
            403,
            r#"{"errors":["Forbidden","permission denied"]}"#,
            ", Forbidden; permission denied",
        ),
        (403, r#"{"errors":[]}"#, ""),
        // Autodesk, RFC 9457
        (
            400,
            r#"{"title":"INVALID_REQUEST","detail":"key is not active"}"#,
            ", INVALID_REQUEST: key is not active",
        ),
        (
            403,
            r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"not yours"}"#,
            ", Forbidden: not yours",
        ),
        // Autodesk's gateway
        (
            403,
            r#"{"developerMessage":"no access","errorCode":"AUTH-001","more info":"https://x"}"#,
            ", AUTH-001: no access",
        ),
        // GitHub, Grafana, GitLab
        (
            404,
            r#"{"message":"Not Found","documentation_url":"https://x"}"#,
            ", Not Found",
        ),
        (
            400,
            r#"{"message":{"scopes":["is invalid"],"name":["is short","is odd"]}}"#,
            ", is short; is odd; is invalid",
        ),
        (400, r#"{"message":["one","two"]}"#, ", one; two"),
        (
            400,
            r#"{"error":"scope is required"}"#,
            ", scope is required",
        ),
        // Google APIs
        (
            403,
            r#"{"error":{"code":403,"message":"denied","status":"PERMISSION_DENIED","details":[]}}"#,
            ", PERMISSION_DENIED: denied",
        ),
        (
            403,
            r#"{"error":{"code":403,"message":"denied"}}"#,
            ", 403: denied",
        ),
        // PingAM, Kubernetes
        (
            401,
            r#"{"code":401,"reason":"Unauthorized","message":"Access Denied"}"#,
            ", Unauthorized: Access Denied",
        ),
        (
            403,
            r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden","code":403}"#,
            ", Forbidden: no",
        ),
        // OCI registries, JSON:API
        (
            401,
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[]}]}"#,
            ", UNAUTHORIZED: authentication required",
        ),
        (
            403,
            r#"{"errors":[{"status":"403","title":"Forbidden","detail":"API key is disabled"}]}"#,
            ", Forbidden: API key is disabled",
        ),
        (
            403,
            r#"{"errors":[{"code":"E-1","description":"no such account"}]}"#,
            ", E-1: no such account",
        ),
        // AWS
        (
            400,
            r#"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"expired"}"#,
            ", ExpiredTokenException: expired",
        ),
        (
            400,
            r#"{"__type":"ThrottledException","Message":"calm down"}"#,
            ", ThrottledException: calm down",
        ),
        (
            403,
            "<ErrorResponse xmlns=\"https://sts\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorised</Message></Error><RequestId>9</RequestId></ErrorResponse>",
            ", AccessDenied: not authorised [request id 9]",
        ),
        // Gateways and proxies
        (
            403,
            "<!DOCTYPE html><html><body>Blocked by policy</body></html>",
            ", an HTML page, probably from a proxy or a gateway",
        ),
        (
            403,
            "<html><title>403</title>",
            ", an HTML page, probably from a proxy or a gateway",
        ),
        (403, "RBAC: access denied", ", RBAC: access denied"),
        (403, "", ""),
        (403, "{}", ""),
        (403, "[1]", ""),
        (403, "null", ""),
        (
            403,
            r#"{"error":null,"message":"said elsewhere"}"#,
            ", said elsewhere",
        ),
        (403, r#"{"error":{},"error_description":7}"#, ""),
    ];
    for (status, body, told) in table {
        outcome(&Answer::json(status, body)).told(&refused(status, told));
    }
}

#[test]
fn a_success_that_holds_an_error_is_a_refusal() {
    for (body, told) in [
        (
            r#"{"error":"bad_verification_code","error_description":"expired"}"#,
            ", bad_verification_code: expired",
        ),
        (
            r#"{"access_token":"t0ken","error":"invalid_scope"}"#,
            ", invalid_scope",
        ),
        (r#"{"ok":false,"error":"invalid_auth"}"#, ", invalid_auth"),
        (r#"{"ok":false,"access_token":"t0ken"}"#, ""),
        (
            r#"{"success":false,"errors":[{"code":1000,"description":"no such user"}],"access_token":"t0ken"}"#,
            ", 1000: no such user",
        ),
        (
            r#"{"error":{"message":"no","status":"DENIED"},"access_token":"t0ken"}"#,
            ", DENIED: no",
        ),
    ] {
        let outcome = outcome(&Answer::json(200, body));
        outcome.told(&refused(200, told));
        assert!(!outcome.output.stderr.contains("t0ken"));
    }
    for body in [
        r#"{"access_token":"t0ken","error":null}"#,
        r#"{"access_token":"t0ken","error":""}"#,
        r#"{"access_token":"t0ken","error":false,"ok":true}"#,
    ] {
        outcome(&Answer::json(200, body)).gives("t0ken");
    }
}

#[test]
fn the_request_id_is_told_under_whichever_name_it_comes() {
    for name in [
        "X-Request-Id",
        "x-ms-request-id",
        "Request-Id",
        "x-amzn-RequestId",
        "X-Correlation-Id",
    ] {
        let answer = Answer::error("invalid_grant").header(name, "7f3a-11");
        outcome(&answer).told(&refused(400, ", invalid_grant [request id 7f3a-11]"));
    }
    let hostile = Answer::error("invalid_grant").header("X-Request-Id", "a ##vso[x]\u{202e}b");
    outcome(&hostile).told(&refused(400, ", invalid_grant [request id a # #vso[x] b]"));
}

#[test]
fn a_redirect_is_told_and_never_followed() {
    for status in [300, 301, 302, 303, 307, 308] {
        let elsewhere = crate::support::Provider::start(|_| Answer::token("t0ken", 60));
        let answer = Answer::empty(status).header("Location", &elsewhere.at("/token"));
        let outcome = outcome(&answer);
        outcome.told(&refused(status, ""));
        assert!(
            outcome.output.stderr.ends_with(
                "\nkeyfob: hint: credentials are never sent after a redirect; put the final URL into `token_url`\n"
            ),
            "{}",
            outcome.output.stderr
        );
        assert_eq!(elsewhere.connections(), 0);
    }
}

#[test]
fn a_refusal_is_final_and_only_what_may_pass_is_tried_again() {
    for status in [400, 401, 402, 403, 404, 405, 409, 410, 415, 422, 429] {
        assert_eq!(outcome(&Answer::empty(status)).requests, 1, "{status}");
    }
    for status in [408, 500, 502, 503, 504, 599] {
        let outcome = outcome(&Answer::empty(status));
        outcome.told_at_last(&format!(
            "PROVIDER/token cannot answer at the moment: HTTP {status} (provider-unavailable)"
        ));
        assert_eq!(outcome.requests, 3, "{status}");
    }
    for code in [
        "temporarily_unavailable",
        "server_error",
        "internal_failure",
    ] {
        let outcome = outcome(&Answer::error(code));
        outcome.told_at_last(&format!(
            "PROVIDER/token cannot answer at the moment: HTTP 400, {code} (provider-unavailable)"
        ));
        assert_eq!(outcome.requests, 3, "{code}");
    }
}

#[test]
fn the_tries_of_one_call_keep_to_one_deadline() {
    let begun = std::time::Instant::now();
    let slow = Answer::empty(503).after(std::time::Duration::from_millis(900));
    let outcome = outcome_of(&slow, json!({ "timeout": 2 }));
    assert_eq!(
        (outcome.output.status, outcome.output.stdout.as_str()),
        (1, "")
    );
    assert!(outcome.requests <= 2, "{}", outcome.requests);
    assert!(begun.elapsed().as_millis() < 3500);
}

#[test]
fn a_wait_is_told_and_bounded() {
    for (value, wait) in [
        ("5", "5 s"),
        ("90", "1 min 30 s"),
        ("1.2", "2 s"),
        ("86400", "1 h"),
        ("99999999999999999999", "1 h"),
    ] {
        let limited = Answer::error("rate_limited").header("Retry-After", value);
        outcome(&limited).told(&format!(
            "PROVIDER/token limits the number of requests: HTTP 400, rate_limited; wait before the next request: {wait} (rate-limited)"
        ));
    }
    for value in ["soon", "-5", "NaN", ""] {
        let mut limited = Answer::empty(429).header("Retry-After", value);
        limited.body = b"slow down".to_vec();
        outcome(&limited).told(
            "PROVIDER/token limits the number of requests: HTTP 429, slow down (rate-limited)",
        );
    }
    let own = Answer::empty(429).header("X-RateLimit-Reset", "7");
    outcome_of(&own, json!({ "retry_header": "X-RateLimit-Reset" })).told(
        "PROVIDER/token limits the number of requests: HTTP 429; wait before the next request: 7 s (rate-limited)",
    );
}
