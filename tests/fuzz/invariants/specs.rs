//! Specs and presets: what is read can be written and is read as the same, and an error never repeats what stands where a secret belongs.

use keyfob::source::{NestedSpec, Source};
use keyfob::spec::expand::OwnPreset;
use keyfob::spec::node::SpecError;
use keyfob::spec::{Spec, preset};
use serde_json::{Map, Value, json};

/// A value that an author may have pasted where a source belongs.
const PASTED: &str = "hunter2-pasted";

fn none(_: &str) -> OwnPreset {
    Ok(None)
}

fn parse(text: &str) -> Result<Spec, SpecError> {
    read(text.as_bytes(), &none)
}

/// Reads a spec to its end.
fn read(bytes: &[u8], own: &dyn Fn(&str) -> OwnPreset) -> Result<Spec, SpecError> {
    let spec = Spec::parse(bytes, own)?;
    spec.validate().map(|()| spec)
}

/// A spec.
pub fn spec(bytes: &[u8]) -> bool {
    let spec = match read(bytes, &none) {
        Ok(spec) => spec,
        Err(why) => {
            assert_tells_nothing_pasted(bytes, &why);
            return false;
        }
    };
    let text = std::str::from_utf8(bytes).expect("JSON is UTF-8");
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    let wrapped = format!("\u{feff}{bare}\r\n");
    assert_same(&spec, &parse(&wrapped).expect("a mark and blanks"));
    let value: Value = serde_json::from_str(bare).expect("it is JSON");
    // A fraction may lose its last digit on the way through text and back.
    if !has_fraction(&value) {
        assert_same(
            &spec,
            &parse(&value.to_string()).expect("what was read can be read again"),
        );
    }
    assert!(value.is_object());
    let (identity, _) = spec.identity();
    serde_json::from_str::<Map<String, Value>>(identity).expect("the identity is JSON");
    assert!(!spec.username.is_empty() && !spec.username.contains([':', '\n', '\r', '\0']));
    let provider = spec.admit_by_name().read_provider().expect("it is valid");
    assert!(!provider.name.is_empty());
    // What a hit looks at for the key is everything that the grant will open, and perhaps more.
    let mut seen = Vec::new();
    seen.extend_from_slice(&spec.sources);
    provider.walk_sources(&mut |source| {
        assert!(!source.describe().is_empty());
        let holds = |inner: &str| {
            seen.iter().any(|seen| match seen {
                Source::Token(outer) => {
                    matches!(&**outer, NestedSpec::Inline(outer) if outer.contains(inner))
                }
                _ => false,
            })
        };
        let looked_at = match source {
            Source::Token(nested) => match &**nested {
                NestedSpec::Named(_) => seen.contains(source),
                // Without a provider it is no spec: it fails when it is wanted.
                NestedSpec::Inline(text) => holds(text) || !text.contains("\"provider\""),
            },
            Source::Env(_) => seen.contains(source),
            Source::File(_) | Source::FileFrom { .. } => seen.contains(source),
            _ => true,
        };
        assert!(looked_at, "{}", source.describe());
    });
    true
}

#[track_caller]
fn assert_same(one: &Spec, other: &Spec) {
    assert_eq!(one.identity(), other.identity());
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    let full = [one, other].map(|spec| spec.admit_by_name().read_provider());
    assert_eq!(format!("{:?}", full[0]), format!("{:?}", full[1]));
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        _ => false,
    }
}

/// Names of members may be told, and so may the provider's; values may not.
fn assert_tells_nothing_pasted(bytes: &[u8], why: &SpecError) {
    let told = format!("{why} {}", why.hint.as_deref().unwrap_or_default());
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let named = names(&value).any(|name| name.contains(PASTED));
    let provider = value["provider"].as_str().unwrap_or_default();
    if !named && !provider.contains(PASTED) {
        assert!(!told.contains(PASTED), "{told}");
    }
}

fn names(value: &Value) -> Box<dyn Iterator<Item = &String> + '_> {
    match value {
        Value::Object(members) => Box::new(members.keys().chain(members.values().flat_map(names))),
        Value::Array(items) => Box::new(items.iter().flat_map(names)),
        _ => Box::new(std::iter::empty()),
    }
}

/// A preset, and a spec that gives each of its parameters.
pub fn preset(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let Ok(preset) = preset::parse_preset(text) else {
        return false;
    };
    let parameters = preset.parameters.iter().map(|(name, parameter)| {
        let mut members = json!({
            "about": parameter.about, "optional": parameter.optional,
            "secret": parameter.secret, "words": parameter.words,
            "url": parameter.url, "path": parameter.path,
        });
        if let Some(join) = &parameter.join {
            members["join"] = json!(join);
        }
        if let Some(default) = &parameter.default {
            members["default"] = default.clone();
        }
        (name.to_string(), members)
    });
    let variants = preset.variants.iter();
    let variants = variants.map(|variant| json!({ "when": variant.when, "spec": variant.spec }));
    let written = json!({
        "variants": variants.collect::<Vec<Value>>(),
        "description": preset.description, "documentation": preset.documentation,
        "parameters": parameters.collect::<Map<_, _>>(), "spec": preset.spec,
    });
    if !has_fraction(&written) {
        let text = written.to_string();
        let again = preset::parse_preset(&text).expect("what was read can be read again");
        assert_eq!(format!("{preset:?}"), format!("{again:?}"));
    }
    let given = preset.parameters.iter().map(|(name, parameter)| {
        let value = match name.as_ref() {
            "base_url" => json!("https://127.0.0.1:8443"),
            _ if parameter.secret => json!({"env": "FUZZ"}),
            _ if parameter.words => json!("one two"),
            _ => json!("given"),
        };
        (name.to_string(), value)
    });
    let mut user: Map<String, Value> = given.collect();
    let expanded = preset.clone().expand(user.clone());
    assert_eq!(expanded, preset.expand(user.clone()));
    user.insert("provider".to_owned(), json!("fuzzed"));
    let own = |name: &str| -> OwnPreset { Ok((name == "fuzzed").then(|| text.to_owned())) };
    let spec = Value::Object(user).to_string();
    if let Ok(read_once) = read(spec.as_bytes(), &own) {
        assert_eq!(read_once.provider, "fuzzed");
        assert!(expanded.is_ok());
        let again = read(spec.as_bytes(), &own).expect("twice the same");
        assert_same(&read_once, &again);
    }
    true
}
