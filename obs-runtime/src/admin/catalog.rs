//! Everything that was annotated or declared, as JSON.

use serde_json::{Value, json};

use crate::callsite::{Callsite, Entry, Signals};
use crate::health::HealthCheck;
use crate::metrics::Declared;

/// Writes the catalog: `functions`, `metrics` and `checks`, each with its place, in a stable order.
pub(super) fn json(entries: &[Entry]) -> String {
    let (mut functions, mut metrics, mut checks) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        match *entry {
            Entry::Function(callsite) => {
                let site = callsite.site();
                functions.push(((site.module, site.line), function(callsite)));
            }
            Entry::Metric(it) => {
                metrics.push((it.descriptor().declared().name, metric(it.descriptor().declared())))
            }
            Entry::Health(it) => checks.push((it.name, check(it))),
        }
    }
    functions.sort_by_key(|(key, _)| *key);
    checks.sort_by_key(|(key, _)| *key);
    metrics.sort_by_key(|(key, _)| *key);
    let functions: Vec<_> = functions.into_iter().map(|(_, value)| value).collect();
    let checks: Vec<_> = checks.into_iter().map(|(_, value)| value).collect();
    let metrics: Vec<_> = metrics.into_iter().map(|(_, value)| value).collect();
    let catalog = json!({ "functions": functions, "metrics": metrics, "checks": checks });
    format!("{catalog:#}\n")
}

fn metric(declared: &Declared) -> Value {
    json!({
        "name": declared.name,
        "help": declared.help,
        "unit": declared.unit,
        "file": declared.file,
        "line": declared.line,
    })
}

fn function(callsite: &'static Callsite) -> Value {
    let site = callsite.site();
    let signals: Vec<_> = [
        (Signals::SPAN, "span"),
        (Signals::CALLS, "calls"),
        (Signals::DURATION, "duration"),
        (Signals::IN_FLIGHT, "in_flight"),
    ]
    .into_iter()
    .filter_map(|(signal, name)| site.signals.has(signal).then_some(name))
    .collect();
    json!({
        "name": site.name,
        "function": callsite.function(),
        "module": site.module,
        "file": site.file,
        "line": site.line,
        "doc": site.doc,
        "signals": signals,
    })
}

fn check(check: &HealthCheck) -> Value {
    json!({
        "name": check.name,
        "kind": check.kind.as_str(),
        "critical": check.critical,
        "interval_seconds": check.interval.as_secs_f64(),
        "timeout_seconds": check.timeout.as_secs_f64(),
        "failures": check.failures,
        "successes": check.successes,
        "initial_delay_seconds": check.initial_delay.as_secs_f64(),
        "group": check.group,
        "tags": check.tags,
        "module": check.module,
        "file": check.file,
        "line": check.line,
        "doc": check.doc,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::callsite::Plan;
    use crate::health::testing;

    static PLACE: Callsite = Callsite::new(
        "app::orders\nsrc/orders.rs\n7\nplace\n\n\nPlaces an order.",
        Plan::of(Signals::SPAN.and(Signals::CALLS)),
        Some(|| "app::orders::Shop::place::here"),
    );
    static DATABASE: HealthCheck = HealthCheck {
        initial_delay: Duration::from_secs(30),
        group: "storage",
        tags: &["eu"],
        ..testing::check("database")
    };

    #[test]
    fn it_tells_what_there_is_and_where() {
        let text = json(&[Entry::Health(&DATABASE), Entry::Function(&PLACE)]);
        let catalog: Value = serde_json::from_str(&text).unwrap();
        let place = &catalog["functions"][0];
        assert_eq!(place["function"], "Shop::place");
        assert_eq!((&place["file"], &place["line"]), (&"src/orders.rs".into(), &7.into()));
        assert_eq!(place["signals"], json!(["span", "calls"]));
        let database = &catalog["checks"][0];
        assert_eq!((&database["name"], &database["kind"]), (&"database".into(), &"readiness".into()));
        assert_eq!(database["line"], DATABASE.line);
        assert_eq!((&database["group"], &database["tags"]), (&"storage".into(), &json!(["eu"])));
        assert_eq!(database["initial_delay_seconds"], 30.0);
    }
}
