//! Parses the text of a preset strictly: unknown and repeated members are errors. Strings are
//! borrowed, since every cache hit of a spec with a user's own preset parses one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::spec::node::{SpecError, printable};
use crate::spec::numbers;
use crate::spec::strict::Strict;

/// A parameter of a preset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter<'a> {
    /// The description in `keyfob providers NAME`.
    #[serde(borrow)]
    pub about: Cow<'a, str>,
    /// The default, which may contain other parameters.
    #[serde(default, deserialize_with = "present")]
    pub default: Option<Value>,
    /// Whether it may be omitted.
    #[serde(default)]
    pub optional: bool,
    /// Whether it takes a source.
    #[serde(default)]
    pub secret: bool,
    /// Whether it is a list of words: an array, or a string of words separated by blanks.
    #[serde(default)]
    pub words: bool,
    /// What a list of words is joined with, for vendors that require a string.
    #[serde(default, borrow)]
    pub join: Option<Cow<'a, str>>,
    /// Whether it is the beginning of a URL, as `base_url` is.
    #[serde(default)]
    pub url: bool,
    /// Whether it may contain `/` in the path of a URL.
    #[serde(default)]
    pub path: bool,
}

impl Parameter<'_> {
    /// The error if the parameter is required and missing.
    pub(super) fn missing(&self, name: &str) -> SpecError {
        SpecError::new("", format!("member `{name}` is missing: {}", self.about))
    }
}

/// Members that replace those of a preset's `spec`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The parameters that have to be given. An empty list matches if no other variant does.
    pub when: Vec<String>,
    /// The members.
    #[serde(deserialize_with = "deserialize_object")]
    pub spec: Map<String, Value>,
}

/// A parsed preset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset<'a> {
    /// The JSON Schema that editors use.
    #[serde(rename = "$schema", default, borrow)]
    pub schema: Cow<'a, str>,
    /// The purpose of the preset, one sentence.
    #[serde(borrow)]
    pub description: Cow<'a, str>,
    /// The URL of the vendor's documentation.
    #[serde(borrow)]
    pub documentation: Cow<'a, str>,
    /// Parameters by name.
    #[serde(borrow, deserialize_with = "unique_parameters")]
    pub parameters: BTreeMap<Cow<'a, str>, Parameter<'a>>,
    /// The spec with `{parameter}` in its strings.
    #[serde(deserialize_with = "deserialize_object")]
    pub spec: Map<String, Value>,
    /// At most one of them applies.
    #[serde(default, deserialize_with = "deserialize_variants")]
    pub variants: Vec<Variant>,
}

fn deserialize_variants<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Variant>, D::Error> {
    let variants = Vec::<Object<Variant>>::deserialize(deserializer)?;
    Ok(variants
        .into_iter()
        .map(|Object(variant)| variant)
        .collect())
}

/// A member that is present, even if it is `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Strict::deserialize(deserializer).map(|Strict(value)| Some(value))
}

fn deserialize_object<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    match Strict::deserialize(deserializer)? {
        Strict(Value::Object(members)) => Ok(members),
        _ => Err(de::Error::custom("`spec` is not an object")),
    }
}

/// An object without repeated members.
fn unique_parameters<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Cow<'a, str>, Parameter<'a>>, D::Error> {
    struct Parameters<'a>(PhantomData<&'a str>);
    impl<'de: 'a, 'a> Visitor<'de> for Parameters<'a> {
        type Value = BTreeMap<Cow<'a, str>, Parameter<'a>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut parameters = BTreeMap::new();
            while let Some(Name(name)) = entries.next_key()? {
                let shown = printable(&name);
                let Object(parameter) = entries.next_value()?;
                if parameters.insert(name, parameter).is_some() {
                    return Err(de::Error::custom(format!(
                        "parameter `{shown}` comes twice"
                    )));
                }
            }
            Ok(parameters)
        }
    }
    deserializer.deserialize_map(Parameters(PhantomData))
}

/// A name, borrowed if it contains no escape.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// An object that is deserialized as `T`. A derived `Deserialize` would accept an array of the
/// fields too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(entries)).map(Object)
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// Parses a preset.
///
/// # Errors
/// [`SpecError`] with the line and column.
pub fn parse_preset(text: &str) -> Result<Preset<'_>, SpecError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Object(preset) = serde_json::from_str::<Object<Preset<'_>>>(text)
        .map_err(|why| SpecError::new("", why.to_string()))?;
    let parameters = preset.parameters.values();
    let defaults = parameters.clone().filter_map(|it| it.default.as_ref());
    let variants = preset.variants.iter().flat_map(|it| it.spec.values());
    let mut values = preset.spec.values().chain(variants).chain(defaults);
    if values.any(numbers::has_fraction) {
        numbers::check_precision(text.as_bytes())?;
    }
    let mut named = preset.variants.iter().flat_map(|variant| &variant.when);
    if let Some(name) = named.find(|name| !preset.parameters.contains_key(name.as_str())) {
        let why = format!("`when` names `{}`, which is no parameter", printable(name));
        return Err(SpecError::new("", why));
    }
    let shown = parameters.map(|parameter| &parameter.about);
    for text in [&preset.description, &preset.documentation]
        .into_iter()
        .chain(shown)
    {
        if text.is_empty() || text.contains(char::is_control) {
            return Err(SpecError::new(
                "",
                "a description is empty or contains a control character",
            ));
        }
    }
    Ok(preset)
}
