//! The values of a label that are only known at run time: a bounded set, and one place for all the others.

use std::collections::hash_map::RandomState;
use std::fmt::{self, Write as _};
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::budget::SERIES;
use super::descriptor::Descriptor;
use super::text_label::TextLabel;
use crate::callsite::{CATALOG, Entry};

/// The bytes of a value that are kept; the rest is cut off, at the end of a character.
const MAX_BYTES: usize = 128;

/// The values that a label has had so far, each with a number below `max`; all that come later share the number `max`.
///
/// Finding a known value takes no lock and writes nothing that threads share. A new one waits for other new ones, at
/// most `max` times in the life of the program: what comes when it is full is seen to be unknown without a lock.
pub struct Dictionary {
    metric: &'static str,
    label: &'static str,
    max: usize,
    table: OnceLock<Table>,
    /// How many values are known.
    len: AtomicUsize,
    /// How often a value came too late.
    late: AtomicU64,
    /// Whether the process has no room for more series, and so this for no more values.
    closed: AtomicBool,
    growing: Mutex<()>,
    /// The metrics that have it; asked for by the first value.
    metrics: OnceLock<Vec<&'static Descriptor>>,
    /// The series that a value makes beside those.
    weight: usize,
}

/// Open addressing over numbers; never more than half full, and nothing is ever taken out.
struct Table {
    hasher: RandomState,
    /// A value's number plus one below, 32 bits of its hash above; 0 is a free place.
    places: Box<[AtomicU64]>,
    values: Box<[OnceLock<Box<str>>]>,
}

/// What a search came to.
enum Found {
    At(usize),
    /// The place that would be its.
    Free(usize),
}

impl Dictionary {
    /// Makes one that knows no value; what generated code calls.
    pub const fn new(metric: &'static str, label: &'static str, max: usize) -> Self {
        Dictionary {
            metric,
            label,
            max,
            table: OnceLock::new(),
            len: AtomicUsize::new(0),
            late: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            growing: Mutex::new(()),
            metrics: OnceLock::new(),
            weight: 0,
        }
    }

    /// Says how many series a value makes where no declared metric has it.
    pub(super) const fn weighing(mut self, series: usize) -> Self {
        self.weight = series;
        self
    }

    /// Returns how many numbers there are: one a value, and the one they share who came too late.
    pub const fn numbers(&self) -> usize {
        self.max.saturating_add(1)
    }

    /// Returns the number of a value, which is taken in if there is room.
    pub fn number(&'static self, value: &str) -> DynamicLabel {
        DynamicLabel(if cfg!(feature = "off") { 0 } else { self.find(cut(value)) })
    }

    /// Returns the number of what a value shows; one that panics is among those that came too late.
    pub fn number_shown<L, const N: usize>(&'static self, value: &dyn fmt::Display) -> TextLabel<L, N> {
        TextLabel::new(shown(self, &|text| value.fmt(text)))
    }

    /// Returns a known value; `None` too for the number of the others.
    pub(super) fn value(&self, number: usize) -> Option<&str> {
        self.table.get()?.values.get(number)?.get().map(|value| &**value)
    }

    /// Tells whether a value came too late.
    pub(super) fn has_overflowed(&self) -> bool {
        self.late() > 0
    }

    /// Returns how often a value came too late.
    pub(super) fn late(&self) -> u64 {
        self.late.load(Relaxed)
    }

    /// Returns how many values are known.
    pub(super) fn known(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Returns the names of metric and label.
    pub(super) fn named(&self) -> (&'static str, &'static str) {
        (self.metric, self.label)
    }

    fn find(&'static self, value: &str) -> usize {
        let table = self.table.get_or_init(|| Table::new(self.max));
        let hash = table.hasher.hash_one(value);
        match table.find(hash, value) {
            Found::At(number) => number,
            Found::Free(_) if self.has_room() => self.take_in(table, hash, value),
            Found::Free(_) => self.overflow(),
        }
    }

    fn has_room(&self) -> bool {
        self.len.load(Acquire) < self.max && !self.closed.load(Relaxed)
    }

    /// Takes the series of one more value from the budget of the process.
    fn is_within_budget(&'static self) -> bool {
        let metrics = self.metrics.get_or_init(|| {
            let declared = CATALOG.iter().filter_map(|entry| match entry {
                Entry::Metric(metric) => Some(metric.descriptor()),
                Entry::Function(_) | Entry::Health(_) => None,
            });
            declared.filter(|d| d.dictionaries().any(|own| ptr::eq(own, self))).collect()
        });
        let declared: usize = metrics.iter().map(|metric| metric.series_per_value(self)).sum();
        SERIES.take(declared + self.weight)
    }

    #[cold]
    fn take_in(&'static self, table: &Table, hash: u64, value: &str) -> usize {
        let growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.len.load(Relaxed);
        match table.find(hash, value) {
            Found::At(known) => known,
            Found::Free(place) if self.has_room() && self.is_within_budget() => {
                table.put(place, hash, number, value);
                self.len.store(number + 1, Release);
                number
            }
            Found::Free(_) => {
                self.closed.store(true, Relaxed);
                drop(growing); // the warning runs other people's code
                self.overflow()
            }
        }
    }

    /// Returns the number of the values that came too late; says so the first time.
    fn overflow(&self) -> usize {
        if self.late.fetch_add(1, Relaxed) == 0 {
            self.warn();
        }
        self.max
    }

    #[cold]
    fn warn(&self) {
        let (metric, label) = self.named();
        if self.known() < self.max {
            tracing::warn!(
                target: "obs",
                metric,
                label,
                known = self.known(),
                "the process has as many series as it may (`OBS_MAX_SERIES`); further values of the label are counted \
                 together, under otel_metric_overflow=\"true\"",
            );
        } else {
            tracing::warn!(
                target: "obs",
                metric,
                label,
                max = self.max,
                "more values than the label may have; the others are counted together, under \
                 otel_metric_overflow=\"true\"",
            );
        }
    }
}

impl Table {
    fn new(max: usize) -> Self {
        let places = max.saturating_mul(2).next_power_of_two().max(2);
        Table {
            hasher: RandomState::new(),
            places: (0..places).map(|_| AtomicU64::new(0)).collect(),
            values: (0..max).map(|_| OnceLock::new()).collect(),
        }
    }

