//! JSON Schema (draft 2020-12) of a spec and of a preset, for editors.
//!
//! `schema.json` holds what every spec may have. The grants, the callers and the presets are added
//! from the tables that the parser uses. A schema cannot say everything that the parser checks: a
//! value that the schema accepts may still be an error, but what the parser accepts the schema
//! accepts too.

use serde_json::{Map, Value, json};

use super::expand::GRANTS;
use super::grants::OAUTH_GRANTS;
use super::node::SpecError;
use super::preset::{self, Parameter, Preset};
use crate::grant::token_request::Kind;
use crate::spec::CALLERS;

/// The members that do not depend on presets.
const BASE: &str = include_str!("schema.json");
const MINIFIED: [u8; preset::minified_length(BASE)] = preset::minify(BASE);

/// The schema of a spec. `own` are the user's own presets, by name.
///
/// # Errors
/// [`SpecError`] for a preset that is not valid.
pub fn spec_schema(own: &[(String, String)]) -> Result<Value, SpecError> {
    let base = parse_base();
    let mut branches = Vec::new();
    for grant in OAUTH_GRANTS {
        let properties: Map<String, Value> = grant
            .parameters
            .iter()
            .map(|(name, kind, _)| ((*name).to_owned(), kind_schema(*kind)))
            .collect();
        let required = grant.parameters.iter().filter(|(.., required)| *required);
        let required: Vec<&str> = required.map(|(name, ..)| *name).collect();
        branches.push(branch(
            grant.name,
            json!({"$ref": "#/$defs/oauth", "properties": properties, "required": required}),
        ));
    }
    for grant in ["http", "static"] {
        let definition = format!("#/$defs/{grant}");
        branches.push(branch(grant, json!({"$ref": definition})));
    }
    let shipped = preset::names().map(|name| (name, preset::shipped(name).unwrap_or_default()));
    let own_texts = own
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let presets: Vec<(&str, &str)> = shipped.chain(own_texts).collect();
    for (name, text) in &presets {
        let parsed = preset::parse_preset(text)
            .map_err(|why| SpecError::new("/provider", format!("in the preset `{name}`: {why}")))?;
        let mut members = Map::new();
        // Each variant may build on a grant of its own.
        let variants = parsed.variants.iter().map(|variant| &variant.spec);
        for spec in std::iter::once(&parsed.spec).chain(variants) {
            members.extend(members_of(&base, &plain_grant(spec, &presets)));
        }
        branches.push(branch(name, preset_schema_of(&parsed, members)));
    }
    let providers: Vec<&str> = GRANTS
        .iter()
        .copied()
        .chain(presets.iter().map(|(name, _)| *name))
        .collect();
    let mut schema = base;
    if let Some(provider) = schema.pointer_mut("/properties/provider") {
        extend(provider, json!({"enum": providers}));
    }
    if let Some(callers) = schema.pointer_mut("/properties/callers/items") {
        extend(callers, json!({"enum": CALLERS}));
    }
    extend(&mut schema, json!({"allOf": branches}));
    Ok(schema)
}

/// The schema of a preset.
#[must_use]
pub fn preset_schema() -> Value {
    let text = json!({"type": "string", "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"});
    let flag = |about: &str| json!({"type": "boolean", "description": about});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keyfob preset",
        "description": "A spec with parameters",
        "type": "object",
        "required": ["description", "documentation", "parameters", "spec"],
        "properties": {
            "$schema": {"type": "string", "description": "This schema, for editors"},
            "description": text,
            "documentation": text,
            "parameters": {
                "description": "The members of a spec that the preset takes",
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["about"],
                    "properties": {
                        "about": text,
                        "default": {"description": "Its value where the spec has none"},
                        "optional": flag("Whether it may be left out"),
                        "secret": flag("Whether it takes a source"),
                        "words": flag("Whether it is a list of words"),
                        "join": {"type": ["string", "null"], "description": "What joins the words"},
                        "url": flag("Whether it is the beginning of a URL"),
                        "path": flag("Whether it may contain / in the path of a URL"),
                    },
                    "additionalProperties": false,
                },
            },
            "spec": {"type": "object", "description": "A spec with {parameter} in its texts"},
            "variants": {
                "description": "Members for one of several ways to authenticate",
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["when", "spec"],
                    "properties": {
                        "when": {"type": "array", "items": {"type": "string"}},
                        "spec": {"type": "object"},
                    },
                    "additionalProperties": false,
                },
            },
        },
        "additionalProperties": false,
    })
}

