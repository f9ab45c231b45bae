//! Datadog service-account access tokens that are made when they are needed: <https://docs.datadoghq.com/api/latest/service-accounts/>.
//!
//! With this user's kernel keyring underneath; every test has an entry of its own and takes it out again. How the order of events bears a
//! crash at each point is tested in `obtain::minted`; here a process is really killed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{NAME, now, unix};
use crate::support::{Answer, Home, Output, Provider, Request, need, run};

const ACCOUNT: &str = "11111111-2222-3333-4444-555555555555";
const API_KEY: &str = "0000000000000000000000000000aaaa";
const APPLICATION_KEY: &str = "ddapp_EXAMPLE0000000000000000000000000000";
const PATH: &str = "/api/v2/service_accounts/11111111-2222-3333-4444-555555555555/access_tokens";

/// Names of the tokens that are alive, by id.
type Alive = Arc<Mutex<BTreeMap<String, String>>>;

/// The id of the `n`th token.
fn id(n: usize) -> String {
    format!("66666666-7777-8888-9999-{n:012}")
}

/// The `n`th token.
fn key(n: usize) -> String {
    format!("ddsat_{n:022}_{:036}", 7)
}

fn vendor_json(status: u16, body: &Value) -> Answer {
    Answer {
        headers: vec![("Content-Type".into(), "application/vnd.api+json".into())],
        ..Answer::text(status, body.to_string())
    }
}

/// The vendor, as strict as it is: keys, path, members of the body.
fn answer(request: &Request, alive: &Alive, made: &Mutex<usize>) -> Answer {
    let refusal = |status, text: &str| vendor_json(status, &json!({ "errors": [text] }));
    let keys = (
        request.header("dd-api-key"),
        request.header("dd-application-key"),
    );
    if keys != (Some(API_KEY), Some(APPLICATION_KEY))
        || request.header("accept") != Some("application/json")
    {
        return refusal(403, "Forbidden");
    }
    let mut alive = alive.lock().unwrap();
    let one = request
        .path
        .strip_prefix(PATH)
        .map(|rest| rest.trim_start_matches('/').to_owned());
    match (request.method.as_str(), one.as_deref()) {
        ("POST", Some("")) if request.header("content-type") == Some("application/json") => {
            let body = request.json();
            let wanted = &body["data"]["attributes"];
            if body["data"]["type"] != "service_access_tokens" || !wanted["scopes"].is_array() {
                return refusal(400, "Bad Request");
            }
            let n = {
                let mut made = made.lock().unwrap();
                *made += 1;
                *made
            };
            alive.insert(id(n), wanted["name"].as_str().unwrap().to_owned());
            vendor_json(
                201,
                &json!({ "data": {
                "id": id(n), "type": "service_access_tokens",
                "attributes": {
                    "key": key(n), "public_portion": &key(n)[..28], "name": wanted["name"], "scopes": wanted["scopes"],
                    "created_at": "2026-01-01T00:00:45.736320584Z", "expires_at": wanted["expires_at"],
                },
                "relationships": { "owned_by": { "data": { "id": ACCOUNT, "type": "service_account" } } },
            } }),
            )
        }
        ("GET", Some("")) => {
            let pairs = request.query_pairs();
            let filter = pairs
                .iter()
                .find(|(name, _)| name == "filter")
                .map_or("", |(_, value)| value);
            assert_eq!(pairs[0], ("page[size]".to_owned(), "100".to_owned()));
            let found: Vec<Value> = alive
                .iter()
                .filter(|(_, name)| name.contains(filter))
                .map(|(id, name)| {
                    json!({
                        "id": id, "type": "service_access_tokens", "attributes": { "name": name },
                    })
                })
                .collect();
            vendor_json(
                200,
                &json!({ "data": found, "meta": { "page": { "total_filtered_count": found.len() } } }),
            )
        }
        ("GET", Some(id)) if alive.contains_key(id) => {
            vendor_json(200, &json!({ "data": { "id": id } }))
        }
        // A second DELETE is answered as the first one.
        ("DELETE", Some(id)) => {
            alive.remove(id);
            Answer::empty(204)
        }
        _ => refusal(404, "Not Found"),
    }
}

/// A vendor, its living tokens, a home, and an entry of the kernel's keyring that is taken out when the test ends.
struct Bench {
    datadog: Provider,
    alive: Alive,
    home: Home,
    entry: String,
}

impl Bench {
    /// Nothing, and the test is skipped, where this machine has no kernel keyring. `more` stands beside what every spec here has.
    fn new(more: Value) -> Option<Self> {
        Self::slow(more, |_| Duration::ZERO)
    }

