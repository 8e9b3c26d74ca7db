//! A context inside a message: a map of header names to values.

use std::fmt;
use std::ops::ControlFlow;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::codec::{b3, baggage, correlation, traceparent, tracestate};
use super::{Carrier, Propagated};

impl Serialize for Propagated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = Members::default();
        self.write_to(&mut members);
        serializer.collect_map(members.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The headers of a context inside a message.
#[derive(Debug, Default)]
struct Members(Vec<(&'static str, String)>);

impl Carrier for Members {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.0.iter().filter(|(n, _)| *n == name).try_for_each(|(_, value)| each(value.as_bytes()))
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.remove(name);
        self.0.push((name, value.to_owned()));
    }

    fn remove(&mut self, name: &'static str) {
        self.0.retain(|(n, _)| *n != name);
    }

    fn kind(&self) -> &'static str {
        "message"
    }
}

impl<'de> Deserialize<'de> for Propagated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Reading { lenient: true })
        } else {
            deserializer.deserialize_map(Reading { lenient: false })
        }
    }
}

/// The headers of all formats.
const HEADERS: [&str; 11] = [
    traceparent::NAME,
    tracestate::NAME,
    baggage::NAME,
    b3::SINGLE,
    b3::MULTI[0],
    b3::MULTI[1],
    b3::MULTI[2],
    b3::MULTI[3],
    b3::MULTI[4],
    correlation::CORRELATION,
    correlation::REQUEST,
];

/// Reads the map. In formats that people read, which describe themselves, anything unexpected counts as absent; in the
/// others as far as they give what they hold instead of what they are asked for.
struct Reading {
    lenient: bool,
}

impl<'de> Visitor<'de> for Reading {
    type Value = Propagated;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of header names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Propagated, A::Error> {
        let mut members = Members::default();
        while let Some(key) = map.next_key_seed(MaybeText { lenient: self.lenient })? {
            let value = map.next_value_seed(MaybeText { lenient: self.lenient })?;
            let known = key.and_then(|key| HEADERS.iter().find(|name| name.eq_ignore_ascii_case(&key)));
            members.0.extend(known.copied().zip(value));
        }
        Ok(Propagated::from_carrier(&members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Propagated, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Propagated::default())
    }

    fn visit_unit<E>(self) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }

    fn visit_none<E>(self) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Propagated, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Propagated, E> {
        Ok(Propagated::default())
    }
}

/// A text, or anything else as `None`; where it is not lenient the format is told that it is to be a text.
#[derive(Clone, Copy)]
struct MaybeText {
    lenient: bool,
}

impl<'de> DeserializeSeed<'de> for MaybeText {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<String>, D::Error> {
        if self.lenient {
            deserializer.deserialize_any(MaybeTextVisitor)
        } else {
            deserializer.deserialize_string(MaybeTextVisitor)
        }
    }
}

struct MaybeTextVisitor;

impl<'de> Visitor<'de> for MaybeTextVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Option<String>, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Option<String>, E> {
        Ok(Some(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<String>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<String>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_none<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<String>, E> {
        Ok(None)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Option<String>, E> {
        Ok(None)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::MapDeserializer;
    use serde_json::json;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn names_are_read_in_any_case() {
        let text = format!(r#"{{"Traceparent":"{PARENT}","TRACESTATE":"a=1","Baggage":"k=v"}}"#);
        let context: Propagated = serde_json::from_str(&text).unwrap();
        assert_eq!(context.span_context().unwrap().tracestate.as_deref(), Some("a=1"));
        assert_eq!(context.baggage().get("k").as_deref(), Some("v"));
    }

    #[test]
    fn the_id_of_a_request_is_passed_on_as_both() {
        let context: Propagated = serde_json::from_str(r#"{"x-request-id":"r-1"}"#).unwrap();
        assert_eq!(context.correlation_id(), Some("r-1"));
        let expected = r#"{"x-correlation-id":"r-1","x-request-id":"r-1"}"#;
        assert_eq!(serde_json::to_string(&context).unwrap(), expected);
    }

    #[test]
    fn a_context_survives_json() {
        let text = format!(r#"{{"traceparent":"{PARENT}","tracestate":"a=1"}}"#);
        let context: Propagated = serde_json::from_str(&text).unwrap();
        assert_eq!(context.span_context().unwrap().span_id.to_string(), "00f067aa0ba902b7");
        assert_eq!(serde_json::to_string(&context).unwrap(), text);
    }

    #[test]
    fn whatever_stands_in_its_place_is_an_absent_context() {
        for text in [
            "null",
            "5",
            "-5",
            "1.5",
            "true",
            "\"x\"",
            "[1,{}]",
            "{}",
            r#"{"traceparent":7}"#,
            r#"{"traceparent":{"a":[]},"x":null}"#,
        ] {
            let context: Propagated = serde_json::from_str(text).unwrap();
            assert!(context.span_context().is_none(), "{text}");
        }
    }

    /// What stands in a message of a format that people do not read, and that gives what it holds.
    struct Packed(serde_json::Value);

    impl<'de> Deserializer<'de> for Packed {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            match self.0 {
                serde_json::Value::Object(map) => {
                    let members = map.into_iter().map(|(key, value)| (key, Packed(value)));
                    visitor.visit_map(MapDeserializer::new(members))
                }
                serde_json::Value::String(text) => visitor.visit_string(text),
                serde_json::Value::Number(_) => visitor.visit_bytes(&[1]),
                _ => visitor.visit_unit(),
            }
        }

        fn is_human_readable(&self) -> bool {
            false
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }

    impl<'de> IntoDeserializer<'de> for Packed {
        type Deserializer = Self;

        fn into_deserializer(self) -> Self {
            self
        }
    }

    #[test]
    fn packed_formats_are_as_lenient_as_they_can_be() {
        let read = |value| Propagated::deserialize(Packed(value)).unwrap().span_context().is_some();
        for other in [json!(null), json!(7), json!("x"), json!({"traceparent": 7}), json!({"baggage": null})]
        {
            assert!(!read(other.clone()), "{other}");
        }
        assert!(read(json!({"traceparent": PARENT, "x": 7, "y": null})), "what is not known is passed over");
    }
}
