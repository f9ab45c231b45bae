//! `keyfob schema` against two validators and the parser: what the parser accepts the schema
//! accepts, and what the parser refuses the schema refuses too, but for what no schema can say.

use std::collections::BTreeSet;
use std::process::Command;

use keyfob::spec::expand::GRANTS;
use keyfob::spec::preset::{self, parse_preset};
use serde_json::{Map, Value, json};

use crate::house::{files_below, root};
use crate::readme::json_blocks;
use crate::support::home::keyfob;
use crate::support::tools::tool_folder;
use crate::support::{Home, need, read_spec, run, run_within, tool};

/// The words of an error that a schema cannot foresee: rules between values, and the grammar of
/// texts. Each has to be met, or it goes.
const BEYOND_A_SCHEMA: &[&str] = &[
    "a secret cannot be sent to this URL",
    "is missing",
    "only letters, digits and",
    "a string is wanted here",
    "a list needs at least one item",
    "a text is wanted here",
    "this path is relative",
    "a secret is never written in a spec",
    "an object has exactly one of",
    "this is written like a source",
    "a token type is an absolute URI",
    "needs `keep`",
    "must name the token once",
    "cannot be a GET request",
];

fn own_preset(name: &str) -> Result<Option<String>, String> {
    let path = root().join(format!("integrations/providers/{name}.json"));
    let text = std::fs::read_to_string(path).ok();
    Ok(text.filter(|text| text.contains("\"parameters\": {")))
}

fn parse(document: &Value) -> Result<(), String> {
    let read = read_spec(document.to_string().as_bytes(), &own_preset);
    read.map(|_| ()).map_err(|why| why.problem)
}

/// Every spec of the repository: the ready-made files, the blocks of the documents, and those of
/// the presets' conversations.
fn specs() -> Vec<Value> {
    let mut found = Vec::new();
    for folder in ["integrations", "tests/providers"] {
        for path in files_below(&root().join(folder)) {
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let Ok(value) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            let spec = value.get("spec").filter(|_| value.get("steps").is_some());
            found.push(spec.unwrap_or(&value).clone());
        }
    }
    for document in [
        "README.md",
        "integrations/providers/spec.md",
        "integrations/providers/recipes.md",
    ] {
        let blocks = json_blocks(document).into_iter();
        found.extend(blocks.filter_map(|block| serde_json::from_str(&block).ok()));
    }
    // A spec of a conversation lacks the address of its server, which need not be valid here.
    found.retain(|value| value.get("provider").is_some() && parse(value).is_ok());
    assert!(found.len() > 150, "{} specs only", found.len());
    found
}

/// The document with each value in turn replaced, each member removed, and an unknown one added.
fn broken(document: &Value) -> Vec<Value> {
    let mut places = vec![String::new()];
    collect(document, "", &mut places);
    let wrong = [
        json!(7),
        json!(true),
        json!(null),
        json!(""),
        json!("word"),
        json!([]),
        json!({}),
    ];
    let mut all = Vec::new();
    for place in places {
        let value = document.pointer(&place).unwrap();
        if value.is_object() {
            let change = |edit: &dyn Fn(&mut Map<String, Value>)| {
                let mut changed = document.clone();
                edit(
                    changed
                        .pointer_mut(&place)
                        .unwrap()
                        .as_object_mut()
                        .unwrap(),
                );
                changed
            };
            all.push(change(&|object| {
                object.insert("~".to_owned(), json!("unknown"));
            }));
            for name in value.as_object().unwrap().keys() {
                all.push(change(&|object| {
                    object.remove(name);
                }));
            }
        }
        for other in &wrong {
            if !place.is_empty() && value != other {
                let mut changed = document.clone();
                *changed.pointer_mut(&place).unwrap() = other.clone();
                all.push(changed);
            }
        }
    }
    all
}

fn collect(value: &Value, above: &str, places: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let place = format!("{above}/{}", name.replace('~', "~0").replace('/', "~1"));
        places.push(place.clone());
        collect(value, &place, places);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| below(&index.to_string(), item)),
        _ => {}
    }
}

