//! Which proxy a request uses: the spec's, else the environment's, which is read as curl reads it
//! (<https://everything.curl.dev/usingcurl/proxies/env.html>).
//!
//! For `https` that is the first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY` that
//! is not empty. `no_proxy`, else `NO_PROXY`, lists exceptions.
//!
//! A proxy is never used for this machine and for link-local addresses (cloud metadata). Plain
//! `http` is only used for this machine. Therefore `http_proxy` is never read, and the `Proxy:`
//! header of a request to a web server (CGI's `HTTP_PROXY`) has no effect.
//!
//! The spec's own proxy has no other exceptions. The error for an unusable value names the member
//! or variable and never repeats the value, which may hold a password.

use std::fmt;
use std::net::IpAddr;

use zeroize::Zeroizing;

use crate::credential::Secret;
use crate::http::{NoResponse, Transport};
use crate::target::{Endpoint, Host, Scheme};
use crate::text::percent_decoded;

/// An `http` or `https` proxy.
#[derive(Clone)]
pub(super) struct Proxy {
    scheme: Scheme,
    host: Host,
    port: u16,
    credentials: Option<Secret>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl Proxy {
    /// Parses `[http[s]://][user[:password]@]host[:port]`. The rest after the port is ignored, as
    /// in curl. Default port: the scheme's, 80 or 443.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some((scheme, _)) if scheme.to_ascii_lowercase().starts_with("socks") => {
                return Err("names a SOCKS proxy, and only http and https proxies are supported");
            }
            Some(_) => return Err("names a proxy of an unknown scheme"),
            None => (Scheme::Http, text),
        };
        const MALFORMED: &str = "is not a proxy URL such as http://proxy.example.com:3128";
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
                let port = port.parse().ok().filter(|port| digits && *port != 0);
                (host, port.ok_or(MALFORMED)?)
            }
            _ => (place, scheme.default_port()),
        };
        let host = Host::parse(host).map_err(|_| MALFORMED)?;
        let credentials = user.map(credentials).transpose().map_err(|()| MALFORMED)?;
        Ok(Self {
            scheme,
            host,
            port,
            credentials,
        })
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn host(&self) -> &str {
        self.host.as_str()
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// `user:password`, percent-decoded.
    pub(super) fn credentials(&self) -> Option<&Secret> {
        self.credentials.as_ref()
    }

    /// The URL without credentials.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.shown())
    }

    /// `host:port`.
    pub(super) fn shown(&self) -> String {
        format!("{}:{}", self.host.as_str(), self.port)
    }
}

/// Percent-decodes the parts of `user:password` once (RFC 3986 §3.2.1). A colon in the user's name
/// would pass for the separator, and neither part may hold control characters (RFC 7617 §2).
fn credentials(text: &str) -> Result<Secret, ()> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = |part: &str| {
        let bytes = percent_decoded(part.as_bytes()).map(Zeroizing::new);
        bytes
            .filter(|bytes| !bytes.iter().any(u8::is_ascii_control))
            .ok_or(())
    };
    let (user, password) = (decoded(user)?, decoded(password)?);
    if user.contains(&b':') {
        return Err(());
    }
    Ok(Secret::new([&**user, b":", &**password].concat()))
}

/// The proxy for a request to `endpoint`, if one is used.
///
/// # Errors
/// [`NoResponse::Setup`] if the proxy's URL cannot be used. It names the member or variable.
pub(super) fn choose(
    endpoint: &Endpoint,
    transport: &Transport,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, NoResponse> {
    if endpoint.scheme() == Scheme::Http || never_proxied(endpoint.host()) {
        return Ok(None);
    }
    let set = |names: [&'static str; 2]| {
        let read = |name| Some((name, environment(name)?.trim().to_owned()));
        names
            .into_iter()
            .filter_map(read)
            .find(|(_, value)| !value.is_empty())
    };
    let (name, value) = match &transport.proxy {
        Some(value) => ("proxy", value.trim().to_owned()),
        None => {
            let named =
                set(["https_proxy", "HTTPS_PROXY"]).or_else(|| set(["all_proxy", "ALL_PROXY"]));
            let Some(named) = named else { return Ok(None) };
            let exceptions = set(["no_proxy", "NO_PROXY"]);
            if exceptions.is_some_and(|(_, list)| excepted(endpoint.host(), endpoint.port(), &list))
            {
                return Ok(None);
            }
            named
        }
    };
    if value.is_empty() {
        return Ok(None);
    }
    let setup = |why| NoResponse::Setup(format!("`{name}` {why}"));
    Proxy::parse(&value).map(Some).map_err(setup)
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// Whether the host is this machine or has a link-local address. Seen from a proxy, the address
/// would belong to another machine.
fn never_proxied(host: &Host) -> bool {
    let link_local = match host.address() {
        Some(IpAddr::V4(address)) => address.is_link_local(),
        Some(IpAddr::V6(address)) => address.is_unicast_link_local(),
        None => host.is_metadata_service(),
    };
    host.is_loopback() || link_local
}

/// Whether a `NO_PROXY` list holds the host. Commas or blanks separate the entries.
fn excepted(host: &Host, port: u16, list: &str) -> bool {
    let entries = list.split(|c: char| c == ',' || c.is_ascii_whitespace());
    let mut entries = entries.filter(|entry| !entry.is_empty());
    match host.address() {
        Some(address) => {
            entries.any(|entry| entry == "*" || entry_holds_address(entry, address, port))
        }
        None => entries.any(|entry| entry == "*" || entry_holds_name(entry, host.as_str(), port)),
    }
}

/// Whether an entry holds the address. Its forms are `192.0.2.7`, `192.0.2.0/24`, `2001:db8::7`,
/// `[2001:db8::7]:443` and `2001:db8::/32`.
fn entry_holds_address(entry: &str, address: IpAddr, port: u16) -> bool {
    if let Some((network, bits)) = entry.split_once('/') {
        let Ok(bits) = bits.parse::<u32>() else {
            return false;
        };
        return match (self::address(network), address) {
            (Some(IpAddr::V4(network)), IpAddr::V4(address)) if bits <= 32 => {
                let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (Some(IpAddr::V6(network)), IpAddr::V6(address)) if bits <= 128 => {
                let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        };
    }
    if self::address(entry) == Some(address) {
        return true;
    }
    match entry.rsplit_once(':') {
        Some((host, at)) if host.ends_with(']') || !host.contains(':') => {
            self::address(host) == Some(address) && at.parse() == Ok(port)
        }
        _ => false,
    }
}

/// Whether an entry holds the name. `example.com`, `.example.com` and `*.example.com` all hold
/// `example.com` and every name below it.
fn entry_holds_name(entry: &str, name: &str, port: u16) -> bool {
    let (entry, at) = entry
        .split_once(':')
        .map_or((entry, None), |(host, at)| (host, Some(at)));
    if at.is_some_and(|at| at.parse() != Ok(port)) {
        return false;
    }
    let entry = entry.strip_prefix('*').unwrap_or(entry);
    let entry = entry.trim_matches('.').to_ascii_lowercase();
    let below = || {
        name.strip_suffix(entry.as_str())
            .is_some_and(|above| above.ends_with('.'))
    };
    !entry.is_empty() && (name == entry || below())
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
