//! What goes along with a span besides its ids.

use std::cell::RefCell;
use std::sync::Arc;

use tracing_core::span::Id;

use super::{Baggage, Propagated, Received, SpanContext};
use crate::record::Attribute;

/// What goes along with a span besides its ids: the same for all spans below it, until something changes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ambient {
    /// Of the trace that came in. One that begins here has none but for the sampling threshold.
    pub(crate) tracestate: Option<Arc<str>>,
    pub(crate) baggage: Baggage,
    pub(crate) correlation_id: Option<Arc<str>>,
    pub(crate) request_id: Option<Arc<str>>,
    /// What is on every span and log record.
    pub(crate) fields: Vec<Attribute>,
}

impl Ambient {
    /// Tells whether nothing goes along.
    pub(crate) fn is_empty(&self) -> bool {
        let Ambient { tracestate, baggage, correlation_id, request_id, fields } = self;
        let ids = correlation_id.is_none() && request_id.is_none();
        tracestate.is_none() && baggage.is_empty() && ids && fields.is_empty()
    }

    /// Adds the fields to those of a log record, which are nearer: one of the same name stays.
    pub(crate) fn add_to(&self, attributes: &mut Vec<Attribute>) {
        for field in &self.fields {
            if attributes.iter().all(|own| own.key != field.key) {
                attributes.push(field.clone());
            }
        }
    }

    /// Returns the correlation id, if it tells more than the trace's id does.
    pub(crate) fn conversation(&self, trace: u128) -> Option<&str> {
        let id = self.correlation_id.as_deref()?;
        (u128::from_str_radix(id, 16) != Ok(trace)).then_some(id)
    }

    /// Returns what travels of a span and what goes along with it.
    pub(crate) fn propagated(&self, span: Option<SpanContext>) -> Propagated {
        let Ambient { baggage, correlation_id, request_id, .. } = self;
        Propagated::new(span, baggage.clone(), correlation_id.clone(), request_id.clone())
    }
}

thread_local! {
    static LOOSE: RefCell<Option<Loose>> = const { RefCell::new(None) };
}

/// What goes along where no span of ours can take it: the subscriber is none of ours, or the span of a request or a message
/// is not recorded. It goes along with the code of this thread, for as long as no other span is entered.
#[derive(Clone, Debug)]
struct Loose {
    span: Option<Id>,
    along: Along,
}

/// What goes along with code that has no span of its own.
#[derive(Clone, Debug)]
pub(crate) struct Along {
    pub(crate) ambient: Arc<Ambient>,
    /// What came in and goes on as it came: nobody recorded a span of it here.
    pub(crate) passed: Option<Arc<Received>>,
}

impl Along {
    /// The same ids, with something else going along.
    pub(crate) fn of(ambient: Arc<Ambient>, passed: Option<&Received>) -> Self {
        let passed = passed.map(|passed| Arc::new(passed.passed_with(&ambient)));
        Along { ambient, passed }
    }
}

/// Something goes along with this thread's code until this is dropped.
#[derive(Debug)]
pub(crate) struct Beside(Option<Loose>);

impl Beside {
    /// Takes it along with the code that the span is current in.
    pub(crate) fn enter(span: Option<Id>, along: Along) -> Self {
        Beside(swap(Some(Loose { span, along })))
    }

    /// Returns what goes along with this thread's code in that span.
    pub(crate) fn get(span: Option<&Id>) -> Option<Arc<Ambient>> {
        Beside::with(|loose| (loose.span.as_ref() == span).then(|| Arc::clone(&loose.along.ambient)))
    }

    /// Returns what came in and goes on with this thread's code in that span, of which `span` tells the id.
    pub(crate) fn passed(span: impl FnOnce() -> Option<Id>) -> Option<Arc<Received>> {
        let (at, passed) = Beside::with(|loose| Some((loose.span.clone(), loose.along.passed.clone()?)))?;
        (at == span()).then_some(passed)
    }

    /// Looks at what is there: mostly nothing.
    fn with<R>(look: impl FnOnce(&Loose) -> Option<R>) -> Option<R> {
        LOOSE.try_with(|loose| loose.try_borrow().ok()?.as_ref().and_then(look)).ok().flatten()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        swap(self.0.take());
    }
}

fn swap(loose: Option<Loose>) -> Option<Loose> {
    LOOSE
        .try_with(|place| place.try_borrow_mut().map(|mut place| std::mem::replace(&mut *place, loose)).ok())
        .ok()??
}
