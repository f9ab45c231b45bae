//! The JWT bearer grant: RFC 7523 §2.1, with or without client authentication.
//!
//! The assertion is a source, so the spec decides its `aud`: servers require different ones (a URL
//! with port, the token URL, the issuer).

use super::token_request::{Kind, OAuthGrant};

/// The parameters of RFC 7523 §2.1.
pub static GRANT: OAuthGrant = OAuthGrant {
    name: "jwt_bearer",
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    parameters: &[
        ("assertion", Kind::Token, true),
        ("scope", Kind::Scope, false),
    ],
    token_types: &[],
};
