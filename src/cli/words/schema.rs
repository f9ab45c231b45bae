//! `schema`

use argh::FromArgs;

/// print the JSON Schema of a spec, for editors
#[derive(FromArgs)]
#[argh(subcommand, name = "schema", help_triggers("-h", "--help"))]
pub struct SchemaWords {
    /// spec (default) or preset
    #[argh(positional, default = "String::from(\"spec\")")]
    pub subject: String,
}
