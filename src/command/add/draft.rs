//! The spec that is being written: its members in order, and its text.

use std::path::Path;

use serde_json::Value;

use super::Addition;
use super::form::{Field, Form};
use super::places::{self, FORMS, Place};
use crate::error::{Code, Error};
use crate::find::{self, LoadedSpec};
use crate::source::KeyringKind;
use crate::world::{Commanding, Environment};

/// The spec that is being written.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) store: KeyringKind,
    /// Whether the keyring can hold a new secret, once that is known.
    pub(super) keyring: Option<bool>,
    /// Whether what exists may be replaced without a question.
    pub(super) replaces: bool,
    /// The members, in the order of the file.
    members: Vec<(String, Value)>,
    /// The members whose secrets are new, and go into the keyring.
    pub(super) new: Vec<Field>,
}

impl Draft {
    pub(super) fn new(addition: &Addition, provider: &str) -> Self {
        let list = |words: &[String]| Value::from(words.to_vec());
        let mut draft = Self {
            name: addition.name.clone(),
            store: addition.keyring,
            keyring: None,
            replaces: addition.yes,
            members: Vec::new(),
            new: Vec::new(),
        };
        draft.put("provider", provider.into());
        if !addition.targets.is_empty() {
            draft.put("targets", list(&addition.targets));
        }
        if !addition.callers.is_empty() {
            draft.put("callers", list(&addition.callers));
        }
        draft
    }