/// What a validator says of each document.
fn validated(command: &mut Command, schema: &Value, documents: &[Value]) -> Vec<bool> {
    let home = Home::new();
    let file = home.path("task.json");
    let task = json!({"schema": schema, "documents": documents});
    std::fs::write(&file, task.to_string()).unwrap();
    let limit = std::time::Duration::from_secs(240);
    let output = run_within(command.arg(&file), "", limit);
    let verdicts: Vec<bool> = serde_json::from_str(output.answer()).unwrap();
    assert_eq!(verdicts.len(), documents.len());
    verdicts
}

fn ajv() -> Command {
    let mut command = Command::new(tool("node"));
    command
        .arg(root().join("tests/support/schema/validate.mjs"))
        .arg(tool_folder().join("pnpm/node_modules/ajv"));
    command
}

fn jsonschema() -> Command {
    let mut command = Command::new(tool("python3"));
    command
        .env("PYTHONPATH", tool_folder().join("ci"))
        .arg(root().join("tests/support/schema/validate.py"));
    command
}

/// The schema of a user who has the preset that lies ready to be copied.
fn schema() -> Value {
    let home = Home::new();
    let folder = home.config().join("providers");
    std::fs::create_dir_all(&folder).unwrap();
    let preset = root().join("integrations/providers/xsuaa.json");
    std::fs::copy(preset, folder.join("xsuaa.json")).unwrap();
    let output = run(&mut home.keyfob(["schema"]), "");
    serde_json::from_str(output.answer()).unwrap()
}

fn need_validators() -> bool {
    need(&[
        "node",
        "python3",
        "pnpm/node_modules/ajv/dist/2020.js",
        "ci/jsonschema/__init__.py",
    ])
}

#[test]
fn two_validators_accept_every_spec_of_the_repository() {
    if !need_validators() {
        return;
    }
    let (schema, specs) = (schema(), specs());
    for mut command in [ajv(), jsonschema()] {
        let verdicts = validated(&mut command, &schema, &specs);
        for (spec, valid) in specs.iter().zip(verdicts) {
            assert!(valid, "{command:?} refuses {spec:#}");
        }
    }
}

/// Thousands of specs with one fault each. A nested spec is parsed when its token is needed, so the
/// schema may refuse what the parser has not looked at yet.
#[test]
fn the_schema_and_the_parser_agree_on_broken_specs() {
    if !need_validators() {
        return;
    }
    let mut documents = Vec::new();
    let mut seen = BTreeSet::new();
    for spec in specs() {
        for document in broken(&spec) {
            if seen.insert(document.to_string()) {
                documents.push(document);
            }
        }
    }
    assert!(documents.len() > 7_000, "{} only", documents.len());
    let schema = schema();
    let verdicts = validated(&mut ajv(), &schema, &documents);
    let mut met: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    for (document, valid) in documents.iter().zip(&verdicts) {
        match (parse(document), valid) {
            (Ok(()), true) | (Err(_), false) => {}
            (Ok(()), false) if has_nested_spec(document) => {}
            (Ok(()), false) => wrong.push(format!("the schema refuses {document}")),
            (Err(why), true) => match BEYOND_A_SCHEMA.iter().find(|words| why.contains(**words)) {
                Some(words) => drop(met.insert(words)),
                None => wrong.push(format!("the schema accepts {document}: {why}")),
            },
        }
    }
    let some: Vec<&String> = wrong.iter().take(40).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}: {some:#?}",
        wrong.len(),
        documents.len()
    );
    let refused = verdicts.iter().filter(|valid| !**valid).count();
    assert!(
        refused > documents.len() / 3,
        "{refused} of {}",
        documents.len()
    );
    let stale: Vec<_> = BEYOND_A_SCHEMA
        .iter()
        .filter(|words| !met.contains(**words))
        .collect();
    assert!(stale.is_empty(), "never met: {stale:?}");
    // The other validator reads the same schema in the same way.
    let sample: Vec<Value> = documents.iter().step_by(40).cloned().collect();
    let expected: Vec<bool> = verdicts.iter().step_by(40).copied().collect();
    assert_eq!(validated(&mut jsonschema(), &schema, &sample), expected);
}

