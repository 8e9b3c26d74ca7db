//! The wire formats: from the bytes of a header to what they say, and back. Nothing here allocates but what is kept.

pub(super) mod b3;
pub(super) mod baggage;
pub(super) mod correlation;
pub(super) mod traceparent;
pub(super) mod tracestate;

use std::ops::ControlFlow;

use super::Carrier;
use super::rejected::Reason;

/// Returns the one value of a header; a header that came twice is refused.
pub(super) fn one<T>(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
    read: impl Fn(&[u8]) -> Result<T, Reason>,
) -> Result<Option<T>, Reason> {
    let mut found = None;
    let mut count = 0;
    let _all = carrier.get_all(name, &mut |value| {
        count += 1;
        if count > 1 {
            return ControlFlow::Break(());
        }
        found = Some(read(value));
        ControlFlow::Continue(())
    });
    if count > 1 { Err(Reason::Repeated) } else { found.transpose() }
}

/// Returns a value without the white space that may stand around it (RFC 9110, section 5.5).
pub(super) fn trimmed(value: &[u8]) -> &[u8] {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t');
    let start = value.iter().position(|b| !is_space(b)).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !is_space(b)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}
