//! Providers that are data only: each folder here with conversations in it (`*.json`) is a provider, and needs no line of Rust.
//!
//! A conversation has `spec` (its `base_url` is put in here), `environment` (a text, or `{"key": "RS256"}` for a private key that is made
//! for it) and `steps`. A step runs keyfob (`run`, `input`) and says what it must ask (`asks`: `request` and `answer`, in order; nothing else
//! may be asked), print (`says`: a text, or an object for JSON), complain of (`complains`, with PROVIDER for the server) and end with
//! (`status`). `{"now": SECONDS}` is that moment: Unix seconds in a claim, a date elsewhere; in a text it is `{now+SECONDS}`, and
//! `{jwt+SECONDS}` is a JWT that ends then. Where PROVIDER stands in `spec` or `environment` it is the server, and no `base_url` is put in,
//! as where nothing is asked.
//! `programs` are shell scripts on PATH.
//!
//! A preset that lies in `integrations/providers` is used as it lies there. `preset.txt` is what `keyfob providers NAME` says of it.

mod added;
mod likeness;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use self::likeness::{filled, is_same, is_same_text, moment};
use super::{NAME, http_date, now};
use crate::ci::strings;
use crate::explain::presets::{assert_shown, before as explained};
use crate::support::{Answer, Home, Provider, Request, run};

fn folder(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// Paths in a folder whose names end so, in order.
fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
        .map(|item| item.unwrap().path())
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .collect();
    paths.sort();
    paths
}

/// The presets that are there to be copied: name and text. What has no parameters is a spec.
fn presets() -> Vec<(String, String)> {
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    let is_preset = |(_, text): &(String, String)| {
        let value: Value = serde_json::from_str(text).unwrap();
        value.get("parameters").is_some()
    };
    let files = below(&folder("integrations/providers"), ".json");
    files.iter().map(read).filter(is_preset).collect()
}

/// A home in which they are copied.
fn home() -> Home {
    let home = Home::new();
    for (name, text) in presets() {
        home.write(&format!("config/providers/{name}.json"), text);
    }
    home
}

fn answer(written: &Value) -> Answer {
    let status = u16::try_from(written["status"].as_u64().unwrap()).unwrap();
    let mut answer = match written.get("json") {
        Some(body) => Answer::json(status, filled(body).to_string()),
        None => match written["text"].as_str() {
            Some(text) => Answer::text(status, text),
            None => Answer::empty(status),
        },
    };
    for (name, value) in written["headers"].as_object().unwrap_or(&Map::new()) {
        answer = match moment(value) {
            Some(moment) => answer.header(name, &http_date(moment)),
            None => answer.header(name, value.as_str().unwrap()),
        };
    }
    answer
}

/// The bearer token must be a JWT with this header and these claims, signed by the key that lies in `keys/NAME.pem`.
fn assert_signed(home: &Home, request: &Request, wanted: &Value, place: &str) {
    let jwt = request
        .bearer()
        .unwrap_or_else(|| panic!("{place}: no bearer token"));
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    for (name, text) in ["header", "claims"].iter().zip(message.split('.')) {
        let found: Value = serde_json::from_slice(&part(text)).unwrap();
        assert!(is_same(&wanted[name], &found), "{place}: {name} {found}");
    }
    let (message, signature) = (
        home.write("message", message),
        home.write("signature", part(signature)),
    );
    let key = home.path(format!(
        "keys/{}.pem",
        wanted["signed_by"].as_str().unwrap()
    ));
    let mut openssl = home.command("openssl");
    openssl.args(["dgst", "-sha256", "-prverify"]).arg(key);
    openssl.arg("-signature").arg(signature).arg(message);
    assert_eq!(run(&mut openssl, "").stdout, "Verified OK\n", "{place}");
}