    /// Sets a member.
    pub(super) fn put(&mut self, name: &str, value: Value) {
        match self.members.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value,
            None => {
                // `targets` and `callers` stand at the end.
                let is_last = |(name, _): &(String, Value)| name == "targets" || name == "callers";
                let end = self.members.iter().position(is_last);
                let end = end.filter(|_| name != "targets" && name != "callers");
                let end = end.unwrap_or(self.members.len());
                self.members.insert(end, (name.to_owned(), value));
            }
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(member, _)| member == name)
    }

    /// The names of its members, but for the provider.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.members.iter().map(|(name, _)| name.as_str());
        names.filter(|name| *name != "provider").collect()
    }

    /// The keyring entry of a new secret.
    pub(super) fn entry_name(&self, member: &str) -> String {
        format!("{}-{member}", self.name)
    }

    /// Sets a secret's place. A new one is read later.
    pub(super) fn put_place(&mut self, field: &Field, place: Place) {
        self.new.retain(|other| other.name != field.name);
        let source = match place {
            Place::Source(source) => source,
            Place::New => {
                self.new.push(field.clone());
                places::in_keyring(&self.entry_name(&field.name), self.store)
            }
        };
        self.put(&field.name, source);
    }

    /// Sets a member that is no secret.
    ///
    /// # Errors
    /// A list or an object that is not valid JSON.
    pub(super) fn put_text(&mut self, field: &Field, text: &str) -> Result<(), Error> {
        let words = || text.split([',', ' ', '\t']).filter(|word| !word.is_empty());
        let value = match text.parse::<u64>() {
            _ if text.starts_with(['{', '[']) => serde_json::from_str(text).map_err(|_| {
                let sentence = format!("the value of `{}` is not valid JSON", field.name);
                Error::new(Code::Usage, sentence)
            })?,
            Ok(number) if field.is_number => Value::from(number),
            _ if field.is_list && words().count() > 1 => words().collect(),
            _ if field.name == "targets" || field.name == "callers" => words().collect(),
            _ => Value::from(text),
        };
        self.put(&field.name, value);
        Ok(())
    }

    /// Sets the member of an argument `MEMBER=VALUE`.
    ///
    /// # Errors
    /// It is not such an argument, is given twice, or holds a secret. The error never quotes the
    /// value.
    pub(super) fn put_argument(
        &mut self,
        world: &dyn Environment,
        form: &Form,
        argument: &str,
    ) -> Result<(), Error> {
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let pair = argument.split_once('=').filter(|(name, _)| is_name(name));
        let Some((name, value)) = pair else {
            return Err(Error::new(Code::Usage, "an argument is not MEMBER=VALUE")
                .hint("keyfob add NAME --provider PROVIDER MEMBER=VALUE …"));
        };
        if self.has(name) {
            let sentence = match name {
                "provider" => "the provider is named by --provider".to_owned(),
                name => format!("member `{name}` is given twice"),
            };
            return Err(Error::new(Code::Usage, sentence));
        }
        let field = form.field(name);
        if !field.is_secret {
            return self.put_text(&field, value);
        }
        let Some(place) = places::parse(world, self.store, value) else {
            let sentence = format!(
                "`{name}` is a secret, and other users can read arguments: they take no secret"
            );
            return Err(Error::new(Code::Usage, sentence).hint(format!(
                "name its place ({FORMS}), or pipe it in with {name}=-; if it was the secret, it \
                 is in the shell's history now"
            )));
        };
        if place == Place::New && !self.new.is_empty() && !field.is_store {
            let first = self.new.first().map_or("", |field| &field.name);
            let sentence =
                format!("only one secret comes from standard input, and `{first}` does already");
            return Err(Error::new(Code::Usage, sentence).hint(format!("name a place: {FORMS}")));
        }
        self.put_place(&field, place);
        Ok(())
    }

    /// Checks that nothing is missing, where nobody can be asked, and that nothing is `unknown`.
    ///
    /// # Errors
    /// Names everything that is missing or unknown.
    pub(super) fn is_complete(&mut self, form: &Form, unknown: &[String]) -> Result<(), Error> {
        for field in form.fields.iter().filter(|field| field.is_store) {
            if !self.has(&field.name) {
                let own = places::in_keyring(&self.entry_name(&field.name), self.store);
                self.put(&field.name, own);
            }
        }
        let is_given = |name: &str| self.has(name);
        let mut missing: Vec<String> = Vec::new();
        for field in form.missing(&is_given) {
            missing.push(format!("{} ({})", field.name, field.about));
        }
        let choices = form.open_choices(&is_given);
        if !choices.is_empty() {
            let choices: Vec<String> = choices.iter().map(|names| names.join(" with ")).collect();
            missing.push(format!("one of {}", choices.join(", ")));
        }
        let sentence = format!("members are missing: {}", missing.join("; "));
        if !unknown.is_empty() {
            let mut error = form.no_such_members(unknown);
            if !missing.is_empty() {
                error.sentence = format!("{}; {sentence}", error.sentence);
            }
            return Err(error);
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::new(Code::Usage, sentence).hint(format!(
            "give each as MEMBER=VALUE; a secret names its place: {FORMS}, or - for standard input"
        )))
    }

    /// The spec as it will be read from its file.
    ///
    /// # Errors
    /// It is not valid.
    pub(super) fn read(&self, world: &dyn Commanding, path: &Path) -> Result<LoadedSpec, Error> {
        let loaded = find::as_file(world, path, self.text().as_bytes())?;
        find::validate(&loaded.spec)?;
        Ok(loaded)
    }

    /// The text of the file.
    pub(super) fn text(&self) -> String {
        let lines = self.members.iter().map(|(name, value)| {
            let name = Value::from(name.as_str());
            format!("  {name}: {}", spaced(value))
        });
        let lines: Vec<String> = lines.collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }

    /// The commands to run next.
    pub(super) fn next(&self) -> String {
        let texts = |member: &str| {
            let member = self.members.iter().find(|(name, _)| name == member);
            let values = member.and_then(|(_, value)| value.as_array());
            let texts = values.into_iter().flatten().filter_map(Value::as_str);
            texts.map(str::to_owned).collect::<Vec<String>>()
        };
        let (targets, callers) = (texts("targets"), texts("callers"));
        let has_path = |target: &str| {
            let (_, rest) = target.split_once("://").unwrap_or(("", target));
            rest.trim_end_matches('/').contains('/')
        };
        let is_url = |target: &str| target.contains("://");
        let any = |test: &dyn Fn(&str) -> bool| targets.iter().any(|target| test(target));
        let mut tools: Vec<&str> = Vec::new();
        // A cluster's server is a URL without a path.
        if targets.is_empty() || any(&|target| is_url(target) && !has_path(target)) {
            tools.push("kubectl");
        }
        if !targets.is_empty() {
            tools.push("git");
        }
        if any(&|target| !has_path(target)) {
            tools.push("docker");
        }
        if !callers.is_empty() {
            tools = callers.iter().map(String::as_str).collect();
        }
        let name = &self.name;
        let setups = tools
            .iter()
            .map(|tool| format!("  keyfob setup {tool} --spec {name}\n"));
        format!(
            "next:\n{}  keyfob token --spec {name}\n",
            setups.collect::<String>()
        )
    }
}

/// JSON on one line, with blanks as people write it.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), spaced(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spaced).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
