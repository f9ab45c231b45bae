//! The files for agents' command-line programs, read as these read them, and their commands run as these run them: Codex without a shell and
//! without standard input, Claude Code by `/bin/sh`.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use super::{Bench, NASTY};
use crate::house::root;
use crate::support::{Answer, Output, Provider, need, run};

fn shipped(name: &str) -> String {
    fs::read_to_string(root().join("integrations/agents").join(name)).unwrap()
}

/// A bench whose spec has the name that the shipped files use.
fn bench(token: &str) -> Bench {
    let bench = Bench::new(token);
    let spec = fs::read_to_string(bench.home.config().join("ci.json")).unwrap();
    bench.home.spec("gateway", spec);
    bench
}

/// A TOML file as JSON, by Python's reader.
fn toml(text: &str) -> Value {
    let program = "import json, sys\ntry:\n    import tomllib\nexcept ImportError:\n    from pip._vendor import tomli as tomllib\njson.dump(tomllib.loads(sys.stdin.read()), sys.stdout)";
    let home = crate::support::Home::new();
    run(home.command("python3").args(["-c", program]), text).json()
}

/// As `codex` runs it: argv as configured, standard input closed.
fn as_codex(bench: &Bench, auth: &Value) -> Output {
    let words = auth["args"].as_array().unwrap();
    let words = words.iter().map(|word| word.as_str().unwrap());
    let mut command = bench.home.command("env");
    command.arg(auth["command"].as_str().unwrap()).args(words);
    run(command.stdin(Stdio::null()), "")
}

#[test]
fn codex_gets_the_bare_token_again_and_again_from_one_request() {
    if !need(&["python3"]) {
        return;
    }
    let config = toml(&shipped("codex.toml"));
    let provider = config["model_provider"].as_str().unwrap();
    let provider = &config["model_providers"][provider];
    assert!(
        provider["base_url"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
    let auth = &provider["auth"];
    let known = [
        "command",
        "args",
        "timeout_ms",
        "refresh_interval_ms",
        "cwd",
    ];
    let members = auth.as_object().unwrap();
    assert!(members.keys().all(|name| known.contains(&name.as_str())));
    assert!(
        auth["timeout_ms"].as_u64().unwrap() > 9000,
        "keyfob's own words would be cut off"
    );
    let bench = bench(NASTY);
    for _ in 0..2 {
        let output = as_codex(&bench, auth);
        assert_eq!(
            (output.answer().trim(), output.stderr.as_str()),
            (NASTY, "")
        );
    }
    assert_eq!(bench.provider.count(), 1);
}

#[test]
fn claude_code_gets_the_bare_token_and_many_at_once_make_one_request() {
    let settings: Value = serde_json::from_str(&shipped("claude-code.json")).unwrap();
    let helper = settings["apiKeyHelper"].as_str().unwrap();
    let bench = bench(NASTY);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(bench.sh(helper).trim(), NASTY));
        }
    });
    assert_eq!(bench.provider.count(), 1);
    for (name, value) in settings["env"].as_object().unwrap() {
        assert!(value.is_string(), "{name}: an environment holds strings");
    }
}

#[test]
fn an_mcp_servers_headers_are_one_json_object() {
    let config: Value = serde_json::from_str(&shipped("mcp.json")).unwrap();
    for server in config["mcpServers"].as_object().unwrap().values() {
        let helper = server["headersHelper"].as_str().unwrap();
        let printed = bench(NASTY).sh(helper);
        let headers: Value = serde_json::from_str(&printed).unwrap();
        let wanted = serde_json::json!({ "Authorization": format!("Bearer {NASTY}") });
        assert_eq!(headers, wanted);
    }
}

#[test]
fn a_failure_leaves_standard_output_empty_and_says_why() {
    let mut bench = bench("t0ken");
    let refusing = Provider::start(|_| Answer::error("invalid_client"));
    bench.provider = refusing;
    let spec = fs::read_to_string(bench.home.config().join("ci.json")).unwrap();
    let mut spec: Value = serde_json::from_str(&spec).unwrap();
    spec["token_url"] = bench.provider.at("/token").into();
    bench.home.spec("gateway", spec.to_string());
    for (file, member) in [
        ("claude-code.json", "/apiKeyHelper"),
        ("mcp.json", "/mcpServers/example/headersHelper"),
    ] {
        let config: Value = serde_json::from_str(&shipped(file)).unwrap();
        let helper = config.pointer(member).unwrap().as_str().unwrap();
        let output = run(bench.home.command("sh").args(["-c", helper]), "");
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(
            output.stderr.contains(" (provider-refused)\n"),
            "{}",
            output.stderr
        );
    }
}
