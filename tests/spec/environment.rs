//! Values that the environment gives: texts, URLs, paths of files, and JSON documents.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Bench;
use crate::support::{Answer, Provider, Request, run};

/// A grant with this request, whose answer's `/value` is the token.
fn http(more: Value) -> Value {
    let mut spec = json!({ "provider": "http", "token_pointer": "/value" });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    spec
}

/// A bench whose provider answers `{"value": "token-N"}`.
fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.provider = Provider::start(|request| {
        let body = json!({ "value": format!("token-{}", request.number) });
        Answer::json(200, body.to_string())
    });
    bench
}

/// Path and query as they were sent.
fn target(request: &Request) -> String {
    format!("{}?{}", request.path, request.query)
}

#[track_caller]
fn sent(bench: &Bench, spec: &Value) -> Request {
    bench.token(spec.to_string()).answer();
    bench.provider.requests().pop().unwrap()
}

#[track_caller]
fn refuses(bench: &Bench, spec: &Value, words: &str) {
    let output = bench.token(spec.to_string());
    assert_ne!(output.status, 0);
    assert!(output.stderr.contains(words), "{}", output.stderr);
    assert_eq!(bench.provider.connections(), 0, "{spec}");
    assert!(!bench.opened(), "{spec}");
}

#[test]
fn a_client_id_a_query_a_form_and_a_header_take_a_variable() {
    let mut bench = Bench::new();
    bench.home.set("CLIENT", "the client/1");
    let spec = json!({ "client_id": { "env": "CLIENT" }, "client_secret": { "env": "CLIENT" } });
    bench.token(bench.text(spec)).answer();
    assert_eq!(
        bench.provider.request().header("authorization"),
        Some("Basic dGhlJTIwY2xpZW50JTJGMTp0aGUlMjBjbGllbnQlMkYx")
    );

    let mut bench = self::bench();
    bench.home.set("A", "x&y=z");
    let request = sent(
        &bench,
        &http(json!({
            "url": bench.provider.at("/t?first=1"),
            "query": { "audience": [{ "env": "A" }, "b"] },
            "headers": { "X-Id": { "env": "A" } },
            "form": { "assertion": { "env": "A" } },
        })),
    );
    assert_eq!(target(&request), "/t?first=1&audience=x%26y%3Dz&audience=b");
    assert_eq!(request.header("x-id"), Some("x&y=z"));
    assert_eq!(request.parameter("assertion").unwrap(), "x&y=z");
}

#[test]
fn a_variable_that_is_missing_is_named_before_anybody_is_asked() {
    let bench = bench();
    let url = bench.provider.at("/");
    let spec = http(json!({ "url": url, "query": { "audience": { "env": "UNSET" } } }));
    refuses(&bench, &spec, "environment variable UNSET (secret-missing)");
    let spec = http(json!({ "url": { "env": "UNSET" } }));
    refuses(&bench, &spec, "environment variable UNSET (secret-missing)");
}

#[test]
fn another_value_of_a_variable_is_another_token() {
    let mut bench = bench();
    let url = bench.provider.at("/");
    bench.home.set("DIR", bench.home.config());
    bench.home.write("config/id", "one");
    let specs = [
        http(json!({ "url": url, "query": { "audience": { "env": "A" } } })),
        http(json!({ "url": { "base": url, "path": { "env": "A" } } })),
        http(json!({ "url": url, "form": { "id": { "env": "A" } } })),
        json!({ "provider": "client_credentials", "token_url": url, "client_id": { "env": "A" },
            "token_pointer": "/value" }),
        http(json!({ "url": url, "headers": { "X": { "secret":
            { "document": [{ "env": "NONE" }, { "env": "B" }], "pointer": "/a" } } } })),
        http(json!({ "url": url, "headers": { "X": { "secret": { "jwt": {
            "alg": "HS256", "key": { "env": "KEY" }, "claims": { "sub": { "text": { "env": "A" } } },
        } } } } })),
    ];
    bench.home.set("KEY", "k".repeat(32));
    for spec in specs {
        let mut tokens = Vec::new();
        for value in ["one", "two", "one"] {
            bench.home.set("A", value);
            bench.home.set("B", json!({ "a": value }).to_string());
            tokens.push(bench.token(spec.to_string()).json()["access_token"].clone());
        }
        assert_ne!(tokens[0], tokens[1], "{spec}");
        assert_eq!(tokens[0], tokens[2], "{spec}");
    }
}

