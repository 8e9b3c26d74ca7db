//! Everything the program declared and annotated, as metric families.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::descriptor::Descriptor;
use super::ending::Ending;
use super::function::{self, FunctionCells};
use super::show::{Place, Series, Services, Show, sum};
use super::values::Text;
use super::{info, observed};
use crate::callsite::{CATALOG, Callsite, Entry, Signals};
use crate::engine::cells::{self, Cells, Parts};
use crate::outcome::Outcome;
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor};

/// Returns the metrics of this program: those declared by `metrics!` and the shared families of annotated functions. They
/// count from now on.
pub(crate) fn source() -> Arc<dyn MetricSource> {
    cells::begin();
    Arc::new(Catalogued(OnceLock::new()))
}

/// The catalog, put in order at the first visit: it does not change.
struct Catalogued(OnceLock<Families>);

impl MetricSource for Catalogued {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        self.0.get_or_init(|| Families::new(&CATALOG)).visit(&Services::now(), visitor);
        observed::show_panics(visitor);
    }
}

/// The families of a catalog, by name.
pub(super) struct Families {
    families: BTreeMap<&'static str, Members>,
    functions: BTreeMap<(&'static str, &'static str), Vec<&'static Callsite>>,
}

/// What a family is made of.
enum Members {
    Declared(Vec<&'static Descriptor>),
    /// All annotated functions.
    Shared(&'static Shared),
}

impl Families {
    pub(super) fn new(catalog: &[Entry]) -> Self {
        let (mut families, mut functions) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
        for entry in catalog {
            match entry {
                Entry::Metric(metric) => {
                    let descriptor = metric.descriptor();
                    let members =
                        families.entry(descriptor.name()).or_insert_with(|| Members::Declared(Vec::new()));
                    if let Members::Declared(declared) = members {
                        declared.push(descriptor);
                    }
                }
                Entry::Function(callsite) if callsite.site().signals.has_metrics() => {
                    let cells = callsite.cells();
                    let key = (cells.module(), cells.function());
                    functions.entry(key).or_default().push(*callsite);
                }
                Entry::Function(_) | Entry::Health(_) => {}
            }
        }
        // A declared family of such a name is a conflict, which `init` refuses.
        families.extend(SHARED.iter().map(|s| (s.family.name, Members::Shared(s))));
        Families { families, functions }
    }

    pub(super) fn visit(&self, services: &Services, visitor: &mut dyn MetricVisitor) {
        for members in self.families.values() {
            match members {
                Members::Shared(shared) => {
                    self.show_shared(shared, &mut Show::new(visitor, services, shared.family));
                }
                Members::Declared(group) => show_declared(group, visitor, services),
            }
        }
    }

    fn show_shared(&self, shared: &Shared, show: &mut Show<'_>) {
        for ((module, function), callsites) in &self.functions {
            let cells: Vec<&Cells> = callsites
                .iter()
                .filter(|c| c.site().signals.has(shared.signal) && !c.wanted().is_muted())
                .map(|c| (shared.cells)(c.cells()))
                .collect();
            let labels = [("module", *module), ("function", *function)];
            if !cells.is_empty() {
                shared.show(show, &labels, &cells);
            }
        }
    }
}

/// A family that all annotated functions share.
struct Shared {
    family: Family<'static>,
    signal: Signals,
    cells: fn(&FunctionCells) -> &Cells,
}

const SHARED: &[Shared] = &[
    Shared { family: function::CALLS, signal: Signals::CALLS, cells: |f| &f.calls },
    Shared { family: function::IN_FLIGHT, signal: Signals::IN_FLIGHT, cells: |f| &f.in_flight },
    Shared { family: function::DURATION, signal: Signals::DURATION, cells: |f| &f.duration },
];

impl Shared {
    /// Shows the series of one function, whose cells may be those of several callsites with equal labels.
    fn show(&self, show: &mut Show<'_>, labels: &[(&str, &str)], cells: &[&Cells]) {
        let parts: Vec<Parts> = cells.iter().map(|c| c.parts()).collect();
        let both = cells.iter().zip(&parts);
        let mut places: Vec<Place<'_>> = both.map(|(cells, parts)| Place { cells, parts, slot: 0 }).collect();
        let is_counter = self.family.kind == MetricKind::Counter;
        for service in show.services().of(&parts, is_counter) {
            let series = |ending| Series { service, labels, ending };
            if self.family.kind == MetricKind::Gauge {
                places.iter_mut().for_each(|p| p.slot = 0);
                show.in_flight(series(Ending::NONE), &places);
                continue;
            }
            for outcome in Outcome::ALL {
                let series = series(Ending::by_outcome(outcome));
                places.iter_mut().for_each(|p| p.slot = outcome.index());
                if is_counter {
                    show.counter(series, sum(&places, service));
                } else {
                    show.histogram(series, &places, function::BOUNDS);
                }
            }
        }
    }
}

/// Shows the descriptors of one name as one family; those that say something else are a conflict and left out.
fn show_declared(group: &[&'static Descriptor], visitor: &mut dyn MetricVisitor, services: &Services) {
    let group: Vec<&'static Descriptor> = group.iter().copied().filter(|d| !d.cells.is_off()).collect();
    let Some(first) = group.first() else { return };
    if first.kind == MetricKind::Info {
        return info::show(&group, visitor, services);
    }
    let group: Vec<&Descriptor> = group.iter().filter(|d| d.agrees(first)).copied().collect();
    let parts: Vec<Parts> = group.iter().map(|d| d.parts()).collect();
    let both = group.iter().zip(&parts);
    let mut members: Vec<Member<'_>> =
        both.map(|(descriptor, parts)| Member::new(descriptor, parts)).collect();
    let mut show = Show::new(visitor, services, first.family());
    for service in services.of(&parts, first.kind == MetricKind::Counter) {
        if first.kind == MetricKind::Counter {
            members.iter_mut().for_each(|m| m.parts.sums(service, &mut m.sums));
        }
        for (position, member) in members.iter().enumerate() {
            let (before, rest) = members.split_at(position);
            member.show_all(&mut show, service, before, rest.get(1..).unwrap_or_default());
        }
    }
}

/// One of the metrics that make up a declared family.
struct Member<'a> {
    descriptor: &'a Descriptor,
    parts: &'a Parts,
    /// By their numbers.
    endings: Vec<Ending>,
    /// A counter's, under the service that is being shown: one pass over its blocks reads them all.
    sums: Vec<u64>,
}

impl<'a> Member<'a> {
    fn new(descriptor: &'a Descriptor, parts: &'a Parts) -> Self {
        Member { descriptor, parts, endings: descriptor.endings.all().collect(), sums: Vec::new() }
    }

    /// Where the numbers of a series are that ended so.
    fn slot(&self, series: usize, ending: Ending) -> Option<usize> {
        let number = self.endings.iter().position(|own| *own == ending)?;
        Some(self.descriptor.slot(series, number))
    }

    fn place(&self, slot: usize) -> Place<'a> {
        Place { cells: &self.descriptor.cells, parts: self.parts, slot }
    }

    fn sum(&self, slot: usize) -> u64 {
        self.sums.get(slot).copied().unwrap_or(0)
    }

    /// Shows every series, each summed over those that have it; but none that one of those `before` has.
    fn show_all(&self, show: &mut Show<'_>, service: usize, before: &[Member<'a>], after: &[Member<'a>]) {
        // Room that is used again for every series.
        let (mut labelled, mut found, mut places) = (Vec::new(), Vec::new(), Vec::new());
        let is_alone = before.is_empty() && after.is_empty();
        self.descriptor.walk(&mut |series, texts| {
            if before.iter().any(|m| m.descriptor.find(texts).is_some()) {
                return;
            }
            labels(self.descriptor.keys, texts, &mut labelled);
            if is_alone && self.descriptor.kind == MetricKind::Counter {
                return self.show_sums(show, series, (service, &labelled));
            }
            found.clear();
            found.push((self, series));
            for member in after {
                found.extend(member.descriptor.find(texts).map(|series| (member, series)));
            }
            for position in 0..found.len() {
                let (before, rest) = found.split_at(position);
                show_endings(show, before, rest, &mut places, (service, &labelled));
            }
        });
    }
}

impl Member<'_> {
    /// Shows every ending of a counter's series that no other member has: nearly all are such.
    #[inline]
    fn show_sums(&self, show: &mut Show<'_>, series: usize, (service, labels): (usize, &[(&str, &str)])) {
        for (number, ending) in self.endings.iter().enumerate() {
            let sum = self.sum(self.descriptor.slot(series, number));
            show.counter(Series { service, labels, ending: *ending }, sum);
        }
    }
}

