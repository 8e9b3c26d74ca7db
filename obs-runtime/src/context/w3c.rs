//! W3C Trace Context: the `traceparent` and `tracestate` headers.

use std::sync::Arc;

use super::{SpanContext, SpanId, TraceId};

/// The header that names trace and parent.
pub(crate) const TRACEPARENT: &str = "traceparent";
/// The header with the vendors' own state.
pub(crate) const TRACESTATE: &str = "tracestate";

/// The length of a version 00 `traceparent`, in bytes.
const LENGTH: usize = 55;
/// What a `tracestate` may hold (section 3.3.1.1).
const STATE_MEMBERS: usize = 32;
/// Longer ones are left behind; the specification asks for at least 512 characters (section 3.3.1.5).
const STATE_BYTES: usize = 8192;

/// Reads a `traceparent` (Trace Context level 2, section 3.2): `None` for everything malformed. Does not allocate.
///
/// Version 00 is exactly 55 characters; a higher version may go on after a dash, and only its first four fields count.
pub(crate) fn parse_traceparent(text: &str) -> Option<SpanContext> {
    let bytes = text.as_bytes();
    if bytes.len() < LENGTH {
        return None;
    }
    let (head, tail) = bytes.split_at_checked(LENGTH)?;
    let version = hex(head.get(0..2)?)?;
    match (version, tail) {
        (0xff, _) => return None,
        (0, []) | (1.., [] | [b'-', ..]) => {}
        _ => return None,
    }
    if [2, 35, 52].iter().any(|at| head.get(*at) != Some(&b'-')) {
        return None;
    }
    let trace_id = TraceId::new(hex(head.get(3..35)?)?)?;
    let span_id = SpanId::new(u64::try_from(hex(head.get(36..52)?)?).ok()?)?;
    let flags = u8::try_from(hex(head.get(53..55)?)?).ok()?;
    // Bits that are not defined yet must not travel on (section 3.2.2.5).
    let flags = flags & (SpanContext::SAMPLED | SpanContext::RANDOM);
    Some(SpanContext { trace_id, span_id, flags, tracestate: None })
}

/// Writes a version 00 `traceparent`.
pub(crate) fn format_traceparent(context: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", context.trace_id, context.span_id, context.flags)
}

/// Takes a `tracestate` that may travel on: within its limits and printable; otherwise it is left behind whole, as
/// section 3.3.1.4 allows.
pub(crate) fn accept_tracestate(text: &str) -> Option<Arc<str>> {
    let text = text.trim_matches([' ', '\t', ',']);
    let fits = !text.is_empty() && text.len() <= STATE_BYTES;
    let members = |t: &str| t.split(',').filter(|m| !m.trim().is_empty()).count();
    let printable = |t: &str| t.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~'));
    (fits && printable(text) && members(text) <= STATE_MEMBERS).then(|| Arc::from(text))
}

/// Reads lower-case hexadecimal digits; upper case is malformed (section 3.2.2).
fn hex(digits: &[u8]) -> Option<u128> {
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
        let context = parse_traceparent(GOOD).unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.trace_id.get(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(format_traceparent(&context), GOOD);
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
            assert_eq!(parse_traceparent(text), None, "{text}");
        }
    }

    #[test]
    fn a_higher_version_is_read_as_far_as_it_is_known() {
        let context =
            parse_traceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-more").unwrap();
        assert_eq!(context.flags, SpanContext::SAMPLED | SpanContext::RANDOM);
    }

    #[test]
    fn a_tracestate_beyond_its_limits_is_left_behind() {
        let members = |n: usize| (0..n).map(|i| format!("k{i}=v")).collect::<Vec<_>>().join(",");
        assert!(accept_tracestate(&members(32)).is_some());
        assert!(accept_tracestate(&members(33)).is_none());
        assert!(accept_tracestate("a=\u{7}").is_none());
        let long = |bytes: usize| format!("a={}", "v".repeat(bytes - 2));
        assert!(accept_tracestate(&long(8192)).is_some());
        assert!(accept_tracestate(&long(8193)).is_none());
        assert!(accept_tracestate(" ").is_none());
    }
}
