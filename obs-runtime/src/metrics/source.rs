//! Everything the program declared and annotated, as metric families.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::descriptor::Descriptor;
use super::ending::Ending;
use super::function::{self, FunctionCells};
use super::show::{Place, Series, Services, Show};
use super::values::Text;
use crate::callsite::{CATALOG, Callsite, Entry, Signals};
use crate::engine::cells::{Cells, Parts};
use crate::outcome::Outcome;
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor};

/// Returns the metrics of this program: those declared by `metrics!` and the shared families of annotated functions.
pub(crate) fn source() -> Arc<dyn MetricSource> {
    Arc::new(Catalogued(OnceLock::new()))
}

/// The catalog, put in order at the first visit: it does not change.
struct Catalogued(OnceLock<Families>);

impl MetricSource for Catalogued {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        self.0.get_or_init(|| Families::new(&CATALOG)).visit(&Services::now(), visitor);
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
                .filter(|c| c.site().signals.has(shared.signal))
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
    let Some(first) = group.first() else { return };
    let group: Vec<&Descriptor> = group.iter().filter(|d| d.agrees(first)).copied().collect();
    let parts: Vec<Parts> = group.iter().map(|d| d.cells.parts()).collect();
    let mut show = Show::new(visitor, services, first.family());
    for service in services.of(&parts, first.kind == MetricKind::Counter) {
        for position in 0..group.len() {
            show_from(&mut show, &group, &parts, position, service);
        }
    }
}

/// Shows the series of one of the descriptors, each summed over those that have it; but not what one before it has.
fn show_from(show: &mut Show<'_>, group: &[&Descriptor], parts: &[Parts], position: usize, service: usize) {
    let (before, rest) = group.split_at(position);
    let (Some((own, others)), Some((own_parts, parts))) =
        (rest.split_first(), parts.get(position..).unwrap_or_default().split_first())
    else {
        return;
    };
    // Room that is used again for every series.
    let (mut labelled, mut found, mut places) = (Vec::new(), Vec::new(), Vec::new());
    own.walk(&mut |series, texts| {
        if before.iter().any(|d| d.find(texts).is_some()) {
            return;
        }
        labels(own.keys, texts, &mut labelled);
        found.clear();
        found.push((*own, own_parts, series));
        let others = others.iter().zip(parts);
        found.extend(others.filter_map(|(d, parts)| Some((*d, parts, d.find(texts)?))));
        show_series(show, &found, &mut places, &|ending| Series { service, labels: &labelled, ending });
    });
}

/// Shows a series in each of its endings. `found` says who has it: a descriptor, its parts, and its number there.
fn show_series<'a, 's>(
    show: &mut Show<'_>,
    found: &[(&'a Descriptor, &'a Parts, usize)],
    places: &mut Vec<Place<'a>>,
    shown: &dyn Fn(Ending) -> Series<'s>,
) {
    for (position, (descriptor, ..)) in found.iter().enumerate() {
        let (before, rest) = found.split_at(position);
        for (number, ending) in descriptor.endings.all().enumerate() {
            if before.iter().any(|(d, ..)| d.endings.find(ending).is_some()) {
                continue;
            }
            places.clear();
            places.extend(rest.iter().enumerate().filter_map(|(at, (d, parts, series))| {
                let ending = if at == 0 { Some(number) } else { d.endings.find(ending) };
                Some(Place { cells: &d.cells, parts, slot: d.slot(*series, ending?) })
            }));
            match descriptor.kind {
                MetricKind::Counter => show.counter(shown(ending), places),
                MetricKind::Histogram => show.histogram(shown(ending), places, descriptor.declared.buckets),
                MetricKind::Gauge | MetricKind::Info => show.gauge(shown(ending), places),
            }
        }
    }
}

/// Writes a series' labels to `into`. One whose value came too late is left away, and said to be.
pub(super) fn labels(keys: &[&'static str], texts: &[Text], into: &mut Vec<(&'static str, &'static str)>) {
    into.clear();
    into.extend(keys.iter().zip(texts).filter_map(|(key, text)| match text {
        Text::Is(text) => Some((*key, *text)),
        Text::Overflow => None,
    }));
    if into.len() < texts.len() {
        into.push(("otel_metric_overflow", "true"));
    }
}

/// Returns the names that the shared families take.
pub(super) fn shared_names() -> impl Iterator<Item = &'static str> {
    SHARED.iter().map(|s| s.family.name)
}
