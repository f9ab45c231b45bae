//! The specs that a token depends on, each read once, from the outermost down.
//!
//! A hit needs their keys alone. A miss reads each spec to its end, from the text that its key was
//! made of, so an edit meanwhile changes the next call only. Files of values are opened once more
//! when the request is made: if one has changed, nothing is stored.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::find::{self, LoadedSpec};
use crate::source::{NestedSpec, Source};
use crate::spec::{Admitted, Provider, Spec};
use crate::world::cache::{CacheKey, Entry};
use crate::world::{Resolving, http, limits};

/// Longest chain of specs that stand on one another.
const DEEPEST: u8 = 5;

/// A spec's text, and what was read of it.
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

/// A spec in its place in a chain, with the specs that it may stand on.
pub struct Resolved<'a> {
    text: Rc<Text<'a>>,
    key: CacheKey,
    depth: u8,
    below: Vec<(NestedSpec, Result<Rc<Resolved<'a>>, Error>)>,
}

/// By the name or text that the spec above gives.
type Below<'a> = [(NestedSpec, Result<Rc<Resolved<'a>>, Error>)];

/// Reads the specs below an admitted one, and makes the keys of all.
#[must_use]
pub fn resolve<'a>(world: &dyn Resolving, name: &'a str, admitted: Admitted<'a>) -> Resolved<'a> {
    let text = Text::new(Cow::Borrowed(name), Cow::Borrowed(admitted.spec()));
    Reading::new(world).place(text, 0)
}

/// What the specs of a chain that were read add up to.
#[derive(Debug, Default)]
pub struct ChainTotals {
    /// Entries of the keyring, by service and user, that go into the token.
    pub secrets: Vec<(String, String)>,
    /// The longest that asking for the token may take, with all that stands below and all that has to be
    /// opened: the outermost spec's `timeout`; unless written 9 s, and what commands may take besides.
    pub allowance: Duration,
    pub has_timeout: bool,
}

impl<'a> Resolved<'a> {
    /// What the token is kept under: the spec's identity, the fingerprint of secrets that are cheap to read, and the keys of the specs below.
    #[must_use]
    pub fn key(&self) -> &CacheKey {
        &self.key
    }

    /// Who issues the token, and how it is asked for.
    ///
    /// # Errors
    /// The spec is not valid.
    pub fn provider(&self) -> Result<&Provider, Error> {
        let read = || find::read(self.text.spec.admit_by_name());
        let provider = self.text.provider.get_or_init(read);
        provider.as_ref().map_err(Clone::clone)
    }

    /// An entry of the cache with neither a token nor a failure.
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

    /// The spec below that a source names.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn below(
        &self,
        world: &dyn Resolving,
        nested: &NestedSpec,
    ) -> Result<Rc<Resolved<'a>>, Error> {
        match self.below.iter().find(|(name, _)| name == nested) {
            Some((_, below)) => below.clone(),
            // Named where it does not change the token, as in `check`: not part of the key.
            None => Reading::new(world).below(nested, self.depth + 1),
        }
    }

    /// The specs that the token is made with, as far as they can be read.
    pub fn bases(&self) -> Vec<&Rc<Resolved<'a>>> {
        let mut bases = Vec::new();
        if let Ok(provider) = self.provider() {
            provider.walk_sources(&mut |source| {
                if let Source::Token(nested) = source
                    && let Some((_, Ok(below))) =
                        self.below.iter().find(|(name, _)| *name == **nested)
                {
                    bases.push(below);
                }
            });
        }
        bases
    }

    /// This one and those that its token is made with, each once.
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

    /// Whether every key of the chain would be the same now: a file that a value comes from may be replaced before it is opened.
    #[must_use]
    pub fn is_as_read(&self, world: &dyn Resolving) -> bool {
        let is = |place: &&Resolved<'a>| key(world, &place.text.spec, &place.below) == place.key;
        self.chain().iter().all(is)
    }

    /// What the chain adds up to. Computed before any lock is waited for, since in a circle that lock would be our own.
    ///
    /// # Errors
    /// [`Code::SpecInvalid`] where specs stand on one another in a circle, or too many do.
    pub fn standing(&self) -> Result<ChainTotals, Error> {
        let mut standing = ChainTotals::default();
        let chain = self.chain();
        for (index, resolved) in chain.iter().enumerate() {
            let mut before = chain.iter().take(index);
            let first = !before.any(|other| Rc::ptr_eq(&other.text, &resolved.text));
            if first && let Ok(provider) = resolved.provider() {
                standing.add(provider);
            }
            if resolved.depth == DEEPEST && resolved.stands_on_another() {
                return Err(Error::new(
                    Code::SpecInvalid,
                    "more than five specs stand on one another, or they stand in a circle",
                ));
            }
        }
        let written = self.provider().map(|provider| provider.connection.timeout);
        let timeout = written.unwrap_or_default();
        standing.has_timeout = timeout.is_some();
        standing.allowance = match timeout {
            Some(timeout) => timeout,
            None => standing.allowance.saturating_add(http::budget(None)),
        };
        Ok(standing)
    }

    fn stands_on_another(&self) -> bool {
        let mut stands = false;
        if let Ok(provider) = self.provider() {
            provider.walk_sources(&mut |source| stands |= matches!(source, Source::Token(_)));
        }
        stands
    }
}

