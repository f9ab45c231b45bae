//! The trusted roots: the spec's `ca_file`, else `SSL_CERT_FILE`, else the system's bundle with
//! `SSL_CERT_DIR`, else the built-in roots.
//!
//! A file that the spec or the environment names replaces everything else and must hold a
//! certificate (RFC 7468). The system's bundle takes precedence over the built-in roots, because an
//! organisation stores its own root there. As with curl and OpenSSL, `SSL_CERT_DIR` adds to the
//! bundle. Verification is never switched off.
//!
//! The certificate stores of macOS (Keychain) and Windows are not read. There `SSL_CERT_FILE` names
//! the roots of an organisation. `rustls-native-certs` reads both and could replace the bundles
//! there. It costs one more crate on each of the two platforms and none on Linux.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts};

use crate::http::{NoResponse, Transport};

/// Paths of the bundle on Debian and Alpine, Fedora and RHEL, openSUSE, newer Fedora, macOS and the
/// BSDs.
const BUNDLES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/ssl/certs/ca-bundle.crt",
];

/// Largest file of roots, in bytes. The system's bundle has a quarter of a megabyte.
const FILE_MAX: u64 = 16 << 20;

type Certificates = Vec<CertificateDer<'static>>;

/// The roots that are trusted.
enum Roots {
    File {
        name: String,
        certificates: Certificates,
    },
    System {
        bundle: &'static System,
        folder: Option<(String, Certificates)>,
    },
    BuiltIn,
}

struct System {
    path: &'static str,
    certificates: Certificates,
}

/// The roots for one call.
///
/// # Errors
/// [`NoResponse::Setup`] if a file or folder that the spec or the environment names holds no usable
/// certificate. It names the path, and the member or variable.
pub(super) fn read(
    transport: &Transport,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<RootCerts, NoResponse> {
    Ok(match choose(transport, environment)? {
        Roots::File { certificates, .. } => trusting(certificates.iter()),
        Roots::System {
            bundle,
            folder: None,
        } => trusting(bundle.certificates.iter()),
        Roots::System {
            bundle,
            folder: Some((_, more)),
        } => trusting(bundle.certificates.iter().chain(&more)),
        Roots::BuiltIn => trusting(built_in().collect::<Certificates>().iter()),
    })
}

/// The roots for one call in words, and their number, which is `None` for the built-in roots.
///
/// # Errors
/// [`NoResponse::Setup`] if a file or folder that the spec or the environment names holds no usable
/// certificate. It names the path, and the member or variable.
pub fn describe(
    transport: &Transport,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, Option<usize>), NoResponse> {
    Ok(match choose(transport, environment)? {
        Roots::File { name, certificates } => (name, Some(certificates.len())),
        Roots::System {
            bundle,
            folder: None,
        } => (
            format!("the system's bundle {}", bundle.path),
            Some(bundle.certificates.len()),
        ),
        Roots::System {
            bundle,
            folder: Some((folder, more)),
        } => (
            format!("the system's bundle {} and {folder}", bundle.path),
            Some(bundle.certificates.len() + more.len()),
        ),
        Roots::BuiltIn => ("the roots built in".to_owned(), None),
    })
}

fn choose(
    transport: &Transport,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Roots, NoResponse> {
    let set = |name| environment(name).filter(|value| !value.is_empty());
    let named = match &transport.ca_file {
        Some(path) => Some(("`ca_file`", path.clone())),
        None => set("SSL_CERT_FILE").map(|path| ("`SSL_CERT_FILE`", path.into())),
    };
    if let Some((by, path)) = named {
        let name = format!("{by} {}", super::failure::plain(&path.to_string_lossy()));
        let setup = |why: &str| NoResponse::Setup(format!("{name} {why}"));
        let certificates = certificates_in(&path).map_err(|error| setup(&unreadable(&error)))?;
        if !certificates.iter().any(usable) {
            return Err(setup("holds no usable PEM certificate"));
        }
        return Ok(Roots::File { name, certificates });
    }
    let folder = set("SSL_CERT_DIR").map(|folders| {
        let certificates =
            std::env::split_paths(&folders).flat_map(|path| certificates_under(&path));
        let certificates: Certificates = certificates.collect();
        (
            format!("`SSL_CERT_DIR` {}", super::failure::plain(&folders)),
            certificates,
        )
    });
    match (system(), folder) {
        (_, Some((name, certificates))) if !certificates.iter().any(usable) => Err(
            NoResponse::Setup(format!("{name} holds no usable PEM certificate")),
        ),
        (Some(bundle), folder) => Ok(Roots::System { bundle, folder }),
        (None, Some((name, certificates))) => Ok(Roots::File { name, certificates }),
        (None, None) => Ok(Roots::BuiltIn),
    }
}

/// Mozilla's roots, which the build script writes.
pub fn built_in() -> impl Iterator<Item = CertificateDer<'static>> {
    let mut rest: &'static [u8] = include_bytes!(concat!(env!("OUT_DIR"), "/roots.der"));
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (certificate, after) = after.split_at_checked(length)?;
        rest = after;
        Some(CertificateDer::from(certificate))
    })
}

/// The system's bundle. It is read once per process.
fn system() -> Option<&'static System> {
    static SYSTEM: OnceLock<Option<System>> = OnceLock::new();
    let read = || {
        BUNDLES.into_iter().find_map(|path| {
            let certificates = certificates_in(Path::new(path)).ok()?;
            certificates
                .iter()
                .any(usable)
                .then_some(System { path, certificates })
        })
    };
    SYSTEM.get_or_init(read).as_ref()
}

/// Every certificate in a PEM file. Other content and malformed certificates are skipped.
fn certificates_in(path: &Path) -> std::io::Result<Certificates> {
    // Opening a FIFO would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut pem = Vec::new();
    fs::File::open(path)?.take(FILE_MAX).read_to_end(&mut pem)?;
    Ok(CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .collect())
}

/// Every certificate in the files of a folder. A folder that cannot be read holds none.
fn certificates_under(folder: &Path) -> Certificates {
    let files = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    files
        .filter_map(|file| certificates_in(&file.path()).ok())
        .flatten()
        .collect()
}

fn usable(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        std::io::ErrorKind::InvalidInput => "is not a file".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

fn trusting<'a>(certificates: impl Iterator<Item = &'a CertificateDer<'static>>) -> RootCerts {
    let certificates: Vec<Certificate<'static>> = certificates
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    RootCerts::new_with_certs(&certificates)
}