    /// The same with a vendor that takes its time, after which the deed is done.
    fn slow(
        more: Value,
        takes: impl Fn(&Request) -> Duration + Send + Sync + 'static,
    ) -> Option<Self> {
        if !cfg!(target_os = "linux") || !need(&["keyctl"]) {
            return None;
        }
        let (alive, made) = (Alive::default(), Mutex::new(0));
        let living = Arc::clone(&alive);
        let datadog =
            Provider::start(move |request| answer(request, &living, &made).after(takes(request)));
        let mut home = Home::new();
        home.set("KEYFOB_KEYRING", "kernel")
            .set("DD_API_KEY", API_KEY)
            .set("DD_APPLICATION_KEY", APPLICATION_KEY);
        let entry = format!(
            "test-mint-{}",
            home.config().parent()?.file_name()?.to_str()?
        );
        let mut spec = json!({
            "provider": "datadog-mint",
            "base_url": datadog.url(),
            "service_account_id": ACCOUNT,
            "scope": "dashboards_read monitors_read",
            "api_key": { "env": "DD_API_KEY" },
            "application_key": { "env": "DD_APPLICATION_KEY" },
            "store": { "keyring": entry },
            "targets": ["git.example.com", "registry.example.com"],
        });
        spec.as_object_mut()?.extend(more.as_object()?.clone());
        home.spec(NAME, spec.to_string());
        if run(home.command("keyctl").args(["show", "@u"]), "").status != 0
            && std::env::var("CI").as_deref() != Ok("true")
        {
            return None;
        }
        Some(Self {
            datadog,
            alive,
            home,
            entry,
        })
    }

    fn keyfob(&self, words: &[&str]) -> Output {
        run(&mut self.home.keyfob(words), "")
    }

    #[track_caller]
    fn token(&self) -> String {
        let output = self.keyfob(&["token", "--spec", NAME, "--format", "token"]);
        assert_eq!(output.stderr, "");
        output.answer().trim_end().to_owned()
    }

    fn alive(&self) -> Vec<String> {
        self.alive.lock().unwrap().keys().cloned().collect()
    }

    /// Method and path of each request, the account's path as `…`.
    fn asked(&self) -> Vec<String> {
        let line =
            |request: &Request| format!("{} {}", request.method, request.path.replace(PATH, "…"));
        self.datadog.requests().iter().map(line).collect()
    }

    fn kept(&self) -> bool {
        self.keyfob(&["secret", "show", &self.entry]).status == 0
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = run(&mut self.home.keyfob(["secret", "remove", &self.entry]), "");
    }
}

