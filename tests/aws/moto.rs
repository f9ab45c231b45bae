//! moto on loopback, which checks signatures from its second request on, and an STS in front of it.
//!
//! Both answer in XML, as AWS does where JSON is not asked for: the preset reads either. What stands in front counts the requests, and changes nothing. Ends with the test.

use serde_json::{Value, json};

use crate::support::tools::tool_folder;
use crate::support::{Answer, Home, Output, Provider, Request, Server, free_port, http, need, run};

const CONFIG: &str = include_str!("../../integrations/aws/config");
const SPEC: &str = include_str!("../../integrations/aws/my-account.json");

/// The shipped profile and spec in a home, moto, and the STS in front of it.
pub(crate) struct World {
    _moto: Server,
    /// Where moto listens.
    pub(crate) url: String,
    pub(crate) sts: Provider,
    pub(crate) home: Home,
}

impl World {
    pub(crate) fn new() -> Option<Self> {
        // What the shipped spec sends is not signed.
        Self::checking_after(1)
    }

    /// The same with the role `ci`, which may do everything, and a role `deploy`.
    pub(crate) fn with_roles() -> Option<Self> {
        let world = Self::checking_after(4)?;
        for command in [
            "iam create-role --role-name ci --assume-role-policy-document",
            "iam put-role-policy --role-name ci --policy-name all --policy-document",
            "iam create-role --role-name deploy --assume-role-policy-document",
        ] {
            let (subject, action) = match command.contains("put-role-policy") {
                true => (r#""Resource": "*""#, r#""*""#),
                false => (r#""Principal": {"AWS": "*"}"#, r#""sts:AssumeRole""#),
            };
            let document = format!(
                r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {subject}, "Action": {action}}}]}}"#
            );
            let words = command.split(' ').chain([document.as_str()]);
            let mut aws = world.home.command("python3");
            aws.args(["-m", "awscli"]).args(words);
            for variable in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
                aws.env(variable, "nobody");
            }
            run(aws.env("AWS_DEFAULT_REGION", "us-east-1"), "").answer();
        }
        Some(world)
    }

    fn checking_after(requests: u32) -> Option<Self> {
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
            .env("INITIAL_NO_AUTH_ACTION_COUNT", requests.to_string());
        let mut moto = Server::start(&mut command);
        moto.wait_until("listening", |log| {
            log.contains(&format!("http://127.0.0.1:{port}"))
                .then_some(())
        });
        let sts = Provider::start(move |request| in_xml(port, request));
        let keyfob = home.bin().join("keyfob");
        let config = CONFIG.replace("/usr/local/bin/keyfob", keyfob.to_str().unwrap());
        home.write("home/.aws/config", config);
        let mut spec: Value = serde_json::from_str(SPEC).unwrap();
        spec["base_url"] = sts.url().into();
        home.spec("my-account", spec.to_string());
        let identity = json!({"provider": "static", "token": {"env": "TEST_IDENTITY"}});
        home.spec("my-identity", identity.to_string());
        Some(Self {
            _moto: moto,
            url: format!("http://127.0.0.1:{port}/"),
            sts,
            home,
        })
    }

    /// The aws CLI with the shipped profile.
    pub(crate) fn aws(&self, words: &[&str]) -> Output {
        self.python(&[&["-m", "awscli", "--profile", "keyfob"], words].concat())
    }

    pub(crate) fn python(&self, words: &[&str]) -> Output {
        run(self.home.command("python3").args(words), "")
    }
}

/// moto's answer as it is: XML, whatever is asked for.
fn in_xml(port: u16, request: &Request) -> Answer {
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = http::post(port, "/", &form, request.text());
    Answer::text(reply.status, reply.body)
}
