//! Planted secrets and tokens, and every place where they must not be found: streams, logs, names, files, other processes, memory, cores.
//!
//! What a server writes is looked for in the same places: it never begins a line, and never sends an escape.

mod causes;
mod children;
mod codes;
mod commands;
mod debug;
mod folder;
mod home;
mod ids;
mod lines;
mod memory;
mod misplaced;
mod mutated;
mod mutator;
mod promises;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};

/// The id that stands beside a secret in Basic credentials.
const ID: &str = "the-client";
/// What a provider gives.
const TOKEN: &str = "t0ken.of-the_canary~";
/// A value that differs in every encoding.
const SECRET: &str = "c4nary+of/the=leak%&\"?~";

/// Percent-encoded, but for these characters.
fn percent(text: &str, keep: &str, lower: bool) -> String {
    let encode = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || keep.contains(c) => c.to_string(),
        _ if lower => format!("%{byte:02x}"),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// In base 16, in lower case.
fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Every form in which a canary could come out.
fn forms(canary: &str) -> Vec<String> {
    let form = percent(canary, "*-._", false);
    let pairs = [
        format!("{ID}:{canary}"),
        format!("{canary}:{ID}"),
        format!("{ID}:{form}"),
        format!("{form}:{ID}"),
    ];
    let encoded = [canary.to_owned()].into_iter().chain(pairs);
    let base64 = encoded.flat_map(|text| {
        let whole = [
            BASE64_STANDARD.encode(&text),
            BASE64_URL_SAFE.encode(&text),
            BASE64_URL_SAFE_NO_PAD.encode(&text),
        ];
        whole.map(|text| text.trim_end_matches('=').to_owned())
    });
    let quoted = serde_json::to_string(canary).unwrap();
    let plain = [
        canary.to_owned(),
        form,
        percent(canary, "-._~", true),
        percent(canary, "-_.!~*'()", false),
        percent(canary, "", false),
        hexadecimal(canary),
        hexadecimal(canary).to_ascii_uppercase(),
        quoted.trim_matches('"').to_owned(),
    ];
    let mut forms: Vec<String> = plain.into_iter().chain(base64).collect();
    forms.sort();
    forms.dedup();
    forms
}

/// Asserts that a text holds none of the canaries, in whatever form.
#[track_caller]
fn holds_none(what: &str, text: &str, canaries: &[&str]) {
    crate::support::tally("canary scans", canaries.len());
    for canary in canaries {
        for form in forms(canary) {
            assert!(
                !text.contains(&form),
                "{what} holds {form}, a form of {canary}: {text}"
            );
        }
    }
}

#[test]
fn a_canary_is_found_in_every_form_that_it_can_take() {
    let forms = forms(SECRET);
    for form in [
        SECRET,
        "c4nary%2Bof%2Fthe%3Dleak%25%26%22%3F%7E",
        "c4nary%2bof%2fthe%3dleak%25%26%22%3f~",
        "63346e6172792b6f662f7468653d6c65616b2526223f7e",
        "YzRuYXJ5K29mL3RoZT1sZWFrJSYiP34",
        "dGhlLWNsaWVudDpjNG5hcnkrb2YvdGhlPWxlYWslJiI_fg",
        "YzRuYXJ5K29mL3RoZT1sZWFrJSYiP346dGhlLWNsaWVudA",
        "c4nary+of/the=leak%&\\\"?~",
    ] {
        assert!(forms.iter().any(|known| known == form), "{form}: {forms:?}");
    }
}
