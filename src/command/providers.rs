//! `keyfob providers [NAME]`: lists the presets, or shows the parameters of one and what it expands
//! to.

use crate::error::{Code, Error};
use crate::find;
use crate::protocol::{Reply, one_line};
use crate::spec::expand::GRANTS;
use crate::spec::preset::{self, Preset};
use crate::world::SpecFiles;

fn read<'a>(name: &str, text: &'a str) -> Result<Preset<'a>, Error> {
    preset::parse_preset(text).map_err(|why| Error::spec(&format!("preset `{name}`"), &why))
}

/// Lists the presets, or shows one.
///
/// # Errors
/// Returns an error if there is no such preset, or if one of the user's own presets cannot be read
/// or is not valid.
pub fn run(world: &dyn SpecFiles, name: Option<&str>) -> Result<Reply, Error> {
    let Some(name) = name else {
        let mut lines = String::new();
        for name in preset::names() {
            let preset = read(name, preset::shipped(name).unwrap_or_default())?;
            lines.push_str(&format!("{name}\t{}\n", preset.description));
        }
        for name in world.preset_names() {
            let text =
                find::own_preset(world, &name).map_err(|why| Error::new(Code::SpecInvalid, why))?;
            let text = text.unwrap_or_default();
            let preset = read(&name, &text)?;
            lines.push_str(&format!("{name}\t{} (your own)\n", preset.description));
        }
        for grant in GRANTS {
            lines.push_str(&format!(
                "{grant}\tplain grant: every member is the spec's own\n"
            ));
        }
        return Ok(Reply::text(lines));
    };
    if GRANTS.contains(&name) {
        return Ok(Reply::text(format!(
            "{name}: a plain grant; every member is the spec's own\n"
        )));
    }
    let text = preset::shipped(name)
        .map(str::to_owned)
        .map_or_else(|| find::own_preset(world, name), |text| Ok(Some(text)))
        .map_err(|why| Error::new(Code::SpecInvalid, why))?;
    let Some(text) = text else {
        let hint = match find::nearest_provider(world, name) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "`keyfob providers` lists those that there are".to_owned(),
        };
        return Err(Error::new(Code::Usage, "there is no such preset").hint(hint));
    };
    let preset = read(name, &text)?;
    let mut lines = format!(
        "{name}: {}\n{}\n\nmembers:\n",
        preset.description, preset.documentation
    );
    for (name, parameter) in &preset.parameters {
        let kind = match (&parameter.default, parameter.secret, parameter.optional) {
            (Some(default), ..) => format!(" (default {default})"),
            (None, true, _) => " (a source)".to_owned(),
            (None, false, true) => " (optional)".to_owned(),
            (None, false, false) => String::new(),
        };
        let name = one_line(name);
        lines.push_str(&format!("  {name}{kind}: {}\n", parameter.about));
    }
    let spec = serde_json::to_string_pretty(&preset.spec).unwrap_or_default();
    lines.push_str(&format!("\nexpands to:\n{spec}\n"));
    for variant in &preset.variants {
        let with = match &variant.when[..] {
            [] => "otherwise".to_owned(),
            names => format!("with `{}`", names.join("` and `")),
        };
        if variant.spec.is_empty() {
            lines.push_str(&format!("\n{with}: nothing else\n"));
            continue;
        }
        let spec = serde_json::to_string_pretty(&variant.spec).unwrap_or_default();
        lines.push_str(&format!("\n{with}:\n{spec}\n"));
    }
    Ok(Reply::text(lines))
}
