//! The presets of Azure with the tools that use them.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::assertion::{decoded, openssl};
use super::{NAME, now, token};
use crate::kubectl::real::assert_reaches;
use crate::support::apiserver::ApiServer;
use crate::support::git_server::{self, GitServer};
use crate::support::issuer::Issuer;
use crate::support::metadata::{keyfob_at, need_network, seen};
use crate::support::registry::{self, Registry};
use crate::support::{Answer, Home, Provider, Tls, need, run};

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const CLIENT: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const PATH: &str = "/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token";

fn entra() -> Provider {
    Provider::start(|request| match request.path.as_str() {
        PATH => Answer::token("of-entra", 3599),
        path => panic!("nobody should ask for {path}"),
    })
}

/// A federated application: the job's own token is its assertion.
fn federated(entra: &Provider, scope: &str) -> Value {
    json!({
        "provider": "entra", "base_url": entra.url(), "tenant": TENANT,
        "client_id": { "env": "AZURE_CLIENT_ID" },
        "assertion": { "file": { "env": "AZURE_FEDERATED_TOKEN_FILE" } }, "scope": scope,
    })
}

fn home() -> Home {
    let mut home = Home::new();
    let jwt = Issuer::new().sign(&json!({ "exp": now() + 600 }));
    let file = home.write("azure-identity-token", jwt);
    home.set("AZURE_CLIENT_ID", CLIENT)
        .set("AZURE_FEDERATED_TOKEN_FILE", file);
    home
}

#[test]
fn a_certificate_signs_what_entra_verifies_and_is_named_by_its_thumbprint() {
    if !need(&["openssl"]) {
        return;
    }
    let entra = entra();
    let mut home = Home::new();
    openssl(
        &home,
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -subj /CN=ci -days 2",
    );
    let read = |name: &str| std::fs::read_to_string(home.home().join(name)).unwrap();
    let (key, certificate) = (read("key.pem"), read("certificate.pem"));
    home.set("KEY", key).set("CERTIFICATE", &certificate);
    let spec = json!({
        "provider": "entra", "base_url": entra.url(), "tenant": TENANT, "client_id": CLIENT,
        "certificate": { "env": "CERTIFICATE" }, "private_key": { "env": "KEY" },
        "scope": "https://management.azure.com/.default",
    });
    home.spec(NAME, spec.to_string());
    assert_eq!(token(&home).json()["access_token"], "of-entra");
    let request = entra.request();
    assert_eq!(request.parameter("client_id").unwrap(), CLIENT);
    let assertion = request.parameter("client_assertion").unwrap();
    let (message, signature) = assertion.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let (header, claims) = (decoded(header), decoded(claims));
    let der: String = certificate
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = BASE64_STANDARD.decode(der).unwrap();
    let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, &der));
    assert_eq!(
        (&header["alg"], &header["x5t#S256"]),
        (&json!("PS256"), &json!(thumbprint))
    );
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!(CLIENT), &json!(CLIENT))
    );
    assert_eq!(claims["aud"], format!("{}{PATH}", entra.url()));
    home.write("home/message", message);
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    home.write("home/signature", signature);
    std::fs::write(
        home.home().join("public.pem"),
        openssl(&home, "x509 -in certificate.pem -pubkey -noout"),
    )
    .unwrap();
    let words = "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \
        -verify public.pem -signature signature message";
    assert_eq!(openssl(&home, words), "Verified OK\n");
}

#[test]
fn one_of_three_ways_to_authenticate_is_needed_and_no_more() {
    let env = json!({ "env": "X" });
    for (more, told) in [
        (
            json!({}),
            "one of `client_secret`, `certificate` with `private_key`, `assertion` is needed",
        ),
        (
            json!({ "client_secret": env, "assertion": env }),
            "only one of `client_secret`, `assertion` can be given",
        ),
        (
            json!({ "certificate": env }),
            "member `private_key` is missing",
        ),
    ] {
        let mut spec =
            json!({ "provider": "entra", "tenant": "t", "client_id": "c", "scope": "s" });
        let members = spec.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        let output = run(
            &mut Home::new().keyfob(["token", "--spec", &spec.to_string()]),
            "",
        );
        assert_eq!(output.status, 2);
        assert!(output.stderr.contains(told), "{}", output.stderr);
    }
}

