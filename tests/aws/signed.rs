//! Requests that keyfob signs itself, against moto, which checks signatures, and against botocore's
//! own signer.

use serde_json::{Value, json};

use super::moto::World;
use super::protocol::keys;
use crate::support::{Answer, Home, Provider, need, run, tools::tool_folder};

const ROLE: &str = include_str!("../../integrations/aws/role.json");
const EKS: &str = include_str!("../../integrations/aws/eks.json");

/// The shipped spec that assumes a role of another account, with these keys.
fn assume_role(world: &World, mut keys: Value) -> Value {
    let mut spec: Value = serde_json::from_str(ROLE).unwrap();
    spec["base_url"] = world.url.as_str().into();
    spec["role_arn"] = "arn:aws:iam::123456789012:role/deploy".into();
    spec.as_object_mut().unwrap().remove("keys");
    let keys = keys.as_object_mut().unwrap();
    spec.as_object_mut().unwrap().append(keys);
    spec
}

#[test]
fn a_role_is_assumed_with_the_keys_of_another_spec_and_the_aws_cli_is_that_role() {
    let Some(world) = World::with_roles() else {
        return;
    };
    let account = assume_role(&world, json!({"keys": {"token": "my-account"}}));
    world.home.spec("deploy", account.to_string());
    let output = run(&mut world.home.keyfob(["aws", "--spec", "deploy"]), "");
    let deploy: Value = serde_json::from_str(output.answer()).unwrap();
    let mut command = world.home.command("python3");
    command.args([
        "-m",
        "awscli",
        "sts",
        "get-caller-identity",
        "--region=us-east-1",
    ]);
    for (variable, member) in [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ] {
        command.env(variable, deploy[member].as_str().unwrap());
    }
    let identity = run(&mut command, "").json();
    let arn = "arn:aws:sts::123456789012:assumed-role/deploy/keyfob";
    assert_eq!(identity["Arn"], arn);
}

#[test]
fn a_wrong_secret_key_is_refused_in_the_words_of_sts() {
    let Some(mut world) = World::with_roles() else {
        return;
    };
    let keys_of = |world: &World| {
        let output = run(&mut world.home.keyfob(["aws", "--spec", "my-account"]), "");
        let keys: Value = serde_json::from_str(output.answer()).unwrap();
        keys
    };
    let keys = keys_of(&world);
    let text = |member: &str| keys[member].as_str().unwrap().to_owned();
    world
        .home
        .set("KEY_ID", text("AccessKeyId"))
        .set("SECRET_KEY", format!("{}x", text("SecretAccessKey")))
        .set("SESSION", text("SessionToken"));
    let parts = json!({"access_key_id": {"env": "KEY_ID"}, "secret_access_key": {"env": "SECRET_KEY"}, "session_token": {"env": "SESSION"}});
    let spec = assume_role(&world, parts);
    world.home.spec("deploy", spec.to_string());
    let wrong = run(&mut world.home.keyfob(["aws", "--spec", "deploy"]), "");
    assert_ne!(wrong.status, 0);
    let words = "SignatureDoesNotMatch";
    assert!(wrong.stderr.contains(words), "{}", wrong.stderr);
    world.home.set("SECRET_KEY", text("SecretAccessKey"));
    run(&mut world.home.keyfob(["aws", "--spec", "deploy"]), "").answer();
}

#[test]
fn a_json_service_is_asked_for_a_registrys_password() {
    let Some(world) = World::with_roles() else {
        return;
    };
    let spec = json!({
        "provider": "http",
        "url": world.url,
        "headers": {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        },
        "json": {},
        "aws": {"service": "ecr", "region": "us-east-1", "keys": {"token": "my-account"}},
        "token_pointer": "/authorizationData/0/authorizationToken",
        "expires": {"constant": 43200},
    });
    world.home.spec("registry", spec.to_string());
    let output = run(
        &mut world
            .home
            .keyfob(["token", "--spec", "registry", "--format", "token"]),
        "",
    );
    // moto's password: "AWS:" and its account, in Base64.
    assert!(output.answer().starts_with("QVdTO"), "{output:?}");
}

/// botocore's signature of the same URL at the same time.
const BOTOCORE: &str = "
import base64, datetime, sys, urllib.parse
import botocore.auth, botocore.awsrequest, botocore.credentials
token, id, secret, session = sys.stdin.read().split('\\n')
assert token.startswith('k8s-aws-v1.')
url = base64.urlsafe_b64decode(token[11:] + '===').decode()
said = dict(urllib.parse.parse_qsl(url.split('?')[1]))
at = datetime.datetime.strptime(said['X-Amz-Date'], '%Y%m%dT%H%M%SZ')
botocore.auth.get_current_datetime = lambda *_, **__: at
request = botocore.awsrequest.AWSRequest(
    'GET', 'https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15',
    headers={'x-k8s-aws-id': 'my-cluster'})
keys = botocore.credentials.Credentials(id, secret, session or None)
botocore.auth.SigV4QueryAuth(keys, 'sts', 'eu-central-1', expires=60).add_auth(request)
theirs = dict(urllib.parse.parse_qsl(request.prepare().url.split('?')[1]))
print('same' if said == theirs else (sorted(said), sorted(theirs)))
";