#[test]
fn a_whole_url_may_be_a_variable_that_has_a_query_already() {
    let mut bench = bench();
    bench
        .home
        .set("URL", bench.provider.at("/idtoken?api-version=2.0"));
    bench.home.set("JOB", "j0b");
    let request = sent(
        &bench,
        &http(json!({
            "url": { "env": "URL" },
            "query": { "audience": "api://AzureAD" },
            "headers": { "Authorization": { "bearer": { "env": "JOB" } } },
        })),
    );
    assert_eq!(
        target(&request),
        "/idtoken?api-version=2.0&audience=api%3A%2F%2FAzureAD"
    );
    assert_eq!(request.bearer(), Some("j0b"));
}

#[test]
fn a_url_of_the_environment_is_one_to_which_a_request_may_be_sent() {
    for url in [
        "http://runner.example.com/token",
        "ftp://127.0.0.1/",
        "https://user:password@id.example.com/",
        "/relative",
        "http://127.0.0.1.example.com/",
        "http://10.0.0.1/",
    ] {
        let mut bench = bench();
        bench.home.set("URL", url);
        let spec = http(json!({ "url": { "env": "URL" } }));
        refuses(
            &bench,
            &spec,
            "the value of `url` is not a URL for a request",
        );
    }
}

#[test]
fn a_path_of_the_environment_never_leaves_its_host() {
    for (path, target) in [
        ("/v2/credentials/3", "/base/v2/credentials/3?"),
        ("role-1", "/base/role-1?"),
        ("@evil.example", "/base/@evil.example?"),
    ] {
        let mut bench = bench();
        bench.home.set("A", path);
        let base = bench.provider.at("/base/");
        let spec = http(json!({ "url": { "base": base, "path": { "env": "A" } } }));
        assert_eq!(self::target(&sent(&bench, &spec)), target);
    }
    for path in [
        "../up", "/a/../b", "x?y", "x#y", "a%2fb", ".", "a:80", "a b",
    ] {
        let mut bench = bench();
        bench.home.set("A", path);
        let spec = http(json!({
            "url": { "base": bench.provider.at(""), "path": { "env": "A" } },
        }));
        refuses(&bench, &spec, "the value of `url.path` is not a path");
    }
}

#[test]
fn a_path_is_added_to_no_query_and_is_no_token_but_what_the_same_service_answered() {
    let mut bench = bench();
    bench.home.set("A", "a");
    let base = bench.provider.at("/base?x=1");
    let spec = http(json!({ "url": { "base": base, "path": { "env": "A" } } }));
    refuses(&bench, &spec, "`/url/base`: a path is added to this URL");
    let base = bench.provider.at("/base");
    let below = |token: Value| http(json!({ "url": { "base": base, "path": { "token": token } } }));
    for token in [
        json!({ "provider": "static", "token": { "command": ["open-secret"] } }),
        http(json!({ "url": "http://127.0.0.1:1/" })),
        json!("another"),
    ] {
        refuses(&bench, &below(token), "a secret never stands in a URL");
    }
    let request = sent(
        &bench,
        &below(http(json!({ "url": bench.provider.at("/") }))),
    );
    assert_eq!(target(&request), "/base/token-1?");
}

#[test]
fn a_request_whose_receiver_the_environment_decides_gets_no_secret_of_the_keyring() {
    let mut bench = bench();
    bench.home.set("URL", bench.provider.at("/"));
    let urls = [
        json!({ "env": "URL" }),
        json!("http://169.254.169.254/latest/api/token"),
        json!({ "base": "http://169.254.170.2", "path": { "env": "A" } }),
    ];
    let other = json!({ "provider": "http", "url": bench.provider.at("/o"), "token_pointer": "/value",
        "headers": { "X": { "secret": { "command": ["open-secret"] } } } });
    for url in urls {
        for source in [
            json!({ "keyring": "aws" }),
            json!({ "command": ["open-secret"] }),
            json!([{ "env": "A" }, { "keyring": "aws" }]),
            json!({ "keyring": "aws", "pointer": "/a" }),
            json!({ "base64url": { "keyring": "aws" } }),
            json!({ "jwt": { "alg": "HS256", "key": { "command": ["open-secret"] } } }),
            json!({ "token": other }),
            json!({ "token": { "provider": "static", "token": { "command": ["open-secret"] } } }),
            // A stored token stays what it is, whoever is asked about it.
            json!({ "token": { "provider": "static", "token": { "command": ["open-secret"] },
                "metadata": { "url": { "env": "URL" } } } }),
        ] {
            for place in ["headers", "form"] {
                let spec = http(json!({ "url": url, place: { "X": { "secret": source } } }));
                refuses(
                    &bench,
                    &spec,
                    "holds only values of the environment and of files",
                );
            }
        }
    }
    let certificate =
        json!({ "certificate": { "env": "A" }, "key": { "command": ["open-secret"] } });
    let asks = json!({ "url": { "env": "URL" } });
    for spec in [
        http(json!({ "url": { "env": "URL" }, "client_certificate": certificate })),
        json!({ "provider": "static", "token": { "env": "A" }, "check": asks,
            "client_certificate": certificate }),
    ] {
        refuses(
            &bench,
            &spec,
            "holds only values of the environment and of files",
        );
    }
    // A token that a request of the same kind gave may be sent.
    bench.home.set("A", "a");
    let base = http(json!({ "url": { "env": "URL" } }));
    let spec = http(
        json!({ "url": { "env": "URL" }, "headers": { "X": { "secret": { "token": base } } } }),
    );
    assert_eq!(sent(&bench, &spec).header("x"), Some("token-1"));
}

