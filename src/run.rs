//! `Command` → what is left for `main` to do: write a reply, or give way to another program.

use crate::cli::{Command, CommandLine};
use crate::command::run::Exec;
use crate::command::{check, doctor, forget, providers, revoke, run, secret, serve, status, token};
use crate::error::Error;
use crate::protocol::Reply;
use crate::world::World;

/// How it ends.
#[derive(Debug)]
pub enum Outcome {
    /// Write this and exit.
    Reply(Reply),
    /// Another program takes over.
    Succeed(Exec),
}

/// Does what the command line says.
pub fn run(world: &dyn World, line: &CommandLine) -> Outcome {
    let told = |result: Result<Reply, Error>| {
        Outcome::Reply(result.unwrap_or_else(|error| Reply::failure(&error.told())))
    };
    match &line.command {
        Command::Say(words) => Outcome::Reply(Reply::words(words.as_str())),
        Command::Caller(caller, spec, words) => {
            Outcome::Reply(serve::serve(world, caller, spec.as_deref(), words))
        }
        Command::Token(spec, printing) => told(token::run(world, spec.as_deref(), printing)),
        Command::Run(spec, env, revoke, words) => {
            match run::run(world, spec.as_deref(), env.as_deref(), *revoke, words) {
                Ok(run::RunOutcome::Succeed(successor)) => Outcome::Succeed(successor),
                Ok(run::RunOutcome::Ended(reply)) => Outcome::Reply(reply),
                Err(error) => Outcome::Reply(Reply::failure(&error.told())),
            }
        }
        Command::Check(spec, as_json, within) => {
            told(check::run(world, spec.as_deref(), *as_json, *within))
        }
        Command::Revoke(spec) => told(revoke::run(world, spec.as_deref())),
        Command::Status(as_json) => Outcome::Reply(status::run(world, *as_json)),
        Command::Forget(spec, all) => told(forget::run(world, spec.as_deref(), *all)),
        Command::Secret(action, store) => told(secret::run(world, action, *store)),
        Command::Doctor => Outcome::Reply(doctor::run(world)),
        Command::Providers(name) => told(providers::run(world, name.as_deref())),
    }
}
