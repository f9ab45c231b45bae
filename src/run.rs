//! Runs a [`Command`] and returns what is left for `main` to do: write a reply, or start another
//! program.

use crate::cli::{Command, CommandLine};
use crate::command::explain::{self, Question};
use crate::command::run::{Exec, RunOutcome};
use crate::command::{
    add, check, complete, doctor, forget, providers, revoke, run, schema, secret, serve, setup,
    status, token,
};
use crate::error::Error;
use crate::protocol::Reply;
use crate::world::World;

/// How the process ends.
#[derive(Debug)]
pub enum Outcome {
    /// The process writes this reply and exits.
    Reply(Reply),
    /// Another program replaces the process.
    Exec(Exec),
}

/// Runs a command.
pub fn run(world: &dyn World, line: &CommandLine) -> Outcome {
    let done = match &line.command {
        Command::Complete(wanted) => Ok(complete::run(world, wanted)),
        Command::Print { text } => Ok(Reply::text(text)),
        Command::Caller {
            caller,
            spec,
            arguments,
        } => Ok(serve::serve(world, caller, spec.as_deref(), arguments)),
        Command::Add(addition) => add::run(world, addition)
            .map(|added| added.reply(&|name| check::run(world, Some(name), false, None))),
        Command::Token { spec, output } => token::run(world, spec.as_deref(), output),
        Command::Run {
            spec,
            variable,
            revoke,
            command,
        } => {
            let (spec, variable) = (spec.as_deref(), variable.as_deref());
            match run::run(world, spec, variable, *revoke, command) {
                Ok(RunOutcome::Succeed(next)) => return Outcome::Exec(next),
                Ok(RunOutcome::Ended(reply)) => Ok(reply),
                Err(error) => Err(error),
            }
        }
        Command::Check {
            spec,
            as_json,
            warn_within,
        } => check::run(world, spec.as_deref(), *as_json, *warn_within),
        Command::Revoke { spec } => revoke::run(world, spec.as_deref()),
        Command::Status { as_json } => status::run(world, *as_json),
        Command::Forget { spec, all } => forget::run(world, spec.as_deref(), *all),
        Command::Secret { action, keyring } => secret::run(world, action, *keyring),
        Command::Setup(options) => setup::run(world, options),
        Command::Doctor { as_json, online } => Ok(doctor::run(world, *as_json, *online)),
        Command::Explain {
            spec,
            caller,
            target,
            as_json,
        } => {
            let question = Question {
                spec: spec.as_deref(),
                caller: caller.as_deref(),
                target: target.as_deref(),
                as_json: *as_json,
            };
            explain::run(world, question)
        }
        Command::Providers { name } => providers::run(world, name.as_deref()),
        Command::Schema { subject } => schema::run(world, *subject),
    };
    Outcome::Reply(done.unwrap_or_else(|error: Error| Reply::failure(&error.message())))
}