fn assert_request(home: &Home, wanted: &Value, request: &Request, place: &str) {
    assert_eq!(wanted["method"], request.method, "{place}");
    let target = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    assert_eq!(wanted["path"], target, "{place}");
    for (name, value) in wanted["headers"].as_object().unwrap_or(&Map::new()) {
        match value.get("bearer") {
            Some(jwt) => assert_signed(home, request, jwt, place),
            None => assert_eq!(request.header(name), value.as_str(), "{place}: {name}"),
        }
    }
    match (wanted.get("json"), wanted.get("form")) {
        (Some(body), _) => assert!(
            is_same(body, &request.json()),
            "{place}: {}",
            request.text()
        ),
        (None, Some(fields)) => {
            let form = request
                .form()
                .into_iter()
                .map(|(name, value)| (name, Value::from(value)));
            assert_eq!(*fields, Value::Object(form.collect()), "{place}");
        }
        (None, None) => assert_eq!(request.text(), "", "{place}"),
    }
}

/// Fills in each `{jwt+SECONDS}`.
fn with_jwts(text: &str) -> String {
    let mut parts = text.split("{jwt+");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (seconds, rest) = part.split_once('}').unwrap();
        let end = now() + seconds.parse::<i64>().unwrap();
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let header = encode(&json!({"alg": "RS256"}));
        let claims = encode(&json!({"sub": "job", "exp": end}));
        out.push_str(&format!("{header}.{claims}.c2lnbmF0dXJl{rest}"));
    }
    out
}

fn converse(path: &Path) {
    converse_with(path, &|home, spec| {
        home.spec(NAME, spec.to_string());
    });
}

