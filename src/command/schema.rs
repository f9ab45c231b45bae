//! `keyfob schema`: prints the JSON Schema of a spec or of a preset, for editors.

use crate::error::{Code, Error};
use crate::find;
use crate::protocol::Reply;
use crate::spec::schema;
use crate::world::SpecFiles;

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A spec, with the user's own presets.
    Spec,
    /// A preset.
    Preset,
}

/// Prints the schema.
///
/// # Errors
/// One of the user's own presets cannot be read or is not valid.
pub fn run(world: &dyn SpecFiles, subject: Subject) -> Result<Reply, Error> {
    let schema = match subject {
        Subject::Preset => schema::preset_schema(),
        Subject::Spec => {
            let mut own = Vec::new();
            for name in world.preset_names() {
                let text = find::own_preset(world, &name)
                    .map_err(|why| Error::new(Code::SpecInvalid, why))?;
                own.push((name, text.unwrap_or_default()));
            }
            schema::spec_schema(&own).map_err(|why| Error::spec("schema", &why))?
        }
    };
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    Ok(Reply::text(format!("{text}\n")))
}
