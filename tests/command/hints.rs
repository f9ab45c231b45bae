//! What a person is told after a failure: the spec, what to check in the words of that spec, and the command that replaces a secret.

use serde_json::{Value, json};

use crate::support::client::{SECRET_VARIABLE, numbering, spec};
use crate::support::{Answer, Home, Output, Provider, run};

/// A home whose spec `ci` is this one.
fn home(spec: &Value) -> Home {
    let mut home = Home::new();
    home.spec("ci", spec.to_string());
    home.set("VALUE", "s3cret").set(SECRET_VARIABLE, "s3cret");
    home
}

fn token(home: &Home) -> Output {
    run(&mut home.keyfob(["token", "--spec", "ci"]), "")
}

/// The hint of a token that a server refuses with this answer; none is "".
fn hint(answer: &Answer, spec: impl Fn(&Provider) -> Value) -> String {
    let answer = answer.clone();
    let provider = Provider::start(move |_| answer.clone());
    let output = token(&home(&spec(&provider)));
    assert!(
        output
            .stderr
            .starts_with("keyfob: error: spec `ci`: http://"),
        "{output:?}"
    );
    let line = output.stderr.lines().nth(1).unwrap_or_default();
    line.strip_prefix("keyfob: hint: ")
        .unwrap_or_default()
        .to_owned()
}

fn vault(more: Value) -> impl Fn(&Provider) -> Value {
    move |provider| {
        let mut spec = json!({"address": provider.url()});
        for (name, value) in more.as_object().unwrap() {
            spec[name] = value.clone();
        }
        spec
    }
}

