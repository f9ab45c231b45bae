//! A world that is not there: everything in memory, time as handed in, and a log of what was done to it.
//!
//! Sleeping and sending take time here and none on the wall. The cache keeps bytes, so that what is remembered has been written and read.

mod effects;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use keyfob::credential::{AccessToken, Secret, Token};
use keyfob::error::Error;
use keyfob::http::{NoResponse, Response};
use keyfob::obtain::{self, Context, Needs};
use keyfob::time::Timestamp;
use keyfob::world::cache::{CacheKey, Entry, Lock, LockAttempt, StoredFailure, StoredToken};
use keyfob::world::http::Failure;
use keyfob::world::keyring::KeyringError;
use keyfob::world::{Clock as _, SpecFile};
use keyfob::{find, time};

/// 2026-01-01T00:00:00Z: when every such world begins.
pub const BEGIN: Timestamp = Timestamp::from_unix(1_767_225_600);

/// A spec whose secret lies in the keyring.
pub const SPEC: &str = r#"{
    "provider": "client_credentials", "token_url": "https://id.example.com/token",
    "client_id": "ci", "client_secret": {"keyring": "ci"}, "targets": ["git.example.com"]
}"#;

/// What comes of sending a request.
pub type Sent = Result<Response, Failure>;
/// A way in which the provider answers.
pub type Script = fn(&Fake) -> Sent;
type Says<T> = RefCell<Rc<dyn Fn(&Fake) -> T>>;

/// The fake.
pub struct Fake {
    jump: Cell<i64>,
    running: Cell<Duration>,
    /// What had gone by when this process began.
    begun: Cell<Duration>,
    effects: RefCell<Vec<String>>,
    script: Says<Sent>,
    locks: Says<LockAttempt>,
    entries: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Whether another program holds the entries, so that none can be removed.
    pub held: Cell<bool>,
    /// What the keyring says for every entry.
    pub keyring: RefCell<Result<String, KeyringError>>,
    pub variables: RefCell<BTreeMap<String, String>>,
    pub files: RefCell<BTreeMap<PathBuf, String>>,
    pub specs: RefCell<Vec<SpecFile>>,
    /// Every byte of every random number.
    pub random: Cell<u8>,
    /// Whether who asks again is taken to have been refused, as kubectl is.
    pub watched: Cell<bool>,
    given: RefCell<BTreeSet<u64>>,
    /// Whether standard input is a terminal.
    pub terminal: Cell<bool>,
    /// How long the keyring takes.
    pub keyring_takes: Cell<Duration>,
    /// How long a program takes.
    pub program_takes: Cell<Duration>,
    /// The process that calls.
    pub parent: Cell<u64>,
    changes: Cell<Option<[u8; 16]>>,
    /// Entries that were written; where there are any, whoever asks for another one finds what `keyring` says.
    pub written: RefCell<BTreeMap<String, String>>,
    /// Entries that are written by the program alone: not there until then.
    pub own: RefCell<Vec<String>>,
    /// What comes of writing an entry.
    pub writing: RefCell<Result<(), KeyringError>>,
    /// The last request: method, URL and body.
    pub sent: RefCell<(String, String, String)>,
    /// Its header fields.
    pub headers: RefCell<Vec<(String, String)>>,
    /// After so many effects that change something the process dies.
    pub fuse: Cell<Option<u32>>,
}

impl Fake {
    /// A keyring with every entry, an empty cache that locks, and a provider that numbers its tokens and lets them live an hour.
    pub fn new() -> Self {
        let number = Cell::new(0);
        let numbering = move |_: &Fake| {
            number.set(number.get() + 1);
            token(&format!("token-{}", number.get()), 3600)
        };
        Self {
            jump: Cell::new(0),
            running: Cell::new(Duration::ZERO),
            begun: Cell::new(Duration::ZERO),
            effects: RefCell::default(),
            script: RefCell::new(Rc::new(numbering)),
            locks: RefCell::new(Rc::new(|_| LockAttempt::Held(Lock::of_nothing()))),
            entries: RefCell::default(),
            held: Cell::new(false),
            keyring: RefCell::new(Ok("s3cret-of-the-keyring".to_owned())),
            variables: RefCell::default(),
            files: RefCell::default(),
            specs: RefCell::default(),
            random: Cell::new(0),
            watched: Cell::new(false),
            given: RefCell::default(),
            terminal: Cell::new(false),
            keyring_takes: Cell::new(Duration::ZERO),
            program_takes: Cell::new(Duration::ZERO),
            parent: Cell::new(1),
            changes: Cell::new(None),
            written: RefCell::default(),
            own: RefCell::default(),
            writing: RefCell::new(Ok(())),
            sent: RefCell::default(),
            headers: RefCell::default(),
            fuse: Cell::new(None),
        }
    }

    /// From now on the provider answers so.
    pub fn answers(&self, script: impl Fn(&Fake) -> Sent + 'static) {
        *self.script.borrow_mut() = Rc::new(script);
    }

    /// From now on a lock is given so.
    pub fn locks(&self, script: impl Fn(&Fake) -> LockAttempt + 'static) {
        *self.locks.borrow_mut() = Rc::new(script);
    }

    /// Seconds go by.
    pub fn pass(&self, seconds: u64) {
        self.take(Duration::from_secs(seconds));
    }

    /// Something takes its time.
    pub fn take(&self, span: Duration) {
        self.running.set(self.running.get() + span);
    }

