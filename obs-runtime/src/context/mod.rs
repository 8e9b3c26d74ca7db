//! The context that travels: which trace and span the current work belongs to, and what goes along with it.

mod ambient;
mod baggage;
mod carrier;
mod codec;
mod current;
mod delivery;
mod envelope;
mod environment;
mod ids;
mod members;
mod passing;
mod propagated;
mod propagators;
mod received;
pub(crate) mod rejected;
mod scope;
mod trust;
mod witness;

pub(crate) use ambient::{Along, Ambient, Beside};
pub use baggage::{Baggage, BaggageError};
pub use carrier::Carrier;
#[cfg(feature = "tower")] // whose answers carry it
pub(crate) use codec::correlation::CORRELATION as CORRELATION_HEADER;
pub(crate) use codec::hex;
pub use codec::wire;
pub(crate) use current::received;
pub use current::{continue_from, current, extract, inject};
pub use delivery::Delivery;
pub use envelope::{AttemptField, BodyField, ContextField, Envelope, HeadersField, MessageIdField};
pub use environment::Environment;
pub use ids::{SpanContext, SpanId, TraceId};
pub(crate) use passing::{Passing, passed};
pub use propagated::Propagated;
pub use propagators::Propagator;
pub(crate) use propagators::Propagators;
#[allow(unreachable_pub)] // part of what generated code hands over
pub use received::Received;
pub(crate) use rejected::{Reason, reject};
pub(crate) use scope::propagated;
pub use scope::{Context, baggage, correlation_id, with_context_fields};
pub use trust::Trust;
pub(crate) use witness::Witness;
