//! Where a context is written to and read from.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// A set of headers: HTTP headers, message headers, a map of strings.
///
/// Names are lower case; a carrier whose names ignore case must find them in any case.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a trace context",
    note = "implement `obs::Carrier` for it, or use a field of type `obs::Propagated` with `#[envelope(context)]`"
)]
pub trait Carrier {
    /// Returns every value of the header `name`, in the order they came; values that are not text are left out.
    fn get_all(&self, name: &str) -> Vec<Cow<'_, str>>;
    /// Writes the header `name`, replacing what was there.
    fn set(&mut self, name: &'static str, value: &str);
}

impl Carrier for http::HeaderMap {
    fn get_all(&self, name: &str) -> Vec<Cow<'_, str>> {
        http::HeaderMap::get_all(self, name)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .map(Cow::Borrowed)
            .collect()
    }

    fn set(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = http::HeaderValue::from_str(value) {
            self.insert(http::HeaderName::from_static(name), value);
        }
    }
}

impl<S: std::hash::BuildHasher> Carrier for HashMap<String, String, S> {
    fn get_all(&self, name: &str) -> Vec<Cow<'_, str>> {
        ignoring_case(self.get(name), self.iter(), name)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.retain(|k, _| !k.eq_ignore_ascii_case(name));
        self.insert(name.to_owned(), value.to_owned());
    }
}

impl Carrier for BTreeMap<String, String> {
    fn get_all(&self, name: &str) -> Vec<Cow<'_, str>> {
        ignoring_case(self.get(name), self.iter(), name)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.retain(|k, _| !k.eq_ignore_ascii_case(name));
        self.insert(name.to_owned(), value.to_owned());
    }
}

/// The exact name first, which is one look-up; then every spelling of it.
fn ignoring_case<'a>(
    exact: Option<&'a String>,
    all: impl Iterator<Item = (&'a String, &'a String)>,
    name: &str,
) -> Vec<Cow<'a, str>> {
    match exact {
        Some(value) => vec![Cow::Borrowed(value.as_str())],
        None => all
            .filter(|(k, _)| k.eq_ignore_ascii_case(name))
            .map(|(_, v)| Cow::Borrowed(v.as_str()))
            .collect(),
    }
}
