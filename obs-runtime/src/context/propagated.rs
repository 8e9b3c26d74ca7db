//! A context in the form in which it travels.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Carrier, SpanContext, w3c};

/// A context in the form in which it travels: header values, unchanged.
///
/// Serialises as a map of header names to values, as in `{"traceparent": "00-...-01"}`; unknown and ill-typed members
/// are left out, so that a message is never refused for its context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Propagated {
    traceparent: Option<String>,
    tracestate: Option<String>,
}

impl Propagated {
    /// Writes `context` in its wire form.
    pub fn from_context(context: &SpanContext) -> Self {
        Propagated {
            traceparent: Some(w3c::format_traceparent(context)),
            tracestate: context.tracestate.as_deref().map(str::to_owned),
        }
    }

    /// Returns the span it names; `None` where there is none or it is malformed (W3C Trace Context, section 3.2).
    pub fn span_context(&self) -> Option<SpanContext> {
        let context = w3c::parse_traceparent(self.traceparent.as_deref()?)?;
        Some(SpanContext {
            tracestate: self.tracestate.as_deref().and_then(w3c::accept_tracestate),
            ..context
        })
    }

    /// Tells whether it carries nothing.
    pub fn is_empty(&self) -> bool {
        self.traceparent.is_none()
    }

    /// Reads the headers that a context consists of; a `traceparent` that came twice is none.
    pub fn from_carrier(carrier: &(impl Carrier + ?Sized)) -> Self {
        let traceparent = match carrier.get_all(w3c::TRACEPARENT).as_slice() {
            [one] => Some(one.trim_matches([' ', '\t']).to_owned()),
            _ => None,
        };
        let states = carrier.get_all(w3c::TRACESTATE);
        let tracestate = (traceparent.is_some() && !states.is_empty()).then(|| states.join(","));
        Propagated { traceparent, tracestate }
    }

    /// Writes the headers that it consists of.
    pub fn write_to(&self, carrier: &mut (impl Carrier + ?Sized)) {
        for (name, value) in self.members() {
            carrier.set(name, value);
        }
    }

    fn members(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [(w3c::TRACEPARENT, &self.traceparent), (w3c::TRACESTATE, &self.tracestate)]
            .into_iter()
            .filter_map(|(name, value)| value.as_deref().map(|v| (name, v)))
    }
}

impl Serialize for Propagated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members().count()))?;
        for (name, value) in self.members() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Propagated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Members { lenient: true })
        } else {
            deserializer.deserialize_map(Members { lenient: false })
        }
    }
}

/// Reads the map. In formats that describe themselves anything unexpected counts as absent.
struct Members {
    lenient: bool,
}

impl<'de> Visitor<'de> for Members {
    type Value = Propagated;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of header names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Propagated, A::Error> {
        let mut out = Propagated::default();
        while let Some(key) = map.next_key::<String>()? {
            let value = if self.lenient { map.next_value::<MaybeText>()?.0 } else { Some(map.next_value()?) };
            match key.as_str() {
                w3c::TRACEPARENT => out.traceparent = value,
                w3c::TRACESTATE => out.tracestate = value,
                _ => {}
            }
        }
        Ok(out)
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
}

/// A text, or anything else as `None`.
struct MaybeText(Option<String>);

impl<'de> Deserialize<'de> for MaybeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaybeTextVisitor)
    }
}

struct MaybeTextVisitor;

impl<'de> Visitor<'de> for MaybeTextVisitor {
    type Value = MaybeText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header value")
    }

    fn visit_str<E>(self, text: &str) -> Result<MaybeText, E> {
        Ok(MaybeText(Some(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<MaybeText, E> {
        Ok(MaybeText(Some(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MaybeText, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(MaybeText(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<MaybeText, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(MaybeText(None))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<MaybeText, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_none<E>(self) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_unit<E>(self) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<MaybeText, E> {
        Ok(MaybeText(None))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_survives_json() {
        let text = format!(r#"{{"traceparent":"{PARENT}","tracestate":"a=1"}}"#);
        let context: Propagated = serde_json::from_str(&text).unwrap();
        assert_eq!(context.span_context().unwrap().span_id.to_string(), "00f067aa0ba902b7");
        assert_eq!(serde_json::to_string(&context).unwrap(), text);
    }

    #[test]
    fn a_traceparent_that_came_twice_is_none() {
        let mut headers = http::HeaderMap::new();
        headers.append(w3c::TRACEPARENT, http::HeaderValue::from_static(PARENT));
        assert!(Propagated::from_carrier(&headers).span_context().is_some());
        headers.append(w3c::TRACEPARENT, http::HeaderValue::from_static(PARENT));
        assert!(Propagated::from_carrier(&headers).is_empty());
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
}
