//! The methods of `org.freedesktop.secrets` that a store needs, one function each.
//!
//! Specified by the [Secret Service
//! API](https://specifications.freedesktop.org/secret-service-spec/latest/): "Sessions" (algorithm
//! `plain`), "Lookup Attributes", "Locking and Unlocking", "Prompts". `Prompt.Prompt` is never
//! called.

use std::collections::HashMap;
use std::time::Instant;

use keyring_core::Error;
use rustbus::signature::{Container, Type};
use rustbus::wire::ObjectPath;
use rustbus::wire::errors::MarshalError;
use rustbus::wire::marshal::MarshalContext;
use rustbus::wire::marshal::traits::SignatureBuffer;
use rustbus::wire::unmarshal::traits::Variant;
use rustbus::{Marshal, Signature};

use super::error::{BusError, ServiceError};
use super::message::{Arguments, Method, Reply, take};
use super::session_bus::SessionBus;

const PROVIDER: &str = "org.freedesktop.secrets";
const SERVICE: &str = "/org/freedesktop/secrets";
/// The path for "no object": no such alias, or no prompt needed.
const NOTHING: &str = "/";
/// Capacity for everything in a message but the secret and its names, in bytes.
const ENVELOPE: usize = 1024;

/// An unencrypted session with the provider.
pub struct Session {
    bus: SessionBus,
    path: String,
}

impl Session {
    /// Connects and opens a session, which can be used until `until`.
    ///
    /// # Errors
    /// [`Error`]: there is no bus, no provider or no answer in time.
    pub fn open(until: Instant) -> Result<Self, Error> {
        let mut bus = SessionBus::connect(until)?;
        let arguments = Arguments::with_room_for(ENVELOPE)
            .push(&"plain")?
            .push(&Property::Text(""))?;
        let open = method(SERVICE, "org.freedesktop.Secret.Service", "OpenSession");
        let reply = bus.call(open, arguments, "vo")?;
        let mut values = reply.values();
        take::<Variant<'_, '_>>(&mut values)?;
        let path = path(take(&mut values)?);
        Ok(Self { bus, path })
    }

    /// The items with these attributes, all of them unlocked.
    ///
    /// # Errors
    /// [`Error`]: an item or the keyring is locked, or the search fails.
    pub fn find(&mut self, attributes: &HashMap<&str, &str>) -> Result<Vec<String>, Error> {
        let (mut found, locked) = self.search(attributes)?;
        if !locked.is_empty() {
            self.unlock(&locked)?;
            found.extend(locked);
        } else if found.is_empty()
            && let Some(collection) = self.default_collection()?
            && self.is_locked(&collection)?
        {
            // Some providers do not know their items until they are unlocked. "Locked" must not
            // pass for "absent".
            self.unlock(&[collection])?;
            let (unlocked, locked) = self.search(attributes)?;
            found.extend(unlocked.into_iter().chain(locked));
        }
        Ok(found)
    }

    fn search(
        &mut self,
        attributes: &HashMap<&str, &str>,
    ) -> Result<(Vec<String>, Vec<String>), BusError> {
        let arguments = Arguments::with_room_for(ENVELOPE).push(attributes)?;
        let reply = self.call(SERVICE, "Service", "SearchItems", arguments, "aoao")?;
        let mut values = reply.values();
        let unlocked = paths(take(&mut values)?);
        let locked = paths(take(&mut values)?);
        Ok((unlocked, locked))
    }

    /// Unlocks the objects that need no prompt.
    fn unlock(&mut self, objects: &[String]) -> Result<(), Error> {
        let objects: Vec<_> = objects
            .iter()
            .filter_map(|path| ObjectPath::new(path.as_str()).ok())
            .collect();
        let arguments = Arguments::with_room_for(ENVELOPE).push(&objects)?;
        let reply = self.call(SERVICE, "Service", "Unlock", arguments, "aoo")?;
        let mut values = reply.values();
        take::<Vec<ObjectPath<&str>>>(&mut values)?;
        self.without_prompt(take(&mut values)?)
    }

    /// Succeeds if the provider needs no prompt. Otherwise dismisses the prompt unseen and fails.
    fn without_prompt(&mut self, prompt: ObjectPath<&str>) -> Result<(), Error> {
        if prompt.as_ref() == NOTHING {
            return Ok(());
        }
        let arguments = Arguments::with_room_for(0);
        // The object stays locked even if the provider does not answer to the dismissal of the
        // prompt.
        let _ = self.call(prompt.as_ref(), "Prompt", "Dismiss", arguments, "");
        Err(ServiceError::Locked.into())
    }

    /// The secret of an unlocked item.
    ///
    /// # Errors
    /// [`Error`]: the item does not exist, or the call fails.
    pub fn secret(&mut self, item: &str) -> Result<Vec<u8>, Error> {
        let session = ObjectPath::new(self.path.as_str()).map_err(|_| BusError::Garbled)?;
        let arguments = Arguments::with_room_for(ENVELOPE).push(&session)?;
        let reply = self.call(item, "Item", "GetSecret", arguments, "(oayays)")?;
        let (_, _, value, _) = take::<(ObjectPath<&str>, &[u8], &[u8], &str)>(&mut reply.values())?;
        Ok(value.to_vec())
    }

