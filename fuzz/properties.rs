//! What the wire formats promise of any input. Shared by the fuzz targets and the ordinary tests; whoever includes it has
//! `counting.rs` beside it.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use obs::__private::wire;
use obs::{Carrier, SpanContext};

use crate::counting::{Made, counted};

/// Looks whether something holds of an input; panics where it does not.
type Property = fn(&[u8]);

/// Each property with the name of its target.
#[allow(dead_code)] // fuzz targets know their name
pub(crate) const ALL: [(&str, Property); 5] = [
    ("traceparent", traceparent),
    ("tracestate", tracestate),
    ("baggage", baggage),
    ("b3", b3),
    ("extraction", extraction),
];

/// Where to begin: what is well-formed in the ways there are.
#[allow(dead_code)] // fuzz targets find their own
pub(crate) const SEEDS: [&str; 14] = [
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    " \tcc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-what-the-future-will-be-like ",
    "foo=1,bar=2\nrojo=1 , congo=t61rcWkgMzE\n\nt@v= x",
    "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9,j=0,k=1,l=2,m=3,n=4,o=5,p=6,q=7,r=8,s=9,t=0,u=1,v=2,w=3,x=4,y=5,z=6",
    "key1=value1;property1;property2, key2 = value2\nkey3=value3; propertyKey=propertyValue",
    "userId=Am%C3%A9lie,serverNode=DF%2028,isProduction=false,a=%ff%zz%",
    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d-05e3ac9a4f6e3b90",
    "64fe8b2a57d3eff7-e457b5a2e4d86bd1",
    "0",
    "4=80f198ee56343ba864fe8b2a57d3eff7\n5=e457b5a2e4d86bd1\n7=1\n8=1",
    "0=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n1=foo=1\n1=bar=2\n2=a=1;p,b=2\n9=order-42",
    "0=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n0=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "1=foo=1,foo=2\n2=,,,\n9=a\n9=b\n:=c",
    "",
];

/// The headers of all formats.
const NAMES: [&str; 11] = [
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
    "x-correlation-id",
    "x-request-id",
];

const NOTHING: Made = Made { count: 0, bytes: 0 };

/// What an `Arc<str>` takes beside its text.
const COUNTS: usize = 16;

/// A header in as many lines as the input has, whatever its name.
struct Lines<'a>(&'a [u8]);

impl Carrier for Lines<'_> {
    fn get_all(&self, _: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.0.split(|byte| *byte == b'\n').try_for_each(each)
    }

    fn set(&mut self, _: &'static str, _: &str) {}

    fn remove(&mut self, _: &'static str) {}
}

/// Headers, each line of the input one: its first byte names it, after `=` comes the value.
struct Headers<'a>(&'a [u8]);