fn parse_base() -> Value {
    serde_json::from_slice(&MINIFIED).unwrap_or_default()
}

/// The rule for specs of this provider.
fn branch(provider: &str, rule: Value) -> Value {
    let condition = json!({
        "properties": {"provider": {"const": provider}},
        "required": ["provider"],
    });
    json!({"if": condition, "then": rule})
}

fn kind_schema(kind: Kind) -> Value {
    let definition = match kind {
        Kind::Token => "source",
        Kind::TokenType => "text",
        Kind::Texts => "texts",
        Kind::Scope => "words",
    };
    json!({"$ref": format!("#/$defs/{definition}")})
}

/// The name of the plain grant on which a preset's `spec` builds; empty if it names none.
fn plain_grant(spec: &Map<String, Value>, presets: &[(&str, &str)]) -> String {
    let mut name = provider_of(spec);
    // As many steps as presets may build on each other, and one more.
    for _ in 0..8 {
        let Some((_, text)) = presets.iter().find(|(known, _)| *known == name) else {
            break;
        };
        let below: Value = serde_json::from_str(text).unwrap_or_default();
        let spec = below.get("spec").and_then(Value::as_object);
        name = spec.map(provider_of).unwrap_or_default();
    }
    name
}

fn provider_of(spec: &Map<String, Value>) -> String {
    let name = spec.get("provider").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

/// The members of a plain grant, each as a reference.
fn members_of(base: &Value, grant: &str) -> Map<String, Value> {
    let definitions: &[&str] = match grant {
        "http" => &["request", "http"],
        "static" => &["static"],
        "" => &[],
        _ => &["oauth"],
    };
    let mut members = Map::new();
    for definition in definitions {
        let place = format!("/$defs/{definition}/properties");
        let properties = base.pointer(&place).and_then(Value::as_object);
        for name in properties.into_iter().flat_map(Map::keys) {
            let reference = format!("#{place}/{name}");
            members.insert(name.clone(), json!({"$ref": reference}));
        }
    }
    let grant = OAUTH_GRANTS.iter().find(|known| known.name == grant);
    for (name, kind, _) in grant.map_or(&[][..], |grant| grant.parameters) {
        members.insert((*name).to_owned(), kind_schema(*kind));
    }
    members
}

/// The rule for specs of a preset. `members` are those of its grant, which may stand beside its
/// parameters.
fn preset_schema_of(preset: &Preset<'_>, mut members: Map<String, Value>) -> Value {
    let mut required = Vec::new();
    for (name, parameter) in &preset.parameters {
        let is_optional = parameter.optional || parameter.default.is_some();
        if !is_optional && !preset.is_choice(name) {
            required.push(name.as_ref());
        }
        members.insert(name.as_ref().to_owned(), parameter_schema(parameter));
    }
    let mut rule = json!({"properties": members, "required": required});
    let alternatives: Vec<Value> = preset
        .variants
        .iter()
        .map(|variant| json!({"required": variant.when}))
        .collect();
    if !alternatives.is_empty() {
        extend(&mut rule, json!({"anyOf": alternatives}));
    }
    rule
}

fn parameter_schema(parameter: &Parameter<'_>) -> Value {
    let mut schema = match () {
        () if parameter.secret => json!({"$ref": "#/$defs/source"}),
        () if parameter.words || parameter.join.is_some() => json!({"$ref": "#/$defs/split_words"}),
        () if parameter.url => json!({"$ref": "#/$defs/text"}),
        // A text as a rule, but also an object or a list where the preset's own member is one.
        () => json!({"not": {"enum": ["", null]}}),
    };
    extend(&mut schema, json!({"description": parameter.about}));
    if let Some(default) = &parameter.default {
        extend(&mut schema, json!({"default": default}));
    }
    schema
}

/// Adds members to an object.
fn extend(object: &mut Value, members: Value) {
    if let (Value::Object(object), Value::Object(members)) = (object, members) {
        object.extend(members);
    }
}