    /// Replaces the secret of an unlocked item.
    ///
    /// # Errors
    /// [`Error`]: the item does not exist, or the call fails.
    pub fn replace(&mut self, item: &str, secret: &[u8]) -> Result<(), Error> {
        let arguments = self.with_secret(Arguments::with_room_for(room_for(secret)), secret)?;
        self.call(item, "Item", "SetSecret", arguments, "")?;
        Ok(())
    }

    /// Creates an item in the default collection.
    ///
    /// # Errors
    /// [`Error`]: there is no default collection, it is locked, or a call fails.
    pub fn create(
        &mut self,
        label: &str,
        attributes: &HashMap<&str, &str>,
        secret: &[u8],
    ) -> Result<(), Error> {
        let collection = self
            .default_collection()?
            .ok_or(ServiceError::NoDefaultCollection)?;
        self.unlock(std::slice::from_ref(&collection))?;
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Property::Text(label)),
            (
                "org.freedesktop.Secret.Item.Attributes",
                Property::Names(attributes),
            ),
        ]);
        let arguments =
            Arguments::with_room_for(room_for(secret) + 2 * label.len()).push(&properties)?;
        let arguments = self.with_secret(arguments, secret)?.push(&true)?;
        let reply = self.call(&collection, "Collection", "CreateItem", arguments, "oo")?;
        let mut values = reply.values();
        take::<ObjectPath<&str>>(&mut values)?;
        self.without_prompt(take(&mut values)?)
    }

    /// The structure `Secret`: session, parameters (none for `plain`), value, content type.
    fn with_secret(&self, arguments: Arguments, secret: &[u8]) -> Result<Arguments, BusError> {
        let session = ObjectPath::new(self.path.as_str()).map_err(|_| BusError::Garbled)?;
        let none: &[u8] = &[];
        arguments.push(&(session, none, secret, "text/plain"))
    }

    /// Deletes an unlocked item.
    ///
    /// # Errors
    /// [`Error`]: the item does not exist, its deletion needs a prompt, or the call fails.
    pub fn delete(&mut self, item: &str) -> Result<(), Error> {
        let reply = self.call(item, "Item", "Delete", Arguments::with_room_for(0), "o")?;
        self.without_prompt(take(&mut reply.values())?)
    }

    /// The attributes of an unlocked item.
    ///
    /// # Errors
    /// [`Error`]: the item does not exist, or the call fails.
    pub fn attributes(&mut self, item: &str) -> Result<HashMap<String, String>, Error> {
        let reply = self.property(item, "org.freedesktop.Secret.Item", "Attributes")?;
        let value: Variant<'_, '_> = take(&mut reply.values())?;
        value.get().map_err(|_| BusError::Garbled.into())
    }

    fn default_collection(&mut self) -> Result<Option<String>, BusError> {
        let arguments = Arguments::with_room_for(ENVELOPE).push(&"default")?;
        let reply = self.call(SERVICE, "Service", "ReadAlias", arguments, "o")?;
        let collection = path(take(&mut reply.values())?);
        Ok((collection != NOTHING).then_some(collection))
    }

    fn is_locked(&mut self, collection: &str) -> Result<bool, Error> {
        let reply = self.property(collection, "org.freedesktop.Secret.Collection", "Locked")?;
        let value: Variant<'_, '_> = take(&mut reply.values())?;
        value.get().map_err(|_| BusError::Garbled.into())
    }

    fn property(&mut self, object: &str, interface: &str, name: &str) -> Result<Reply, BusError> {
        let arguments = Arguments::with_room_for(ENVELOPE)
            .push(&interface)?
            .push(&name)?;
        let get = method(object, "org.freedesktop.DBus.Properties", "Get");
        self.bus.call(get, arguments, "v")
    }

    fn call(
        &mut self,
        object: &str,
        interface: &str,
        name: &str,
        arguments: Arguments,
        signature: &str,
    ) -> Result<Reply, BusError> {
        let interface = format!("org.freedesktop.Secret.{interface}");
        self.bus
            .call(method(object, &interface, name), arguments, signature)
    }
}

fn method<'a>(object: &'a str, interface: &'a str, name: &'a str) -> Method<'a> {
    Method {
        service: PROVIDER,
        object,
        interface,
        name,
    }
}

fn path(path: ObjectPath<&str>) -> String {
    path.as_ref().to_owned()
}

fn paths(list: Vec<ObjectPath<&str>>) -> Vec<String> {
    list.into_iter().map(path).collect()
}

fn room_for(secret: &[u8]) -> usize {
    secret.len().saturating_add(ENVELOPE)
}

/// A value that is marshalled as a variant.
enum Property<'a> {
    Text(&'a str),
    Names(&'a HashMap<&'a str, &'a str>),
}

impl Signature for Property<'_> {
    fn signature() -> Type {
        Type::Container(Container::Variant)
    }

    fn alignment() -> usize {
        1
    }

    fn sig_str(signature: &mut SignatureBuffer) {
        signature.push_static("v");
    }

    fn has_sig(signature: &str) -> bool {
        signature.starts_with('v')
    }
}

impl Marshal for Property<'_> {
    fn marshal(&self, context: &mut MarshalContext<'_, '_>) -> Result<(), MarshalError> {
        match self {
            Self::Text(text) => text.marshal_as_variant(context),
            Self::Names(names) => names.marshal_as_variant(context),
        }
    }
}
