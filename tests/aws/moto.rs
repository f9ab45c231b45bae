//! moto on loopback, which checks signatures from its second request on, and an STS in front of it.
//!
//! AWS's STS answers JSON where it is asked for; moto's answers XML whatever is asked. What stands in front puts moto's answer into the form
//! of AWS's and adds nothing. Ends with the test.

use serde_json::{Value, json};

use crate::support::tools::tool_folder;
use crate::support::{Answer, Home, Output, Provider, Request, Server, free_port, http, need, run};

const CONFIG: &str = include_str!("../../integrations/aws/config");
const SPEC: &str = include_str!("../../integrations/aws/my-account.json");

/// The shipped profile and spec in a home, moto, and the STS in front of it.
pub(super) struct World {
    _moto: Server,
    pub(super) sts: Provider,
    pub(super) home: Home,
}

impl World {
    pub(super) fn new() -> Option<Self> {
        if !need(&[
            "python3",
            "cloud/awscli/__main__.py",
            "cloud/moto/server.py",
        ]) {
            return None;
        }
        let mut home = Home::new();
        let port = free_port();
        home.set("PYTHONPATH", tool_folder().join("cloud"))
            .set("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
            .set("AWS_EC2_METADATA_DISABLED", "true")
            .set("TEST_IDENTITY", "an.identity.token");
        let mut command = home.command("python3");
        command
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p"])
            .arg(port.to_string())
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "1");
        let mut moto = Server::start(&mut command);
        moto.wait_until("listening", |log| {
            log.contains(&format!("http://127.0.0.1:{port}"))
                .then_some(())
        });
        let sts = Provider::start(move |request| in_json(port, request));
        let keyfob = home.bin().join("keyfob");
        let config = CONFIG.replace("/usr/local/bin/keyfob", keyfob.to_str().unwrap());
        home.write("home/.aws/config", config);
        let spec = SPEC.replace("https://sts.eu-central-1.amazonaws.com", &sts.url());
        home.spec("my-account", spec);
        let identity = json!({"provider": "static", "token": {"env": "TEST_IDENTITY"}});
        home.spec("my-identity", identity.to_string());
        Some(Self {
            _moto: moto,
            sts,
            home,
        })
    }

    /// The aws CLI with the shipped profile.
    pub(super) fn aws(&self, words: &[&str]) -> Output {
        self.python(&[&["-m", "awscli", "--profile", "keyfob"], words].concat())
    }

    pub(super) fn python(&self, words: &[&str]) -> Output {
        run(self.home.command("python3").args(words), "")
    }
}

/// moto's answer, as AWS says it to who accepts JSON.
fn in_json(port: u16, request: &Request) -> Answer {
    assert_eq!(request.header("accept"), Some("application/json"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = http::post(port, "/", &form, request.text());
    let element = |name: &str| -> Option<Value> {
        let (_, rest) = reply.body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.into())
    };
    let Some(end) = element("Expiration") else {
        return Answer::text(reply.status, reply.body);
    };
    let end = keyfob::time::Timestamp::parse_date(end.as_str().unwrap()).unwrap();
    let credentials = json!({
        "AccessKeyId": element("AccessKeyId"), "SecretAccessKey": element("SecretAccessKey"),
        "SessionToken": element("SessionToken"), "Expiration": end.unix() as f64,
    });
    let result = json!({"AssumeRoleWithWebIdentityResult": {"Credentials": credentials}});
    let body = json!({"AssumeRoleWithWebIdentityResponse": result});
    Answer::json(200, body.to_string())
}
