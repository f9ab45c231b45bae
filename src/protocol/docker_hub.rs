//! Docker Hub has several names, and a client may use any of them for the same registry.

/// The names under which clients and image references know Docker Hub.
const NAMES: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];

/// The server key that docker itself uses for Docker Hub.
pub const KEY: &str = "https://index.docker.io/v1/";

/// Whether this host is Docker Hub.
#[must_use]
pub fn is_at(host: &str) -> bool {
    NAMES.contains(&host)
}

/// The URL of this path at Docker Hub, under each of its names.
pub(super) fn urls(path: &str) -> Vec<String> {
    let url = |name: &&str| format!("https://{name}{path}");
    NAMES.iter().map(url).collect()
}

/// The URLs of the whole registry: a client writes them with or without the version of its API.
pub(super) fn registry() -> Vec<String> {
    let both = |name: &&str| [format!("https://{name}"), format!("https://{name}/v1")];
    NAMES.iter().flat_map(both).collect()
}
