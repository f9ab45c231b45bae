//! `keyfob run -- CMD`: CMD with the token in its environment, in this process's place: its signals and its exit status are its own.

use std::ffi::OsString;

use super::token::variable_name;
use super::{spec, token};
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::world::World;
use crate::world::programs::ProgramError;

/// What is to take this process's place.
#[derive(Debug)]
pub struct Successor {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The variable that holds the token.
    pub variable: String,
    /// The token.
    pub value: Secret,
}

/// Obtains the token of SPEC for CMD.
///
/// # Errors
/// Why there is none.
pub fn run(
    world: &dyn World,
    named: Option<&str>,
    variable: Option<&str>,
    words: &[OsString],
) -> Result<Successor, Error> {
    let variable = variable_name(variable)?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Error::new(Code::Usage, "there is no command to run")
            .hint("keyfob run --spec SPEC -- CMD ARGUMENTS"));
    };
    let found = spec(world, named, false)?;
    let token = token(world, &found, &[], std::time::Duration::ZERO)?;
    let value = Secret::new(token.access_token.expose().as_bytes().to_vec());
    Ok(Successor {
        program: program.clone(),
        arguments: arguments.to_vec(),
        variable: variable.to_owned(),
        value,
    })
}

/// CMD did not start.
#[must_use]
pub fn not_started(program: &OsString, why: &ProgramError) -> Error {
    Error::new(
        Code::CommandFailed,
        format!("{}: {why}", program.to_string_lossy()),
    )
}
