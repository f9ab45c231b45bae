//! Whom a call trusts: the spec's file, the environment's, the system's, and what is said of a file that is no good.

use std::path::Path;

use keyfob::http::Transport;
use keyfob::world::http::describe_roots;

use super::authority::{Authority, showing};
use super::{Try, UNSENT};
use crate::support::{Answer, Provider};
use keyfob::world::http::built_in_roots;

#[test]
fn ssl_cert_file_is_trusted_and_ca_file_goes_before_it() {
    let authority = Authority::new();
    let url = format!("https://{}/", showing(authority.leaf("127.0.0.1", |_| {})));
    let file = authority.file.to_str().unwrap();
    assert_eq!(Try::get(&url).with("SSL_CERT_FILE", file).answer(), "ok");
    let other = Authority::new();
    let both = Try::get(&url)
        .with("SSL_CERT_FILE", file)
        .trusting(&other.file);
    let (sent, words) = both.failure();
    assert!(!sent && words.contains("issuer is not trusted"), "{words}");
}

#[test]
fn ssl_cert_dir_adds_to_the_system() {
    let authority = Authority::new();
    let url = format!("https://{}/", showing(authority.leaf("127.0.0.1", |_| {})));
    let folder = authority.file.with_extension("d");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("README"), "no certificate").unwrap();
    let empty = Try::get(&url)
        .with("SSL_CERT_DIR", folder.to_str().unwrap())
        .failure();
    let words = format!(
        "cannot set up the connection: `SSL_CERT_DIR` {} holds no usable PEM certificate",
        folder.display()
    );
    assert_eq!(empty, (UNSENT, words));
    std::fs::copy(&authority.file, folder.join("corporate.pem")).unwrap();
    let folders = format!("/no/such/folder:{}", folder.display());
    assert_eq!(Try::get(&url).with("SSL_CERT_DIR", folders).answer(), "ok");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_of_roots_that_is_no_good_is_named() {
    let garbage = Authority::new();
    let path = garbage.file.to_str().unwrap();
    let because = |who: &str, path: &str, why: &str| {
        (
            UNSENT,
            format!("cannot set up the connection: `{who}` {path} {why}"),
        )
    };
    let bad_certificate = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    for content in ["", "garbage", bad_certificate] {
        std::fs::write(&garbage.file, content).unwrap();
        let words = "holds no usable PEM certificate";
        let variable = Try::get("https://127.0.0.1:1/").with("SSL_CERT_FILE", path);
        assert_eq!(variable.failure(), because("SSL_CERT_FILE", path, words));
        let member = Try::get("https://127.0.0.1:1/").trusting(&garbage.file);
        assert_eq!(member.failure(), because("ca_file", path, words));
    }
    for (path, why) in [
        ("/no/such/file.pem", "does not exist"),
        ("/", "is not a file"),
        ("/dev/zero", "is not a file"),
    ] {
        let variable = Try::get("https://127.0.0.1:1/").with("SSL_CERT_FILE", path);
        assert_eq!(variable.failure(), because("SSL_CERT_FILE", path, why));
        let member = Try::get("https://127.0.0.1:1/").trusting(Path::new(path));
        assert_eq!(member.failure(), because("ca_file", path, why));
    }
}

#[test]
fn the_environment_names_no_roots_of_the_folder_in_which_a_caller_runs() {
    let authority = Authority::new();
    let url = format!("https://{}/", showing(authority.leaf("127.0.0.1", |_| {})));
    // It leads to the file from every folder.
    let relative = format!("{}{}", "../".repeat(30), authority.file.display());
    assert!(Path::new(&relative).is_file());
    let file = Try::get(&url).with("SSL_CERT_FILE", &relative);
    let words = "is not an absolute path";
    let words = format!("cannot set up the connection: `SSL_CERT_FILE` {relative} {words}");
    assert_eq!(file.failure(), (UNSENT, words));
    let folder = authority.file.with_extension("d");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&authority.file, folder.join("corporate.pem")).unwrap();
    let relative = format!("{}{}", "../".repeat(30), folder.display());
    let words = "holds no usable PEM certificate";
    let words = format!("cannot set up the connection: `SSL_CERT_DIR` {relative} {words}");
    let under = Try::get(&url).with("SSL_CERT_DIR", relative);
    assert_eq!(under.failure(), (UNSENT, words));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn plain_http_reads_no_roots_and_no_proxy() {
    let provider = Provider::start(|_| Answer::text(200, "ok"));
    let get = Try::get(provider.url())
        .with("SSL_CERT_FILE", "/no/such/file.pem")
        .with("HTTPS_PROXY", "hunter2:");
    assert_eq!(get.answer(), "ok");
}

#[test]
fn the_systems_bundle_is_read_where_there_is_one() {
    let (name, number) = describe_roots(&Transport::default(), &|_| None).unwrap();
    if Path::new("/etc/ssl/certs/ca-certificates.crt").exists() {
        assert_eq!(
            name,
            "the system's bundle /etc/ssl/certs/ca-certificates.crt"
        );
        assert!(number.unwrap() > 50, "{number:?}");
    }
    let authority = Authority::new();
    if let Some(number) = number {
        let folder = authority.file.with_extension("d");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(&authority.file, folder.join("corporate.pem")).unwrap();
        let shown = folder.display().to_string();
        let set = |name: &str| (name == "SSL_CERT_DIR").then(|| shown.clone());
        let both = describe_roots(&Transport::default(), &set);
        let expected = format!("{name} and `SSL_CERT_DIR` {shown}");
        assert_eq!(both, Ok((expected, Some(number + 1))));
        std::fs::remove_dir_all(folder).unwrap();
    }
    let set = |name: &str| (name == "SSL_CERT_FILE").then(|| authority.file.display().to_string());
    let named = format!("`SSL_CERT_FILE` {}", authority.file.display());
    assert_eq!(
        describe_roots(&Transport::default(), &set),
        Ok((named, Some(1)))
    );
}

/// What is read of a root is its name, its key and its constraints: all of them are those of Mozilla's list.
#[test]
fn the_roots_that_are_built_in_are_mozillas() {
    let mut store = rustls::RootCertStore::empty();
    for certificate in built_in_roots() {
        store.add(certificate).unwrap();
    }
    assert!(store.roots.len() > 100);
    assert_eq!(store.roots, webpki_roots::TLS_SERVER_ROOTS);
}
