//! What a program shows to those who watch it, for a test to look at.

use crate::callsite::{CATALOG, Callsite, Entry, Signals};
use crate::health::HealthCheck;
use crate::init;

/// Panics if two declarations of the program cannot live together, naming both places: as `init()` would refuse it.
///
/// A name that two crates declare with another kind, other labels, another unit or other buckets, and two health checks of
/// one name. The compiler looks at one crate at a time; a test that calls this sees all that the test program links.
#[track_caller]
#[allow(clippy::panic)] // what a test calls fails by panicking
pub fn assert_catalog() {
    let conflicts = init::conflicts(&init::checks());
    if !conflicts.is_empty() {
        panic!("the catalog has conflicts:\n{}", conflicts.join("\n"));
    }
}

/// Returns what the program shows to those who watch it: metrics with kind, unit, buckets, labels and their values, the
/// functions of the shared families, spans with their fields, and health checks. Compared with a file, it makes a rename
/// show in review.
///
/// The order does not depend on the build, and there are no places in it: code may move. It holds all that the test
/// program links, its own declarations too; so it belongs into `tests/`, and into one that declares nothing.
///
/// ```text
/// counter orders_total
///   region: eu, us
///   outcome: ok, error, panicked, cancelled
/// function app::orders::place_order: calls, duration, in_flight
/// health check database: readiness, critical
/// span place_order: order.id
/// ```
pub fn catalog_snapshot() -> String {
    snapshot(&CATALOG)
}

fn snapshot(catalog: &[Entry]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for entry in catalog {
        match *entry {
            Entry::Metric(metric) => parts.push(metric.descriptor().surface()),
            Entry::Health(it) => parts.push(check(it)),
            Entry::Function(callsite) => {
                parts.extend([span(callsite), function(callsite)].into_iter().flatten())
            }
        }
    }
    parts.sort(); // the linker decides the order of the catalog
    parts.dedup();
    parts.concat()
}

fn span(callsite: &'static Callsite) -> Option<String> {
    let site = callsite.site();
    if !site.signals.has(Signals::SPAN) {
        return None;
    }
    let kind = match site.kind {
        crate::record::SpanKind::Internal => "",
        crate::record::SpanKind::Server => " (server)",
        crate::record::SpanKind::Client => " (client)",
        crate::record::SpanKind::Producer => " (producer)",
        crate::record::SpanKind::Consumer => " (consumer)",
    };
    let mut fields: Vec<String> = site.fields.iter().map(|field| (*field).to_owned()).collect();
    fields.extend(site.constants.iter().map(|(key, value)| format!("{key}={value}")));
    fields.sort();
    Some(listed(&format!("span {}{kind}", site.name), &fields))
}

fn function(callsite: &'static Callsite) -> Option<String> {
    let signals = callsite.site().signals;
    let families =
        [(Signals::CALLS, "calls"), (Signals::DURATION, "duration"), (Signals::IN_FLIGHT, "in_flight")];
    let families: Vec<String> = families
        .iter()
        .filter(|(signal, _)| signals.has(*signal))
        .map(|(_, name)| (*name).to_owned())
        .collect();
    let name = || format!("function {}::{}", callsite.site().module, callsite.function());
    signals.has_metrics().then(|| listed(&name(), &families))
}

fn check(check: &HealthCheck) -> String {
    let mut said = vec![check.kind.as_str().to_owned()];
    said.extend(check.critical.then(|| "critical".to_owned()));
    said.extend((!check.group.is_empty()).then(|| format!("group {}", check.group)));
    said.extend(check.tags.iter().map(|tag| format!("tag {tag}")));
    listed(&format!("health check {}", check.name), &said)
}

fn listed(what: &str, list: &[String]) -> String {
    let colon = if list.is_empty() { "" } else { ": " };
    format!("{what}{colon}{}\n", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callsite::{More, Plan};
    use crate::health::testing;
    use crate::metrics::{Counter, Declared, Histogram, LabelSet, LabelValues};
    use crate::record::SpanKind;

    static PLACE: Callsite = Callsite::new(
        "app::orders\nsrc/orders.rs\n7\nplace_order\n\norder.id,amount\nPlaces an order.",
        Plan::of(Signals::ALL).kind(SpanKind::Producer),
        Some(|| "app::orders::Shop::place_order::here"),
    )
    .with(&More::NONE.constants(&[("messaging.system", "nats")]));
    static QUIET: Callsite = Callsite::new(
        "app\nsrc/lib.rs\n9\nquiet\n\n\n",
        Plan::of(Signals::CALLS),
        Some(|| "app::quiet::here"),
    );
    static DATABASE: HealthCheck =
        HealthCheck { group: "storage", tags: &["eu", "external"], ..testing::check("database") };
    static ORDERS: Counter<Labels> = Counter::new(declared("orders_total", "", &[]));
    static TIME: Histogram<Labels> =
        Histogram::new(declared("order_duration_seconds", "seconds", &[0.5, 1.0]));

    const fn declared(name: &'static str, unit: &'static str, buckets: &'static [f64]) -> Declared {
        Declared { name, help: "Help.", unit, buckets, file: "src/lib.rs", line: 1 }
    }

    struct Labels;

    impl LabelSet for Labels {
        const KEYS: &'static [&'static str] = &["region"];
        const VALUES: &'static [LabelValues] = &[LabelValues::Fixed(&["eu", "us"])];
        const OUTCOME: bool = true;
        const ERROR_NAMES: Option<&'static [&'static str]> = Some(&["declined"]);

        fn index(self) -> usize {
            0
        }
    }

    #[test]
    fn it_draws_what_others_see_and_nothing_that_moves() {
        let catalog = [
            Entry::Function(&PLACE),
            Entry::Metric(&TIME),
            Entry::Function(&QUIET),
            Entry::Health(&DATABASE),
            Entry::Metric(&ORDERS),
            Entry::Metric(&ORDERS),
        ];
        let labels =
            "  region: eu, us\n  outcome: ok, error, panicked, cancelled\n  error_type: declined, _OTHER\n";
        let expected = format!(
            "counter orders_total\n{labels}\
             function app::orders::Shop::place_order: calls, duration, in_flight\n\
             function app::quiet: calls\n\
             health check database: readiness, critical, group storage, tag eu, tag external\n\
             histogram order_duration_seconds in seconds with buckets 0.5, 1\n{labels}\
             span place_order (producer): amount, messaging.system=nats, order.id\n"
        );
        assert_eq!(snapshot(&catalog), expected);
        let mut reversed = catalog;
        reversed.reverse();
        assert_eq!(snapshot(&reversed), expected);
    }
}
