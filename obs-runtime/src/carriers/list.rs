//! Lists of names and values: what every client of a bus can give or take.

use std::ops::ControlFlow;

use bytes::Bytes;

use crate::context::{Carrier, Envelope, Propagated};

/// The value of a header in a list: a text, bytes, or an `Option` of either, as Kafka has it.
#[diagnostic::on_unimplemented(
    message = "a list with values of type `{Self}` cannot carry a trace context",
    note = "its values are `String`, `Vec<u8>`, `Bytes`, or an `Option` of one of these"
)]
pub trait ListValue {
    /// Makes one of a text.
    fn of(text: &str) -> Self;
    /// Returns the bytes; `None` where a name stands without a value.
    fn bytes(&self) -> Option<&[u8]>;
}

macro_rules! list_value {
    ($($type:ty),*) => {$(
        impl ListValue for $type {
            fn of(text: &str) -> Self {
                <$type>::from(text.to_owned())
            }

            fn bytes(&self) -> Option<&[u8]> {
                Some(self.as_ref())
            }
        }
    )*};
}

list_value!(String, Vec<u8>, Bytes);

impl<V: ListValue> ListValue for Option<V> {
    fn of(text: &str) -> Self {
        Some(V::of(text))
    }

    fn bytes(&self) -> Option<&[u8]> {
        self.as_ref().and_then(ListValue::bytes)
    }
}

/// Names and values in the order in which they are sent, as in `Vec<(String, Vec<u8>)>`: the fields of a stream's entry, the
/// headers of a record. Names are found in any case.
impl<K: AsRef<str> + From<&'static str>, V: ListValue> Carrier for Vec<(K, V)> {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.iter()
            .filter(|(key, _)| key.as_ref().eq_ignore_ascii_case(name))
            .filter_map(|(_, value)| value.bytes())
            .try_for_each(each)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        Carrier::remove(self, name);
        self.push((K::from(name), V::of(value)));
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|(key, _)| !key.as_ref().eq_ignore_ascii_case(name));
    }

    fn kind(&self) -> &'static str {
        "list"
    }
}

/// A list is a message's headers: a function that sends it is `#[traced(producer, envelope = fields)]`.
#[diagnostic::do_not_recommend] // who wrote no list is to derive
impl<K: AsRef<str> + From<&'static str>, V: ListValue> Envelope for Vec<(K, V)> {
    fn stamp(&mut self, context: &Propagated) {
        context.write_to(self);
    }

    fn context(&self) -> Propagated {
        Propagated::from_carrier(self)
    }
}
