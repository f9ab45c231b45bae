//! A caller's requests: read in its language, answered in its language.
//! This module treats all callers alike. Their differences are in the caller's row and its request.

mod session;

use super::selected_spec;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::protocol::{Caller, CallerRequest, Conversation, Input, Message, Reply, Until};
use crate::world::World;
use session::Session;

/// Serves one request, or several in a row if the caller's conversation consists of lines.
pub fn serve(
    world: &dyn World,
    caller: &Caller,
    spec: Option<&str>,
    arguments: &[String],
) -> Reply {
    let server = Server {
        world,
        caller,
        spec,
        arguments,
    };
    match (caller.conversation)(arguments) {
        Conversation::Once | Conversation::OnOneStream => {
            server.request(&mut |until| world.read_stdin(until).map_err(Message::malformed))
        }
        Conversation::Lines { greeting } => server.lines(greeting),
    }
}

/// A process that a caller started.
struct Server<'a> {
    world: &'a dyn World,
    caller: &'a Caller,
    /// `--spec`
    spec: Option<&'a str>,
    arguments: &'a [String],
}

impl Server<'_> {
    /// Writes a greeting, then a reply to each line until standard input ends.
    fn lines(&self, greeting: &str) -> Reply {
        let mut written = self.world.write_stdout(&Secret::from(greeting.to_owned()));
        let mut stderr = String::new();
        while written.is_ok() {
            let line = self.world.read_stdin(Until::Line);
            if line.as_ref().is_ok_and(Secret::is_empty) {
                break;
            }
            let unreadable = line.is_err();
            let reply = self.request(&mut |_| line.clone().map_err(Message::malformed));
            written = self.world.write_stdout(&reply.stdout);
            stderr.push_str(&reply.stderr);
            if unreadable {
                break;
            }
        }
        match written {
            Ok(()) => Reply {
                stderr,
                ..Reply::silence()
            },
            Err(why) => Reply::failure(&Error::new(Code::OutputFailed, why).message()),
        }
    }

    /// The reply to one request.
    fn request(&self, stdin: &mut dyn FnMut(Until) -> Result<Secret, Message>) -> Reply {
        let variable = |name: &str| self.world.variable(name);
        let session = self.session(None);
        match (self.caller.read)(&mut Input {
            arguments: self.arguments,
            spec_is_named: session.has_spec(),
            stdin,
            variable: &variable,
        }) {
            CallerRequest::Reply(reply) => reply,
            CallerRequest::Failure(message) => {
                session.note_failure(None, &message);
                Reply::failure(&message)
            }
            CallerRequest::FailureWith(message, reply) => {
                session.note_failure(None, &message);
                reply
            }
            CallerRequest::List(listing) => session.list(&listing),
            CallerRequest::Erase {
                targets,
                user,
                presented,
                reply,
            } => {
                session.erase(&targets, user.as_deref(), presented.as_ref());
                reply
            }
            CallerRequest::Acknowledge {
                request,
                erase,
                reply,
            } => self
                .session(request.spec())
                .acknowledge(&*request, erase, reply),
            CallerRequest::OtherScheme(request) => {
                self.session(request.spec()).other_scheme(&*request)
            }
            CallerRequest::Credential(request) => {
                self.session(request.spec()).credential(&*request)
            }
        }
    }

    /// The session with the spec of `--spec`, else of the request, else of the environment.
    fn session(&self, named: Option<&str>) -> Session<'_> {
        Session {
            world: self.world,
            caller: self.caller,
            spec: selected_spec(self.world, self.spec.or(named)),
            by_variable: self.spec.or(named).is_none(),
        }
    }
}
