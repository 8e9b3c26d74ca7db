//! The names of metrics: Prometheus' and OpenMetrics' naming rules, and what to write instead.

use syn::{Error, LitStr};

use super::model::Kind;
use crate::diag::Errors;
use crate::syntax::{is_snake, snake};

/// The units that Prometheus measures in.
const BASE: [&str; 10] =
    ["seconds", "bytes", "ratio", "celsius", "meters", "volts", "amperes", "joules", "grams", "kelvins"];

/// Units that are not a base unit, by the base unit.
const NOT_BASE: [(&str, &[&str]); 3] = [
    (
        "seconds",
        &[
            "ms",
            "millis",
            "milliseconds",
            "us",
            "micros",
            "microseconds",
            "ns",
            "nanos",
            "nanoseconds",
            "sec",
            "secs",
            "minutes",
            "mins",
            "hours",
        ],
    ),
    ("bytes", &["kb", "kib", "mb", "mib", "gb", "gib", "kilobytes", "megabytes", "gigabytes"]),
    ("ratio", &["percent", "pct", "percentage"]),
];

/// What a histogram is called whose unit can be guessed.
const GUESSED: [(&str, &[&str]); 2] =
    [("seconds", &["duration", "latency", "time", "elapsed"]), ("bytes", &["size", "length"])];

/// Suffixes that the exposition formats use for the parts of a family.
const PARTS: [&str; 5] = ["bucket", "sum", "count", "created", "info"];

/// The families of annotated functions.
const SHARED: [&str; 3] = ["function_calls_total", "function_duration_seconds", "function_calls_in_flight"];

/// How the names of what `obs` says about itself begin.
const OURS: [&str; 2] = ["obs_", "health_check_"];

/// Checks a name and the unit that is said; returns the unit, empty where there is none. What stands in the literal is the
/// name without the `prefix` of its group.
pub(super) fn read(
    kind: Kind,
    prefix: &str,
    name: &LitStr,
    unit: Option<&LitStr>,
    errors: &mut Errors,
) -> String {
    let unit = unit.filter(|unit| {
        let checked = check_unit(&unit.value()).map_err(|message| Error::new(unit.span(), message));
        errors.take(checked).is_some()
    });
    let unit = unit.map(LitStr::value);
    let checked = check(kind, prefix, &name.value(), unit.as_deref());
    errors.take(checked.map_err(|message| Error::new(name.span(), message)));
    if kind == Kind::Info {
        return String::new();
    }
    unit.or_else(|| base_unit(&name.value()).map(str::to_owned)).unwrap_or_default()
}

/// A name that may be used, or what to say about it.
fn check(kind: Kind, prefix: &str, name: &str, unit: Option<&str>) -> Result<(), String> {
    if SHARED.contains(&name) {
        return Err(format!("metric `{name}` belongs to the annotated functions; choose another name"));
    }
    if let Some(prefix) = OURS.iter().find(|prefix| name.starts_with(*prefix)) {
        return Err(format!(
            "metrics that begin with `{prefix}` are those of `obs` itself; choose another name"
        ));
    }
    let noun = kind.noun();
    let twice = name.strip_prefix(prefix).filter(|own| !prefix.is_empty() && own.starts_with(prefix));
    let corrected = correct(kind, twice.unwrap_or(name), unit);
    let corrected = corrected.strip_prefix(prefix).unwrap_or(&corrected);
    let write = |what: String| Err(format!("{what}; write `{corrected}`"));
    if twice.is_some() {
        return write(format!("the group begins its names with `{prefix}`, and `{name}` has it twice"));
    }
    if !is_snake(name) || name.starts_with("__") {
        return write(format!(
            "`{name}` is not a metric name, which is `[a-z_][a-z0-9_]*` and does not begin with `__`"
        ));
    }
    if kind == Kind::Info {
        return if ends_in(name, "info") {
            Ok(())
        } else {
            write(format!("info `{name}` must end in `_info`"))
        };
    }
    let stem = name.strip_suffix("_total").unwrap_or(name);
    if let Some((base, unit)) = not_base(stem) {
        return write(format!("{noun} `{name}` is in `{unit}`, not in the base unit `{base}`"));
    }
    match kind {
        Kind::Counter if !name.ends_with("_total") => write(format!("counter `{name}` must end in `_total`")),
        Kind::Gauge | Kind::Histogram if name.ends_with("_total") => {
            write(format!("{noun} `{name}` must not end in `_total`, which is for counters"))
        }
        _ if part(stem).is_some() => {
            let part = part(stem).unwrap_or_default();
            write(format!("{noun} `{name}` must not end in `_{part}`, which names a part of a family"))
        }
        Kind::Histogram if unit.is_none() && base_unit(stem).is_none() => write(format!(
            "histogram `{name}` must end in its base unit: `_seconds`, `_bytes`, `_ratio`, or the one that \
             `unit = \"..\"` names"
        )),
        _ => match unit {
            Some(unit) if !stem.ends_with(&format!("_{unit}")) => {
                write(format!("{noun} `{name}` must end in its unit `{unit}`"))
            }
            _ => Ok(()),
        },
    }
}

/// Returns what the names of a group begin with: where that is wrong, what was meant.
pub(super) fn read_prefix(prefix: &LitStr, errors: &mut Errors) -> String {
    let written = prefix.value();
    let meant =
        Some(snake(&written)).filter(|s| !s.is_empty()).unwrap_or_else(|| "business".to_owned()) + "_";
    let wrong = if !is_snake(&written) || written.starts_with("__") {
        "begins no metric name, which is `[a-z_][a-z0-9_]*` and does not begin with `__`"
    } else if !written.ends_with('_') || written.ends_with("__") {
        "must end in one `_`"
    } else {
        return written;
    };
    errors.push(Error::new(prefix.span(), format!("the prefix `{written}` {wrong}; write `{meant}`")));
    meant
}

