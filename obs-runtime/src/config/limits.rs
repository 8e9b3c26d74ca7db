//! What one span may hold.

use super::Env;
use crate::engine::limits::Limits;

/// `OTEL_SPAN_*_LIMIT`, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, and `OTEL_ATTRIBUTE_*_LIMIT` for what they leave open
/// (OpenTelemetry specification, "SDK Environment Variables", "Attribute Limits" and "Span Limits").
pub(super) fn read(env: &mut Env<'_>) -> Limits {
    let usual = Limits::default();
    let count = limit(env, "OTEL_ATTRIBUTE_COUNT_LIMIT");
    let length = limit(env, "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT");
    Limits {
        attributes: limit(env, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT").or(count).unwrap_or(usual.attributes),
        value_length: limit(env, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT")
            .or(length)
            .unwrap_or(usual.value_length),
        events: limit(env, "OTEL_SPAN_EVENT_COUNT_LIMIT").unwrap_or(usual.events),
        links: limit(env, "OTEL_SPAN_LINK_COUNT_LIMIT").unwrap_or(usual.links),
        event_attributes: limit(env, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT")
            .or(count)
            .unwrap_or(usual.event_attributes),
    }
}

fn limit(env: &mut Env<'_>, name: &str) -> Option<usize> {
    env.number(name, "a number")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    fn read(vars: &[(&str, &str)]) -> (Limits, usize) {
        let get =
            |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let config = Config::read(Overrides::default(), &get, true).unwrap();
        (config.limits, config.warnings.len())
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        let usual = Limits {
            attributes: 128,
            value_length: usize::MAX,
            events: 128,
            links: 128,
            event_attributes: 128,
        };
        assert_eq!(read(&[]), (usual, 0));
    }

    #[test]
    fn every_limit_has_its_variable() {
        let (limits, warnings) = read(&[
            ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"),
            ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "3"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
            ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "0"),
        ]);
        let expected = Limits { attributes: 1, value_length: 2, events: 3, links: 4, event_attributes: 0 };
        assert_eq!((limits, warnings), (expected, 0));
    }

    #[test]
    fn the_general_limits_go_for_what_has_none_of_its_own() {
        let general = [("OTEL_ATTRIBUTE_COUNT_LIMIT", "7"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "8")];
        let (limits, _) = read(&general);
        assert_eq!((limits.attributes, limits.event_attributes, limits.value_length), (7, 7, 8));
        let own = [general.as_slice(), &[("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "9")]].concat();
        assert_eq!((read(&own).0.attributes, read(&own).0.event_attributes), (9, 7));
    }

    #[test]
    fn a_wrong_limit_is_ignored_with_a_warning() {
        let (limits, warnings) = read(&[("OTEL_SPAN_EVENT_COUNT_LIMIT", "-1")]);
        assert_eq!((limits, warnings), (Limits::default(), 1));
    }
}
