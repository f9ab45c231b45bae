//! The client-credentials grant: RFC 6749 §4.4, with `resource` of RFC 8707, and the `audience` of
//! some servers.

use super::token_request::{Kind, OAuthGrant};

/// The parameters of RFC 6749 §4.4.2, RFC 8707 §2 and common extensions.
pub static GRANT: OAuthGrant = OAuthGrant {
    name: "client_credentials",
    grant_type: "client_credentials",
    parameters: &[
        ("scope", Kind::Scope, false),
        ("audience", Kind::Texts, false),
        ("resource", Kind::Texts, false),
    ],
    token_types: &[],
};
