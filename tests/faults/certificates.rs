//! Servers that are not who they should be: nothing is sent, one error is told, and what is still good is handed out.

use std::fs;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use super::callers::{ALL, Caller};
use super::network::{Stand, Then};
use super::{each, numbered};
use crate::support::{Provider, Tls};

/// What is wrong with the certificate.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    Host,
    Expired,
    NotYet,
    SelfSigned,
    Issuer,
}

/// A server's certificate that is wrong, and the authority that signed it, in the place of this one's.
fn spoil(tls: &Tls, wrong: Wrong) {
    let host = match wrong {
        Wrong::Host => "other.example",
        _ => "127.0.0.1",
    };
    let mut leaf = CertificateParams::new([host.to_owned()]).unwrap();
    match wrong {
        Wrong::Expired => leaf.not_after = date_time_ymd(2001, 1, 1),
        Wrong::NotYet => leaf.not_before = date_time_ymd(4000, 1, 1),
        _ => {}
    }
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (key, authority_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    if !matches!(wrong, Wrong::Issuer) {
        let known = authority.self_signed(&authority_key).unwrap();
        fs::write(&tls.ca_file, known.pem()).unwrap();
    }
    let certificate = match wrong {
        Wrong::SelfSigned => leaf.self_signed(&key).unwrap(),
        _ => leaf
            .signed_by(&key, &Issuer::new(authority, authority_key))
            .unwrap(),
    };
    fs::write(&tls.certificate_file, certificate.pem()).unwrap();
    fs::write(&tls.key_file, key.serialize_pem()).unwrap();
}

#[test]
fn a_wrong_certificate_gets_nothing_and_costs_nothing() {
    let right = Tls::new();
    let wrongs = [
        Wrong::Host,
        Wrong::Expired,
        Wrong::NotYet,
        Wrong::SelfSigned,
        Wrong::Issuer,
    ];
    let cases = wrongs
        .into_iter()
        .flat_map(|wrong| ALL.map(|caller| (format!("{wrong:?} {caller:?}"), (wrong, caller))));
    each(20, cases, |(wrong, caller): (Wrong, Caller)| {
        let mut stand = Stand::new(Some(&right));
        let swapped = Tls::new();
        spoil(&swapped, wrong);
        let roots = stand
            .home
            .write("home/roots.pem", right.ca_pem() + &swapped.ca_pem());
        stand.home.set("SSL_CERT_FILE", roots);
        let impostor = Provider::tls(&swapped, numbered);
        let set = |on: bool| {
            stand.proxy.lead_to(match on {
                true => impostor.port(),
                false => stand.provider.port(),
            });
        };
        stand.suffers(caller, Then::Error("provider-unreachable"), &set);
        assert_eq!(impostor.count(), 0);
        // Cold, and due for renewal: a certificate does not heal by trying again.
        assert_eq!(impostor.connections(), 2);
    });
}
