//! The context that travels: which trace and span the current work belongs to, and what goes along with it.

mod baggage;
mod carrier;
mod codec;
mod current;
mod delivery;
mod envelope;
mod ids;
mod propagated;
mod propagators;
mod rejected;
mod trust;

pub use baggage::Baggage;
pub use carrier::Carrier;
pub(crate) use current::sampled;
pub use current::{continue_from, current, extract, inject};
pub use delivery::Delivery;
pub use envelope::{AttemptField, BodyField, ContextField, Envelope, HeadersField, MessageIdField};
pub use ids::{SpanContext, SpanId, TraceId};
pub use propagated::Propagated;
pub(crate) use rejected::{Reason, reject};
pub use trust::Trust;
