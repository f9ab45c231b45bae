//! The specs that a token depends on, each read once, from the outermost down.
//!
//! A spec is *below* another if the other uses its token. A hit needs only the keys. A miss parses
//! each spec from the text that its key was made from, so an edit affects the next call only. Files
//! that hold values are opened again for the request; if one has changed, nothing is stored.

mod facts;
mod key;
mod totals;
mod verify;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::find::{self, LoadedSpec};
use crate::source::{NestedSpec, Source};
use crate::spec::{Admitted, Provider, Spec};
use crate::world::Resolving;
use crate::world::cache::{CacheKey, Entry};
use key::key;
pub use totals::ChainTotals;

/// The maximum length of a chain of specs.
const MAX_DEPTH: u8 = 5;

struct Text<'a> {
    name: Cow<'a, str>,
    spec: Cow<'a, Spec>,
    provider: OnceCell<Result<Provider, Error>>,
}

impl<'a> Text<'a> {
    fn new(name: Cow<'a, str>, spec: Cow<'a, Spec>) -> Rc<Self> {
        Rc::new(Self {
            name,
            spec,
            provider: OnceCell::new(),
        })
    }
}

/// A spec at its depth in a chain, with the specs below it.
pub struct Resolved<'a> {
    text: Rc<Text<'a>>,
    key: CacheKey,
    depth: u8,
    below: Vec<(NestedSpec, Result<Rc<Resolved<'a>>, Error>)>,
    /// The caller's request, if it is a JSON document.
    said: Option<&'a Secret>,
}

type Below<'a> = [(NestedSpec, Result<Rc<Resolved<'a>>, Error>)];

/// Reads the specs below an admitted spec, and makes the cache key of each.
#[must_use]
pub fn resolve<'a>(world: &dyn Resolving, name: &'a str, admitted: Admitted<'a>) -> Resolved<'a> {
    resolve_for(world, name, admitted, None)
}

/// The same for a caller whose request is a JSON document.
#[must_use]
pub fn resolve_for<'a>(
    world: &dyn Resolving,
    name: &'a str,
    admitted: Admitted<'a>,
    said: Option<&'a Secret>,
) -> Resolved<'a> {
    let text = Text::new(Cow::Borrowed(name), Cow::Borrowed(admitted.spec()));
    Resolver::new(world, said).resolve_spec(text, 0)
}

impl<'a> Resolved<'a> {
    /// A digest of the spec's identity, of values that are cheap to read, and of the keys below.
    #[must_use]
    pub fn key(&self) -> &CacheKey {
        &self.key
    }

    /// The parsed provider: who issues the token, and with which grant.
    ///
    /// # Errors
    /// [`Code::SpecInvalid`] if the spec is not valid.
    pub fn provider(&self) -> Result<&Provider, Error> {
        let read = || find::read_provider(self.text.spec.admit_by_name());
        self.text
            .provider
            .get_or_init(read)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// A cache entry that holds neither a token nor a failure.
    #[must_use]
    pub fn entry(&self, provider: &Provider, secrets: Vec<(String, String)>) -> Entry {
        Entry {
            key: self.key.as_str().to_owned(),
            provider: provider.name.clone(),
            spec: self.text.name.clone().into_owned(),
            file: self.text.spec.origin.absolute(),
            secrets,
            store: provider.grant.keyring_entry().cloned(),
            ..Entry::default()
        }
    }

    /// The spec below to which a source refers.
    ///
    /// # Errors
    /// The spec is missing, cannot be read or is not valid.
    pub fn below(
        &self,
        world: &dyn Resolving,
        nested: &NestedSpec,
    ) -> Result<Rc<Resolved<'a>>, Error> {
        match self.below.iter().find(|(name, _)| name == nested) {
            Some((_, below)) => below.clone(),
            // Used only where it does not affect the token, as in `check`: not part of the key.
            None => Resolver::new(world, self.said).below(nested, self.depth + 1),
        }
    }

    /// The specs whose tokens this one is made with, as far as they can be read.
    pub fn bases(&self) -> Vec<&Rc<Resolved<'a>>> {
        let mut bases = Vec::new();
        if let Ok(provider) = self.provider() {
            provider.walk_sources(&mut |source| {
                if let Source::Token(nested) = source {
                    let below = self.below.iter().find(|(name, _)| *name == **nested);
                    bases.extend(below.and_then(|(_, below)| below.as_ref().ok()));
                }
            });
        }
        bases
    }

    /// This spec and all that its token depends on, each once.
    fn chain(&self) -> Vec<&Resolved<'a>> {
        let mut chain = vec![self];
        let mut next = 0;
        while let Some(resolved) = chain.get(next).copied() {
            for base in resolved.bases() {
                if !chain.iter().any(|other| std::ptr::eq(*other, &**base)) {
                    chain.push(base);
                }
            }
            next += 1;
        }
        chain
    }

    /// Whether every key of the chain is still the same: a file with a value may have changed.
    #[must_use]
    pub fn is_unchanged(&self, world: &dyn Resolving) -> bool {
        let key_of = |spec: &Resolved<'a>| {
            key(world, &spec.text.spec, self.said, &|nested| {
                key_below(&spec.below, nested)
            })
        };
        self.chain().iter().all(|spec| key_of(spec) == spec.key)
    }
}

