//! Parses the token endpoint of a grant, and the authentication of its client (RFC 6749 §2.3).

use super::members::Members;
use super::node::SpecError;
use super::source;
use super::text::parse_text;
use crate::grant::endpoint::{BodyForm, ClientAuthentication, TokenEndpoint};
use crate::source::Source;

pub(super) fn parse_token_endpoint(
    members: &mut Members<'_>,
) -> Result<TokenEndpoint<Source>, SpecError> {
    let url = members.need("token_url")?.node().endpoint()?;
    let client_id = members
        .take("client_id")
        .map(|child| parse_text(child.node(), &source::parse_source))
        .transpose()?;
    let secret = members
        .take("client_secret")
        .map(|child| source::parse_source(child.node()))
        .transpose()?;
    let assertion = members
        .take("client_assertion")
        .map(|child| source::parse_source(child.node()))
        .transpose()?;
    let method = members.text("token_endpoint_auth_method")?;
    let needs = |member: &str, value: Option<Source>| {
        value.ok_or_else(|| SpecError::new("", format!("member `{member}` is missing")))
    };
    use ClientAuthentication::{Assertion, Basic, BasicRaw, None as Public, Post};
    let authentication = match (method.as_deref(), secret, assertion) {
        (_, Some(_), Some(_)) => {
            return Err(SpecError::new(
                "/client_assertion",
                "a client authenticates with a secret or with an assertion, never both \
                 (RFC 6749 §2.3)",
            ));
        }
        (None, None, None) | (Some("none"), None, None) => Public,
        (Some("none"), _, _) => {
            return Err(SpecError::new(
                "/token_endpoint_auth_method",
                "`none` takes no secret",
            ));
        }
        (None | Some("client_secret_basic"), secret, None) => {
            Basic(needs("client_secret", secret)?)
        }
        (Some("basic_raw"), secret, None) => BasicRaw(needs("client_secret", secret)?),
        (Some("client_secret_post"), secret, None) => Post(needs("client_secret", secret)?),
        (None | Some("private_key_jwt" | "client_secret_jwt"), None, assertion) => {
            Assertion(needs("client_assertion", assertion)?)
        }
        (Some(_), _, _) => {
            return Err(SpecError::new(
                "/token_endpoint_auth_method",
                "this method is not known, or does not match the members of the spec",
            )
            .hint(
                "known: client_secret_basic, basic_raw, client_secret_post, private_key_jwt and \
                 client_secret_jwt with `client_assertion`, none",
            ));
        }
    };
    if client_id.is_none() && !matches!(authentication, Public | Assertion(_)) {
        return Err(SpecError::new("", "member `client_id` is missing"));
    }
    let body = members
        .word(
            "body",
            &[("form", BodyForm::Form), ("json", BodyForm::Json)],
        )?
        .unwrap_or_default();
    Ok(TokenEndpoint {
        url,
        client_id,
        authentication,
        body,
    })
}
