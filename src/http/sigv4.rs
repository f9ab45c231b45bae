//! AWS Signature Version 4: a request signed with an access key, in its headers or in its query.
//!
//! Specified by the IAM User Guide, "Create a signed AWS API request"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>),
//! for every service but S3, whose paths are not normalized. Pure: the time is an argument. Never
//! signs a header that a proxy may change, such as `accept`.

mod canonical;

use ring::hmac;
use zeroize::Zeroizing;

use super::{Method, Request};
use crate::credential::Secret;
use crate::target::Endpoint;
use crate::text::{hex, percent_decoded};
use crate::time::Timestamp;
use canonical::{QUERY, encode, one_line, path, sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// An access key of an IAM user, or of a session of AWS STS.
#[derive(Debug, Clone)]
pub struct AccessKey {
    /// `AccessKeyId`
    pub id: Secret,
    /// `SecretAccessKey`
    pub secret: Secret,
    /// `SessionToken`, for keys of a session.
    pub session: Option<Secret>,
}

/// What a signature is valid for, besides the request.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Region, as in `eu-central-1`.
    pub region: &'a str,
    /// The service's signing name, as in `ecr`.
    pub service: &'a str,
    /// The time of the signature. AWS accepts a difference of five minutes.
    pub at: Timestamp,
}

/// A request as it is signed.
pub struct Unsigned<'a> {
    /// The method's name.
    pub method: &'a str,
    /// The path as it is sent.
    pub path: &'a str,
    /// The query's names and values, decoded.
    pub query: Vec<(Secret, Secret)>,
    /// The headers that are signed, `host` included: names in lower case, and values.
    pub headers: Vec<(String, Secret)>,
    /// The body.
    pub body: &'a [u8],
}

/// Adds `x-amz-date`, `x-amz-security-token` and `authorization` to a request that is otherwise
/// complete.
pub fn sign(request: &mut Request, key: &AccessKey, scope: Scope<'_>) {
    let mut push = |name: &str, value: Secret| request.headers.push((name.to_owned(), value));
    push("x-amz-date", Secret::from(scope.date_time()));
    if let Some(session) = &key.session {
        push("x-amz-security-token", session.clone());
    }
    let signed = request.headers.iter().filter(|(name, _)| is_signed(name));
    let signed = signed.map(|(name, value)| (name.clone(), value.clone()));
    let unsigned = Unsigned {
        method: request.method.as_str(),
        path: request.endpoint.path(),
        query: query_of(&request.endpoint),
        headers: signed.chain([host(&request.endpoint)]).collect(),
        body: request.body.as_ref().map_or(&[], Secret::expose),
    };
    let signature = unsigned.signature(key, scope);
    let credential = scope.credential();
    let names = unsigned.signed_names();
    let value = Secret::joined(&[
        ALGORITHM,
        " Credential=",
        key.id.expose_text().unwrap_or_default(),
        "/",
        &credential,
        ", SignedHeaders=",
        &names,
        ", Signature=",
        &signature,
    ]);
    request.headers.push(("authorization".to_owned(), value));
}

/// The URL of a GET request that carries its signature in its query and is valid for `expires`
/// seconds. Whoever has the URL can send the request: it is as secret as the key.
#[must_use]
pub fn presign(
    endpoint: &Endpoint,
    headers: Vec<(&str, Secret)>,
    expires: u64,
    key: &AccessKey,
    scope: Scope<'_>,
) -> Secret {
    let headers = headers.into_iter();
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value));
    let unsigned = Unsigned {
        method: Method::Get.as_str(),
        path: endpoint.path(),
        query: query_of(endpoint),
        headers: headers.chain([host(endpoint)]).collect(),
        body: &[],
    };
    let query = unsigned.presigned_query(expires, key, scope);
    Secret::joined(&[&endpoint.origin(), endpoint.path(), "?", &query])
}

impl Scope<'_> {
    /// `YYYYMMDDThhmmssZ`
    fn date_time(&self) -> String {
        let is_kept = |c: &char| !matches!(c, '-' | ':');
        self.at.rfc3339().chars().filter(is_kept).collect()
    }

    fn date(&self) -> String {
        self.date_time().chars().take(8).collect()
    }

    /// The credential scope: date, region, service and `aws4_request`.
    fn credential(&self) -> String {
        let (date, region, service) = (self.date(), self.region, self.service);
        format!("{date}/{region}/{service}/aws4_request")
    }

    /// The key that is derived for this day, region and service.
    fn signing_key(&self, key: &AccessKey) -> hmac::Key {
        let first = Secret::joined(&["AWS4", key.secret.expose_text().unwrap_or_default()]);
        let mut derived = hmac::Key::new(hmac::HMAC_SHA256, first.expose());
        for part in [&self.date(), self.region, self.service, "aws4_request"] {
            let tag = hmac::sign(&derived, part.as_bytes());
            derived = hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref());
        }
        derived
    }
}

