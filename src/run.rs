//! `Command` → what is left for `main` to do: write a reply, or give way to another program.

use crate::cli::{Command, CommandLine};
use crate::command::run::Successor;
use crate::command::{forget, providers, run, secret, serve, status, token};
use crate::error::Error;
use crate::protocol::Reply;
use crate::world::World;

/// How it ends.
#[derive(Debug)]
pub enum Outcome {
    /// Write this and exit.
    Reply(Reply),
    /// Another program takes over.
    Succeed(Successor),
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
        Command::Token(spec, format, env) => {
            told(token::run(world, spec.as_deref(), *format, env.as_deref()))
        }
        Command::Run(spec, env, words) => {
            match run::run(world, spec.as_deref(), env.as_deref(), words) {
                Ok(successor) => Outcome::Succeed(successor),
                Err(error) => Outcome::Reply(Reply::failure(&error.told())),
            }
        }
        Command::Status(as_json) => Outcome::Reply(status::run(world, *as_json)),
        Command::Forget(spec, all) => told(forget::run(world, spec.as_deref(), *all)),
        Command::Secret(action, store) => told(secret::run(world, action, *store)),
        Command::Providers(name) => told(providers::run(world, name.as_deref())),
    }
}
