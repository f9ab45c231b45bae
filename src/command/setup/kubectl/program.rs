//! kubectl on private copies of its files, and what it says they mean.

use std::path::PathBuf;

use serde_json::Value;

use super::super::plan::{self, Configuring};
use crate::error::Error;
use crate::world::folders;
use crate::world::tool_files::{Rehearsal, Rehearsed};

/// kubectl on copies of its files.
pub(super) struct Kubectl<'a> {
    pub(super) world: &'a dyn Configuring,
    pub(super) program: String,
    pub(super) files: Vec<PathBuf>,
}

impl Kubectl<'_> {
    pub(super) fn run(
        &self,
        contents: &[Option<String>],
        steps: Vec<Vec<String>>,
    ) -> Result<Rehearsed, Error> {
        let copies = self.files.iter().map(|file| plan::copy_of(file));
        let copies: Vec<String> = copies.collect();
        let copies = folders::list_of(&copies)
            .ok_or_else(|| self.failed(&"its path cannot stand in KUBECONFIG"))?;
        let rehearsal = Rehearsal {
            files: self
                .files
                .iter()
                .cloned()
                .zip(contents.iter().cloned())
                .collect(),
            variables: vec![
                ("KUBECONFIG".to_owned(), copies),
                // A user's own defaults and rules are no part of this.
                ("KUBERC".to_owned(), "off".to_owned()),
            ],
            steps,
        };
        let rehearsed = self.world.rehearse(&rehearsal);
        rehearsed.map_err(|why| self.failed(&why))
    }

    pub(super) fn failed(&self, why: &dyn std::fmt::Display) -> Error {
        let none = PathBuf::from("the kubeconfig");
        plan::file_error(self.files.first().unwrap_or(&none), why)
    }

    /// Whether each file by itself means the same in both versions.
    pub(super) fn is_same_each(&self, some: &[Option<String>], others: &[Option<String>]) -> bool {
        self.files
            .iter()
            .zip(some.iter().zip(others))
            .all(|(file, (one, other))| {
                let alone = Kubectl {
                    world: self.world,
                    program: self.program.clone(),
                    files: vec![file.clone()],
                };
                let view =
                    |content: &Option<String>| alone.view(std::slice::from_ref(content)).ok();
                one == other || view(one) == view(other)
            })
    }

    /// What kubectl makes of these files.
    pub(super) fn view(&self, contents: &[Option<String>]) -> Result<Value, Error> {
        let step = plan::step(&[&self.program, "config", "view", "--raw", "--output=json"]);
        let rehearsed = self.run(contents, vec![step])?;
        self.seen(&rehearsed)
    }

    pub(super) fn seen(&self, rehearsed: &Rehearsed) -> Result<Value, Error> {
        if let Some(why) = rehearsed.failure() {
            return Err(self.failed(&format!("kubectl cannot use it: {why}")));
        }
        let last = rehearsed
            .outputs
            .last()
            .and_then(|output| output.as_ref().ok());
        let view = last.and_then(|printed| serde_json::from_str(printed).ok());
        view.ok_or_else(|| self.failed(&"kubectl does not show it as JSON"))
    }
}

/// The items of a list of a kubeconfig, by name.
pub(super) fn items<'a>(view: &'a Value, list: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let items = view.get(list).and_then(Value::as_array);
    let inner = list.trim_end_matches('s').to_owned();
    items
        .into_iter()
        .flatten()
        .filter_map(move |item| Some((item.get("name")?.as_str()?, item.get(&inner)?)))
}

pub(super) fn item<'a>(view: &'a Value, list: &str, name: &str) -> Option<&'a Value> {
    items(view, list)
        .find(|(known, _)| *known == name)
        .map(|(_, item)| item)
}

/// The address of a context's cluster.
pub(super) fn server<'a>(view: &'a Value, context: &Value) -> Option<&'a str> {
    let cluster = context.get("cluster")?.as_str()?;
    item(view, "clusters", cluster)?.get("server")?.as_str()
}
