//! A desktop without a screen: a session bus, and GNOME Keyring on it, both this test's own.

use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::ask;
use crate::support::{Home, Output, Server, need, run};

/// What a test needs to build one.
const PROGRAMS: &[&str] = &[
    "dbus-daemon",
    "gnome-keyring-daemon",
    "secret-tool",
    "gdbus",
];

/// A session bus and the keyring on it.
pub struct Desktop {
    /// The environment of every command.
    pub home: Home,
    keyring: Option<Server>,
    bus: Server,
}

impl Desktop {
    /// A bus on which nobody keeps secrets, and nobody would be started for it.
    pub fn without_keyring() -> Option<Self> {
        if !need(PROGRAMS) {
            return None;
        }
        let mut home = Home::new();
        let socket = home.path("run/bus");
        let config = home.write(
            "bus.conf",
            format!(
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n \
                 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
                 <busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\n\
                 <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\n\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
                socket.display()
            ),
        );
        let bus = Server::start(
            home.command("dbus-daemon")
                .arg(format!("--config-file={}", config.display()))
                .arg("--nofork"),
        );
        home.set(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", socket.display()),
        );
        let desktop = Self {
            home,
            keyring: None,
            bus,
        };
        desktop.wait_until("the bus listens", |_| UnixStream::connect(&socket).is_ok());
        Some(desktop)
    }

    /// A bus with an unlocked keyring.
    pub fn unlocked() -> Option<Self> {
        let mut desktop = Self::without_keyring()?;
        desktop.log_in("correct horse");
        // The first log-in makes the default collection.
        desktop.wait_until("the keyring has a default collection", |desktop| {
            desktop.default_collection().is_some()
        });
        Some(desktop)
    }

    /// Starts the keyring and gives it this password, as a log-in does. It starts with a wrong one too, and stays locked.
    pub fn log_in(&mut self, password: &str) {
        let script =
            "printf %s \"$1\" | gnome-keyring-daemon --unlock --foreground --components=secrets";
        self.keyring = Some(Server::start(
            self.home.command("sh").args(["-c", script, "sh", password]),
        ));
        self.wait_until("the keyring is on the bus", Self::has_keyring);
    }

    /// Ends the keyring; the bus stays.
    pub fn log_out(&mut self) {
        self.keyring = None;
        self.wait_until("the keyring has left the bus", |desktop| {
            !desktop.has_keyring()
        });
    }

    fn has_keyring(&self) -> bool {
        let name = "org.freedesktop.secrets";
        let bus = "org.freedesktop.DBus";
        self.ask(bus, "/", "org.freedesktop.DBus.NameHasOwner", &[name])
            .contains("true")
    }

    /// Locks the default collection.
    pub fn lock(&self) {
        let collection = format!(
            "['{}']",
            self.default_collection().expect("a default collection")
        );
        self.service("Lock", &[&collection]);
    }

    /// Stops the keyring where it stands: it keeps its name on the bus and answers nobody.
    pub fn freeze_keyring(&self) {
        signal(self.keyring.as_ref().expect("a keyring"), Signal::STOP);
    }

    /// Stops the bus where it stands.
    pub fn freeze_bus(&self) {
        signal(&self.bus, Signal::STOP);
    }

    /// keyfob on this desktop.
    #[track_caller]
    pub fn keyfob(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Output {
        run(&mut self.home.keyfob(arguments), stdin)
    }

    /// secret-tool on this desktop.
    #[track_caller]
    pub fn secret_tool(&self, arguments: &[&str], stdin: impl AsRef<[u8]>) -> Output {
        run(self.home.command("secret-tool").args(arguments), stdin)
    }

    /// The secret that a provider gets where a spec names this entry.
    #[track_caller]
    pub fn secret(&self, entry: &str) -> String {
        ask(&self.home, entry).unwrap_or_else(|output| panic!("{output:?}"))
    }

    /// What keyfob says where a spec names this entry, and no provider gets anything.
    #[track_caller]
    pub fn refusal(&self, entry: &str) -> Output {
        ask(&self.home, entry).expect_err("a refusal")
    }

    /// What everybody says on the bus from now on.
    pub fn listen(&self) -> Server {
        let mut monitor = Server::start(self.home.command("dbus-monitor").arg("--session"));
        monitor.wait_until("listening", |log| log.contains("NameLost").then_some(()));
        monitor
    }

    fn default_collection(&self) -> Option<String> {
        let answer = self.service("ReadAlias", &["default"]);
        let path = answer.split('\'').nth(1)?;
        (path != "/").then(|| path.to_owned())
    }

    fn service(&self, method: &str, arguments: &[&str]) -> String {
        let method = format!("org.freedesktop.Secret.Service.{method}");
        self.ask(
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            &method,
            arguments,
        )
    }

    fn ask(&self, name: &str, object: &str, method: &str, arguments: &[&str]) -> String {
        let mut gdbus = self.home.command("gdbus");
        gdbus
            .args(["call", "--session", "-d", name, "-o", object, "-m", method])
            .args(arguments);
        run(&mut gdbus, "").stdout
    }

    #[track_caller]
    fn wait_until(&self, what: &str, look: impl Fn(&Self) -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !look(self) {
            let log = self.keyring.as_ref().map(Server::log);
            assert!(
                Instant::now() < until,
                "waited in vain until {what}: {log:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // Who is stopped cannot hear that it is to end.
        for server in self.keyring.iter().chain([&self.bus]) {
            signal(server, Signal::CONT);
        }
    }
}

fn signal(server: &Server, signal: Signal) {
    let group = i32::try_from(server.pid())
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process id");
    let _ = kill_process_group(group, signal);
}
