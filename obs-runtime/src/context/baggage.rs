//! What applications give their requests along: W3C Baggage.

use std::sync::Arc;

/// Names and values that travel with the context, as in `tenant=acme`: to whoever gets the context, which may be a service
/// of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baggage(Option<Arc<str>>);

impl Baggage {
    pub(super) fn of(text: Option<Arc<str>>) -> Self {
        Baggage(text)
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns it as it travels.
    pub(crate) fn as_header(&self) -> Option<&str> {
        self.0.as_deref()
    }
}