#[test]
fn a_check_and_a_revocation_that_the_environment_receives_get_no_token() {
    let bench = bench();
    let url = bench.provider.at("/");
    for source in [
        json!({ "issued": true }),
        json!({ "token": "other" }),
        json!({ "keyring": "k" }),
    ] {
        let request = json!({ "url": { "env": "URL" }, "headers": { "X": { "secret": source } } });
        for member in ["check", "revoke"] {
            let spec = http(json!({ "url": url, member: request }));
            refuses(
                &bench,
                &spec,
                "holds only values of the environment and of files",
            );
        }
    }
}

#[test]
fn plain_http_is_for_the_six_addresses_and_the_one_name_of_metadata_services() {
    for host in [
        "169.254.169.253",
        "169.254.1.1",
        "[fd00:ec2::255]",
        "[fe80::1]",
        "metadata.google.internal.example.com",
        "10.0.0.1",
        "168.63.129.16",
    ] {
        let bench = bench();
        let spec = http(json!({ "url": format!("http://{host}/") }));
        refuses(&bench, &spec, "plain http is only for");
    }
    // A token endpoint has a client's secret.
    for host in ["169.254.169.254", "metadata.google.internal"] {
        let bench = Bench::new();
        let text = bench.text(json!({ "token_url": format!("http://{host}/token") }));
        let output = bench.token(text);
        assert!(
            output.stderr.contains("plain http is only for"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn a_file_may_be_named_by_a_variable_or_lie_in_a_folder_that_one_names() {
    let mut bench = bench();
    let path = bench.home.write("home/tokens/job.jwt", "one\n");
    bench.home.set("TOKEN_FILE", &path);
    bench
        .home
        .set("CREDENTIALS_DIRECTORY", path.parent().unwrap());
    let url = bench.provider.at("/");
    let spec =
        |source: Value| http(json!({ "url": url, "headers": { "X": { "secret": source } } }));
    for source in [
        json!({ "file": { "env": "TOKEN_FILE" } }),
        json!({ "file": { "env": "CREDENTIALS_DIRECTORY" }, "name": "job.jwt" }),
    ] {
        for content in ["one", "two"] {
            bench
                .home
                .write("home/tokens/job.jwt", format!("{content}\n"));
            assert_eq!(
                sent(&bench, &spec(source.clone())).header("x"),
                Some(content)
            );
        }
    }
    let json =
        json!({ "file": { "env": "CREDENTIALS_DIRECTORY" }, "name": "a.json", "pointer": "/a" });
    bench
        .home
        .write("home/tokens/a.json", "{\n\"a\": \"deep\"}\n");
    assert_eq!(sent(&bench, &spec(json)).header("x"), Some("deep"));

    let bench = self::bench();
    let url = bench.provider.at("/");
    let spec =
        |source: Value| http(json!({ "url": url, "headers": { "X": { "secret": source } } }));
    let unset = json!({ "file": { "env": "UNSET" }, "name": "x" });
    refuses(
        &bench,
        &spec(unset),
        "environment variable UNSET names (secret-missing)",
    );
    for name in ["../x", "a/b", ".."] {
        let source = json!({ "file": { "env": "D" }, "name": name });
        refuses(
            &bench,
            &spec(source),
            "a file's name is wanted here, not a path",
        );
    }
    let mut bench = self::bench();
    let url = bench.provider.at("/");
    bench.home.set("D", "relative");
    let spec =
        http(json!({ "url": url, "headers": { "X": { "secret": { "file": { "env": "D" } } } } }));
    refuses(
        &bench,
        &spec,
        "it is not an absolute path (secret-unreadable)",
    );
}

#[test]
fn a_pointer_takes_one_value_out_of_the_document_of_any_source() {
    let mut bench = bench();
    let document = "{\n \"a\": {\"b\": \"deep\"},\n \"n\": 7\n}\n";
    bench.home.set("DOCUMENT", document);
    bench.home.script(
        "print",
        &format!("cat {}", bench.home.write("d.json", document).display()),
    );
    let url = bench.provider.at("/");
    for (source, wanted) in [
        (json!({ "env": "DOCUMENT", "pointer": "/a/b" }), "deep"),
        (json!({ "env": "DOCUMENT", "pointer": "/n" }), "7"),
        (json!({ "command": ["print"], "pointer": "/a/b" }), "deep"),
        (
            json!({ "document": { "env": "DOCUMENT" }, "pointer": "/a/b" }),
            "deep",
        ),
        (
            json!({ "document": { "env": "DOCUMENT", "pointer": "/a" }, "pointer": "/b" }),
            "deep",
        ),
        (
            json!([{ "env": "DOCUMENT", "pointer": "/none" }, { "env": "DOCUMENT", "pointer": "/n" }]),
            "7",
        ),
    ] {
        bench.home.keyfob(["forget", "--all"]).output().unwrap();
        let spec = http(json!({ "url": url, "headers": { "X": { "secret": source } } }));
        assert_eq!(sent(&bench, &spec).header("x"), Some(wanted), "{spec}");
    }
    let refused = |source: Value, words: &str| {
        let mut bench = self::bench();
        bench.home.set("TEXT", "hunter2");
        bench.home.set("DOCUMENT", document);
        let url = bench.provider.at("/");
        let spec = http(json!({ "url": url, "headers": { "X": { "secret": source } } }));
        refuses(&bench, &spec, words);
        assert!(!bench.token(spec.to_string()).stderr.contains("hunter2"));
    };
    refused(
        json!({ "env": "TEXT", "pointer": "/a" }),
        "`/a` in environment variable TEXT: it is not JSON",
    );
    refused(
        json!({ "env": "DOCUMENT", "pointer": "/x" }),
        "there is no secret in `/x` in environment variable DOCUMENT",
    );
    refused(
        json!({ "document": { "env": "TEXT" } }),
        "member `pointer` is missing",
    );
    refused(
        json!({ "issued": true, "pointer": "/a" }),
        "this source gives no JSON document",
    );
}

#[test]
fn a_claim_and_a_header_of_a_jwt_take_a_text_out_of_the_vendors_key_file() {
    let mut bench = bench();
    let key = json!({ "client_email": "ci@p.iam", "private_key_id": "k1", "private_key": "s".repeat(32) });
    bench.home.set("KEY", key.to_string());
    let part = |pointer: &str| json!({ "text": { "env": "KEY", "pointer": pointer } });
    let spec = http(json!({
        "url": bench.provider.at("/"),
        "headers": { "Authorization": { "bearer": { "jwt": {
            "alg": "HS256", "key": { "env": "KEY", "pointer": "/private_key" },
            "header": { "kid": part("/private_key_id"), "typ": "JWT" },
            "claims": { "iss": part("/client_email"), "a/b": { "~c": part("/client_email") },
                "aud": ["a", part("/client_email"), [{ "b": part("/client_email") }]],
                "kept": { "literal": { "text": { "env": "KEY" } } }, "exp": { "now": 60 } },
        } } } },
    }));
    let request = sent(&bench, &spec);
    let jwt = request.bearer().unwrap();
    let parts: Vec<Value> = jwt
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        json!({ "alg": "HS256", "kid": "k1", "typ": "JWT" })
    );
    assert_eq!(parts[1]["iss"], "ci@p.iam");
    assert_eq!(parts[1]["a/b"], json!({ "~c": "ci@p.iam" }));
    let aud = json!(["a", "ci@p.iam", [{ "b": "ci@p.iam" }]]);
    assert_eq!(parts[1]["aud"], aud);
    assert_eq!(parts[1]["kept"], json!({ "text": { "env": "KEY" } }));
}

/// Who receives a JWT can read its claims.
#[test]
fn a_secret_in_a_claim_is_not_repeated_and_a_text_of_the_environment_is() {
    let mut bench = bench();
    bench.provider = Provider::start(|_| {
        let says = "no pa55word-of-long-ago for account-4711 here";
        let body = json!({ "error": "invalid_grant", "error_description": says });
        Answer::json(400, body.to_string())
    });
    bench.home.set("KEY", "k".repeat(32));
    bench.home.script("print-it", "echo pa55word-of-long-ago");
    bench.home.set("ACCOUNT", "account-4711");
    let told = |source: Value| {
        let claims = json!({ "sub": { "text": source } });
        let assertion =
            json!({ "jwt": { "alg": "HS256", "key": { "env": "KEY" }, "claims": claims } });
        let spec = json!({ "provider": "jwt_bearer", "token_url": bench.provider.at("/"),
            "assertion": assertion });
        bench.token(spec.to_string()).stderr
    };
    let withheld = told(json!({ "command": ["print-it"] }));
    assert!(!withheld.contains("of-long-ago"), "{withheld}");
    let shown = told(json!({ "env": "ACCOUNT" }));
    assert!(shown.contains("account-4711"), "{shown}");
}

#[test]
fn a_provider_may_name_the_client_that_a_variable_has() {
    let mut bench = Bench::new();
    bench.provider = Provider::start(|_| {
        let body = json!({ "error": "invalid_client", "error_description": "no application app-4711 here" });
        Answer::json(401, body.to_string())
    });
    bench.home.set("CLIENT", "app-4711");
    let output = bench.token(bench.text(json!({ "client_id": { "env": "CLIENT" } })));
    assert!(
        output.stderr.contains("no application app-4711 here"),
        "{}",
        output.stderr
    );
}

#[test]
fn sources_are_not_nested_without_end() {
    let nested = |levels: usize| {
        let mut source = json!({ "env": "A" });
        for _ in 0..levels {
            source = json!({ "base64url": source });
        }
        source
    };
    let mut bench = bench();
    bench.home.set("A", "abc");
    let url = bench.provider.at("/");
    let spec =
        |source: Value| http(json!({ "url": url, "headers": { "X": { "secret": source } } }));
    refuses(
        &bench,
        &spec(nested(9)),
        "sources are nested too deep (spec-invalid)",
    );
    refuses(&bench, &spec(nested(100)), "nested too deep");
    sent(&bench, &spec(nested(8)));
}

#[test]
fn what_a_signed_url_lacks_is_named_and_a_list_goes_on_to_the_next() {
    let mut bench = bench();
    let url = bench.provider.at("/");
    bench.home.set("ID", "AKIDEXAMPLE").set("OTHER", "other");
    let spec =
        |source: Value| http(json!({ "url": url, "headers": { "X": { "secret": source } } }));
    let presigned = json!({ "base64url": { "presigned": {
        "url": "https://sts.example.com/", "service": "sts", "region": "r",
        "keys": { "id": { "env": "ID" }, "secret": { "env": "UNSET" } },
    } } });
    let told = "there is no secret in environment variable UNSET (secret-missing)\n\
        keyfob: hint: set UNSET";
    refuses(&bench, &spec(presigned.clone()), told);
    let jwt = json!({ "jwt": { "alg": "HS256", "key": { "env": "UNSET" } } });
    for source in [presigned, jwt] {
        let list = json!([source, { "env": "OTHER" }]);
        assert_eq!(sent(&bench, &spec(list)).header("x"), Some("other"));
        bench.home.keyfob(["forget", "--all"]).output().unwrap();
    }
    // What another spec lacks is an error, and no reason to go on.
    let bench = self::bench();
    let other = json!({ "token": { "provider": "static", "token": { "env": "UNSET" } } });
    let list = json!([other, { "env": "OTHER" }]);
    let spec =
        http(json!({ "url": bench.provider.at("/"), "headers": { "X": { "secret": list } } }));
    refuses(&bench, &spec, "environment variable UNSET (secret-missing)");
}

#[test]
fn a_spec_that_is_not_there_is_told_with_the_one_that_names_it() {
    let bench = bench();
    let url = bench.provider.at("/");
    let spec = http(json!({ "url": url, "headers": { "X": { "secret": { "token": "login" } } } }));
    bench.home.spec("child", spec.to_string());
    let output = run(&mut bench.home.keyfob(["token", "--spec", "child"]), "");
    let told = "there is no such file; spec `child` names it (spec-not-found)";
    assert!(output.stderr.contains(told), "{}", output.stderr);
}
