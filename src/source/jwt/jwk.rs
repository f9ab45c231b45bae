//! A private JSON Web Key (RFC 7517; members by RFC 7518 §6 for RSA, EC and oct, RFC 8037 §2 for
//! OKP).
//!
//! Unknown members are ignored (RFC 7517 §4), and numbers may have too few or too many leading
//! zeros. Members are borrowed from the text, so that there is no copy to wipe. An error never
//! contains any of the key.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::key::{KeyError, KeyType, SigningKey};
use super::rsa::RsaNumbers;

const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Deserialize)]
struct Jwk<'a> {
    kty: &'a str,
    alg: Option<&'a str>,
    crv: Option<&'a str>,
    n: Option<&'a str>,
    e: Option<&'a str>,
    d: Option<&'a str>,
    p: Option<&'a str>,
    q: Option<&'a str>,
    dp: Option<&'a str>,
    dq: Option<&'a str>,
    qi: Option<&'a str>,
    oth: Option<IgnoredAny>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    k: Option<&'a str>,
}

/// Whether it is a JSON object with a `kty`.
pub fn is_jwk(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct HasKty {
        #[serde(rename = "kty")]
        _kty: IgnoredAny,
    }
    serde_json::from_slice::<HasKty>(text).is_ok()
}

/// Parses a JWK that must sign with `algorithm`.
pub fn parse_jwk(text: &[u8], algorithm: Algorithm) -> Result<SigningKey, KeyError> {
    // serde_json's message may quote the value.
    let jwk: Jwk<'_> = serde_json::from_slice(text).map_err(|_| KeyError::Malformed("JSON"))?;
    let key = match (jwk.kty, jwk.crv) {
        ("RSA", _) => jwk.rsa()?,
        ("EC", Some("P-256")) => jwk.ec(KeyType::P256)?,
        ("EC", Some("P-384")) => jwk.ec(KeyType::P384)?,
        ("EC", Some("P-521")) => return Err(KeyError::Unsupported("EC P-521")),
        ("EC", Some("secp256k1")) => return Err(KeyError::Unsupported("EC secp256k1")),
        ("OKP", Some("Ed25519")) => jwk.okp()?,
        ("OKP", Some("Ed448")) => return Err(KeyError::Unsupported("Ed448")),
        ("OKP", Some("X25519")) => return Err(KeyError::Unsupported("X25519")),
        ("oct", _) => SigningKey {
            key_type: KeyType::Shared,
            material: decode_required("k", jwk.k)?,
        },
        ("EC" | "OKP", None) => return Err(KeyError::MissingMember("crv")),
        ("EC" | "OKP", Some(_)) => {
            return Err(KeyError::Unsupported("a crv that its kty does not have"));
        }
        _ => return Err(KeyError::Unsupported("an unknown kty")),
    };
    // The type is checked first: "an EC key with RS256" is clearer than "made for ES256".
    if key.key_type == KeyType::of(algorithm) && !jwk.allows(algorithm) {
        return Err(KeyError::OtherAlgorithm(algorithm));
    }
    Ok(key)
}

impl Jwk<'_> {
    /// Whether `alg` (RFC 7517 §4.4) is absent or this algorithm. RFC 9864 names EdDSA by its
    /// curve.
    fn allows(&self, algorithm: Algorithm) -> bool {
        self.alg.is_none_or(|alg| {
            alg.parse() == Ok(algorithm) || (alg == "Ed25519" && algorithm == Algorithm::EdDSA)
        })
    }

    fn rsa(&self) -> Result<SigningKey, KeyError> {
        let d = self.d.ok_or(KeyError::PublicOnly)?;
        if self.oth.is_some() {
            return Err(KeyError::Unsupported("RSA with more than two primes"));
        }
        let optional =
            |name, value: Option<&str>| value.map(|value| decode_member(name, value)).transpose();
        let numbers = RsaNumbers {
            n: decode_required("n", self.n)?,
            e: decode_required("e", self.e)?,
            d: decode_member("d", d)?,
            p: optional("p", self.p)?,
            q: optional("q", self.q)?,
            dp: optional("dp", self.dp)?,
            dq: optional("dq", self.dq)?,
            qi: optional("qi", self.qi)?,
        };
        Ok(SigningKey {
            key_type: KeyType::Rsa,
            material: numbers.into_pkcs1()?,
        })
    }

    fn ec(&self, key_type: KeyType) -> Result<SigningKey, KeyError> {
        let scalar = decode_member("d", self.d.ok_or(KeyError::PublicOnly)?)?;
        let (x, y) = (decode_required("x", self.x)?, decode_required("y", self.y)?);
        SigningKey::ec(key_type, &scalar, &x, &y).ok_or(KeyError::Inconsistent)
    }

    fn okp(&self) -> Result<SigningKey, KeyError> {
        let seed = decode_member("d", self.d.ok_or(KeyError::PublicOnly)?)?;
        let public = self.x.map(|x| decode_member("x", x)).transpose()?;
        SigningKey::ed25519(&seed, public.as_ref().map_or(&[], |x| x))
            .ok_or(KeyError::MalformedMember("d"))
    }
}

fn decode_required(
    name: &'static str,
    value: Option<&str>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    decode_member(name, value.ok_or(KeyError::MissingMember(name))?)
}

fn decode_member(name: &'static str, value: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut bytes = Zeroizing::new(vec![0; value.len()]);
    let length = BASE64URL
        .decode_slice(value, &mut bytes)
        .map_err(|_| KeyError::MalformedMember(name))?;
    bytes.truncate(length);
    Ok(bytes)
}
