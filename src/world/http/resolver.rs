//! Looks up the addresses of the server, or of the proxy if there is one. A name that only the
//! proxy knows is then never looked up here.
//!
//! An IP address and `localhost` (RFC 6761 §6.3: always loopback, never sent to a server) need no
//! lookup and no thread. Any other name is looked up by the system in a thread. A lookup cannot be
//! cancelled, so the thread is left behind at the deadline: the process is about to end.
//!
//! ureq's own `DefaultResolver` (as of 3.5.1) uses a thread in the same way. It is not used here
//! because it knows no proxy but ureq's own (see `tunnel`), leaves `localhost` to the system's
//! configuration, starts a thread for an IP address too, and panics if no thread can be started.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::proxy::Proxy;
use super::stage::{Progress, Stage};

/// The number of addresses that ureq stores.
const ADDRESSES_MAX: usize = 16;

/// Finds the addresses to connect to.
#[derive(Debug)]
pub(super) struct Names {
    proxy: Option<(String, u16)>,
    progress: Progress,
}

impl Names {
    pub(super) fn new(proxy: Option<&Proxy>, progress: Progress) -> Self {
        Self {
            proxy: proxy.map(|proxy| (proxy.host().to_owned(), proxy.port())),
            progress,
        }
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        self.progress.reach(Stage::Lookup);
        let default = if uri.scheme_str() == Some("http") {
            80
        } else {
            443
        };
        let of_server = || {
            (
                uri.host().unwrap_or_default(),
                uri.port_u16().unwrap_or(default),
            )
        };
        let of_proxy = self
            .proxy
            .as_ref()
            .map(|(host, port)| (host.as_str(), *port));
        let (host, port) = of_proxy.unwrap_or_else(of_server);
        let addresses = match without_lookup(host, port) {
            Some(addresses) => addresses,
            None => {
                lookup(host, port, *timeout.after)?.ok_or(ureq::Error::Timeout(timeout.reason))?
            }
        };
        let mut stored = self.empty();
        addresses
            .into_iter()
            .take(ADDRESSES_MAX)
            .for_each(|address| stored.push(address));
        if stored.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        self.progress.reach(Stage::Connect);
        Ok(stored)
    }
}

/// The addresses of a host that needs no lookup.
fn without_lookup(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        let both = [
            IpAddr::V6(Ipv6Addr::LOCALHOST),
            IpAddr::V4(Ipv4Addr::LOCALHOST),
        ];
        return Some(both.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    let address: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
    Some(vec![SocketAddr::new(address, port)])
}

/// The system's lookup. `None` if it does not end in time.
fn lookup(host: &str, port: u16, limit: Duration) -> io::Result<Option<Vec<SocketAddr>>> {
    let (answer, answered) = mpsc::sync_channel(1);
    let name = host.to_owned();
    thread::Builder::new()
        .name("lookup".to_owned())
        .spawn(move || {
            let found = (name.as_str(), port)
                .to_socket_addrs()
                .map(Iterator::collect);
            // After the deadline nothing receives the addresses.
            let _ = answer.send(found);
        })?;
    match answered.recv_timeout(limit) {
        Ok(found) => found.map(Some),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ureq::Timeout;
    use ureq::config::Config;
    use ureq::unversioned::resolver::Resolver as _;
    use ureq::unversioned::transport::NextTimeout;

    use super::super::stage::{Progress, Stage};
    use super::{Names, lookup, without_lookup};

    fn shown(host: &str) -> Option<Vec<String>> {
        without_lookup(host, 80).map(|found| found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn localhost_is_both_loopback_addresses_without_a_lookup() {
        let both = vec!["[::1]:80".to_owned(), "127.0.0.1:80".to_owned()];
        assert_eq!(shown("localhost"), Some(both));
    }

    #[test]
    fn an_address_is_itself_without_a_lookup() {
        assert_eq!(shown("192.0.2.7"), Some(vec!["192.0.2.7:80".to_owned()]));
        assert_eq!(
            shown("[2001:db8::7]"),
            Some(vec!["[2001:db8::7]:80".to_owned()])
        );
    }

    #[test]
    fn any_other_name_is_looked_up() {
        assert_eq!(shown("localhost.example"), None);
    }

    #[test]
    fn the_systems_lookup_gives_the_addresses_or_its_error() {
        let found = lookup("127.0.0.1", 80, Duration::from_secs(60)).ok();
        assert_eq!(found, Some(Some(vec![([127, 0, 0, 1], 80).into()])));
        assert!(lookup("a name\0", 80, Duration::from_secs(60)).is_err());
    }

    #[test]
    fn without_a_port_it_is_the_schemes() {
        let timeout = NextTimeout {
            after: Duration::from_secs(60).into(),
            reason: Timeout::Resolve,
            per_read: None,
            per_write: None,
        };
        for (url, address) in [
            ("http://192.0.2.7/", "192.0.2.7:80"),
            ("https://192.0.2.7/", "192.0.2.7:443"),
            ("https://192.0.2.7:8443/", "192.0.2.7:8443"),
        ] {
            let progress = Progress::default();
            let found = url.parse().ok().and_then(|uri| {
                let names = Names::new(None, progress.clone());
                names.resolve(&uri, &Config::default(), timeout).ok()
            });
            let found = found.map(|found| found.iter().map(ToString::to_string).collect());
            assert_eq!(found, Some(vec![address.to_owned()]));
            assert_eq!(progress.stage(), Stage::Connect);
        }
    }
}
