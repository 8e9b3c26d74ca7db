//! The context that travels: which trace and span the current work belongs to.

mod carrier;
mod current;
mod envelope;
mod ids;
mod propagated;
mod w3c;

pub use carrier::Carrier;
pub(crate) use current::sampled;
pub use current::{continue_from, current, extract, inject};
pub use envelope::{ContextField, Envelope, HeadersField};
pub use ids::{SpanContext, SpanId, TraceId};
pub use propagated::Propagated;
