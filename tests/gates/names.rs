//! Hosts in a static program: glibc would load what `nsswitch.conf` names, and some of that crashes there. See `src/start.rs`.
//!
//! Runs in a mount name space with an `/etc` of its own, so only as root.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::geteuid;
use serde_json::json;

use super::release;
use crate::support::{Home, need, run};

#[test]
fn a_host_is_found_whatever_the_name_services_are_and_none_is_loaded() {
    let Some(release) = release() else { return };
    if !need(&["strace", "unshare"]) || !geteuid().is_root() {
        return;
    }
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let (arrived, arrival) = mpsc::channel();
    // It hangs up at once: that the connection came is all there is to see.
    thread::spawn(move || arrived.send(listener.accept().is_ok()));
    let mut home = Home::new();
    // No resolv.conf, and services of which one crashes a static program where it is installed.
    let services = "hosts: mymachines myhostname resolve files dns\n";
    home.write("etc/nsswitch.conf", services);
    home.write("etc/hosts", "::1 provider.test\n");
    let spec = json!({
        "provider": "client_credentials",
        "token_url": format!("https://provider.test:{port}/token"),
        "client_id": "ci",
        "client_secret": {"env": "CLIENT_SECRET"},
        "timeout": 2,
    });
    home.spec("ci", spec.to_string());
    home.set("CLIENT_SECRET", "hunter2");
    let trace = home.path("trace");
    let script = format!(
        "mount --bind {} /etc && exec strace -f -qq -e trace=file -o {} \"$0\" token --spec ci",
        home.path("etc").display(),
        trace.display()
    );
    let mut command = home.command("unshare");
    let output = run(command.args(["-m", "sh", "-c", &script]).arg(&release), "");
    assert_eq!(output.status, 1, "{output:?}");
    assert!(
        output.stderr.contains("(provider-unreachable)"),
        "{output:?}"
    );
    assert_eq!(arrival.recv_timeout(Duration::from_secs(5)), Ok(true));
    let trace = std::fs::read_to_string(&trace).unwrap();
    assert!(trace.contains("/etc/hosts"), "{trace}");
    for loaded in ["libnss", ".so"] {
        assert!(!trace.contains(loaded), "{trace}");
    }
}
