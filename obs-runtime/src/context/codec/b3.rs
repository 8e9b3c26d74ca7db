//! B3, as Zipkin's libraries speak it: one header or several (openzipkin/b3-propagation).

use super::super::rejected::Reason;
use super::super::{Carrier, SpanContext, SpanId, TraceId};
use super::text::Text;
use super::{first, hex, one};

/// The single header.
pub(in crate::context) const SINGLE: &str = "b3";
/// The headers of the other form.
pub(in crate::context) const MULTI: [&str; 5] = [TRACE, SPAN, PARENT, SAMPLED, FLAGS];

const TRACE: &str = "x-b3-traceid";
const SPAN: &str = "x-b3-spanid";
const PARENT: &str = "x-b3-parentspanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// As many bytes as are looked at: the longest single header, `128 bits-64 bits-d-64 bits`, with white space around it.
const LONGEST: usize = 128;

/// What B3 headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::context) struct B3 {
    /// The sender's span; `None` where only the decision came. Without a decision its flags say that it is not sampled.
    pub(in crate::context) context: Option<SpanContext>,
    /// The decision; `None` leaves it to the receiver. Debug is an emphasised yes, whose emphasis does not travel on.
    pub(in crate::context) sampled: Option<bool>,
}

/// Reads the single header: `{trace}-{span}`, `{trace}-{span}-{decision}`, `{trace}-{span}-{decision}-{parent}` or the
/// decision alone. One that came more than once is refused.
pub(in crate::context) fn read_single(carrier: &(impl Carrier + ?Sized)) -> Result<Option<B3>, Reason> {
    one(carrier, SINGLE, LONGEST, parse)
}

/// Reads the other form. Of a header that came more than once the first counts, as its specification says.
pub(in crate::context) fn read_multi(carrier: &(impl Carrier + ?Sized)) -> Result<Option<B3>, Reason> {
    let trace = first(carrier, TRACE, LONGEST, trace_id)?;
    let span = first(carrier, SPAN, LONGEST, span_id)?;
    // Nobody here needs it; if it is none the others are doubtful, too.
    let parent = first(carrier, PARENT, LONGEST, span_id)?;
    let debug = first(carrier, FLAGS, LONGEST, |flags| match flags {
        b"1" => Ok(true),
        b"0" => Ok(false),
        _ => Err(Reason::Malformed),
    })?;
    // `true` and `false` are what was written before there was a specification, which asks to read them.
    let sampled = first(carrier, SAMPLED, LONGEST, |sampled| match sampled {
        b"1" | b"true" => Ok(true),
        b"0" | b"false" => Ok(false),
        _ => Err(Reason::Malformed),
    })?;
    let sampled = if debug == Some(true) { Some(true) } else { sampled };
    let context = match (trace, span) {
        (Some(trace), Some(span)) => Some(context(trace, span, sampled)),
        (None, None) if parent.is_none() => None,
        _ => return Err(Reason::Malformed),
    };
    Ok((context.is_some() || sampled.is_some()).then_some(B3 { context, sampled }))
}

/// Writes the single header; of no span there is none.
pub(in crate::context) fn write_single(context: Option<&SpanContext>, carrier: &mut (impl Carrier + ?Sized)) {
    match context {
        Some(context) => carrier.set(SINGLE, &format(context)),
        None => carrier.remove(SINGLE),
    }
}

/// Writes the other form, likewise.
pub(in crate::context) fn write_multi(context: Option<&SpanContext>, carrier: &mut (impl Carrier + ?Sized)) {
    let Some(context) = context else { return MULTI.into_iter().for_each(|name| carrier.remove(name)) };
    carrier.set(TRACE, &Text::new(hex::of_128(context.trace_id.get())));
    carrier.set(SPAN, &Text::new(hex::of_64(context.span_id.get())));
    carrier.set(SAMPLED, if context.is_sampled() { "1" } else { "0" });
    // Of another's context, which may have stood there.
    carrier.remove(PARENT);
    carrier.remove(FLAGS);
}

fn format(context: &SpanContext) -> Text<51> {
    Text::new(*b"00000000000000000000000000000000-0000000000000000-0")
        .with(0, hex::of_128(context.trace_id.get()))
        .with(33, hex::of_64(context.span_id.get()))
        .with(50, [b'0' + u8::from(context.is_sampled())])
}

fn parse(value: &[u8]) -> Result<B3, Reason> {
    if let [decision] = value {
        return Ok(B3 { context: None, sampled: Some(sampled(*decision)?) });
    }
    let mut fields = value.split(|byte| *byte == b'-');
    let mut field = || fields.next();
    let (trace, span, decision, parent) = (field(), field(), field(), field());
    let (Some(trace), Some(span), None) = (trace, span, field()) else { return Err(Reason::Malformed) };
    let (trace, span) = (trace_id(trace)?, span_id(span)?);
    let sampled = match decision {
        Some([decision]) => Some(sampled(*decision)?),
        Some(_) => return Err(Reason::Malformed),
        None => None,
    };
    if let Some(parent) = parent {
        span_id(parent)?;
    }
    Ok(B3 { context: Some(context(trace, span, sampled)), sampled })
}

