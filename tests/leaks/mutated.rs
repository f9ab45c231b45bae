//! A server that writes what it was sent in forms that nobody foresaw: none of it is repeated, wherever it stands; and what such a server says
//! of other things is.

use std::fs;
use std::sync::{Arc, Mutex};

use keyfob::credential::Secret;
use keyfob::grant::response::may_contain_secret;
use serde_json::{Value, json};

use super::{ID, SECRET, TOKEN, mutator};
use crate::support::{Answer, Home, Output, Provider, run};

/// Letters and digits alone.
fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase()
}

/// Asserts that no ten letters or digits in a row of a form stand in what was said.
#[track_caller]
fn assert_nothing_of(form: &str, what: &str, said: &str) {
    crate::support::tally("canary scans", 1);
    let (form, said) = (folded(form).chars().collect::<Vec<char>>(), folded(said));
    for window in form.windows(10) {
        let window: String = window.iter().collect();
        assert!(!said.contains(&window), "{what}: {window} stands in {said}");
    }
}

/// Only every so-manieth form is tried each time: they take a third of a second for each hundred.
const STEP: usize = 11;

fn secrets(secret: &str) -> [Secret; 1] {
    [Secret::from(secret.to_owned())]
}

#[test]
fn no_form_of_a_secret_passes() {
    let (mut count, mut passed) = (0, Vec::new());
    for (secret, deep, step) in [
        (SECRET, true, STEP),
        ("hunter2-hunter2-hunter2", false, STEP),
        ("Zm9vYmFyLWJheg==", false, STEP),
    ] {
        let forms = mutator::forms(secret, deep).into_iter().step_by(step);
        for (at, (name, form)) in forms.enumerate() {
            count += 1;
            let text = match at % 2 {
                0 => form,
                _ => format!("the value '{form}' is not known here"),
            };
            if !may_contain_secret(&text, &secrets(secret)) {
                passed.push(format!("{secret}, {name}: {text}"));
            }
        }
    }
    assert!(passed.is_empty(), "{}\n{}", passed.len(), passed.join("\n"));
    crate::support::tally("canary scans", count);
    assert!(count * STEP > 2500, "{count}");
}

#[test]
fn words_without_a_secret_pass() {
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    for words in [
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '0e1a7f3a-1111-4222-8333-444455556666'. Trace ID: 5a9a7f3a-1111-4222-8333-444455556666 Timestamp: 2026-01-02 03:04:05Z",
        "Unsupported scope for service account: fr:foo:*,fr:bar:*",
        "the audience https://api.example.com/v2 is not allowed for client the-client",
        "The provided private key cannot be read",
        "Ung\u{fc}ltige Anmeldedaten f\u{fc}r \u{ab}ci\u{bb} \u{2013} \u{8a8d}\u{8a3c}\u{306b}\u{5931}\u{6557}\u{3057}\u{307e}\u{3057}\u{305f}",
        "\u{43d}\u{435}\u{432}\u{435}\u{440}\u{43d}\u{44b}\u{439} \u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
    ] {
        for secret in [
            SECRET,
            "s3cret",
            "hunter2",
            "8Q~xT0.aVeryRandomValue_0123456789",
            &key,
        ] {
            assert!(
                !may_contain_secret(words, &secrets(secret)),
                "{secret}: {words}"
            );
        }
    }
    assert!(!may_contain_secret("anything", &[]));
    // Letters that only look like others are shown to nobody, and neither is anything beside a secret of signs alone.
    assert!(
        may_contain_secret("\u{1d41a}bc", &secrets(SECRET))
            && may_contain_secret("p\u{430}ssword", &secrets(SECRET))
    );
    assert!(may_contain_secret("anything", &secrets("!!$$&&//")));
}

#[test]
fn a_short_secret_is_known_by_less() {
    for (secret, words) in [
        ("hunter2", "no unter2 here"),
        ("hunter2", "HUNTER"),
        ("s3cret", "3cret"),
        ("abcd", "a-b-c-d"),
        ("0123456789ab", "it ends in 456789ab"),
    ] {
        assert!(may_contain_secret(words, &secrets(secret)), "{words}");
    }
}

/// A provider that puts one text into all places that could be repeated, with this status, and the text.
fn repeating(status: u16) -> (Provider, Arc<Mutex<String>>) {
    let shared = Arc::new(Mutex::new(String::new()));
    let text = Arc::clone(&shared);
    let provider = Provider::start(move |request| {
        let form = text.lock().unwrap().clone();
        let said: Value = match (status, request.path.as_str()) {
            (200, "/check") => {
                json!({ "ok": true, "message": form, "list": ["a", form], "number": 7 })
            }
            (200, "/type") => json!({ "access_token": TOKEN, "token_type": form }),
            (200, _) => json!({ "access_token": TOKEN, "scope": form, "expires_in": 3600 }),
            (_, "/code") => json!({ "error": form }),
            (_, "/text") => return Answer::text(status, form),
            (_, "/list") => json!({ "errors": [{ "code": form, "description": form }] }),
            _ => json!({ "error": "invalid_request", "error_description": form }),
        };
        let line: String = form
            .chars()
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .collect();
        Answer::json(status, said.to_string())
            .header("X-Request-Id", &line)
            .header("Retry-After", "30")
    });
    (provider, shared)
}