#[test]
fn one_token_is_made_for_kubectl_git_docker_and_scripts() {
    let Some(bench) = Bench::new(json!({})) else {
        return;
    };
    let before = now();
    let first = bench.keyfob(&["token", "--spec", NAME]);
    let after = now();
    assert_eq!(
        (first.json()["access_token"].as_str(), first.stderr.as_str()),
        (Some(&*key(1)), "")
    );
    let end = unix(first.json()["expires_at"].as_str().unwrap());
    assert!((before + 86_400..=after + 86_400).contains(&end));
    let kubectl = bench.keyfob(&["kubectl", "--spec", NAME]);
    assert_eq!(kubectl.json()["status"]["token"], key(1));
    assert_eq!(
        unix(
            kubectl.json()["status"]["expirationTimestamp"]
                .as_str()
                .unwrap()
        ),
        end - 300
    );
    let git = run(
        &mut bench.home.keyfob(["git", "get"]),
        "protocol=https\nhost=git.example.com\n\n",
    );
    assert_eq!(
        git.answer(),
        format!(
            "username=oauth2\npassword={}\npassword_expiry_utc={}\n",
            key(1),
            end - 300
        )
    );
    let docker = run(
        &mut bench.home.keyfob(["docker", "get"]),
        "registry.example.com",
    );
    assert_eq!(docker.json()["Secret"], key(1));
    let request = bench.datadog.request();
    let body = request.json();
    let name = body["data"]["attributes"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let random = name.strip_prefix("keyfob-").unwrap();
    assert!(
        random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{name}"
    );
    assert_eq!(
        body["data"]["attributes"]["scopes"],
        json!(["dashboards_read", "monitors_read"])
    );
    let wanted = unix(body["data"]["attributes"]["expires_at"].as_str().unwrap());
    assert_eq!(wanted, end);
}

#[test]
fn name_scope_lifetime_and_type_are_the_specs() {
    let more = json!({ "name": "ci-runner", "scope": ["metrics_read"], "lifetime": 172_800 });
    let Some(bench) = Bench::new(more) else {
        return;
    };
    let before = now();
    bench.token();
    let attributes = bench.datadog.request().json()["data"]["attributes"].clone();
    assert!(
        attributes["name"]
            .as_str()
            .unwrap()
            .starts_with("ci-runner-")
    );
    assert_eq!(attributes["scopes"], json!(["metrics_read"]));
    let end = unix(attributes["expires_at"].as_str().unwrap());
    assert!((before + 172_800..before + 172_810).contains(&end));
    let Some(bench) = Bench::new(json!({ "resource_type": "personal_access_tokens" })) else {
        return;
    };
    assert_eq!(bench.keyfob(&["token", "--spec", NAME]).status, 1);
    assert_eq!(
        bench.datadog.request().json()["data"]["type"],
        "personal_access_tokens"
    );
    assert!(!bench.kept(), "a refusal leaves nothing behind");
}

#[test]
fn near_its_end_the_next_is_made_and_the_former_revoked() {
    let Some(bench) = Bench::new(json!({ "lifetime": 6 })) else {
        return;
    };
    assert_eq!(bench.token(), key(1));
    std::thread::sleep(Duration::from_millis(4100));
    assert_eq!(bench.token(), key(2));
    assert_eq!(
        bench.asked(),
        [
            "POST …".to_owned(),
            "POST …".to_owned(),
            format!("DELETE …/{}", id(1))
        ]
    );
    assert_eq!(bench.alive(), [id(2)]);
}

#[test]
fn it_outlives_the_cache_in_the_keyring() {
    let Some(bench) = Bench::new(json!({})) else {
        return;
    };
    assert_eq!(bench.token(), key(1));
    bench.keyfob(&["forget", "--all"]).answer();
    assert_eq!(bench.token(), key(1));
    assert_eq!(
        bench.asked(),
        ["POST …".to_owned(), format!("GET …/{}", id(1))]
    );
    assert!(
        bench
            .keyfob(&["secret", "list"])
            .answer()
            .lines()
            .any(|line| line == bench.entry)
    );
}

#[test]
fn without_any_cache_one_token_serves_all_the_same() {
    let Some(mut bench) = Bench::new(json!({})) else {
        return;
    };
    let file = bench.home.write("no-folder", "");
    bench.home.set("KEYFOB_CACHE_DIR", file);
    for _ in 0..3 {
        assert_eq!(bench.token(), key(1));
    }
    assert_eq!(
        bench
            .asked()
            .iter()
            .filter(|line| *line == "POST …")
            .count(),
        1
    );
}

#[test]
fn many_at_once_make_one() {
    let Some(bench) = Bench::slow(json!({}), |request| match request.method.as_str() {
        "POST" => Duration::from_millis(300),
        _ => Duration::ZERO,
    }) else {
        return;
    };
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| bench.token())).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(tokens.iter().all(|token| *token == key(1)), "{tokens:?}");
    assert_eq!(bench.asked(), ["POST …"]);
}

/// The same tokens in a spec of one's own without `check`, so that `keyfob check` obtains a token.
fn spec_without_check(bench: &Bench) -> String {
    let url = format!("{}{PATH}", bench.datadog.url());
    let headers = json!({
        "DD-API-KEY": { "secret": { "env": "DD_API_KEY" } },
        "DD-APPLICATION-KEY": { "secret": { "env": "DD_APPLICATION_KEY" } },
    });
    json!({
        "provider": "http", "method": "POST", "url": url, "headers": headers,
        "json": { "data": { "type": "service_access_tokens", "attributes": {
            "name": { "unique": "keyfob" }, "scopes": [],
            "expires_at": { "now": 86400, "format": "rfc3339" },
        } } },
        "token_pointer": "/data/attributes/key",
        "expires": [{ "date": "/data/attributes/expires_at" }],
        "keep": {
            "store": { "keyring": bench.entry }, "id": "/data/id",
            "revoke": { "method": "DELETE", "url": url, "headers": headers },
            "list": {
                "url": url, "query": { "page[size]": "100" }, "filter": "filter",
                "headers": headers, "items": "/data", "id": "/id",
                "name": "/attributes/name", "page": 100,
            },
        },
    })
    .to_string()
}

