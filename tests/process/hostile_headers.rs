//! R24: hostile headers, in a process of its own that counts allocations. The same properties as in `fuzz/`, on stable and
//! in seconds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)] // a test fails by panicking, and its name says what holds

#[path = "../../fuzz/counting.rs"]
mod counting;
#[path = "../../fuzz/properties.rs"]
mod properties;

use std::cell::Cell;
use std::ops::ControlFlow;

use counting::{Made, counted};
use obs::Carrier;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const MEGABYTE: usize = 1 << 20;

/// Headers as they came; counts the lines that somebody took.
#[derive(Default)]
struct Headers {
    lines: Vec<(&'static str, String)>,
    taken: Cell<usize>,
}

impl Carrier for Headers {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.lines.iter().filter(|(known, _)| *known == name).try_for_each(|(_, value)| {
            self.taken.set(self.taken.get() + 1);
            each(value.as_bytes())
        })
    }

    fn set(&mut self, _: &'static str, _: &str) {}

    fn remove(&mut self, _: &'static str) {}
}

fn headers(lines: impl IntoIterator<Item = (&'static str, String)>) -> Headers {
    Headers { lines: lines.into_iter().collect(), ..Headers::default() }
}

/// Returns what extracting allocates, once everything that is made once was made.
fn made(headers: &Headers) -> Made {
    drop(obs::extract(headers));
    headers.taken.set(0);
    counted(|| drop(obs::extract(headers))).1
}

const NOTHING: Made = Made { count: 0, bytes: 0 };

#[test]
fn a_plain_traceparent_and_what_is_refused_allocate_nothing() {
    let parent = || ("traceparent", PARENT.to_owned());
    assert_eq!(made(&headers([])), NOTHING);
    assert_eq!(made(&headers([parent()])), NOTHING);
    assert_eq!(made(&headers([parent(), parent()])), NOTHING, "repeated");
    let long = |unit: &str| unit.repeat(MEGABYTE / unit.len());
    for (name, value) in [
        ("traceparent", PARENT.to_uppercase()),
        ("traceparent", PARENT.replace("00-4", "ff-4")),
        ("traceparent", format!("{PARENT}-")),
        ("traceparent", long(" ")),
        ("traceparent", long(PARENT)),
        ("tracestate", "a=1,a=2".into()),
        ("tracestate", "A=1".into()),
        ("tracestate", long("a")),
        ("tracestate", long("a=1,")),
        ("tracestate", long(",")),
        ("tracestate", long(" ")),
        ("baggage", "\u{e9}".into()),
        ("baggage", long("a")),
        ("baggage", long(",")),
        ("baggage", long(" ")),
        ("x-correlation-id", "a b".into()),
        ("x-correlation-id", long("a")),
        ("x-request-id", long(" ")),
    ] {
        let short = format!("{name}: {value:.60}");
        let headers = headers([parent(), (name, value)].into_iter().skip(usize::from(name == "traceparent")));
        assert_eq!(made(&headers), NOTHING, "{short}");
    }
    for name in ["x-correlation-id", "x-request-id"] {
        assert_eq!(made(&headers([(name, "a".into()), (name, "a".into())])), NOTHING, "{name}, repeated");
    }
}

#[test]
fn what_is_accepted_allocates_what_is_kept_and_no_more() {
    // The text and its two counts, in whole words.
    let kept = |text: &str| Made { count: 1, bytes: text.len().next_multiple_of(8) + 16 };
    let parent = ("traceparent", PARENT.to_owned());
    let members = "k=v,".repeat(20);
    for (lines, text) in [
        (vec![parent.clone(), ("tracestate", "a=1,b=2".into())], "a=1,b=2"),
        (vec![parent.clone(), ("tracestate", " a=1 , b=2,".into())], "a=1,b=2"),
        (vec![parent, ("tracestate", "a=1".into()), ("tracestate", "b=2".into())], "a=1,b=2"),
        (vec![("baggage", "a=1,b=2;p".into())], "a=1,b=2;p"),
        (vec![("baggage", "a=1".into()), ("baggage", "b=2;p".into())], "a=1,b=2;p"),
        (vec![("baggage", format!(" {members}"))], members.trim_end_matches(',')),
        (vec![("x-correlation-id", " order-42 ".into())], "order-42"),
        (vec![("x-request-id", "7f3b".into())], "7f3b"),
    ] {
        let headers = headers(lines);
        assert_eq!(made(&headers), kept(text), "{:?}", headers.lines);
    }
}

#[test]
fn however_many_lines_there_are_a_few_are_looked_at() {
    // The members that may come in lines of their own, and one to know that there are more; twice: to measure, and to read.
    for (name, most) in [
        ("traceparent", 2),
        ("tracestate", 2 * 33),
        ("baggage", 2 * 65),
        ("x-correlation-id", 2),
        ("x-request-id", 2),
    ] {
        for value in ["", " ", ",", "a=1", PARENT] {
            let parent = ("traceparent", PARENT.to_owned());
            let lines = std::iter::repeat_n((name, value.to_owned()), 100_000);
            let own = usize::from(name != "traceparent");
            let headers = headers([parent].into_iter().take(own).chain(lines));
            drop(obs::extract(&headers));
            assert!(headers.taken.get() <= most + own, "{name}: {} lines of {value:?}", headers.taken.get());
        }
    }
}

/// A generator of numbers (splitmix64): the same ones in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn range(&mut self, end: usize) -> std::ops::Range<usize> {
        let (one, other) = (self.below(end + 1), self.below(end + 1));
        one.min(other)..one.max(other)
    }

    /// Changes an input a little.
    fn mutate(&mut self, input: &mut Vec<u8>) {
        const BYTES: &[u8] = b"\n\t ,;=-@%0019afgzAF_*/\"\\~\x7f\x00\x80\xc3\xff";
        let at = self.below(input.len() + 1);
        match self.below(8) {
            0 => input.insert(at, BYTES[self.below(BYTES.len())]),
            1 if at < input.len() => input[at] = BYTES[self.below(BYTES.len())],
            2 if at < input.len() => input[at] ^= 1 << self.below(8),
            3 if at < input.len() => drop(input.remove(at)),
            4 => drop(input.drain(self.range(input.len()))),
            5 => {
                let piece = input[self.range(input.len().min(300))].to_vec();
                input.splice(at..at, piece);
            }
            6 => {
                let seed = properties::SEEDS[self.below(properties::SEEDS.len())].as_bytes();
                input.splice(at..at, seed[self.range(seed.len())].iter().copied());
            }
            7 if self.below(40) == 0 => {
                let piece = input[self.range(input.len().min(64))].repeat(1 + self.below(300));
                input.splice(at..at, piece);
            }
            _ => {}
        }
        input.truncate(20_000);
    }
}

#[test]
fn a_hundred_thousand_mutations_keep_every_promise() {
    let mut numbers = Numbers(42);
    for (name, property) in properties::ALL {
        for round in 0..30_000 {
            let mut input = properties::SEEDS[round % properties::SEEDS.len()].as_bytes().to_vec();
            for _ in 0..=numbers.below(6) {
                numbers.mutate(&mut input);
            }
            let holds = std::panic::catch_unwind(|| property(&input));
            assert!(holds.is_ok(), "{name} does not hold of \"{}\"", input.escape_ascii());
        }
    }
}