fn context(trace_id: TraceId, span_id: SpanId, sampled: Option<bool>) -> SpanContext {
    let flags = if sampled == Some(true) { SpanContext::SAMPLED } else { 0 };
    SpanContext { trace_id, span_id, flags, tracestate: None }
}

fn sampled(decision: u8) -> Result<bool, Reason> {
    match decision {
        b'1' | b'd' => Ok(true),
        b'0' => Ok(false),
        _ => Err(Reason::Malformed),
    }
}

/// 64 bits are the lower half of an id.
fn trace_id(digits: &[u8]) -> Result<TraceId, Reason> {
    let id = match (digits.try_into(), digits.try_into()) {
        (Ok(digits), _) => hex::parse_128(digits),
        (_, Ok(digits)) => hex::parse_64(digits).map(u128::from),
        _ => return Err(Reason::Length),
    };
    TraceId::new(id.ok_or(Reason::Malformed)?).ok_or(Reason::Zero)
}

fn span_id(digits: &[u8]) -> Result<SpanId, Reason> {
    let digits = digits.try_into().map_err(|_| Reason::Length)?;
    SpanId::new(hex::parse_64(digits).ok_or(Reason::Malformed)?).ok_or(Reason::Zero)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking
mod tests {
    use std::collections::HashMap;

    use http::{HeaderMap, HeaderValue};

    use super::*;

    const LONG: &str = "80f198ee56343ba864fe8b2a57d3eff7";
    const SHORT: &str = "64fe8b2a57d3eff7";
    const ID: &str = "e457b5a2e4d86bd1";
    const ABOVE: &str = "05e3ac9a4f6e3b90";

    fn map(headers: &[(&str, &str)]) -> HashMap<String, String> {
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// As trace id, and as span id with a decision.
    fn shown(b3: B3) -> (Option<String>, Option<bool>) {
        let ids = b3.context.map(|c| {
            assert_eq!(c.is_sampled(), b3.sampled == Some(true));
            assert_eq!(c.span_id.to_string(), ID);
            c.trace_id.to_string()
        });
        (ids, b3.sampled)
    }

    #[test]
    fn one_header_says_it_all() {
        let padded = format!("0000000000000000{SHORT}");
        for (value, trace, sampled) in [
            (format!("{LONG}-{ID}"), Some(LONG), None),
            (format!("{LONG}-{ID}-1"), Some(LONG), Some(true)),
            (format!("{LONG}-{ID}-0"), Some(LONG), Some(false)),
            (format!("{LONG}-{ID}-d"), Some(LONG), Some(true)),
            (format!("{LONG}-{ID}-1-{ABOVE}"), Some(LONG), Some(true)),
            (format!("{LONG}-{ID}-d-{ABOVE}"), Some(LONG), Some(true)),
            (format!("{SHORT}-{ID}-1"), Some(&*padded), Some(true)),
            (format!(" {SHORT}-{ID}\t"), Some(&*padded), None),
            ("0".into(), None, Some(false)),
            ("1".into(), None, Some(true)),
            ("d".into(), None, Some(true)),
        ] {
            let read = read_single(&map(&[(SINGLE, &value)])).unwrap().unwrap();
            assert_eq!(shown(read), (trace.map(str::to_owned), sampled), "{value}");
        }
        assert_eq!(read_single(&map(&[])), Ok(None));
    }

    #[test]
    fn one_header_is_refused_for_what_is_wrong() {
        for (value, reason) in [
            (String::new(), Reason::Malformed),
            ("2".into(), Reason::Malformed),
            ("D".into(), Reason::Malformed),
            (LONG.into(), Reason::Malformed),
            (format!("{LONG}-"), Reason::Length),
            (format!("{LONG}-{ID}-"), Reason::Malformed),
            (format!("{LONG}-{ID}-2"), Reason::Malformed),
            (format!("{LONG}-{ID}-01"), Reason::Malformed),
            (format!("{LONG}-{ID}-{ABOVE}"), Reason::Malformed),
            (format!("{LONG}-{ID}-1-"), Reason::Length),
            (format!("{LONG}-{ID}-1-{ABOVE}-"), Reason::Malformed),
            (format!("{LONG}-{ID}-1-{}", "0".repeat(16)), Reason::Zero),
            (format!("{}-{ID}-1", LONG.to_uppercase()), Reason::Malformed),
            (format!("{LONG}-{}-1", ID.to_uppercase()), Reason::Malformed),
            (format!("{}-{ID}-1", &LONG[1..]), Reason::Length),
            (format!("{LONG}-{LONG}-1"), Reason::Length),
            (format!("{}-{ID}-1", "0".repeat(32)), Reason::Zero),
            (format!("{}-{ID}-1", "0".repeat(16)), Reason::Zero),
            (format!("{LONG}-{}-1", "0".repeat(16)), Reason::Zero),
            ("-".repeat(1 << 20), Reason::Length),
        ] {
            assert_eq!(read_single(&map(&[(SINGLE, &value)])), Err(reason), "{value:.80}");
        }
        let mut twice = HeaderMap::new();
        for _ in 0..2 {
            twice.append(SINGLE, HeaderValue::from_static("0"));
        }
        assert_eq!(read_single(&twice), Err(Reason::Repeated));
    }

    #[test]
    fn several_headers_say_the_same() {
        let padded = format!("0000000000000000{SHORT}");
        for (headers, trace, sampled) in [
            (&[(TRACE, LONG), (SPAN, ID)][..], Some(LONG), None),
            (&[(TRACE, LONG), (SPAN, ID), (SAMPLED, "1")], Some(LONG), Some(true)),
            (&[(TRACE, LONG), (SPAN, ID), (SAMPLED, "true")], Some(LONG), Some(true)),
            (&[(TRACE, LONG), (SPAN, ID), (SAMPLED, "false")], Some(LONG), Some(false)),
            (&[(TRACE, LONG), (SPAN, ID), (FLAGS, "1")], Some(LONG), Some(true)),
            (&[(TRACE, LONG), (SPAN, ID), (FLAGS, "1"), (SAMPLED, "0")], Some(LONG), Some(true)),
            (&[(TRACE, LONG), (SPAN, ID), (FLAGS, "0"), (SAMPLED, "0")], Some(LONG), Some(false)),
            (&[(TRACE, LONG), (SPAN, ID), (PARENT, ABOVE)], Some(LONG), None),
            (&[(TRACE, SHORT), (SPAN, ID)], Some(&*padded), None),
            (&[(SAMPLED, "0")], None, Some(false)),
            (&[(FLAGS, "1")], None, Some(true)),
        ] {
            let read = read_multi(&map(headers)).unwrap().unwrap();
            assert_eq!(shown(read), (trace.map(str::to_owned), sampled), "{headers:?}");
        }
        assert_eq!(read_multi(&map(&[])), Ok(None));
        assert_eq!(read_multi(&map(&[(FLAGS, "0")])), Ok(None));
    }

    #[test]
    fn several_headers_are_refused_for_what_is_wrong() {
        let upper = LONG.to_uppercase();
        for (headers, reason) in [
            (&[(TRACE, LONG)][..], Reason::Malformed),
            (&[(SPAN, ID)], Reason::Malformed),
            (&[(PARENT, ID)], Reason::Malformed),
            (&[(TRACE, &*upper), (SPAN, ID)], Reason::Malformed),
            (&[(TRACE, LONG), (SPAN, "0000000000000000")], Reason::Zero),
            (&[(TRACE, LONG), (SPAN, LONG)], Reason::Length),
            (&[(TRACE, LONG), (SPAN, ID), (PARENT, "x")], Reason::Length),
            (&[(TRACE, LONG), (SPAN, ID), (SAMPLED, "yes")], Reason::Malformed),
            (&[(TRACE, LONG), (SPAN, ID), (SAMPLED, "d")], Reason::Malformed),
            (&[(TRACE, LONG), (SPAN, ID), (FLAGS, "2")], Reason::Malformed),
        ] {
            assert_eq!(read_multi(&map(headers)), Err(reason), "{headers:?}");
        }
    }

    #[test]
    fn of_several_values_the_first_counts() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [(TRACE, LONG), (TRACE, SHORT), (SPAN, ID), (SPAN, ABOVE), (SAMPLED, "1"), (SAMPLED, "0")]
        {
            headers.append(name, HeaderValue::from_static(value));
        }
        let read = read_multi(&headers).unwrap().unwrap();
        assert_eq!(shown(read), (Some(LONG.to_owned()), Some(true)));
    }

    #[test]
    fn what_is_written_is_read() {
        for decision in ["0", "1"] {
            let value = format!("{LONG}-{ID}-{decision}");
            let b3 = read_single(&map(&[(SINGLE, &value)])).unwrap().unwrap();
            let mut written = map(&[(PARENT, ABOVE), (FLAGS, "1")]);
            write_single(b3.context.as_ref(), &mut written);
            assert_eq!(written[SINGLE], value);
            write_multi(b3.context.as_ref(), &mut written);
            written.remove(SINGLE);
            assert_eq!(written, map(&[(TRACE, LONG), (SPAN, ID), (SAMPLED, decision)]));
            assert_eq!(read_multi(&written), Ok(Some(b3)));
        }
    }
}