    /// This process ends; the next one begins a moment later.
    pub fn next_process(&self) {
        self.take(Duration::from_millis(1));
        self.begun.set(self.running.get());
    }

    /// Somebody sets the clock, by seconds forward or back.
    pub fn set_clock(&self, by: i64) {
        self.jump.set(self.jump.get() + by);
    }

    /// What was done since this was asked last.
    pub fn effects(&self) -> Vec<String> {
        self.effects.take()
    }

    /// How many requests were sent since then; forgets the rest.
    pub fn requests(&self) -> usize {
        self.effects()
            .iter()
            .filter(|effect| effect.starts_with("send "))
            .count()
    }

    /// A token for [`SPEC`], or the word for why not.
    pub fn obtain(&self) -> Result<String, &'static str> {
        self.obtain_for(SPEC, 0)
    }

    /// The same for a spec of one's own and the least seconds of life that are of use.
    pub fn obtain_for(&self, spec: &str, least_life: u64) -> Result<String, &'static str> {
        self.ask(spec, least_life)
            .map(|token| token.access_token.expose().to_owned())
            .map_err(|error| error.code.as_str())
    }

    /// The same with everything that is known of it.
    pub fn ask(&self, spec: &str, least_life: u64) -> Result<Token, Error> {
        let found = find::named(self, spec, None)?;
        let admitted = found.spec.admit_by_name();
        let asked = Context {
            spec: &found.name,
            target: None,
            said: None,
            needs: Needs {
                least_life: Duration::from_secs(least_life),
                asker: self.watched.get().then_some(1),
                refused: None,
            },
        };
        obtain::obtain(self, admitted, asked)
    }

    /// The error's sentence.
    pub fn sentence(&self) -> String {
        self.ask(SPEC, 0).unwrap_err().sentence
    }

    /// The key of a spec.
    pub fn key(&self, spec: &str) -> CacheKey {
        let found = find::named(self, spec, None).unwrap();
        obtain::key(self, found.spec.admit_by_name())
    }

    /// What lies under the key of [`SPEC`].
    pub fn entry(&self) -> Option<Entry> {
        self.cached_quietly(&self.key(SPEC))
    }

    /// Another process puts its answer there.
    pub fn plant(&self, kept: Option<StoredToken>, failure: Option<StoredFailure>) {
        let key = self.key(SPEC);
        let entry = Entry {
            key: key.as_str().to_owned(),
            provider: "client_credentials".to_owned(),
            spec: "inline".to_owned(),
            stored: kept,
            failure,
            ..Entry::default()
        };
        self.put(&key, &entry);
    }

    /// Another process puts a token there that was made now.
    pub fn plant_token(&self, text: &str, life: u64) {
        let end = self.now().plus(Duration::from_secs(life));
        let token = Token {
            access_token: AccessToken::parse(text).unwrap(),
            issued_at: self.now(),
            expires_at: Some(end),
            scope: None,
            username: None,
            repeats_secret: false,
        };
        let renew_at = end.minus(time::renewal_margin(Duration::from_secs(life)));
        let kept = StoredToken {
            token,
            renew_at,
            use_until: end,
        };
        self.plant(Some(kept), None);
    }

    /// Everything in the cache, as text.
    pub fn cache_text(&self) -> String {
        let entries = self.entries.borrow();
        entries
            .values()
            .map(|bytes| String::from_utf8(bytes.clone()).unwrap())
            .collect()
    }

    fn put(&self, key: &CacheKey, entry: &Entry) {
        self.given.borrow_mut().remove(&receiver(key));
        let bytes = entry.to_bytes().unwrap().expose().to_vec();
        self.entries
            .borrow_mut()
            .insert(key.as_str().to_owned(), bytes);
    }

    fn cached_quietly(&self, key: &CacheKey) -> Option<Entry> {
        Entry::from_bytes(self.entries.borrow().get(key.as_str())?)
    }

    fn did(&self, what: impl Into<String>) {
        let what = what.into();
        let changes = ["keep ", "remove ", "send ", "remember", "forget"];
        if changes.iter().any(|effect| what.starts_with(effect)) {
            match self.fuse.get() {
                Some(0) => std::panic::resume_unwind(Box::new("the process died")),
                left => self.fuse.set(left.map(|left| left - 1)),
            }
        }
        self.effects.borrow_mut().push(what);
    }
}

/// Who is given what is under a key: there is one program here, and it asks for one thing.
fn receiver(key: &CacheKey) -> u64 {
    u64::from_str_radix(&key.as_str()[..16], 16).unwrap()
}

/// A Bearer token that lives so many seconds.
pub fn token(text: &str, expires_in: u64) -> Sent {
    let body =
        format!(r#"{{"access_token":"{text}","token_type":"Bearer","expires_in":{expires_in}}}"#);
    says(200, &[], &body)
}

/// An answer with a status.
pub fn says(status: u16, headers: &[(&str, &str)], body: &str) -> Sent {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Ok(Response {
        status,
        headers: headers.collect(),
        body: Secret::from(body.to_owned()),
    })
}

/// No connection: nothing has left.
pub fn refuses_connections() -> Sent {
    let why = NoResponse::Connect("connection refused".to_owned());
    Err(Failure { sent: false, why })
}

/// The request has left, and no answer came in time.
pub fn times_out() -> Sent {
    let why = NoResponse::TimedOut("while waiting for the answer".to_owned());
    Err(Failure { sent: true, why })
}
