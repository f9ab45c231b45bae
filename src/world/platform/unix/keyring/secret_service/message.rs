//! Method calls and replies as bytes.
//!
//! Specified by the [D-Bus
//! specification](https://dbus.freedesktop.org/doc/dbus-specification.html), "Message Protocol" and
//! "Marshaling". `rustbus` marshals and unmarshals. Buffers that may hold a secret are wiped when
//! they are dropped.

use rustbus::message_builder::{MarshalledMessageBody, MessageBuilder, MessageType};
use rustbus::signature::Type;
use rustbus::wire::marshal::traits::SignatureBuffer;
use rustbus::wire::marshal::{MarshalContext, marshal};
use rustbus::wire::unmarshal::{
    Header, UnmarshalContext, unmarshal_dynamic_header, unmarshal_header,
};
use rustbus::wire::validate_raw::validate_marshalled;
use rustbus::{ByteOrder, Marshal, Unmarshal};
use zeroize::Zeroizing;

use super::error::BusError;

/// Longest message that is accepted, in bytes: a secret of 1 MiB and everything around it.
const LONGEST_MESSAGE: usize = 4 << 20;
/// Length of the fixed part of every message, in bytes. It ends with the length of the header
/// fields.
pub const FIXED_HEADER: usize = 16;

/// A method of an object on the bus.
#[derive(Debug, Clone, Copy)]
pub struct Method<'a> {
    /// Bus name of the program.
    pub service: &'a str,
    /// Path of the object.
    pub object: &'a str,
    /// Interface of the method.
    pub interface: &'a str,
    /// Name of the method.
    pub name: &'a str,
}

/// The arguments of a method call.
pub struct Arguments {
    bytes: Zeroizing<Vec<u8>>,
    signature: SignatureBuffer,
}

impl Arguments {
    /// No arguments yet, with a capacity of `bytes`. A buffer that grows would leave a copy of a
    /// secret behind.
    pub fn with_room_for(bytes: usize) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(bytes)),
            signature: SignatureBuffer::new(),
        }
    }

    /// Adds an argument.
    ///
    /// # Errors
    /// [`BusError::Garbled`] if the value cannot be marshalled.
    pub fn push<T: Marshal>(mut self, value: &T) -> Result<Self, BusError> {
        let mut context = MarshalContext {
            fds: &mut Vec::new(),
            buf: &mut self.bytes,
            byteorder: ByteOrder::LittleEndian,
        };
        value.marshal(&mut context).map_err(|_| BusError::Garbled)?;
        T::sig_str(&mut self.signature);
        Ok(self)
    }

    /// The arguments as they are sent, after the header.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A reply that is known to be well-formed D-Bus of the expected types.
pub struct Reply {
    message: Zeroizing<Vec<u8>>,
    order: ByteOrder,
    position: usize,
}

impl Reply {
    /// The values, which [`take`] takes in their order.
    pub fn values(&self) -> UnmarshalContext<'_, '_> {
        UnmarshalContext {
            fds: &[],
            buf: &self.message,
            byteorder: self.order,
            offset: self.position,
        }
    }
}

/// The next value of a reply.
///
/// # Errors
/// [`BusError::Garbled`] if the value has another type.
pub fn take<'buffer, 'files, T: Unmarshal<'buffer, 'files>>(
    values: &mut UnmarshalContext<'files, 'buffer>,
) -> Result<T, BusError> {
    T::unmarshal(values).map_or(Err(BusError::Garbled), |(_, value)| Ok(value))
}

/// A message whose first [`FIXED_HEADER`] bytes have been read.
pub struct Incoming {
    header: Header,
    message: Zeroizing<Vec<u8>>,
    position: usize,
}

