//! RSA keys made by OpenSSL in every form in which vendors hand them out, and assertions (RFC 7523 §3) that OpenSSL verifies.
//!
//! The keys are made once for all tests. What signs is never asked whether the signature is right.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Home, Request, run};

/// Members of an RSA private JWK (RFC 7518 §6.3) in the order of PKCS#1.
const MEMBERS: [&str; 8] = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

/// A key pair.
pub struct Pair {
    /// `BEGIN RSA PRIVATE KEY`
    pub pkcs1: String,
    /// `BEGIN PRIVATE KEY`
    pub pkcs8: String,
    /// `BEGIN PUBLIC KEY`
    pub public: String,
    numbers: Vec<Vec<u8>>,
}

/// The pair with a modulus of 2048 bits.
pub fn small() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| Pair::new(2048))
}

/// The pair with a modulus of 4096 bits, which some vendors make.
pub fn large() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| Pair::new(4096))
}

/// What OpenSSL prints.
#[track_caller]
pub fn openssl(home: &Home, words: &str) -> String {
    let mut command = home.command("openssl");
    let output = run(command.args(words.split_whitespace()), "");
    output.answer().to_owned()
}

impl Pair {
    fn new(bits: usize) -> Self {
        let home = Home::new();
        openssl(&home, &format!("genrsa -traditional -out key {bits}"));
        let dump = openssl(&home, "asn1parse -in key");
        let numbers = dump
            .lines()
            .filter_map(|line| line.split_once("INTEGER").map(|(_, rest)| rest));
        let numbers = numbers.map(|text| bytes(text.trim_start_matches([' ', ':'])));
        Self {
            pkcs1: std::fs::read_to_string(home.home().join("key")).unwrap(),
            pkcs8: openssl(&home, "pkcs8 -topk8 -nocrypt -in key"),
            public: openssl(&home, "rsa -in key -pubout"),
            // The first is the version.
            numbers: numbers.skip(1).collect(),
        }
    }

    /// The private JWK; without `crt` it has `n`, `e` and `d` alone.
    pub fn jwk(&self, crt: bool) -> Value {
        let mut jwk = json!({ "kty": "RSA", "kid": "pg-1", "use": "sig", "alg": "RS256" });
        let members = MEMBERS.iter().zip(&self.numbers);
        for (name, number) in members.take(if crt { 8 } else { 3 }) {
            jwk[*name] = json!(BASE64_URL_SAFE_NO_PAD.encode(number));
        }
        jwk
    }

    /// Header and claims of the assertion in this form, which has been signed with this key.
    #[track_caller]
    pub fn verify(&self, request: &Request) -> (Value, Value) {
        let assertion = request.parameter("assertion").unwrap();
        let (message, signature) = assertion.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        assert!(self.verifies(message, signature), "not signed: {assertion}");
        assert!(
            !self.verifies(&format!("{message}A"), signature),
            "everything passes"
        );
        (decoded(header), decoded(claims))
    }

    fn verifies(&self, message: &str, signature: &str) -> bool {
        let home = Home::new();
        home.write("home/public", &self.public);
        home.write("home/message", message);
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        home.write("home/signature", signature);
        let words = "dgst -sha256 -verify public -signature signature message";
        let mut command = home.command("openssl");
        run(command.args(words.split(' ')), "").status == 0
    }
}

/// A segment of a JWS, which is base64url without padding (RFC 7515 §2).
#[track_caller]
pub fn decoded(segment: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