/// Refuses a unit that is none, or not a base unit.
fn check_unit(unit: &str) -> Result<(), String> {
    if let Some((base, _)) = not_base(&format!("_{unit}")) {
        return Err(format!("`{unit}` is not a base unit; write `{base}` and record in it"));
    }
    if is_snake(unit) && !unit.starts_with('_') {
        return Ok(());
    }
    let example = Some(snake(unit)).filter(|s| !s.is_empty());
    let example = example.as_deref().unwrap_or("seconds");
    Err(format!("`{unit}` is not a unit name; write `{example}`"))
}

/// The base unit that a name ends in.
pub(super) fn base_unit(name: &str) -> Option<&'static str> {
    let stem = name.strip_suffix("_total").unwrap_or(name);
    BASE.into_iter().find(|unit| ends_in(stem, unit))
}

/// The name that fulfils every rule.
fn correct(kind: Kind, name: &str, unit: Option<&str>) -> String {
    let mut name = if is_snake(name) && !name.starts_with("__") { name.to_owned() } else { snake(name) };
    cut(&mut name, "total");
    while let Some(part) = part(&name) {
        cut(&mut name, part);
    }
    if let Some((base, unit)) = not_base(&name).filter(|_| kind != Kind::Info) {
        cut(&mut name, unit);
        name = format!("{name}_{base}");
    }
    if name.trim_matches('_').is_empty() {
        "name".clone_into(&mut name);
    }
    if kind == Kind::Info {
        return name + "_info";
    }
    let wanted = match unit {
        Some(unit) => Some(unit),
        None if kind == Kind::Histogram && base_unit(&name).is_none() => Some(guess(&name)),
        None => None,
    };
    if let Some(unit) = wanted.filter(|unit| !ends_in(&name, unit)) {
        name = format!("{name}_{unit}");
    }
    if kind == Kind::Counter {
        name += "_total";
    }
    name
}

fn guess(name: &str) -> &'static str {
    let of =
        |(unit, words): &(&'static str, &[&str])| words.iter().any(|w| ends_in(name, w)).then_some(*unit);
    GUESSED.iter().find_map(of).unwrap_or("seconds")
}

fn not_base(name: &str) -> Option<(&'static str, &'static str)> {
    NOT_BASE.iter().find_map(|(base, units)| {
        let unit = units.iter().find(|unit| ends_in(name, unit))?;
        Some((*base, *unit))
    })
}

fn part(name: &str) -> Option<&'static str> {
    PARTS.into_iter().find(|part| ends_in(name, part))
}

/// Tells whether the last word is `word` and another stands before it, if only an empty one.
fn ends_in(name: &str, word: &str) -> bool {
    name.strip_suffix(word).is_some_and(|rest| rest.ends_with('_'))
}

/// Takes the last word away.
fn cut(name: &mut String, word: &str) {
    if ends_in(name, word) {
        name.truncate(name.len() - word.len() - 1);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn every_proposed_name_is_accepted() {
        let names = [
            "orders",
            "Orders",
            "orders_count",
            "orders-total",
            "x_ms",
            "x_ms_total",
            "latency",
            "body_size",
            "x_pct",
            "9",
            "",
            "__x",
            "x_total",
            "x_info",
            "x_sum_total",
            "größe",
            "a_count_count",
            "total",
            "_total",
        ];
        for kind in Kind::ALL {
            for name in names {
                for unit in [None, Some("rows")] {
                    let Err(message) = check(kind, "", name, unit) else {
                        continue;
                    };
                    let proposed = message.rsplit('`').nth(1).unwrap();
                    assert_eq!(check(kind, "", proposed, unit), Ok(()), "for {name}: {message}");
                }
            }
        }
    }

    #[test]
    fn the_message_says_what_is_wrong_and_what_to_write() {
        let says = |kind, name| check(kind, "", name, None).unwrap_err();
        assert_eq!(
            says(Kind::Counter, "orders"),
            "counter `orders` must end in `_total`; write `orders_total`"
        );
        assert_eq!(
            says(Kind::Histogram, "order_ms"),
            "histogram `order_ms` is in `ms`, not in the base unit `seconds`; write `order_seconds`"
        );
        assert!(says(Kind::Histogram, "request_size").ends_with("write `request_size_bytes`"));
        assert!(says(Kind::Gauge, "queue_total").ends_with("write `queue`"));
        assert_eq!(base_unit("sent_bytes_total"), Some("bytes"));
        assert!(check_unit("ms").unwrap_err().contains("write `seconds`"));
        assert_eq!(check_unit("rows"), Ok(()));
        assert_eq!(says(Kind::Info, "build"), "info `build` must end in `_info`; write `build_info`");
        assert_eq!(
            says(Kind::Info, "build_total"),
            "info `build_total` must end in `_info`; write `build_info`"
        );
    }

    #[test]
    fn in_a_group_the_message_says_what_to_write_there() {
        let says = |name| check(Kind::Counter, "shop_", name, None).unwrap_err();
        assert!(says("shop_shop_Returns_total").ends_with("has it twice; write `returns_total`"));
        assert_eq!(says("shop_orders"), "counter `shop_orders` must end in `_total`; write `orders_total`");
        assert!(says("shop_Orders_total").ends_with("write `orders_total`"));
    }
}