impl Incoming {
    /// Allocates the message that starts with these bytes.
    ///
    /// # Errors
    /// [`BusError::Garbled`] if they are not D-Bus, or the message is too long.
    pub fn after(start: &[u8; FIXED_HEADER]) -> Result<Self, BusError> {
        let (_, header) = unmarshal_header(start, 0).map_err(|_| BusError::Garbled)?;
        let [.., a, b, c, d] = *start;
        let fields = match header.byteorder {
            ByteOrder::LittleEndian => u32::from_le_bytes([a, b, c, d]),
            ByteOrder::BigEndian => u32::from_be_bytes([a, b, c, d]),
        };
        let position = (fields as usize).saturating_add(FIXED_HEADER + 7) & !7;
        let length = position.saturating_add(header.body_len as usize);
        if length > LONGEST_MESSAGE {
            return Err(BusError::Garbled);
        }
        let mut message = Zeroizing::new(Vec::with_capacity(length));
        message.extend(start);
        message.resize(length, 0);
        Ok(Self {
            header,
            message,
            position,
        })
    }

    /// The buffer for the rest of the message.
    pub fn rest(&mut self) -> &mut [u8] {
        self.message.split_at_mut(FIXED_HEADER).1
    }

    /// The reply, if the complete message is the reply to the call of this number. Its values must
    /// have the types of `signature`.
    ///
    /// # Errors
    /// [`BusError::Refused`] if the reply is an error, [`BusError::Garbled`] if the message is
    /// malformed or its values have other types.
    pub fn reply_to(self, serial: u32, signature: &str) -> Result<Option<Reply>, BusError> {
        let Self {
            header,
            message,
            position,
        } = self;
        let (_, fields) =
            unmarshal_dynamic_header(&header, &message, 12).map_err(|_| BusError::Garbled)?;
        if fields.response_serial != Some(serial) {
            return Ok(None);
        }
        match header.typ {
            MessageType::Reply => {}
            MessageType::Error => {
                return Err(BusError::Refused(fields.error_name.unwrap_or_default()));
            }
            _ => return Ok(None),
        }
        // `rustbus` trusts the types and lengths in a message when it takes values out, so they are
        // checked first.
        if fields.signature.unwrap_or_default() != signature {
            return Err(BusError::Garbled);
        }
        if !signature.is_empty() {
            let mut end = position;
            for kind in Type::parse_description(signature).map_err(|_| BusError::Garbled)? {
                end += validate_marshalled(header.byteorder, end, &message, &kind)
                    .map_err(|_| BusError::Garbled)?;
            }
        }
        Ok(Some(Reply {
            message,
            order: header.byteorder,
            position,
        }))
    }
}

/// The header of a call. The arguments follow it.
///
/// # Errors
/// [`BusError::Garbled`] if the header cannot be marshalled.
pub fn header(method: Method<'_>, arguments: &Arguments, serial: u32) -> Result<Vec<u8>, BusError> {
    let mut message = MessageBuilder::new()
        .call(method.name)
        .on(method.object)
        .at(method.service)
        .with_interface(method.interface)
        .build();
    // A placeholder of the same length: a second copy of a secret would not be wiped.
    message.body = MarshalledMessageBody::from_parts(
        vec![0; arguments.bytes.len()],
        Vec::new(),
        arguments.signature.as_str().to_owned(),
        ByteOrder::LittleEndian,
    );
    let mut header = Vec::new();
    marshal(&message, serial, &mut header).map_err(|_| BusError::Garbled)?;
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a reply without header fields, with a body of this length.
    fn start(body: u32) -> [u8; FIXED_HEADER] {
        let [a, b, c, d] = body.to_le_bytes();
        [b'l', 2, 0, 1, a, b, c, d, 1, 0, 0, 0, 0, 0, 0, 0]
    }

    #[test]
    fn no_room_is_made_for_a_message_that_is_longer_than_any_secret() {
        let longest = u32::try_from(LONGEST_MESSAGE - FIXED_HEADER).unwrap_or_default();
        assert!(Incoming::after(&start(longest)).is_ok());
        for body in [longest + 1, 2 * longest, u32::MAX] {
            let refused = Incoming::after(&start(body)).err();
            assert_eq!(refused, Some(BusError::Garbled), "{body}");
        }
    }
}