#[test]
fn the_token_for_eks_is_what_botocore_signs_and_no_request_is_made() {
    if !need(&["python3", "cloud/botocore/auth.py"]) {
        return;
    }
    for session in ["", "FQoGZXIvYXdzEJr//w=="] {
        let mut home = Home::new();
        home.set("PYTHONPATH", tool_folder().join("cloud"))
            .set("KEY_ID", "AKIDEXAMPLE")
            .set("SECRET_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let mut spec: Value = serde_json::from_str(EKS).unwrap();
        spec.as_object_mut().unwrap().remove("keys");
        spec["access_key_id"] = json!({"env": "KEY_ID"});
        spec["secret_access_key"] = json!({"env": "SECRET_KEY"});
        if !session.is_empty() {
            home.set("SESSION", session);
            spec["session_token"] = json!({"env": "SESSION"});
        }
        home.spec("eks", spec.to_string());
        let token = run(
            &mut home.keyfob(["token", "--spec", "eks", "--format", "token"]),
            "",
        );
        let input = [
            token.answer().trim_end(),
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            session,
        ];
        let output = run(
            home.command("python3").args(["-c", BOTOCORE]),
            input.join("\n"),
        );
        assert_eq!(output.answer(), "same\n", "{session}");
        let again = run(
            &mut home.keyfob(["token", "--spec", "eks", "--format", "token"]),
            "",
        );
        assert_eq!(again.answer(), token.answer());
    }
}

#[test]
fn what_holds_no_access_key_is_said_and_nothing_is_sent() {
    let provider = Provider::start(|_| keys(1, 3600));
    let mut home = Home::new();
    let document = r#"{"AccessKeyId": "AKID", "Secret": "hunter2hunter2"}"#;
    home.set("DOCUMENT", document);
    let spec = json!({
        "provider": "http", "url": provider.at("/sts"), "form": {"Action": "AssumeRole"},
        "aws": {"service": "sts", "region": "us-east-1", "keys": {"env": "DOCUMENT"}},
        "token_pointer": "/Credentials/AccessKeyId",
    });
    home.spec("deploy", spec.to_string());
    let output = run(&mut home.keyfob(["token", "--spec", "deploy"]), "");
    assert_eq!(output.status, 1);
    let words = "`aws.keys` is not a JSON object with `AccessKeyId` and `SecretAccessKey` (secret-unreadable)";
    assert!(output.stderr.contains(words), "{}", output.stderr);
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
    assert_eq!(provider.count(), 0);
}

/// A server decodes what it is sent, and its words repeat it.
#[test]
fn what_is_read_out_of_an_encoded_secret_is_not_repeated() {
    let password = "correcthorsebattery42";
    for (source, said) in [
        (json!({"base64url": {"env": "PW"}}), password),
        (json!({"env": "DOCUMENT"}), "31415926535897"),
        (json!({"base64url": {"env": "DOCUMENT"}}), "31415926535897"),
        (
            json!({"base64url": {"presigned": {
                "url": "https://sts.example.com/", "service": "sts", "region": "r",
                "keys": {"id": {"env": "ID"}, "secret": {"env": "PW"}, "session": {"env": "SESSION"}},
            }}}),
            "X-Amz-Security-Token=ThisIsTheSession",
        ),
    ] {
        let words = format!("nobody has {said}");
        let provider = Provider::start(move |_| {
            let body = json!({"error": "bad_login", "error_description": words});
            Answer::json(401, body.to_string())
        });
        let mut home = Home::new();
        home.set("PW", password)
            .set("ID", "AKIDEXAMPLE")
            .set("SESSION", "ThisIsTheSession")
            .set("DOCUMENT", r#"{"pin": 31415926535897}"#);
        let spec = json!({
            "provider": "http", "url": provider.at("/"), "headers": {"x-pass": {"secret": source}},
        });
        home.spec("ci", spec.to_string());
        let output = run(&mut home.keyfob(["token", "-v", "--spec", "ci"]), "");
        assert_eq!(output.status, 1);
        assert!(!output.stderr.contains(said), "{}", output.stderr);
        assert!(output.stderr.contains("bad_login"), "{}", output.stderr);
    }
}

/// The names in a document of keys are AWS's own, and its words hold them.
#[test]
fn the_words_of_aws_about_a_signature_are_shown_where_the_keys_are_one_document() {
    let words =
        "The request signature we calculated does not match. Check your AWS Secret Access Key.";
    let provider = Provider::start(move |_| {
        let body = json!({"Error": {"Code": "SignatureDoesNotMatch", "Message": words}});
        Answer::json(403, body.to_string())
    });
    let mut home = Home::new();
    home.set(
        "DOCUMENT",
        r#"{"AccessKeyId": "AKID", "SecretAccessKey": "hunter2hunter2"}"#,
    );
    let spec = json!({
        "provider": "http", "url": provider.at("/"), "form": {"Action": "AssumeRole"},
        "aws": {"service": "sts", "region": "us-east-1", "keys": {"env": "DOCUMENT"}},
    });
    home.spec("ci", spec.to_string());
    let output = run(&mut home.keyfob(["token", "--spec", "ci"]), "");
    assert!(output.stderr.contains(words), "{}", output.stderr);
}

#[test]
fn an_encoded_source_that_is_absent_leaves_the_next_one_its_turn() {
    let provider = Provider::start(|_| Answer::token("t", 3600));
    let mut home = Home::new();
    home.set("B", "beta");
    let keys = json!({"id": {"env": "UNSET"}, "secret": {"env": "UNSET"}});
    let url =
        json!({"url": "https://sts.example.com/", "service": "sts", "region": "r", "keys": keys});
    for first in [
        json!({"base64url": {"env": "UNSET"}}),
        json!({"presigned": url}),
    ] {
        let spec = json!({
            "provider": "http", "url": provider.at("/"),
            "headers": {"x-pass": {"secret": [first, {"env": "B"}]}},
        });
        home.spec("ci", spec.to_string());
        run(&mut home.keyfob(["token", "--spec", "ci"]), "").answer();
        assert_eq!(
            provider.requests().last().unwrap().header("x-pass"),
            Some("beta")
        );
    }
}