/// Reads each spec once, and resolves it once per depth, so that a circle of specs ends.
struct Resolver<'w, 'a> {
    world: &'w dyn Resolving,
    said: Option<&'a Secret>,
    texts: Vec<(NestedSpec, Result<Rc<Text<'a>>, Error>)>,
    resolved: Vec<Rc<Resolved<'a>>>,
}

impl<'w, 'a> Resolver<'w, 'a> {
    fn new(world: &'w dyn Resolving, said: Option<&'a Secret>) -> Self {
        Self {
            world,
            said,
            texts: Vec::new(),
            resolved: Vec::new(),
        }
    }

    fn resolve_spec(&mut self, text: Rc<Text<'a>>, depth: u8) -> Resolved<'a> {
        let is_permitted = self.check(&text);
        let mut below = Vec::new();
        for source in &text.spec.sources {
            if let Source::Token(nested) = source
                && depth < MAX_DEPTH
            {
                let resolved = self.below(nested, depth + 1);
                let resolved = resolved.map_err(|why| named_by(&text.name, why));
                below.push(((**nested).clone(), resolved));
            }
        }
        // What is forbidden is not read, not even for the key.
        let key = match is_permitted {
            true => key(self.world, &text.spec, self.said, &|nested| {
                key_below(&below, nested)
            }),
            false => CacheKey::of(&[]),
        };
        Resolved {
            key,
            text,
            depth,
            below,
            said: self.said,
        }
    }

    /// Asks the policy, if there is one, about all that the spec reaches. What it forbids is from
    /// then on the error of the spec's provider.
    fn check(&self, text: &Text<'a>) -> bool {
        let policy = match find::policy(self.world) {
            Ok(None) => return true,
            Ok(Some(policy)) => Ok(policy),
            Err(error) => Err(error),
        };
        let provider = policy.and_then(|policy| {
            let provider = find::read_provider(text.spec.admit_by_name())?;
            match find::forbidden(self.world, policy, &provider) {
                None => Ok(provider),
                Some(by) => Err(Error::forbidden(
                    Some(&format!("spec `{}`", text.name)),
                    &by,
                )),
            }
        });
        let is_permitted = provider.is_ok();
        // Nobody has read the provider before.
        let _ = text.provider.set(provider);
        is_permitted
    }

    fn below(&mut self, nested: &NestedSpec, depth: u8) -> Result<Rc<Resolved<'a>>, Error> {
        let text = self.text(nested)?;
        let is_it = |resolved: &&Rc<Resolved<'a>>| {
            resolved.depth == depth && Rc::ptr_eq(&resolved.text, &text)
        };
        if let Some(resolved) = self.resolved.iter().find(is_it) {
            return Ok(Rc::clone(resolved));
        }
        let resolved = Rc::new(self.resolve_spec(text, depth));
        self.resolved.push(Rc::clone(&resolved));
        Ok(resolved)
    }

    fn text(&mut self, nested: &NestedSpec) -> Result<Rc<Text<'a>>, Error> {
        if let Some((_, text)) = self.texts.iter().find(|(name, _)| name == nested) {
            return text.clone();
        }
        let text = find::nested(self.world, nested)
            .map(|LoadedSpec { name, spec }| Text::new(Cow::Owned(name), Cow::Owned(spec)));
        self.texts.push((nested.clone(), text.clone()));
        text
    }
}

/// The key of a spec below: empty if the spec cannot be read, `None` if it is too deep.
fn key_below(below: &Below<'_>, nested: &NestedSpec) -> Option<Secret> {
    let (_, below) = below.iter().find(|(name, _)| name == nested)?;
    let key = below.as_ref().map(|below| below.key.as_str().to_owned());
    Some(Secret::from(key.unwrap_or_default()))
}

/// The error for a spec that does not exist, with the spec that names it.
fn named_by(name: &str, mut why: Error) -> Error {
    if why.code == Code::SpecNotFound && !name.is_empty() {
        why.sentence.push_str(&format!("; spec `{name}` names it"));
    }
    why
}