/// A home with the secret, and a spec that asks at this path.
fn home(provider: &Provider, path: &str) -> Home {
    let mut home = Home::new();
    home.set("CANARY", SECRET).set("KEYFOB_LOG", "debug:log");
    let spec = json!({
        "provider": "client_credentials", "token_url": provider.at(path), "client_id": ID,
        "client_secret": { "env": "CANARY" },
    });
    home.spec("ci", spec.to_string());
    home
}

/// What was said and what was written, but for the specs.
fn everything(home: &Home, output: &Output) -> String {
    let log = fs::read_to_string(home.home().join("log")).unwrap_or_default();
    let mut all = format!("{}\n{}\n{log}", output.stdout, output.stderr);
    for path in crate::house::files_below(&home.cache()) {
        all += &String::from_utf8_lossy(&fs::read(path).unwrap());
    }
    all
}

#[test]
fn no_form_of_a_secret_is_repeated_wherever_it_stands() {
    for (status, paths) in [
        (400, &["/words", "/code", "/text", "/list"][..]),
        (429, &["/words"]),
        (503, &["/words"]),
        (200, &["/type", "/scope"]),
    ] {
        for path in paths {
            let (provider, text) = repeating(status);
            for (name, form) in mutator::forms(SECRET, false)
                .into_iter()
                .skip(paths.len() + path.len())
                .step_by(29)
            {
                *text.lock().unwrap() = form.clone();
                let home = home(&provider, path);
                let what = format!("{status} {path}, {name}");
                let output = run(&mut home.keyfob(["token", "--spec", "ci"]), "");
                assert_nothing_of(&form, &what, &everything(&home, &output));
                if status == 429 {
                    for words in [&["doctor"][..], &["status"], &["token", "--spec", "ci"]] {
                        let output = run(&mut home.keyfob(words), "");
                        assert_nothing_of(&form, &what, &everything(&home, &output));
                    }
                }
            }
        }
    }
}

#[test]
fn a_secret_that_is_spread_over_code_words_and_id_is_not_put_together() {
    let provider = Provider::start(|_| {
        let said = json!({ "error": &SECRET[..9], "error_description": &SECRET[9..16] });
        Answer::json(400, said.to_string()).header("X-Request-Id", &SECRET[16..])
    });
    let home = home(&provider, "/token");
    let output = run(&mut home.keyfob(["token", "--spec", "ci"]), "");
    assert!(
        output
            .stderr
            .contains(" refused: HTTP 400; words are withheld that may repeat a secret ("),
        "{output:?}"
    );
    assert!(output.stderr.contains("\nkeyfob: hint: "), "{output:?}");
}

#[test]
fn check_repeats_no_form_of_a_secret_and_no_part_of_a_stored_token() {
    let (provider, text) = repeating(200);
    let token = "st0red_public_part_and_the_rest";
    let mut home = Home::new();
    home.set("CANARY", token);
    let spec = json!({
        "provider": "static", "token": { "env": "CANARY" },
        "check": {
            "url": provider.at("/check"), "headers": { "x-token": { "bearer": { "issued": true } } },
            "usable": [{ "pointer": "/message", "begins_token": true, "otherwise": "it is another" }],
            "show": { "said": "/message", "list": "/list", "number": "/number" },
        },
    });
    home.spec("ci", spec.to_string());
    let forms = mutator::forms(token, false).into_iter().step_by(STEP);
    let parts = ["st0red_public_part_and_the", "st0red_public_part"];
    let parts = parts.map(|part| ("a part".to_owned(), part.to_owned()));
    for (name, form) in forms.chain(parts) {
        *text.lock().unwrap() = form.clone();
        for format in ["text", "json"] {
            let words = ["check", "--spec", "ci", "--format", format];
            let output = run(&mut home.keyfob(words), "");
            assert!(output.stdout.contains('7'), "{output:?}");
            let log = fs::read_to_string(home.home().join("log")).unwrap_or_default();
            let said = format!("{}{}{log}", output.stdout, output.stderr);
            assert_nothing_of(&form, &name, &said);
        }
    }
}

#[test]
fn check_repeats_no_secret_that_a_provider_wrote_into_its_token() {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
    for (name, form) in mutator::forms(SECRET, false).into_iter().step_by(3 * STEP) {
        let claims = json!({ "iss": "https://a.example.com", "sub": form, "aud": ["x", form] });
        let token = format!("e30.{}.c2ln", BASE64.encode(claims.to_string()));
        let provider = Provider::start(move |_| Answer::token(&token, 3600));
        let home = home(&provider, "/token");
        let output = run(&mut home.keyfob(["check", "--spec", "ci"]), "");
        assert!(output.stdout.contains("usable"), "{output:?}");
        assert_nothing_of(&form, &name, &everything(&home, &output));
    }
}