fn has_nested_spec(document: &Value) -> bool {
    match document {
        Value::Object(members) => {
            members.get("token").is_some_and(Value::is_object)
                || members.values().any(has_nested_spec)
        }
        Value::Array(items) => items.iter().any(has_nested_spec),
        _ => false,
    }
}

#[test]
fn two_validators_accept_every_preset_and_refuse_a_broken_one() {
    if !need_validators() {
        return;
    }
    let output = keyfob(["schema", "preset"], "");
    let schema: Value = serde_json::from_str(output.answer()).unwrap();
    let presets: Vec<Value> = preset::names()
        .map(|name| serde_json::from_str(preset::shipped(name).unwrap()).unwrap())
        .collect();
    let broken: Vec<Value> = presets.iter().flat_map(broken).collect();
    let own: Vec<bool> = broken
        .iter()
        .map(|preset| parse_preset(&preset.to_string()).is_ok())
        .collect();
    let beyond = |preset: &Value| {
        let text = preset.to_string();
        parse_preset(&text).is_err_and(|why| why.problem.contains("`when` names"))
    };
    for mut command in [ajv(), jsonschema()] {
        let verdicts = validated(&mut command, &schema, &presets);
        assert!(verdicts.iter().all(|valid| *valid));
    }
    let verdicts = validated(&mut ajv(), &schema, &broken);
    for ((preset, valid), own) in broken.iter().zip(verdicts).zip(own) {
        assert!(valid == own || beyond(preset), "{valid} {own} {preset}");
    }
}

#[test]
fn a_schema_names_every_provider_and_keeps_the_words_of_a_preset() {
    let schema = schema();
    let providers = schema["properties"]["provider"]["enum"].as_array().unwrap();
    let shipped = preset::names().chain(GRANTS.iter().copied());
    let wanted: BTreeSet<&str> = shipped.chain(["xsuaa"]).collect();
    let named: BTreeSet<&str> = providers.iter().filter_map(Value::as_str).collect();
    assert_eq!(named, wanted);
    let rules = schema["allOf"].as_array().unwrap();
    let eks = rules
        .iter()
        .find(|rule| rule["if"]["properties"]["provider"]["const"] == "aws-eks")
        .unwrap();
    let cluster = &eks["then"]["properties"]["cluster"];
    let preset = parse_preset(preset::shipped("aws-eks").unwrap()).unwrap();
    assert_eq!(
        cluster["description"],
        preset.parameters["cluster"].about.as_ref()
    );
}

#[test]
fn a_spec_and_a_preset_may_name_their_schema() {
    let spec = json!({
        "$schema": "schema/spec.json",
        "provider": "static",
        "token": {"env": "TOKEN"},
    });
    assert_eq!(parse(&spec), Ok(()));
    let mut other = spec.clone();
    other["$schema"] = json!(7);
    assert!(parse(&other).is_err());
    let mut preset: Map<String, Value> =
        serde_json::from_str(preset::shipped("talend").unwrap()).unwrap();
    preset.insert("$schema".to_owned(), json!("../schema/preset.json"));
    assert!(parse_preset(&Value::Object(preset).to_string()).is_ok());
}

/// The members that the parser knows where it meets one that it does not.
fn known(spec: &Value) -> BTreeSet<String> {
    let text = spec.to_string();
    let why = read_spec(text.as_bytes(), &|_| Ok(None)).unwrap_err();
    let hint = why.hint.unwrap_or_else(|| panic!("{}", why.problem));
    let (_, known) = hint.split_once("known here: ").unwrap();
    known.split(", ").map(str::to_owned).collect()
}

/// The names of the properties below these pointers.
fn properties(schema: &Value, pointers: &[&str]) -> BTreeSet<String> {
    let objects = pointers.iter().map(|pointer| {
        let place = format!("{pointer}/properties");
        let found = schema.pointer(&place).and_then(Value::as_object);
        found.unwrap_or_else(|| panic!("{place}"))
    });
    objects.flat_map(|object| object.keys().cloned()).collect()
}

