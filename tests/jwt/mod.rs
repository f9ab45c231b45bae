//! Every algorithm and every form of a private key: made by OpenSSL, signed by keyfob, verified by OpenSSL.
//!
//! What is said of a key that cannot sign is asked here too, where the key is one that OpenSSL makes.

mod forms;
mod refusals;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob::credential::Secret;
use keyfob::source::jwt::{Algorithm, KeyError, sign};
use serde_json::{Map, Value, json};

use crate::support::{Home, run};

/// OpenSSL in a folder of its own.
pub struct Bench(Home);

impl Bench {
    pub fn new() -> Self {
        Self(Home::new())
    }

    /// Runs `openssl` with these words, which must succeed.
    #[track_caller]
    pub fn openssl(&self, words: &str) -> String {
        let mut command = self.0.command("openssl");
        run(command.args(words.split_whitespace()), "")
            .answer()
            .to_owned()
    }

    /// Runs `ssh-keygen` with these words and no passphrase.
    #[track_caller]
    pub fn ssh_keygen(&self, words: &str) {
        let mut command = self.0.command("ssh-keygen");
        run(
            command
                .args(words.split_whitespace())
                .args(["-q", "-N", ""]),
            "",
        )
        .answer();
    }

    /// A file that they wrote.
    pub fn file(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.home().join(name)).unwrap()
    }

    /// The same, where it is text.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.file(name)).unwrap()
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.0.home().join(name), content).unwrap();
    }

    /// Signs with the key, and has the public key in `public` verify it; a changed message must not pass.
    #[track_caller]
    pub fn signs(&self, algorithm: Algorithm, key: impl AsRef<[u8]>, public: &str) {
        let jwt = signed(algorithm, key).unwrap();
        let (message, signature) = jwt.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        assert_eq!(
            decoded(header),
            json!({ "alg": format!("{algorithm:?}"), "kid": "1" })
        );
        assert_eq!(decoded(claims), json!({ "iss": "me" }));
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(
            self.verifies(algorithm, public, message, &signature),
            "{algorithm:?}"
        );
        assert!(
            !self.verifies(algorithm, public, &format!("{message}A"), &signature),
            "{algorithm:?}"
        );
    }

    fn verifies(
        &self,
        algorithm: Algorithm,
        public: &str,
        message: &str,
        signature: &[u8],
    ) -> bool {
        let name = format!("{algorithm:?}");
        let (family, bits) = name.split_at(2);
        self.write("message", message.as_bytes());
        let signature = if family == "ES" {
            ecdsa_signature(signature)
        } else {
            signature.to_vec()
        };
        self.write("signature", &signature);
        let words = match family {
            "Ed" => format!(
                "pkeyutl -verify -pubin -inkey {public} -rawin -in message -sigfile signature"
            ),
            "PS" => format!(
                "dgst -sha{bits} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify {public} -signature signature message"
            ),
            _ => format!("dgst -sha{bits} -verify {public} -signature signature message"),
        };
        run(self.0.command("openssl").args(words.split_whitespace()), "").status == 0
    }
}

/// A JWT by this key, with `kid` in its header and `iss` in its claims.
pub fn signed(algorithm: Algorithm, key: impl AsRef<[u8]>) -> Result<String, KeyError> {
    let object = |name: &str, value: &str| Map::from_iter([(name.to_owned(), Value::from(value))]);
    let key = Secret::new(key.as_ref().to_vec());
    let jwt = sign(algorithm, &key, &object("kid", "1"), &object("iss", "me"))?;
    Ok(jwt.expose_text().unwrap().to_owned())
}

fn decoded(segment: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
}

/// r‖s (RFC 7518 §3.4) as OpenSSL wants it: a SEQUENCE of two INTEGERs (RFC 3279 §2.2.3).
fn ecdsa_signature(signature: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for number in signature.chunks(signature.len() / 2) {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let number = &number[zeros..];
        let sign = usize::from(number[0] >= 0x80);
        body.extend([2, (number.len() + sign) as u8]);
        body.extend(std::iter::repeat_n(0, sign));
        body.extend(number);
    }
    [&[0x30, body.len() as u8], body.as_slice()].concat()
}