impl Unsigned<'_> {
    /// The signature, in hexadecimal digits.
    #[must_use]
    pub fn signature(&self, key: &AccessKey, scope: Scope<'_>) -> String {
        let canonical = self.canonical();
        let (date_time, credential) = (scope.date_time(), scope.credential());
        let digest = sha256(canonical.as_bytes());
        let text = format!("{ALGORITHM}\n{date_time}\n{credential}\n{digest}");
        hex(hmac::sign(&scope.signing_key(key), text.as_bytes()).as_ref())
    }

    /// The query of a presigned URL, including its signature.
    #[must_use]
    pub fn presigned_query(
        mut self,
        expires: u64,
        key: &AccessKey,
        scope: Scope<'_>,
    ) -> Zeroizing<String> {
        let id = key.id.expose_text().unwrap_or_default();
        let mut push = |name: &str, value: Secret| {
            self.query.push((Secret::from(name.to_owned()), value));
        };
        push("X-Amz-Algorithm", Secret::from(ALGORITHM.to_owned()));
        push(
            "X-Amz-Credential",
            Secret::joined(&[id, "/", &scope.credential()]),
        );
        push("X-Amz-Date", Secret::from(scope.date_time()));
        push("X-Amz-Expires", Secret::from(expires.to_string()));
        if let Some(session) = &key.session {
            push("X-Amz-Security-Token", session.clone());
        }
        let names = Secret::from(self.signed_names());
        self.query
            .push((Secret::from("X-Amz-SignedHeaders".to_owned()), names));
        let signature = self.signature(key, scope);
        let mut query = self.canonical_query();
        query.push_str("&X-Amz-Signature=");
        query.push_str(&signature);
        query
    }

    /// The canonical request. It holds the session token, if the key has one.
    #[must_use]
    pub fn canonical(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!("{}\n{}\n", self.method, path(self.path)));
        text.push_str(&self.canonical_query());
        text.push('\n');
        for name in self.names() {
            text.push_str(name);
            text.push(':');
            let values = self.headers.iter().filter(|(other, _)| other == name);
            for (at, (_, value)) in values.enumerate() {
                if at > 0 {
                    text.push(',');
                }
                one_line(value, &mut text);
            }
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.signed_names());
        text.push('\n');
        text.push_str(&sha256(self.body));
        text
    }

    /// The names of the signed headers, sorted, each once.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::with_capacity(self.headers.len());
        for (name, _) in &self.headers {
            // Inserted in order: a call of `sort` costs the program kilobytes.
            let at = names.partition_point(|other| *other < name.as_str());
            if names.get(at) != Some(&name.as_str()) {
                names.insert(at, name);
            }
        }
        names
    }

    fn signed_names(&self) -> String {
        self.names().join(";")
    }

    /// The canonical query: names and values are encoded first and then sorted.
    fn canonical_query(&self) -> Zeroizing<String> {
        let encoded = |part: &Secret| {
            let mut text = Zeroizing::new(String::new());
            encode(part.expose(), QUERY, &mut text);
            text
        };
        let mut pairs: Vec<(Zeroizing<String>, Zeroizing<String>)> = Vec::new();
        for (name, value) in &self.query {
            let (name, value) = (encoded(name), encoded(value));
            let at = pairs.partition_point(|(other, its)| {
                (other.as_str(), its.as_str()) < (name.as_str(), value.as_str())
            });
            pairs.insert(at, (name, value));
        }
        let mut text = Zeroizing::new(String::new());
        for (name, value) in &pairs {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        text
    }
}

/// Whether a header is signed: AWS requires some, and others describe the request.
fn is_signed(name: &str) -> bool {
    name == "content-type" || name.starts_with("x-")
}

/// The header that the connection writes.
fn host(endpoint: &Endpoint) -> (String, Secret) {
    let origin = endpoint.origin();
    let authority = origin.split_once("://").map_or("", |(_, after)| after);
    ("host".to_owned(), Secret::from(authority.to_owned()))
}

/// The endpoint's query, decoded. A plus stands for itself: a spec's query is written with `%20`.
fn query_of(endpoint: &Endpoint) -> Vec<(Secret, Secret)> {
    let decoded = |text: &str| {
        let decoded = percent_decoded(text.as_bytes());
        Secret::new(decoded.unwrap_or_else(|| text.into()))
    };
    let pairs = endpoint.query().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
