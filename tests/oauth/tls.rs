//! The token endpoint over TLS: whom keyfob believes, and how it shows itself (RFC 8446, RFC 8705 §2).

use serde_json::json;

use super::{home, spec, token};
use crate::support::{Answer, Provider, Tls, run};

#[test]
fn over_tls_only_the_known_authority_is_believed() {
    let (tls, other) = (Tls::new(), Tls::new());
    let provider = Provider::tls(&tls, |_| Answer::token("t0ken", 3600));
    let spec = spec(&provider.at("/token"), json!({}));
    let mut home = home("s");
    home.trust(&other);
    let output = token(&home, &spec);
    assert_eq!(
        (output.status, output.stdout.as_str(), provider.count()),
        (1, "", 0)
    );
    assert!(
        output.stderr.starts_with("keyfob: error: "),
        "{}",
        output.stderr
    );
    home.trust(&tls);
    let mut forget = home.keyfob(["forget", "--all"]);
    run(&mut forget, "");
    assert_eq!(token(&home, &spec).json()["access_token"], "t0ken");
}

#[test]
fn an_authority_that_the_spec_names_is_believed() {
    let tls = Tls::new();
    let provider = Provider::tls(&tls, |_| Answer::token("t0ken", 3600));
    let output = token(
        &home("s"),
        &spec(&provider.at("/token"), json!({ "ca_file": tls.ca_file })),
    );
    assert_eq!(output.json()["access_token"], "t0ken");
}

#[test]
fn a_certificate_for_another_host_is_not_believed() {
    let tls = Tls::for_hosts(&["localhost", "127.0.0.2", "token.example.com"]);
    let provider = Provider::tls(&tls, |_| Answer::token("t0ken", 3600));
    let output = token(
        &home("s"),
        &spec(&provider.at("/token"), json!({ "ca_file": tls.ca_file })),
    );
    assert_eq!(
        (output.status, output.stdout.as_str(), provider.count()),
        (1, "", 0)
    );
}

#[test]
fn a_client_certificate_is_shown_where_the_spec_has_one() {
    let tls = Tls::new();
    let provider = Provider::mutual_tls(&tls, |_| Answer::token("t0ken", 3600));
    let mut more = json!({ "ca_file": tls.ca_file });
    let without = token(&home("s"), &spec(&provider.at("/token"), more.clone()));
    assert_eq!(
        (without.status, without.stdout.as_str(), provider.count()),
        (1, "", 0)
    );

    more["client_certificate"] = json!({
        "certificate": { "file": tls.client_certificate_file },
        "key": { "file": tls.client_key_file },
    });
    let with = token(&home("s"), &spec(&provider.at("/token"), more));
    assert_eq!(with.json()["access_token"], "t0ken");
    assert!(provider.request().client_certificate.is_some());
}