#[test]
fn a_check_at_the_same_time_makes_no_second_one() {
    for other in [&["check", "--spec", NAME][..], &["token", "--spec", NAME]] {
        let Some(bench) = Bench::slow(json!({}), |request| match request.method.as_str() {
            "POST" => Duration::from_millis(500),
            _ => Duration::ZERO,
        }) else {
            return;
        };
        bench.home.spec(NAME, spec_without_check(&bench));
        std::thread::scope(|scope| {
            let check = scope.spawn(|| bench.keyfob(&["check", "--spec", NAME]));
            let other = scope.spawn(|| bench.keyfob(other));
            for output in [check.join().unwrap(), other.join().unwrap()] {
                assert_eq!((output.status, &*output.stderr), (0, ""), "{output:?}");
            }
        });
        assert_eq!(bench.asked(), ["POST …"], "{other:?}");
        assert_eq!(bench.alive(), [id(1)], "{other:?}");
    }
}

#[test]
fn what_a_killed_process_made_is_found_and_revoked() {
    let Some(bench) = Bench::slow(json!({}), |request| {
        match (request.method.as_str(), request.number) {
            ("POST", 1) => Duration::from_secs(3),
            _ => Duration::ZERO,
        }
    }) else {
        return;
    };
    let mut process = bench
        .home
        .keyfob(["token", "--spec", NAME])
        .spawn()
        .unwrap();
    while bench.alive().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(bench.token(), key(2));
    assert_eq!(
        bench.asked(),
        [
            "POST …".to_owned(),
            "GET …".to_owned(),
            format!("DELETE …/{}", id(1)),
            "POST …".to_owned()
        ]
    );
    assert_eq!(bench.alive(), [id(2)]);
}

#[test]
fn revoke_ends_it_and_empties_the_entry() {
    let Some(bench) = Bench::new(json!({})) else {
        return;
    };
    bench.token();
    assert!(bench.kept());
    // Also where the cache has nothing any more: what is given back is what the keyring has.
    bench.keyfob(&["forget", "--all"]).answer();
    assert_eq!(bench.keyfob(&["revoke", "--spec", NAME]).answer(), "");
    assert_eq!((bench.alive().len(), bench.kept()), (0, false));
    assert_eq!(bench.token(), key(2));
    assert_eq!(bench.keyfob(&["revoke", "--spec", NAME]).answer(), "");
    assert_eq!(bench.token(), key(3), "nor is it in the cache");
}

#[test]
fn a_token_that_others_use_is_not_made_for_one_command() {
    let Some(bench) = Bench::new(json!({})) else {
        return;
    };
    let output = bench.keyfob(&["run", "--spec", NAME, "--revoke", "--", "true"]);
    assert_eq!((output.status, bench.datadog.count()), (1, 0));
    assert!(
        output.stderr.contains(" (not-supported)\n"),
        "{}",
        output.stderr
    );
}

#[test]
fn check_asks_about_the_account_and_makes_nothing() {
    let Some(bench) = Bench::new(json!({})) else {
        return;
    };
    let output = bench.keyfob(&["check", "--spec", NAME]);
    assert_eq!(
        output.answer(),
        "ci (datadog-mint): usable\n  tokens of the account: 0\n  expires: unknown\n"
    );
    bench.token();
    let told = bench
        .keyfob(&["check", "--spec", NAME, "--format", "json"])
        .json();
    assert_eq!(told["details"]["tokens of the account"], 1);
    assert_eq!(bench.asked(), ["GET …", "POST …", "GET …"]);
}

#[test]
fn an_entry_that_holds_another_secret_is_left_alone() {
    let Some(bench) = Bench::new(json!({})) else {
        return;
    };
    run(
        &mut bench.home.keyfob(["secret", "set", &bench.entry]),
        "s3cret-of-somebody",
    )
    .answer();
    for words in [&["token", "--spec", NAME][..], &["revoke", "--spec", NAME]] {
        let output = bench.keyfob(words);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        let told = format!(
            "keyfob: error: spec `ci`: keyring entry `{}` does not hold a record of tokens (secret-unreadable)\n",
            bench.entry
        );
        assert!(output.stderr.starts_with(&told), "{}", output.stderr);
    }
    assert_eq!(bench.datadog.count(), 0);
    assert!(
        bench
            .keyfob(&["secret", "show", &bench.entry])
            .answer()
            .contains("18 bytes")
    );
}

#[test]
fn no_secret_is_told_whatever_goes_wrong() {
    let Some(bench) = Bench::new(json!({})) else {
        return;
    };
    bench.token();
    bench.keyfob(&["forget", "--all"]).answer();
    let mut command = bench.home.keyfob(["-v", "token", "--spec", NAME]);
    let output = run(&mut command, "");
    for secret in [API_KEY, APPLICATION_KEY, &key(1)] {
        assert!(!output.stderr.contains(secret), "{}", output.stderr);
    }
    assert!(
        output.stderr.contains("using the kept token"),
        "{}",
        output.stderr
    );
}
