//! The aws CLI and every SDK of AWS: `credential_process` of a profile, written by `aws configure`.

use std::path::Path;

use super::plan::{self, Chosen, Configuring, Options, Plan};
use crate::error::Error;
use crate::tool;
use crate::world::tool_files::Rehearsal;

/// The key of a profile that names a program.
const KEY: &str = "credential_process";
/// The presets besides `aws-…` that yield keys.
const KEYS: &[&str] = &["ec2", "ecs", "eks-pod-identity"];

/// Whether aws can be set up for a spec.
#[must_use]
pub fn is_for(loaded: &crate::find::LoadedSpec) -> bool {
    let provider = loaded.spec.provider.as_str();
    let of_keys = provider.starts_with("aws-") || KEYS.contains(&provider);
    loaded.spec.callers.is_named("aws") || (of_keys && loaded.spec.callers.include("aws"))
}

/// Plans the changes.
///
/// # Errors
/// The file cannot be read or edited.
pub fn plan(
    world: &dyn Configuring,
    options: &Options,
    chosen: &Chosen,
    program: &str,
    plan: &mut Plan,
) -> Result<(), Error> {
    let name = chosen.loaded.name.clone();
    let profile = options.profile.clone().unwrap_or(name);
    // aws splits the command as a POSIX shell does.
    let quoted = |word: &String| match word.contains([' ', '"', '\'', '\\']) {
        true => serde_json::Value::from(word.as_str()).to_string(),
        false => word.clone(),
    };
    let words = [vec![program.to_owned(), "aws".to_owned()], chosen.named()].concat();
    let command = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
    let file = plan::first_file(world, "aws")?;
    let Some(aws) = world.find_program("aws") else {
        let shown = file.display();
        plan.note(format!("aws is not installed; these lines are for {shown}"));
        let section = match profile.as_str() {
            "default" => "[default]".to_owned(),
            profile => format!("[profile {profile}]"),
        };
        plan.lines = format!("{section}\ncredential_process = {command}\n");
        return Ok(());
    };
    let before = plan::read(world, &file, true)?;
    let text = before.as_deref().unwrap_or_default();
    let after = match value(text, &profile, KEY) == Some(command.as_str()) {
        true => before.clone(),
        false => written(world, &aws, &file, &before, [&command, &profile])?,
    };
    let is_static = |text: &str| value(text, &profile, "aws_access_key_id").is_some();
    let stored = match world.variable("AWS_SHARED_CREDENTIALS_FILE") {
        Some(file) => Some(file.into()),
        None => tool::home(world).map(|home| home.join(".aws/credentials")),
    };
    let stored = stored.and_then(|file| world.read_tool_file(&file).ok().flatten());
    if [&after, &stored]
        .into_iter()
        .flatten()
        .any(|text| is_static(text))
    {
        plan.warn(format!(
            "profile `{profile}` has keys of its own, which aws uses in place of keyfob"
        ));
    }
    if world.variable("AWS_ACCESS_KEY_ID").is_some() {
        plan.warn("AWS_ACCESS_KEY_ID is set in the environment, where it takes precedence");
    }
    plan.edit(&file, before, after);
    plan.note(format!(
        "to use it: aws --profile {profile} …, or AWS_PROFILE={profile}"
    ));
    Ok(())
}

/// The file as `aws configure set` writes it.
fn written(
    world: &dyn Configuring,
    aws: &Path,
    file: &Path,
    before: &Option<String>,
    [command, profile]: [&str; 2],
) -> Result<Option<String>, Error> {
    let aws = aws.display().to_string();
    let step = plan::step(&[&aws, "configure", "set", KEY, command, "--profile", profile]);
    let rehearsal = Rehearsal {
        files: vec![(file.to_owned(), before.clone())],
        variables: vec![
            ("AWS_CONFIG_FILE".to_owned(), plan::copy_of(file)),
            (
                "AWS_SHARED_CREDENTIALS_FILE".to_owned(),
                "{root}/credentials".to_owned(),
            ),
        ],
        steps: vec![step],
    };
    let mut rehearsed = world
        .rehearse(&rehearsal)
        .map_err(|why| plan::file_error(file, &why))?;
    if let Some(Err(why)) = rehearsed.outputs.first() {
        let why = format!("aws cannot edit it: {why}");
        return Err(plan::file_error(file, &why));
    }
    Ok(rehearsed.files.pop().flatten())
}

/// The value of a key in a profile, if it is there. aws writes a file with other line ends anew, so
/// that its own writer cannot tell whether there is something to do.
fn value<'a>(text: &'a str, profile: &str, key: &str) -> Option<&'a str> {
    let mut is_there = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            let name = line.trim_matches(['[', ']']).trim();
            is_there = name.strip_prefix("profile").unwrap_or(name).trim() == profile;
        }
        let Some((name, value)) = line.split_once('=').filter(|_| is_there) else {
            continue;
        };
        if name.trim().eq_ignore_ascii_case(key) {
            found = Some(value.trim());
        }
    }
    found
}