#[test]
fn a_hint_names_the_members_that_the_user_wrote() {
    let kv = json!({"provider": "vault-kv", "path": "secret/data/a", "field": "pasword", "token": {"env": "VALUE"}});
    assert_eq!(
        hint(&Answer::json(404, r#"{"errors":[]}"#), vault(kv.clone())),
        "check `address` and `path` in the spec"
    );
    assert_eq!(
        hint(
            &Answer::json(200, r#"{"data":{"data":{"password":"x"}}}"#),
            vault(kv.clone())
        ),
        "check `field` in the spec"
    );
    assert_eq!(
        hint(
            &Answer::json(403, r#"{"errors":["permission denied"]}"#),
            vault(kv)
        ),
        "check `path`, and what the request sends: `token` (environment variable VALUE; set VALUE to replace it)"
    );
    // Without a token nothing can be asked about the account.
    let jwt = json!({"provider": "vault-jwt", "role": "ci", "jwt": {"env": "VALUE"}});
    assert_eq!(
        hint(
            &Answer::json(400, r#"{"errors":["invalid audience (aud) claim"]}"#),
            vault(jwt)
        ),
        "check what the request sends: `jwt` (environment variable VALUE; set VALUE to replace it): \
         does the server trust its issuer, its audience and its subject?"
    );
    let plain = |provider: &Provider| json!({"provider": "http", "url": provider.at("/t"), "token_pointer": "/a", "headers": {"x-key": {"secret": {"env": "VALUE"}}}});
    assert_eq!(hint(&Answer::empty(404), plain), "check `url` in the spec");
    assert_eq!(
        hint(&Answer::json(200, "{}"), plain),
        "`token_pointer` in the spec says where the response has the token"
    );
    assert_eq!(
        hint(
            &Answer::empty(307).header("location", "https://id.example.com/"),
            plain
        ),
        "credentials are never sent after a redirect; put the final URL into `url`"
    );
}

#[test]
fn a_hint_fits_the_way_in_which_the_client_authenticates() {
    let refused = Answer::json(401, r#"{"error":"invalid_client"}"#);
    let client = |more: Value| {
        move |provider: &Provider| {
            let mut written = spec(provider, &[]);
            let members = written.as_object_mut().unwrap();
            members.remove("targets");
            members.remove("client_secret");
            for (name, value) in more.as_object().unwrap() {
                members.insert(name.clone(), value.clone());
            }
            written
        }
    };
    let secret = json!({"client_secret": {"env": "VALUE"}});
    assert_eq!(
        hint(&refused, client(secret)),
        "check `client_id` and the client secret (environment variable VALUE; set VALUE to replace it): has it \
         expired, was it replaced, does this server want basic_raw or client_secret_post?"
    );
    let inner = json!({"provider": "static", "token": {"env": "VALUE"}});
    let lent = json!({"client_assertion": {"token": inner}});
    let told = hint(&refused, client(lent));
    assert!(
        told.contains("the client's assertion (the token of a spec within the spec)"),
        "{told}"
    );
    assert!(
        told.ends_with("does the server trust its issuer, its subject and its audience?"),
        "{told}"
    );
    assert!(!told.contains("client secret"), "{told}");
    let none = json!({"token_endpoint_auth_method": "none"});
    assert_eq!(
        hint(&refused, client(none)),
        "check `client_id`; the client itself sends no secret"
    );
    // AWS: a key that signs.
    let signed = |provider: &Provider| {
        json!({"provider": "http", "url": provider.at("/"), "token_pointer": "/a", "aws": {
            "service": "sts", "region": "eu-central-1", "keys": {"id": {"env": "VALUE"}, "secret": {"env": "VALUE"}}}})
    };
    let told = hint(&Answer::empty(403), signed);
    assert!(
        told.ends_with(": has the key expired, may it do this?"),
        "{told}"
    );
    // Nothing fits: no hint.
    let odd = Answer::json(400, r#"{"error":"access_denied"}"#);
    assert_eq!(
        hint(&odd, client(json!({"client_secret": {"env": "VALUE"}}))),
        ""
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_secret_of_the_keyring_is_named_with_the_command_that_replaces_it() {
    let provider = Provider::start(|_| Answer::json(401, r#"{"error":"invalid_client"}"#));
    let mut written = spec(&provider, &[]);
    written["client_secret"] = json!([{"env": "VALUE"}, {"keyring": "my-cluster"}]);
    written.as_object_mut().unwrap().remove("targets");
    let told = token(&home(&written)).stderr;
    // The first is the one that was sent; both are named.
    assert!(
        told.contains("environment variable VALUE, else keyring entry `my-cluster`"),
        "{told}"
    );
    let mut home = home(&written);
    home.unset("VALUE").set("KEYFOB_KEYRING", "kernel");
    let (facts, _) = crate::explain::facts(&home, &["--spec", "ci"]);
    let mends = facts["specs"][0]["sources"].to_string();
    assert!(mends.contains("keyfob secret set my-cluster"), "{mends}");
}

#[test]
fn who_pipes_nothing_is_told_to_name_a_spec() {
    let home = Home::new();
    for command in ["token", "check", "revoke", "explain"] {
        for stdin in ["", "\n"] {
            let output = run(&mut home.keyfob([command]), stdin);
            assert_eq!(output.status, 2);
            assert_eq!(
                output.stderr,
                "keyfob: error: no spec is named (spec-not-found)\nkeyfob: hint: name one with \
                 --spec or KEYFOB_SPEC, or pipe one in with --spec -\n",
                "{command}"
            );
        }
    }
    let output = run(&mut home.keyfob(["token"]), "{");
    assert!(!output.stderr.contains("no spec is named"), "{output:?}");
}

#[test]
fn a_value_of_the_callers_request_is_told_why_it_is_not_sent_to_a_metadata_service() {
    let home = Home::new();
    let spec = json!({"provider": "http", "url": "http://169.254.169.254/t", "token_pointer": "/a",
        "headers": {"x-token": {"secret": {"request": "/serviceAccountToken"}}}});
    let output = run(&mut home.keyfob(["token"]), spec.to_string());
    assert_eq!(output.status, 2);
    let hint = output.stderr.lines().nth(1).unwrap();
    assert!(!hint.contains("keyring"), "{hint}");
    assert!(
        hint.ends_with("so it gets only what this machine or job was given"),
        "{hint}"
    );
}

#[test]
fn with_v_a_hit_says_how_old_the_token_is_and_where_it_came_from() {
    let provider = numbering();
    let mut home = Home::new();
    home.set(SECRET_VARIABLE, "s3cret");
    home.spec("ci", spec(&provider, &["git.example.com"]).to_string());
    token(&home).answer();
    let output = run(
        &mut home.keyfob_at(720, ["-v", "token", "--spec", "ci"]),
        "",
    );
    let hit = "cache: hit: a token of client_credentials, 12 min old, obtained for spec `ci`\n";
    assert!(output.stderr.contains(hit), "{}", output.stderr);
    assert_eq!(token(&home).stderr, "");
    assert_eq!(provider.count(), 1);
}

#[test]
fn an_error_names_the_spec_that_it_is_about_also_in_a_chain() {
    let inner = Provider::start(|_| Answer::json(401, r#"{"error":"invalid_client"}"#));
    let mut home = home(&json!({
        "provider": "token_exchange", "token_url": "http://127.0.0.1:1/token",
        "subject_token": {"token": "inner"}, "subject_token_type": "access_token",
    }));
    home.spec("inner", spec(&inner, &["a.example.com"]).to_string());
    let told = token(&home).stderr;
    assert!(
        told.starts_with("keyfob: error: spec `inner`: http://"),
        "{told}"
    );
    home.unset(SECRET_VARIABLE);
    let told = token(&home).stderr;
    let missing = "keyfob: error: spec `inner`: there is no secret in environment variable TEST_CLIENT_SECRET";
    assert!(told.starts_with(missing), "{told}");
}

#[test]
fn a_secret_that_is_missing_is_told_with_its_spec_to_every_tool() {
    let mut home = home(
        &json!({"provider": "static", "token": {"file": "/nowhere/at/all"},
        "targets": ["registry.example.com"]}),
    );
    let asks = "protocol=https\nhost=registry.example.com\n\n";
    let git = run(&mut home.keyfob(["git", "get"]), asks);
    let docker = run(&mut home.keyfob(["docker", "get"]), "registry.example.com");
    let info = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "spec": {}});
    home.set("KUBERNETES_EXEC_INFO", info.to_string());
    let kubectl = run(&mut home.keyfob(["kubectl", "--spec", "ci"]), "");
    for told in [git.stderr, docker.stdout, kubectl.stderr] {
        assert!(told.contains("spec `ci`"), "{told}");
        assert!(told.contains("/nowhere/at/all"), "{told}");
    }
}

#[test]
fn an_expiry_that_is_that_of_a_token_issued_for_the_check_is_told_so() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let home = home(&spec(&provider, &[]));
    let line = ["check", "--spec", "ci", "--warn-within", "14d"];
    let output = run(&mut home.keyfob(line), "");
    assert_eq!(output.status, 1);
    let says = "which is within 14 d; this is the expiry of a token that was issued for this check";
    assert!(output.stdout.contains(says), "{output:?}");
}

#[test]
fn a_url_without_its_scheme_is_told_what_to_write() {
    let home = Home::new();
    let line = [
        "add",
        "ci",
        "--provider",
        "keycloak",
        "base_url=login.example.com",
        "realm=a",
        "client_id=x",
        "client_secret=env:S",
    ];
    let output = run(&mut home.keyfob(line), "");
    assert!(
        output
            .stderr
            .ends_with("keyfob: hint: write https:// before the host\n"),
        "{output:?}"
    );
}

#[test]
fn a_specs_name_without_its_option_is_answered_with_the_option() {
    let home = home(&json!({"provider": "static", "token": {"env": "VALUE"}}));
    for caller in ["kubectl", "aws", "google", "pnpm", "kubelet"] {
        let output = run(&mut home.keyfob([caller, "ci"]), "");
        let hint = format!("a spec is named by --spec: keyfob {caller} --spec NAME");
        let said = output.stdout + &output.stderr;
        assert!(said.contains(&hint), "{caller}: {said}");
    }
    let output = run(&mut home.keyfob(["setup", "ci"]), "");
    assert_eq!(output.status, 2);
    let hint = "keyfob: hint: a spec is named by --spec: keyfob setup TOOL --spec ci\n";
    assert!(output.stderr.ends_with(hint), "{}", output.stderr);
    // What names no spec is not shown.
    let output = run(&mut home.keyfob(["setup", "s3cret"]), "");
    assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    assert!(output.stderr.contains("hint: keyfob setup TOOL edits"));
}
