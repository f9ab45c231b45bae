//! The trusted roots: the spec's `ca_file`, else `SSL_CERT_FILE`, else the system's roots with
//! `SSL_CERT_DIR`, else the built-in roots.
//!
//! A file that the spec or the environment names replaces everything else and must hold a
//! certificate (RFC 7468). The system's roots take precedence over the built-in roots, because an
//! organisation stores its own root there. They are the platform's certificate store or a bundle
//! (`platform::roots`). As with curl and OpenSSL, `SSL_CERT_DIR` adds to them. A relative path
//! names nothing. Verification is never switched off.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts};

use crate::http::{NoResponse, Transport};
use crate::world::platform;
use crate::world::platform::certificate_store::{CertificateStore, is_authority};

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
        system: &'static System,
        folder: Option<(String, Certificates)>,
    },
    BuiltIn,
}

struct System {
    /// The words of messages.
    name: String,
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
            system,
            folder: None,
        } => trusting(system.certificates.iter()),
        Roots::System {
            system,
            folder: Some((_, more)),
        } => trusting(system.certificates.iter().chain(&more)),
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
            system,
            folder: None,
        } => (system.name.clone(), Some(system.certificates.len())),
        Roots::System {
            system,
            folder: Some((folder, more)),
        } => (
            format!("{} and {folder}", system.name),
            Some(system.certificates.len() + more.len()),
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
        // A relative path is one of the folder in which a caller runs.
        if !path.is_absolute() {
            return Err(setup("is not an absolute path"));
        }
        let certificates = certificates_in(&path).map_err(|error| setup(&unreadable(&error)))?;
        if !certificates.iter().any(usable) {
            return Err(setup("holds no usable PEM certificate"));
        }
        return Ok(Roots::File { name, certificates });
    }
    let folder = set("SSL_CERT_DIR").map(|folders| {
        let certificates = std::env::split_paths(&folders)
            .filter(|path| path.is_absolute())
            .flat_map(|path| certificates_under(&path));
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
        (Some(system), folder) => Ok(Roots::System { system, folder }),
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

/// The system's roots. They are read once per process.
fn system() -> Option<&'static System> {
    static SYSTEM: OnceLock<Option<System>> = OnceLock::new();
    let read = || {
        let store = platform::roots::store().map(in_store);
        store.filter(has_usable).or_else(|| {
            let bundle = |path: &&str| {
                let certificates = certificates_in(Path::new(path)).ok()?;
                let name = format!("the system's bundle {path}");
                Some(System { name, certificates }).filter(has_usable)
            };
            platform::roots::BUNDLES.iter().find_map(bundle)
        })
    };
    SYSTEM.get_or_init(read).as_ref()
}

fn has_usable(system: &System) -> bool {
    system.certificates.iter().any(usable)
}

/// The roots that a store trusts. Those that it distrusts are left out of the built-in roots too.
/// The certificate of one server, which a person accepted, is no root: it would speak for every
/// host.
fn in_store(store: CertificateStore) -> System {
    let (mut name, mut trusted) = (store.name.to_owned(), store.trusted);
    trusted.retain(|certificate| is_authority(certificate));
    if store.is_filled_on_demand {
        name.push_str(" and the roots built in");
        trusted.extend(built_in().map(|root| root.to_vec()));
    }
    trusted.sort_unstable();
    trusted.dedup();
    trusted.retain(|root| !store.distrusted.contains(root));
    System {
        name,
        certificates: trusted.into_iter().map(CertificateDer::from).collect(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn store(trusted: &[&[u8]], distrusted: &[&[u8]], is_filled_on_demand: bool) -> System {
        let ders = |list: &[&[u8]]| list.iter().map(|der| der.to_vec()).collect();
        in_store(CertificateStore {
            name: "the store",
            trusted: ders(trusted),
            distrusted: ders(distrusted),
            is_filled_on_demand,
        })
    }

    fn certificate(is_authority: bool) -> Vec<u8> {
        let mut parameters =
            rcgen::CertificateParams::new(["host.example.com".to_owned()]).unwrap();
        parameters.is_ca = match is_authority {
            true => rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained),
            false => rcgen::IsCa::ExplicitNoCa,
        };
        let key = rcgen::KeyPair::generate().unwrap();
        parameters.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_root_that_the_store_distrusts_is_trusted_from_nowhere() {
        let public: Certificates = built_in().collect();
        let [first, second] = [public.first().unwrap(), public.get(1).unwrap()];
        let corporate = certificate(true);
        let own: &[u8] = &corporate;
        let complete = store(&[own, second, own], &[], false);
        assert_eq!(complete.name, "the store");
        assert_eq!(complete.certificates.len(), 2);
        let filled = store(&[own, first], &[first, second], true);
        assert_eq!(filled.name, "the store and the roots built in");
        assert_eq!(filled.certificates.len(), public.len() - 1);
        let holds = |der: &CertificateDer<'static>| filled.certificates.contains(der);
        assert!(!holds(first) && !holds(second));
        assert!(holds(&CertificateDer::from(corporate.clone())) && holds(public.get(2).unwrap()));
    }

    #[test]
    fn the_certificate_of_one_server_is_no_root() {
        let [authority, server] = [certificate(true), certificate(false)];
        let system = store(&[&authority, &server], &[], false);
        assert_eq!(system.certificates, [CertificateDer::from(authority)]);
    }

    #[test]
    fn a_store_with_no_usable_root_is_none() {
        assert!(!has_usable(&store(&[b"garbage"], &[], false)));
        assert!(has_usable(&store(&[], &[], true)));
    }
}
