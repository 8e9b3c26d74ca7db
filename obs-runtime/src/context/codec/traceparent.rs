//! The `traceparent` header (W3C Trace Context level 2, section 3.2).

use super::super::rejected::Reason;
use super::super::{SpanContext, SpanId, TraceId};

/// The header that names trace and parent.
pub(in crate::context) const NAME: &str = "traceparent";

/// The length of a version 00 `traceparent`, in bytes.
const LENGTH: usize = 55;

/// Reads a `traceparent`. Version 00 is exactly 55 characters; a higher version may go on after a dash, and only its first
/// four fields count.
pub(in crate::context) fn parse(value: &[u8]) -> Result<SpanContext, Reason> {
    let (head, tail) = value.split_at_checked(LENGTH).ok_or(Reason::Length)?;
    let part = |range| head.get(range).and_then(hex).ok_or(Reason::Malformed);
    match (part(0..2)?, tail) {
        (0xff, _) => return Err(Reason::Version),
        (0, []) | (1.., [] | [b'-', ..]) => {}
        _ => return Err(Reason::Length),
    }
    if [2, 35, 52].iter().any(|at| head.get(*at) != Some(&b'-')) {
        return Err(Reason::Malformed);
    }
    let trace_id = TraceId::new(part(3..35)?).ok_or(Reason::Zero)?;
    let span_id = SpanId::new(part(36..52)? as u64).ok_or(Reason::Zero)?;
    // Bits that are not defined yet must not travel on (section 3.2.2.5).
    let flags = part(53..55)? as u8 & (SpanContext::SAMPLED | SpanContext::RANDOM);
    Ok(SpanContext { trace_id, span_id, flags, tracestate: None })
}

/// Writes a version 00 `traceparent`.
pub(in crate::context) fn format(context: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", context.trace_id, context.span_id, context.flags)
}

/// Reads lower-case hexadecimal digits; upper case is malformed (section 3.2.2).
pub(in crate::context) fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0u128, |value, digit| {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some((value << 4) | u128::from(nibble))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_survives_the_round_trip() {
        let context = parse(GOOD.as_bytes()).unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.trace_id.get(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(format(&context), GOOD);
    }

    #[test]
    fn malformed_ones_are_refused() {
        let bad = [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
            "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ];
        for text in bad {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_higher_version_is_read_as_far_as_it_is_known() {
        let context = parse(b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-more").unwrap();
        assert_eq!(context.flags, SpanContext::SAMPLED | SpanContext::RANDOM);
    }
}
