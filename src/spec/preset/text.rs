//! A preset's text, read strictly: no unknown member and none twice. Texts are not copied, since every hit of a spec with a preset of one's own reads one.

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
    /// What it is, for `keyfob providers NAME`.
    #[serde(borrow)]
    pub about: Cow<'a, str>,
    /// Its value where the user gives none; other parameters may stand in it.
    #[serde(default, deserialize_with = "given")]
    pub default: Option<Value>,
    /// Whether it may be left out.
    #[serde(default)]
    pub optional: bool,
    /// Whether it takes a source.
    #[serde(default)]
    pub secret: bool,
    /// Whether it is a list of words: an array, or one string of them.
    #[serde(default)]
    pub words: bool,
}

/// A preset, read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset<'a> {
    /// What it is for, one sentence.
    #[serde(borrow)]
    pub description: Cow<'a, str>,
    /// The vendor's page.
    #[serde(borrow)]
    pub documentation: Cow<'a, str>,
    /// Parameters by name.
    #[serde(borrow, deserialize_with = "each_once")]
    pub parameters: BTreeMap<Cow<'a, str>, Parameter<'a>>,
    /// The spec with `{parameter}`s.
    #[serde(deserialize_with = "object")]
    pub spec: Map<String, Value>,
}

/// A value that is there, were it `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Strict::deserialize(deserializer).map(|Strict(value)| Some(value))
}

fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    match Strict::deserialize(deserializer)? {
        Strict(Value::Object(members)) => Ok(members),
        _ => Err(de::Error::custom("`spec` is no object")),
    }
}

/// An object in which no member comes twice.
fn each_once<'de: 'a, 'a, D: Deserializer<'de>>(
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

/// A name, not copied where it holds no escape.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// An object read as `T`, and nothing else: what derives its reading would take an array of its members too.
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

/// Reads a preset, strictly.
///
/// # Errors
/// [`SpecError`] tells line and column.
pub fn read(text: &str) -> Result<Preset<'_>, SpecError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Object(preset) = serde_json::from_str::<Object<Preset<'_>>>(text)
        .map_err(|why| SpecError::new("", why.to_string()))?;
    let mut values = preset.spec.values().chain(
        preset
            .parameters
            .values()
            .filter_map(|parameter| parameter.default.as_ref()),
    );
    if values.any(numbers::has_fraction) {
        numbers::all_kept(text.as_bytes())?;
    }
    let shown = preset.parameters.values().map(|parameter| &parameter.about);
    for text in [&preset.description, &preset.documentation]
        .into_iter()
        .chain(shown)
    {
        if text.is_empty() || text.contains(char::is_control) {
            return Err(SpecError::new(
                "",
                "a text for people is empty, or holds a control character",
            ));
        }
    }
    Ok(preset)
}
