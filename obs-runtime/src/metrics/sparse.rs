//! Families whose label values are only met at run time: a combination that occurs gets cells, up to a bound.

use super::dictionary::Dictionary;
use super::ending::Ending;
use super::foreign::{self, Change};
use super::show::{Place, Series, Services, Show, sum};
use crate::context::Witness;
use crate::engine::cells::{Cells, Layout};
use crate::record::{Family, MetricKind, MetricVisitor};
use crate::service::Service;

/// How many combinations have a series; all others share one.
const MAX_SERIES: usize = 1_000;

/// Stands for a label that is absent. Numbers of texts begin behind it.
const ABSENT: u32 = 0x20;

/// A family with `N` labels, each of them a text or absent.
///
/// Finding a known combination takes no lock: each text has a number, and the numbers are the characters of one more text.
pub(super) struct Sparse<const N: usize> {
    family: Family<'static>,
    keys: [&'static str; N],
    bounds: &'static [f64],
    texts: Dictionary,
    combinations: Dictionary,
    cells: Cells,
}

impl<const N: usize> Sparse<N> {
    /// `bounds` are those of a histogram's buckets. A gauge is of what goes up by one and down again.
    pub(super) const fn new(
        family: Family<'static>,
        keys: [&'static str; N],
        bounds: &'static [f64],
    ) -> Self {
        const TOGETHER: &str = "all labels together";
        let layout = match family.kind {
            MetricKind::Histogram => Layout::Rows { rows: MAX_SERIES + 1, bounds },
            _ => Layout::Sums { slots: MAX_SERIES + 1 },
        };
        Sparse {
            family,
            keys,
            bounds,
            texts: Dictionary::new(family.name, TOGETHER, MAX_SERIES),
            combinations: Dictionary::new(family.name, TOGETHER, MAX_SERIES).weighing(1),
            cells: Cells::new(layout),
        }
    }

    /// Those that bound it.
    pub(super) fn dictionaries(&self) -> [&Dictionary; 2] {
        [&self.texts, &self.combinations]
    }

    pub(super) const fn name(&self) -> &'static str {
        self.family.name
    }

    /// Returns the place of a combination; the last where it, or one of its texts, came too late.
    pub(super) fn slot(&'static self, values: [Option<&str>; N]) -> usize {
        let mut key = Key::new();
        for value in values {
            let number = value.map(|value| self.texts.number(value).index());
            match number {
                Some(MAX_SERIES) => return MAX_SERIES,
                number => key.push(number),
            }
        }
        self.combinations.number(key.as_str()).index()
    }

    pub(super) fn observe(
        &self,
        service: Service,
        slot: usize,
        value: f64,
        context: Option<impl Fn() -> Option<Witness>>,
    ) {
        self.cells.observe(service, slot, value, context);
        self.tell(service, slot, Change::Observe(value));
    }

    pub(super) fn up(&self, service: Service, slot: usize) {
        self.cells.add(service, slot, 1);
        let is_gauge = self.family.kind == MetricKind::Gauge;
        self.tell(service, slot, if is_gauge { Change::Add(1.0) } else { Change::Count(1) });
    }

    /// Adds to a counter.
    pub(super) fn add(&self, service: Service, slot: usize, count: u64) {
        self.cells.add(service, slot, count);
        self.tell(service, slot, Change::Count(count));
    }

    #[cfg(feature = "tower")] // which has the only gauge of this kind
    pub(super) fn down(&self, service: Service, slot: usize) {
        self.cells.add(service, slot, u64::MAX); // wraps: one less
        self.tell(service, slot, Change::Add(-1.0));
    }

    /// Tells the recorder of another.
    #[inline]
    fn tell(&self, service: Service, slot: usize, change: Change) {
        let labels = || {
            let labels = self.labels(slot).unwrap_or_default();
            labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
        };
        let cells = (&raw const self.cells).addr();
        foreign::tell(
            &foreign::Series { cells, slot, service, family: self.family, labels: &labels },
            change,
        );
    }

    /// The labels of a place; `None` where no combination has it.
    fn labels(&self, slot: usize) -> Option<Vec<(&'static str, &str)>> {
        if slot == MAX_SERIES {
            return Some(vec![("otel_metric_overflow", "true")]);
        }
        let key = self.combinations.value(slot)?;
        let labels = self.keys.iter().zip(key.chars()).filter_map(|(label, number)| {
            let number = u32::from(number).checked_sub(ABSENT + 1)?;
            Some((*label, self.texts.value(usize::try_from(number).ok()?)?))
        });
        Some(labels.collect())
    }

    pub(super) fn show(&self, services: &Services, visitor: &mut dyn MetricVisitor) {
        let parts = self.cells.parts();
        let mut show = Show::new(visitor, services, self.family);
        for service in services.of(std::slice::from_ref(&parts), false) {
            for slot in 0..self.combinations.numbers() {
                let Some(labels) = self.labels(slot) else { continue };
                let series = Series { service, labels: &labels, ending: Ending::NONE };
                let places = [Place { cells: &self.cells, parts: &parts, slot }];
                match self.family.kind {
                    MetricKind::Histogram => show.histogram(series, &places, self.bounds),
                    _ if slot == MAX_SERIES && parts.sum(service, slot) == 0 => {}
                    MetricKind::Counter => show.counter(series, sum(&places, service)),
                    MetricKind::Gauge | MetricKind::Info => show.in_flight(series, &places),
                }
            }
        }
    }
}

/// The numbers of texts, a character each.
struct Key {
    bytes: [u8; Key::ROOM],
    len: usize,
}

impl Key {
    /// Of numbers up to [`MAX_SERIES`], which take two bytes: more labels than any family has.
    const ROOM: usize = 32;

    const fn new() -> Self {
        Key { bytes: [0; Key::ROOM], len: 0 }
    }

    fn push(&mut self, number: Option<usize>) {
        let code = number.map_or(0, |number| number.saturating_add(1));
        let letter = u32::try_from(code).ok().and_then(|code| char::from_u32(ABSENT + code));
        let mut letters = [0; 4];
        let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut letters);
        if let Some(place) = self.bytes.get_mut(self.len..self.len + letter.len()) {
            place.copy_from_slice(letter.as_bytes());
            self.len += letter.len();
        }
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}
