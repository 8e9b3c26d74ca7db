//! Everything the program declared and annotated, as metric families.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::descriptor::Descriptor;
use super::ending::Ending;
use super::function::{self, FunctionCells};
use super::show::{Place, Series, Services, Show};
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
    Arc::new(Catalogued)
}

struct Catalogued;

impl MetricSource for Catalogued {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        Families::new(&CATALOG).visit(&Services::now(), visitor);
        observed::show_panics(visitor);
    }
}

/// The families of a catalog, by name.
pub(super) struct Families {
    declared: BTreeMap<&'static str, Vec<&'static Descriptor>>,
    functions: BTreeMap<(&'static str, &'static str), Vec<&'static Callsite>>,
}

impl Families {
    pub(super) fn new(catalog: &[Entry]) -> Self {
        let (mut declared, mut functions) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for entry in catalog {
            match entry {
                Entry::Metric(metric) => {
                    let descriptor = metric.descriptor();
                    declared.entry(descriptor.name()).or_default().push(descriptor);
                }
                Entry::Function(callsite) if callsite.site().signals.has_metrics() => {
                    let cells = callsite.cells();
                    let key = (cells.module(), cells.function());
                    functions.entry(key).or_default().push(*callsite);
                }
                Entry::Function(_) | Entry::Health(_) => {}
            }
        }
        Families { declared, functions }
    }

    pub(super) fn visit(&self, services: &Services, visitor: &mut dyn MetricVisitor) {
        let shared = SHARED.iter().map(|s| (s.family.name, Some(s)));
        // A declared family of that name is a conflict, which `init` refuses.
        let declared = self.declared.keys().map(|name| (*name, None));
        let order: BTreeMap<&str, Option<&Shared>> = declared.chain(shared).collect();
        for (name, shared) in order {
            match (shared, self.declared.get(name)) {
                (Some(shared), _) => {
                    self.show_shared(shared, &mut Show::new(visitor, services, shared.family));
                }
                (None, Some(group)) => show_declared(group, visitor, services),
                (None, None) => {}
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
        let places = |slot| -> Vec<Place<'_>> {
            let both = cells.iter().zip(&parts);
            both.map(|(cells, parts)| Place { cells, parts, slot }).collect()
        };
        let is_counter = self.family.kind == MetricKind::Counter;
        for service in show.services().of(&parts.iter().collect::<Vec<_>>(), is_counter) {
            let series = |ending| Series { service, labels, ending };
            if self.family.kind == MetricKind::Gauge {
                show.in_flight(series(Ending::NONE), &places(0));
                continue;
            }
            for outcome in Outcome::ALL {
                let (series, places) = (series(Ending::by_outcome(outcome)), places(outcome.index()));
                if is_counter {
                    show.counter(series, &places);
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
    let group: Vec<(&Descriptor, Parts)> =
        group.iter().filter(|d| d.agrees(first)).map(|d| (*d, d.parts())).collect();
    let mut show = Show::new(visitor, services, first.family());
    let parts: Vec<&Parts> = group.iter().map(|(_, parts)| parts).collect();
    for service in services.of(&parts, first.kind == MetricKind::Counter) {
        for (position, (descriptor, _)) in group.iter().enumerate() {
            let (before, rest) = group.split_at(position);
            for series in 0..descriptor.series {
                let Some(texts) = descriptor.texts(series) else { continue };
                if !before.iter().any(|(d, _)| d.find(&texts).is_some()) {
                    show_series(&mut show, rest, service, series, &texts);
                }
            }
        }
    }
}

/// Shows the series that has these values, summed over the descriptors that have it; the first has it as `series`.
fn show_series(
    show: &mut Show<'_>,
    group: &[(&Descriptor, Parts)],
    service: usize,
    series: usize,
    texts: &[Text],
) {
    let Some((first, _)) = group.first() else { return };
    let labels = labels(first.keys, texts);
    let found: Vec<(&Descriptor, &Parts, usize)> = group
        .iter()
        .enumerate()
        .filter_map(|(i, (d, parts))| {
            let series = if i == 0 { Some(series) } else { d.find(texts) };
            Some((*d, parts, series?))
        })
        .collect();
    let series = |ending| Series { service, labels: &labels, ending };
    for (position, (descriptor, ..)) in found.iter().enumerate() {
        let (before, rest) = found.split_at(position);
        for ending in descriptor.endings.all() {
            if !before.iter().any(|(d, ..)| d.endings.find(ending).is_some()) {
                show_ending(show, rest, series(ending));
            }
        }
    }
}

/// Shows one ending of a series, summed over the descriptors that have it.
fn show_ending(show: &mut Show<'_>, group: &[(&Descriptor, &Parts, usize)], shown: Series<'_>) {
    let Some((first, ..)) = group.first() else { return };
    let places: Vec<Place<'_>> = group
        .iter()
        .filter_map(|(d, parts, series)| {
            let slot = d.slot(*series, d.endings.find(shown.ending)?);
            Some(Place { cells: &d.cells, parts, slot })
        })
        .collect();
    match first.kind {
        MetricKind::Counter => show.counter(shown, &places),
        MetricKind::Histogram => show.histogram(shown, &places, first.declared.buckets),
        MetricKind::Gauge | MetricKind::Info => show.gauge(shown, &places),
    }
}

/// A label whose value came too late is left away, and said to be.
pub(super) fn labels(keys: &[&'static str], texts: &[Text]) -> Vec<(&'static str, &'static str)> {
    let known = keys.iter().zip(texts).filter_map(|(key, text)| match text {
        Text::Is(text) => Some((*key, *text)),
        Text::Overflow => None,
    });
    let overflow = texts.contains(&Text::Overflow).then_some(("otel_metric_overflow", "true"));
    known.chain(overflow).collect()
}

/// Returns the names that the shared families take.
pub(super) fn shared_names() -> impl Iterator<Item = &'static str> {
    SHARED.iter().map(|s| s.family.name)
}