impl ChainTotals {
    fn add(&mut self, provider: &Provider) {
        provider.walk_sources(&mut |source| match source {
            Source::Keyring(place) => self
                .secrets
                .push((place.service.clone(), place.user.clone())),
            Source::Command(command) => {
                self.allowance += command.timeout.unwrap_or(limits::PROGRAM);
            }
            _ => {}
        });
    }
}

/// What was read so far: each spec once, and each once at each depth, so that a circle costs no more than its specs.
struct Reading<'w, 'a> {
    world: &'w dyn Resolving,
    texts: Vec<(NestedSpec, Result<Rc<Text<'a>>, Error>)>,
    places: Vec<Rc<Resolved<'a>>>,
}

impl<'w, 'a> Reading<'w, 'a> {
    fn new(world: &'w dyn Resolving) -> Self {
        Self {
            world,
            texts: Vec::new(),
            places: Vec::new(),
        }
    }

    fn place(&mut self, text: Rc<Text<'a>>, depth: u8) -> Resolved<'a> {
        let mut below = Vec::new();
        for source in &text.spec.sources {
            if let Source::Token(nested) = source
                && depth < DEEPEST
            {
                let resolved = self.below(nested, depth + 1);
                below.push(((**nested).clone(), resolved));
            }
        }
        Resolved {
            key: key(self.world, &text.spec, &below),
            text,
            depth,
            below,
        }
    }

    fn below(&mut self, nested: &NestedSpec, depth: u8) -> Result<Rc<Resolved<'a>>, Error> {
        let text = self.text(nested)?;
        let is_it =
            |place: &&Rc<Resolved<'a>>| place.depth == depth && Rc::ptr_eq(&place.text, &text);
        if let Some(place) = self.places.iter().find(is_it) {
            return Ok(Rc::clone(place));
        }
        let place = Rc::new(self.place(text, depth));
        self.places.push(Rc::clone(&place));
        Ok(place)
    }

    fn text(&mut self, nested: &NestedSpec) -> Result<Rc<Text<'a>>, Error> {
        if let Some((_, text)) = self.texts.iter().find(|(name, _)| name == nested) {
            return text.clone();
        }
        let (NestedSpec::Named(spec) | NestedSpec::Inline(spec)) = nested;
        let text = find::named(self.world, spec, None)
            .map(|LoadedSpec { name, spec }| Text::new(Cow::Owned(name), Cow::Owned(spec)));
        self.texts.push((nested.clone(), text.clone()));
        text
    }
}

/// What the key holds of a source; nothing where it is not cheap to read, or stands too deep.
fn value(world: &dyn Resolving, source: &Source, below: &Below<'_>) -> Option<Secret> {
    let absent = || Secret::new(Vec::new());
    Some(match source {
        Source::Env(name) => world.secret_variable(name).unwrap_or_else(absent),
        Source::File { path, .. } => world.read_value(path).unwrap_or_else(|_| absent()),
        Source::Command(command) => {
            let name = command.words.first();
            let program = name.and_then(|name| world.find_program(name));
            let path = program.map(|path| path.into_os_string().into_encoded_bytes());
            Secret::new(path.unwrap_or_default())
        }
        Source::Token(nested) => match below.iter().find(|(name, _)| *name == **nested)? {
            (_, Ok(below)) => Secret::from(below.key.as_str().to_owned()),
            (_, Err(_)) => absent(),
        },
        _ => return None,
    })
}

fn key(world: &dyn Resolving, spec: &Spec, below: &Below<'_>) -> CacheKey {
    let (identity, preset) = spec.identity();
    let preset = preset.to_le_bytes();
    let keyring = world.variable("KEYFOB_KEYRING").unwrap_or_default();
    let written: [&[u8]; 4] = [
        b"keyfob 2",
        identity.as_bytes(),
        &preset,
        keyring.as_bytes(),
    ];
    let value = |source| value(world, source, below);
    let values: Vec<Secret> = spec.sources.iter().filter_map(value).collect();
    let values = values.iter().map(Secret::expose);
    let parts: Vec<&[u8]> = written.into_iter().chain(values).collect();
    CacheKey::of(&parts)
}
