//! The OS keyring as users meet it: `keyfob secret …`, and a spec that names an entry, with real keyrings underneath.
//!
//! GNOME Keyring on a session bus of its own for each test, `secret-tool` as the other client, and this user's kernel keyring.
//! Never touches the machine's own session bus or desktop keyring; what it puts into the kernel it takes out again.

pub mod desktop;
#[cfg(target_os = "linux")]
mod kernel;
mod keychain;
mod out_of_reach;
mod program;
mod secret_service;

use crate::support::{Answer, Home, Output, Provider, run};

/// The first line of standard error of a run that must have failed: `keyfob: error: …`.
#[track_caller]
fn error(output: &Output) -> &str {
    assert_ne!(output.status, 0, "{output:?}");
    assert_eq!(output.stdout, "", "{output:?}");
    output.stderr.lines().next().unwrap_or_default()
}

/// The code at the end of that line.
#[track_caller]
fn code(output: &Output) -> &str {
    let (_, code) = error(output)
        .rsplit_once(" (")
        .unwrap_or_else(|| panic!("{output:?}"));
    code.strip_suffix(')')
        .unwrap_or_else(|| panic!("{output:?}"))
}

/// The hint, without `keyfob: hint: `.
fn hint(output: &Output) -> &str {
    output
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("keyfob: hint: "))
        .unwrap_or_default()
}

/// keyfob with a spec whose client secret is this entry: what the provider got as that secret, or what keyfob said instead.
fn ask(home: &Home, entry: &str) -> Result<String, Output> {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let url = provider.at("/token");
    let spec = format!(
        r#"{{"provider":"client_credentials","token_url":"{url}","client_id":"ci",
            "token_endpoint_auth_method":"client_secret_post","client_secret":{{"keyring":{entry}}}}}"#
    );
    let output = run(&mut home.keyfob(["token", "--spec", &spec]), "");
    if output.status == 0 {
        return Ok(provider
            .request()
            .parameter("client_secret")
            .unwrap_or_default());
    }
    assert_eq!(provider.count(), 0, "asked without a secret: {output:?}");
    Err(output)
}
