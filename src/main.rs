//! The door: gathers argv, lets the program answer, writes the reply, exits.

#![forbid(unsafe_code)]

use std::io::Write as _;
use std::process::ExitCode;

use keyfob::protocol::Reply;
use keyfob::run::Outcome;
use keyfob::world::system::System;
use keyfob::{cli, command, run, world};

fn main() -> ExitCode {
    let argv: Vec<_> = std::env::args_os().collect();
    let line = match cli::read(&argv) {
        Ok(line) => line,
        Err(told) => return write(&Reply::failure(&told)),
    };
    let world = System::from_environment().verbose(line.verbose);
    match run::run(&world, &line) {
        Outcome::Reply(reply) => write(&reply),
        Outcome::Succeed(next) => {
            let why = world::programs::replace(
                &next.program,
                &next.arguments,
                &next.variable,
                &next.value,
            );
            write(&Reply::failure(
                &command::run::not_started(&next.program, &why).told(),
            ))
        }
    }
}

/// Writes the whole answer at once; one that cannot be written is a failure.
fn write(reply: &Reply) -> ExitCode {
    let stdout = std::io::stdout().lock().write_all(reply.stdout.expose());
    let stdout = stdout.and_then(|()| std::io::stdout().flush());
    let _ = std::io::stderr().write_all(reply.stderr.as_bytes());
    match stdout {
        Ok(()) => ExitCode::from(reply.status),
        Err(why) => {
            let _ = writeln!(
                std::io::stderr(),
                "keyfob: error: the answer cannot be written: {} (output-failed)",
                why.kind()
            );
            ExitCode::FAILURE
        }
    }
}
