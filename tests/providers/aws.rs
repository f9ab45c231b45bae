//! The presets of AWS with the tools that use them. Their conversations with servers lie in the folders.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::now;
use crate::aws::moto::World;
use crate::kubectl::real::assert_reaches;
use crate::support::apiserver::ApiServer;
use crate::support::metadata::{keyfob_at, need_network, seen};
use crate::support::tools::tool_folder;
use crate::support::{Answer, Home, Provider, Tls, need, request, run};

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A home with keys in its environment, which the aws CLI reads too.
fn home() -> Home {
    let mut home = Home::new();
    home.set("AWS_ACCESS_KEY_ID", KEY_ID)
        .set("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .set("PYTHONPATH", tool_folder().join("cloud"));
    home
}

fn eks() -> Value {
    json!({
        "provider": "aws-eks", "cluster": "my-cluster", "region": "eu-central-1",
        "access_key_id": { "env": "AWS_ACCESS_KEY_ID" },
        "secret_access_key": { "env": "AWS_SECRET_ACCESS_KEY" },
    })
}

/// The parameters of the URL that a cluster's token is.
pub(super) fn url_of(token: &str) -> (String, Vec<(String, String)>) {
    let url = token.strip_prefix("k8s-aws-v1.").unwrap();
    let url = String::from_utf8(URL_SAFE_NO_PAD.decode(url).unwrap()).unwrap();
    let (address, query) = url.split_once('?').unwrap();
    let mut parameters = request::pairs(query);
    parameters.sort();
    (address.to_owned(), parameters)
}

#[test]
fn the_credential_of_a_cluster_is_the_aws_clis_own_field_by_field() {
    if !need(&["python3", "cloud/awscli/__main__.py"]) {
        return;
    }
    let home = home();
    home.spec("eks", eks().to_string());
    let mut aws = home.command("python3");
    aws.args(["-m", "awscli", "eks", "get-token"]);
    aws.args(["--cluster-name", "my-cluster", "--region", "eu-central-1"]);
    let theirs = run(&mut aws, "").json();
    let mut ours = home.keyfob(["kubectl", "--spec", "eks"]);
    let info = json!({ "kind": "ExecCredential", "apiVersion": theirs["apiVersion"], "spec": {} });
    ours.env("KUBERNETES_EXEC_INFO", info.to_string());
    let ours = run(&mut ours, "").json();
    assert_eq!(ours["kind"], theirs["kind"]);
    assert_eq!(ours["apiVersion"], theirs["apiVersion"]);
    let end = |credential: &Value| {
        super::unix(
            credential["status"]["expirationTimestamp"]
                .as_str()
                .unwrap(),
        )
    };
    // keyfob has its callers ask again a little earlier than the token ends.
    let (end_of_ours, end_of_theirs) = (end(&ours), end(&theirs));
    assert!(
        (end_of_theirs - 120..=end_of_theirs + 5).contains(&end_of_ours),
        "{ours} {theirs}"
    );
    let without_moment = |credential: &Value| {
        let (address, mut parameters) = url_of(credential["status"]["token"].as_str().unwrap());
        assert_eq!(parameters.len(), 8, "{parameters:?}");
        parameters.retain(|(name, _)| !["X-Amz-Date", "X-Amz-Signature"].contains(&name.as_str()));
        (address, parameters)
    };
    assert_eq!(without_moment(&ours), without_moment(&theirs));
}

#[test]
fn kubectl_shows_the_cluster_a_token_that_is_signed_for_it() {
    if !need(&["kubectl-1.37/kubectl"]) {
        return;
    }
    let tls = Tls::new();
    let server = ApiServer::guarded(&tls, |request| {
        let Some(token) = request.bearer() else {
            return false;
        };
        let (address, parameters) = url_of(token);
        let named =
            |name: &str, value: &str| parameters.contains(&(name.to_owned(), value.to_owned()));
        address == "https://sts.eu-central-1.amazonaws.com/"
            && named("Action", "GetCallerIdentity")
            && named("X-Amz-SignedHeaders", "host;x-k8s-aws-id")
    });
    let mut home = home();
    home.trust(&tls);
    let mut spec = eks();
    spec["targets"] = json!([server.url()]);
    home.spec("my-cluster", spec.to_string());
    for _ in 0..2 {
        assert_reaches(&home, &server, &tls);
    }
    assert_eq!(server.distinct_tokens().len(), 1);
}

#[test]
fn a_clusters_token_ends_with_the_session_whose_keys_signed_it() {
    let provider = Provider::start(|_| {
        let keys = json!({
            "AccessKeyId": "ASIA1", "SecretAccessKey": "se/cr+et", "SessionToken": "FQoG//Yx==",
            // AWS's JSON has a number here, and its XML a date.
            "Expiration": now() + 600,
        });
        let result = json!({ "AssumeRoleResult": { "Credentials": keys } });
        Answer::json(200, json!({ "AssumeRoleResponse": result }).to_string())
    });
    let home = home();
    let role = json!({
        "provider": "aws-assume-role", "base_url": provider.url(), "region": "eu-central-1",
        "role_arn": "arn:aws:iam::1:role/deploy",
        "access_key_id": { "env": "AWS_ACCESS_KEY_ID" },
        "secret_access_key": { "env": "AWS_SECRET_ACCESS_KEY" },
    });
    home.spec("role", role.to_string());
    let mut spec = eks();
    spec.as_object_mut()
        .unwrap()
        .retain(|name, _| !name.ends_with("_key") && name != "access_key_id");
    spec["keys"] = json!({ "token": "role" });
    home.spec("ci", spec.to_string());
    let output = super::token(&home);
    let answer = output.json();
    let end = super::unix(answer["expires_at"].as_str().unwrap());
    assert!((now() + 560..=now() + 600).contains(&end), "{answer}");
    let (_, parameters) = url_of(answer["access_token"].as_str().unwrap());
    let session = ("X-Amz-Security-Token".to_owned(), "FQoG//Yx==".to_owned());
    assert!(parameters.contains(&session), "{parameters:?}");
}

#[test]
fn keys_in_two_forms_are_refused_and_nothing_is_sent() {
    let home = home();
    for (extra, told) in [
        (
            json!({ "keys": { "env": "DOCUMENT" } }),
            "only one of `keys`, `access_key_id` with `secret_access_key` can be given",
        ),
        (
            json!({ "secret_access_key": null }),
            "member `secret_access_key` is missing: the access key's secret",
        ),
        (
            json!({ "access_key_id": null, "secret_access_key": null }),
            "one of `keys`, `access_key_id` with `secret_access_key` is needed",
        ),
        (
            json!({
                "access_key_id": null, "secret_access_key": null,
                "keys": { "env": "DOCUMENT" }, "session_token": { "env": "SESSION" },
            }),
            "`/session_token`: this member is not used together with `keys`",
        ),
    ] {
        let mut spec = eks();
        let members = spec.as_object_mut().unwrap();
        members.extend(extra.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        let output = run(&mut home.keyfob(["token", "--spec", &spec.to_string()]), "");
        assert_eq!(output.status, 2);
        assert!(output.stderr.contains(told), "{}", output.stderr);
    }
}

/// moto checks the signature of the second role, which is made with the keys of the first.
#[test]
fn a_role_is_assumed_with_a_roles_keys_and_dies_with_them() {
    let Some(world) = World::with_roles() else {
        return;
    };
    let assume = |keys: Value, duration: u32| {
        json!({
            "provider": "aws-assume-role", "base_url": world.url, "region": "us-east-1",
            "role_arn": "arn:aws:iam::123456789012:role/deploy", "keys": keys,
            "duration": duration, "session_name": "build-7",
        })
    };
    world.home.spec(
        "deploy",
        assume(json!({ "token": "my-account" }), 43_200).to_string(),
    );
    let keys = |spec: &str| run(&mut world.home.keyfob(["aws", "--spec", spec]), "").json();
    let (account, deploy) = (keys("my-account"), keys("deploy"));
    assert_ne!(account["AccessKeyId"], deploy["AccessKeyId"]);
    assert_eq!(account["Expiration"], deploy["Expiration"]);
}

/// The keys as the metadata services give them.
fn keys() -> Value {
    let end = keyfob::time::Timestamp::from_unix(now() + 3600).rfc3339();
    json!({ "AccessKeyId": "ASIA1", "SecretAccessKey": "se/cr+et", "Token": "FQoG//Yx==", "Expiration": end })
}

fn answer(method: &str, target: &str, headers: &Value, body: &str) -> Value {
    json!({ "method": method, "target": target, "headers": headers, "body": body })
}

#[test]
fn an_instance_a_task_and_a_pod_get_the_keys_of_their_role_and_a_tool_is_it() {
    if !need_network() {
        return;
    }
    let role = "/latest/meta-data/iam/security-credentials/";
    let session = json!({ "X-aws-ec2-metadata-token": "session==" });
    let token = "/latest/api/token";
    let ttl = json!({ "X-aws-ec2-metadata-token-ttl-seconds": "21600" });
    let body = keys().to_string();
    let instance = json!([
        answer("PUT", token, &ttl, "session=="),
        answer("GET", role, &session, "my-role"),
        answer("GET", &format!("{role}my-role"), &session, &body),
    ]);
    let task = json!([answer("GET", "/v2/credentials/id", &json!({}), &body)]);
    let pod = json!({ "Authorization": "pods.own.token" });
    let pod = json!([answer("GET", "/v1/credentials", &pod, &body)]);
    for (preset, address, conversations, requests) in [
        ("ec2", "169.254.169.254", instance, 3),
        ("ecs", "169.254.170.2", task, 1),
        ("eks-pod-identity", "169.254.170.23", pod, 1),
    ] {
        let mut home = Home::new();
        let file = home.write("pod-token", "pods.own.token");
        home.set(
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "/v2/credentials/id",
        )
        .set(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://169.254.170.23/v1/credentials",
        )
        .set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file);
        home.spec("keys", json!({ "provider": preset }).to_string());
        let mut eks = eks();
        eks.as_object_mut()
            .unwrap()
            .retain(|name, _| !name.contains("access_key"));
        eks["keys"] = json!({ "token": "keys" });
        home.spec("ci", eks.to_string());
        let arguments = ["token", "--spec", "ci"];
        let output = run(
            &mut keyfob_at(&home, address, &conversations, arguments),
            "",
        );
        let answer = output.json();
        let (_, parameters) = url_of(answer["access_token"].as_str().unwrap());
        let session = ("X-Amz-Security-Token".to_owned(), "FQoG//Yx==".to_owned());
        assert!(parameters.contains(&session), "{parameters:?}");
        assert_eq!(seen(&home).len(), requests, "{preset}");
        let output = run(&mut home.keyfob(["aws", "--spec", "keys"]), "");
        assert_eq!(output.json()["AccessKeyId"], "ASIA1", "{preset}: a hit");
    }
}
