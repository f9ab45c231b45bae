//! A spec read to its end, without a configuration folder around it.

use keyfob::spec::expand::OwnPreset;
use keyfob::spec::node::SpecError;
use keyfob::spec::{Provider, Spec};

/// What a spec says in full.
///
/// # Errors
/// It is not valid.
pub fn read_spec(text: &[u8], own: &dyn Fn(&str) -> OwnPreset) -> Result<Provider, SpecError> {
    Spec::parse(text, own)?.admit_by_name().read_provider()
}
