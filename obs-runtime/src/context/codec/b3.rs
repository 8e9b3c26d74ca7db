//! B3, as Zipkin's libraries speak it: one header or several (openzipkin/b3-propagation).

use super::super::rejected::Reason;
use super::super::{Carrier, SpanContext};

/// The single header.
pub(in crate::context) const SINGLE: &str = "b3";
/// The headers of the other form.
pub(in crate::context) const MULTI: [&str; 5] =
    ["x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags"];

/// What B3 headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::context) struct B3 {
    pub(in crate::context) context: Option<SpanContext>,
    /// The decision about a trace that has no ids yet.
    pub(in crate::context) sampled: Option<bool>,
}

/// Reads the single header.
pub(in crate::context) fn read_single(_carrier: &(impl Carrier + ?Sized)) -> Result<Option<B3>, Reason> {
    Ok(None)
}

/// Reads the other form.
pub(in crate::context) fn read_multi(_carrier: &(impl Carrier + ?Sized)) -> Result<Option<B3>, Reason> {
    Ok(None)
}

/// Writes the single header.
pub(in crate::context) fn write_single(_context: &SpanContext, _carrier: &mut (impl Carrier + ?Sized)) {}

/// Writes the other form.
pub(in crate::context) fn write_multi(_context: &SpanContext, _carrier: &mut (impl Carrier + ?Sized)) {}
