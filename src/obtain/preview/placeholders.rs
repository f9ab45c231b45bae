//! Words in place of secrets, and what each stands for.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::credential::Secret;
use crate::grant::encode::NotText;
use crate::obtain::inspect::Inspector;
use crate::source::aws::{Keys, Presigned};
use crate::source::{NestedSpec, SignedJwt, Source, jwt};
use crate::time::Timestamp;

/// What a value has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Text without blanks.
    Text,
    /// A whole URL.
    Url,
    /// An access key of AWS in JSON.
    AccessKey,
}

/// Something that is signed for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// A JWT.
    Jwt {
        /// Its name in the request.
        name: String,
        /// The key that signs it.
        signer: String,
        /// Its header.
        header: Value,
        /// Its claims.
        claims: Value,
    },
    /// A URL with a signature of AWS.
    Url {
        /// Its name in the request.
        name: String,
        /// The URL.
        url: String,
    },
}

/// Placeholders, and the text that is shown for each.
pub(super) struct Placeholders<'a> {
    inspector: &'a Inspector<'a>,
    now: Timestamp,
    shown: Vec<String>,
    signed: Vec<Signed>,
}

/// Around the number of a placeholder: letters and digits, which no encoding changes.
const BEGIN: &str = "kfPLACEHOLDERx";
const END: &str = "xREDLOHECALPfk";

impl<'a> Placeholders<'a> {
    pub(super) fn new(inspector: &'a Inspector<'a>, now: Timestamp) -> Self {
        Self {
            inspector,
            now,
            shown: Vec::new(),
            signed: Vec::new(),
        }
    }

    /// The placeholder for a text.
    fn word(&mut self, shown: String) -> String {
        let known = self.shown.iter().position(|other| *other == shown);
        let number = known.unwrap_or_else(|| {
            self.shown.push(shown);
            self.shown.len() - 1
        });
        format!("{BEGIN}{number:04}{END}")
    }

    /// The placeholder for a name that is made for each request.
    pub(super) fn unique(&mut self) -> String {
        self.word("[unique]".to_owned())
    }

    /// The placeholder for the value of a source.
    pub(super) fn open(&mut self, source: &Source, purpose: Purpose) -> Result<Secret, NotText> {
        let shown = self.text_for(source)?;
        let word = |this: &mut Self, what: &str| {
            let inner = shown.trim_start_matches('[').trim_end_matches(']');
            this.word(format!("[{inner} {what}]"))
        };
        let text = match purpose {
            Purpose::Text => self.word(shown),
            Purpose::Url => format!("https://{}.invalid/", self.word(shown)),
            Purpose::AccessKey => json!({
                "AccessKeyId": word(self, "AccessKeyId"),
                "SecretAccessKey": word(self, "SecretAccessKey"),
                "SessionToken": word(self, "SessionToken"),
            })
            .to_string(),
        };
        Ok(Secret::from(text))
    }

    /// What is shown for the value of a source.
    fn text_for(&mut self, source: &Source) -> Result<String, NotText> {
        Ok(match source {
            Source::Jwt(jwt) => {
                let name = self.next_name("JWT");
                self.sign(jwt, &name)?;
                format!("[{name}]")
            }
            Source::Presigned(presigned) => {
                let name = self.next_name("presigned URL");
                self.presign(presigned, &name)?;
                format!("[{name}]")
            }
            Source::Base64Url { prefix, of } => {
                let of = self.text_for(of)?;
                let inner = of.trim_start_matches('[').trim_end_matches(']');
                format!("{prefix}[base64url of {inner}]")
            }
            Source::Public(of) => self.text_for(of)?,
            Source::FirstOf(sources) => {
                let first = self.inspector.first_present(sources).or(sources.first());
                first.map_or_else(|| Ok(String::new()), |first| self.text_for(first))?
            }
            _ => format!("[{}]", name_of(source)),
        })
    }

    /// `JWT`, or `JWT 2` for the second one.
    fn next_name(&self, what: &str) -> String {
        match self.signed.len() {
            0 => what.to_owned(),
            before => format!("{what} {}", before + 1),
        }
    }

