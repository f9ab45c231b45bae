//! Whom keyfob.exe trusts: the certificate store, and no file that another user can plant.

use std::fs;
use std::path::PathBuf;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::prefix;
use crate::support::client::{SECRET_VARIABLE, spec};
use crate::support::wine::windows_path;
use crate::support::{Answer, Output, Provider, Tls, Windows, run};

/// A user, and a provider whose authority nobody knows.
fn user() -> Option<(Windows, Provider, Tls)> {
    let user = Windows::new()?;
    let tls = Tls::new();
    let provider = Provider::tls(&tls, |_| Answer::token("t0ken", 3600));
    user.spec("ci", spec(&provider, &[]).to_string());
    Some((user, provider, tls))
}

fn token(user: &Windows, variables: &[(&str, &str)], folder: Option<PathBuf>) -> Output {
    let mut command = user.keyfob(["token", "--spec", "ci", "--format", "token"]);
    command.env(SECRET_VARIABLE, "s3cret");
    command.envs(variables.iter().copied());
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    run(&mut command, "")
}

#[test]
fn a_bundle_in_etc_of_the_current_drive_is_not_read() {
    let Some((user, provider, tls)) = user() else {
        return;
    };
    // A drive whose root everybody can write.
    let drive = user.home().path("drive");
    fs::create_dir_all(drive.join("work")).unwrap();
    let letter = prefix().join("dosdevices/y:");
    let _ = fs::remove_file(&letter);
    std::os::unix::fs::symlink(&drive, &letter).unwrap();
    for path in [
        "etc/ssl/certs/ca-certificates.crt",
        "etc/ssl/cert.pem",
        "etc/pki/tls/certs/ca-bundle.crt",
        "usr/local/share/certs/ca-root-nss.crt",
    ] {
        let path = drive.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, tls.ca_pem()).unwrap();
    }
    let output = token(&user, &[], Some(drive.join("work")));
    let _ = fs::remove_file(&letter);
    assert!(
        output.stderr.contains("issuer is not trusted"),
        "{output:?}"
    );
    assert_eq!(provider.requests().len(), 0);
    let named = windows_path(&tls.ca_file);
    let by_name = token(&user, &[("SSL_CERT_FILE", &named)], None);
    assert_eq!(by_name, Output::success("t0ken\n"));
}

#[test]
fn a_root_in_the_store_is_trusted_until_it_is_disallowed() {
    let Some((user, _provider, tls)) = user() else {
        return;
    };
    let der = CertificateDer::from_pem_slice(tls.ca_pem().as_bytes()).unwrap();
    let hex = |bytes: &[u8]| {
        let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
        digits.collect::<String>()
    };
    let thumbprint = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der).as_ref());
    // An element of a store: property 32 is the certificate.
    let length = u32::try_from(der.len()).unwrap().to_le_bytes();
    let head = [32_u32.to_le_bytes(), 1_u32.to_le_bytes(), length].concat();
    let element = hex(&[&head, der.as_ref()].concat());
    let key = |store: &str| {
        format!(
            "HKCU\\Software\\Microsoft\\SystemCertificates\\{store}\\Certificates\\{thumbprint}"
        )
    };
    let add = |store: &str| {
        let key = key(store);
        let words = [
            "add",
            &key,
            "/v",
            "Blob",
            "/t",
            "REG_BINARY",
            "/d",
            &element,
            "/f",
        ];
        assert_eq!(run(&mut user.command("reg", words), "").status, 0);
    };
    let remove = |store: &str| {
        let _ = run(&mut user.command("reg", ["delete", &key(store), "/f"]), "");
    };
    assert!(
        token(&user, &[], None)
            .stderr
            .contains("issuer is not trusted")
    );
    add("Root");
    let trusted = token(&user, &[], None);
    let doctor = run(&mut user.keyfob(["doctor"]), "");
    let forgotten = run(&mut user.keyfob(["forget", "--all"]), "");
    add("Disallowed");
    let disallowed = token(&user, &[], None);
    remove("Root");
    remove("Disallowed");
    assert_eq!(trusted, Output::success("t0ken\n"));
    let roots = "from the certificate store of Windows and the roots built in";
    assert!(doctor.stdout.contains(roots), "{doctor:?}");
    assert_eq!(forgotten.status, 0);
    assert!(
        disallowed.stderr.contains("issuer is not trusted"),
        "{disallowed:?}"
    );
}
