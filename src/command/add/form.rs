//! What a preset or grant needs: its members, with their descriptions, and the choices among them.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::error::{Cause, Code, Error};
use crate::find;
use crate::spec::expand::GRANTS;
use crate::spec::preset::{self, Preset};
use crate::text::nearest;
use crate::world::{Commanding, SpecFiles};

/// A member of the spec.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) about: String,
    /// Whether it takes a source.
    pub(super) is_secret: bool,
    /// Whether it is missing if it is not given.
    pub(super) is_required: bool,
    /// Whether it is a list of words.
    pub(super) is_list: bool,
    /// Whether it is a number.
    pub(super) is_number: bool,
    /// Whether it is a keyring entry that keyfob itself writes.
    pub(super) is_store: bool,
}

/// The members of a provider.
#[derive(Debug)]
pub(super) struct Form {
    /// What it is, in one sentence.
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
    /// Members of which one set is needed; empty if there is no choice.
    pub(super) choices: Vec<Vec<String>>,
}

/// The members of plain grants that are asked for: grant, member, kind, description.
const GRANT_FIELDS: &str = "\
client_credentials token_url text the URL of the token endpoint
client_credentials client_id text the client's id
client_credentials client_secret choice the client's secret
client_credentials client_assertion choice a JWT that authenticates the client
client_credentials scope list scopes, an array or words in a string
jwt_bearer token_url text the URL of the token endpoint
jwt_bearer assertion secret the JWT that is exchanged
jwt_bearer client_secret optional the client's secret
jwt_bearer client_assertion optional a JWT that authenticates the client
jwt_bearer scope list scopes, an array or words in a string
token_exchange token_url text the URL of the token endpoint
token_exchange subject_token secret the token that is exchanged
token_exchange subject_token_type text its type, such as jwt or access_token
token_exchange actor_token optional the token of the acting party
token_exchange client_secret optional the client's secret
token_exchange client_assertion optional a JWT that authenticates the client
token_exchange scope list scopes, an array or words in a string
http url text the URL of the request
static token secret the stored token";

/// Members of every spec that are numbers.
const NUMBERS: [&str; 2] = ["timeout", "max_cache"];
/// Members of every spec that are lists.
const LISTS: [&str; 2] = ["targets", "callers"];

/// A value with which the member is valid.
fn placeholder(field: &Field) -> Value {
    let is_url = ["url", "address", "server", "jwks"];
    match () {
        () if field.is_secret && field.is_store => json!({ "keyring": "x" }),
        () if field.is_secret => json!({ "env": "X" }),
        () if field.is_number => Value::from(1),
        () if is_url.iter().any(|end| field.name.ends_with(end)) => "https://x.example.com".into(),
        () => "x".into(),
    }
}

