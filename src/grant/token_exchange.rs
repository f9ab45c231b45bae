//! Token exchange: RFC 8693, with or without client authentication. A token of one issuer is
//! exchanged for a token of another (federation), or of another subject (impersonation,
//! delegation).

use super::token_request::{Kind, OAuthGrant};

/// The start of the registered token types (RFC 8693 §3).
pub const TYPE_PREFIX: &str = "urn:ietf:params:oauth:token-type:";

/// The registered token types (RFC 8693 §3), which a spec may write without the prefix.
pub const TYPES: &[&str] = &[
    "access_token",
    "refresh_token",
    "id_token",
    "jwt",
    "saml1",
    "saml2",
];

/// The parameters of RFC 8693 §2.1. The issued token need not be an access token, and then its type
/// is `N_A` (§2.2.1).
pub static GRANT: OAuthGrant = OAuthGrant {
    name: "token_exchange",
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    parameters: &[
        ("subject_token", Kind::Token, true),
        ("subject_token_type", Kind::TokenType, true),
        ("actor_token", Kind::Token, false),
        ("actor_token_type", Kind::TokenType, false),
        ("requested_token_type", Kind::TokenType, false),
        ("audience", Kind::Texts, false),
        ("resource", Kind::Texts, false),
        ("scope", Kind::Scope, false),
    ],
    token_types: &["N_A"],
};
