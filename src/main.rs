//! The entry point: collects argv, runs the command, writes the reply and exits.

#![deny(unsafe_code)]
#![cfg_attr(all(target_os = "linux", target_env = "gnu"), no_main)]

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod start;

use keyfob::protocol::Reply;
use keyfob::run::{Outcome, run};
use keyfob::world::{process, programs, system::System, terminal};
use keyfob::{cli, command};

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() {
    std::process::exit(program())
}

/// Runs the whole program and returns its exit status.
fn program() -> i32 {
    process::keep_private();
    let argv: Vec<_> = std::env::args_os().collect();
    let line = match cli::read(&argv) {
        Ok(line) => line,
        Err(message) => return terminal::write(&Reply::failure(&message)),
    };
    let world = System::from_environment().verbose(line.verbose, line.may_log());
    let world = world.for_a_person(line.edits_the_keyring());
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    let world = world.before_lookups(start::choose_name_services);
    match run(&world, &line) {
        Outcome::Reply(reply) => terminal::write(&reply),
        Outcome::Exec(next) => {
            match programs::replace(&next.program, &next.arguments, &next.variable, &next.value) {
                Ok(status) => status,
                Err(why) => terminal::write(&Reply::failure(
                    &command::run::not_started(&next.program, &why).message(),
                )),
            }
        }
    }
}
