//! The `traceparent` header (W3C Trace Context level 2, section 3.2).

use super::super::rejected::Reason;
use super::super::{Carrier, SpanContext, SpanId, TraceId};
use super::text::Text;
use super::{hex, one, part};

/// The header that names trace and parent.
pub(in crate::context) const NAME: &str = "traceparent";

/// The length of a version 00 `traceparent`, in bytes.
const LENGTH: usize = 55;

/// As long as one of a later version may be, with the white space around it, to be looked at: section 3.2.4 asks to expect
/// longer ones, and to refuse those that are far too long.
const LONGEST: usize = 512;

/// The version that must not be.
const FORBIDDEN: u8 = 0xff;

/// Reads the header; one that came more than once is refused.
pub(in crate::context) fn read(carrier: &(impl Carrier + ?Sized)) -> Result<Option<SpanContext>, Reason> {
    one(carrier, NAME, LONGEST, parse)
}

/// Reads a `traceparent`. Version 00 is exactly 55 characters; a higher version may go on after a dash, and only its first
/// four fields count.
pub(in crate::context) fn parse(value: &[u8]) -> Result<SpanContext, Reason> {
    let (head, tail) = value.split_first_chunk::<LENGTH>().ok_or(Reason::Length)?;
    let version = part(head, 0).and_then(hex::parse_8).ok_or(Reason::Malformed)?;
    match (version, tail) {
        (FORBIDDEN, _) => return Err(Reason::Version),
        (0, []) | (1.., [] | [b'-', ..]) => {}
        _ => return Err(Reason::Length),
    }
    let [_, _, b'-', .., _, _] = head else { return Err(Reason::Malformed) };
    if part(head, 35) != Some(b"-") || part(head, 52) != Some(b"-") {
        return Err(Reason::Malformed);
    }
    let trace_id = part(head, 3).and_then(hex::parse_128).ok_or(Reason::Malformed)?;
    let span_id = part(head, 36).and_then(hex::parse_64).ok_or(Reason::Malformed)?;
    let flags = part(head, 53).and_then(hex::parse_8).ok_or(Reason::Malformed)?;
    Ok(SpanContext {
        trace_id: TraceId::new(trace_id).ok_or(Reason::Zero)?,
        span_id: SpanId::new(span_id).ok_or(Reason::Zero)?,
        // Bits that are not defined yet must not travel on (section 3.2.2.5).
        flags: flags & (SpanContext::SAMPLED | SpanContext::RANDOM),
        tracestate: None,
    })
}