#[test]
fn kubectl_reaches_a_cluster_of_aks_with_the_pods_own_identity() {
    if !need(&["kubectl-1.37/kubectl"]) {
        return;
    }
    let (entra, tls) = (entra(), Tls::new());
    let server = ApiServer::for_token(&tls, "of-entra");
    let mut home = home();
    home.trust(&tls);
    let mut spec = federated(&entra, "6dae42f8-4368-4678-94ff-3960e28e3630/.default");
    spec["targets"] = json!([server.url()]);
    home.spec("my-cluster", spec.to_string());
    assert_reaches(&home, &server, &tls);
}

/// Azure DevOps takes a token of Entra ID as Bearer alone.
#[test]
fn git_shows_azure_devops_the_token_as_bearer() {
    if !need(&git_server::PROGRAMS) {
        return;
    }
    let (entra, tls) = (entra(), Tls::new());
    let mut home = home();
    home.set("GIT_SSL_CAINFO", &tls.ca_file)
        .set("GIT_TERMINAL_PROMPT", "0");
    let Some(git) = crate::git::newest_git(&home) else {
        return;
    };
    let server = GitServer::start(&home, &tls);
    server.accept(&["of-entra"]);
    let mut spec = federated(&entra, "499b84ac-1321-427f-aa17-267ca6975798/.default");
    spec["targets"] = json!([server.host()]);
    spec["authtype"] = json!("bearer");
    home.spec("devops", spec.to_string());
    for _ in 0..2 {
        let output = server.heads(home.command_at(&git), "bearer");
        assert!(output.answer().contains("refs/heads/main"), "{output:?}");
    }
    assert!(server.seen().contains(&"Bearer of-entra".to_owned()));
    assert_eq!(entra.count(), 1);
}

#[test]
fn skopeo_reaches_a_registry_of_azure_in_two_steps() {
    if !need(&["skopeo"]) || !need(&registry::PROGRAMS) {
        return;
    }
    let (entra, tls) = (entra(), Tls::new());
    let refresh = Issuer::new().sign(&json!({ "exp": now() + 10_800 }));
    let body = json!({ "refresh_token": refresh }).to_string();
    let exchange = Provider::start(move |request| {
        assert_eq!(request.path, "/oauth2/exchange");
        assert_eq!(request.parameter("access_token").unwrap(), "of-entra");
        Answer::json(200, body.clone())
    });
    let mut home = home();
    let registry = Registry::behind_keyfob(&mut home, &tls);
    registry.accept_login("00000000-0000-0000-0000-000000000000", &refresh);
    let scope = "https://containerregistry.azure.net/.default";
    home.spec("entra", federated(&entra, scope).to_string());
    let spec = json!({
        "provider": "acr", "base_url": exchange.url(), "registry": "my-registry.azurecr.io",
        "tenant": TENANT, "token": { "token": "entra" }, "targets": [registry.host()],
    });
    home.spec(NAME, spec.to_string());
    let pushed = registry.push(&home, "image:1");
    assert_eq!(pushed.answer(), "");
    assert_eq!((entra.count(), exchange.count()), (1, 1));
}

#[test]
fn a_machine_of_azures_is_asked_at_its_own_address() {
    if !need_network() {
        return;
    }
    let target = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net";
    let body =
        json!({ "access_token": "of-the-machine", "expires_in": "86399", "token_type": "Bearer" });
    let conversations = json!([{
        "method": "GET", "target": target, "headers": { "Metadata": "true" }, "body": body.to_string(),
    }]);
    let home = Home::new();
    let spec = json!({ "provider": "azure-imds", "resource": "https://vault.azure.net" });
    home.spec(NAME, spec.to_string());
    let arguments = ["token", "--spec", NAME];
    let mut keyfob = keyfob_at(&home, "169.254.169.254", &conversations, arguments);
    assert_eq!(
        run(&mut keyfob, "").json()["access_token"],
        "of-the-machine"
    );
    assert_eq!(seen(&home).len(), 1);
}