/// Where a series is: whose it is, and its number there.
type Found<'m, 'a> = (&'m Member<'a>, usize);

/// Shows the endings of the first that has the series, summed over all; but none that one of those `before` has.
fn show_endings<'a>(
    show: &mut Show<'_>,
    before: &[Found<'_, 'a>],
    rest: &[Found<'_, 'a>],
    places: &mut Vec<Place<'a>>,
    (service, labels): (usize, &[(&str, &str)]),
) {
    let Some(((first, own), others)) = rest.split_first() else { return };
    for (number, ending) in first.endings.iter().copied().enumerate() {
        if before.iter().any(|(m, _)| m.endings.contains(&ending)) {
            continue;
        }
        let slot = first.descriptor.slot(*own, number);
        let others = others.iter().filter_map(|(m, series)| Some((*m, m.slot(*series, ending)?)));
        let series = Series { service, labels, ending };
        if first.descriptor.kind == MetricKind::Counter {
            let sum = others.fold(first.sum(slot), |sum, (m, slot)| sum.wrapping_add(m.sum(slot)));
            show.counter(series, sum);
            continue;
        }
        places.clear();
        places.push(first.place(slot));
        places.extend(others.map(|(m, slot)| m.place(slot)));
        match first.descriptor.kind {
            MetricKind::Histogram => show.histogram(series, places, first.descriptor.declared.buckets),
            _ => show.gauge(series, places),
        }
    }
}

/// Writes a series' labels to `into`. One whose value came too late is left away, and said to be.
pub(super) fn labels(keys: &[&'static str], texts: &[Text], into: &mut Vec<(&'static str, &'static str)>) {
    into.clear();
    for (key, text) in keys.iter().zip(texts) {
        if let Text::Is(text) = text {
            into.push((*key, *text));
        }
    }
    if into.len() < texts.len() {
        into.push(("otel_metric_overflow", "true"));
    }
}

/// Returns the names that the shared families take.
pub(super) fn shared_names() -> impl Iterator<Item = &'static str> {
    SHARED.iter().map(|s| s.family.name)
}