impl Carrier for Headers<'_> {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        let lines = self.0.split(|byte| *byte == b'\n');
        lines.filter_map(|line| line.split_first_chunk()).try_for_each(|([which, _], value)| {
            let named = NAMES.get(usize::from(which.wrapping_sub(b'0')) % NAMES.len());
            if named.is_some_and(|named| *named == name) { each(value) } else { ControlFlow::Continue(()) }
        })
    }

    fn set(&mut self, _: &'static str, _: &str) {}

    fn remove(&mut self, _: &'static str) {}
}

/// What is read is what a slower reader reads; it costs no allocation, and comes back as it was written.
pub(crate) fn traceparent(input: &[u8]) {
    let (read, made) = counted(|| wire::traceparent(input));
    assert_eq!(made, NOTHING);
    assert_eq!(read.is_some(), is_traceparent(input));
    let (_, made) = counted(|| wire::read_traceparent(&Lines(input)));
    assert_eq!(made, NOTHING);
    let Some(context) = read else { return };
    let (_, made) = counted(|| wire::traceparent_of(&context).len());
    assert_eq!(made, NOTHING);
    let text = wire::traceparent_of(&context);
    let expected = format!("00-{}-{}-{:02x}", context.trace_id, context.span_id, context.flags);
    assert_eq!(*text, expected);
    assert_eq!(input[3..52], text.as_bytes()[3..52]);
    assert_eq!(wire::traceparent(text.as_bytes()), Some(context));
}

fn is_traceparent(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else {
        // Beyond the known fields of a later version anything may stand.
        let is_ascii = input.get(..56).is_some_and(<[u8]>::is_ascii);
        return is_ascii && is_traceparent(&input[..56]) && !input.starts_with(b"00");
    };
    let fields: Vec<&str> = text.splitn(5, '-').collect();
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let [version, trace, span, flags, ..] = fields[..] else { return false };
    let are_well = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    let are_ids = trace.contains(|c| c != '0') && span.contains(|c| c != '0');
    are_well && are_ids && version != "ff" && (version != "00" || fields.len() == 4)
}

/// What is accepted obeys the limits, is kept by one allocation, and read again is the same.
pub(crate) fn tracestate(input: &[u8]) {
    let (read, made) = counted(|| wire::read_tracestate(&Lines(input)));
    assert_eq!(made.count, usize::from(read.is_some()));
    let Some(state) = read else { return };
    assert!(made.bytes <= state.len().next_multiple_of(8) + COUNTS, "{made:?}");
    let members: Vec<&str> = state.split(',').collect();
    assert!(members.len() <= 32 && !state.is_empty());
    let mut keys = HashSet::new();
    for member in members {
        let (key, value) = member.split_once('=').unwrap();
        assert!(keys.insert(key), "{key} comes twice");
        assert!((1..=256).contains(&key.len()) && (1..=256).contains(&value.len()));
        assert!(key.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()));
        assert!(key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-*/@".contains(c)));
        assert!(value.chars().all(|c| matches!(c, ' '..='~') && !",=".contains(c)) && !value.ends_with(' '));
    }
    assert_eq!(wire::read_tracestate(&Lines(state.as_bytes())), Some(state));
}

/// What is kept obeys the limits, takes one allocation, and read again is the same; its members keep the grammar, and
/// their values survive.
pub(crate) fn baggage(input: &[u8]) {
    let (read, made) = counted(|| wire::read_baggage(&Lines(input)));
    assert_eq!(made.count, usize::from(read.is_some()));
    let Some(baggage) = read else { return };
    assert!(made.bytes <= baggage.len().next_multiple_of(8) + COUNTS, "{made:?}");
    assert!((1..=8192).contains(&baggage.len()) && baggage.split(',').count() <= 64);
    assert!(baggage.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')));
    assert_eq!(wire::read_baggage(&Lines(baggage.as_bytes())), Some(baggage.clone()));
    let (count, made) = counted(|| wire::members(&baggage, |_, _, _| ()));
    assert!(count <= 64 && made == NOTHING);
    let mut rewritten = Vec::new();
    wire::members(&baggage, |key, value, properties| {
        assert!(wire::is_key(key));
        let decoded = wire::decode(value);
        let mut encoded = String::new();
        wire::encode(&decoded, &mut encoded);
        assert_eq!(wire::decode(&encoded), decoded);
        let properties = if properties.is_empty() { String::new() } else { format!(";{properties}") };
        rewritten.push((format!("{key}={encoded}{properties}"), key.to_owned(), decoded.into_owned()));
    });
    let mut again = rewritten.iter();
    let text: Vec<&str> = rewritten.iter().map(|(text, ..)| text.as_str()).collect();
    wire::members(&text.join(","), |key, value, _| {
        let (_, known, decoded) = again.next().unwrap();
        assert_eq!((key, &*wire::decode(value)), (known.as_str(), decoded.as_str()));
    });
    assert!(again.next().is_none());
}

/// Nothing is allocated; what was accepted comes back as it was written, in both forms.
pub(crate) fn b3(input: &[u8]) {
    let (single, made) = counted(|| wire::read_b3(&Lines(input)));
    assert_eq!(made, NOTHING);
    let (multi, made) = counted(|| wire::read_b3_multi(&Headers(input)));
    assert_eq!(made, NOTHING);
    for (context, sampled) in [single, multi].into_iter().flatten() {
        let Some(context) = context else {
            assert!(sampled.is_some());
            continue;
        };
        assert_eq!(context.is_sampled(), sampled == Some(true));
        let mut headers = BTreeMap::new();
        wire::write_b3(&context, &mut headers);
        let expected = Some((Some(context.clone()), Some(context.is_sampled())));
        assert_eq!(wire::read_b3(&headers), expected);
        wire::write_b3_multi(&context, &mut headers);
        assert_eq!(wire::read_b3_multi(&headers), expected);
    }
}

/// What was extracted is extracted again from where it was injected.
pub(crate) fn extraction(input: &[u8]) {
    let (context, made) = counted(|| obs::extract(&Headers(input)));
    // Four texts at most; what is refused is counted, by what is made for that when it first happens.
    assert!(made.count <= 4 + 64 && made.bytes <= 128 << 10, "{made:?}");
    let mut headers = BTreeMap::new();
    context.write_to(&mut headers);
    assert!(headers.keys().all(|name| NAMES.contains(&name.as_str())), "{headers:?}");
    assert!(
        headers.values().all(|value| value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~'))),
        "{headers:?}"
    );
    let again = obs::extract(&headers);
    let sent = |context: &obs::Propagated| {
        let known = |c: SpanContext| SpanContext { tracestate: c.tracestate.filter(|s| !s.is_empty()), ..c };
        context.span_context().map(known)
    };
    assert_eq!(sent(&again), sent(&context));
    assert_eq!(again.baggage(), context.baggage());
    assert_eq!(again.correlation_id(), context.correlation_id());
}