#[test]
fn the_members_of_every_object_are_those_that_the_parser_knows() {
    let schema = schema();
    let url = "https://login.example.com/t";
    let oauth = |name: &str, member: &str| {
        json!({"provider": name, "token_url": url, member: {"env": "A"}, "~": 1,
            "subject_token_type": "jwt"})
    };
    let mut client = oauth("client_credentials", "client_secret");
    client.as_object_mut().unwrap().remove("subject_token_type");
    let mut bearer = oauth("jwt_bearer", "assertion");
    bearer.as_object_mut().unwrap().remove("subject_token_type");
    let exchange = oauth("token_exchange", "subject_token");
    client["client_id"] = json!("ci");
    let grant = |index: usize| format!("/allOf/{index}/then");
    for (index, spec) in [client, bearer, exchange].iter().enumerate() {
        let places = ["", "/$defs/oauth", &grant(index)];
        assert_eq!(properties(&schema, &places), known(spec), "{spec}");
    }
    let http = json!({"provider": "http", "url": url, "~": 1});
    assert_eq!(
        properties(&schema, &["", "/$defs/request", "/$defs/http"]),
        known(&http)
    );
    let stored = json!({"provider": "static", "token": {"env": "A"}, "~": 1});
    assert_eq!(properties(&schema, &["", "/$defs/static"]), known(&stored));
    let below = |member: &str, value: Value| json!({"provider": "http", "url": url, member: value});
    let requirement = json!([{"pointer": "/a", "equals": 1, "otherwise": "b", "~": 1}]);
    let jwt = json!({"jwt": {"alg": "RS256", "key": {"env": "A"}, "~": 1}});
    let presigned = json!({"presigned": {"url": url, "service": "s", "region": "r",
        "keys": {"env": "A"}, "~": 1}});
    let signature = json!({"service": "s", "region": "r", "keys": {"env": "A"}, "~": 1});
    let entry = json!({"keyring": {"user": "u", "~": 1}});
    let secret = |source: Value| json!({"X": {"secret": source}});
    let request = "/$defs/request";
    for (places, spec) in [
        (vec![request], below("revoke", json!({"url": url, "~": 1}))),
        (
            vec![request, "/properties/check"],
            below("check", json!({"url": url, "~": 1})),
        ),
        (
            vec!["/$defs/requirements/items"],
            below("require", requirement),
        ),
        (
            vec!["/$defs/request/properties/aws"],
            below("aws", signature),
        ),
        (
            vec!["/$defs/one_source/properties/jwt"],
            below("headers", secret(jwt)),
        ),
        (
            vec!["/$defs/one_source/properties/presigned"],
            below("headers", secret(presigned)),
        ),
        (
            vec!["/$defs/one_source/properties/keyring/anyOf/1"],
            below("headers", secret(entry)),
        ),
        (
            vec!["/properties/limits/items"],
            below(
                "limits",
                json!([{"status": 403, "says": "a", "hint": "b", "~": 1}]),
            ),
        ),
    ] {
        assert_eq!(properties(&schema, &places), known(&spec), "{spec}");
    }
    let list = json!({"url": url, "items": "/i", "id": "/i", "name": "/n", "page": 1});
    let keep = json!({"store": {"keyring": "k"}, "id": "/i",
        "revoke": {"method": "DELETE", "url": url}, "list": list});
    let kept = |place: &str| {
        let mut spec = below("json", json!({"n": {"unique": "k"}}));
        spec["keep"] = keep.clone();
        let object = spec.pointer_mut(place).unwrap().as_object_mut().unwrap();
        object.insert("~".to_owned(), json!(1));
        known(&spec)
    };
    let place = "/$defs/http/properties/keep";
    assert_eq!(properties(&schema, &[place]), kept("/keep"));
    let list = format!("{place}/properties/list");
    assert_eq!(properties(&schema, &[request, &list]), kept("/keep/list"));
}