    fn find(&self, hash: u64, value: &str) -> Found {
        let mut place = self.start(hash);
        loop {
            let entry = self.places.get(place).map_or(0, |p| p.load(Acquire));
            if entry == 0 {
                return Found::Free(place);
            }
            let number = number_of(entry);
            if tag_of(entry) == tag_of(hash) && self.is(number, value) {
                return Found::At(number);
            }
            place = self.next(place);
        }
    }

    /// Called under the lock.
    fn put(&self, place: usize, hash: u64, number: usize, value: &str) {
        if let (Some(slot), Some(at)) = (self.values.get(number), self.places.get(place)) {
            let _first = slot.set(value.into());
            at.store(tag_of(hash) | (number as u64 + 1), Release);
        }
    }

    fn is(&self, number: usize, value: &str) -> bool {
        self.values.get(number).and_then(OnceLock::get).is_some_and(|known| **known == *value)
    }

    fn start(&self, hash: u64) -> usize {
        usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0) & self.mask()
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & self.mask()
    }

    /// The number of places is a power of two.
    fn mask(&self) -> usize {
        self.places.len() - 1
    }
}

const fn tag_of(bits: u64) -> u64 {
    bits & !(u32::MAX as u64)
}

fn number_of(entry: u64) -> usize {
    usize::try_from(entry & u64::from(u32::MAX)).unwrap_or(usize::MAX).saturating_sub(1)
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary")
            .field("metric", &self.metric)
            .field("label", &self.label)
            .field("known", &self.len)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

/// A value that was looked up in its [`Dictionary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynamicLabel(usize);

impl DynamicLabel {
    /// Returns its number.
    #[inline]
    pub fn index(self) -> usize {
        self.0
    }
}

/// What `dynamic(..)` is given. Which of [`AsText`] and [`AsShown`] answers is decided by method resolution: what is a
/// text already finds the first without a borrow, everything else the second.
#[derive(Debug)]
pub struct Dynamic<'a, T: ?Sized>(pub &'a T);

/// The value of a text.
pub trait AsText {
    /// Looks the text up.
    fn number(&self, dictionary: &'static Dictionary) -> DynamicLabel;
}

impl<T: AsRef<str> + ?Sized> AsText for Dynamic<'_, T> {
    fn number(&self, dictionary: &'static Dictionary) -> DynamicLabel {
        dictionary.number(self.0.as_ref())
    }
}

/// The value of what has a `Display`.
pub trait AsShown {
    /// What is shown.
    type Shown: ?Sized;
    /// Looks up what is shown.
    fn number(&self, dictionary: &'static Dictionary) -> DynamicLabel
    where
        Self::Shown: ShownLabel;
}

impl<T: ?Sized> AsShown for &Dynamic<'_, T> {
    type Shown = T;

    fn number(&self, dictionary: &'static Dictionary) -> DynamicLabel
    where
        T: ShownLabel,
    {
        shown(dictionary, &|text| self.0.write(text))
    }
}

/// What can be the value of a label by its `Display`.
#[diagnostic::on_unimplemented(
    message = "a label cannot hold a `{Self}`",
    label = "not a text",
    note = "`dynamic(..)` takes what implements `AsRef<str>` or `Display`"
)]
pub trait ShownLabel {
    /// Writes it.
    fn write(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result;
}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display + ?Sized> ShownLabel for T {
    fn write(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, text)
    }
}

/// A `Display` that panics must not end the call that it labels: its value is one of the others.
fn shown(
    dictionary: &'static Dictionary,
    show: &dyn Fn(&mut fmt::Formatter<'_>) -> fmt::Result,
) -> DynamicLabel {
    let mut text = Text { bytes: [0; MAX_BYTES], len: 0 };
    let written = catch_unwind(AssertUnwindSafe(|| {
        let _cut = write!(text, "{}", fmt::from_fn(show));
    }));
    match written {
        Ok(()) => dictionary.number(text.as_str()),
        Err(_) => DynamicLabel(dictionary.overflow()),
    }
}

/// The beginning of a text, on the stack.
struct Text {
    bytes: [u8; MAX_BYTES],
    len: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_BYTES - self.len;
        let fits = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        if let Some(place) = self.bytes.get_mut(self.len..self.len + fits.len()) {
            place.copy_from_slice(fits.as_bytes());
            self.len += fits.len();
        }
        if fits.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

fn cut(value: &str) -> &str {
    value.get(..value.floor_char_boundary(MAX_BYTES)).unwrap_or_default()
}
