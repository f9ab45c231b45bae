//! Pre-encoded credentials (git-credential(1), `authtype` and `credential`), for git 2.46 and
//! later.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::credential::{Authtype, Secret};

/// The lines of a pre-encoded credential, in parts.
///
/// The capability comes first, because git parses line by line and ignores the other lines without
/// it. `ephemeral` tells other helpers not to store the credential. Helpers that do not know it
/// find no password to store.
pub(super) fn pre_encoded((authtype, credential): (Authtype, &str)) -> [&str; 5] {
    let authtype = match authtype {
        Authtype::Basic => "Basic",
        Authtype::Bearer => "Bearer",
    };
    [
        "capability[]=authtype\nauthtype=",
        authtype,
        "\nephemeral=1\ncredential=",
        credential,
        "\n",
    ]
}

/// Decodes a pre-encoded credential into the user name and the token. Only a Basic credential has a
/// user name (RFC 7617 §2); any other is the token alone.
pub(super) fn decoded(authtype: Option<&str>, credential: &str) -> (Option<String>, Secret) {
    let is_basic = authtype.is_some_and(|authtype| authtype.eq_ignore_ascii_case("basic"));
    let pair = is_basic.then(|| BASE64_STANDARD.decode(credential).map(Zeroizing::new).ok());
    let pair = pair.flatten();
    let text = pair
        .as_ref()
        .and_then(|pair| std::str::from_utf8(pair).ok());
    match text.and_then(|text| text.split_once(':')) {
        Some((user, token)) => (Some(user.to_owned()), Secret::from(token.to_owned())),
        None => (None, Secret::from(credential.to_owned())),
    }
}
