//! Finds what a token depends on besides the text of its spec: variables, files, programs and other
//! specs. The grant is not parsed.
//!
//! The same walk makes relative paths absolute, so that the cache key names the file. An object
//! that looks like a source counts as one anywhere in the spec: where no source is allowed, the
//! parser of the grant rejects it.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::look_alikes::looks_like_source;
use super::node::{SpecError, escaped};
use super::paths::{PathBase, is_path, is_program_path};
use crate::source::{Command, NestedSpec, Source};

/// The inputs of a spec, each once.
pub(super) struct Inputs<'a> {
    pub(super) beside: &'a PathBase<'a>,
    pub(super) found: Vec<Source>,
    /// Whether the walk is in a JSON body or in claims, and not in a source below them.
    pub(super) in_data: bool,
}

impl Inputs<'_> {
    /// Walks the members of a spec. Paths are resolved in all of them; inputs are collected from
    /// those for which `counts` is true.
    ///
    /// # Errors
    /// [`SpecError`] for a relative path without a base.
    pub(super) fn spec(
        &mut self,
        members: &mut Map<String, Value>,
        counts: impl Fn(&str) -> bool,
    ) -> Result<(), SpecError> {
        self.ca_file(members)?;
        for (name, value) in members.iter_mut() {
            let before = self.found.len();
            self.member(name, value, false)
                .map_err(|why| below(name, why))?;
            if !counts(name) {
                self.found.truncate(before);
            }
        }
        Ok(())
    }

    /// A member's value. The names in a query, a form, headers and parameters are the user's and
    /// make no source; `{"literal": …}` has its meaning in a JSON body and in claims alone.
    fn member(&mut self, name: &str, value: &mut Value, within: bool) -> Result<(), SpecError> {
        let around = self.in_data;
        self.in_data |= matches!(name, "json" | "claims");
        let result = match value {
            Value::Object(fields)
                if !self.in_data && matches!(name, "query" | "form" | "headers" | "parameters") =>
            {
                fields.iter_mut().try_for_each(|(name, value)| {
                    self.value(value, within).map_err(|why| below(name, why))
                })
            }
            value => self.value(value, within),
        };
        self.in_data = around;
        result
    }

    fn value(&mut self, value: &mut Value, within: bool) -> Result<(), SpecError> {
        match value {
            Value::Object(members) => self.object(members, within),
            Value::Array(values) => values
                .iter_mut()
                .enumerate()
                .try_for_each(|(index, value)| {
                    self.value(value, within)
                        .map_err(|why| below(&index.to_string(), why))
                }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    /// Walks an object. A nested spec is collected once, by the outermost source, and the inputs
    /// that it names are collected too.
    fn object(&mut self, members: &mut Map<String, Value>, within: bool) -> Result<(), SpecError> {
        const NAMES: [&str; 6] = ["env", "file", "command", "token", "request", "literal"];
        let named = members.keys().any(|name| NAMES.contains(&name.as_str()));
        let is_source = named && looks_like_source(members);
        let is_alone = |name| members.len() == 1 && members.contains_key(name);
        if self.in_data && named && !is_source && is_alone("literal") {
            return Ok(());
        }
        // `{"secret": SOURCE}` and `{"text": SOURCE}` end the data.
        let around = self.in_data;
        self.in_data &= !is_alone("secret") && !is_alone("text");
        let nested = is_source && matches!(members.get("token"), Some(Value::Object(_)));
        for (name, value) in members.iter_mut() {
            self.member(name, value, within || nested)
                .map_err(|why| below(name, why))?;
        }
        self.in_data = around;
        match is_source {
            true => self.source(members, within),
            false => Ok(()),
        }
    }

    fn source(&mut self, members: &mut Map<String, Value>, within: bool) -> Result<(), SpecError> {
        if let Some(Value::String(name)) = members.get("env") {
            self.add(Source::Env(name.clone()));
        }
        if let Some(Value::String(pointer)) = members.get("request") {
            self.add(Source::Request(pointer.clone()));
        }
        if let Some(Value::String(path)) = members.get_mut("file") {
            self.resolve("file", path)?;
            let path = PathBuf::from(path.as_str());
            self.add(Source::File(path));
        }
        if let Some(Value::String(variable)) = members.get("file").and_then(|path| path.get("env"))
        {
            let name = members.get("name").and_then(Value::as_str);
            self.add(Source::FileFrom {
                variable: variable.clone(),
                name: name.map(str::to_owned),
            });
        }
        if members.contains_key("command") {
            self.command(members)?;
        }
        match members.get_mut("token") {
            Some(Value::String(name)) => {
                if is_path(name) && !name.trim_start().starts_with('{') {
                    self.resolve("token", name)?;
                }
                let nested = NestedSpec::Named(name.clone());
                self.add(Source::Token(Box::new(nested)));
            }
            Some(Value::Object(spec)) => {
                self.ca_file(spec).map_err(|why| below("token", why))?;
                if !within && let Some(spec) = members.get("token") {
                    let nested = NestedSpec::Inline(spec.to_string());
                    self.add(Source::Token(Box::new(nested)));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Collects the variables that are passed to a command, except the system variables, and the
    /// program that its name means.
    fn command(&mut self, members: &mut Map<String, Value>) -> Result<(), SpecError> {
        if let Some(Value::String(directory)) = members.get_mut("directory") {
            self.resolve("directory", directory)?;
        } else if let Some(folder) = self.beside.normalized_folder()
            && let Some(folder) = folder.to_str()
        {
            members.insert("directory".to_owned(), folder.into());
        }
        for name in Command::USER_VARIABLES {
            self.add(Source::Env((*name).to_owned()));
        }
        if let Some(Value::Array(names)) = members.get("variables") {
            let names = names.iter().filter_map(Value::as_str).map(str::to_owned);
            names.for_each(|name| self.add(Source::Env(name)));
        }
        let words = members.get_mut("command").and_then(Value::as_array_mut);
        if let Some(Value::String(program)) = words.and_then(|words| words.first_mut()) {
            if is_program_path(program) {
                self.resolve("command/0", program)?;
            } else {
                self.add(Source::Command(Command {
                    argv: vec![program.clone()],
                    ..Command::default()
                }));
            }
        }
        Ok(())
    }

    fn ca_file(&self, spec: &mut Map<String, Value>) -> Result<(), SpecError> {
        match spec.get_mut("ca_file") {
            Some(Value::String(path)) => self.resolve("ca_file", path),
            _ => Ok(()),
        }
    }

    fn resolve(&self, member: &str, path: &mut String) -> Result<(), SpecError> {
        let resolved = self.beside.resolve(path);
        resolved.map_err(|why| SpecError {
            at: format!("/{member}"),
            ..why
        })
    }

    fn add(&mut self, source: Source) {
        if !self.found.contains(&source) {
            self.found.push(source);
        }
    }
}

/// Prefixes the pointer of an error with the object or array that contains the value.
fn below(name: &str, why: SpecError) -> SpecError {
    SpecError {
        at: format!("/{}{}", escaped(name), why.at),
        ..why
    }
}
