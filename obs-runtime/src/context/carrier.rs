//! Where a context is written to and read from.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// A set of headers: HTTP headers, message headers, a map of strings.
///
/// Names are lower case; a carrier whose names ignore case must find them in any case. Adapters for the clients of others
/// are a few lines; those that are here are behind features of their names.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// use std::ops::ControlFlow;
///
/// struct Properties(Vec<(String, Vec<u8>)>);
///
/// impl obs::Carrier for Properties {
///     fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
///         self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).try_for_each(|(_, value)| each(value))
///     }
///
///     fn set(&mut self, name: &'static str, value: &str) {
///         self.remove(name);
///         self.0.push((name.to_owned(), value.into()));
///     }
///
///     fn remove(&mut self, name: &'static str) {
///         self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot carry a trace context",
    note = "implement `obs::Carrier` for it, or use a field of type `obs::Propagated` with `#[envelope(context)]`"
)]
pub trait Carrier {
    /// Calls `each` with every value of the header `name`, in the order they came, until it breaks; returns what the last
    /// call did. A header that came twice has two values.
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()>;
    /// Writes the header `name`, replacing what was there.
    fn set(&mut self, name: &'static str, value: &str);
    /// Removes the header `name`.
    fn remove(&mut self, name: &'static str);
    /// Returns what `obs_propagation_rejected_total` calls the carrier, as in `http`.
    fn kind(&self) -> &'static str {
        "other"
    }
}

impl Carrier for http::HeaderMap {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        http::HeaderMap::get_all(self, name).iter().try_for_each(|value| each(value.as_bytes()))
    }

    fn set(&mut self, name: &'static str, value: &str) {
        // A value that cannot be written must not leave another context's standing.
        match (http::HeaderName::from_bytes(name.as_bytes()), http::HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => drop(self.insert(name, value)),
            _ => Carrier::remove(self, name),
        }
    }

    fn remove(&mut self, name: &'static str) {
        http::HeaderMap::remove(self, name);
    }

    fn kind(&self) -> &'static str {
        "http"
    }
}

impl<S: std::hash::BuildHasher> Carrier for HashMap<String, String, S> {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        ignoring_case(self.get(name), self.iter(), name, each)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        Carrier::remove(self, name);
        self.insert(name.to_owned(), value.to_owned());
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|k, _| !k.eq_ignore_ascii_case(name));
    }

    fn kind(&self) -> &'static str {
        "map"
    }
}

impl Carrier for BTreeMap<String, String> {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        ignoring_case(self.get(name), self.iter(), name, each)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        Carrier::remove(self, name);
        self.insert(name.to_owned(), value.to_owned());
    }

    fn remove(&mut self, name: &'static str) {
        self.retain(|k, _| !k.eq_ignore_ascii_case(name));
    }

    fn kind(&self) -> &'static str {
        "map"
    }
}

/// The exact name first, which is one look-up; then every spelling of it.
fn ignoring_case<'a>(
    exact: Option<&'a String>,
    mut all: impl Iterator<Item = (&'a String, &'a String)>,
    name: &str,
    each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match exact {
        Some(value) => each(value.as_bytes()),
        None => all.try_for_each(|(k, v)| {
            if k.eq_ignore_ascii_case(name) { each(v.as_bytes()) } else { ControlFlow::Continue(()) }
        }),
    }
}