impl Form {
    /// The members of a preset, a preset of the user, or a grant.
    ///
    /// # Errors
    /// There is no such preset or grant, or the preset cannot be read.
    pub(super) fn of(world: &dyn SpecFiles, provider: &str) -> Result<Self, Error> {
        if GRANTS.contains(&provider) {
            return Ok(Self::of_grant(provider));
        }
        let text = match preset::shipped(provider) {
            Some(text) => Some(text.to_owned()),
            None => find::own_preset(world, provider)
                .map_err(|why| Error::new(Code::SpecInvalid, why))?,
        };
        let Some(text) = text else {
            let hint = match find::nearest_provider(world, provider) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "`keyfob providers` lists those that there are".to_owned(),
            };
            return Err(Error::new(Code::Usage, "there is no such provider").hint(hint));
        };
        let preset = preset::parse_preset(&text)
            .map_err(|why| Error::spec(&format!("preset `{provider}`"), &why))?;
        Ok(Self::of_preset(&preset))
    }

    fn of_preset(preset: &Preset<'_>) -> Self {
        let choices: Vec<Vec<String>> = preset.variants.iter().map(|it| it.when.clone()).collect();
        let is_choice = |name: &str| choices.iter().flatten().any(|other| other == name);
        let kept_in = preset.spec.get("keep").and_then(|keep| keep.get("store"));
        let fields = preset.parameters.iter().map(|(name, parameter)| Field {
            name: name.to_string(),
            about: parameter.about.to_string(),
            is_secret: parameter.secret,
            is_required: !parameter.optional && parameter.default.is_none() && !is_choice(name),
            is_list: parameter.words || parameter.join.is_some(),
            is_number: parameter.default.as_ref().is_some_and(Value::is_number),
            is_store: kept_in.and_then(Value::as_str) == Some(&format!("{{{name}}}")),
        });
        let mut fields: Vec<Field> = fields.collect();
        fields.sort_by_key(|field| field.is_secret);
        Self {
            description: preset.description.to_string(),
            fields,
            // Where one variant needs nothing, nothing is missing.
            choices: match choices.iter().any(Vec::is_empty) {
                true => Vec::new(),
                false => choices,
            },
        }
    }

    fn of_grant(grant: &str) -> Self {
        let lines = GRANT_FIELDS.lines().filter_map(|line| {
            let (name, line) = line
                .split_once(' ')
                .filter(|(name, _)| *name == grant)?
                .1
                .split_once(' ')?;
            let (kind, about) = line.split_once(' ')?;
            Some((name, kind, about))
        });
        let fields = lines.clone().map(|(name, kind, about)| Field {
            name: name.to_owned(),
            about: about.to_owned(),
            is_secret: matches!(kind, "secret" | "choice" | "optional"),
            is_required: matches!(kind, "secret" | "text"),
            is_list: kind == "list",
            is_number: false,
            is_store: false,
        });
        let choices = lines.filter(|(_, kind, _)| *kind == "choice");
        Self {
            description: "a plain grant; every member is the spec's own".to_owned(),
            fields: fields.collect(),
            choices: choices.map(|(name, ..)| vec![name.to_owned()]).collect(),
        }
    }

    /// The member of this name. One that the preset or grant does not describe is a text, unless it
    /// is known otherwise.
    pub(super) fn field(&self, name: &str) -> Field {
        let described = self.fields.iter().find(|field| field.name == name);
        described.cloned().unwrap_or_else(|| Field {
            name: name.to_owned(),
            about: match name {
                "targets" => "hosts or URLs that may be given the token",
                "callers" => "callers that may ask for the token",
                _ => "a member of the spec",
            }
            .to_owned(),
            is_secret: false,
            is_required: false,
            is_list: LISTS.contains(&name),
            is_number: NUMBERS.contains(&name),
            is_store: false,
        })
    }

    /// The members that were given and that the spec cannot have.
    pub(super) fn unknown(
        &self,
        world: &dyn Commanding,
        provider: &str,
        given: &[&str],
        path: &Path,
    ) -> Vec<String> {
        let is_described = |name: &str| self.fields.iter().any(|field| field.name == name);
        let given = given.iter().filter(|name| !is_described(name));
        let is_unknown = |name: &&&str| {
            // A whole spec, with this member in addition.
            let first = self.choices.first().into_iter().flatten();
            let needed = self.fields.iter().filter(|field| field.is_required);
            let names = needed.map(|field| &field.name).chain(first);
            let mut members: Map<String, Value> = names
                .map(|name| (name.clone(), placeholder(&self.field(name))))
                .collect();
            members.insert("provider".to_owned(), provider.into());
            members.insert((**name).to_owned(), Value::from(""));
            let text = Value::Object(members).to_string();
            let valid = find::as_file(world, path, text.as_bytes())
                .and_then(|loaded| find::validate(&loaded.spec));
            match valid
                .err()
                .as_ref()
                .and_then(|error| error.cause.as_deref())
            {
                Some(Cause::Spec(why)) => {
                    why.is_unknown_member() && why.at.strip_prefix('/') == Some(**name)
                }
                _ => false,
            }
        };
        given
            .filter(is_unknown)
            .map(|name| (*name).to_owned())
            .collect()
    }

    /// The error for members that the spec cannot have.
    pub(super) fn no_such_members(&self, unknown: &[String]) -> Error {
        // A secret without its member could stand before the `=`.
        let is_plain = |name: &&String| {
            name.len() <= 32 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        let shown: Vec<String> = unknown
            .iter()
            .filter(is_plain)
            .map(|name| format!("`{name}`"))
            .collect();
        let sentence = match shown.is_empty() {
            true => "a member is not known here".to_owned(),
            false => format!("not known as a member: {}", shown.join(", ")),
        };
        let own = self.fields.iter().map(|field| &*field.name);
        let known = || own.clone().chain(LISTS).chain(["base_url", "username"]);
        let meant = unknown.iter().find_map(|name| nearest(name, known()));
        Error::new(Code::Usage, sentence).hint(match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", own.collect::<Vec<_>>().join(", ")),
        })
    }

    /// The choices, unless one of them is made.
    pub(super) fn open_choices(&self, is_given: &dyn Fn(&str) -> bool) -> &[Vec<String>] {
        let is_made = |choice: &Vec<String>| choice.iter().any(|name| is_given(name));
        match self.choices.iter().any(is_made) || is_given("token_endpoint_auth_method") {
            true => &[],
            false => &self.choices,
        }
    }

    /// The members that are needed and not given, but for a choice that is open.
    pub(super) fn missing(&self, is_given: &dyn Fn(&str) -> bool) -> Vec<Field> {
        let chosen = self
            .choices
            .iter()
            .filter(|it| it.iter().any(|name| is_given(name)));
        // The choice of which most is given.
        let count = |choice: &&Vec<String>| choice.iter().filter(|name| is_given(name)).count();
        let chosen = chosen.max_by_key(count);
        let is_needed = |field: &&Field| {
            let of_choice = chosen.is_some_and(|choice| choice.contains(&field.name));
            (field.is_required || of_choice) && !is_given(&field.name)
        };
        self.fields.iter().filter(is_needed).cloned().collect()
    }
}