/// Returns a version 00 `traceparent`.
#[inline]
pub(in crate::context) fn format(context: &SpanContext) -> Text<LENGTH> {
    Text::new(*b"00-00000000000000000000000000000000-0000000000000000-00")
        .with(3, hex::of_128(context.trace_id.get()))
        .with(36, hex::of_64(context.span_id.get()))
        .with(53, hex::of_8(context.flags & (SpanContext::SAMPLED | SpanContext::RANDOM)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn flags(text: &str) -> Result<u8, Reason> {
        parse(text.as_bytes()).map(|context| {
            assert_eq!(context.trace_id.to_string(), TRACE, "{text}");
            assert_eq!(context.span_id.to_string(), SPAN, "{text}");
            context.flags
        })
    }

    #[test]
    fn a_traceparent_survives_the_round_trip() {
        for flags in ["00", "01", "02", "03"] {
            let text = format!("00-{TRACE}-{SPAN}-{flags}");
            let context = parse(text.as_bytes()).unwrap();
            assert_eq!(&*format(&context), text);
            assert_eq!(context.is_sampled(), flags.ends_with(['1', '3']));
        }
    }

    #[test]
    fn what_is_not_known_yet_does_not_travel_on() {
        assert_eq!(flags(&format!("00-{TRACE}-{SPAN}-ff")), Ok(3));
        assert_eq!(flags(&format!("00-{TRACE}-{SPAN}-f4")), Ok(0));
        assert_eq!(flags(&format!("00-{TRACE}-{SPAN}-09")), Ok(1));
        let mut context = parse(format!("00-{TRACE}-{SPAN}-00").as_bytes()).unwrap();
        context.flags = 0xfd;
        assert_eq!(&*format(&context), format!("00-{TRACE}-{SPAN}-01"));
    }

    #[test]
    fn a_higher_version_is_read_as_far_as_it_is_known() {
        for version in ["01", "0f", "cc", "fe"] {
            for (tail, expected) in [
                ("-01", Ok(1)),
                ("-01-", Ok(1)),
                ("-01-what-the-future-will-be-like", Ok(1)),
                ("-01.what-the-future-will-be-like", Err(Reason::Length)),
                ("-010", Err(Reason::Length)),
                ("-0", Err(Reason::Length)),
                ("-0x", Err(Reason::Malformed)),
            ] {
                assert_eq!(flags(&format!("{version}-{TRACE}-{SPAN}{tail}")), expected, "{version} {tail}");
            }
        }
    }

    #[test]
    fn malformed_ones_are_refused_for_what_is_wrong() {
        let good = |trace: &str, span: &str, flags: &str| format!("00-{trace}-{span}-{flags}");
        let zeros = "0".repeat(32);
        for (text, reason) in [
            (String::new(), Reason::Length),
            ("00".into(), Reason::Length),
            (good(TRACE, SPAN, "0"), Reason::Length),
            (good(TRACE, SPAN, "1"), Reason::Length),
            (good(TRACE, SPAN, "001"), Reason::Length),
            (good(TRACE, SPAN, "01-"), Reason::Length),
            (good(TRACE, SPAN, "01."), Reason::Length),
            (good(TRACE, SPAN, "01-more"), Reason::Length),
            (good(TRACE, SPAN, ".0"), Reason::Malformed),
            (good(TRACE, SPAN, "0."), Reason::Malformed),
            (good(TRACE, SPAN, "0A"), Reason::Malformed),
            (good(&TRACE.to_uppercase(), SPAN, "01"), Reason::Malformed),
            (good(TRACE, &SPAN.to_uppercase(), "01"), Reason::Malformed),
            (good(&zeros, SPAN, "01"), Reason::Zero),
            (good(TRACE, &zeros[..16], "01"), Reason::Zero),
            (good(&TRACE[1..], SPAN, "01"), Reason::Length),
            (good(&format!("{TRACE}0"), SPAN, "01"), Reason::Length),
            (good(TRACE, &SPAN[1..], "01"), Reason::Length),
            (good(TRACE, &format!("{SPAN}0"), "01"), Reason::Length),
            (good(&TRACE.replacen('4', ".", 1), SPAN, "01"), Reason::Malformed),
            (good(TRACE, &SPAN.replacen('7', ".", 1), "01"), Reason::Malformed),
            (format!("ff-{TRACE}-{SPAN}-01"), Reason::Version),
            (format!("ff-{TRACE}-{SPAN}-01-more"), Reason::Version),
            (format!("FF-{TRACE}-{SPAN}-01"), Reason::Malformed),
            (format!("0g-{TRACE}-{SPAN}-01"), Reason::Malformed),
            (format!(".0-{TRACE}-{SPAN}-01"), Reason::Malformed),
            (format!("0.-{TRACE}-{SPAN}-01"), Reason::Malformed),
            (format!("0-{TRACE}-{SPAN}-01"), Reason::Length),
            (format!("000-{TRACE}-{SPAN}-01"), Reason::Length),
            (format!("0000-{TRACE}-{SPAN}-01"), Reason::Length),
            (format!("00_{TRACE}-{SPAN}-01"), Reason::Malformed),
            (format!("00-{TRACE}_{SPAN}-01"), Reason::Malformed),
            (format!("00-{TRACE}-{SPAN}_01"), Reason::Malformed),
            (format!("é0{TRACE}-{SPAN}-01"), Reason::Malformed),
        ] {
            assert_eq!(flags(&text), Err(reason), "{text}");
        }
    }

    #[test]
    fn one_character_that_is_wrong_is_one_too_many() {
        let text = format!("00-{TRACE}-{SPAN}-01");
        for place in 0..text.len() {
            for wrong in [b'g', b'A', b'-', b' ', b'/', b':', b'`', 0, 0x7f, 0x80, 0xb0, 0xff] {
                let mut bytes = text.clone().into_bytes();
                if std::mem::replace(&mut bytes[place], wrong) != wrong {
                    assert_eq!(parse(&bytes), Err(Reason::Malformed), "{wrong:#x} at {place}");
                }
            }
        }
    }
}
