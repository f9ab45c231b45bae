//! `keyfob run -- CMD`: runs CMD with the token in its environment. CMD replaces this process, so
//! signals and the exit status need no forwarding.

use std::ffi::OsString;

use super::token::variable_name;
use super::{spec, token_by_name};
use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::obtain::{self, Needs, revoke};
use crate::protocol::Reply;
use crate::world::Commanding;
use crate::world::programs::ProgramError;

/// The program that replaces this process.
#[derive(Debug)]
pub struct Exec {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The variable that holds the token.
    pub variable: String,
    /// The token.
    pub value: Secret,
}

/// How CMD is run.
#[derive(Debug)]
pub enum RunOutcome {
    /// It replaces this process.
    Succeed(Exec),
    /// It has ended, and its token was revoked.
    Ended(Reply),
}

/// Obtains SPEC's token for CMD. With `revoke`, the token is obtained for CMD alone, and revoked
/// when CMD ends, whatever its exit status.
///
/// # Errors
/// The arguments or the spec are not valid, or the token cannot be obtained.
pub fn run(
    world: &dyn Commanding,
    named: Option<&str>,
    variable: Option<&str>,
    revoke: bool,
    words: &[OsString],
) -> Result<RunOutcome, Error> {
    let variable = variable_name(variable)?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Error::new(Code::Usage, "there is no command to run")
            .hint("keyfob run --spec SPEC -- CMD ARGUMENTS"));
    };
    let loaded = spec(world, named, false)?;
    let successor = |token: Token| Exec {
        program: program.clone(),
        arguments: arguments.to_vec(),
        variable: variable.to_owned(),
        value: token.access_token.secret(),
    };
    if !revoke {
        let token = token_by_name(world, &loaded, Needs::default())?;
        return Ok(RunOutcome::Succeed(successor(token)));
    }
    let specs = obtain::resolve(world, &loaded.name, loaded.spec.admit_by_name());
    let provider = specs.provider()?;
    revoke::must_be_possible(provider)?;
    // Not from the cache: other processes may still be using that one when CMD ends.
    let token = obtain::call(world, &specs).and_then(|call| obtain::uncached(&call));
    let successor = successor(token.map_err(|error| obtain::named(error, &specs))?);
    let ended = world.run_with_variable(
        &successor.program,
        &successor.arguments,
        &successor.variable,
        &successor.value,
    );
    let revoked = obtain::call(world, &specs)
        .and_then(|call| revoke::revoke(&call, provider, &successor.value))
        .map_err(|error| obtain::named(error, &specs));
    let status = ended.map_err(|why| not_started(&successor.program, &why))?;
    // CMD's exit status is the answer; a failed revocation is reported on standard
    // error.
    let stderr = revoked
        .err()
        .map(|error| error.message().lines())
        .unwrap_or_default();
    Ok(RunOutcome::Ended(Reply {
        stderr,
        status,
        ..Reply::silence()
    }))
}

/// CMD did not start.
#[must_use]
pub fn not_started(program: &OsString, why: &ProgramError) -> Error {
    Error::new(
        Code::CommandFailed,
        format!("{}: {why}", program.to_string_lossy()),
    )
}
