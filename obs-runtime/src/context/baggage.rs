//! What applications give their requests along: W3C Baggage.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::codec::baggage::{self as codec, Member};

/// Names and values that travel with the context, as in `tenant=acme` (W3C Baggage): to whoever gets the context, which may
/// be a service of others. Clones are cheap.
///
/// What came in is passed on as it came; it is read where it is asked for, and members that break the format's rules are
/// passed over.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Baggage(Option<Arc<str>>);

/// Why a member was not added to the baggage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaggageError {
    /// The name is no token of HTTP: letters, digits and ``!#$%&'*+-.^_`|~`` (RFC 9110, section 5.6.2).
    Name,
    /// There would be more than 64 members, or more than 8192 bytes (W3C Baggage, section 3.3.2).
    Full,
}

impl fmt::Display for BaggageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BaggageError::Name => {
                "the name of a baggage member is a token: letters, digits and !#$%&'*+-.^_`|~"
            }
            BaggageError::Full => "baggage has at most 64 members and 8192 bytes",
        })
    }
}

impl std::error::Error for BaggageError {}

impl Baggage {
    /// Makes an empty one.
    pub const fn new() -> Self {
        Baggage(None)
    }

    pub(super) fn of(text: Option<Arc<str>>) -> Self {
        Baggage(text)
    }

    /// Tells whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.members().next().is_none()
    }

    /// Returns the value of a member, decoded; the last one of that name. `None` where there is none. Reads the whole.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let last = self.members().filter(|member| member.key == name).last();
        last.map(|member| codec::decode(member.value))
    }

    /// Returns names and values, decoded, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.members().map(|member| (member.key, codec::decode(member.value)))
    }

    /// Returns the properties of a member as they travel, as in `ttl=30;secure`; `None` where it has none.
    pub fn properties(&self, name: &str) -> Option<&str> {
        let last = self.members().filter(|member| member.key == name).last();
        last.map(|member| member.properties).filter(|properties| !properties.is_empty())
    }

    /// Adds a member, in the place of one of that name. The value may be any text; it travels percent-encoded.
    ///
    /// # Errors
    ///
    /// Where the name is no token, or there is no room: then nothing changes.
    pub fn insert(&mut self, name: &str, value: &str) -> Result<(), BaggageError> {
        if !codec::is_key(name) {
            return Err(BaggageError::Name);
        }
        let mut text = self.without(name);
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
        text.push('=');
        codec::encode(value, &mut text);
        if text.len() > codec::BYTES || codec::members(&text).count() > codec::MEMBERS {
            return Err(BaggageError::Full);
        }
        self.0 = Some(text.into());
        Ok(())
    }

    /// Does so with the properties of the member, as they travel; such as break the format's rules are left out.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn insert_with(
        &mut self,
        name: &str,
        value: &str,
        properties: &str,
    ) -> Result<(), BaggageError> {
        let mut added = self.clone();
        added.insert(name, value)?;
        if let Some(text) = added.0.as_deref().filter(|_| !properties.is_empty()) {
            // The member that was added is the last.
            let text = format!("{text};{properties}");
            let whole = Baggage(Some(Arc::from(text)));
            let fits = whole.0.as_ref().is_some_and(|text| text.len() <= codec::BYTES);
            if fits && !properties.contains(',') && whole.members().count() == added.members().count() {
                added = whole;
            }
        }
        *self = added;
        Ok(())
    }

    /// Removes the members of that name.
    pub fn remove(&mut self, name: &str) {
        if self.members().any(|member| member.key == name) {
            self.0 = Some(self.without(name)).filter(|text| !text.is_empty()).map(Arc::from);
        }
    }

    /// Returns it as it travels.
    pub(crate) fn as_header(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn members(&self) -> impl Iterator<Item = Member<'_>> {
        codec::members(self.0.as_deref().unwrap_or_default())
    }

    /// Returns the members with other names, as they travel.
    fn without(&self, name: &str) -> String {
        let mut text = String::new();
        for Member { key, value, properties } in self.members().filter(|member| member.key != name) {
            for part in [if text.is_empty() { "" } else { "," }, key, "=", value] {
                text.push_str(part);
            }
            if !properties.is_empty() {
                text.push(';');
                text.push_str(properties);
            }
        }
        text
    }
}

/// Names only: values may be what nobody should read.
impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.members().map(|member| member.key)).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_there_and_travels_encoded() {
        let mut baggage = Baggage::new();
        baggage.insert("tenant", "acme").unwrap();
        baggage.insert("note", "50 %, \"größer\"; ja").unwrap();
        baggage.insert("tenant", "other").unwrap();
        assert_eq!(baggage.get("tenant").as_deref(), Some("other"));
        assert_eq!(baggage.get("note").as_deref(), Some("50 %, \"größer\"; ja"));
        let header = baggage.as_header().unwrap().to_owned();
        assert_eq!(header, "note=50%20%25%2C%20%22gr%C3%B6%C3%9Fer%22%3B%20ja,tenant=other");
        assert_eq!(Baggage::of(Some(header.into())), baggage);
        baggage.remove("note");
        assert_eq!(baggage.iter().collect::<Vec<_>>(), [("tenant", Cow::Borrowed("other"))]);
        baggage.remove("tenant");
        assert!(baggage.is_empty() && baggage.as_header().is_none());
    }

    #[test]
    fn properties_stay_with_their_member() {
        let mut baggage = Baggage::of(Some("a=1;ttl=30;secure, b=2".into()));
        assert_eq!(baggage.properties("a"), Some("ttl=30;secure"));
        assert_eq!(baggage.properties("b"), None);
        baggage.insert("c", "3").unwrap();
        assert_eq!(baggage.as_header(), Some("a=1;ttl=30;secure,b=2,c=3"));
    }

    #[test]
    fn what_cannot_travel_is_refused_and_nothing_changes() {
        let mut baggage = Baggage::new();
        assert_eq!(baggage.insert("two words", "x"), Err(BaggageError::Name));
        assert_eq!(baggage.insert("", "x"), Err(BaggageError::Name));
        (0..64).for_each(|n| baggage.insert(&format!("k{n}"), "v").unwrap());
        let before = baggage.clone();
        assert_eq!(baggage.insert("one-more", "v"), Err(BaggageError::Full));
        assert_eq!(baggage, before);
        baggage.insert("k7", "another").unwrap();
        let mut long = Baggage::new();
        assert_eq!(long.insert("k", &"v".repeat(8191)), Err(BaggageError::Full));
        assert!(long.insert("k", &"v".repeat(8190)).is_ok());
        assert!(!format!("{long:?}").contains("vv"));
    }
}