/// The same with a spec that `write` has written.
fn converse_with(path: &Path, write: &dyn Fn(&mut Home, &Value)) {
    let answers: Arc<Mutex<VecDeque<Answer>>> = Arc::default();
    let scripted = Arc::clone(&answers);
    let provider = Provider::start(move |_| {
        let next = scripted.lock().unwrap().pop_front();
        next.unwrap_or_else(|| Answer::text(418, "nobody said that this is asked"))
    });
    let text = with_jwts(&fs::read_to_string(path).unwrap());
    let mut conversation: Value =
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let mut names_server = false;
    for part in ["spec", "environment"] {
        let written = conversation[part].to_string();
        names_server |= written.contains("PROVIDER");
        let filled = written.replace("PROVIDER", &provider.url());
        conversation[part] = serde_json::from_str(&filled).unwrap();
    }
    let asks = conversation["steps"].to_string().contains("\"asks\"");
    if asks && !names_server {
        conversation["spec"]["base_url"] = json!(provider.url());
    }
    let mut home = home();
    for (name, body) in strings(&conversation["programs"]) {
        home.script(&name, &body);
    }
    for (name, value) in conversation["environment"]
        .as_object()
        .unwrap_or(&Map::new())
    {
        match value.as_str() {
            Some(text) => home.set(name, text),
            None => {
                assert_eq!(
                    *value,
                    json!({ "key": "RS256" }),
                    "{name}: no such kind of key"
                );
                let key = run(home.command("openssl").args(["genrsa", "2048"]), "");
                home.write(&format!("keys/{name}.pem"), key.answer());
                home.set(name, key.answer())
            }
        };
    }
    write(&mut home, &conversation["spec"]);
    let mut asked = 0;
    for (number, step) in conversation["steps"].as_array().unwrap().iter().enumerate() {
        let place = format!("{}, step {}", path.display(), number + 1);
        let none = Vec::new();
        let asks = step["asks"].as_array().unwrap_or(&none);
        answers
            .lock()
            .unwrap()
            .extend(asks.iter().map(|ask| answer(&ask["answer"])));
        let words: Vec<&str> = step["run"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        // What `explain` shows beforehand is what is sent.
        let is_first_token = number == 0 && words == ["token", "--spec", NAME];
        let shown = is_first_token.then(|| explained(&home, NAME));
        assert_eq!(provider.count(), asked, "{place}: explain sends nothing");
        let output = run(
            &mut home.keyfob(words),
            step["input"].as_str().unwrap_or_default(),
        );
        let requests = provider.requests().split_off(asked);
        if let Some(shown) = shown {
            assert_shown(&shown, &requests, &provider.url(), &place);
        }
        let complaint = output.stderr.replace(&provider.url(), "PROVIDER");
        assert_eq!(
            requests.len(),
            asks.len(),
            "{place}: {requests:#?}\n{complaint}"
        );
        asked += asks.len();
        for (ask, request) in asks.iter().zip(&requests) {
            assert_request(&home, &ask["request"], request, &place);
        }
        assert_eq!(
            complaint,
            step["complains"].as_str().unwrap_or_default(),
            "{place}"
        );
        match &step["says"] {
            Value::String(text) => assert!(
                is_same_text(text, &output.stdout),
                "{place}: {}",
                output.stdout
            ),
            object => assert!(
                is_same(object, &serde_json::from_str(&output.stdout).unwrap()),
                "{place}: {}",
                output.stdout
            ),
        }
        assert_eq!(
            i64::from(output.status),
            step["status"].as_i64().unwrap_or(0),
            "{place}"
        );
    }
}

#[test]
fn every_conversation_goes_as_it_is_written() {
    let mut count = 0;
    for provider in below(&folder("tests/providers"), "")
        .iter()
        .filter(|path| path.is_dir())
    {
        for path in below(provider, ".json") {
            converse(&path);
            count += 1;
        }
    }
    assert!(
        count >= 5,
        "the conversations have moved away from under this test"
    );
}

#[test]
fn every_preset_to_copy_is_as_good_as_one_that_is_shipped() {
    let home = home();
    let presets = presets();
    assert!(!presets.is_empty());
    for (name, text) in &presets {
        let read =
            keyfob::spec::preset::parse_preset(text).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(
            read.documentation.starts_with("https://"),
            "{name} names no documentation"
        );
        assert!(!text.contains("http://"), "{name} speaks plain http");
        assert!(
            keyfob::spec::preset::shipped(name).is_none(),
            "{name} is shipped too"
        );
        let tests = folder("tests/providers").join(name);
        assert!(
            !below(&tests, ".json").is_empty(),
            "{name} has no conversation"
        );
        let golden = fs::read_to_string(tests.join("preset.txt")).unwrap();
        let output = run(&mut home.keyfob(["providers", name]), "");
        assert_eq!(
            (output.answer(), output.stderr.as_str()),
            (golden.as_str(), "")
        );
    }
}

#[test]
fn what_is_wrong_with_a_preset_is_not_said_of_the_spec_that_names_it() {
    let home = home();
    home.write("config/providers/broken.json", "{\"description\": \"x\"}");
    let spec = json!({ "provider": "broken" }).to_string();
    let output = run(&mut home.keyfob(["token", "--spec", &spec]), "");
    assert_eq!(
        (output.status, output.stderr.as_str()),
        (
            2,
            "keyfob: error: the inline spec: `/provider`: in the preset `broken`: missing field `documentation` at line 1 column 20 (spec-invalid)\n"
        )
    );
}

#[test]
fn a_preset_is_an_object_with_or_without_a_mark_and_its_texts_are_for_people() {
    use keyfob::spec::preset::parse_preset;
    let sound = r#"{"description":"d","documentation":"https://example.com/","parameters":{"a":{"about":"b"}},"spec":{"provider":"static"}}"#;
    assert!(parse_preset(sound).is_ok());
    assert!(parse_preset(&format!("\u{feff}{sound}")).is_ok());
    for (from, to) in [
        (r#"{"about":"b"}"#, r#"["b",null,false,false,false]"#),
        (r#""description":"d""#, r#""description":"""#),
        (r#""description":"d""#, r#""description":"\u001b[2J""#),
        (r#""about":"b""#, r#""about":"b\nc""#),
        (
            r#""documentation":"https://example.com/""#,
            r#""documentation":"""#,
        ),
        (r#"{"a":"#, r#"{"a":{"about":"c"},"a":"#),
        (r#"{"provider":"static"}"#, "[]"),
        (
            r#"{"provider":"static"}"#,
            r#"{"provider":"static","provider":"http"}"#,
        ),
        (r#""about":"b""#, r#""about":"b","about":"c""#),
        (r#""about":"b""#, r#""about":"b","colour":1"#),
    ] {
        let text = sound.replace(from, to);
        assert_ne!(text, sound);
        assert!(parse_preset(&text).is_err(), "{text}");
    }
    assert!(parse_preset(r#"["d","https://example.com/",{},{"provider":"static"}]"#).is_err());
}
