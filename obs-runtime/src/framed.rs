//! A message in JSON with a context beside it, for what has no headers: WebSocket frames, lines, files.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::__private;
use crate::context::{Envelope, Propagated, Reason, reject};

const CONTEXT: &str = "context";
const DATA: &str = "data";

/// A message with a context: `{"context": {"traceparent": ".."}, "data": ..}`.
///
/// It is an [`Envelope`], for `#[traced(client, envelope = frame)]` and `#[traced(server, envelope = frame)]`: a client
/// stamps its span into the frame, a server continues the trace. A frame without a context is one from nobody; one whose
/// context cannot be read is so, too, and is counted: a frame is never refused for its context.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = obs::Framed::new("tick").to_text()?;
/// assert_eq!(text, r#"{"context":{},"data":"tick"}"#);
/// let frame = obs::Framed::<String>::from_text(&text)?;
/// assert_eq!(frame.data, "tick");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Framed<T> {
    /// Who sent it.
    pub context: Propagated,
    /// The message.
    pub data: T,
}

impl<T> Framed<T> {
    /// Puts the message into a frame with the context that is current here; none outside every span.
    pub fn new(data: T) -> Self {
        let mut frame = Framed { context: Propagated::default(), data };
        __private::stamp(&mut frame, None);
        frame
    }

    /// Returns the message alone.
    pub fn into_data(self) -> T {
        self.data
    }

    /// Returns the frame as JSON.
    ///
    /// # Errors
    ///
    /// Where the message does not serialise.
    pub fn to_text(&self) -> Result<String, serde_json::Error>
    where
        T: Serialize,
    {
        serde_json::to_string(self)
    }

    /// Reads a frame from JSON. What is no frame may be a bare message, from who knows of no frames.
    ///
    /// # Errors
    ///
    /// Where the message cannot be read; never for the context.
    pub fn from_text(text: &str) -> Result<Self, serde_json::Error>
    where
        T: DeserializeOwned,
    {
        let bare = |data| Framed { context: Propagated::default(), data };
        serde_json::from_str(text).or_else(|error| {
            // A context with what is no text, such as half a surrogate, is passed over.
            if let Ok(Data(data)) = serde_json::from_str(text) {
                reject("message", CONTEXT, Reason::Malformed);
                return Ok(bare(data));
            }
            serde_json::from_str(text).map(bare).map_err(|_| error)
        })
    }
}

impl<T> Envelope for Framed<T> {
    fn stamp(&mut self, context: &Propagated) {
        self.context.clone_from(context);
    }

    fn context(&self) -> Propagated {
        self.context.clone()
    }
}

impl<T: Serialize> Serialize for Framed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut frame = serializer.serialize_struct("Framed", 2)?;
        frame.serialize_field(CONTEXT, &self.context)?;
        frame.serialize_field(DATA, &self.data)?;
        frame.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Framed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frame = Reading::<Propagated, T>(PhantomData);
        let (context, data) = deserializer.deserialize_struct("Framed", &[CONTEXT, DATA], frame)?;
        Ok(Framed { context: context.unwrap_or_default(), data })
    }
}

/// The message of a frame whose context is not looked at.
struct Data<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Data<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frame = Reading::<IgnoredAny, T>(PhantomData);
        Ok(Data(deserializer.deserialize_struct("Framed", &[CONTEXT, DATA], frame)?.1))
    }
}

/// Reads the two members, and passes over others.
struct Reading<C, T>(PhantomData<(C, T)>);

impl<'de, C: Deserialize<'de>, T: Deserialize<'de>> Visitor<'de> for Reading<C, T> {
    type Value = (Option<C>, T);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a frame: a map with `context` and `data`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let context = seq.next_element()?;
        let data = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        Ok((context, data))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut context, mut data) = (None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                // The first one counts, as nobody could say which is meant.
                Key::Context if context.is_none() => context = Some(map.next_value()?),
                Key::Data if data.is_some() => return Err(A::Error::duplicate_field(DATA)),
                Key::Data => data = Some(map.next_value()?),
                Key::Context | Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok((context, data.ok_or_else(|| A::Error::missing_field(DATA))?))
    }
}

/// The name of a member.
enum Key {
    Context,
    Data,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }

            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                Ok(match name {
                    CONTEXT => Key::Context,
                    DATA => Key::Data,
                    _ => Key::Other,
                })
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}
