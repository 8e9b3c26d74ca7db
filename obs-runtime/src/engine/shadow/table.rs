//! What the layers said of each callsite: read without a lock on the way of every span and event.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicUsize};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_core::{Interest, Metadata};

const NEVER: u8 = 1;
const SOMETIMES: u8 = 2;
const ALWAYS: u8 = 3;

/// Places of the first table; each that follows has four times as many as the one before.
const FIRST: usize = 1 << 10;

/// Answers by callsite. Grows, and forgets nothing: callsites live for ever.
pub(super) struct Table {
    first: Part,
    writer: Mutex<()>,
}

/// Open addressing; filled to a half, then another one follows.
struct Part {
    places: Box<[Place]>,
    used: AtomicUsize,
    next: OnceLock<Box<Part>>,
}

/// The address of a callsite's metadata, 0 for none, and the answer.
struct Place(AtomicUsize, AtomicU8);

/// What to do with a span or event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Never,
    /// The layers must be asked each time.
    Sometimes,
    Always,
}

impl Table {
    pub(super) fn new() -> Self {
        Table { first: Part::new(FIRST), writer: Mutex::new(()) }
    }

    /// Keeps an answer, in the place of an earlier one.
    pub(super) fn set(&self, metadata: &'static Metadata<'static>, interest: &Interest) {
        let answer = if interest.is_never() {
            NEVER
        } else if interest.is_always() {
            ALWAYS
        } else {
            SOMETIMES
        };
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let key = address(metadata);
        let mut part = &self.first;
        loop {
            let full = part.used.load(Relaxed) * 2 >= part.places.len();
            if part.set(key, answer, full) {
                return;
            }
            part = part.next.get_or_init(|| Box::new(Part::new(part.places.len() * 4)));
        }
    }

    /// Returns the answer; `Sometimes` for a callsite that nobody asked about.
    #[inline]
    pub(super) fn get(&self, metadata: &Metadata<'_>) -> Answer {
        let key = address(metadata);
        let mut part = Some(&self.first);
        while let Some(here) = part {
            match here.get(key) {
                Some(NEVER) => return Answer::Never,
                Some(ALWAYS) => return Answer::Always,
                Some(_) => return Answer::Sometimes,
                None => part = here.next.get().map(|next| &**next),
            }
        }
        Answer::Sometimes
    }
}

impl Part {
    fn new(places: usize) -> Self {
        let places = (0..places).map(|_| Place(AtomicUsize::new(0), AtomicU8::new(0))).collect();
        Part { places, used: AtomicUsize::new(0), next: OnceLock::new() }
    }

    /// The places where a key may stand, best first. As many as there are: some are always free.
    fn probe(&self, key: usize) -> impl Iterator<Item = &Place> {
        let mask = self.places.len() - 1; // a power of two
        let hash = (key >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize);
        let start = hash >> (usize::BITS - self.places.len().trailing_zeros());
        (0..self.places.len()).filter_map(move |step| self.places.get((start + step) & mask))
    }

    #[inline]
    fn get(&self, key: usize) -> Option<u8> {
        for Place(known, answer) in self.probe(key) {
            match known.load(Acquire) {
                0 => return None,
                known if known == key => return Some(answer.load(Relaxed)),
                _ => {}
            }
        }
        None
    }

    /// Writes an answer; false where the key is new and the part full. Only for one writer at a time.
    fn set(&self, key: usize, value: u8, full: bool) -> bool {
        for Place(known, answer) in self.probe(key) {
            let here = known.load(Relaxed);
            if here == key || here == 0 && !full {
                answer.store(value, Relaxed);
                known.store(key, Release);
                self.used.fetch_add(usize::from(here == 0), Relaxed);
                return true;
            }
            if here == 0 {
                return false;
            }
        }
        false
    }
}

fn address(metadata: &Metadata<'_>) -> usize {
    std::ptr::from_ref(metadata).addr()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // a test fails by panicking
mod tests {
    use super::*;
    use std::sync::LazyLock;
    use tracing_core::field::FieldSet;
    use tracing_core::{Kind, Level, callsite};

    struct Nowhere;
    impl callsite::Callsite for Nowhere {
        fn set_interest(&self, _: Interest) {}
        fn metadata(&self) -> &Metadata<'_> {
            unreachable!("never registered")
        }
    }
    static NOWHERE: Nowhere = Nowhere;

    fn make(_: usize) -> Metadata<'static> {
        let fields = FieldSet::new(&[], callsite::Identifier(&NOWHERE));
        Metadata::new("n", "t", Level::INFO, None, None, None, fields, Kind::SPAN)
    }

    #[test]
    fn thousands_of_callsites_keep_their_answers() {
        // Kept by a static, and not leaked: who looks for leaks shall find none.
        static ALL: LazyLock<Vec<Metadata<'static>>> = LazyLock::new(|| (0..5_000).map(make).collect());
        let table = Table::new();
        let answers = [Interest::never, Interest::sometimes, Interest::always];
        let expected = [Answer::Never, Answer::Sometimes, Answer::Always];
        for round in 0..3 {
            for (number, metadata) in ALL.iter().enumerate() {
                table.set(metadata, &answers[(number + round) % 3]());
            }
            for (number, metadata) in ALL.iter().enumerate() {
                assert_eq!(table.get(metadata), expected[(number + round) % 3]);
            }
        }
        let unknown = make(0);
        assert_eq!(table.get(&unknown), Answer::Sometimes);
    }
}
