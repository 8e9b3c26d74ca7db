//! What goes along with some work, said by hand.

use std::sync::Arc;

use super::ambient::Ambient;
use super::codec::correlation;
use super::{Baggage, Propagated, SpanContext};
use crate::engine::{pending, port};
use crate::record::{Attribute, Text, Value};
use crate::task::{Carried, Here};

/// What goes along with some work: baggage, correlation id, fields. Begins as what goes along with the current code, and is
/// changed for what runs in its scope.
///
/// It goes where the span goes: to its children, over [`spawn`](crate::spawn) and its like, into
/// [`inject`](crate::inject) and the messages of producers (but for fields, which stay in the process). It needs no span to go along with.
/// What is logged inside is on the span around it, for as long as that is open. Who enters a span that was made before the
/// scope has what goes along with that span.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// # obs::testing::capture(|_| {
/// obs::Context::current().with_baggage("tenant", "acme").with_field("user.id", 7).in_scope(|| {
///     assert_eq!(obs::baggage().get("tenant").as_deref(), Some("acme"));
///     tracing::info!("has the field `user.id`");
/// });
/// # });
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a context does nothing until something runs in its scope"]
pub struct Context(Ambient);

impl Context {
    /// Returns what goes along with the current code.
    pub fn current() -> Self {
        Context(port::ambient().map(|ambient| Ambient::clone(&ambient)).unwrap_or_default())
    }

    /// Adds a member to the baggage, in the place of one of that name. One that cannot be a member (a name that is no
    /// token) or has no room left is left out; [`Baggage::insert`] tells.
    pub fn with_baggage(mut self, name: &str, value: &str) -> Self {
        let _left_out = self.0.baggage.insert(name, value);
        self
    }

    /// Replaces the baggage as a whole.
    pub fn with_whole_baggage(mut self, baggage: Baggage) -> Self {
        self.0.baggage = baggage;
        self
    }

    /// Sets the id by which people find what belongs together: on every log record and exemplar, and sent as
    /// `x-correlation-id`. Visible ASCII of at most 128 characters, without quotes, backslashes, commas and semicolons;
    /// another one is left out.
    pub fn with_correlation_id(mut self, id: &str) -> Self {
        if let Ok(id) = correlation::parse(id.as_bytes()) {
            self.0.correlation_id = Some(Arc::from(id));
        }
        self
    }

    /// Adds a field to every span that begins inside, and to every log record. It does not leave the process.
    pub fn with_field(mut self, name: impl Into<Text>, value: impl Into<Value>) -> Self {
        let key = name.into();
        self.0.fields.retain(|field| field.key != key);
        self.0.fields.push(Attribute { key, value: value.into() });
        self
    }

    /// Runs `work` with it.
    pub fn in_scope<R>(self, work: impl FnOnce() -> R) -> R {
        let here = Here::along(Arc::new(self.0));
        let _there = here.enter();
        work()
    }

    /// Runs a future with it: on every poll, and when it is dropped.
    pub fn scope<F: Future>(self, future: F) -> Carried<F> {
        Carried::of(Here::along(Arc::new(self.0)), future)
    }
}

/// Runs `work` with fields on every span that begins inside, and on every log record: [`Context::with_field`] of each. For
/// a future there is [`Context::scope`].
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// obs::with_context_fields([("user.id", 7)], || tracing::info!("has the field `user.id`"));
/// ```
pub fn with_context_fields<N: Into<Text>, V: Into<Value>, R>(
    fields: impl IntoIterator<Item = (N, V)>,
    work: impl FnOnce() -> R,
) -> R {
    let with = |context: Context, (name, value)| context.with_field(name, value);
    fields.into_iter().fold(Context::current(), with).in_scope(work)
}

/// Returns the baggage of the current code; empty where there is none.
pub fn baggage() -> Baggage {
    port::ambient().map(|ambient| ambient.baggage.clone()).unwrap_or_default()
}

/// Returns the correlation id of the current code: what a request or message brought, the id of its trace where it brought
/// none, or what [`Context::with_correlation_id`] says. `None` in what began by itself and says none.
pub fn correlation_id() -> Option<Arc<str>> {
    port::ambient()?.correlation_id.clone()
}

/// Returns what would travel from here: a span, or else the current one, and what goes along with this code.
pub(crate) fn propagated(span: Option<SpanContext>) -> Propagated {
    let span = span.or_else(super::current);
    match port::ambient() {
        Some(ambient) => ambient.propagated(span),
        // What is on offer to a span that nobody makes goes on as it came.
        None if span.is_none() => pending::continued().unwrap_or_default(),
        None => Propagated::default().of_span(span),
    }
}