    fn sign(&mut self, jwt: &SignedJwt, name: &str) -> Result<(), NotText> {
        let key = match &jwt.key {
            Source::FirstOf(sources) => self.inspector.first_present(sources).or(sources.first()),
            key => Some(key),
        };
        let key = key.map(name_of).unwrap_or_default();
        let thumbprint = |what: &str| format!("[{what} of the certificate]");
        let thumbprints = jwt.certificate.as_ref().map(|_| {
            let sha1 = jwt.x5t.then(|| thumbprint("x5t"));
            (thumbprint("x5t#S256"), sha1)
        });
        let (header, claims) = jwt::fill(jwt, thumbprints, &mut |text| {
            self.text_for(text).map(Secret::from)
        })?;
        let fingerprint = || Ok(format!("[fingerprint of {key}]"));
        let claims = jwt::resolve_claims(&claims, self.now, "[unique]", &fingerprint);
        let mut whole = Map::new();
        whole.insert("alg".to_owned(), format!("{:?}", jwt.algorithm).into());
        whole.extend(header);
        self.signed.push(Signed::Jwt {
            name: name.to_owned(),
            signer: format!("[{key}]"),
            header: Value::Object(whole),
            claims: Value::Object(claims.unwrap_or_default()),
        });
        Ok(())
    }

    fn presign(&mut self, presigned: &Presigned<Source>, name: &str) -> Result<(), NotText> {
        let is_document = |source: &Source| match &presigned.signature.keys {
            Keys::Document(document) => document == source,
            Keys::Parts { .. } => false,
        };
        let opened = presigned.open(&mut |source| {
            let purpose = match is_document(source) {
                true => Purpose::AccessKey,
                false => Purpose::Text,
            };
            self.open(source, purpose)
        })?;
        let key = opened.signature.key().map_err(|_| NotText::NoAccessKey)?;
        let url = opened.url(&key, self.now);
        let url = self.show(url.expose_text().unwrap_or_default());
        self.signed.push(Signed::Url {
            name: name.to_owned(),
            url,
        });
        Ok(())
    }

    /// A text with what is shown for each placeholder. A signature that is made with placeholders
    /// is none, and is not shown.
    pub(super) fn show(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (number, shown) in self.shown.iter().enumerate() {
            let word = format!("{BEGIN}{number:04}{END}");
            text = text.replace(&format!("https://{word}.invalid/"), shown);
            // A host is written in lower case.
            let host = format!("https://{}.invalid/", word.to_lowercase());
            text = text.replace(&host, shown).replace(&word, shown);
        }
        without_signature(&text)
    }

    /// The value of a header field. Base64 of Basic credentials is shown decoded.
    pub(super) fn show_header(&self, value: &str) -> String {
        let pair = value.strip_prefix("Basic ");
        let pair = pair.and_then(|pair| BASE64_STANDARD.decode(pair).ok());
        match pair.and_then(|pair| String::from_utf8(pair).ok()) {
            Some(pair) => format!("Basic base64({})", self.show(&pair)),
            None => self.show(value),
        }
    }

    pub(super) fn signed(self) -> Vec<Signed> {
        self.signed
    }
}

/// Replaces the hexadecimal digits of a signature of AWS.
fn without_signature(text: &str) -> String {
    let mut shown = text.to_owned();
    for mark in ["Signature=", "X-Amz-Signature="] {
        if let Some((before, after)) = text.split_once(mark) {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit());
            if after.len() - rest.len() == 64 {
                shown = format!("{before}{mark}[signature]{rest}");
            }
        }
    }
    shown
}

/// The name of a source: what stands for its value.
#[must_use]
pub fn name_of(source: &Source) -> String {
    match source {
        Source::Keyring(entry) => entry.user.clone(),
        Source::Env(name) => name.clone(),
        Source::File(path) => path.display().to_string(),
        Source::FileFrom { variable, name } => match name {
            Some(name) => format!("${variable}/{name}"),
            None => format!("${variable}"),
        },
        Source::Pointer { pointer, of } => format!("{} {pointer}", name_of(of)),
        Source::Command(command) => {
            let program = command.argv.first().map_or("", String::as_str);
            program.rsplit('/').next().unwrap_or_default().to_owned()
        }
        Source::Jwt(_) => "JWT".to_owned(),
        Source::Request(pointer) => format!("request {pointer}"),
        Source::Token(nested) => match &**nested {
            NestedSpec::Named(name) => format!("token of {name}"),
            NestedSpec::Inline(_) => "token of the inner spec".to_owned(),
        },
        Source::Issued => "token".to_owned(),
        Source::Presigned(_) => "presigned URL".to_owned(),
        Source::Base64Url { of, .. } | Source::Public(of) => name_of(of),
        Source::FirstOf(sources) => sources.first().map(name_of).unwrap_or_default(),
    }
}
