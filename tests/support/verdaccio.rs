//! Verdaccio on loopback, a registry of npm packages, and pnpm. Ends with the test.

use super::tools::{tool, tool_folder};
use super::{Home, Server, free_port};

/// pnpm 12, among the tools.
pub const PNPM: &str = "pnpm/node_modules/@pnpm/exe.linux-x64/pnpm";
/// The registry, among the tools. Node runs it.
pub const VERDACCIO: &str = "pnpm/node_modules/verdaccio/bin/verdaccio";

/// Starts it with this configuration, whose relative paths lie in the home's `verdaccio`.
pub fn start(home: &Home, configuration: &str) -> (Server, u16) {
    let configuration = home.write("verdaccio/config.yaml", configuration);
    let port = free_port();
    let mut command = home.command_at(&tool("node"));
    command
        .arg(tool_folder().join(VERDACCIO))
        .arg("--config")
        .arg(configuration)
        .args(["--listen", &format!("127.0.0.1:{port}")]);
    let mut server = Server::start(&mut command);
    // Its own words, since the port could be another's.
    server.wait_until("listening", |log| {
        log.contains("http address").then_some(())
    });
    (server, port)
}
